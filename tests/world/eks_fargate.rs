//! Pods of Amazon EKS on AWS Fargate: when they start, what they get, and what that costs.

use plimsoll::metrics::events::{Event, Reason};
use plimsoll::metrics::summary::{CostItem, FargateSummary};
use plimsoll::metrics::{FindingKind, Recording};
use proptest::prelude::*;
use tempfile::NamedTempFile;

use crate::lab::{HOST, app, close, latencies, of, run, same, simulation};

/// A node is `Ready` 40 s after its pod was created.
const PROFILE: &str = "[[cluster.fargate_profile]]\nname = 'all'\nstart = '40s'\n";
const ALL: &str = "selectors = [{ namespace = '*' }]\n";
const GB: f64 = (1_u64 << 30) as f64;

/// A cluster of which more is said; images are on other machines from the beginning.
fn eks(more: &str) -> String {
    format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nengine = {{ start = '2s', prepulled = true, \
         extraction = '1TB/s' }}\n{more}"
    )
}

fn play(apps: &str, duration: &str, more: &str) -> Recording {
    run(&[&simulation(duration), HOST, apps, &eks(more)])
}

/// With these manifests.
fn apply(manifests: &str, duration: &str, more: &str) -> Recording {
    let file = NamedTempFile::with_suffix(".yaml").expect("a file");
    std::fs::write(file.path(), manifests).expect("it can be written");
    let more = format!("kubernetes = {{ manifests = ['{}'] }}\n{more}", file.path().display());
    run(&[&simulation(duration), HOST, &eks(&more)])
}

fn events(recording: &Recording, reason: Reason) -> Vec<&Event> {
    recording.log.events.iter().filter(|event| event.reason == reason).collect()
}

fn times(recording: &Recording, reason: Reason) -> Vec<f64> {
    events(recording, reason).iter().map(|event| event.time.as_secs_f64()).collect()
}

/// The nodes that pods got, and when.
fn places(recording: &Recording) -> Vec<(String, f64)> {
    let place = |event: &&Event| {
        let node = recording.log.object(event.related.expect("a node"));
        (node.key.to_string(), event.time.as_secs_f64())
    };
    events(recording, Reason::Scheduled).iter().map(place).collect()
}

/// What is told of an event.
fn text<'a>(recording: &'a Recording, event: &Event) -> &'a str {
    event.text.map_or("", |text| recording.log.text(text))
}

fn fargate(recording: &Recording) -> FargateSummary {
    let nodes = recording.summary.nodes.expect("it is of Kubernetes");
    nodes.fargate.expect("it has profiles")
}

/// What Fargate costs.
fn cost(recording: &Recording) -> f64 {
    let all = &recording.summary.cost.by_item;
    [CostItem::FargateCpu, CostItem::FargateMemory, CostItem::FargateStorage]
        .map(|item| all.of(item))
        .iter()
        .sum()
}

/// So many vCPUs and GB for so many seconds.
fn price(vcpus: f64, gb: f64, seconds: f64) -> f64 {
    (vcpus * 0.040_48 + gb * 0.004_445) * seconds / 3600.0
}

#[test]
fn a_pod_has_a_node_then_its_image_and_is_charged_from_there() {
    let host = HOST.replace("layers = []", "layers = [{ size = '100MB', unpacked = '100MB' }]");
    let registry = "[registry]\nbandwidth = '1TB/s'\nstream = '1GB/s'\n";
    let web = app("web", "cpu = { request = '250m' }\nmemory = { request = '256MiB' }");
    let cluster = eks(&format!("{PROFILE}{ALL}"));
    let recording = run(&[&simulation("1h"), &host, &web, registry, &cluster]);
    assert_eq!(times(&recording, Reason::RegisteredNode), [40.0]);
    assert_eq!(times(&recording, Reason::Scheduled), [40.0]);
    // two round trips of 50 ms, 100 MB at 1 GB/s, and as much to unpack, though all other machines
    // have the image; then the 2 s that a container takes
    assert_eq!(times(&recording, Reason::Pulled), [40.3]);
    assert_eq!(times(&recording, Reason::Started), [42.3]);
    let all = &recording.summary.cost.by_item;
    close(all.of(CostItem::FargateCpu), price(0.25, 0.0, 3560.0));
    close(all.of(CostItem::FargateMemory), price(0.0, 0.5, 3560.0));
    close(all.of(CostItem::ControlPlane), 0.10);
    close(all.total(), 0.10 + price(0.25, 0.5, 3560.0));
    // all of it is the app's
    close(of(&recording, "web").cost.total(), price(0.25, 0.5, 3560.0));
    let name = recording.log.object(events(&recording, Reason::RegisteredNode)[0].object);
    assert_eq!(&*name.key, "fargate-ip-10-0-0-4.ec2.internal");
}

#[test]
fn a_pod_is_rounded_up_to_a_size_with_what_kubernetes_needs() {
    let web = app("web", "cpu = { request = '1' }\nmemory = { request = '8GiB' }");
    let recording = play(&web, "1h", &format!("{PROFILE}{ALL}"));
    // 8 GB and 256 MiB are 9 GB, which only 2 vCPUs have
    close(cost(&recording), price(2.0, 9.0, 3560.0));
    let (found, part) = (fargate(&recording), 3560.0 / 3600.0);
    close(found.pods, part);
    close(found.vcpus_asked, part);
    close(found.vcpus, 2.0 * part);
    close(found.memory_asked / GB, 8.0 * part);
    close(found.memory / GB, 9.0 * part);
    // the node is there to be from the beginning on, and ready after 40 s
    let nodes = recording.summary.nodes.expect("it is of Kubernetes");
    close(nodes.wanted, 1.0);
    close(nodes.ready, part);
}

#[test]
fn containers_get_the_cpu_of_the_size_and_no_more() {
    let two_at_once = |cpu: &str| {
        let keys = format!(
            "cpu = {{ request = '{cpu}' }}\nmemory = {{ request = '7GiB' }}\ndemand = '100ms'\n\
             traffic = {{ arrivals = {{ at = ['100s', '100s'] }} }}"
        );
        latencies(&play(&app("web", &keys), "2min", &format!("{PROFILE}{ALL}")), "web")
    };
    // the two threads of a core get 125 % done with both of them
    assert_eq!(two_at_once("2"), [(160.0, 2)]);
    assert_eq!(two_at_once("4"), [(100.0, 2)]);
}

#[test]
fn nobody_is_evicted_and_the_kernel_kills_what_uses_more_than_there_is() {
    // 256 MiB of 1 GB are those of Kubernetes
    let of_base = |base: &str| {
        let keys = format!("memory = {{ request = '512MiB', base = '{base}' }}");
        let recording = play(&app("web", &keys), "3min", &format!("{PROFILE}{ALL}"));
        assert!(times(&recording, Reason::Evicted).is_empty());
        times(&recording, Reason::SystemOom).len()
    };
    assert_eq!(of_base("767MiB"), 0);
    assert!(of_base("769MiB") > 0);
}

#[test]
fn selectors_and_labels_say_which_pods_run_on_fargate() {
    let node = "[[cluster.node_group]]\nname = 'general'\ninstance_types = ['m5.large']\n\
                min = 1\nmax = 3\nlaunch = '6s'\nboot = '4s'\njoin = '10s'\n\
                [cluster.cluster_autoscaler]\n";
    let apps = [app("web", "replicas = 3"), app("api", "replicas = 2")].concat();
    let web = "selectors = [{ namespace = 'default', labels = { app = 'w?b' } }]\n";
    let recording = play(&apps, "1h", &format!("{node}{PROFILE}{web}"));
    // those of `api` are on the node of the group, which is not asked for more
    let scheduled = places(&recording);
    let on = |node: &str| scheduled.iter().filter(|(name, _)| name.starts_with(node)).count();
    assert_eq!((on("general-0"), on("fargate-ip-"), scheduled.len()), (2, 3, 5));
    assert!(scheduled.iter().all(|(node, time)| node == "general-0" || *time == 40.0));
    assert!(events(&recording, Reason::TriggeredScaleUp).is_empty());
    assert!(events(&recording, Reason::RemovingNode).is_empty());
    close(of(&recording, "web").cost.total(), 3.0 * price(0.25, 0.5, 3560.0));
    close(of(&recording, "api").cost.total(), 0.0);
    assert_eq!(fargate(&recording).pods_max, 3);
    let nodes = recording.summary.nodes.expect("it is of Kubernetes");
    assert_eq!((nodes.ready_max, nodes.wanted_max), (4, 4));

    // a pod that names a profile is not of the first that selects it
    let other = "[[cluster.fargate_profile]]\nname = 'slow'\nstart = '70s'\n";
    let pod = |name: &str, labels: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: batch{labels}}}\n\
             spec: {{containers: [{{name: c, image: image}}]}}\n---\n"
        )
    };
    let label = ", labels: {eks.amazonaws.com/fargate-profile: slow}";
    let pods = [pod("first", ""), pod("named", label)].concat();
    let recording = apply(&pods, "5min", &format!("{PROFILE}{ALL}{other}{ALL}"));
    assert_eq!(times(&recording, Reason::Scheduled), [40.0, 70.0]);
}

/// A daemon set in a namespace; more of its pods.
fn daemon(namespace: &str, more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: agent, namespace: {namespace}}}\n\
         spec:\n  {{selector: {{matchLabels: {{app: agent}}}}, template: {{metadata: {{labels: \
         {{app: agent}}}}, spec: {{{more}containers: [{{name: agent, image: image}}]}}}}}}\n---\n"
    )
}

/// A deployment of so many pods in the namespace `web`.
fn deployment(replicas: u32, more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: web}}\n\
         spec:\n  {{replicas: {replicas}, selector: {{matchLabels: {{app: web}}}}, template: \
         {{metadata: {{labels: {{app: web}}}}, spec: {{{more}containers: [{{name: web, image: \
         image}}]}}}}}}\n---\n"
    )
}

#[test]
fn daemon_sets_have_no_pods_there() {
    let node = "[[cluster.node_group]]\nname = 'general'\ninstance_types = ['m5.large']\n\
                min = 1\nmax = 1\nlaunch = '6s'\nboot = '4s'\njoin = '10s'\n";
    let web = "selectors = [{ namespace = 'web' }]\n";
    let more = format!("{node}{PROFILE}{web}");
    let recording = apply(&[daemon("ops", ""), deployment(2, "")].concat(), "5min", &more);
    assert_eq!(times(&recording, Reason::Scheduled), [20.0, 40.0, 40.0]);
    assert_eq!(events(&recording, Reason::PodCreated).len(), 3);

    // of one that tolerates everything there are, which wait for good: nothing keeps them away
    let tolerates = "tolerations: [{operator: Exists}], ";
    let manifests = [daemon("ops", tolerates), deployment(1, "")].concat();
    let recording = apply(&manifests, "5min", &more);
    assert_eq!(times(&recording, Reason::Scheduled), [20.0, 40.0]);
    let failed = events(&recording, Reason::FailedScheduling);
    assert!(failed.iter().any(|event| text(&recording, event).contains("Too many pods")));

    // and those that a profile selects are not run at all
    let recording = apply(&daemon("web", ""), "5min", &more);
    assert!(times(&recording, Reason::Scheduled).is_empty());
    let failed = events(&recording, Reason::FailedScheduling);
    assert_eq!(
        failed.iter().map(|event| text(&recording, event)).collect::<Vec<_>>(),
        ["Pod not supported on Fargate: pods of DaemonSets do not run on Fargate; run the \
          container as a sidecar"]
    );
}

#[test]
fn pods_that_fargate_does_not_run_wait_and_say_why() {
    let refused = |spec: &str| {
        let recording = apply(&deployment(1, spec), "5min", &format!("{PROFILE}{ALL}"));
        assert!(times(&recording, Reason::RegisteredNode).is_empty());
        close(cost(&recording), 0.0);
        assert_eq!(recording.summary.nodes.expect("it is of Kubernetes").pods_pending, 1.0);
        let failed = events(&recording, Reason::FailedScheduling);
        assert_eq!(failed.len(), 1);
        text(&recording, failed[0]).to_owned()
    };
    assert_eq!(
        refused("hostNetwork: true, os: {name: windows}, "),
        "Pod not supported on Fargate: pods on Fargate cannot have `hostNetwork`. Fargate for \
         Amazon EKS runs Linux only"
    );
    assert_eq!(
        refused("volumes: [{name: v, awsElasticBlockStore: {volumeID: vol-1}}], "),
        "Pod not supported on Fargate: pods on Fargate cannot mount volumes of Amazon EBS; use \
         Amazon EFS"
    );
    let init =
        "initContainers: [{name: i, image: image, resources: {requests: {memory: 120Gi}}}], ";
    assert_eq!(
        refused(init),
        "Pod not supported on Fargate: Fargate has no size with 0 of CPU and 123136Mi of memory, \
         of which 256 MiB are for Kubernetes; the largest has 16 vCPUs and 120 GB"
    );
}

/// What only Fargate looks at makes pods that are otherwise alike different ones.
#[test]
fn of_two_pods_the_one_that_is_privileged_is_not_run() {
    let pod = |name: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  \
             containers: [{{name: c, image: image{more}}}]\n---\n"
        )
    };
    let pods = pod("a", "") + &pod("b", ", securityContext: {privileged: true}") + &pod("c", "");
    let recording = apply(&pods, "5min", &format!("{PROFILE}{ALL}"));
    assert_eq!(times(&recording, Reason::RegisteredNode), [40.0, 40.0]);
    let refused = events(&recording, Reason::FailedScheduling);
    let [refused] = refused[..] else { panic!("{refused:?}") };
    assert_eq!(recording.log.object(refused.object).name(), "b");
    assert_eq!(
        text(&recording, refused),
        "Pod not supported on Fargate: privileged containers do not run on Fargate; run the pod on \
         EC2 nodes"
    );
}

#[test]
fn an_app_with_a_volume_of_ebs_is_not_run() {
    let web = app("web", "io = { operations = 1, volume = { size = '10GiB' } }");
    let recording = play(&web, "5min", &format!("{PROFILE}{ALL}"));
    assert!(times(&recording, Reason::Scheduled).is_empty());
    let failed = events(&recording, Reason::FailedScheduling);
    assert!(text(&recording, failed[0]).contains("volumes of Amazon EBS"));
}

#[test]
fn claims_to_volumes_of_ebs_are_found() {
    let set = |class: &str| {
        format!(
            "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: disk}}\n\
             provisioner: {class}\nvolumeBindingMode: WaitForFirstConsumer\n---\n\
             apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db, namespace: web}}\n\
             spec:\n  serviceName: db\n  selector: {{matchLabels: {{app: db}}}}\n\
             \x20 volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{storageClassName: \
             disk, accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}}}]\n\
             \x20 template: {{metadata: {{labels: {{app: db}}}}, spec: {{containers: [{{name: db, \
             image: image}}]}}}}\n"
        )
    };
    let scheduled = |class| {
        let recording = apply(&set(class), "5min", &format!("{PROFILE}{ALL}"));
        times(&recording, Reason::Scheduled)
    };
    assert!(scheduled("ebs.csi.aws.com").is_empty());
    assert!(scheduled("kubernetes.io/aws-ebs").is_empty());
    assert_eq!(scheduled("efs.csi.aws.com"), [40.0]);
}

#[test]
fn a_pod_waits_for_an_address_of_its_subnets() {
    // of 16 addresses AWS keeps five, and others have nine
    let subnet = "[[cluster.subnet]]\nname = 'small'\ncidr = '10.0.0.0/28'\nused = 9\n\
                  [[cluster.subnet]]\nname = 'large'\ncidr = '10.0.1.0/24'\n";
    let apps = [app("first", "replicas = 2"), app("second", "")].concat();
    let fewer = "[[rollout]]\ndeployment = 'first'\nat = '5min'\nreplicas = 1\n";
    let apps = format!("{apps}{fewer}");
    let more = format!("{subnet}{PROFILE}{ALL}subnets = ['small']\n");
    let recording = play(&apps, "10min", &more);
    let failed = events(&recording, Reason::FailedScheduling);
    assert_eq!(
        failed.iter().map(|event| text(&recording, event)).collect::<Vec<_>>(),
        ["subnet `small` of Fargate profile `all` has no free address"]
    );
    let finding = &recording.summary.findings[0];
    assert_eq!((finding.kind, &*finding.about), (FindingKind::Address, "Fargate profile `all`"));
    // once the other pod is gone it has its address
    let gone = times(&recording, Reason::PodGone);
    assert_eq!(gone.len(), 1);
    assert_eq!(times(&recording, Reason::Scheduled), [40.0, 40.0, gone[0] + 40.0]);
}

#[test]
fn pods_of_a_controller_are_spread_over_zones() {
    let more = format!("zones = {{ count = 3, uplink = '100Gbit/s' }}\n{PROFILE}{ALL}");
    let recording = play(&app("web", "replicas = 7"), "2min", &more);
    let nodes = events(&recording, Reason::RegisteredNode);
    let names = nodes.iter().map(|event| &*recording.log.object(event.object).key);
    let mut zones: Vec<&str> = names.map(|name| name.split('-').nth(4).unwrap()).collect();
    zones.sort_unstable();
    // 10.0.0.0/20, 10.0.16.0/20 and 10.0.32.0/20
    assert_eq!(zones, ["0", "0", "0", "16", "16", "32", "32"]);
}

#[test]
fn an_account_starts_a_hundred_pods_at_once_and_twenty_a_second_after_that() {
    // the controller would make no more than 30 pods at once by default
    let controller = "[cluster.kubernetes]\ncontroller_qps = 1000.0\ncontroller_burst = 1000\n";
    let more = format!("{PROFILE}{ALL}{controller}");
    let recording = play(&app("web", "replicas = 121"), "2min", &more);
    let joined = times(&recording, Reason::RegisteredNode);
    assert_eq!(joined[..100], [40.0; 100]);
    let (next, last) = (joined[100], joined[120]);
    assert_eq!((joined.len(), next, last), (121, 40.05, 41.05));
}

/// A job whose pod runs for 30 s; more of it.
fn job(more: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: task, namespace: web}}\n\
         spec:\n  {{{more}template: {{spec: {{restartPolicy: Never, containers: [{{name: task, \
         image: image}}]}}}}}}\n"
    )
}

#[test]
fn a_pod_that_has_ended_costs_until_it_is_deleted() {
    let ran = |more: &str| {
        let profile = format!("{PROFILE}{ALL}[cluster.kubernetes]\njob_duration = '30s'\n");
        let file = NamedTempFile::with_suffix(".yaml").expect("a file");
        std::fs::write(file.path(), job(more)).expect("it can be written");
        let profile = format!("{profile}manifests = ['{}']\n", file.path().display());
        run(&[&simulation("1h"), HOST, &eks(&profile)])
    };
    let kept = ran("");
    close(cost(&kept), price(0.25, 0.5, 3560.0));
    let warned = "1 pod has ended and still costs on Fargate until deleted: give their Jobs \
                  `ttlSecondsAfterFinished`";
    assert!(kept.summary.warnings.contains(&warned.to_owned()), "{:?}", kept.summary.warnings);
    let cleaned = ran("ttlSecondsAfterFinished: 100, ");
    assert!(cleaned.summary.warnings.is_empty(), "{:?}", cleaned.summary.warnings);
    let gone = times(&cleaned, Reason::PodGone);
    // begun seconds are whole ones
    close(cost(&cleaned), price(0.25, 0.5, (gone[0] - 40.0).ceil()));
    assert!((gone[0] - 40.0 - 2.0 - 30.0 - 100.0) < 2.0, "{gone:?}");
    assert_eq!(times(&cleaned, Reason::RemovingNode), gone);
    // a minute at the least
    let short = ran("ttlSecondsAfterFinished: 0, ");
    assert!(times(&short, Reason::PodGone)[0] < 40.0 + 60.0);
    close(cost(&short), price(0.25, 0.5, 60.0));
}

#[test]
fn a_rollout_has_new_nodes_come_and_old_ones_go() {
    let rollout = "[[rollout]]\ndeployment = 'web'\nat = '5min'\nmemory = '300MiB'\n";
    let web = app("web", "replicas = 4");
    let recording = play(&format!("{web}{rollout}"), "30min", &format!("{PROFILE}{ALL}"));
    assert_eq!(times(&recording, Reason::RegisteredNode).len(), 8);
    assert_eq!(times(&recording, Reason::RemovingNode).len(), 4);
    // one pod more than 4 at a time, and none missing
    assert_eq!(fargate(&recording).pods_max, 5);
    assert_eq!(of(&recording, "web").replicas, 4);
}

#[test]
fn a_machine_that_fails_is_no_more_and_its_pod_is_made_anew() {
    let fault = "[[fault]]\nzone = 0\nkind = { scheduled = { at = '105s', duration = '10s' } }\n";
    let recording =
        play(&format!("{}{fault}", app("web", "")), "10min", &format!("{PROFILE}{ALL}"));
    assert_eq!(times(&recording, Reason::MachineFailed), [105.0]);
    // it works again, but for nobody
    assert!(times(&recording, Reason::Rebooted).is_empty());
    // its lease was last renewed at 100 s; 50 s later it is missed, and found to be no more
    let missed = times(&recording, Reason::NodeNotReady);
    assert_eq!(missed, [150.0]);
    assert_eq!(times(&recording, Reason::RemovingNode), missed);
    // the collector finds its pod without a node, and 40 s later still
    let gone = times(&recording, Reason::PodGone);
    assert_eq!(times(&recording, Reason::Scheduled), [40.0, gone[0] + 40.0]);
    close(cost(&recording), price(0.25, 0.5, 65.0 + (600.0 - gone[0] - 40.0).ceil()));
}

#[test]
fn a_machine_under_maintenance_loses_its_pod_to_another() {
    let fault = "[[fault]]\nzone = 0\nkind = { drain = { at = '2min' } }\n";
    let web = app("web", "replicas = 2");
    let recording = play(&format!("{web}{fault}"), "10min", &format!("{PROFILE}{ALL}"));
    assert_eq!(times(&recording, Reason::PodDeleted), [120.0, 120.0]);
    assert_eq!(times(&recording, Reason::RegisteredNode), [40.0, 40.0, 160.0, 160.0]);
    assert_eq!(times(&recording, Reason::RemovingNode).len(), 2);
}

#[test]
fn jobs_of_the_scenario_do_not_run_there() {
    let job = "[[job]]\nname = 'sum'\nimage = 'image'\ndemand = '1s'\n\
               arrivals = { at = ['100s'] }\ncpu = { request = '100m' }\n\
               memory = { request = '64MiB' }\n";
    let recording = play(&format!("{}{job}", app("web", "")), "5min", &format!("{PROFILE}{ALL}"));
    assert_eq!(recording.summary.jobs[0].running + recording.summary.jobs[0].completed, 0);
    let warned = |it: &String| it.contains("Fargate runs the Jobs of manifests");
    assert!(recording.summary.warnings.iter().any(warned));
}

#[test]
fn requests_are_answered_from_when_the_pod_is_ready() {
    let web = app("web", "start = '3s'");
    let recording = play(&web, "5min", &format!("{PROFILE}{ALL}"));
    let ready = times(&recording, Reason::PodReady)[0];
    // all who send requests know a second later
    same(of(&recording, "web").start_up.mean, ready + 1.0);
    assert!((45.0..56.0).contains(&ready), "{ready}");
}

#[test]
fn all_is_given_back_when_there_are_no_pods_left() {
    // two addresses, which are enough for two pods again and again
    let subnet = "[[cluster.subnet]]\nname = 'small'\ncidr = '10.0.0.0/28'\nused = 9\n";
    let scale = |minutes: u32, replicas: u32| {
        format!("[[rollout]]\ndeployment = 'web'\nat = '{minutes}min'\nreplicas = {replicas}\n")
    };
    let all = [scale(5, 0), scale(10, 2), scale(15, 0)].concat();
    let apps = format!("{}{all}", app("web", "replicas = 2"));
    let recording = play(&apps, "20min", &format!("{subnet}{PROFILE}{ALL}"));
    assert_eq!(times(&recording, Reason::RegisteredNode), [40.0, 40.0, 640.0, 640.0]);
    let gone = times(&recording, Reason::RemovingNode);
    assert_eq!(gone.len(), 4);
    assert!(recording.summary.findings.is_empty());
    let seconds: f64 = gone.iter().map(|time| time.ceil()).sum::<f64>() - 2.0 * 680.0;
    close(cost(&recording), price(0.25, 0.5, seconds));
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts)
}

/// While the API does not answer, machines fail and a version is rolled out. All that is caught up
/// with at once, so that controllers make pods and delete them again in one instant.
#[test]
fn a_pod_that_comes_and_goes_in_one_instant_is_not_taken_for_the_next() {
    let web = app("web", "replicas = 4\nmemory = { request = '64MiB' }");
    let cluster = eks(&format!(
        "zones = {{ count = 2, uplink = '100Gbit/s' }}\n[[cluster.fargate_profile]]\nname = 'all'\n\
         start.exponential.mean = '30s'\n{ALL}"
    ));
    let changes = "[[fault]]\nkind.api-outage = { at = '50s', duration = '2min' }\n\
                   [[fault]]\nzone = 1\nkind.drain = { at = '2min', duration = '1min' }\n\
                   [[rollout]]\ndeployment = 'web'\nat = '30s'\nmemory = '300MiB'\n";
    let recording = run(&[&simulation("10min"), HOST, &web, changes, &cluster]);
    let all = |reason| events(&recording, reason).into_iter().map(|it| (it.object, it.time));
    let came: Vec<_> = all(Reason::PodCreated).collect();
    assert!(all(Reason::PodGone).any(|it| came.contains(&it)), "some come and go at once");
    let mut pods: Vec<_> = all(Reason::Scheduled).map(|(pod, _)| pod).collect();
    pods.sort();
    assert!(pods.windows(2).all(|two| two[0] != two[1]), "a pod has one node");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Books are looked through at the end of each run.
    #[test]
    fn whatever_happens_the_books_are_right(
        replicas in 4..9u32,
        (selectors, start) in (
            one_of(&[
                "[{ namespace = '*' }]",
                "[{ namespace = 'default', labels = { app = 'web' } }]",
                "[{ namespace = 'other' }, { namespace = 'default', labels = { app = 'a*' } }]",
            ]),
            one_of(&["'0s'", "'20s'", "{ exponential = { mean = '30s' } }"]),
        ),
        groups in one_of(&[
            "",
            "[[cluster.node_group]]\nname = 'general'\ninstance_types = ['m5.large']\n\
             min = 1\nmax = 4\n[cluster.cluster_autoscaler]\n",
        ]),
        subnets in one_of(&[
            "",
            "[[cluster.subnet]]\nname = 'small'\ncidr = '10.0.0.0/28'\nused = 5\n",
            "[[cluster.subnet]]\nname = 'a'\ncidr = '10.0.0.0/28'\nused = 9\n\
             [[cluster.subnet]]\nname = 'b'\ncidr = '10.0.1.0/28'\nzone = 1\n",
        ]),
        faults in prop::collection::vec(one_of(&[
            "[[fault]]\nkind = { scheduled = { at = '20s', duration = '50s' } }\n",
            "[[fault]]\nzone = 0\nkind = { scheduled = { at = '3min', duration = '3min' } }\n",
            "[[fault]]\nzone = 1\nkind = { drain = { at = '2min', duration = '1min' } }\n",
            "[[fault]]\nkind = { drain = { at = '4min' } }\n",
            "[[fault]]\nkind = { api-outage = { at = '50s', duration = '2min' } }\n",
            "[[fault]]\nkind.random.time_to_failure.exponential.mean = '3min'\n\
             kind.random.time_to_repair.exponential.mean = '20s'\n",
        ]), 0..3),
        changes in prop::collection::vec(one_of(&[
            "[[rollout]]\ndeployment = 'web'\nat = '30s'\nmemory = '300MiB'\n",
            "[[rollout]]\ndeployment = 'web'\nat = '2min'\nreplicas = 0\n",
            "[[rollout]]\ndeployment = 'web'\nat = '5min'\nreplicas = 6\n",
            "[[rollout]]\ndeployment = 'api'\nat = '3min'\ncpu = '3'\n",
        ]), 0..4),
        scale in one_of(&[
            "",
            "autoscale = { metric = 'requests', target = '10/s', max = 9 }\n",
        ]),
        memory in one_of(&[
            "memory = { request = '64MiB' }",
            "memory = { request = '512MiB', base = '400MiB', leak = '3MiB/s' }",
        ]),
    ) {
        let web = format!(
            "replicas = {replicas}\n{scale}{memory}\ndemand = '5ms'\n\
             traffic = {{ arrivals = {{ poisson = '25/s' }} }}"
        );
        let apps = [app("web", &web), app("api", "replicas = 2")].concat();
        let profile = format!(
            "[[cluster.fargate_profile]]\nname = 'all'\nstart = {start}\n\
             selectors = {selectors}\n"
        );
        let zones = "zones = { count = 2, uplink = '100Gbit/s' }\n";
        let cluster = eks(&format!("{zones}{subnets}{groups}{profile}"));
        let (faults, changes) = (faults.concat(), changes.concat());
        let recording =
            run(&[&simulation("10min"), HOST, &apps, &faults, &changes, &cluster]);
        let found = fargate(&recording);
        prop_assert!(found.vcpus_asked <= found.vcpus && found.memory_asked <= found.memory);
        // a second of the smallest size at least for each second of a pod
        prop_assert!(cost(&recording) >= price(0.25, 0.5, found.pods * 600.0) - 1e-9);
        let nodes = recording.summary.nodes.expect("it is of Kubernetes");
        prop_assert!(nodes.ready >= 0.0 && nodes.ready_max >= found.pods_max.min(1));
    }
}
