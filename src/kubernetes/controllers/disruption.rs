//! Disruption budgets, and what the Eviction API answers.
//!
//! Source: Kubernetes v1.36, `pkg/controller/disruption/disruption.go` (`getExpectedPodCount`,
//! `countHealthyPods`, `updatePdbStatus`) and `pkg/registry/core/pod/storage/eviction.go`
//! (`Create`, `checkAndDecrement`). Evictions for taints, preemption and the deletion of nodes ask
//! no budget; the kubelet's evictions do not either.

use std::collections::BTreeMap;

use super::pod::{Phase, PodView};
use super::share::Share;
use crate::engine::{SimDuration, SimTime};

/// For how long a pod that was evicted is waited for, before it counts as healthy again
/// (`DeletionTimeout`).
pub const DELETION_TIMEOUT: SimDuration = SimDuration::from_secs(2 * 60);

/// What a budget asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many pods it wants, or can spare.
    pub limit: Limit,
    /// Whether pods that are not ready may go.
    pub unhealthy: UnhealthyPods,
}

/// How many pods a budget wants, or can spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many are to be healthy.
    MinAvailable(Share),
    /// So many may be missing.
    MaxUnavailable(Share),
}

/// Whether running pods that are not ready may be evicted (`unhealthyPodEvictionPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnhealthyPods {
    /// If enough others are healthy; the API's default.
    #[default]
    IfHealthyBudget,
    /// Always.
    AlwaysAllow,
}

/// The pods a budget selects, as its controller counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selected<'a> {
    /// All of them, in any phase.
    pub pods: &'a [PodView],
    /// The replicas wanted of their controllers, each counted once.
    pub wanted: i32,
}

/// What a budget's status says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Pods there should be.
    pub expected: i32,
    /// How many of them are to be healthy.
    pub desired_healthy: i32,
    /// How many are.
    pub current_healthy: i32,
    /// How many may be evicted now.
    pub allowed: i32,
    /// Pods that were evicted and not seen to go yet, and when each was.
    pub disrupted: BTreeMap<u32, SimTime>,
}

/// What the Eviction API answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The pod is being deleted.
    Evicted,
    /// 429: not now.
    TooManyRequests,
    /// 500: the pod has more than one budget.
    MoreThanOneBudget,
}

impl Status {
    /// What the controller writes: from the pods, and from what it wrote before.
    ///
    /// The status is written when pods change; between two evictions of one instant it is
    /// [`evict`] that counts.
    pub fn update(&mut self, budget: &Budget, selected: Selected<'_>, now: SimTime) {
        let pods = selected.pods;
        let there = |id: u32| pods.iter().any(|pod| pod.id == id && !pod.terminating);
        self.disrupted
            .retain(|&id, &mut since| there(id) && since.saturating_add(DELETION_TIMEOUT) > now);
        let count = i32::try_from(pods.len()).unwrap_or(i32::MAX);
        (self.expected, self.desired_healthy) = match budget.limit {
            // a plain number asks nothing of the controllers of the pods
            Limit::MinAvailable(Share::Count(least)) => (count, least),
            Limit::MinAvailable(share) => (selected.wanted, share.round_up(selected.wanted)),
            Limit::MaxUnavailable(share) => {
                (selected.wanted, (selected.wanted - share.round_up(selected.wanted)).max(0))
            }
        };
        let healthy = |pod: &&PodView| {
            !pod.terminating && pod.is_ready() && !self.disrupted.contains_key(&pod.id)
        };
        self.current_healthy =
            i32::try_from(pods.iter().filter(healthy).count()).unwrap_or(i32::MAX);
        self.allowed = (self.current_healthy - self.desired_healthy).max(0);
        if self.expected <= 0 {
            self.allowed = 0;
        }
    }

    /// When an eviction that was not seen to happen is given up, so that the status changes.
    pub fn recheck(&self) -> Option<SimTime> {
        self.disrupted.values().map(|since| since.saturating_add(DELETION_TIMEOUT)).min()
    }
}

/// Asks to evict a pod that these budgets select.
pub fn evict(pod: &PodView, budgets: &mut [(&Budget, &mut Status)], now: SimTime) -> Answer {
    // what has ended, has not begun or is on its way out needs no budget
    if pod.is_terminal() || pod.phase == Phase::Pending || pod.terminating {
        return Answer::Evicted;
    }
    let (budget, status) = match budgets {
        [] => return Answer::Evicted,
        [(budget, status)] => (budget, status),
        _ => return Answer::MoreThanOneBudget,
    };
    if !pod.is_ready() {
        let enough = status.current_healthy >= status.desired_healthy && status.desired_healthy > 0;
        if budget.unhealthy == UnhealthyPods::AlwaysAllow || enough {
            return Answer::Evicted;
        }
    }
    if status.allowed <= 0 {
        return Answer::TooManyRequests;
    }
    status.allowed -= 1;
    status.disrupted.insert(pod.id, now);
    Answer::Evicted
}

#[cfg(test)]
mod tests {
    use super::super::pod::fixture::{at, pending, ready};
    use super::*;

    fn budget(limit: Limit) -> Budget {
        Budget { limit, unhealthy: UnhealthyPods::IfHealthyBudget }
    }

    fn pods(ready_ones: u32, unready: u32) -> Vec<PodView> {
        let ill = |id| PodView { ready_since: None, ..ready(100 + id) };
        (0..ready_ones).map(ready).chain((0..unready).map(ill)).collect()
    }

    fn status(budget: &Budget, pods: &[PodView], wanted: i32) -> Status {
        let mut status = Status::default();
        status.update(budget, Selected { pods, wanted }, at(10));
        status
    }

    /// Expected, desired healthy, current healthy, allowed.
    fn counts(limit: Limit, ready: u32, unready: u32, wanted: i32) -> [i32; 4] {
        let status = status(&budget(limit), &pods(ready, unready), wanted);
        [status.expected, status.desired_healthy, status.current_healthy, status.allowed]
    }

    #[test]
    fn percentages_are_rounded_up_on_either_side() {
        let half = Share::Percent(50);
        assert_eq!(counts(Limit::MinAvailable(half), 7, 0, 7), [7, 4, 7, 3]);
        assert_eq!(counts(Limit::MaxUnavailable(half), 7, 0, 7), [7, 3, 7, 4]);
        assert_eq!(counts(Limit::MaxUnavailable(Share::Percent(1)), 7, 0, 7), [7, 6, 7, 1]);
    }

    #[test]
    fn what_is_not_ready_uses_up_the_budget() {
        let one = Limit::MaxUnavailable(Share::Count(1));
        assert_eq!(counts(one, 5, 0, 5), [5, 4, 5, 1]);
        assert_eq!(counts(one, 4, 1, 5), [5, 4, 4, 0]);
        assert_eq!(counts(one, 2, 3, 5), [5, 4, 2, 0]);
        assert_eq!(counts(Limit::MinAvailable(Share::Count(3)), 5, 2, 20), [7, 3, 5, 2]);
    }

    #[test]
    fn without_pods_nothing_is_allowed() {
        assert_eq!(counts(Limit::MinAvailable(Share::Count(0)), 0, 0, 0), [0, 0, 0, 0]);
        assert_eq!(counts(Limit::MaxUnavailable(Share::Count(3)), 0, 0, 0), [0, 0, 0, 0]);
    }

    #[test]
    fn evictions_count_until_the_status_is_written() {
        let two = budget(Limit::MinAvailable(Share::Count(3)));
        let mut all = pods(5, 0);
        let mut status = status(&two, &all, 5);
        let mut ask = |id: u32| evict(&ready(id), &mut [(&two, &mut status)], at(11));
        assert_eq!(
            [ask(0), ask(1), ask(2)],
            [Answer::Evicted, Answer::Evicted, Answer::TooManyRequests]
        );
        all[0].terminating = true;
        status.update(&two, Selected { pods: &all, wanted: 5 }, at(12));
        assert_eq!((status.current_healthy, status.allowed), (3, 0), "the second is not seen yet");
        assert_eq!(status.recheck(), Some(at(131)));
        status.update(&two, Selected { pods: &all, wanted: 5 }, at(131));
        assert_eq!((status.current_healthy, status.allowed), (4, 1), "it did not go after all");
    }

    #[test]
    fn pods_that_are_not_ready_go_if_enough_others_are_healthy() {
        let mut three = budget(Limit::MinAvailable(Share::Count(3)));
        let ill = PodView { ready_since: None, ..ready(100) };
        let answer = |budget: &Budget, healthy| {
            let mut status = status(budget, &pods(healthy, 1), 4);
            evict(&ill, &mut [(budget, &mut status)], at(11))
        };
        assert_eq!(answer(&three, 3), Answer::Evicted, "three are there without it");
        assert_eq!(answer(&three, 2), Answer::TooManyRequests);
        three.unhealthy = UnhealthyPods::AlwaysAllow;
        assert_eq!(answer(&three, 2), Answer::Evicted);
    }

    #[test]
    fn what_does_not_run_needs_no_budget_and_two_budgets_are_a_mistake() {
        let none = budget(Limit::MaxUnavailable(Share::Count(0)));
        let all = pods(2, 0);
        let (mut one, mut two) = (status(&none, &all, 2), status(&none, &all, 2));
        let done = PodView { phase: Phase::Succeeded, ..ready(1) };
        for pod in [pending(1), done, PodView { terminating: true, ..ready(1) }] {
            assert_eq!(evict(&pod, &mut [(&none, &mut one)], at(11)), Answer::Evicted);
        }
        let both = &mut [(&none, &mut one), (&none, &mut two)];
        assert_eq!(evict(&ready(1), both, at(11)), Answer::MoreThanOneBudget);
        assert_eq!(evict(&ready(1), &mut [], at(11)), Answer::Evicted);
    }
}
