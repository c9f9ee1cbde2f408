//! How long the kubelet waits before it tries again what has failed.
//!
//! `staging/src/k8s.io/client-go/util/flowcontrol/backoff.go` with the settings of
//! `pkg/kubelet/kubelet.go`: the wait begins at 10 s, doubles with every try up to a maximum, and
//! is forgotten when a failure comes long after the last try. CrashLoopBackOff counts from the
//! instant the container ended, ImagePullBackOff from the last try. Neither has jitter; the queue
//! of `pkg/kubelet/pod_workers.go` has, see [`requeue`].

use crate::docker::{FIRST_PULL_RETRY, LONGEST_PULL_RETRY};
use crate::engine::{SimDuration, SimTime};

/// The first wait that is noted: the same as between pulls.
const FIRST: SimDuration = FIRST_PULL_RETRY;

/// A pod is looked at again at least so often (`resyncInterval`).
pub const RESYNC: SimDuration = SimDuration::from_secs(60);

/// A pod whose start failed for another reason is looked at again after this (`backOffPeriod`).
pub const RETRY: SimDuration = SimDuration::from_secs(10);

/// How a kind of back-off grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOffRule {
    /// No wait is longer.
    pub longest: SimDuration,
    /// What fails later than this after the last try begins anew.
    pub forget_after: SimDuration,
}

impl BackOffRule {
    /// Containers that end: up to 5 min, forgotten after 10 min (`MaxCrashLoopBackOff` and
    /// `HasExpiredFunc` in `pkg/kubelet/kubelet.go`).
    pub const CRASH_LOOP: Self =
        Self { longest: SimDuration::from_secs(300), forget_after: SimDuration::from_secs(600) };

    /// Images that cannot be pulled: up to 5 min, forgotten after twice that
    /// (`imageBackOffPeriod`).
    pub const IMAGE_PULL: Self =
        Self { longest: LONGEST_PULL_RETRY, forget_after: SimDuration::from_secs(600) };

    /// [`CRASH_LOOP`](Self::CRASH_LOOP) with another maximum, as a node may be configured
    /// (`crashLoopBackOff.maxContainerRestartPeriod`, from 1 s to 5 min). When it is forgotten does
    /// not depend on it.
    pub fn crash_loop_up_to(longest: SimDuration) -> Self {
        Self { longest, ..Self::CRASH_LOOP }
    }
}

/// What is remembered of one container, or of one image of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackOff {
    /// How long to wait now; zero where nothing is noted.
    wait: SimDuration,
    /// When it was last tried.
    tried: SimTime,
}

impl BackOff {
    /// The wait that holds for what failed at `failed`; zero where there is none.
    pub fn wait(&self, rule: BackOffRule, failed: SimTime) -> SimDuration {
        let age = failed.as_nanos().saturating_sub(self.tried.as_nanos());
        if age > rule.forget_after.as_nanos() { SimDuration::ZERO } else { self.wait }
    }

    /// When what failed at `failed` may be tried again, counted from then.
    pub fn until(&self, rule: BackOffRule, failed: SimTime) -> SimTime {
        failed.saturating_add(self.wait(rule, failed))
    }

    /// When what was last tried may be tried again, counted from that try.
    pub fn until_since_try(&self, rule: BackOffRule, now: SimTime) -> SimTime {
        self.tried.saturating_add(self.wait(rule, now))
    }

    /// What failed at `failed` is tried at `now`: the next wait is longer.
    pub fn tried(&mut self, rule: BackOffRule, failed: SimTime, now: SimTime) {
        let wait = self.wait(rule, failed);
        let next = if wait.is_zero() { FIRST } else { wait + wait };
        *self = Self { wait: next.min(rule.longest), tried: now };
    }
}

/// When a pod that waits until `until` is looked at again.
///
/// The queue of pod workers asks for what remains, at most a minute, and up to half as much again
/// (`completeWork`, `workerBackOffPeriodJitterFactor`): `jitter` is a draw from 0 to 1. Without
/// jitter the minutes end where one wait would, so that there is one look, at `until`.
pub fn requeue(now: SimTime, until: SimTime, jitter: f64) -> SimTime {
    if jitter <= 0.0 || until <= now {
        return until.max(now);
    }
    let remaining = until.since(now).min(RESYNC);
    now.saturating_add(remaining + remaining.mul_f64(0.5 * jitter))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: BackOffRule = BackOffRule::CRASH_LOOP;

    fn secs(secs: u64) -> SimTime {
        SimTime::from_nanos(secs * 1_000_000_000)
    }

    #[test]
    fn the_first_try_is_at_once_and_waits_double_to_five_minutes() {
        let mut backoff = BackOff::default();
        let mut now = secs(0);
        let mut waits = Vec::new();
        for _ in 0..8 {
            let until = backoff.until(RULE, now);
            waits.push(until.since(now).as_nanos() / 1_000_000_000);
            backoff.tried(RULE, now, until);
            now = until;
        }
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn a_failure_more_than_ten_minutes_after_the_last_try_begins_anew() {
        let mut backoff = BackOff::default();
        backoff.tried(RULE, secs(0), secs(0));
        backoff.tried(RULE, secs(0), secs(0));
        assert_eq!(backoff.until(RULE, secs(600)), secs(620));
        assert_eq!(backoff.until(RULE, secs(601)), secs(601));
        backoff.tried(RULE, secs(601), secs(601));
        assert_eq!(backoff.until(RULE, secs(602)), secs(612));
    }

    #[test]
    fn a_lower_maximum_bounds_the_first_wait_too() {
        let rule = BackOffRule::crash_loop_up_to(SimDuration::from_secs(5));
        let mut backoff = BackOff::default();
        backoff.tried(rule, secs(0), secs(0));
        assert_eq!(backoff.until(rule, secs(1)), secs(6));
    }

    #[test]
    fn the_queue_looks_every_minute_at_least_and_up_to_half_later() {
        assert_eq!(requeue(secs(0), secs(300), 0.0), secs(300));
        assert_eq!(requeue(secs(0), secs(10), 1.0), secs(15));
        assert_eq!(requeue(secs(0), secs(300), 0.5), secs(75));
        assert_eq!(requeue(secs(9), secs(5), 0.5), secs(9));
    }
}
