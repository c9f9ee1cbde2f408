//! What keeps nodes: disruption budgets of pods, annotations, budgets of pools.

use super::super::candidate::candidates;
use super::*;
use crate::kubernetes::autoscale::karpenter::fixture::{of_app, pod_of};
use crate::kubernetes::scheduler::cluster::Budget;
use crate::kubernetes::scheduler::shape::{Owner, PodShape};

fn budget(app: &str, allowed: i32) -> Budget {
    let (namespace, name) = ("default".into(), app.into());
    Budget { namespace, name, selector: of_app(app), allowed, disrupted: Vec::new() }
}

/// One node of 8 cores with a `web` of 3, which could be on one of 4.
fn with_web(budgets: Vec<Budget>) -> Option<Command> {
    let mut play = Play::new(ON_DEMAND, ALL);
    let node = play.node(0, &[]);
    play.scene.run(pod_of("web", 3_000), node);
    play.scene.cluster.objects_mut().budgets = budgets;
    play.command(100)
}

#[test]
fn pods_that_may_not_be_evicted_keep_their_node() {
    assert!(with_web(Vec::new()).is_some());
    assert!(with_web(vec![budget("web", 1)]).is_some());
    assert!(with_web(vec![budget("db", 0)]).is_some());
    assert!(with_web(vec![budget("web", 0)]).is_none());
    // there is no eviction with two of them, whatever they allow
    assert!(with_web(vec![budget("web", 1), budget("web", 1)]).is_none());
}

/// The pod of a DaemonSet is evicted too, unless it puts up with a node that goes; else a budget
/// would not matter, since it is not made again elsewhere.
#[test]
fn pods_of_daemon_sets_keep_their_node_by_budgets_alone() {
    let nodes = |allowed| {
        let mut play = Play::new(ON_DEMAND, ALL);
        let node = play.node(0, &[]);
        let owner = Owner { kind: "apps/v1/DaemonSet".into(), name: "agent".into() };
        let pod = play.scene.run(PodShape { owner: Some(owner), ..pod_of("agent", 100) }, node);
        play.known.pods.insert(pod, PodFacts::default());
        play.scene.cluster.objects_mut().budgets = vec![budget("agent", allowed)];
        play.command(100).map_or(0, |command| command.nodes.len())
    };
    assert_eq!((nodes(1), nodes(0)), (1, 0));
}

/// Nobody makes this pod again, and it is evicted like any other.
#[test]
fn pods_without_a_controller_keep_no_node() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let node = play.node(0, &[3_000]);
    let pod = play.scene.cluster.node(node).pods[0];
    assert_eq!(play.scene.cluster.shape_of(pod).owner, None);
    assert_eq!(play.command(100).expect("it is in nobody's way").nodes, [node]);
}

/// By savings for disturbance: 0.4 / 1 (empty), 0.4 / 2, 0.2 / 1.5, 0.4 / 4. A pod with a deletion
/// cost of -2^26 takes 0.5 to move, one with -2^27 nothing.
#[test]
fn nodes_come_by_what_is_saved_for_the_disturbance() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let three = play.node(0, &[100, 100, 100]);
    let cheap = play.node(1, &[100]);
    let one = play.node(0, &[100]);
    let empty = play.node(0, &[100]);
    for (node, deletion_cost) in [(cheap, -(1 << 26)), (empty, -(1 << 27))] {
        let pod = play.scene.cluster.node(node).pods[0];
        let facts = PodFacts { deletion_cost, reschedulable: true, ..PodFacts::default() };
        play.known.pods.insert(pod, facts);
    }
    let all = candidates(&play.scene.cluster, &play.scene.shown(), &play.known, at(100));
    let order: Vec<_> = all.iter().map(|one| one.node).collect();
    assert_eq!(order, [empty, one, cheap, three]);
    let ratios: Vec<_> = all.iter().map(Candidate::savings_ratio).collect();
    assert_eq!(ratios, [0.4, 0.2, 0.2 / 1.5, 0.1]);
    assert!(all[0].is_empty() && !all[1].is_empty());
}

/// Between 9 and 17 o'clock nothing that is underutilized goes; empty nodes always do, but no more
/// than one. (3 and 3 cores on one of 8 is what one of the nodes is for, which can go.)
#[test]
fn budgets_hold_for_reasons_and_hours() {
    let spec = "  disruption:\n    budgets:\n      - { nodes: '0', reasons: [Underutilized], \
                schedule: '0 9 * * *', duration: 8h }\n      - { nodes: '1', reasons: [Empty] }\n";
    let found = |hour: i64, pods: &[i64]| {
        let mut play = Play::new(ON_DEMAND, spec);
        play.calendar = hour * 3_600;
        play.node(0, pods);
        play.node(0, pods);
        play.command(100).map(|command| (command.reason, command.nodes.len()))
    };
    assert_eq!(found(12, &[]), Some((Reason::Empty, 1)));
    assert_eq!(found(12, &[3_000]), None);
    assert_eq!(found(18, &[3_000]), Some((Reason::Underutilized, 1)));
}

/// Two nodes of one core each were to be one `s`. While the command waits, one of them gets a pod
/// that may not be disturbed: the command is dropped, and what is tried next is to replace the
/// other alone, which waits in turn.
#[test]
fn when_a_command_does_not_hold_the_next_way_is_tried_at_once() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let (one, other) = (play.node(1, &[1_000]), play.node(1, &[1_000]));
    assert_eq!(play.pass(100), None);
    let pod = play.scene.run(requesting(3_000, 16), other);
    play.known.pods.insert(pod, PodFacts { do_not_disrupt: true, ..PodFacts::default() });
    assert_eq!(play.pass(115), None);
    assert_eq!(play.disruptor.validates(), Some(at(130)));
    let command = play.pass(130).expect("the other is still too large");
    assert_eq!(command.nodes, [one]);
}

/// Of two empty nodes one gets a pod while they wait: the other goes.
#[test]
fn empty_nodes_go_that_are_still_empty() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let (one, other) = (play.node(1, &[]), play.node(1, &[]));
    assert_eq!(play.pass(100), None);
    play.scene.run(requesting(3_500, 16), one);
    assert_eq!(play.pass(115).expect("one is").nodes, [other]);
}

/// A pod on a node that is going finds no place: others may not make it worse.
#[test]
fn pods_of_nodes_that_go_have_to_find_places() {
    let found = |milli_cpu| {
        let mut play = Play::new(ON_DEMAND, ALL);
        play.node(0, &[3_000]);
        let going = play.node(0, &[milli_cpu]);
        play.facts(going).deleting = true;
        play.scene.nodes.retain(|&node| node != going);
        let pod = play.scene.cluster.node(going).pods[0];
        play.scene.pending.push(PendingPod { pod, created: SimTime::ZERO });
        play.command(100).is_some()
    };
    // 5 cores fit beside the 3: then both could not be on a smaller node
    assert!(!found(5_000));
    // no node is large enough
    assert!(!found(9_000));
}
