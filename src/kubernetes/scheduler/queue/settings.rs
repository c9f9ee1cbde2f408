//! How long pods wait.

use super::entry::Entry;
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::api::scheduler_configuration::SchedulerConfiguration;

const SECOND: SimDuration = SimDuration::from_secs(1);

/// How the queue waits; the defaults are those of Kubernetes v1.36.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a pod waits after the first rejection (`podInitialBackoffSeconds`).
    pub initial_backoff: SimDuration,
    /// The longest that a pod waits, to which the wait doubles (`podMaxBackoffSeconds`); nothing
    /// turns waiting off.
    pub max_backoff: SimDuration,
    /// Whether waiting pods are tried as soon as there are no others (SchedulerPopFromBackoffQ, on
    /// since 1.33). Waits then end with whole seconds, here of simulated time.
    pub pop_from_backoff: bool,
    /// After how long without a helpful event a rejected pod is tried all the same
    /// (`--pod-max-in-unschedulable-pods-duration`).
    pub flush_after: SimDuration,
    /// How often that is looked at, from the start of the simulation.
    pub flush_every: SimDuration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            initial_backoff: SECOND,
            max_backoff: SimDuration::from_secs(10),
            pop_from_backoff: true,
            flush_after: SimDuration::from_secs(300),
            flush_every: SimDuration::from_secs(30),
        }
    }
}

impl Settings {
    /// As a KubeSchedulerConfiguration has it.
    #[must_use]
    pub fn from_configuration(configuration: &SchedulerConfiguration) -> Self {
        Self {
            initial_backoff: SimDuration::from_secs(configuration.pod_initial_backoff_seconds),
            max_backoff: SimDuration::from_secs(configuration.pod_max_backoff_seconds),
            ..Self::default()
        }
    }

    /// The end of a pod's wait, to the second below where whole seconds count (`getBackoffTime`);
    /// none for pods that need not wait.
    pub(super) fn backoff_end(&self, entry: &Entry) -> Option<SimTime> {
        let times = if entry.errors > 0 { entry.errors } else { entry.rejections };
        if times == 0 || self.max_backoff.is_zero() {
            return None;
        }
        Some(self.aligned(entry.since.saturating_add(self.backoff(times))))
    }

    /// How long a pod waits that was rejected so often.
    fn backoff(&self, times: u32) -> SimDuration {
        let doublings = times - 1;
        let (initial, longest) = (self.initial_backoff.as_nanos(), self.max_backoff.as_nanos());
        let halved = longest.checked_shr(doublings).unwrap_or(0);
        if initial > halved {
            self.max_backoff
        } else {
            SimDuration::from_nanos(initial << doublings)
        }
    }

    /// Whether a pod still waits: also throughout the second in which its wait ends, so that all
    /// of that second come back together (`isPodBackingoff`).
    pub(super) fn is_waiting(&self, entry: &Entry, now: SimTime) -> bool {
        self.backoff_end(entry).is_some_and(|end| !self.is_over(end, now))
    }

    /// Whether a wait with this end is over.
    pub(super) fn is_over(&self, end: SimTime, now: SimTime) -> bool {
        end < self.aligned(now)
    }

    /// When pods whose wait ends so come back: at the next whole second.
    pub(super) fn back(end: SimTime) -> SimTime {
        Self::second(end).saturating_add(SECOND)
    }

    /// The whole second at which waits were last looked at.
    pub(super) fn second(now: SimTime) -> SimTime {
        below(now, SECOND)
    }

    fn aligned(&self, time: SimTime) -> SimTime {
        if self.pop_from_backoff { below(time, SECOND) } else { time }
    }

    /// When it is looked at whether pods that were rejected so long ago are to be tried again: the
    /// first time that more than the longest stay has passed.
    pub(super) fn flushed(&self, since: SimTime) -> SimTime {
        let late = since.saturating_add(self.flush_after);
        below(late, self.flush_every).saturating_add(self.flush_every)
    }
}

/// The last multiple of a span that is not after a time.
fn below(time: SimTime, span: SimDuration) -> SimTime {
    let nanos = time.as_nanos();
    SimTime::from_nanos(nanos - nanos % span.as_nanos().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::api::scheduler_configuration::read_text;

    #[test]
    fn a_configuration_says_how_long_pods_wait() {
        let text = "apiVersion: kubescheduler.config.k8s.io/v1\n\
                    kind: KubeSchedulerConfiguration\n\
                    podInitialBackoffSeconds: 3\n\
                    podMaxBackoffSeconds: 60\n";
        let settings = Settings::from_configuration(&read_text("test.yaml", text).expect("valid"));
        let waits: Vec<u64> =
            (1..=7).map(|times| settings.backoff(times).as_nanos() / 1_000_000_000).collect();
        assert_eq!(waits, [3, 6, 12, 24, 48, 60, 60]);
        assert_eq!(settings.backoff(u32::MAX), SimDuration::from_secs(60));
        let defaults = Settings::from_configuration(&SchedulerConfiguration::default());
        assert_eq!(defaults, Settings::default());
    }
}
