//! Health checks of one target by one node of a load balancer.
//!
//! A check is sent every interval. It fails when the answer is wrong, which is known at once, or
//! when there is none within the timeout, which is known only then. So many failures in a row make
//! a target unhealthy, so many successes an unhealthy one healthy again; a new target needs a
//! single success (Application Load Balancer User Guide, "Health checks for your target groups").
//!
//! How a target answers is a step function of time, so the instant at which a verdict changes is
//! computed, and nothing happens as long as nothing changes.

use serde::{Deserialize, Serialize};

use crate::aws::vpc::security_group::Decision;
use crate::engine::{SimDuration, SimTime};

/// How targets are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// From one check to the next.
    pub interval: SimDuration,
    /// How long to wait for an answer; at most the interval.
    pub timeout: SimDuration,
    /// Successes in a row that make an unhealthy target healthy.
    pub healthy_threshold: u32,
    /// Failures in a row that make a target unhealthy.
    pub unhealthy_threshold: u32,
}

impl HealthCheck {
    /// The defaults of target groups of Application Load Balancers.
    pub const APPLICATION: Self = Self {
        interval: SimDuration::from_secs(30),
        timeout: SimDuration::from_secs(5),
        healthy_threshold: 5,
        unhealthy_threshold: 2,
    };

    /// The defaults of target groups of Network Load Balancers, with checks over TCP.
    pub const NETWORK: Self = Self { timeout: SimDuration::from_secs(10), ..Self::APPLICATION };
}

/// What a check finds: whether the answer is right, and after what time it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is what the check expects.
    pub good: bool,
    /// How long it takes.
    pub after: SimDuration,
}

impl Answer {
    /// The expected answer, at once.
    pub const GOOD: Self = Self { good: true, after: SimDuration::ZERO };
    /// A refused connection or another status, at once.
    pub const BAD: Self = Self { good: false, after: SimDuration::ZERO };
    /// No answer: a target that hangs, or a security group that drops what it does not allow.
    pub const NONE: Self = Self { good: false, after: SimDuration::MAX };

    /// What a check finds behind security groups: nothing, where they do not let it through.
    pub fn behind(self, decision: Decision) -> Self {
        if decision.is_allowed() { self } else { Self::NONE }
    }

    /// Whether a check succeeds, and how long after it was sent that is known.
    fn found(self, check: &HealthCheck) -> (bool, SimDuration) {
        let timeout = check.timeout.min(check.interval);
        if self.after < timeout { (self.good, self.after) } else { (false, timeout) }
    }
}

/// What a node thinks of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Too few checks have come back.
    Initial,
    /// It gets requests.
    Healthy,
    /// It gets none, as long as enough others are healthy.
    Unhealthy,
}

impl Health {
    fn of(good: bool) -> Self {
        if good { Self::Healthy } else { Self::Unhealthy }
    }
}

/// One target as one node checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checker {
    /// When the next check is sent.
    next: SimTime,
    /// So many checks in a row have found the same until now.
    run: u32,
    last: bool,
    health: Health,
    /// What checks that were sent already will make of it, and when.
    pending: Option<(SimTime, Health)>,
}

impl Checker {
    /// A new target, which is first checked at `first`.
    pub fn new(first: SimTime) -> Self {
        Self { next: first, run: 0, last: false, health: Health::Initial, pending: None }
    }

    /// What checks have found so far.
    pub fn health(&self) -> Health {
        self.health
    }

    /// Counts the checks that are sent before `end`, which find `answer`.
    ///
    /// To be called before the answer changes; a check of that very instant sees the change.
    pub fn settle(&mut self, check: &HealthCheck, answer: Answer, end: SimTime) {
        if self.next >= end {
            return;
        }
        // what is pending is known before the next check is sent: no check waits that long
        if let Some((_, health)) = self.pending.take() {
            self.health = health;
        }
        let change = self.next_change(check, answer);
        let interval = check.interval.as_nanos().max(1);
        let sent = end.since(self.next).as_nanos().div_ceil(interval);
        let (good, delay) = answer.found(check);
        let before = if self.last == good { self.run } else { 0 };
        self.run = before.saturating_add(u32::try_from(sent).unwrap_or(u32::MAX));
        self.last = good;
        self.next = later(self.next, check.interval, sent);
        // the check that decides is among those sent if it comes back before the next one would
        self.pending = change.filter(|(at, _)| *at < self.next.saturating_add(delay));
    }

    /// Takes account of what is known at `now`. The new verdict, if it is another.
    ///
    /// To be called at every instant of [`next_change`](Self::next_change), until that is later.
    pub fn advance(&mut self, check: &HealthCheck, answer: Answer, now: SimTime) -> Option<Health> {
        // a check that is sent now comes after what an earlier one finds now
        if self.pending.is_none() {
            self.settle(check, answer, now.saturating_add(SimDuration::from_nanos(1)));
        }
        let (_, health) = self.pending.take_if(|(at, _)| *at <= now)?;
        self.health = health;
        Some(health)
    }

    /// When its verdict will change, and to what, if the target goes on to answer like that.
    pub fn next_change(&self, check: &HealthCheck, answer: Answer) -> Option<(SimTime, Health)> {
        if self.pending.is_some() {
            return self.pending;
        }
        let (good, delay) = answer.found(check);
        let threshold = match (self.health, good) {
            (Health::Healthy, true) | (Health::Unhealthy, false) => return None,
            (Health::Initial, true) => 1,
            (Health::Unhealthy, true) => check.healthy_threshold,
            (_, false) => check.unhealthy_threshold,
        };
        let run = if self.last == good { self.run } else { 0 };
        let further = u64::from(threshold.saturating_sub(run).max(1)) - 1;
        let decides = later(self.next, check.interval, further);
        Some((decides.saturating_add(delay), Health::of(good)))
    }
}

/// So many intervals after an instant.
fn later(at: SimTime, interval: SimDuration, count: u64) -> SimTime {
    let nanos = interval.as_nanos().max(1).saturating_mul(count);
    at.saturating_add(SimDuration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CHECK: HealthCheck = HealthCheck::APPLICATION;

    fn secs(secs: u64) -> SimTime {
        SimTime::from_nanos(secs * 1_000_000_000)
    }

    fn known(checker: &mut Checker, answer: Answer, at: u64) -> Option<Health> {
        assert_eq!(checker.next_change(&CHECK, answer).map(|(at, _)| at), Some(secs(at)));
        assert_eq!(checker.advance(&CHECK, answer, secs(at - 1)), None);
        checker.advance(&CHECK, answer, secs(at))
    }

    #[test]
    fn one_success_for_a_new_target_two_failures_to_lose_it_and_five_successes_to_have_it_back() {
        // checks at 10, 40, 70, … s
        let mut checker = Checker::new(secs(10));
        assert_eq!(known(&mut checker, Answer::GOOD, 10), Some(Health::Healthy));
        assert_eq!(checker.next_change(&CHECK, Answer::GOOD), None);
        // it refuses from 95 s on: the checks of 100 and 130 s
        checker.settle(&CHECK, Answer::GOOD, secs(95));
        assert_eq!(known(&mut checker, Answer::BAD, 130), Some(Health::Unhealthy));
        // it answers from 200 s on: the checks of 220, 250, 280, 310 and 340 s
        checker.settle(&CHECK, Answer::BAD, secs(200));
        assert_eq!(known(&mut checker, Answer::GOOD, 340), Some(Health::Healthy));
    }

    #[test]
    fn no_answer_is_known_only_after_the_timeout() {
        let mut checker = Checker::new(secs(0));
        assert_eq!(known(&mut checker, Answer::NONE, 35), Some(Health::Unhealthy));
        // what comes after the timeout is no answer either
        let mut checker = Checker::new(secs(0));
        let late = Answer { good: true, after: SimDuration::from_secs(5) };
        assert_eq!(known(&mut checker, late, 35), Some(Health::Unhealthy));
        let slow = Answer { good: true, after: SimDuration::from_secs(4) };
        let mut checker = Checker::new(secs(0));
        assert_eq!(known(&mut checker, slow, 4), Some(Health::Healthy));
    }

    #[test]
    fn a_check_that_is_under_way_counts_even_if_the_target_has_recovered_since() {
        let mut checker = Checker::new(secs(0));
        checker.advance(&CHECK, Answer::GOOD, secs(0));
        // the checks of 30 and 60 s get no answer; at 62 s the target is well again
        checker.settle(&CHECK, Answer::GOOD, secs(20));
        checker.settle(&CHECK, Answer::NONE, secs(62));
        assert_eq!(known(&mut checker, Answer::GOOD, 65), Some(Health::Unhealthy));
        assert_eq!(known(&mut checker, Answer::GOOD, 210), Some(Health::Healthy));
    }

    #[test]
    fn one_success_between_failures_breaks_their_row() {
        let mut checker = Checker::new(secs(0));
        checker.advance(&CHECK, Answer::GOOD, secs(0));
        checker.settle(&CHECK, Answer::BAD, secs(31));
        checker.settle(&CHECK, Answer::GOOD, secs(61));
        assert_eq!(known(&mut checker, Answer::BAD, 120), Some(Health::Unhealthy));
    }

    fn answer(kind: u8) -> Answer {
        match kind {
            0 => Answer::GOOD,
            1 => Answer::BAD,
            2 => Answer::NONE,
            _ => Answer { good: true, after: SimDuration::from_secs(u64::from(kind) - 2) },
        }
    }

    /// Every check, one after another: what [`Checker`] is to find without them.
    fn plainly(check: &HealthCheck, steps: &[(u64, u8)], end: u64) -> Vec<(SimTime, Health)> {
        let (mut health, mut run, mut last) = (Health::Initial, 0, false);
        let mut changes = Vec::new();
        for sent in (0..=end).step_by((check.interval.as_nanos() / 1_000_000_000) as usize) {
            let kind = steps.iter().rfind(|(from, _)| *from <= sent).expect("one at 0").1;
            let (good, delay) = answer(kind).found(check);
            run = if good == last { run + 1 } else { 1 };
            last = good;
            let threshold = match (health, good) {
                (Health::Initial, true) => 1,
                (_, true) => check.healthy_threshold,
                (_, false) => check.unhealthy_threshold,
            };
            if run >= threshold && health != Health::of(good) {
                health = Health::of(good);
                changes.push((secs(sent) + delay, health));
            }
        }
        changes
    }

    proptest! {
        #[test]
        fn verdicts_are_those_of_looking_at_every_check(
            steps in prop::collection::btree_map(1_u64..300, 0_u8..7, 0..12),
            interval in 4_u64..9, timeout in 1_u64..9, healthy in 1_u32..5, unhealthy in 1_u32..4,
        ) {
            let check = HealthCheck {
                interval: SimDuration::from_secs(interval),
                timeout: SimDuration::from_secs(timeout),
                healthy_threshold: healthy,
                unhealthy_threshold: unhealthy,
            };
            let steps: Vec<(u64, u8)> = [(0, 0)].into_iter().chain(steps).collect();
            let mut checker = Checker::new(secs(0));
            let mut changes = Vec::new();
            for (index, &(_, kind)) in steps.iter().enumerate() {
                let until = steps.get(index + 1).map_or(secs(400), |step| secs(step.0));
                while let Some((at, health)) =
                    checker.next_change(&check, answer(kind)).filter(|(at, _)| *at < until)
                {
                    let found = checker.advance(&check, answer(kind), at);
                    prop_assert_eq!(found, Some(health));
                    changes.push((at, health));
                }
                checker.settle(&check, answer(kind), until);
            }
            let mut expected = plainly(&check, &steps, 399);
            expected.retain(|(at, _)| *at < secs(400));
            prop_assert_eq!(changes, expected);
        }
    }
}
