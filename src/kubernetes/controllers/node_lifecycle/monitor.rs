//! When a silent node is noticed: at one of the controller's looks, which come every five seconds.

use crate::engine::{SimDuration, SimTime};

/// How the controller looks at nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Its first look; the phase of all others.
    pub first: SimTime,
    /// The time between looks (`--node-monitor-period`).
    pub period: SimDuration,
    /// For how long a node may be silent (`--node-monitor-grace-period`).
    pub grace: SimDuration,
    /// For how long one may be that never reported (`--node-startup-grace-period`).
    pub startup_grace: SimDuration,
}

impl Default for Monitor {
    fn default() -> Self {
        Self {
            first: SimTime::ZERO,
            period: SimDuration::from_secs(5),
            grace: SimDuration::from_secs(50),
            startup_grace: SimDuration::from_secs(60),
        }
    }
}

impl Monitor {
    /// The first look at or after an instant.
    pub fn look(&self, from: SimTime) -> SimTime {
        let Some(passed) = from.as_nanos().checked_sub(self.first.as_nanos()) else {
            return self.first;
        };
        let looks = passed.div_ceil(self.period.as_nanos());
        self.first
            .saturating_add(SimDuration::from_nanos(looks.saturating_mul(self.period.as_nanos())))
    }

    /// When a node that renewed its lease at `renewed` for the last time becomes `Unknown`: gets
    /// the taint `unreachable:NoSchedule`, and its pods are no longer ready.
    ///
    /// The controller goes by its own clock: the grace begins when it sees the renewal.
    pub fn unknown(&self, renewed: SimTime) -> SimTime {
        self.look(self.look(renewed).saturating_add(self.grace))
    }

    /// When a node that was made at `created` and never reported becomes `Unknown`.
    pub fn never_reported(&self, created: SimTime) -> SimTime {
        self.look(created.saturating_add(self.startup_grace))
    }

    /// When a node that became `Unknown` or not ready at `since` is put into the queue for the
    /// taint `NoExecute`: a look goes by what the node was before it, so that what the controller
    /// itself found out counts one look later.
    ///
    /// What the kubelet reports, `reported`, counts at once.
    pub fn queued(&self, since: SimTime, reported: bool) -> SimTime {
        match reported {
            true => self.look(since),
            false => self.look(since).saturating_add(self.period),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::controllers::pod::fixture::{at, secs};

    fn millis(millis: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_millis(millis)
    }

    #[test]
    fn a_node_is_lost_fifty_seconds_after_the_look_that_saw_its_last_renewal() {
        let monitor = Monitor::default();
        assert_eq!(monitor.unknown(at(10)), at(60));
        assert_eq!(monitor.unknown(millis(10_001)), at(65));
        assert_eq!(monitor.unknown(millis(14_999)), at(65));
        let late = Monitor { first: at(3), ..monitor };
        assert_eq!(late.unknown(at(10)), at(63));
        assert_eq!(late.unknown(at(1)), at(53));
        assert_eq!(late.never_reported(at(10)), at(73));
    }

    #[test]
    fn a_grace_between_looks_ends_with_the_next() {
        let monitor = Monitor { grace: secs(42), ..Monitor::default() };
        assert_eq!(monitor.unknown(at(10)), at(55));
    }

    #[test]
    fn eviction_begins_a_look_after_it_was_lost() {
        let monitor = Monitor::default();
        assert_eq!(monitor.queued(monitor.unknown(at(10)), false), at(65));
        assert_eq!(monitor.queued(at(12), true), at(15));
    }
}
