//! Starts of replicas, station by station.

use plimsoll::metrics::Recording;
use plimsoll::metrics::starts::{Cause, Fate, ImageFound, Phase, StartKind, StartRecord};
use plimsoll::metrics::summary::StartsSummary;

use crate::lab::{BARE, HOST, NESTED, VMS, app, close, of, run, simulation};

/// A registry 50 ms away, hosts behind 1 Gbit/s, an image of 12.5 MB that unpacks to 30 MB.
///
/// Pulled alone: the manifest at 50 ms, the first byte of the layer at 100 ms, the last at 200 ms;
/// extracted at 100 MB/s until 500 ms.
fn web_host() -> String {
    let image = "layers = [{ size = '12500kB', unpacked = '30MB' }]";
    let host = HOST.replace("layers = []", image);
    let host = host.replace("boot = \"0s\"", "boot = '10s'\nnetwork = '1Gbit/s'");
    format!("{host}\n[registry]\nlatency = '50ms'\nstream = '1Gbit/s'\nbandwidth = '10Gbit/s'\n")
}

/// An engine that has nothing, and takes 400 ms to start a container.
fn cold() -> String {
    BARE.replace("start = \"0s\", prepulled = true", "start = '400ms'")
}

fn starts(recording: &Recording) -> Vec<&StartRecord> {
    recording.starts.records().collect()
}

/// The phases of a start and their lengths in milliseconds.
fn phases(start: &StartRecord) -> Vec<(Phase, f64)> {
    start.phases().map(|(phase, took)| (phase, took.as_secs_f64() * 1e3)).collect()
}

fn summary<'a>(recording: &'a Recording, name: &str) -> &'a StartsSummary {
    &of(recording, name).starts
}

#[test]
fn a_cold_start_is_mostly_its_pull_and_a_warm_one_has_none() {
    let web = app("web", "start = '300ms'");
    let recording = run(&[&simulation("10s"), &web_host(), &web, &cold()]);
    let [start] = starts(&recording)[..] else { panic!("one start") };
    let expected = [
        (Phase::Place, 0.0),
        (Phase::Queue, 0.0),
        (Phase::Download, 200.0),
        (Phase::Extract, 300.0),
        (Phase::Container, 400.0),
        (Phase::App, 300.0),
    ];
    assert_eq!(phases(start), expected);
    assert_eq!((start.cause, start.image), (Cause::Asked, Some(ImageFound::Pulled)));
    assert_eq!((start.fate, start.total().as_secs_f64()), (Fate::Ready, 1.2));
    let kinds = &summary(&recording, "web").kinds;
    assert_eq!((kinds[0].kind, kinds[0].count), (StartKind::Cold, 1));
    close(kinds[0].pull_share, 500.0 / 1200.0);

    let warm = cold().replace("start = '400ms'", "start = '400ms', prepulled = true");
    let recording = run(&[&simulation("10s"), &web_host(), &web, &warm]);
    let [start] = starts(&recording)[..] else { panic!("one start") };
    assert_eq!(
        phases(start)[2..5],
        [(Phase::Download, 0.0), (Phase::Extract, 0.0), (Phase::Container, 400.0)]
    );
    assert_eq!((start.image, start.kind()), (Some(ImageFound::Present), StartKind::Warm));
    close(summary(&recording, "web").kinds[0].mean, 0.7);
}

#[test]
fn replicas_on_one_node_wait_for_one_pull() {
    let web = app("web", "replicas = 2\nstart = '300ms'");
    let recording = run(&[&simulation("10s"), &web_host(), &web, &cold()]);
    let [first, second] = starts(&recording)[..] else { panic!("two starts") };
    assert_eq!(phases(first), phases(second));
    assert_eq!((first.replica, second.replica), (0, 1));
    assert_eq!((first.image, second.image), (Some(ImageFound::Pulled), Some(ImageFound::Joined)));
    assert_eq!((first.kind(), second.kind()), (StartKind::Cold, StartKind::Cold));
    let counts = |start: &StartRecord| {
        let it = start.pull.expect("the engine counts");
        (it.bytes.0, it.layers_pulled, it.layers_present, it.layers_joined, it.attempts)
    };
    assert_eq!(counts(first), (12_500_000, 1, 0, 0, 1));
    assert_eq!(counts(second), (0, 0, 0, 1, 1));
    // so that sums are of what came over the network
    let cold = &summary(&recording, "web").kinds[0];
    assert_eq!((cold.bytes_pulled, cold.layers_joined), (Some(6_250_000.0), Some(0.5)));
}

#[test]
fn a_vm_is_made_boots_and_starts_its_app() {
    let vms = VMS.replace("boot = \"0s\"", "boot = '20s'");
    let vms = vms.replace("provision = \"0s\"", "provision = '2s'");
    let web = app("web", "start = '3s'");
    let recording = run(&[&simulation("1min"), HOST, &web, &vms]);
    let [start] = starts(&recording)[..] else { panic!("one start") };
    let expected = [
        (Phase::Place, 0.0),
        (Phase::Provision, 2000.0),
        (Phase::Boot, 20_000.0),
        (Phase::App, 3000.0),
    ];
    assert_eq!(phases(start), expected);
    assert_eq!((start.kind(), start.image), (StartKind::Vm, None));
    close(summary(&recording, "web").kinds[0].phases[2].share, 20.0 / 25.0);
}

#[test]
fn containers_in_vms_wait_for_these_to_boot() {
    let nested = NESTED.replace("boot = \"0s\"", "boot = '20s'");
    let recording = run(&[&simulation("1min"), HOST, &app("web", "start = '3s'"), &nested]);
    let [start] = starts(&recording)[..] else { panic!("one start") };
    assert_eq!(phases(start)[..2], [(Phase::Cluster, 20_000.0), (Phase::Place, 0.0)]);
    assert_eq!((start.kind(), start.total().as_secs_f64()), (StartKind::Warm, 23.0));
}

#[test]
fn a_lost_replica_starts_where_its_image_still_is() {
    let fault = "[[fault]]\nkind = { scheduled = { at = '20s', duration = '30s' } }\n";
    let web = app("web", "start = '300ms'");
    let recording = run(&[&simulation("100s"), &web_host(), &web, fault, &cold()]);
    let [first, second] = starts(&recording)[..] else { panic!("two starts") };
    assert_eq!((first.kind(), second.kind()), (StartKind::Cold, StartKind::Warm));
    assert_eq!((second.cause, second.replica), (Cause::Replaced, 0));
    // lost at 20 s, its host repaired at 50 s and up at 60 s
    assert_eq!(phases(second)[0], (Phase::Place, 40_000.0));
    close(second.total().as_secs_f64(), 40.7);
}

#[test]
fn a_restart_waits_and_starts_where_it_was() {
    let memory =
        "memory = { request = '64MiB', limit = '104MiB', base = '64MiB', per_request = '10MiB' }\n";
    let traffic = "traffic = { arrivals = { at = ['10s', '10s', '10s', '10s', '10s'] } }";
    let web = app("web", &format!("{memory}{traffic}\ndemand = '1s'\nstart = '500ms'"));
    let recording = run(&[&simulation("1min"), &web_host(), &web, &cold()]);
    let [_, again] = starts(&recording)[..] else { panic!("two starts") };
    let expected = [(Phase::BackOff, 100.0), (Phase::Container, 400.0), (Phase::App, 500.0)];
    assert_eq!(phases(again), expected);
    assert_eq!((again.cause, again.kind()), (Cause::Restarted, StartKind::Restart));
    assert_eq!(again.requested.as_secs_f64(), 10.0);

    let small = VMS.replace("1GiB", "104MiB");
    let recording = run(&[&simulation("1min"), HOST, &web, &small]);
    let [_, again] = starts(&recording)[..] else { panic!("two starts") };
    assert_eq!(phases(again), [(Phase::App, 500.0)]);
    assert_eq!(again.place.map(|place| (place.host, place.node)), Some((0, None)));
}

#[test]
fn a_start_that_fails_says_why() {
    let host = web_host().replace("layers = [", "architecture = 'arm64'\nlayers = [");
    let recording = run(&[&simulation("10s"), &host, &app("web", ""), &cold()]);
    let [start] = starts(&recording)[..] else { panic!("one start") };
    let reason = "host is amd64, image `image` is built for arm64";
    assert_eq!((start.fate, start.reason.as_deref()), (Fate::Failed, Some(reason)));
    let starts = summary(&recording, "web");
    assert_eq!((starts.account.failed, starts.kinds.len()), (1, 0));
    assert_eq!((starts.failures[0].reason.as_str(), starts.failures[0].count), (reason, 1));
}

#[test]
fn a_start_that_is_cut_off_keeps_what_it_had_gone_through() {
    // the host fails at 300 ms, when the image has come and is being extracted
    let fault = "[[fault]]\nkind = { scheduled = { at = '300ms', duration = '1h' } }\n";
    let web = app("web", "start = '300ms'");
    let recording = run(&[&simulation("10s"), &web_host(), &web, fault, &cold()]);
    let [lost, waits] = starts(&recording)[..] else { panic!("two starts") };
    assert_eq!((lost.fate, lost.reason.as_deref()), (Fate::Failed, Some("its machine was lost")));
    assert_eq!(lost.end_of(Phase::Extract), None);
    assert_eq!((waits.fate, waits.cause), (Fate::Unfinished, Cause::Replaced));
    let reason = "no node has enough CPU or memory left";
    assert_eq!((waits.place, waits.reason.as_deref()), (None, Some(reason)));
    close(waits.total().as_secs_f64(), 9.7);
}

/// The registry fails for so long from the begin; the image is asked for by this client.
fn outage(duration: &str, client: &str) -> Recording {
    let host = web_host().replace("[registry]", "[registry]\nname = 'hub'");
    let outage = format!("registry = 'hub', at = '0s', duration = '{duration}'");
    let fault = format!("[[fault]]\nkind = {{ registry-outage = {{ {outage} }} }}\n");
    let engine = cold().replace("start = '400ms'", &format!("start = '0s', client = '{client}'"));
    run(&[&simulation("5min"), &host, &app("web", ""), &fault, &engine])
}

#[test]
fn tries_and_the_time_between_them_are_part_of_the_download() {
    let recording = outage("20s", "kubelet");
    let [start] = starts(&recording)[..] else { panic!("one start") };
    let pull = start.pull.expect("the engine counts");
    // no answer for 50 ms, 10 s of back-off, none for 15 s, 20 s of back-off, and then 0.2 s
    assert_eq!((pull.attempts, pull.back_off.as_secs_f64()), (3, 30.0));
    assert_eq!(phases(start)[2], (Phase::Download, 45_250.0));
    assert_eq!((start.image, start.fate), (Some(ImageFound::Pulled), Fate::Ready));
}

#[test]
fn a_pull_that_fails_says_so_in_the_words_of_its_client() {
    let refused = "Error response from daemon: Get \"https://hub/v2/\": net/http: request canceled \
                   while waiting for connection (Client.Timeout exceeded while awaiting headers)";
    for (client, before) in [("docker", ""), ("ecs-agent", "CannotPullContainerError: ")] {
        let recording = outage("1h", client);
        let [start] = starts(&recording)[..] else { panic!("one start") };
        let reason = format!("{before}{refused}");
        assert_eq!((start.fate, start.reason.as_ref()), (Fate::Failed, Some(&reason)));
        assert_eq!(summary(&recording, "web").failures[0].reason, reason);
        assert_eq!((start.kind(), start.end_of(Phase::Download)), (StartKind::Cold, None));
    }
    // the kubelet never gives up
    let recording = outage("1h", "kubelet");
    let [start] = starts(&recording)[..] else { panic!("one start") };
    assert_eq!((start.fate, start.total().as_secs_f64()), (Fate::Unfinished, 300.0));
}

/// One replica in a task of Amazon ECS, whose agent takes 1 s to have it.
fn task(keys: &str, more: &str) -> Recording {
    let cluster = format!(
        "[[cluster]]\nname = 'ecs'\nkind = 'ecs'\nengine = {{ start = '400ms' }}\n\
         [cluster.ecs]\nagent = '1s'\nregistration = '0s'\n{keys}\n{more}"
    );
    run(&[&simulation("200s"), &web_host(), &app("web", "start = '300ms'"), &cluster])
}

#[test]
fn a_task_on_fargate_waits_for_its_machine_and_then_for_its_interface() {
    let recording = task("fargate = '20s'\ninterface = '7s'", "");
    let [start] = starts(&recording)[..] else { panic!("one start") };
    let expected = [
        (Phase::Place, 0.0),
        (Phase::Machine, 20_000.0),
        (Phase::Attach, 7_000.0),
        (Phase::Queue, 1_000.0),
    ];
    assert_eq!(phases(start)[..4], expected);
    assert_eq!((start.fate, start.kind()), (Fate::Ready, StartKind::Cold));
}

#[test]
fn a_task_on_instances_waits_for_room_and_has_a_machine_at_once() {
    let group = "[[cluster.auto_scaling_group]]\nname = 'group'\nmin = 1\nmax = 1\n\
                 instance_types = ['m5.large']\n";
    for (network, attach) in [("awsvpc", 7_000.0), ("bridge", 0.0)] {
        let keys = format!("interface = '7s'\nnetwork = '{network}'");
        let recording = task(&keys, group);
        let [start] = starts(&recording)[..] else { panic!("one start") };
        let phases = phases(start);
        assert!(phases[0].0 == Phase::Place && phases[0].1 > 0.0, "{phases:?}");
        assert_eq!(
            phases[1..4],
            [(Phase::Machine, 0.0), (Phase::Attach, attach), (Phase::Queue, 1_000.0)]
        );
    }
}
