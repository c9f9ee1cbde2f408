//! The ReplicaSet controller: how many pods to create, or which to delete.
//!
//! Source: Kubernetes v1.36, `pkg/controller/replicaset/replica_set.go` (`manageReplicas`,
//! `slowStartBatch`, `getPodsToDelete`) and `pkg/controller/controller_utils.go`
//! (`ActivePodsWithRanks`), with `LogarithmicScaleDown` and `PodDeletionCost`, which are on.
//!
//! Where the source orders pods by UID, which is random, the order here is that of their numbers
//! scrambled: the same in every run, and no more to do with their age than a UID has.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::pod::{Phase, PodView};
use crate::engine::SimTime;

/// At most so many pods are created or deleted in one sync.
pub const BURST: i32 = 500;

/// What a sync does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There are as many as wanted.
    Nothing,
    /// Create so many, by [`slow_start`].
    Create(i32),
    /// Delete these, all at once.
    Delete(Vec<u32>),
}

/// One sync: `pods` are those of the ReplicaSet, `related` those of all ReplicaSets of the same
/// owner (its own among them), both in any phase.
pub fn sync(desired: i32, pods: &[PodView], related: &[PodView], now: SimTime) -> Change {
    let mut active: Vec<&PodView> = pods.iter().filter(|pod| pod.is_active()).collect();
    let excess = i32::try_from(active.len()).unwrap_or(i32::MAX) - desired;
    if excess == 0 {
        return Change::Nothing;
    }
    if excess < 0 {
        return Change::Create((-excess).min(BURST));
    }
    let delete = excess.min(BURST) as usize;
    if delete < active.len() {
        sort_for_deletion(&mut active, related, now);
    }
    Change::Delete(active[..delete].iter().map(|pod| pod.id).collect())
}

/// Creates up to `count` pods in batches of 1, 2, 4, … as long as batches succeed as a whole.
/// `create` makes a batch and tells how many came about. Returns how many did.
pub fn slow_start(count: i32, mut create: impl FnMut(i32) -> i32) -> i32 {
    let (mut remaining, mut created) = (count, 0);
    let mut batch = remaining.min(1);
    while batch > 0 {
        let succeeded = create(batch);
        created += succeeded;
        if succeeded < batch {
            break;
        }
        remaining -= batch;
        batch = (2 * batch).min(remaining);
    }
    created
}

/// Orders pods of one owner by who goes first: unbound before bound, Pending before Unknown before
/// Running, not ready before ready, lower deletion cost, more related pods on its node, ready for
/// a shorter time, more restarts, younger. Times count in powers of two of nanoseconds.
pub fn sort_for_deletion(pods: &mut [&PodView], related: &[PodView], now: SimTime) {
    let mut on_node: BTreeMap<Option<u32>, u32> = BTreeMap::new();
    for pod in related.iter().filter(|pod| pod.is_active()) {
        *on_node.entry(pod.node).or_default() += 1;
    }
    sort(pods, |pod| on_node.get(&pod.node).copied().unwrap_or(0), now);
}

/// The same order for pods whose controller pays no heed to who shares a node
/// (`ActivePods`, of Jobs): neither do deletion costs count, nor are times rounded.
pub fn sort_for_removal(pods: &mut [&PodView]) {
    pods.sort_by_key(|pod| {
        let ready = pod.ready_since.map(Reverse);
        let age = Reverse(pod.created);
        let restarts = Reverse(pod.restarts);
        (pod.node.is_some(), rank(pod.phase), ready.is_some(), ready, restarts, age, scramble(pod))
    });
}

fn sort(pods: &mut [&PodView], neighbours: impl Fn(&PodView) -> u32, now: SimTime) {
    // pods that became ready at one instant are told apart by what follows, all others whose time
    // has the same magnitude by UID; one of each instant stands for it, or there would be circles
    let mut of_instant: BTreeMap<SimTime, u32> = BTreeMap::new();
    for pod in pods.iter() {
        if let Some(since) = pod.ready_since {
            let first = of_instant.entry(since).or_insert(u32::MAX);
            *first = scramble(pod).min(*first);
        }
    }
    pods.sort_by_cached_key(|pod| {
        let ready = pod.ready_since.map(|since| (magnitude(since, now), of_instant[&since]));
        let place = (pod.node.is_some(), rank(pod.phase), ready.is_some());
        let weight = (pod.deletion_cost, Reverse(neighbours(pod)));
        let age = (Reverse(pod.restarts), magnitude(pod.created, now), scramble(pod));
        (place, weight, ready, age)
    });
}

fn rank(phase: Phase) -> u8 {
    match phase {
        Phase::Unknown => 1,
        Phase::Running => 2,
        // the source finds no rank for the phases of pods that ended
        Phase::Pending | Phase::Succeeded | Phase::Failed => 0,
    }
}

/// The power of two that the age has reached; -1 for none.
fn magnitude(since: SimTime, now: SimTime) -> i64 {
    let age = now.as_nanos().saturating_sub(since.as_nanos());
    age.checked_ilog2().map_or(-1, i64::from)
}

/// Stands for a pod's UID. One to one, so that no two pods are equal (the finaliser of
/// MurmurHash3, each step of which can be undone).
fn scramble(pod: &PodView) -> u32 {
    let mut bits = pod.id;
    bits ^= bits >> 16;
    bits = bits.wrapping_mul(0x85eb_ca6b);
    bits ^= bits >> 13;
    bits = bits.wrapping_mul(0xc2b2_ae35);
    bits ^ (bits >> 16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pod::fixture::{at, pending, ready};
    use super::*;
    use crate::engine::SimDuration;

    /// The one of two pods that is deleted when one is wanted, in whatever order they come.
    fn goes(left: PodView, right: PodView, related: &[PodView], now: SimTime) -> u32 {
        let one = |pods: [PodView; 2]| match sync(1, &pods, related, now) {
            Change::Delete(gone) if gone.len() == 1 => gone[0],
            other => panic!("one is too many, so not {other:?}"),
        };
        assert_eq!(one([left, right]), one([right, left]));
        one([left, right])
    }

    #[test]
    fn it_creates_what_is_missing_and_no_more_than_the_burst() {
        let gone = PodView { terminating: true, ..ready(9) };
        assert_eq!(sync(3, &[ready(1), gone], &[], at(9)), Change::Create(2));
        assert_eq!(sync(1_200, &[], &[], at(9)), Change::Create(500));
        assert_eq!(sync(1, &[ready(1), gone], &[], at(9)), Change::Nothing);
        let many: Vec<_> = (0..700).map(ready).collect();
        let Change::Delete(gone) = sync(0, &many, &[], at(9)) else { panic!("all go") };
        assert_eq!(gone.len(), 500);
    }

    #[test]
    fn batches_double_until_one_fails() {
        let mut batches = Vec::new();
        let all = slow_start(20, |batch| {
            batches.push(batch);
            batch
        });
        assert_eq!((all, batches), (20, vec![1, 2, 4, 8, 5]));
        let quota = 5;
        let (mut made, mut tries) = (0, 0);
        let created = slow_start(20, |batch| {
            tries += batch;
            let succeeded = batch.min(quota - made);
            made += succeeded;
            succeeded
        });
        assert_eq!(
            (created, tries),
            (5, 7),
            "1 and 2 succeed, 2 of the next 4 do, 13 are not tried"
        );
        assert_eq!(slow_start(0, |_| panic!("there is nothing to create")), 0);
    }

    #[test]
    fn each_rule_decides_when_those_before_it_do_not() {
        let old = at(1_000_000);
        let unready = PodView { ready_since: None, ..ready(2) };
        assert_eq!(goes(unready, pending(1), &[], old), 1, "unbound before bound");
        let bound = PodView { node: Some(1), ..pending(1) };
        let unknown = PodView { phase: Phase::Unknown, ..unready };
        assert_eq!(goes(unknown, bound, &[], old), 1, "Pending before Unknown");
        assert_eq!(goes(unknown, PodView { id: 1, ..unready }, &[], old), 2, "before Running");
        let cheap = PodView { deletion_cost: -5, ..ready(1) };
        assert_eq!(goes(cheap, unready, &[], old), 2, "not ready before cheap");
        let crowd = [ready(2), ready(2)];
        assert_eq!(goes(cheap, ready(2), &crowd, old), 1, "cheap before crowded");
        let young = PodView { ready_since: Some(at(999_990)), ..ready(1) };
        assert_eq!(goes(young, ready(2), &crowd, old), 2, "crowded before young");
        let restarted = PodView { restarts: 7, ..ready(2) };
        assert_eq!(goes(young, restarted, &[], old), 1, "ready for less before more restarts");
        let newer = PodView { created: at(900_000), ..ready(1) };
        assert_eq!(goes(newer, restarted, &[], old), 2, "more restarts before newer");
        assert_eq!(goes(newer, ready(2), &[], old), 1, "newer");
    }

    #[test]
    fn ages_count_by_powers_of_two() {
        // 2^39 ns are 549.8 s, 2^40 ns are 1099.5 s
        let pod = |id, age: u64| PodView { ready_since: Some(at(10_000 - age)), ..ready(id) };
        let now = at(10_000);
        for id in 0..20 {
            assert_eq!(goes(pod(id, 540), pod(id + 1, 560), &[], now), id);
            assert_eq!(goes(pod(id + 1, 540), pod(id, 560), &[], now), id + 1);
        }
        let firsts =
            (0..1_000).filter(|&id| goes(pod(id, 560), pod(id + 1, 1_000), &[], now) == id);
        let firsts = firsts.count();
        assert!((430..570).contains(&firsts), "as by chance, not by age or number: {firsts}");
    }

    #[test]
    fn unready_pods_go_before_any_of_a_larger_set() {
        let mut pods: Vec<_> = (0..10).map(ready).collect();
        pods[3].ready_since = None;
        pods[8] = pending(8);
        assert_eq!(sync(8, &pods, &pods, at(50)), Change::Delete(vec![8, 3]));
    }

    #[test]
    fn pods_of_jobs_go_by_exact_ages() {
        let pod = |id, since| PodView { ready_since: Some(at(since)), ..ready(id) };
        let pods = [pod(1, 10), pod(2, 12), pod(3, 11), pending(4)];
        let mut order: Vec<_> = pods.iter().collect();
        sort_for_removal(&mut order);
        assert_eq!(order.iter().map(|pod| pod.id).collect::<Vec<_>>(), [4, 2, 3, 1]);
    }

    /// Whether one pod goes before another, as the source compares them; none where it does not
    /// decide but by UID.
    fn precedes(left: &PodView, right: &PodView, on_node: [u32; 3], now: SimTime) -> Option<bool> {
        let age = |since: SimTime| 63 - i64::from(now.since(since).as_nanos().leading_zeros());
        let neighbours = |pod: &PodView| pod.node.map_or(0, |node| on_node[node as usize]);
        if left.node.is_none() != right.node.is_none() {
            Some(left.node.is_none())
        } else if left.phase != right.phase {
            Some(left.phase == Phase::Pending)
        } else if left.is_ready() != right.is_ready() {
            Some(!left.is_ready())
        } else if left.deletion_cost != right.deletion_cost {
            Some(left.deletion_cost < right.deletion_cost)
        } else if neighbours(left) != neighbours(right) {
            Some(neighbours(left) > neighbours(right))
        } else if left.ready_since != right.ready_since {
            let ages = [left, right].map(|pod| pod.ready_since.map(age));
            (ages[0] != ages[1]).then_some(ages[0] < ages[1])
        } else if left.restarts != right.restarts {
            Some(left.restarts > right.restarts)
        } else {
            let ages = [age(left.created), age(right.created)];
            (ages[0] != ages[1]).then_some(ages[0] < ages[1])
        }
    }

    fn any_pod() -> impl Strategy<Value = PodView> {
        let place = (proptest::option::of(0..3_u32), proptest::bool::ANY);
        let times = (proptest::option::of(1..5_000_u64), 1..5_000_u64);
        (place, times, 0..3_u32, -1..2_i32).prop_map(|(place, times, restarts, deletion_cost)| {
            let (node, runs) = place;
            let phase = if runs { Phase::Running } else { Phase::Pending };
            let (ready_since, created) = (times.0.map(at), at(times.1));
            PodView { node, phase, ready_since, created, restarts, deletion_cost, ..ready(0) }
        })
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_source(pods in proptest::collection::vec(any_pod(), 2..30)) {
            let mut pods = pods;
            for (place, pod) in pods.iter_mut().enumerate() {
                pod.id = place as u32;
                // no two at one instant, where the source's order has circles
                let apart = SimDuration::from_nanos(place as u64);
                pod.ready_since = pod.ready_since.map(|since| since + apart);
            }
            let on_node = [0, 1, 2].map(|node| {
                pods.iter().filter(|pod| pod.node == Some(node)).count() as u32
            });
            let mut order: Vec<&PodView> = pods.iter().collect();
            sort_for_deletion(&mut order, &pods, at(10_000));
            for (place, left) in order.iter().enumerate() {
                for right in &order[place + 1..] {
                    prop_assert_ne!(precedes(left, right, on_node, at(10_000)), Some(false));
                }
            }
        }
    }
}
