//! Sets by hand; the pod with the number n has the id 10 + n and, unless said otherwise, the
//! template 1.

use super::super::pod::fixture::{at, ready, secs};
use super::*;

const NOW: Revisions = Revisions { current: 1, update: 1 };
const NEXT: Revisions = Revisions { current: 1, update: 2 };

fn spec(replicas: i32, management: PodManagement) -> StatefulSetSpec {
    let update = UpdateStrategy::RollingUpdate { partition: 0, max_unavailable: None };
    StatefulSetSpec { replicas, start: 0, management, update, min_ready: SimDuration::ZERO }
}

fn ordered(replicas: i32) -> StatefulSetSpec {
    spec(replicas, PodManagement::OrderedReady)
}

fn parallel(replicas: i32) -> StatefulSetSpec {
    spec(replicas, PodManagement::Parallel)
}

fn rolling(partition: i32, max_unavailable: Option<Share>) -> UpdateStrategy {
    UpdateStrategy::RollingUpdate { partition, max_unavailable }
}

fn pod(ordinal: i32) -> Replica {
    Replica { ordinal, pod: ready(10 + ordinal as u32) }
}

fn with(ordinal: i32, change: impl FnOnce(&mut PodView)) -> Replica {
    let mut replica = pod(ordinal);
    change(&mut replica.pod);
    replica
}

fn unready(ordinal: i32) -> Replica {
    with(ordinal, |pod| pod.ready_since = None)
}

fn terminating(ordinal: i32) -> Replica {
    with(ordinal, |pod| pod.terminating = true)
}

fn new(ordinal: i32) -> Replica {
    with(ordinal, |pod| pod.template = 2)
}

fn create(ordinal: i32, template: u32) -> Action {
    Action::Create { ordinal, template }
}

fn delete(ordinal: u32) -> Action {
    Action::Delete { pod: 10 + ordinal }
}

fn does(spec: &StatefulSetSpec, revisions: Revisions, pods: &[Replica]) -> Vec<Action> {
    sync(spec, revisions, pods, at(100))
}

#[test]
fn in_order_each_waits_for_the_one_before() {
    let set = ordered(3);
    assert_eq!(does(&set, NOW, &[]), [create(0, 1)]);
    assert_eq!(does(&set, NOW, &[unready(0)]), []);
    assert_eq!(does(&set, NOW, &[pod(0)]), [create(1, 1)]);
    assert_eq!(does(&set, NOW, &[unready(0), pod(2)]), [], "1 waits for 0");
    let patient = StatefulSetSpec { min_ready: secs(101), ..set };
    assert_eq!(does(&patient, NOW, &[pod(0)]), [], "ready for 100 s, not for 101");
}

#[test]
fn in_parallel_none_waits() {
    let set = parallel(3);
    assert_eq!(does(&set, NOW, &[unready(1)]), [create(0, 1), create(2, 1)]);
    let gone = [delete(4), delete(3)];
    assert_eq!(does(&set, NOW, &[pod(0), pod(1), unready(2), pod(3), unready(4)]), gone);
}

#[test]
fn a_pod_comes_back_only_when_the_old_one_is_gone() {
    assert_eq!(does(&ordered(2), NOW, &[terminating(0), pod(1)]), []);
    assert_eq!(does(&parallel(2), NOW, &[terminating(0), pod(1)]), []);
    assert_eq!(does(&ordered(2), NOW, &[pod(1)]), [create(0, 1)]);
    let failed = with(0, |pod| (pod.phase, pod.ready_since) = (Phase::Failed, None));
    assert_eq!(does(&ordered(2), NOW, &[failed, pod(1)]), [delete(0)]);
}

#[test]
fn numbers_may_start_elsewhere() {
    let set = StatefulSetSpec { start: 5, ..ordered(2) };
    assert_eq!(does(&set, NOW, &[pod(5)]), [create(6, 1)]);
    assert_eq!(does(&set, NOW, &[pod(4), pod(5), pod(6)]), [delete(4)]);
}

#[test]
fn scaling_down_takes_the_highest_if_nothing_else_ails() {
    let set = ordered(1);
    assert_eq!(does(&set, NOW, &[pod(0), pod(1), pod(2)]), [delete(2)]);
    assert_eq!(does(&set, NOW, &[pod(0), pod(1), terminating(2)]), [], "one at a time");
    assert_eq!(does(&set, NOW, &[pod(0), pod(1), unready(2)]), [delete(2)], "only it ails");
    assert_eq!(does(&set, NOW, &[pod(0), unready(1), unready(2)]), [], "1 ails too");
    assert_eq!(does(&set, NOW, &[pod(0), unready(1), pod(2)]), [delete(2)], "2 is well");
    assert_eq!(does(&set, NOW, &[unready(0), pod(1), pod(2)]), [], "0 is wanted");
}

#[test]
fn an_update_goes_from_the_top_one_by_one() {
    let set = ordered(3);
    assert_eq!(does(&set, NEXT, &[pod(0), pod(1), pod(2)]), [delete(2)]);
    assert_eq!(does(&set, NEXT, &[pod(0), pod(1), terminating(2)]), []);
    assert_eq!(does(&set, NEXT, &[pod(0), pod(1)]), [create(2, 2)]);
    let coming = with(2, |pod| (pod.template, pod.ready_since) = (2, None));
    assert_eq!(does(&set, NEXT, &[pod(0), pod(1), coming]), []);
    assert_eq!(does(&set, NEXT, &[pod(0), pod(1), new(2)]), [delete(1)]);
    assert_eq!(does(&set, NEXT, &[pod(0), new(1), new(2)]), [delete(0)]);
    assert_eq!(does(&set, NEXT, &[new(0), new(1), new(2)]), []);
}

#[test]
fn those_below_the_partition_keep_their_template() {
    let set = StatefulSetSpec { update: rolling(2, None), ..ordered(3) };
    assert_eq!(does(&set, NEXT, &[pod(0), pod(1), pod(2)]), [delete(2)]);
    assert_eq!(does(&set, NEXT, &[pod(0), pod(1), new(2)]), []);
    assert_eq!(does(&set, NEXT, &[pod(0), new(2)]), [create(1, 1)], "and get it back");
    assert_eq!(does(&set, NEXT, &[pod(0), pod(1)]), [create(2, 2)]);
}

#[test]
fn on_delete_nothing_goes_but_what_comes_is_new() {
    let set = StatefulSetSpec { update: UpdateStrategy::OnDelete, ..ordered(2) };
    assert_eq!(does(&set, NEXT, &[pod(0), pod(1)]), []);
    assert_eq!(does(&set, NEXT, &[pod(1)]), [create(0, 2)]);
}

#[test]
fn a_broken_template_in_order_needs_help_and_in_parallel_does_not() {
    let broken = with(1, |pod| pod.ready_since = None);
    assert_eq!(does(&ordered(2), NEXT, &[pod(0), broken]), []);
    assert_eq!(does(&parallel(2), NEXT, &[pod(0), broken]), [delete(1)]);
}

#[test]
fn several_at_a_time_where_that_is_on() {
    let four = |share| StatefulSetSpec { update: rolling(0, Some(share)), ..ordered(4) };
    let pods = [pod(0), pod(1), pod(2), pod(3)];
    assert_eq!(does(&four(Share::Count(2)), NEXT, &pods), [delete(3), delete(2)]);
    assert_eq!(does(&four(Share::Percent(40)), NEXT, &pods), [delete(3)], "rounded down");
    assert_eq!(does(&four(Share::Percent(10)), NEXT, &pods), [delete(3)], "at least one");
    let parallel = StatefulSetSpec { management: PodManagement::Parallel, ..four(Share::Count(2)) };
    let one_ails = [pod(0), pod(1), pod(2), unready(3)];
    assert_eq!(does(&parallel, NEXT, &one_ails), [delete(3)], "it counts as one of the two");
    let two_ail = [pod(0), pod(1), unready(2), unready(3)];
    assert_eq!(does(&parallel, NEXT, &two_ail), [], "the flaw of this version");
}

#[test]
fn an_update_is_complete_when_all_are_new_and_ready() {
    let set = ordered(2);
    assert!(is_complete(&set, 2, &[new(0), new(1)]));
    assert!(!is_complete(&set, 2, &[new(0), pod(1)]));
    let coming = with(1, |pod| (pod.template, pod.ready_since) = (2, None));
    assert!(!is_complete(&set, 2, &[new(0), coming]));
    assert!(!is_complete(&set, 2, &[new(0), new(1), new(2)]));
}
