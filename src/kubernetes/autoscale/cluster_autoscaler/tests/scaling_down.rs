//! Shrinking: which nodes go, when, and what holds them.

use super::super::fixture::{MINUTE, Play, SECOND, at, requesting};
use super::super::*;
use crate::kubernetes::scheduler::cluster::Budget;
use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::shape::PodShape;

/// Two nodes of 4 cores and one that has a core requested of it, whose pod would fit either.
fn idle() -> (Play, GroupId, NodeId, PodId) {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    for _ in 0..2 {
        let node = play.node(group);
        play.run("busy", 3_000, 1_000, node);
    }
    let node = play.node(group);
    let pod = play.run("idle", 1_000, 1_000, node);
    (play, group, node, pod)
}

#[test]
fn a_node_goes_when_it_was_not_needed_for_more_than_ten_minutes() {
    let (mut play, _, node, pod) = idle();
    assert_eq!(play.scan_until(0, 10 * MINUTE, 10 * SECOND), []);
    let utilization = play.autoscaler.planner().utilization();
    assert!((utilization[&NodeId(0)].share - 0.75).abs() < 1e-12);
    let decided = play.scan(10 * MINUTE + 10 * SECOND);
    assert_eq!(decided.delete, [Deletion { node, evict: vec![pod] }]);
    // once is enough
    assert_eq!(play.scan(10 * MINUTE + 20 * SECOND).delete, []);
    let utilization = play.autoscaler.planner().utilization();
    assert_eq!(utilization.len(), 2, "it is not looked at while it goes");
}

#[test]
fn the_clock_begins_anew_when_a_node_was_needed() {
    let (mut play, _, node, _) = idle();
    play.scan_until(0, 5 * MINUTE, 10 * SECOND);
    let more = play.run("more", 1_001, 1_000, node);
    play.scan(5 * MINUTE + 10 * SECOND);
    assert_eq!(play.autoscaler.planner().unremovable()[&node], Unremovable::NotUnderutilized);
    play.cluster.remove_pod(more);
    let from = 5 * MINUTE + 20 * SECOND;
    let deleted = play.scan_until(from, 20 * MINUTE, 10 * SECOND);
    assert_eq!(deleted, [(from + 10 * MINUTE + 10 * SECOND, node)]);
}

#[test]
fn half_is_little_and_a_hair_more_is_not() {
    let reason = |more: i64| {
        let (mut play, _, node, _) = idle();
        play.run("more", more, 1_000, node);
        play.scan(0);
        play.autoscaler.planner().unremovable().get(&node).copied()
    };
    // the two pods find places on the two other nodes
    assert_eq!(reason(1_000), None);
    assert_eq!(reason(1_001), Some(Unremovable::NotUnderutilized));
}

#[test]
fn nothing_goes_soon_after_a_scale_up_or_a_failure() {
    let (mut play, _, node, _) = idle();
    play.scan_until(0, 9 * MINUTE, MINUTE);
    play.groups[0].max = 3;
    let big = play.group("big", 16_000, 64_000, 10);
    play.wait("huge", 12_000, 1_000, 1);
    assert_eq!(play.scan(10 * MINUTE).scale_up.plan.len(), 1);
    play.arrive(big, at(10 * MINUTE), true);
    let huge = play.pending.remove(0).pod;
    play.cluster.bind(huge, NodeId(3), 0);
    let deleted = play.scan_until(10 * MINUTE + 10 * SECOND, 20 * MINUTE, 10 * SECOND);
    assert_eq!(deleted, [(20 * MINUTE, node)], "ten minutes to the instant are enough");
    play.autoscaler.deletion_failed(node, at(20 * MINUTE));
    let again = play.scan_until(20 * MINUTE + 10 * SECOND, 30 * MINUTE, 10 * SECOND);
    assert_eq!(again, [(23 * MINUTE, node)]);
}

#[test]
fn groups_keep_their_least_and_ten_go_at_once() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 40);
    let nodes: Vec<NodeId> = (0..30).map(|_| play.node(group)).collect();
    play.groups[0].min = 12;
    play.scan_until(0, 10 * MINUTE, 10 * SECOND);
    let after = 10 * MINUTE + 10 * SECOND;
    let deleted = play.scan_until(after, after, 1);
    assert_eq!(deleted, nodes[..10].iter().map(|&node| (after, node)).collect::<Vec<_>>());
    // those ten are on their way out: no others begin
    assert_eq!(play.scan(after + 10 * SECOND).delete, []);
    nodes[..10].iter().for_each(|&node| play.remove(node));
    let left = play.scan_until(after + 20 * SECOND, after + 20 * MINUTE, 10 * SECOND);
    assert_eq!(left.len(), 8, "12 of 30 stay");
}

#[test]
fn one_node_is_drained_at_a_time_beside_empty_ones() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 40);
    let busy = play.node(group);
    play.run("busy", 2_500, 1_000, busy);
    let drained: Vec<NodeId> = (0..3)
        .map(|_| {
            let node = play.node(group);
            play.run("idle", 400, 100, node);
            node
        })
        .collect();
    let empty = play.node(group);
    play.scan_until(0, 10 * MINUTE, 10 * SECOND);
    let decided = play.scan(10 * MINUTE + 10 * SECOND).delete;
    let nodes: Vec<NodeId> = decided.iter().map(|deletion| deletion.node).collect();
    assert_eq!(nodes, [empty, drained[0]]);
    assert_eq!(play.scan(10 * MINUTE + 20 * SECOND).delete, []);
    play.remove(empty);
    play.remove(drained[0]);
    let next = play.scan(10 * MINUTE + 30 * SECOND).delete;
    assert_eq!(next.len(), 1);
}

/// Why the node stays, after its pod was made so.
fn held(change: impl FnOnce(&mut PodFacts, &mut Play)) -> Option<Unremovable> {
    let (mut play, _, node, pod) = idle();
    let mut facts = play.known.pods[&pod];
    change(&mut facts, &mut play);
    play.known.pods.insert(pod, facts);
    play.scan(0);
    play.autoscaler.planner().unremovable().get(&node).copied()
}

#[test]
fn some_pods_hold_their_node() {
    let blocked = |found: Option<Unremovable>| matches!(found, Some(Unremovable::BlockedByPod(_)));
    assert_eq!(held(|_, _| ()), None);
    assert!(blocked(held(|pod, _| pod.controller = Controller::None)));
    assert!(blocked(held(|pod, _| pod.controller = Controller::Custom)));
    assert!(blocked(held(|pod, _| pod.controller = Controller::Gone)));
    assert!(blocked(held(|pod, _| pod.safe_to_evict = SafeToEvict::No)));
    assert!(blocked(held(|pod, _| pod.local_storage = true)));
    let free = [
        held(|pod, _| (pod.controller, pod.safe_to_evict) = (Controller::None, SafeToEvict::Yes)),
        held(|pod, _| (pod.local_storage, pod.safe_to_evict) = (true, SafeToEvict::Yes)),
        held(|pod, _| (pod.controller, pod.terminal) = (Controller::None, true)),
        held(|pod, _| (pod.controller, pod.mirror) = (Controller::None, true)),
        held(|pod, _| (pod.local_storage, pod.controller) = (true, Controller::DaemonSet)),
        held(|pod, _| (pod.local_storage, pod.deleted) = (true, Some(SimTime::ZERO))),
    ];
    assert_eq!(free, [None; 6]);
    // being deleted, but not for long
    assert!(blocked(held(|pod, _| {
        (pod.local_storage, pod.deleted) = (true, Some(at(0)));
    })));
}

fn budget(app: &str, allowed: i32) -> Budget {
    let operator = Operator::In(vec![app.into()]);
    Budget {
        namespace: "default".into(),
        name: app.into(),
        selector: Selector::All(vec![Requirement { key: "app".into(), operator }]),
        allowed,
        disrupted: Vec::new(),
    }
}

#[test]
fn budgets_hold_nodes_and_are_used_up_in_the_simulation() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    let busy = play.node(group);
    play.run("busy", 2_500, 1_000, busy);
    let nodes: Vec<NodeId> = (0..3)
        .map(|_| {
            let node = play.node(group);
            play.run("idle", 100, 100, node);
            node
        })
        .collect();
    play.cluster.objects_mut().budgets.push(budget("idle", 2));
    play.scan(0);
    let planner = play.autoscaler.planner();
    assert_eq!(planner.unneeded().keys().copied().collect::<Vec<_>>(), nodes[..2]);
    assert!(matches!(planner.unremovable()[&nodes[2]], Unremovable::BlockedByPod(_)));
}

#[test]
fn system_pods_hold_their_node_for_an_hour_unless_a_budget_frees_them() {
    let system = |created: SimTime, budgeted: bool| {
        let (mut play, _, node, old) = idle();
        play.cluster.remove_pod(old);
        let pod = play.run("dns", 100, 100, node);
        let shape = play.cluster.shape_of(pod).clone();
        let shape = PodShape { namespace: "kube-system".into(), ..shape };
        let shape = play.cluster.intern(shape);
        play.cluster.reshape(pod, shape);
        play.known.pods.get_mut(&pod).expect("it is known").created = created;
        if budgeted {
            let budget = Budget { namespace: "kube-system".into(), ..budget("dns", 1) };
            play.cluster.objects_mut().budgets.push(budget);
        }
        play.scan(60 * MINUTE);
        play.autoscaler.planner().unneeded().contains_key(&node)
    };
    assert!(!system(at(SECOND), false));
    assert!(system(at(0), false), "an hour old");
    assert!(system(at(SECOND), true));
}

#[test]
fn annotated_nodes_and_those_of_no_group_stay() {
    let (mut play, _, node, _) = idle();
    play.known.nodes.get_mut(&node).expect("it is known").keep = true;
    play.scan(0);
    let reason = play.autoscaler.planner().unremovable()[&node];
    assert_eq!(reason, Unremovable::ScaleDownDisabledAnnotation);
    play.known.nodes.get_mut(&node).expect("it is known").group = None;
    play.scan(10 * SECOND);
    assert!(!play.autoscaler.planner().unneeded().contains_key(&node));
}

#[test]
fn what_could_not_go_is_not_looked_at_for_five_minutes() {
    let (mut play, _, node, pod) = idle();
    play.known.pods.get_mut(&pod).expect("it is known").local_storage = true;
    play.scan(0);
    play.known.pods.get_mut(&pod).expect("it is known").local_storage = false;
    play.scan(5 * MINUTE - 1);
    let reason = play.autoscaler.planner().unremovable()[&node];
    assert_eq!(reason, Unremovable::RecentlyUnremovable);
    play.scan(5 * MINUTE);
    assert!(play.autoscaler.planner().unneeded().contains_key(&node));
}

#[test]
fn pods_of_several_nodes_do_not_go_to_the_same_place() {
    let unneeded = |busy_cpu: i64| {
        let mut play = Play::new(Settings::default());
        let group = play.group("small", 4_000, 16_000, 10);
        let busy = play.node(group);
        play.run("busy", busy_cpu, 15_000, busy);
        for _ in 0..2 {
            let node = play.node(group);
            play.run("idle", 1_000, 100, node);
        }
        play.scan(0);
        let unneeded = play.autoscaler.planner().unneeded().values();
        unneeded.map(|node| node.pods.len()).collect::<Vec<_>>()
    };
    // the first pod moves in with the second, and both go on to the busy node
    assert_eq!(unneeded(2_000), [1, 2]);
    // which has room for one only
    assert_eq!(unneeded(2_001), [1]);
}

#[test]
fn pods_that_only_would_have_come_are_not_evicted() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    let busy = play.node(group);
    play.run("busy", 2_000, 15_000, busy);
    let (first, second) = (play.node(group), play.node(group));
    let pods = [first, second].map(|node| play.run("idle", 1_000, 100, node));
    play.scan_until(0, 10 * MINUTE, 10 * SECOND);
    let deletion = &play.scan(10 * MINUTE + 10 * SECOND).delete[0];
    assert_eq!((deletion.node, &deletion.evict[..]), (first, &pods[..1]));
    play.remove(first);
    let deletion = &play.scan(10 * MINUTE + 20 * SECOND).delete[0];
    assert_eq!((deletion.node, &deletion.evict[..]), (second, &pods[1..]));
    // a pod that came since and holds the node is seen in time
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    let node = play.node(group);
    play.scan_until(0, 10 * MINUTE, 10 * SECOND);
    let pod = play.run("late", 100, 100, node);
    play.known.pods.get_mut(&pod).expect("it is known").local_storage = true;
    assert_eq!(play.scan(10 * MINUTE + 10 * SECOND).delete, []);
}

#[test]
fn an_unready_node_goes_after_twenty_minutes_and_a_sick_cluster_is_left_alone() {
    let (mut play, group, node, _) = idle();
    play.known.nodes.get_mut(&node).expect("it is known").ready = false;
    let deleted = play.scan_until(0, 30 * MINUTE, 10 * SECOND);
    assert_eq!(deleted, [(20 * MINUTE + 10 * SECOND, node)]);
    let (mut play, ..) = { (idle().0, group) };
    for _ in 0..4 {
        let node = play.node(group);
        play.known.nodes.get_mut(&node).expect("it is known").ready = false;
    }
    // 4 of 7 are more than three, and more than 45 %
    assert!(play.scan(0).unhealthy);
    play.known.nodes.get_mut(&NodeId(6)).expect("it is known").ready = true;
    assert!(!play.scan(10 * SECOND).unhealthy);
}

#[test]
fn pods_of_a_node_that_is_drained_count_as_waiting() {
    let (mut play, _, node, pod) = idle();
    play.scan_until(0, 10 * MINUTE, 10 * SECOND);
    assert_eq!(play.scan(10 * MINUTE + 10 * SECOND).delete.len(), 1);
    play.known.nodes.get_mut(&node).expect("it is known").deleting = true;
    // their places are taken meanwhile: a node has to come for the pod that will lose its own
    for busy in [NodeId(0), NodeId(1)] {
        play.run("busy", 1_000, 1_000, busy);
    }
    let decided = play.scan(10 * MINUTE + 20 * SECOND);
    assert_eq!(decided.scale_up.options[0].pods, [pod]);
}

#[test]
fn daemons_go_with_their_node_and_may_be_left_out_of_the_sum() {
    let (mut play, _, node, pod) = idle();
    play.cluster.remove_pod(pod);
    let daemon = play.pod("agent-0", requesting(3_000, 100), Some(node));
    play.known.pods.get_mut(&daemon).expect("it is known").controller = Controller::DaemonSet;
    play.scan(0);
    let reason = play.autoscaler.planner().unremovable()[&node];
    assert_eq!(reason, Unremovable::NotUnderutilized);
    let mut settings = Settings::default();
    settings.scale_down.ignore_daemon_sets = true;
    play.autoscaler = ClusterAutoscaler::new(settings, Ties::Name);
    play.scan(0);
    assert_eq!(play.autoscaler.planner().unneeded()[&node].pods, []);
    assert_eq!(play.autoscaler.planner().utilization()[&node].share, 0.0);
}
