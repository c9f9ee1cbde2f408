//! Docker's restart policies: `no`, `on-failure` and `always`.
//!
//! dockerd 27 (its restart manager) waits 100 ms before the first restart and twice as long before
//! each further one, up to a minute. A container that ran for ten seconds starts over at 100 ms.
//! This is not the kubelet's CrashLoopBackOff, which waits 10 s to 5 min and forgets after 10 min.

use super::container::ExitCode;
use crate::engine::SimDuration;
use crate::scenario::RestartPolicy;

/// How long an engine waits before it restarts a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the first restart.
    pub first: SimDuration,
    /// What each further wait is longer by.
    pub factor: u64,
    /// No wait is longer.
    pub longest: SimDuration,
    /// A container that ran this long starts over at `first`.
    pub reset_after: SimDuration,
}

impl Backoff {
    /// What dockerd does.
    pub const DOCKERD: Self = Self {
        first: SimDuration::from_millis(100),
        factor: 2,
        longest: SimDuration::from_secs(60),
        reset_after: SimDuration::from_secs(10),
    };

    /// The wait after a container has run for `ran` and its `last` wait, zero where there was none.
    pub fn next(&self, last: SimDuration, ran: SimDuration) -> SimDuration {
        if last.is_zero() || ran >= self.reset_after {
            return self.first;
        }
        SimDuration::from_nanos(last.as_nanos().saturating_mul(self.factor)).min(self.longest)
    }
}

/// Whether a container that was not asked to stop is started again.
pub fn restarts(policy: RestartPolicy, code: ExitCode) -> bool {
    match policy {
        RestartPolicy::No => false,
        RestartPolicy::OnFailure => code != ExitCode::SUCCESS,
        RestartPolicy::Always => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_100_ms_to_a_minute_and_start_over_after_ten_seconds() {
        let mut wait = SimDuration::ZERO;
        let mut waits = Vec::new();
        for _ in 0..12 {
            wait = Backoff::DOCKERD.next(wait, SimDuration::from_millis(9_999));
            waits.push(wait.as_nanos() / 1_000_000);
        }
        let doubled = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200];
        assert_eq!(waits[..10], doubled);
        assert_eq!(waits[10..], [60_000, 60_000]);
        let over = Backoff::DOCKERD.next(wait, SimDuration::from_secs(10));
        assert_eq!(over, SimDuration::from_millis(100));
    }

    #[test]
    fn policies_look_at_the_exit_code_as_their_names_say() {
        let codes = [ExitCode::SUCCESS, ExitCode(1), ExitCode::KILLED];
        let decide = |policy| codes.map(|code| restarts(policy, code));
        assert_eq!(decide(RestartPolicy::No), [false, false, false]);
        assert_eq!(decide(RestartPolicy::OnFailure), [false, true, true]);
        assert_eq!(decide(RestartPolicy::Always), [true, true, true]);
    }
}
