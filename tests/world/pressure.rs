//! Memory that grows, against timelines worked out by hand.
//!
//! Nodes have 8192 MiB, of which nothing is reserved. With less than 100 MiB available, above
//! 8092 MiB in use, the kubelet evicts, which looks every 10 s from when its node joined at 0. Apps
//! are deployed at 0, and their containers run at 1 s.

use proptest::prelude::*;

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::{Kind, Reason};

use crate::lab::{BARE, HOST, VMS, app, close, of, run, simulation};

/// A node of two cores, and options of its cluster.
fn cluster(nodes: u32, options: &str) -> String {
    format!(
        "[[cluster]]\nname = 'k8s'\nkind = 'kubernetes'\n\
         engine = {{ start = '1s', prepulled = true, memory = '0' }}\n\
         [cluster.kubernetes]\n{options}\n\
         [[cluster.node_pool]]\nname = 'n'\nshape = 'host'\ncount = {nodes}\n"
    )
}

/// An app of 1 GiB that grows.
fn leaky(leak: &str, more: &str) -> String {
    let memory = format!("memory = {{ request = '1Gi', base = '1Gi', leak = '{leak}' }}");
    app("leaky", &format!("{memory}\n{more}"))
}

/// Another of 4 GiB that does not.
fn steady() -> String {
    app("steady", "memory = { request = '4Gi', base = '4Gi' }")
}

/// What happened of these reasons: second, reason, and the app or the node that it happened to.
pub fn told(recording: &Recording, reasons: &[Reason]) -> Vec<String> {
    let log = &recording.log;
    let events = log.events.iter().filter(|event| reasons.contains(&event.reason));
    let told = events.map(|event| {
        let object = log.object(event.object);
        let name = match object.kind {
            Kind::Pod => object.name().split('-').next().unwrap_or_default(),
            _ => object.name(),
        };
        format!("{} {} {name}", event.time.as_nanos() as f64 / 1e9, event.reason.name())
    });
    told.collect()
}

const KILLS: &[Reason] = &[
    Reason::OomKilled,
    Reason::BackOff,
    Reason::SystemOom,
    Reason::Evicted,
    Reason::NodeHasInsufficientMemory,
    Reason::NodeHasSufficientMemory,
];

#[test]
fn a_container_that_leaks_is_killed_the_instant_it_is_above_its_limit() {
    // 40 MiB in 40 s, and a byte in 954 ns; restarted after 100 ms
    let memory = "memory = { request = '64Mi', limit = '104Mi', base = '64Mi', leak = '1MiB/s' }";
    let web = app("web", &format!("{memory}\nrestart = 'no'"));
    let recording = run(&[&simulation("100s"), HOST, &web, BARE]);
    close(of(&recording, "web").availability, 40.000_000_954 / 100.0);
    let recording = run(&[&simulation("100s"), HOST, &app("web", memory), BARE]);
    close(of(&recording, "web").availability, (100.0 - 0.2) / 100.0);
    assert_eq!(recording.summary.warnings, ["`web`: replicas ran out of memory 2 times"]);
}

#[test]
fn growth_and_requests_add_up_to_the_limit_at_one_instant() {
    // 64 MiB, two requests of 10 MiB from 15 s on, and 20 MiB more at 20 s
    let web = app(
        "web",
        "memory = { request = '64Mi', limit = '104Mi', base = '64Mi', per_request = '10Mi', \
         leak = '1MiB/s' }\nrestart = 'no'\nwait = '10s'\n\
         traffic = { arrivals = { at = ['3s', '15s', '15s', '40s'] } }",
    );
    let recording = run(&[&simulation("100s"), HOST, &web, BARE]);
    let web = of(&recording, "web");
    close(web.availability, 20.000_000_954 / 100.0);
    assert_eq!((web.requests.succeeded, web.requests.failed, web.requests.refused), (1, 2, 1));
}

#[test]
fn a_guest_kills_a_process_that_leaks_all_it_has() {
    // a VM of 104 MiB; the process starts again at once
    let vms = VMS.replace("1GiB", "104MiB");
    let memory = "memory = { request = '64Mi', base = '64Mi', leak = '1MiB/s' }";
    let recording = run(&[&simulation("100s"), HOST, &app("web", memory), &vms]);
    assert_eq!(recording.summary.warnings, ["`web`: replicas ran out of memory 2 times"]);
}

#[test]
fn the_kernel_of_a_docker_host_kills_what_uses_most() {
    // 5120 MiB and 64 MiB a second: full after 48 s and 15 ns, when leaky uses a byte more than 4
    // GiB; it is back after 100 ms
    let host = [&simulation("60s"), HOST, &leaky("64MiB/s", ""), &steady(), BARE];
    let recording = run(&host);
    assert_eq!(recording.summary.warnings, ["`leaky`: replicas ran out of memory once"]);
    close(of(&recording, "leaky").availability, (60.0 - 0.1) / 60.0);
}

#[test]
fn a_pod_above_its_limit_is_killed_and_backs_off_while_its_node_has_memory() {
    // 1 GiB more in 64 s; the first restart is at once, the next after 10 s
    let memory = "memory = { request = '1Gi', limit = '2Gi', base = '1Gi', leak = '16MiB/s' }";
    let web = app("web", memory);
    let recording = run(&[&simulation("200s"), HOST, &web, &cluster(1, "")]);
    // 60 ns for the byte too many
    let expected =
        ["65.00000006 OOMKilled web", "130.00000012 OOMKilled web", "130.00000012 BackOff web"];
    assert_eq!(told(&recording, KILLS), expected);
    assert_eq!(recording.summary.warnings, ["`web`: replicas ran out of memory 2 times"]);
}

#[test]
fn a_container_that_is_back_before_all_nodes_know_gets_requests_again() {
    // killed at 64.5 s, runs again at 65 s, which nodes know only at 65.5 s; it answers at 69 s, is
    // probed within 10 s, and all know a second later
    let web = app(
        "web",
        "memory = { request = '1Gi', limit = '2Gi', base = '1Gi', leak = '16MiB/s' }\n\
         start = '4s'\ntraffic = { arrivals = { at = ['60s', '65s', '85s', '100s'] } }",
    );
    let quick = cluster(1, "").replace("start = '1s'", "start = '500ms'");
    let recording = run(&[&simulation("110s"), HOST, &web, &quick]);
    let requests = of(&recording, "web").requests;
    assert_eq!((requests.succeeded, requests.refused), (3, 1));
}

#[test]
fn a_node_short_of_memory_evicts_the_pod_that_is_above_its_request() {
    // 5120 MiB and 16 MiB a second: above 8092 MiB at 186.75 s, seen at 190 s with 48 MiB left
    let apps = [leaky("16MiB/s", ""), steady()].join("\n");
    let recording = run(&[&simulation("600s"), HOST, &apps, &cluster(1, "")]);
    let expected = [
        "190 Evicted leaky",
        "190 NodeHasInsufficientMemory n-0",
        // last seen at 190 s: the first look 300 s after that is at 491 s, the next status at 500 s
        "500 NodeHasSufficientMemory n-0",
    ];
    assert_eq!(told(&recording, KILLS), expected);
    let pods = [
        Reason::PodCreated,
        Reason::PodFailed,
        Reason::FailedScheduling,
        Reason::Scheduled,
        Reason::NodeTainted,
        Reason::NodeUntainted,
    ];
    let course = told(&recording, &pods);
    let later: Vec<&str> =
        course.iter().map(String::as_str).filter(|line| !line.starts_with("0 ")).collect();
    let expected = [
        "190 PodFailed leaky",
        "190 PodCreated leaky",
        "190 NodeTainted n-0",
        "190 FailedScheduling leaky",
        "500 NodeUntainted n-0",
        "500 Scheduled leaky",
    ];
    assert_eq!(later, expected);
    let text = recording.log.events.iter().find(|event| event.reason == Reason::Evicted);
    let text = text.and_then(|event| event.text).map(|text| recording.log.text(text));
    let message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: \
                   49152Ki. The pod was using 4145152Ki, request is 1Gi.";
    assert_eq!(text, Some(message));
}

#[test]
fn an_evicted_pod_runs_elsewhere_while_its_node_takes_none() {
    // on a node of its own: 1024 MiB and 7068 MiB more take 883.5 s, which the look at 890 s sees;
    // the new pod fits beside the other app
    let apps = [leaky("8MiB/s", ""), steady()].join("\n");
    let recording = run(&[&simulation("1000s"), HOST, &apps, &cluster(2, "")]);
    let course = told(&recording, &[Reason::Evicted, Reason::Scheduled, Reason::PodReady]);
    assert_eq!(course[4..], ["890 Evicted leaky", "890 Scheduled leaky", "891 PodReady leaky"]);
    let warning = "`leaky`: nodes short of memory evicted its pods once";
    assert_eq!(recording.summary.warnings, [warning]);
}

#[test]
fn a_node_that_fills_up_between_two_looks_kills_by_oom_score() {
    // full at 49 s and 15 ns; the look at 50 s finds it empty again. Of 8192 MiB, leaky asked for
    // an eighth: 4096 + 7/8 of all; steady for half: 4096 + 1/2 of all
    let apps = [leaky("64MiB/s", ""), steady()].join("\n");
    let recording = run(&[&simulation("90s"), HOST, &apps, &cluster(1, "")]);
    let expected = ["49.000000015 OOMKilled leaky", "49.000000015 SystemOOM n-0"];
    let mut kills = told(&recording, KILLS);
    kills.sort();
    assert_eq!(kills, expected);
    assert_eq!(recording.summary.warnings, ["`leaky`: replicas ran out of memory once"]);
}

#[test]
fn without_a_threshold_the_kernel_kills_alone() {
    // 5120 MiB and 16 MiB a second: full after 192 s
    let apps = [leaky("16MiB/s", ""), steady()].join("\n");
    let none = cluster(1, "eviction = { memory = '0' }");
    let recording = run(&[&simulation("200s"), HOST, &apps, &none]);
    let mut kills = told(&recording, KILLS);
    kills.sort();
    assert_eq!(kills, ["193.00000006 OOMKilled leaky", "193.00000006 SystemOOM n-0"]);
}

#[test]
fn a_soft_threshold_evicts_after_its_grace() {
    // above 7168 MiB at 129 s, seen at 130 s, for 30 s at 160 s; pressure from the first look on
    let apps = [leaky("16MiB/s", ""), steady()].join("\n");
    let soft = "eviction = { soft_memory = '1Gi', soft_grace = '30s', transition = '1min' }";
    let recording = run(&[&simulation("240s"), HOST, &apps, &cluster(1, soft)]);
    let expected = [
        "130 NodeHasInsufficientMemory n-0",
        "160 Evicted leaky",
        // looks at 161, 171, … 221 s
        "230 NodeHasSufficientMemory n-0",
    ];
    assert_eq!(told(&recording, KILLS), expected);
}

#[test]
fn requests_that_need_too_much_memory_have_their_pod_evicted_with_them() {
    // 1024 MiB and 71 requests of 100 MiB from 55 s on: 8124 MiB, seen at 60 s. They take 30 s
    // each, and the pod has 2 s
    let arrivals = vec!["'55s'"; 71].join(", ");
    let web = app(
        "web",
        &format!(
            "memory = {{ request = '1Gi', base = '1Gi', per_request = '100Mi' }}\nwait = '30s'\n\
             traffic = {{ arrivals = {{ at = [{arrivals}] }} }}"
        ),
    );
    let recording = run(&[&simulation("100s"), HOST, &web, &cluster(1, "")]);
    let expected = ["60 Evicted web", "60 NodeHasInsufficientMemory n-0"];
    assert_eq!(told(&recording, KILLS), expected);
    assert_eq!(told(&recording, &[Reason::PodFailed]), ["62 PodFailed web"]);
    assert_eq!(of(&recording, "web").requests.failed, 71);
    // with two more there is nothing left at once
    let two = "'55s', '55s'";
    let web = web.replace("'55s'] }", &format!("'55s', {two}] }}"));
    let recording = run(&[&simulation("100s"), HOST, &web, &cluster(1, "")]);
    let mut kills = told(&recording, KILLS);
    kills.sort();
    assert_eq!(kills[..2], ["55 OOMKilled web", "55 SystemOOM n-0"]);
    let requests = of(&recording, "web").requests;
    assert_eq!((requests.failed, requests.refused), (72, 1));
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whoever is killed or evicted: the laboratory finds every request and every container.
    #[test]
    fn nothing_is_lost_under_any_pressure(
        leak in one_of(&["0B/s", "20MiB/s", "300MiB/s"]),
        per_request in one_of(&["0", "30Mi", "400Mi"]),
        limit in one_of(&["", "limit = '3Gi', "]),
        times in one_of(&["", "wait = '3s'", "wait = '700ms'\ntimeout = '1s'\nretries = 2"]),
        start in one_of(&["0s", "300ms", "7s"]),
        (nodes, replicas) in (1..4u32, 1..6u32),
        options in one_of(&[
            "",
            "eviction = { memory = '0' }",
            "eviction = { memory = '500Mi', minimum_reclaim = '1Gi', transition = '20s' }",
            "eviction = { soft_memory = '2Gi', soft_grace = '5s', max_pod_grace = '4s' }\n\
             endpoint_delay = '0s'",
        ]),
    ) {
        let web = app(
            "web",
            &format!(
                "memory = {{ request = '1Gi', {limit}per_request = '{per_request}', \
                 leak = '{leak}' }}\nreplicas = {replicas}\nstart = '{start}'\n{times}\n\
                 traffic = {{ arrivals = {{ poisson = '9/s' }} }}",
            ),
        );
        run(&[&simulation("90s"), HOST, &web, &steady(), &cluster(nodes, options)]);
    }
}
