//! Load balancers in front of the pods of a cluster of EKS.
//!
//! Everything takes no time but what a test is about: instances are nodes at once, apps answer at
//! once. A call of the controller takes 1 s, so that a look at a target group takes 2 s: one call
//! to list its targets, one to register or deregister some.

use std::fmt::Write;

use plimsoll::metrics::Recording;
use plimsoll::metrics::summary::{CostItem, Undelivered};
use plimsoll::world::check_files;

use crate::lab::{HOST, app, close, of, read, run, same, simulation};

const NODES: &str = "
[[cluster.node_group]]
name = 'nodes'
instance_types = ['m5.large']
launch = '0s'
boot = '0s'
join = '0s'
";

/// A cluster with so many nodes in so many zones, this controller, and further lines.
fn cluster(nodes: u32, zones: u32, controller: &str, more: &str) -> String {
    format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\n\
         zones = {{ count = {zones}, uplink = '10Gbps', latency = '1ms' }}\n\
         engine = {{ start = '0s', prepulled = true }}\n\
         kubernetes = {{ readiness_period = '1s' }}\n\
         [cluster.eks.load_balancer_controller]\ncall = '1s'\n{controller}\n\
         {NODES}min = {nodes}\nmax = {nodes}\n{more}\n"
    )
}

/// A load balancer of this kind in front of `web`, with these keys of its target group.
fn front(kind: &str, keys: &str) -> String {
    format!(
        "[[cluster.load_balancer]]\nname = 'front'\nkind = '{kind}'\n\
         [[cluster.target_group]]\nname = 'web'\nload_balancer = 'front'\napp = 'web'\n{keys}\n"
    )
}

/// Instants, a tenth of a second apart, between two seconds.
fn tenths(from: u32, to: u32) -> String {
    let mut at = String::new();
    for tenth in from * 10..to * 10 {
        write!(at, "'{}ms', ", tenth * 100 + 50).unwrap();
    }
    format!("traffic = {{ arrivals = {{ at = [{at}] }} }}\ndemand = '0s'\ntimeout = '30s'")
}

fn play(duration: &str, apps: &str, cluster: &str) -> Recording {
    run(&[&simulation(duration), HOST, apps, cluster])
}

/// How many requests of `web` were answered, and how many got a 503, a 502 and a 504.
fn told(recording: &Recording) -> (u64, [u64; 3]) {
    let web = of(recording, "web");
    let lost = web.undelivered.expect("it is behind a load balancer");
    let known = [lost.no_target, lost.refused, lost.no_connection];
    assert_eq!(
        lost,
        Undelivered {
            no_target: known[0],
            refused: known[1],
            no_connection: known[2],
            ..Undelivered::default()
        }
    );
    (web.requests.succeeded, known)
}

#[test]
fn a_pod_gets_its_first_request_when_it_is_ready_listed_and_registered() {
    // ready at 0 s, listed at 1 s, registered at 2 s, healthy with the first check, at once
    let front = front("application", "");
    let cluster = cluster(1, 1, "target_type = 'ip'", &front);
    let recording = play("1min", &app("web", &tenths(0, 10)), &cluster);
    assert_eq!(told(&recording), (80, [20, 0, 0]));
    // of a node, which is there as soon, and refuses what no pod of it is there for: none
    let cluster = self::cluster(1, 1, "", &front);
    assert_eq!(told(&play("1min", &app("web", &tenths(0, 10)), &cluster)), (80, [20, 0, 0]));
}

/// A new version at 60 s of an app of one pod, to which ten requests come a second, from 50 s to
/// 110 s.
fn rollout(gates: bool, deregistration: &str, keys: &str) -> (u64, [u64; 3]) {
    let controller = format!(
        "target_type = 'ip'\nreadiness_gates = {gates}\nderegistration = '{deregistration}'"
    );
    let cluster = cluster(1, 1, &controller, &front("application", ""));
    let rollout = "[[rollout]]\ndeployment = 'web'\nat = '60s'\nmemory = '70MiB'\n";
    let web = app("web", &format!("{}\n{keys}", tenths(50, 110)));
    let recording = run(&[&simulation("3min"), HOST, &web, &cluster, rollout]);
    let (succeeded, lost) = told(&recording);
    // that the old pod stopped too early is said, and only then
    let early = recording.summary.warnings.iter().any(|it| it.contains("pods of `web` stop while"));
    assert_eq!(early, lost[1] + lost[2] > 0);
    (succeeded, lost)
}

#[test]
fn a_rollout_that_outruns_the_load_balancer_leaves_it_without_targets() {
    // At 60 s the new pod is ready and the old one told to go, which it does at once. The look that
    // begins then deregisters the old one at 62 s and registers the new one at 63 s. Until 62 s the
    // only target is gone, which is known after 10 s each; then there is none.
    assert_eq!(rollout(false, "0s", ""), (570, [10, 0, 20]));
    // a pod that goes on for 10 s answers until it is deregistered, and then nobody does
    assert_eq!(rollout(false, "0s", "pre_stop = '10s'"), (590, [10, 0, 0]));
    // the load balancer goes on with the old one for 5 s: from 63 s on every other request
    assert_eq!(rollout(false, "5s", ""), (550, [0, 0, 50]));
}

#[test]
fn with_a_readiness_gate_the_old_pod_goes_only_when_the_new_one_is_healthy() {
    // The new pod is registered at 62 s, and found healthy by the look at 77 s, which lists targets
    // until 78 s: only then is it ready and the old one told to go, which takes from 80 s to 85 s.
    assert_eq!(rollout(true, "0s", "pre_stop = '10s'"), (600, [0; 3]));
    // the gate does not help an old pod that stops before it is deregistered: every other request
    assert_eq!(rollout(true, "5s", ""), (565, [0, 0, 35]));
}

#[test]
fn a_pod_that_goes_on_until_it_is_deregistered_loses_nothing() {
    // told to go at 78 s; the load balancer sends it every other request until 85 s
    assert_eq!(rollout(true, "5s", "pre_stop = '8s'"), (600, [0; 3]));
    assert_eq!(rollout(true, "5s", "pre_stop = '6s'"), (595, [0, 0, 5]));
    // A server that takes 3 s to answer what it has refuses what comes meanwhile: from 78 s until
    // its last answer at 80.95 s, or a tenth before. Then its pod is gone.
    let (succeeded, [none, refused, gone]) = rollout(true, "5s", "wait = '3s'");
    assert_eq!((succeeded, none, refused + gone), (565, 0, 35));
    assert!((14..=15).contains(&refused), "{refused}");
}

#[test]
fn a_hook_takes_its_time_from_the_grace_of_the_pod() {
    // Told to go at 78 s, signalled at 88 s and killed at 108 s, though the load balancer would
    // wait until 385 s: of the requests of 25 s those are cut off that came after 83 s, every
    // other one until 85 s.
    let cluster =
        cluster(1, 1, "target_type = 'ip'\nreadiness_gates = true", &front("application", ""));
    let rollout = "[[rollout]]\ndeployment = 'web'\nat = '60s'\nmemory = '70MiB'\n";
    let web = app("web", &format!("{}\nwait = '25s'\npre_stop = '10s'", tenths(50, 110)));
    let recording = run(&[&simulation("3min"), HOST, &web, &cluster, rollout]);
    let lost = of(&recording, "web").undelivered.expect("it is behind a load balancer");
    assert_eq!(lost, Undelivered { closed: 10, ..Undelivered::default() });
}

/// Nodes that are taken back, break, are drained and scaled, new versions, pods that are killed for
/// their memory: whatever happens, all books are right in the end, and most requests are answered.
#[test]
fn anything_may_happen_behind_a_load_balancer() {
    for (kind, keys) in [
        ("application", "target_type = 'ip'"),
        ("application", "target_type = 'ip'\nclients = 20\nstickiness = '1min'"),
        ("application", "target_type = 'instance'"),
        ("network", "target_type = 'ip'\nclients = 20\nregistration = '10s'"),
        ("network", "target_type = 'instance'\nclients = 20\ncross_zone = true"),
    ] {
        for gates in [false, true] {
            let more = format!(
                "capacity = 'spot'\nspot_interruptions = '99.9999999999%'\n{}\
                 [cluster.cluster_autoscaler]\n",
                front(kind, keys)
            );
            let cluster = cluster(3, 2, &format!("readiness_gates = {gates}"), &more);
            let cluster = cluster.replace("max = 3", "max = 6");
            let web = app(
                "web",
                "replicas = 4\ntraffic = { arrivals = { poisson = '0.5/s' } }\ndemand = '200ms'\n\
                 cpu = { request = '800m' }\ntimeout = '20s'\nretries = 1\ncalls = [['api']]\n\
                 memory = { request = '64MiB', limit = '80MiB', base = '30MiB', leak = '2KiB/s' }\n\
                 start = '3s'",
            );
            let api = app("api", "replicas = 2\ndemand = '10ms'\ntimeout = '5s'");
            let rollouts: String = (1..10)
                .map(|hour| {
                    let memory = 64 + hour;
                    format!(
                        "[[rollout]]\ndeployment = 'web'\nat = '{hour}h'\nmemory = '{memory}MiB'\n"
                    )
                })
                .collect();
            let recording = run(&[&simulation("12h"), HOST, &web, &api, &cluster, &rollouts]);
            let requests = of(&recording, "web").requests;
            assert!(requests.succeeded as f64 > 0.9 * requests.arrived as f64, "{requests:?}");
        }
    }
}

#[test]
fn calls_of_other_apps_go_past_the_load_balancer() {
    // nothing is registered before 200 s
    let controller = "target_type = 'ip'\ncall = '100s'";
    let cluster = cluster(1, 1, "", &front("application", "")).replace("call = '1s'", controller);
    let apps =
        [app("shop", &format!("{}\ncalls = [['web']]", tenths(5, 6))), app("web", &tenths(5, 7))];
    let recording = play("1min", &apps.join("\n"), &cluster);
    assert_eq!(of(&recording, "shop").requests.succeeded, 10);
    assert_eq!(told(&recording), (10, [20, 0, 0]));
}

#[test]
fn a_request_hops_from_the_node_to_a_pod() {
    // One pod, on one of two nodes in two zones. Of the requests that come to a node of the load
    // balancer in either zone, half go to each node, and half of all are handed on.
    let cluster = cluster(2, 2, "", &front("application", ""));
    let recording = play("2min", &app("web", &tenths(10, 90)), &cluster);
    assert_eq!(told(&recording), (800, [0; 3]));
    let web = of(&recording, "web");
    let zones = web.zones.expect("there are several zones");
    // each node of the load balancer alternates
    assert!(zones.across.abs_diff(400) <= 1, "{zones:?}");
    assert_eq!((zones.across + zones.within, zones.outside), (800, 800));
    // to the other zone and back to the first is twice the way: once in four requests
    same(web.latency.max, 0.002);
    close((web.latency.mean.unwrap() * 1e5).round() / 1e5, 0.001);
}

#[test]
fn calls_that_register_are_throttled() {
    // Apps with a pod each, on one node. Without any time of their own 20 calls go at
    // once, then four a second: of the 5 others the n-th after n / 4 seconds.
    let mut apps = String::new();
    let mut groups = "[[cluster.load_balancer]]\nname = 'front'\n".to_owned();
    for place in 0..25 {
        let keys = format!("{}\ncpu = {{ request = '10m' }}", tenths(0, 3));
        apps += &app(&format!("app-{place}"), &keys);
        write!(
            groups,
            "[[cluster.target_group]]\nname = 'app-{place}'\nload_balancer = 'front'\n\
             app = 'app-{place}'\npaths = ['/{place}']\n"
        )
        .unwrap();
    }
    // a type whose first interface has addresses for all
    let cluster = cluster(1, 1, "target_type = 'ip'", &groups)
        .replace("call = '1s'", "call = '0s'")
        .replace("m5.large", "m5.4xlarge");
    let recording = play("1min", &apps, &cluster);
    let mut refused: Vec<u64> =
        recording.summary.apps.iter().map(|app| app.requests.refused).collect();
    refused.sort_unstable();
    // at 50 ms, 150 ms, …: 3 until 250 ms, 5 until 500 ms, 8, 10, 13
    assert_eq!(refused[..20], [0; 20]);
    assert_eq!(refused[20..], [3, 5, 8, 10, 13]);
}

#[test]
fn the_bill_has_hours_and_units_of_load_balancers() {
    let cluster = cluster(1, 1, "target_type = 'ip'", &front("application", ""));
    let recording = play("2h", &app("web", &tenths(10, 19)), &cluster);
    let cost = &recording.summary.cost.by_item;
    close(cost.of(CostItem::LoadBalancers), 2.0 * 0.0225);
    // 90 connections of 90,000 for a unit and an hour
    close(cost.of(CostItem::LoadBalancerUnits), 0.001 * 0.008);
}

/// Manifests of a shop: two nodes in two zones, one pod, and this file of what is in front of it.
fn written(file: &str, traffic: &str) -> Recording {
    let cluster = cluster(2, 2, "", "").replace(
        "kubernetes = { readiness_period = '1s' }",
        &format!(
            "kubernetes = {{ manifests = ['tests/data/eks/shop.yaml', 'tests/data/eks/{file}'] }}"
        ),
    );
    let keys = format!("{traffic}\nworkload = 'shop/web'");
    let web = format!("[[app]]\nname = 'web'\nstart = '0s'\n{keys}\n");
    play("5min", &web, &cluster)
}

#[test]
fn an_ingress_is_an_application_load_balancer() {
    // its namespace asks for gates: the pod is registered at 2 s, and found healthy at 18 s
    let recording = written("ingress.yaml", &tenths(0, 10));
    assert_eq!(told(&recording), (80, [20, 0, 0]));
    let ready = recording
        .log
        .events
        .iter()
        .find(|event| event.reason == plimsoll::metrics::events::Reason::PodReady);
    assert_eq!(ready.map(|event| event.time.as_secs_f64()), Some(18.0));
    let warnings = &recording.summary.warnings;
    let expected = "Ingress shop/web: there is no annotation \
                    alb.ingress.kubernetes.io/healthcheck-interval-second; did you mean \
                    `healthcheck-interval-seconds`?";
    assert!(warnings.iter().any(|warning| warning == expected), "{warnings:?}");
}

#[test]
fn with_a_local_policy_only_nodes_with_pods_are_healthy() {
    // registered at 2 s, checked from three minutes later on, the other unhealthy 10 s after that
    let recording = written("local.yaml", &tenths(200, 240));
    let web = of(&recording, "web");
    assert_eq!(told(&recording), (400, [0; 3]));
    let zones = web.zones.expect("there are several zones");
    assert_eq!((zones.across, zones.within), (0, 400));
}

#[test]
fn targets_by_node_need_a_port_of_the_service() {
    let text = format!(
        "{}{HOST}[[app]]\nname = 'web'\nworkload = 'shop/web'\n{}",
        simulation("1min"),
        cluster(1, 1, "", "").replace(
            "kubernetes = { readiness_period = '1s' }",
            "kubernetes = { manifests = ['tests/data/eks/shop.yaml', 'tests/data/eks/port.yaml'] }",
        )
    );
    let error = check_files(&read(&text)).expect_err("it has none").to_string();
    assert!(error.contains("service type must be either 'NodePort' or 'LoadBalancer'"), "{error}");
}

#[test]
fn pods_on_fargate_alone_leave_a_load_balancer_of_nodes_without_targets() {
    let profile = "[[cluster.fargate_profile]]\nname = 'all'\nselectors = [{ namespace = \
                   'default' }]\nstart = '1s'\n";
    let warned = |target_type: &str| {
        let keys = front("application", &format!("target_type = '{target_type}'"));
        let cluster = cluster(1, 1, "", &(keys + profile));
        let cluster = cluster.replacen(&format!("{NODES}min = 1\nmax = 1\n"), "", 1);
        let recording = play("1min", &app("web", &tenths(30, 40)), &cluster);
        let warnings = recording.summary.warnings.iter();
        (told(&recording), warnings.filter(|it| it.contains("has no target")).count())
    };
    assert_eq!(warned("instance"), ((0, [100, 0, 0]), 1));
    assert_eq!(warned("ip"), ((100, [0; 3]), 0));
}
