//! What becomes of requests when the replica that has them goes: told to, killed, or with its
//! machine.

use plimsoll::metrics::Recording;
use plimsoll::metrics::summary::RequestAccount;

use crate::lab::{BARE, HOST, NESTED, VMS, app, latencies, of, run, series, simulation};

/// A pod on each of two nodes. Endpoints follow after 1 s, as by default, unless `options` say
/// otherwise; a container starts in 1 s.
fn cluster(options: &str) -> String {
    format!(
        "[[cluster]]\nname = 'k8s'\nkind = 'kubernetes'\nkubernetes = {{ {options} }}\n\
         engine = {{ start = '1s', prepulled = true, memory = '0' }}\n\
         [[cluster.node_pool]]\nname = 'general'\nshape = 'host'\ncount = 2\n"
    )
}

/// The pod on host 0 is told to go at 30 s.
const DRAIN: &str = "[[fault]]\nhosts = [0]\nkind = { drain = { at = '30s', duration = '1h' } }\n";

/// Host 0 is lost at 30 s.
const LOSS: &str =
    "[[fault]]\nhosts = [0]\nkind = { scheduled = { at = '30s', duration = '1h' } }\n";

/// Two pods that take requests in turn, of which two come at each instant: one for each pod. They
/// spend 400 ms off the CPU.
fn web(instants: &[&str], more: &str) -> String {
    let twice: Vec<String> = instants.iter().map(|at| format!("'{at}', '{at}'")).collect();
    let wait = if more.contains("wait =") { "" } else { "wait = '400ms'" };
    let keys = format!(
        "cpu = {{ request = '900m' }}\nreplicas = 2\nbalance = 'round-robin'\n{wait}\n\
         traffic = {{ arrivals = {{ at = [{}] }} }}\n{more}",
        twice.join(", ")
    );
    app("web", &keys)
}

fn account(recording: &Recording) -> RequestAccount {
    of(recording, "web").requests
}

/// Answered, refused, timed out and cut off.
fn ends(recording: &Recording) -> [u64; 4] {
    let it = account(recording);
    [it.succeeded, it.refused, it.timed_out, it.failed]
}

#[test]
fn a_pod_that_is_told_to_stop_answers_what_it_has_and_refuses_what_still_comes() {
    // sent at 29.9 s, answered at 30.3 s; at 30.5 s its node's routes still lead to it
    let web = web(&["29.9s", "30.5s", "31.5s"], "");
    let recording = run(&[&simulation("100s"), HOST, &web, &cluster(""), DRAIN]);
    assert_eq!(ends(&recording), [5, 1, 0, 0]);
}

#[test]
fn a_pause_before_the_stop_signal_that_outlasts_the_routes_loses_nothing() {
    let instants = ["29.9s", "30.5s", "31.5s", "33.5s"];
    let patient = web(&instants, "pre_stop = '2s'");
    let recording = run(&[&simulation("100s"), HOST, &patient, &cluster(""), DRAIN]);
    assert_eq!(ends(&recording), [8, 0, 0, 0]);
    // routes that take 5 s to follow outlast the pause: at 33.5 s the process is gone
    let slow = cluster("endpoint_delay = '5s'");
    let recording = run(&[&simulation("100s"), HOST, &patient, &slow, DRAIN]);
    assert_eq!(ends(&recording), [7, 1, 0, 0]);
}

#[test]
fn what_a_pod_still_holds_when_its_grace_period_is_over_is_cut_off() {
    // 60 s of work from 29.9 s on; the grace period of 30 s is over at 60 s, the pause within it
    for pause in ["0s", "10s"] {
        let web = web(&["29.9s"], &format!("wait = '60s'\npre_stop = '{pause}'"));
        let recording = run(&[&simulation("100s"), HOST, &web, &cluster(""), DRAIN]);
        assert_eq!(ends(&recording), [1, 0, 0, 1]);
        let errors = series(&recording, Some("web"), "errors");
        assert_eq!(errors.iter().position(|&rate| rate > 0.0), Some(5), "in the sixth ten seconds");
        let shares = series(&recording, Some("web"), "failed_share");
        assert_eq!((shares[5], shares[8]), (1.0, 0.0));
        assert!(shares[4].is_nan(), "no request ended from 40 to 50 s");
    }
}

#[test]
fn without_another_pod_requests_go_on_to_the_one_that_leaves() {
    // the only pod has 5 s until its stop signal, and its successor runs 1 s later elsewhere
    let single =
        web(&["30.5s", "31.5s", "34s"], "pre_stop = '5s'").replace("replicas = 2", "replicas = 1");
    let recording = run(&[&simulation("100s"), HOST, &single, &cluster(""), DRAIN]);
    assert_eq!(ends(&recording), [6, 0, 0, 0]);
    // without the pause it is gone at once, and all is refused until the next one is there
    let single = single.replace("pre_stop = '5s'", "");
    let recording = run(&[&simulation("100s"), HOST, &single, &cluster(""), DRAIN]);
    assert!(account(&recording).refused >= 4, "{:?}", account(&recording));
}

#[test]
fn a_node_that_is_lost_says_nothing_and_its_requests_time_out() {
    // the node counts as lost 50 s after its last lease, and is looked at every 5 s: by 90 s all
    // requests go to the other one
    let instants = ["29.9s", "30.5s", "60.5s", "95s"];
    let plain = web(&instants, "timeout = '2s'");
    let recording = run(&[&simulation("100s"), HOST, &plain, &cluster(""), LOSS]);
    assert_eq!(ends(&recording), [5, 0, 3, 0]);
    // of the next tries, whose turn it is: the same pod, for 2 s more, and then the other one,
    // after pauses of 100 and 200 ms
    let again = web(&["29.9s"], "timeout = '2s'\nretries = 2");
    let recording = run(&[&simulation("100s"), HOST, &again, &cluster(""), LOSS]);
    assert_eq!(ends(&recording), [2, 0, 0, 0]);
    assert_eq!(latencies(&recording, "web"), [(400.0, 1), (4700.0, 1)]);
    // clients that wait for ever are told at once, as there is no end to come
    let patient = web(&instants, "");
    let recording = run(&[&simulation("100s"), HOST, &patient, &cluster(""), LOSS]);
    assert_eq!(ends(&recording), [5, 2, 0, 1]);
}

#[test]
fn a_host_that_is_lost_says_nothing_on_any_platform() {
    // one is in work when the host is lost, and another waits for its turn
    let web = app(
        "web",
        "start = '100ms'\nwait = '200ms'\ntimeout = '1s'\nconcurrency = 1\n\
         traffic = { arrivals = { at = ['29.9s', '29.95s', '30.05s', '30.15s'] } }",
    );
    for cluster in [BARE, VMS, NESTED] {
        let cluster = cluster.replace("shape = \"host\"", "shape = \"host\", count = 2");
        let recording = run(&[&simulation("100s"), HOST, &web, LOSS, &cluster]);
        // a load balancer that looks after its replicas sends nothing there any more
        assert_eq!(ends(&recording), [1, 1, 2, 0], "{}", recording.summary.platform);
        let late = series(&recording, Some("web"), "timed_out_share");
        assert_eq!(late[3], 0.5, "all four end from 30 s to 40 s");
    }
}

#[test]
fn what_a_lost_replica_had_asked_others_is_answered_to_nobody() {
    // the front fills host 0; its call is answered at 30.2 s, and its client gives up at 30.9 s
    let front = app(
        "front",
        "cpu = { request = '2' }\ncalls = [['back']]\ntimeout = '1s'\n\
         traffic = { arrivals = { at = ['29.9s'] } }",
    );
    let back = app("back", "wait = '300ms'\ntimeout = '1s'");
    let cluster = BARE.replace("shape = \"host\"", "shape = \"host\", count = 2");
    let recording = run(&[&simulation("100s"), HOST, &front, &back, LOSS, &cluster]);
    let front = of(&recording, "front").requests;
    assert_eq!((front.timed_out, front.failed, front.succeeded), (1, 0, 0));
    assert_eq!(of(&recording, "back").requests.succeeded, 1);
    // the other way round the front is told in time that its call came to nothing
    let front = app(
        "front",
        "cpu = { request = '1' }\ncalls = [['back']]\ntimeout = '5s'\n\
         traffic = { arrivals = { at = ['29.9s'] } }",
    );
    let back = app("back", "cpu = { request = '2' }\nwait = '300ms'\ntimeout = '1s'");
    let recording = run(&[&simulation("100s"), HOST, &back, &front, LOSS, &cluster]);
    assert_eq!(of(&recording, "back").requests.timed_out, 1);
    assert_eq!(of(&recording, "front").requests.failed, 1);
}
