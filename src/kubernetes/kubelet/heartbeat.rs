//! What a kubelet does again and again, without events: when it did so last, and when it will next.
//!
//! Kubernetes v1.36. The node's lease is renewed every 10 s, a quarter of its 40 s
//! (`nodeLeaseRenewIntervalFraction`); the node's status is computed as often, and written when it
//! has changed or 5 min have passed (`nodeStatusReportFrequency`). The generic PLEG looks at the
//! containers 1 s after its last look (`genericPlegRelistPeriod`). Not modelled: the 4 % by which
//! renewals are late at random, and the time that looks take.

use super::probe::first_tick;
use crate::engine::{SimDuration, SimTime};

/// Between renewals of a node's lease.
pub const LEASE: SimDuration = SimDuration::from_secs(10);

/// Between looks at a node's status.
pub const STATUS: SimDuration = SimDuration::from_secs(10);

/// A status that has not changed is written so often.
pub const STATUS_REPORT: SimDuration = SimDuration::from_secs(300);

/// Between looks at a node's containers.
pub const RELIST: SimDuration = SimDuration::from_secs(1);

/// Something done at `first` and every `period` after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// The first time.
    pub first: SimTime,
    /// From one to the next.
    pub period: SimDuration,
}

impl Rhythm {
    /// Renewals of the lease of a node whose kubelet began at `first`.
    pub fn lease(first: SimTime) -> Self {
        Self { first, period: LEASE }
    }

    /// The first time at `at` or after it.
    pub fn next(&self, at: SimTime) -> SimTime {
        first_tick(self.first, self.period, at)
    }

    /// The last time at `at` or before it: for a machine lost at `at`, its last sign of life.
    pub fn last(&self, at: SimTime) -> Option<SimTime> {
        let since = at.as_nanos().checked_sub(self.first.as_nanos())?;
        let period = self.period.as_nanos().max(1);
        Some(SimTime::from_nanos(at.as_nanos() - since % period))
    }
}

/// When a node sees what happens to its containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relist(Rhythm);

impl Relist {
    /// The looks of a node whose kubelet began at `first`.
    pub fn new(first: SimTime) -> Self {
        Self(Rhythm { first, period: RELIST })
    }

    /// When what happened at `at` is seen.
    pub fn sees(&self, at: SimTime) -> SimTime {
        self.0.next(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> SimTime {
        SimTime::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn leases_keep_the_phase_of_their_node() {
        let lease = Rhythm::lease(millis(3_200));
        assert_eq!(lease.next(millis(0)), millis(3_200));
        assert_eq!(lease.next(millis(13_200)), millis(13_200));
        assert_eq!(lease.next(millis(13_201)), millis(23_200));
        assert_eq!(lease.last(millis(13_199)), Some(millis(3_200)));
        assert_eq!(lease.last(millis(13_200)), Some(millis(13_200)));
        assert_eq!(lease.last(millis(3_199)), None);
    }

    #[test]
    fn what_happens_to_a_container_is_seen_within_a_second() {
        let relist = Relist::new(millis(250));
        assert_eq!(relist.sees(millis(5_300)), millis(6_250));
        assert_eq!(relist.sees(millis(6_250)), millis(6_250));
    }
}
