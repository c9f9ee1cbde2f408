//! Apps that are the pods of a manifest's workload, and autoscalers of manifests, against timelines
//! worked out by hand.
//!
//! Nodes have 16 cores of speed 1.0, and a container runs 3 s after its pod was bound. All nodes
//! route to a pod 1 s after it is ready. The meters are read and numbers decided every 15 s.

use std::fmt::Write;

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::{Detail, Reason};
use tempfile::NamedTempFile;

use crate::lab::{HOST, latencies, of, run, same, series};

/// A file of manifests.
fn file(yaml: &str) -> NamedTempFile {
    let file = NamedTempFile::with_suffix(".yaml").expect("a file");
    std::fs::write(file.path(), yaml).expect("it can be written");
    file
}

/// A point of every series each second.
fn every_second(seconds: u32) -> String {
    format!("[simulation]\nname = 'test'\nduration = '{seconds}s'\npoints = {seconds}\n")
}

/// So many nodes that run a manifest.
fn cluster(nodes: u32, manifest: &NamedTempFile) -> String {
    let path = manifest.path().display();
    format!(
        "{}\n[[cluster]]\nname = 'k8s'\nkind = 'kubernetes'\n\
         engine = {{ start = '3s', prepulled = true, memory = '0' }}\n\
         kubernetes = {{ manifests = ['{path}'] }}\n\
         [[cluster.node_pool]]\nname = 'general'\nshape = 'host'\ncount = {nodes}\n",
        HOST.replace("cores = 2", "cores = 16").replace("8GiB", "64GiB")
    )
}

/// An app that is a workload; what it says of its own container does not count.
fn bound(workload: &str, more: &str) -> String {
    format!("[[app]]\nname = 'web'\nworkload = '{workload}'\nstart = '0s'\n{more}\n")
}

/// Twenty requests a second of 100 ms each, two cores, from one time until another.
fn two_cores(from: u32, until: u32) -> String {
    let mut at = String::new();
    for twentieth in from * 20..until * 20 {
        write!(at, "'{}ms', ", twentieth * 50).unwrap();
    }
    format!("demand = '100ms'\ntraffic = {{ arrivals = {{ at = [{at}] }} }}")
}

/// `replicas` pods of one container that asks for half a core; `more` are lines of the container.
fn workload(kind: &str, replicas: u32, more: &str) -> String {
    let replicas = match kind {
        "DaemonSet" => String::new(),
        _ => format!("replicas: {replicas}, "),
    };
    let (group, selector) = match kind {
        "ReplicationController" => ("", "{app: web}"),
        _ => ("apps/", "{matchLabels: {app: web}}"),
    };
    let service = if kind == "StatefulSet" { "serviceName: web, " } else { "" };
    format!(
        "apiVersion: {group}v1\nkind: {kind}\nmetadata: {{name: web, namespace: shop}}\n\
         spec:\n  {{{replicas}{service}selector: {selector}, template: {{\n\
         metadata: {{labels: {{app: web}}}}, spec: {{containers: [\n\
         {{name: server, image: image, resources: {{requests: {{cpu: 500m, memory: 64Mi}}}}\n\
         {more}}}]}}}}}}\n"
    )
}

/// An autoscaler of the Deployment that holds half of the CPU requested.
fn half_of_cpu(min: u32, max: u32, behavior: &str) -> String {
    scaler(
        "web",
        min,
        max,
        "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: \
         50}}}",
        behavior,
    )
}

fn scaler(name: &str, min: u32, max: u32, metrics: &str, behavior: &str) -> String {
    format!(
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n\
         metadata: {{name: {name}, namespace: shop}}\nspec:\n\
         \x20 scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}\n\
         \x20 minReplicas: {min}\n  maxReplicas: {max}\n  metrics: [{metrics}]\n{behavior}\n"
    )
}

/// Each value of a series of one point a second, with the second from which it holds.
fn steps(recording: &Recording, name: &str) -> Vec<(usize, f64)> {
    let mut steps: Vec<(usize, f64)> = Vec::new();
    for (second, &value) in series(recording, Some("web"), name).iter().enumerate() {
        if steps.last().is_none_or(|&(_, last)| (last - value).abs() > 1e-9) {
            steps.push((second, value));
        }
    }
    steps
}

/// When an autoscaler changed the workload, in nanoseconds, from what to what, and why.
fn rescalings(recording: &Recording) -> Vec<(u64, u32, u32, &str)> {
    let log = &recording.log;
    let scaled = log.events.iter().filter_map(|event| match event.detail {
        Detail::Replicas(from, to) if event.reason == Reason::SuccessfulRescale => {
            let why = event.text.map_or("", |why| log.text(why));
            Some((event.time.as_nanos(), from, to, why))
        }
        _ => None,
    });
    scaled.collect()
}

const SECOND: u64 = 1_000_000_000;
const ABOVE: &str = "cpu resource utilization (percentage of request) above target";

/// Two pods of 500m; from 60 s on each uses a whole core, 200 % of its request, four times the
/// target: 8 replicas. The first reading that sees it is that of 75 s, and at 75 s 4 pods may be
/// added (which is more than 100 %). They run at 78 s and get requests from 79 s. At 90 s they are
/// 12 s old and count from their start: 11 s of a third of a core each, 305m; the two old ones had
/// 4 s of a core and 11 s of a third, 511m: 2244m of 3000m, 74 %, for which 9 would be asked;
/// there may be 8. With 250m each, from 105 s on, all is as it should be.
#[test]
fn the_default_behavior_takes_a_manifest_to_eight_replicas_in_two_steps() {
    let behavior = "  behavior: {scaleUp: {}}";
    let manifest = file(&(workload("Deployment", 2, "") + &half_of_cpu(2, 8, behavior)));
    let web = bound("shop/web", &two_cores(60, 180));
    let recording = run(&[&every_second(180), &cluster(2, &manifest), &web]);
    assert_eq!(steps(&recording, "replicas_wanted"), [(0, 2.0), (75, 6.0), (90, 8.0)]);
    let ready = [(0, 0.0), (4, 2.0), (79, 6.0), (94, 8.0)];
    assert_eq!(steps(&recording, "replicas_ready"), ready);
    let expected = [(75 * SECOND, 2, 6, ABOVE), (90 * SECOND, 6, 8, ABOVE)];
    assert_eq!(rescalings(&recording), expected);
    let it = of(&recording, "web");
    assert_eq!((it.replicas, it.requests.arrived, it.requests.refused), (2, 2400, 0));
    let scaling = it.autoscale.expect("a manifest has one");
    assert_eq!((scaling.scale_ups, scaling.replicas_wanted_max), (2, 8));
    assert_eq!(recording.summary.warnings, [] as [&str; 0]);
}

/// The same without any `behavior`, where the controller keeps to its older rule: at most the
/// double, and 4 in any case. At 90 s the new pods had 11 s of half a core in 12 s, the old ones
/// 4 s of a core and 11 s of half a one: 458m and 633m each, 109 % of 2000m in all, for which 9
/// would be asked; 8 is twice as many as there are, and the most there may be.
#[test]
fn without_a_behavior_the_number_is_doubled_at_most() {
    let manifest = file(&(workload("Deployment", 2, "") + &half_of_cpu(2, 8, "")));
    let web = bound("shop/web", &two_cores(60, 180));
    let recording = run(&[&every_second(180), &cluster(2, &manifest), &web]);
    assert_eq!(steps(&recording, "replicas_wanted"), [(0, 2.0), (75, 4.0), (90, 8.0)]);
    assert_eq!(steps(&recording, "replicas_ready"), [(0, 0.0), (4, 2.0), (79, 4.0), (94, 8.0)]);
}

/// The same load with one pod a minute: at 75 s the third; its period is over at 135 s, when the
/// change of 75 s is just 60 s old, and again at 195 s. The load ends at 240 s, whose decision
/// still sees it; that is kept in mind for 60 s, until 300 s, when 2 is the highest that is left.
#[test]
fn policies_and_stabilisation_of_a_manifest_hold_its_autoscaler() {
    let behavior = "  behavior:\n    scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: \
                    60}]}\n    scaleDown: {stabilizationWindowSeconds: 60}";
    let manifest = file(&(workload("Deployment", 2, "") + &half_of_cpu(2, 8, behavior)));
    let web = bound("shop/web", &two_cores(60, 240));
    let recording = run(&[&every_second(360), &cluster(2, &manifest), &web]);
    let expected = [(0, 2.0), (75, 3.0), (135, 4.0), (195, 5.0), (300, 2.0)];
    assert_eq!(steps(&recording, "replicas_wanted"), expected);
    let expected = [
        (75 * SECOND, 2, 3, ABOVE),
        (135 * SECOND, 3, 4, ABOVE),
        (195 * SECOND, 4, 5, ABOVE),
        (300 * SECOND, 5, 2, "All metrics below target"),
    ];
    assert_eq!(rescalings(&recording), expected);
    assert_eq!(of(&recording, "web").autoscale.map(|it| it.scale_downs), Some(1));
}

/// A stateful set has its pods one after another: the second is bound when the first is ready at
/// 3 s. A daemon set has one on each node. Twenty requests a second are spread over both pods.
#[test]
fn all_kinds_of_workloads_that_go_on_answer_as_an_app() {
    for (kind, ready) in [
        ("StatefulSet", vec![(0, 0.0), (4, 1.0), (7, 2.0)]),
        ("DaemonSet", vec![(0, 0.0), (4, 2.0)]),
        ("ReplicaSet", vec![(0, 0.0), (4, 2.0)]),
        ("ReplicationController", vec![(0, 0.0), (4, 2.0)]),
    ] {
        let manifest = file(&workload(kind, 2, ""));
        let name = format!("{}/shop/web", kind.to_ascii_lowercase());
        let web = bound(&name, &two_cores(10, 20));
        let recording = run(&[&every_second(30), &cluster(2, &manifest), &web]);
        assert_eq!(steps(&recording, "replicas_ready"), ready, "{kind}");
        let it = of(&recording, "web");
        assert_eq!((it.replicas, it.requests.succeeded), (2, 200), "{kind}");
        // ten requests a second of 100 ms each are all that one pod can do without waiting
        assert_eq!(latencies(&recording, "web"), [(100.0, 200)], "{kind}");
    }
}

/// A quarter of a core is 25 ms in each period of 100 ms: 100 ms of work are done in the fourth of
/// them, 325 ms after their arrival at the start of one. The other container has no limit.
#[test]
fn the_quota_is_that_of_the_container_that_is_the_app() {
    let limits = "}, {name: proxy, image: image, resources: {requests: {cpu: 100m, memory: 64Mi}, \
                  limits: {cpu: 250m, memory: 64Mi}}";
    let manifest = file(&workload("Deployment", 1, limits));
    let proxy = "container = 'proxy'\ndemand = '100ms'\n\
                 traffic = { arrivals = { at = ['10s'] } }";
    let recording = run(&[&every_second(30), &cluster(1, &manifest), &bound("shop/web", proxy)]);
    assert_eq!(latencies(&recording, "web"), [(325.0, 1)]);
    let server = proxy.replace("container = 'proxy'\n", "");
    let recording = run(&[&every_second(30), &cluster(1, &manifest), &bound("shop/web", &server)]);
    assert_eq!(latencies(&recording, "web"), [(100.0, 1)]);
}

/// A container beside the app, which asks for 1500m and does nothing.
const PROXY: &str =
    "}, {name: proxy, image: image, resources: {requests: {cpu: 1500m, memory: 64Mi}}";

/// A metric of CPU with this source; half of what is requested is aimed at.
fn cpu(kind: &str, field: &str, container: &str) -> String {
    let target = "target: {type: Utilization, averageUtilization: 50}";
    format!("{{type: {kind}, {field}: {{name: cpu, {container}{target}}}}}")
}

fn wanted(metrics: &str, seconds: u32, until: u32) -> (Vec<(usize, f64)>, Vec<String>) {
    let manifest = file(&(workload("Deployment", 2, PROXY) + &scaler("web", 2, 8, metrics, "")));
    let web = bound("shop/web", &two_cores(60, until));
    let recording = run(&[&every_second(seconds), &cluster(2, &manifest), &web]);
    (steps(&recording, "replicas_wanted"), recording.summary.warnings)
}

/// The request of a pod is that of all its containers, 2000m, of which a core is just half; that of
/// the container alone is 500m. What another container uses is not known.
#[test]
fn utilisation_is_of_all_containers_or_of_the_one_that_is_named() {
    let (all, _) = wanted(&cpu("Resource", "resource", ""), 120, 100);
    assert_eq!(all, [(0, 2.0)]);
    let own = cpu("ContainerResource", "containerResource", "container: server, ");
    assert_eq!(wanted(&own, 120, 100).0, [(0, 2.0), (75, 4.0), (90, 8.0)]);
    let other = cpu("ContainerResource", "containerResource", "container: proxy, ");
    let (none, warnings) = wanted(&other, 120, 100);
    assert_eq!(none, [(0, 2.0)]);
    assert_eq!(
        warnings,
        ["HorizontalPodAutoscaler shop/web: its metric `cpu` of container `proxy` is not known \
          here; as on a cluster that does not answer for it, it never asks for more replicas, and \
          there are never fewer"]
    );
}

/// The load ends at 90 s, whose decision is still kept in mind when it is just 300 s old, at 390 s
/// (without a `behavior`; with one it is not). At 405 s it is forgotten; but a metric that nobody
/// knows might want more.
#[test]
fn a_metric_that_is_not_known_lets_the_number_grow_by_others_and_never_fall() {
    let own = cpu("ContainerResource", "containerResource", "container: server, ");
    let up = [(0, 2.0), (75, 4.0), (90, 8.0)];
    assert_eq!(wanted(&own, 450, 90).0, [&up[..], &[(405, 2.0)]].concat());
    let rate = "{type: Pods, pods: {metric: {name: rate}, target: {type: AverageValue, \
                averageValue: 10}}}";
    let (steps, warnings) = wanted(&format!("{own}, {rate}"), 450, 90);
    assert_eq!(steps, up);
    assert!(warnings[0].contains("its metric `rate` of pods is not known here"), "{warnings:?}");
}

/// An idle pod uses 100 MiB, twice what is aimed at. Its first reading, at 15 s and 12 s after its
/// start, says so. The two that are added then run at 18 s and say so at 30 s.
#[test]
fn memory_is_what_the_app_uses() {
    let metric = "{type: Resource, resource: {name: memory, target: {type: AverageValue, \
                  averageValue: 50Mi}}}";
    let manifest = file(&(workload("Deployment", 2, "") + &scaler("web", 2, 8, metric, "")));
    let web = bound("shop/web", "memory = { base = '100MiB' }");
    let recording = run(&[&every_second(60), &cluster(2, &manifest), &web]);
    assert_eq!(steps(&recording, "replicas_wanted"), [(0, 2.0), (15, 4.0), (30, 8.0)]);
}

#[test]
fn several_autoscalers_of_one_workload_stand_in_each_others_way() {
    let metric = cpu("Resource", "resource", "");
    let two = ["one", "two"].map(|name| scaler(name, 2, 8, &metric, "")).concat();
    let manifest = file(&(workload("Deployment", 2, "") + &two));
    let web = bound("shop/web", &two_cores(60, 100));
    let recording = run(&[&every_second(120), &cluster(2, &manifest), &web]);
    assert_eq!(steps(&recording, "replicas_wanted"), [(0, 2.0)]);
    assert!(recording.summary.warnings[0].contains("AmbiguousSelector"));
}

#[test]
fn an_autoscaler_without_an_app_does_nothing_and_says_so() {
    let manifest = file(&(workload("Deployment", 2, "") + &half_of_cpu(3, 8, "")));
    let recording = run(&[&every_second(30), &cluster(2, &manifest)]);
    let idle = "HorizontalPodAutoscaler shop/web has no effect: what the pods of Deployment \
                shop/web use is not known; an `[[app]]` with `workload = \"shop/web\"` gives them \
                load";
    assert_eq!(recording.summary.warnings, [idle]);
    let elsewhere = half_of_cpu(3, 8, "").replace("name: web}", "name: wep}");
    let manifest = file(&(workload("Deployment", 2, "") + &elsewhere));
    let recording = run(&[&every_second(30), &cluster(2, &manifest)]);
    let warnings = &recording.summary.warnings;
    assert!(warnings[0].ends_with("has no effect: there is no Deployment shop/wep"));
}

/// Four requests at once take 64 + 4 * 20 MiB, more than the 128 MiB of the manifest.
#[test]
fn the_memory_limit_is_the_manifests_and_other_keys_do_not_count() {
    let limited = ", resources: {limits: {memory: 128Mi}, requests: {memory: 128Mi}}";
    let manifest = workload("Deployment", 1, "")
        .replace(", resources: {requests: {cpu: 500m, memory: 64Mi}}", limited);
    let manifest = file(&manifest);
    let at = "traffic = { arrivals = { at = ['10s', '10s', '10s', '10s'] } }";
    let keys = format!(
        "demand = '1s'\n{at}\nreplicas = 4\nspread = true\n\
         memory = {{ base = '64MiB', per_request = '20MiB', limit = '1GiB' }}"
    );
    let recording = run(&[&every_second(30), &cluster(1, &manifest), &bound("shop/web", &keys)]);
    assert_eq!(of(&recording, "web").replicas, 1);
    assert_eq!(
        recording.summary.warnings,
        [
            "`web`: `replicas`, `memory.limit`, `spread` do not count: Deployment shop/web is its \
             manifest's",
            "`web`: replicas ran out of memory once"
        ]
    );
}

/// Without a probe a pod counts as ready when its container runs, at 3 s: requests come to it from
/// 4 s on, and are refused until it answers, at 8 s. With a probe every second, that of 8 s or 9 s
/// finds it ready, so that nobody sends a request at 6 s to where nobody answers.
#[test]
fn a_pod_without_a_probe_gets_requests_that_it_cannot_answer_yet() {
    let requests = "traffic = { arrivals = { at = ['6s', '7s', '12s'] } }\ndemand = '10ms'";
    let web = bound("shop/web", requests).replace("start = '0s'", "start = '5s'");
    let manifest = file(&workload("Deployment", 1, ""));
    let recording = run(&[&every_second(30), &cluster(1, &manifest), &web]);
    assert_eq!(steps(&recording, "replicas_ready"), [(0, 0.0), (4, 1.0)]);
    let it = of(&recording, "web");
    assert_eq!((it.requests.refused, it.requests.succeeded), (2, 1));
    same(it.start_up.max, 8.0);
    let probe = ", readinessProbe: {httpGet: {port: 80}, periodSeconds: 1}";
    let manifest = file(&workload("Deployment", 1, probe));
    let recording = run(&[&every_second(30), &cluster(1, &manifest), &web]);
    let it = of(&recording, "web");
    // there is no other pod, so that these find nobody at all
    assert_eq!((it.requests.refused, it.requests.succeeded), (2, 1));
    assert!(it.start_up.max > Some(8.0), "{:?}", it.start_up);
    assert!(series(&recording, Some("web"), "replicas_ready")[7] < 1e-9);
}
