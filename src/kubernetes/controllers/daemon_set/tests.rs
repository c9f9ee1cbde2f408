//! Nodes by hand. The DaemonSet has template 2; a pod's id is ten times its node's, plus its
//! template.

use super::super::pod::Phase;
use super::super::pod::fixture::{at, ready, secs};
use super::*;

fn spec(max_unavailable: i32, max_surge: i32) -> DaemonSetSpec {
    let (max_unavailable, max_surge) = (Share::Count(max_unavailable), Share::Count(max_surge));
    let update = UpdateStrategy::RollingUpdate { max_unavailable, max_surge };
    DaemonSetSpec { update, min_ready: SimDuration::ZERO, template: 2 }
}

fn pod(node: u32, template: u32) -> PodView {
    PodView { node: Some(node), template, ..ready(10 * node + template) }
}

fn unready(node: u32, template: u32) -> PodView {
    PodView { ready_since: None, ..pod(node, template) }
}

fn node(id: u32, pods: &[PodView]) -> NodeView<'_> {
    NodeView { id, fits: true, tolerates: true, tolerates_no_execute: true, pods }
}

fn does(spec: &DaemonSetSpec, nodes: &[NodeView<'_>]) -> (Vec<u32>, Vec<u32>) {
    let change = sync(spec, nodes, &mut FailedPods::default(), at(100));
    (change.create, change.delete)
}

#[test]
fn every_node_that_fits_gets_one() {
    let cordoned = NodeView { tolerates: false, ..node(2, &[]) };
    let other = NodeView { fits: false, ..node(3, &[]) };
    assert_eq!(does(&spec(1, 0), &[node(1, &[]), cordoned, other]), (vec![1], vec![]));
    let gone = [PodView { terminating: true, ..pod(1, 2) }];
    assert_eq!(does(&spec(1, 0), &[node(1, &gone)]), (vec![], vec![]), "it is still there");
    let ended = [PodView { phase: Phase::Failed, ..gone[0] }];
    assert_eq!(does(&spec(1, 0), &[node(1, &ended)]), (vec![1], vec![]));
}

#[test]
fn a_pod_stays_where_it_would_not_come_unless_the_taint_evicts() {
    let pods = [pod(1, 2)];
    let tainted = NodeView { tolerates: false, ..node(1, &pods) };
    assert_eq!(does(&spec(1, 0), std::slice::from_ref(&tainted)), (vec![], vec![]));
    let evicting = NodeView { tolerates_no_execute: false, ..tainted.clone() };
    assert_eq!(does(&spec(1, 0), &[evicting]), (vec![], vec![12]));
    let other = NodeView { fits: false, ..tainted };
    assert_eq!(does(&spec(1, 0), &[other]), (vec![], vec![12]));
}

#[test]
fn the_oldest_of_several_stays() {
    let younger = PodView { id: 13, created: at(5), ..pod(1, 2) };
    assert_eq!(does(&spec(1, 0), &[node(1, &[younger, pod(1, 2)])]), (vec![], vec![13]));
}

#[test]
fn pods_that_fail_are_deleted_ever_later() {
    let pods = [PodView { phase: Phase::Failed, ready_since: None, ..pod(1, 2) }];
    let nodes = [node(1, &pods)];
    let mut failed = FailedPods::default();
    let mut look = |millis: u64| {
        let now = SimTime::ZERO + SimDuration::from_millis(millis);
        let change = sync(&spec(1, 0), &nodes, &mut failed, now);
        (!change.delete.is_empty(), change.retry.map(|retry| retry.as_nanos() / 1_000_000))
    };
    assert_eq!(look(0), (true, None));
    assert_eq!(look(999), (false, Some(1_999)));
    assert_eq!(look(1_000), (true, None));
    assert_eq!(look(1_001), (false, Some(3_001)));
    assert_eq!(look(3_000), (true, None));
    assert_eq!(look(6_999), (false, Some(10_999)));
    let forgotten = 3_000 + 1_800_001;
    assert_eq!(look(forgotten), (true, None));
    assert_eq!(look(forgotten + 1_000), (true, None), "it starts over with one second");
}

#[test]
fn an_update_replaces_one_node_at_a_time() {
    let old: Vec<_> = (1..=3).map(|id| [pod(id, 1)]).collect();
    let step = |unavailable, first: &[PodView]| {
        let nodes = [node(1, first), node(2, &old[1]), node(3, &old[2])];
        does(&spec(unavailable, 0), &nodes)
    };
    assert_eq!(step(1, &old[0]), (vec![], vec![11]));
    let terminating = [PodView { terminating: true, ..old[0][0] }];
    assert_eq!(step(1, &terminating), (vec![], vec![]));
    assert_eq!(step(1, &[]), (vec![1], vec![]));
    assert_eq!(step(1, &[unready(1, 2)]), (vec![], vec![]));
    assert_eq!(step(1, &[pod(1, 2)]), (vec![], vec![21]));
    assert_eq!(step(2, &[unready(1, 2)]), (vec![], vec![21]));
    assert_eq!(step(0, &old[0]), (vec![], vec![11]), "zero of both is one");
}

#[test]
fn old_pods_that_ail_go_at_once_and_count() {
    let ailing = [[unready(1, 1)], [unready(2, 1)]];
    let well = [pod(3, 1)];
    let nodes = [node(3, &well), node(1, &ailing[0]), node(2, &ailing[1])];
    assert_eq!(does(&spec(1, 0), &nodes), (vec![], vec![11, 21]));
    assert_eq!(does(&spec(3, 0), &nodes), (vec![], vec![11, 21, 31]));
}

#[test]
fn on_delete_leaves_old_pods_alone() {
    let set = DaemonSetSpec { update: UpdateStrategy::OnDelete, ..spec(1, 0) };
    assert_eq!(does(&set, &[node(1, &[pod(1, 1)])]), (vec![], vec![]));
    assert_eq!(does(&set, &[node(1, &[])]), (vec![1], vec![]));
}

#[test]
fn with_a_surge_the_new_pod_comes_first() {
    let old = [[pod(1, 1)], [pod(2, 1)]];
    let step = |first: &[PodView]| does(&spec(0, 1), &[node(1, first), node(2, &old[1])]);
    assert_eq!(step(&old[0]), (vec![1], vec![]));
    assert_eq!(step(&[pod(1, 1), unready(1, 2)]), (vec![], vec![]));
    assert_eq!(step(&[pod(1, 1), pod(1, 2)]), (vec![], vec![11]));
    let after = [PodView { terminating: true, ..pod(1, 1) }, pod(1, 2)];
    assert_eq!(step(&after), (vec![2], vec![]));
    // an old one that ails has a new one beside it at once, and goes when that is there
    assert_eq!(step(&[unready(1, 1)]), (vec![1, 2], vec![]));
    assert_eq!(step(&[unready(1, 1), unready(1, 2)]), (vec![], vec![11]));
}

#[test]
fn the_new_pod_must_be_available_not_just_ready() {
    let patient = DaemonSetSpec { min_ready: secs(60), ..spec(0, 1) };
    let young = PodView { ready_since: Some(at(50)), ..pod(1, 2) };
    assert_eq!(does(&patient, &[node(1, &[pod(1, 1), young])]), (vec![], vec![]));
    let grown = PodView { ready_since: Some(at(40)), ..pod(1, 2) };
    assert_eq!(does(&patient, &[node(1, &[pod(1, 1), grown])]), (vec![], vec![11]));
}

#[test]
fn with_a_surge_nodes_are_left_only_when_others_are_there() {
    let old = [[pod(1, 1)], [unready(2, 2)]];
    let sunset = NodeView { tolerates: false, ..node(1, &old[0]) };
    let waits = [sunset.clone(), node(2, &old[1])];
    assert_eq!(does(&spec(0, 1), &waits), (vec![], vec![]));
    let there = [pod(2, 2)];
    assert_eq!(does(&spec(0, 1), &[sunset, node(2, &there)]), (vec![], vec![11]));
}
