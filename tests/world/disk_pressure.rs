//! Disks that pods fill, against timelines worked out by hand.
//!
//! Nodes have a disk of 10 GB. An image takes a GB of it: 500 MB as it was pulled, 500 MB unpacked.
//! With less than 15 % available, above 8.5 GB in use, the kubelet acts, which looks every 10 s
//! from when its node joined at 0. Apps are deployed at 0, and their containers run at 1 s.

use proptest::prelude::*;

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::Reason;

use crate::lab::{HOST, app, close, of, run, simulation};
use crate::pressure::told;

/// A cluster of nodes with small disks, an image that apps have, and another that no container
/// uses.
fn cluster(nodes: u32, options: &str) -> String {
    let host = HOST
        .replace("boot = \"0s\"", "boot = \"0s\"\ndisk = { size = '10GB' }")
        .replace("layers = []", "layers = [{ size = '500MB', unpacked = '500MB' }]");
    format!(
        "{host}\n[[image]]\nname = 'spare'\nlayers = [{{ size = '500MB', unpacked = '500MB' }}]\n\
         [[cluster]]\nname = 'k8s'\nkind = 'kubernetes'\n\
         engine = {{ start = '1s', prepulled = true, memory = '0' }}\n\
         [cluster.kubernetes]\nendpoint_delay = '0s'\n{options}\n\
         [[cluster.node_pool]]\nname = 'n'\nshape = 'host'\ncount = {nodes}\n"
    )
}

/// An app that writes 10 MB a second.
fn writer() -> String {
    app("writer", "writes = '10MB/s'")
}

const COURSE: &[Reason] = &[
    Reason::Evicted,
    Reason::NodeHasDiskPressure,
    Reason::NodeHasNoDiskPressure,
    Reason::NodeTainted,
    Reason::NodeUntainted,
    Reason::Scheduled,
    Reason::FailedScheduling,
    Reason::Error,
];

fn course(duration: &str, apps: &str, cluster: &str) -> (Recording, Vec<String>) {
    let recording = run(&[&simulation(duration), apps, cluster]);
    let told = told(&recording, COURSE).into_iter().filter(|line| !line.starts_with("0 "));
    let told = told.collect();
    (recording, told)
}

#[test]
fn unused_images_go_before_a_pod_does() {
    // 2 GB and 10 MB a second: above 8.5 GB at 651 s, seen at 660 s, when the other image makes
    // room for a GB; above it again at 751 s, seen at 760 s
    let (recording, told) = course("1100s", &writer(), &cluster(1, ""));
    let expected = [
        "660 NodeHasDiskPressure n-0",
        "660 NodeTainted n-0",
        "760 Evicted writer",
        "760 FailedScheduling writer",
        // last seen at 760 s: the first look 300 s after that is at 1061 s, the next status at
        // 1070 s
        "1070 NodeHasNoDiskPressure n-0",
        "1070 NodeUntainted n-0",
        "1070 Scheduled writer",
    ];
    assert_eq!(told, expected);
    let text = recording.log.events.iter().find(|event| event.reason == Reason::Evicted);
    let text = text.and_then(|event| event.text).map(|text| recording.log.text(text));
    // 1.41 GB are left, and 7.59 GB were written
    let message = "The node was low on resource: ephemeral-storage. Threshold quantity: \
                   1500000000, available: 1376953Ki. The pod was using 7412109Ki, request is 0.";
    assert_eq!(text, Some(message));
    let warning = "`writer`: nodes short of disk evicted its pods once";
    assert!(recording.summary.warnings.iter().any(|it| it == warning));
    close(of(&recording, "writer").availability, (760.0 - 1.0 + 1100.0 - 1071.0) / 1100.0);
}

#[test]
fn an_evicted_pod_is_replaced_on_another_node() {
    let (recording, told) = course("900s", &writer(), &cluster(2, ""));
    let node = told[0].rsplit(' ').next().expect("a node").to_owned();
    let expected = [
        format!("660 NodeHasDiskPressure {node}"),
        format!("660 NodeTainted {node}"),
        "760 Evicted writer".to_owned(),
        "760 Scheduled writer".to_owned(),
    ];
    assert_eq!(told, expected);
    // a second to start at first, and another elsewhere
    close(of(&recording, "writer").availability, (900.0 - 2.0) / 900.0);
}

#[test]
fn the_pod_that_wrote_most_goes() {
    // 2 GB and 10 MB a second together, as above
    let apps = ["9", "1"]
        .map(|rate| app(&format!("writer{rate}"), &format!("writes = '{rate}MB/s'\nreplicas = 1")));
    let (_, told) = course("800s", &apps.concat(), &cluster(1, ""));
    assert_eq!(told[2], "760 Evicted writer9");
    assert_eq!(told.iter().filter(|line| line.contains("Evicted")).count(), 1);
}

#[test]
fn only_the_disk_of_nodes_counts_where_images_have_no_threshold() {
    // less than 10 %: above 9 GB at 701 s, and with the other image gone at 801 s
    let (_, told) = course("850s", &writer(), &cluster(1, "eviction = { imagefs = '0%' }"));
    let expected = [
        "710 NodeHasDiskPressure n-0",
        "710 NodeTainted n-0",
        "810 Evicted writer",
        "810 FailedScheduling writer",
    ];
    assert_eq!(told, expected);
}

#[test]
fn without_a_threshold_the_disk_fills_and_the_process_ends() {
    // 2 GB and 10 MB a second: full at 801 s; what the container wrote goes with it
    let none = "eviction = { nodefs = '0%', imagefs = '0%' }";
    let (recording, told) = course("1000s", &writer(), &cluster(1, none));
    assert_eq!(told, ["801 Error writer"]);
    close(of(&recording, "writer").availability, (1000.0 - 2.0) / 1000.0);
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whoever is evicted or ends for want of disk: the laboratory finds every request and every
    /// container.
    #[test]
    fn nothing_is_lost_whatever_is_written(
        writes in one_of(&["20MB/s", "170MB/s", "3GB/s"]),
        leak in one_of(&["0B/s", "40MiB/s"]),
        restart in one_of(&["always", "no"]),
        times in one_of(&["", "wait = '3s'", "wait = '700ms'\ntimeout = '1s'\nretries = 2"]),
        (nodes, replicas) in (1..4u32, 1..6u32),
        options in one_of(&[
            "",
            "eviction = { nodefs = '0%', imagefs = '0%' }",
            "eviction = { nodefs = '50%', memory = '500Mi', transition = '20s' }",
        ]),
    ) {
        let memory = format!("memory = {{ request = '1Gi', base = '1Gi', leak = '{leak}' }}");
        let web = app(
            "web",
            &format!(
                "{memory}\nwrites = '{writes}'\nrestart = '{restart}'\nreplicas = {replicas}\n\
                 {times}\ntraffic = {{ arrivals = {{ poisson = '9/s' }} }}",
            ),
        );
        run(&[&simulation("200s"), &web, &cluster(nodes, options)]);
    }
}
