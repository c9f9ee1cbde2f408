//! Requests within and between zones: where they go, how long that takes, what it costs.

use plimsoll::metrics::Recording;
use plimsoll::metrics::summary::ZoneTraffic;

use crate::lab::{BARE, HOST, VMS, app, close, of, run, same, simulation};

/// Three hosts, one in each of three zones, and no room for two replicas of an app on one.
fn zoned(cluster: &str, keys: &str) -> String {
    cluster.replace("shape = \"host\"", "shape = \"host\", count = 3").replace(
        "\nhosts =",
        &format!("\nzones = {{ count = 3, uplink = '1Gbit/s'{keys} }}\nhosts ="),
    )
}

/// A front in every zone that calls a back in every zone, `front` and `back` with these keys.
fn apps(front: &str, back: &str) -> String {
    let apart = "replicas = 3\nspread = true\n";
    let front = app("front", &format!("{apart}calls = [['back']]\n{front}"));
    front + &app("back", &format!("{apart}{back}"))
}

/// One request a second, from 1 s on.
const EACH_SECOND: &str = "traffic = { arrivals = { deterministic = '1/s' } }";

fn traffic(recording: &Recording, app: &str) -> ZoneTraffic {
    of(recording, app).zones.expect("the cluster has zones")
}

#[test]
fn in_turn_every_call_goes_to_the_zone_of_its_turn() {
    // fronts and backs take turns together: every call stays in its zone
    for cluster in [BARE, VMS] {
        let recording =
            run(&[&simulation("10s"), HOST, &apps(EACH_SECOND, ""), &zoned(cluster, "")]);
        let front = ZoneTraffic { outside: 10, ..ZoneTraffic::default() };
        assert_eq!(traffic(&recording, "front"), front);
        let back = ZoneTraffic { within: 10, ..ZoneTraffic::default() };
        assert_eq!(traffic(&recording, "back"), back);
    }
    // two calls for each request: of the six turns of a round 0-0, 0-1, 1-2, 1-0, 2-1, 2-2
    let calls = format!("{EACH_SECOND}\ncalls = [['back'], ['back']]");
    let twice = apps(&calls, "").replacen("calls = [['back']]\n", "", 1);
    let recording = run(&[&simulation("9s"), HOST, &twice, &zoned(BARE, "")]);
    let back = traffic(&recording, "back");
    assert_eq!((back.within, back.across, back.answers_across), (6, 12, 12));
    let network = recording.summary.network.expect("the cluster has zones");
    assert_eq!((network.within, network.across, network.outside), (6, 12, 9));
    close(network.share_across().unwrap(), 2.0 / 3.0);
    assert_eq!((network.bytes_across, network.cost_per_hour), (None, 0.0));
}

#[test]
fn a_cluster_without_zones_has_nothing_between_them() {
    let recording = run(&[&simulation("10s"), HOST, &app("web", EACH_SECOND), BARE]);
    assert_eq!(of(&recording, "web").zones, None);
    assert_eq!(recording.summary.network, None);
}

#[test]
fn what_goes_to_another_zone_takes_longer_and_is_paid_for_on_both_sides() {
    let calls = format!("{EACH_SECOND}\ncalls = [['back'], ['back']]\ndemand = '10ms'");
    let back = "demand = '20ms'\npayload = { request = '1MiB', response = '3MiB' }";
    let twice = apps(&calls, back).replacen("calls = [['back']]\n", "", 1);
    let prices = "[prices]\ncross_zone = '$0.01/GB'\n";
    let zones = zoned(BARE, ", latency = '5ms'");
    let recording = run(&[&simulation("9.5s"), prices, HOST, &twice, &zones]);
    let back = traffic(&recording, "back");
    assert_eq!((back.within, back.across), (6, 12));
    assert_eq!(back.bytes_across, Some(12 * (4 << 20)));
    // 48 MiB in 9.5 s, twice a cent for each GiB
    let network = recording.summary.network.unwrap();
    close(network.cost_per_hour, 48.0 / 1024.0 * 0.02 * 3600.0 / 9.5);
    close(recording.summary.hosts.cost_per_hour, network.cost_per_hour);
    // a third of the calls is within the zone; those of a front: 10 ms, and two of 20 ms or 25 ms
    same(of(&recording, "back").latency.mean, (20.0 + 25.0 + 25.0) / 3.0 / 1e3);
    same(of(&recording, "front").latency.mean, (10.0 + 2.0 * 70.0 / 3.0) / 1e3);
}

#[test]
fn a_call_that_is_answered_in_another_zone_too_late_has_timed_out() {
    // 20 ms of work and 5 ms of way against 22 ms of patience
    let back = "demand = '20ms'\ntimeout = '22ms'";
    let calls = format!("{EACH_SECOND}\ncalls = [['back'], ['back']]");
    let twice = apps(&calls, back).replacen("calls = [['back']]\n", "", 1);
    let recording = run(&[&simulation("9.5s"), HOST, &twice, &zoned(BARE, ", latency = '5ms'")]);
    let account = of(&recording, "back").requests;
    assert!(account.timed_out > 0 && account.succeeded > 0);
    assert_eq!(account.refused + account.failed, 0);
    let crossed = traffic(&recording, "back");
    assert_eq!((account.timed_out, account.succeeded), (crossed.across, crossed.within));
}

#[test]
fn requests_that_prefer_their_zone_stay_there_while_it_has_a_replica() {
    let routing = "balance = 'random'\nrouting = 'prefer-same-zone'";
    let entry = "traffic = { arrivals = { deterministic = '10/s' }, enters = 'zones' }";
    let front = format!("{entry}\n{routing}");
    let recording = run(&[&simulation("10s"), HOST, &apps(&front, routing), &zoned(BARE, "")]);
    for app in ["front", "back"] {
        let all = ZoneTraffic { within: 100, ..ZoneTraffic::default() };
        assert_eq!(traffic(&recording, app), all);
    }
    // without that two thirds go elsewhere; of 100 at random with a deviation of 4.7
    let front = format!("{entry}\nbalance = 'random'");
    let recording =
        run(&[&simulation("10s"), HOST, &apps(&front, "balance = 'random'"), &zoned(BARE, "")]);
    for app in ["front", "back"] {
        let across = traffic(&recording, app).across;
        assert!((47..=87).contains(&across), "{across} of 100 in another zone");
    }
    // the host of zone 0 is lost, and its replicas find no other: zone 1 and 2 take its requests
    let fault = "[[fault]]\nhosts = [0]\nkind = { scheduled = { at = '5s', duration = '1h' } }\n";
    let front = format!("{entry}\n{routing}");
    let recording =
        run(&[&simulation("10s"), HOST, &apps(&front, routing), fault, &zoned(BARE, "")]);
    let (front, back) = (traffic(&recording, "front"), traffic(&recording, "back"));
    assert!((5..=30).contains(&front.across), "about 17: {front:?}");
    assert_eq!(back.across, 0, "all fronts that are left have a back beside them");
    assert_eq!(of(&recording, "front").requests.succeeded, 100);
}

#[test]
fn topology_aware_routing_needs_as_many_replicas_as_its_rule_says() {
    let share = |replicas: u32| {
        let routing = format!(
            "replicas = {replicas}\ncpu = {{ request = '100m' }}\nbalance = 'random'\n\
             routing = 'topology-aware'"
        );
        let front = "replicas = 3\nspread = true\ncalls = [['back']]\n\
                     traffic = { arrivals = { deterministic = '100/s' } }";
        let apps = app("front", front) + &app("back", &routing);
        // in turn over the hosts
        let cluster = zoned(BARE, "") + "placement = 'worst-fit'\n";
        let recording = run(&[&simulation("10s"), HOST, &apps, &cluster]);
        traffic(&recording, "back").share_across().expect("there were calls")
    };
    // three or six: each zone keeps to itself. Four or five: no allotment is within 20 %
    assert_eq!((share(3), share(6)), (0.0, 0.0));
    for replicas in [4, 5] {
        let across = share(replicas);
        assert!((0.6..0.75).contains(&across), "{replicas} replicas: {across}");
    }
}

/// A node in each of three zones for two pods of each app; manifests in this file.
fn kubernetes(manifests: &str) -> String {
    let pool = |zone: u32| {
        format!(
            "[[cluster.node_pool]]\nname = 'z{zone}'\nshape = 'host'\ncount = 1\n\
             zone = {zone}\n"
        )
    };
    let pools: Vec<String> = (0..3).map(pool).collect();
    format!(
        "[[cluster]]\nname = 'k8s'\nkind = 'kubernetes'\n\
         zones = {{ count = 3, uplink = '1Gbit/s' }}\n\
         kubernetes = {{ manifests = [{manifests}] }}\n\
         engine = {{ start = '1s', prepulled = true, memory = '0' }}\n{}",
        pools.join("")
    )
}

/// A Service that takes the pods of `back`, with these fields.
fn service(annotation: &str, field: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().expect("a place for files");
    let text = format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: back\n  \
         annotations: {{ {annotation} }}\nspec:\n  selector: {{ app: back }}\n  \
         ports: [{{ port: 80 }}]\n{field}\n"
    );
    std::fs::write(file.path(), text).expect("it can be written");
    file
}

/// Attempts at `back` from other zones, of 1,000 by a front in each zone, after half a minute.
fn across(replicas: u32, keys: &str, service: Option<&tempfile::NamedTempFile>) -> u64 {
    let manifests = service.map_or(String::new(), |file| format!("'{}'", file.path().display()));
    let front = "replicas = 3\nspread = true\ncalls = [['back']]\nbalance = 'round-robin'\n\
                 traffic = { arrivals = { deterministic = '100/s' } }";
    // as many to a node as to any other: each asks for a third of one, or for two thirds
    let cpu = if replicas > 3 { "600m" } else { "1100m" };
    let back = format!("replicas = {replicas}\ncpu = {{ request = '{cpu}' }}\n{keys}");
    let measured = simulation("40s").replace("points", "warm_up = '30s'\npoints");
    let apps = app("front", front) + &app("back", &back);
    let recording = run(&[&measured, HOST, &apps, &kubernetes(&manifests)]);
    let traffic = traffic(&recording, "back");
    assert_eq!(traffic.within + traffic.across, 1000);
    traffic.across
}

#[test]
fn on_kubernetes_requests_go_to_any_pod_at_random_unless_the_app_says_otherwise() {
    // two thirds, with a deviation of 15
    assert!((607..=727).contains(&across(3, "", None)));
    // fronts and backs in turn: always the same zone, or never
    assert_eq!(across(3, "balance = 'round-robin'", None) % 1000, 0);
}

#[test]
fn a_service_says_whether_requests_stay_in_their_zone() {
    let close = service("", "  trafficDistribution: PreferClose");
    assert_eq!(across(3, "", Some(&close)), 0);
    // the app's own word comes first
    assert!(across(3, "routing = 'any'", Some(&close)) > 600);
    let auto = service("service.kubernetes.io/topology-mode: Auto", "");
    assert_eq!((across(3, "", Some(&auto)), across(6, "", Some(&auto))), (0, 0));
    // four pods cannot be shared by three zones
    assert!(across(4, "", Some(&auto)) > 600);
    assert_eq!(across(4, "routing = 'prefer-same-zone'", Some(&auto)), 0);
    let other = service("service.kubernetes.io/topology-mode: Disabled", "");
    assert!(across(3, "", Some(&other)) > 600);
}
