//! How long a Job waits after pods that failed: 10 s, doubling with each, up to 10 minutes.
//!
//! Source: Kubernetes v1.36, `pkg/controller/job/backoff_utils.go` (`newBackoffRecord`,
//! `getRemainingTimeForFailuresCount`).

use crate::engine::{SimDuration, SimTime};

/// Failures since the last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    failures: u32,
    last: SimTime,
}

impl Backoff {
    const FIRST: SimDuration = SimDuration::from_secs(10);
    const LONGEST: SimDuration = SimDuration::from_secs(600);

    /// So many failures, the last one then.
    pub fn after(failures: u32, last: SimTime) -> Self {
        Self { failures, last }
    }

    /// Counts pods that ended since the last sync, given by when they did.
    pub fn count(&mut self, succeeded: &[SimTime], failed: &[SimTime]) {
        let last_success = succeeded.iter().max();
        if last_success.is_some() {
            *self = Self::default();
        }
        for &at in failed {
            if last_success.is_none_or(|&success| at > success) {
                let last = if self.failures == 0 { at } else { self.last.max(at) };
                *self = Self { failures: self.failures + 1, last };
            }
        }
    }

    /// When the next pod may come.
    pub fn over(&self) -> SimTime {
        let Some(doublings) = self.failures.checked_sub(1) else {
            return SimTime::ZERO;
        };
        // six doublings exceed the longest
        let wait = Self::FIRST * (1 << doublings.min(6));
        self.last.saturating_add(wait.min(Self::LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::controllers::pod::fixture::at;

    #[test]
    fn waits_double_up_to_ten_minutes() {
        let waits = (0..9).map(|failures| Backoff::after(failures, at(1_000)).over());
        let after = |seconds: u64| at(1_000 + seconds);
        let expected = [10, 20, 40, 80, 160, 320, 600, 600].map(after);
        assert_eq!(waits.collect::<Vec<_>>(), [&[at(0)][..], &expected].concat());
    }

    #[test]
    fn only_failures_after_the_last_success_count() {
        let mut backoff = Backoff::default();
        backoff.count(&[], &[at(5), at(3)]);
        assert_eq!(backoff.over(), at(25), "two, the last at 5");
        backoff.count(&[at(30)], &[at(29), at(30), at(31)]);
        assert_eq!(backoff.over(), at(41), "one");
        backoff.count(&[at(50)], &[]);
        assert_eq!(backoff.over(), at(0));
    }
}
