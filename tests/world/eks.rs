//! Nodes of Amazon EKS: instances of EC2 that join, take pods, and leave.

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::Reason;
use plimsoll::metrics::summary::CostItem;

use crate::lab::{HOST, app, close, of, run, series, simulation};

/// An instance is up 26 s after it was asked for, and a node 10 s later.
const LAWS: &str = "launch = '6s'\nboot = '20s'\njoin = '10s'\nshutdown = '30s'\n";

fn play(app: &str, duration: &str, group: &str, more: &str) -> Recording {
    let cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nengine = {{ start = '0s', prepulled = true }}\n\
         [[cluster.node_group]]\nname = 'general'\n{LAWS}{group}\n{more}"
    );
    run(&[&simulation(duration), HOST, app, &cluster])
}

pub fn times(recording: &Recording, reason: Reason) -> Vec<f64> {
    let log = recording.log.events.iter().filter(|event| event.reason == reason);
    log.map(|event| event.time.as_secs_f64()).collect()
}

#[test]
fn an_instance_is_a_node_once_its_kubelet_has_joined() {
    let group = "instance_types = ['m5.large']\nmin = 2\nmax = 2";
    let recording = play(&app("web", "replicas = 2"), "1h", group, "");
    assert_eq!(times(&recording, Reason::RegisteredNode), [36.0, 36.0]);
    let cost = &recording.summary.cost.by_item;
    // $0.096 an hour from `running` on, the control plane all the time
    close(cost.of(CostItem::Machines), 2.0 * 0.096 * (3600.0 - 6.0) / 3600.0);
    close(cost.of(CostItem::ControlPlane), 0.10);
}

#[test]
fn a_node_of_m5_large_has_1780m_and_what_is_left_of_its_memory() {
    // 2 vCPUs less 70m, and 150m of its daemons; with 29 pods 255 + 11 x 29 MiB are reserved, and
    // 100 MiB for eviction: of 8192 MiB less 2.5 % for the kernel 7,313 are left
    let fits = |cpu: &str, memory: &str| {
        let keys = format!("cpu = {{ request = '{cpu}' }}\nmemory = {{ request = '{memory}' }}");
        let group = "instance_types = ['m5.large']\nmin = 1\nmax = 1";
        of(&play(&app("web", &keys), "10min", group, ""), "web").replicas_ready > 0.5
    };
    assert_eq!(
        [fits("1780m", "7313MiB"), fits("1781m", "1GiB"), fits("1", "7314MiB")],
        [true, false, false]
    );
}

#[test]
fn pods_are_evicted_where_they_use_more_than_a_node_has_for_them() {
    // 7,413 MiB of an m5.large are for pods, and from 100 MiB less on the kubelet evicts
    let evicted = |memory: &str| {
        let keys = format!("memory = {{ request = '1GiB', base = '{memory}' }}");
        let group = "instance_types = ['m5.large']\nmin = 1\nmax = 1";
        let recording = play(&app("web", &keys), "5min", group, "");
        !times(&recording, Reason::Evicted).is_empty()
    };
    assert_eq!([evicted("7300MiB"), evicted("7330MiB")], [false, true]);
}

#[test]
fn memory_of_an_instance_is_in_use_as_its_pods_use_it() {
    let keys = "memory = { request = '1GiB', base = '2GiB' }";
    let cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\n\
         engine = {{ start = '0s', prepulled = true, memory = '512MiB' }}\n\
         [[cluster.node_group]]\nname = 'general'\ninstance_types = ['m5.large']\n\
         min = 1\nmax = 1\n{LAWS}"
    );
    let recording = run(&[&simulation("100s"), HOST, &app("web", keys), &cluster]);
    // a node from 36 s on; of 8 GiB
    let used = series(&recording, None, "memory_utilisation");
    used[4..].iter().for_each(|&used| close(used, 2.5 / 8.0));
}

#[test]
fn the_cluster_autoscaler_has_the_group_launch_and_end_instances() {
    // the first scan is at 10 s: the node that is coming has no room for both pods
    let keys = "replicas = 2\ncpu = { request = '1500m' }";
    let group = "instance_types = ['m5.large']\nmin = 1\nmax = 3";
    let recording = play(&app("web", keys), "1h", group, "[cluster.cluster_autoscaler]\n");
    assert_eq!(times(&recording, Reason::RegisteredNode), [36.0, 46.0]);
}

#[test]
fn a_node_that_is_not_needed_goes_with_its_instance() {
    let group = "instance_types = ['m5.large']\nmin = 1\ndesired = 2\nmax = 3";
    let keys = "cpu = { request = '1500m' }";
    let recording = play(&app("web", keys), "1h", group, "[cluster.cluster_autoscaler]\n");
    assert_eq!(times(&recording, Reason::RegisteredNode), [36.0, 36.0]);
    // it is not needed from the scan at 50 s on, for more than 10 min at 660 s; then it has a taint
    // for 5 s
    assert_eq!(times(&recording, Reason::RemovingNode), [665.0]);
    // both are paid for from 6 s on
    let hours = (3600.0 - 6.0 + 665.0 - 6.0) / 3600.0;
    close(recording.summary.cost.by_item.of(CostItem::Machines), 0.096 * hours);
}

#[test]
fn nodes_on_spot_are_replaced_when_they_are_taken_back() {
    // within a month all but one of a million million are taken back: one in 26 hours
    let group = "instance_types = ['m5.large']\ncapacity = 'spot'\nmin = 2\nmax = 2\n\
                 spot_interruptions = '99.9999999999%'";
    let recording = play(&app("web", "replicas = 2"), "240h", group, "");
    let ec2 = recording.summary.ec2.as_ref().expect("it is on EC2");
    // two nodes for 240 h: 18, give or take four standard deviations of 4.3
    assert!((1..=35).contains(&ec2.interruptions), "{ec2:?}");
    assert_eq!(ec2.launched, 2 + ec2.interruptions);
    let joined = times(&recording, Reason::RegisteredNode).len() as u64;
    assert_eq!(joined, ec2.launched);
    // all but the minute or so that the next one takes to come
    assert!(of(&recording, "web").replicas_ready > 1.99);
}
