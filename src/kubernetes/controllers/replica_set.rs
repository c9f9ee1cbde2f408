//! The ReplicaSet controller: how many pods to create, or which to delete.
//!
//! Source: Kubernetes v1.36, `pkg/controller/replicaset/replica_set.go` (`manageReplicas`,
//! `slowStartBatch`, `getPodsToDelete`) and `pkg/controller/controller_utils.go`
//! (`ActivePodsWithRanks`), with `LogarithmicScaleDown` and `PodDeletionCost`, which are on.
//!
//! Where the source orders pods by UID, which is random, the order here is that of their numbers
//! scrambled: the same in every run, and no more to do with their age than a UID has.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::pod::{Phase, PodView};
use crate::engine::SimTime;

/// At most so many pods are created or deleted in one sync.
pub const BURST: u32 = 500;

/// What a sync does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There are as many as wanted.
    Nothing,
    /// Create so many, by [`slow_start`].
    Create(u32),
    /// Delete these, all at once.
    Delete(Vec<u32>),
}

/// How many active pods of one owner are on each node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    on_node: Vec<u32>,
    unbound: u32,
}

impl Neighbours {
    /// One more active pod, bound to this node.
    pub fn add(&mut self, node: Option<u32>) {
        let Some(node) = node else {
            self.unbound += 1;
            return;
        };
        let node = node as usize;
        if self.on_node.len() <= node {
            self.on_node.resize(node + 1, 0);
        }
        self.on_node[node] += 1;
    }

    fn of(&self, pod: &PodView) -> u32 {
        let on = |node: u32| self.on_node.get(node as usize).copied().unwrap_or(0);
        pod.node.map_or(self.unbound, on)
    }
}

/// One sync of a ReplicaSet with so many active pods. `look` shows its pods in any phase, and
/// counts those of all ReplicaSets of the same owner, its own among them: there may be thousands,
/// and it is asked only where some have to go.
pub fn sync(
    desired: u32,
    active: u32,
    look: impl FnOnce() -> (Vec<PodView>, Neighbours),
    now: SimTime,
) -> Change {
    if active <= desired {
        return match desired - active {
            0 => Change::Nothing,
            missing => Change::Create(missing.min(BURST)),
        };
    }
    let delete = (active - desired).min(BURST) as usize;
    let (pods, related) = look();
    let active: Vec<&PodView> = pods.iter().filter(|pod| pod.is_active()).collect();
    if delete < active.len() {
        return Change::Delete(first_to_go(&active, delete, &related, now));
    }
    Change::Delete(active.iter().map(|pod| pod.id).collect())
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

/// The first `count` of the active pods of one owner in the order in which they go: unbound before
/// bound, Pending before Unknown before Running, not ready before ready, lower deletion cost, more
/// related pods on its node, ready for a shorter time, more restarts, younger. Times count in powers
/// of two of nanoseconds.
///
/// Of thousands mostly one goes, so that no more is put in order than has to be.
fn first_to_go(active: &[&PodView], count: usize, related: &Neighbours, now: SimTime) -> Vec<u32> {
    let level = |pod: &PodView| {
        let place = (pod.node.is_some(), rank(pod.phase), pod.is_ready());
        let weight = (pod.deletion_cost, Reverse(related.of(pod)));
        (place, weight, pod.ready_since.map(|since| magnitude(since, now)))
    };
    let mut rest: Vec<_> = active.iter().map(|&pod| (level(pod), pod)).collect();
    let mut chosen = Vec::with_capacity(count);
    while chosen.len() < count {
        let lowest = rest.iter().map(|(level, _)| *level).min().expect("there are as many");
        let equals = rest.extract_if(.., |(level, _)| *level == lowest);
        let equals: Vec<&PodView> = equals.map(|(_, pod)| pod).collect();
        let wanted = count - chosen.len();
        chosen.extend(first_of_equals(equals, wanted, active, now).iter().map(|pod| pod.id));
    }
    chosen
}

/// The first `count` of pods that are equal but for what comes last. Pods that became ready at one
/// instant are told apart by restarts and age, all others whose time has the same magnitude by UID;
/// one of all active pods of each instant stands for it, or there would be circles.
fn first_of_equals<'a>(
    mut equals: Vec<&'a PodView>,
    count: usize,
    active: &[&'a PodView],
    now: SimTime,
) -> Vec<&'a PodView> {
    let sort = |pods: &mut [&PodView]| {
        pods.sort_by_cached_key(|pod| {
            (Reverse(pod.restarts), magnitude(pod.created, now), scramble(pod))
        });
    };
    let mut chosen = Vec::new();
    if equals.iter().any(|pod| pod.is_ready()) {
        let stand = |pod: &&PodView| Some(Reverse((scramble(pod), pod.ready_since?)));
        let mut stand: BinaryHeap<_> = active.iter().filter_map(stand).collect();
        while chosen.len() < count
            && let Some(Reverse((_, since))) = stand.pop()
        {
            let of_instant = equals.extract_if(.., |pod| pod.ready_since == Some(since));
            let mut of_instant: Vec<_> = of_instant.collect();
            sort(&mut of_instant);
            chosen.append(&mut of_instant);
        }
    } else {
        sort(&mut equals);
        chosen = equals;
    }
    chosen.truncate(count);
    chosen
}

/// The order of pods whose controller pays no heed to who shares a node (`ActivePods`, of Jobs):
/// neither do deletion costs count, nor are times rounded.
pub fn sort_for_removal(pods: &mut [&PodView]) {
    pods.sort_by_key(|pod| {
        let ready = pod.ready_since.map(Reverse);
        let age = Reverse(pod.created);
        let restarts = Reverse(pod.restarts);
        (pod.node.is_some(), rank(pod.phase), ready.is_some(), ready, restarts, age, scramble(pod))
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

    fn neighbours(related: &[PodView]) -> Neighbours {
        let mut neighbours = Neighbours::default();
        related.iter().filter(|pod| pod.is_active()).for_each(|pod| neighbours.add(pod.node));
        neighbours
    }

    fn synced(desired: u32, pods: &[PodView], seconds: u64) -> Change {
        let active = pods.iter().filter(|pod| pod.is_active()).count() as u32;
        sync(desired, active, || (pods.to_vec(), neighbours(pods)), at(seconds))
    }

    /// All pods in the order in which they go.
    fn in_order(pods: &[PodView], now: SimTime) -> Vec<&PodView> {
        let all: Vec<&PodView> = pods.iter().collect();
        let order = first_to_go(&all, pods.len(), &neighbours(pods), now);
        order.iter().map(|&id| pods.iter().find(|pod| pod.id == id).unwrap()).collect()
    }

    /// The one of two pods that is deleted when one is wanted, in whatever order they come.
    fn goes(left: PodView, right: PodView, related: &[PodView], now: SimTime) -> u32 {
        let look = |pods: [PodView; 2]| (pods.to_vec(), neighbours(related));
        let one = |pods: [PodView; 2]| match sync(1, 2, || look(pods), now) {
            Change::Delete(gone) if gone.len() == 1 => gone[0],
            other => panic!("one is too many, so not {other:?}"),
        };
        assert_eq!(one([left, right]), one([right, left]));
        one([left, right])
    }

    #[test]
    fn it_creates_what_is_missing_and_no_more_than_the_burst() {
        let gone = PodView { terminating: true, ..ready(9) };
        assert_eq!(synced(3, &[ready(1), gone], 9), Change::Create(2));
        assert_eq!(synced(1_200, &[], 9), Change::Create(500));
        assert_eq!(synced(1, &[ready(1), gone], 9), Change::Nothing);
        let many: Vec<_> = (0..700).map(ready).collect();
        let Change::Delete(gone) = synced(0, &many, 9) else { panic!("all go") };
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
        assert_eq!(synced(8, &pods, 50), Change::Delete(vec![8, 3]));
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
            let order = in_order(&pods, at(10_000));
            for (place, left) in order.iter().enumerate() {
                for right in &order[place + 1..] {
                    prop_assert_ne!(precedes(left, right, on_node, at(10_000)), Some(false));
                }
            }
        }

        #[test]
        fn the_first_are_those_of_all_in_order(
            pods in proptest::collection::vec(any_pod(), 2..40),
            count in 1..40_usize,
        ) {
            let mut pods = pods;
            for (place, pod) in pods.iter_mut().enumerate() {
                pod.id = place as u32;
                // several at one instant
                let rounded = |since: SimTime| at(since.as_nanos() / 1_000_000_000 / 500 * 500);
                pod.ready_since = pod.ready_since.map(rounded);
            }
            let (now, related) = (at(10_000), neighbours(&pods));
            let of_instant = |since| {
                let same = pods.iter().filter(|pod| pod.ready_since == Some(since));
                same.map(scramble).min()
            };
            let mut plain: Vec<&PodView> = pods.iter().collect();
            plain.sort_by_cached_key(|pod| {
                let ready = pod.ready_since.map(|since| (magnitude(since, now), of_instant(since)));
                let place = (pod.node.is_some(), rank(pod.phase), ready.is_some());
                let weight = (pod.deletion_cost, Reverse(related.of(pod)));
                let age = (Reverse(pod.restarts), magnitude(pod.created, now), scramble(pod));
                (place, weight, ready, age)
            });
            let plain: Vec<u32> = plain.iter().map(|pod| pod.id).collect();
            let count = count.min(pods.len());
            let all: Vec<&PodView> = pods.iter().collect();
            prop_assert_eq!(first_to_go(&all, count, &related, now), &plain[..count]);
        }
    }
}
