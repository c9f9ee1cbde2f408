//! Images that come from registries with limits, outages and caches.

use plimsoll::metrics::events::{Detail, Reason};
use plimsoll::metrics::summary::{ClusterSummary, LayersAccount, PullsAccount, RegistryAccount};

use crate::lab::{BARE, HOST, app, of, run, same, simulation};

/// One layer of 100 MB that takes no time to unpack.
fn host() -> String {
    HOST.replace("layers = []", "layers = [{ size = '100MB', unpacked = '1' }]")
}

fn cluster(hosts: u32, client: &str) -> String {
    BARE.replace("shape = \"host\"", &format!("shape = \"host\", count = {hosts}"))
        .replace("prepulled = true", &format!("extraction = '10GB/s', client = '{client}'"))
}

fn outage(at: &str, duration: &str) -> String {
    let outage = format!("registry = 'hub', at = '{at}', duration = '{duration}'");
    format!("[[fault]]\nkind = {{ registry-outage = {{ {outage} }} }}\n")
}

const HUB: &str = "[registry]\nname = 'hub'\n";

#[test]
fn a_pull_in_an_outage_times_out_and_is_tried_again_by_the_kubelet() {
    let parts = [simulation("1min"), host(), app("web", ""), cluster(1, "kubelet")];
    let outage = outage("0s", "20s");
    let recording = run(&[&parts.concat(), HUB, &outage]);
    // the first call was on its way and has no answer after 50 ms; 10 s later the next one has
    // none for 15 s; 20 s after that it is 50 ms, 50 ms, 100 MB at 100 MB/s
    same(of(&recording, "web").start_up.mean, 0.05 + 10.0 + 15.0 + 20.0 + 0.1 + 1.0);
    assert_eq!(recording.summary.containers.running, 1);
    let hub = &recording.summary.registries[0];
    assert_eq!(hub.complaints().collect::<Vec<_>>(), ["registry `hub` failed 1 call"]);
    assert_eq!((recording.summary.images.attempts_failed, hub.calls), (2, 4));
}

/// On Kubernetes a pod's events tell of each try and each wait.
#[test]
fn a_pod_tells_of_pulls_that_fail_and_of_the_waits_between_them() {
    let pool = "[[cluster.node_pool]]\nname = 'n'\nshape = 'host'\ncount = 1\n";
    let k8s = cluster(1, "kubelet").replace("kind = \"docker\"", "kind = 'kubernetes'");
    let k8s = k8s.replace("hosts = { shape = \"host\", count = 1 }\n", "") + pool;
    let parts = [simulation("90s"), host(), app("web", ""), k8s];
    // calls at 0 and 25 s have no answer for 15 s; that at 60 s takes 1.1 s with what follows
    let recording = run(&[&parts.concat(), HUB, &outage("0s", "45s")]);
    let log = &recording.log;
    let told = [Reason::Pulling, Reason::Failed, Reason::BackOff, Reason::Pulled, Reason::Started];
    let events = log.events.iter().filter(|event| told.contains(&event.reason));
    let events = events.map(|it| (it.time.as_nanos() / 1_000_000, it.reason, it.detail));
    let waits = |detail| match detail {
        Detail::Wait(_, milliseconds) => milliseconds,
        _ => 0,
    };
    let events: Vec<_> = events.map(|(at, reason, detail)| (at, reason, waits(detail))).collect();
    let expected = [
        (0, Reason::Pulling, 0),
        (15_000, Reason::Failed, 0),
        (15_000, Reason::BackOff, 10_000),
        (40_000, Reason::Failed, 0),
        (40_000, Reason::BackOff, 20_000),
        (61_100, Reason::Pulled, 0),
        (61_100, Reason::Started, 0),
    ];
    assert_eq!(events, expected);
    let failed = log.events.iter().find(|event| event.reason == Reason::Failed);
    let text = failed.and_then(|event| event.text).map_or("", |text| log.text(text));
    assert!(text.starts_with("image `image` cannot be pulled: "), "{text}");
    assert!(text.ends_with(" (ErrImagePull)"), "{text}");
}

#[test]
fn a_download_that_an_outage_breaks_off_goes_on_where_it_was_with_dockerd() {
    let parts = [simulation("1min"), host(), app("web", ""), cluster(1, "docker")];
    let outage = outage("600ms", "2s");
    let recording = run(&[&parts.concat(), HUB, &outage]);
    // half of it is there at 0.6 s; dockerd asks for the rest 5 s later
    same(of(&recording, "web").start_up.mean, 0.6 + 5.0 + 0.05 + 0.5);
}

#[test]
fn two_outages_that_overlap_end_with_the_later_one() {
    let parts = [simulation("1min"), host(), app("web", ""), cluster(1, "kubelet")];
    let outages = outage("0s", "20s") + &outage("10s", "36s");
    let recording = run(&[&parts.concat(), HUB, &outages]);
    // asked at 45.05 s, in vain until 60.05 s
    assert_eq!(recording.summary.containers.running, 0);
    let outages = outage("0s", "20s") + &outage("10s", "35s");
    let recording = run(&[&parts.concat(), HUB, &outages]);
    same(of(&recording, "web").start_up.mean, 46.15);
}

#[test]
fn two_hosts_behind_a_cache_wait_for_one_import() {
    let web = app("web", "replicas = 2\nspread = true");
    let parts = [simulation("1min"), host(), web, cluster(2, "docker")];
    let registries = "
        [[registry]]
        name = 'cache'
        latency = '20ms'
        upstream = 'hub'
        [[registry]]
        name = 'hub'
        stream = '50MB/s'
        bandwidth = '50MB/s'
        ";
    let recording = run(&[&parts.concat(), registries]);
    // manifest 70 ms; 100 MB at 50 MB/s and 70 ms; then both at 100 MB/s
    let start_up = &of(&recording, "web").start_up;
    same(start_up.mean, 0.07 + 2.0 + 0.07 + 1.0);
    same(start_up.max, 0.07 + 2.0 + 0.07 + 1.0);
    // the layer was fetched once and given twice; each call of the cache's clients was one too
    let [cache, hub] = &recording.summary.registries[..] else { panic!("two registries") };
    assert_eq!((cache.imported, cache.served), (100_000_000, 200_000_000));
    assert_eq!((hub.imported, hub.served), (0, 100_000_000));
    assert_eq!(cache.calls, 4);
    assert_eq!(recording.summary.images.pulled, 200_000_000);
}

#[test]
fn a_cluster_that_has_used_up_its_pulls_waits_for_the_six_hours_to_end() {
    let web = app("web", "replicas = 2\nspread = true");
    let parts = [simulation("7h"), host(), web, cluster(2, "kubelet")];
    let hub = "[registry]\nname = 'hub'\nkind = 'hub'\npulls_per_6h = 1\n";
    let recording = run(&[&parts.concat(), hub]);
    let start_up = &of(&recording, "web").start_up;
    // the first needs a token, a manifest and a layer; the other is tried every five minutes
    let [first, later] = [1.15, start_up.max.expect("both are up in the end")];
    same(start_up.mean, f64::midpoint(first, later));
    let summary = &recording.summary;
    assert!(summary.registries[0].throttled > 0);
    assert_eq!(summary.images.attempts_failed, summary.registries[0].throttled);
    assert!((6.0 * 3600.0..6.0 * 3600.0 + 301.0).contains(&later), "{later}");
}

#[test]
fn an_image_of_which_the_manifest_is_there_costs_no_second_pull() {
    let parts = [simulation("1min"), host(), app("web", ""), cluster(1, "kubelet")];
    let hub = "[registry]\nname = 'hub'\npulls_per_6h = 1\n";
    let recording = run(&[&parts.concat(), hub, &outage("600ms", "2s")]);
    // broken off half way, and 10 s later asked for again: whether it is the same, and the rest
    same(of(&recording, "web").start_up.mean, 0.6 + 10.0 + 0.05 + 0.05 + 0.5);
    assert_eq!(recording.summary.warnings, Vec::<String>::new());
}

#[test]
fn a_storm_of_ten_nodes_is_accounted_for_to_the_byte() {
    let apps = ["web", "api"].map(|name| app(name, "replicas = 10\nspread = true")).concat();
    let host = HOST.replace(
        "layers = []",
        "layers = [{ size = '60MB', unpacked = '150MB' }, { size = '40MB', unpacked = '100MB' }]",
    );
    let parts = [simulation("1min"), host, apps, cluster(10, "docker")];
    let recording = run(&[&parts.concat(), HUB]);
    let images = recording.summary.images;
    // a replica of each app on each of ten nodes waits for one pull of two layers
    let pulls = PullsAccount { begun: 10, done: 10, ..PullsAccount::default() };
    assert_eq!(images.pulls, pulls);
    let layers = LayersAccount { wanted: 20, pulled: 20, ..LayersAccount::default() };
    assert_eq!(images.layers, layers);
    assert_eq!((images.pulled, images.extracted), (1_000_000_000, 2_500_000_000));
    assert_eq!((images.attempts_failed, images.hits, images.removed), (0, 0, 0));
    // a manifest and two layers each
    let hub = RegistryAccount {
        name: "hub".into(),
        calls: 30,
        served: 1_000_000_000,
        ..RegistryAccount::default()
    };
    assert_eq!(recording.summary.registries, [hub]);
}

#[test]
fn what_an_outage_breaks_off_is_given_up_or_under_way_but_never_lost() {
    let parts = [simulation("20s"), host(), app("web", ""), cluster(1, "kubelet")];
    let summary = run(&[&parts.concat(), HUB, &outage("600ms", "30s")]).summary;
    // half of the layer came; the attempt ended in the outage, as did the one 10 s later, before
    // it knew of any layer
    let layers = LayersAccount { wanted: 1, given_up: 1, ..LayersAccount::default() };
    assert_eq!(summary.images.layers, layers);
    let pulls = PullsAccount { begun: 1, under_way: 1, ..PullsAccount::default() };
    assert_eq!(summary.images.pulls, pulls);
    assert_eq!((summary.images.pulled, summary.registries[0].served), (50_000_000, 50_000_000));
}

/// Two layers of 512 MiB, of which one is in both of two images of one repository.
const SHOP: &str = "
    [[image]]
    name = 'shop:1'
    layers = [
        { size = '512MiB', digest = 'base', unpacked = '1' },
        { size = '512MiB', unpacked = '1' },
    ]
    [[image]]
    name = 'shop:2'
    layers = [
        { size = '512MiB', digest = 'base', unpacked = '1' },
        { size = '512MiB', unpacked = '1' },
    ]
    [[image]]
    name = 'other:2'
    registry = 'ecr'
    layers = [{ size = '512MiB', digest = 'base', unpacked = '1' }]
    ";

fn in_region(region: &str) -> String {
    let cluster = cluster(1, "docker");
    cluster.replace("kind = \"docker\"", &format!("kind = \"docker\"\nregion = '{region}'"))
}

fn shop(region: &str, ecr: &str) -> ClusterSummary {
    let app = app("web", "").replace("image = 'image'", "image = 'shop:1'");
    let registry = format!("[[registry]]\nname = 'ecr'\nkind = 'ecr'\n{ecr}");
    let host = HOST.split("[[image]]").next().expect("the part before").to_owned();
    let parts = [simulation("2h"), host, SHOP.to_owned(), app, in_region(region), registry];
    run(&[&parts.concat()]).summary
}

#[test]
fn a_month_of_storage_costs_ten_cents_per_gib_and_a_layer_is_stored_once_in_a_repository() {
    let summary = shop("us-east-1", "region = 'us-east-1'");
    // three layers of `shop` and one of `other`: 2 GiB; a month has 730 hours
    let ecr = &summary.registries[0];
    same(Some(ecr.storage_per_hour * 730.0), 2.0 * 0.10);
    same(Some(ecr.transfer_per_hour), 0.0);
    same(Some(summary.hosts.cost_per_hour), 2.0 * 0.10 / 730.0);
}

#[test]
fn what_leaves_the_region_is_paid_per_gib() {
    // 1 GiB in two hours
    for (region, price) in [("eu-west-1", 0.02), ("internet", 0.09)] {
        let summary = shop(region, "region = 'us-east-1'");
        let ecr = &summary.registries[0];
        same(Some(ecr.transfer_per_hour), price / 2.0);
        same(Some(summary.hosts.cost_per_hour), price / 2.0 + 0.2 / 730.0);
    }
}

#[test]
fn what_is_pushed_halfway_is_stored_half_as_long() {
    let push = "pushes = [{ image = 'shop:2', at = '1h' }]";
    let summary = shop("us-east-1", push);
    // its own layer counts from the end of the push on: a token, a check, the start of the upload,
    // 512 MiB at 100 MB/s, the end and the manifest
    let push = 5.0 * 0.05 + 5.368_709_12;
    let stored = 1.75 - 0.5 * push / 7200.0;
    same(Some(summary.registries[0].storage_per_hour * 730.0), stored * 0.10);
}

#[test]
fn a_cache_stores_what_it_has_fetched_and_the_transfer_to_it_is_paid_once() {
    let web = app("web", "replicas = 4\nspread = true");
    let host = HOST.replace("layers = []", "layers = [{ size = '1GiB', unpacked = '1' }]");
    let cluster = cluster(4, "docker");
    let region = "kind = \"docker\"\nregion = 'eu-west-1'\nregistry = 'near'";
    let cluster = cluster.replace("kind = \"docker\"", region);
    let registries = "
        [[registry]]
        name = 'far'
        kind = 'ecr'
        region = 'us-east-1'
        [[registry]]
        name = 'near'
        kind = 'ecr'
        region = 'eu-west-1'
        upstream = 'far'
        [prices]
        ecr_storage = '$730/GB-month'
        ecr_cross_region = '$0.01/GB'
        ";
    let parts = [simulation("10h"), host, web, cluster, registries.to_owned()];
    let summary = run(&[&parts.concat()]).summary;
    let [far, near] = &summary.registries[..] else { panic!("two registries") };
    assert_eq!((near.imported, near.served), (1 << 30, 4 << 30));
    same(Some(far.transfer_per_hour), 0.01 / 10.0);
    same(Some(near.transfer_per_hour), 0.0);
    // a dollar an hour; near has it when 1 GiB has come at 100 MB/s, asked for after a token and a
    // manifest of its own and of far's, 50 ms each
    same(Some(far.storage_per_hour), 1.0);
    let import = 4.0 * 0.05 + 10.737_418_24;
    same(Some(near.storage_per_hour), 1.0 - import / 36_000.0);
}

#[test]
fn the_way_through_a_nat_gateway_is_paid_where_it_has_a_price() {
    let host = HOST.replace("layers = []", "layers = [{ size = '2GiB', unpacked = '1' }]");
    let parts = [simulation("1h"), host, app("web", ""), cluster(1, "docker")];
    let hub = "[registry]\nname = 'hub'\nkind = 'hub'\n[prices]\nnat = '$0.045/GB'\n";
    let summary = run(&[&parts.concat(), hub]).summary;
    same(Some(summary.registries[0].transfer_per_hour), 0.09);
    let free = run(&[&parts.concat(), "[registry]\nname = 'hub'\nkind = 'hub'\n"]).summary;
    assert_eq!(free.hosts.cost_per_hour, 0.0);
}
