//! Pods are collected for a while before nodes are planned for them.
//!
//! Follows pkg/controllers/provisioning/batcher.go of Karpenter 1.x and its settings
//! `BATCH_IDLE_DURATION` and `BATCH_MAX_DURATION`: a window opens with the first pod, every other
//! pod holds it open for as long again, and it closes at the latest so long after it opened.

use std::collections::BTreeSet;

use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::scheduler::pod::PodId;

/// How long windows are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSettings {
    /// A window closes when no pod came for so long: 1 s by default.
    pub idle: SimDuration,
    /// It closes when it was open for so long: 10 s by default.
    pub most: SimDuration,
}

impl Default for BatchSettings {
    fn default() -> Self {
        Self { idle: SimDuration::from_secs(1), most: SimDuration::from_secs(10) }
    }
}

/// The window that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    opened: SimTime,
    last: SimTime,
}

/// Why nodes may have to be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// There is no node for a pod.
    Pod(PodId),
    /// A node goes, by the number of its claim: its pods will need another.
    Node(u32),
}

/// Collects triggers.
#[derive(Clone, Debug)]
pub struct Batcher {
    settings: BatchSettings,
    window: Option<Window>,
    seen: BTreeSet<Trigger>,
}

impl Batcher {
    /// Without an open window.
    #[must_use]
    pub fn new(settings: BatchSettings) -> Self {
        Self { settings, window: None, seen: BTreeSet::new() }
    }

    /// A pod waits for a node, or will. What did so in this window already does not hold it open.
    /// When the window is to close now, the caller closes it first and this opens the next.
    pub fn trigger(&mut self, trigger: Trigger, now: SimTime) {
        if self.seen.insert(trigger) {
            self.window.get_or_insert(Window { opened: now, last: now }).last = now;
        }
    }

    /// When the open window closes, as things stand.
    #[must_use]
    pub fn closes(&self) -> Option<SimTime> {
        let window = self.window?;
        let idle = window.last.saturating_add(self.settings.idle);
        Some(idle.min(window.opened.saturating_add(self.settings.most)))
    }

    /// Closes the window if it is time, upon which pods are planned for.
    pub fn close(&mut self, now: SimTime) -> bool {
        let due = self.closes().is_some_and(|closes| closes <= now);
        if due {
            self.window = None;
            self.seen.clear();
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SimTime {
        SimTime::from_nanos(millis * 1_000_000)
    }

    fn batcher() -> Batcher {
        Batcher::new(BatchSettings::default())
    }

    fn pod(number: u32) -> Trigger {
        Trigger::Pod(PodId(number))
    }

    /// A pod at 5.0 s: nobody else comes, and the window closes at 6.0 s.
    #[test]
    fn one_pod_waits_for_a_second() {
        let mut batcher = batcher();
        assert_eq!(batcher.closes(), None);
        assert!(!batcher.close(at(5_000)));
        batcher.trigger(pod(0), at(5_000));
        assert_eq!(batcher.closes(), Some(at(6_000)));
        assert!(!batcher.close(at(5_999)));
        assert!(batcher.close(at(6_000)));
        assert_eq!(batcher.closes(), None);
    }

    /// Pods at 0, 0.8 and 1.5 s: each holds the window open for another second, to 2.5 s. The first
    /// pod again, at 2.0 s, does not.
    #[test]
    fn every_new_pod_holds_the_window_open() {
        let mut batcher = batcher();
        for (number, millis) in [(0, 0), (1, 800), (2, 1_500), (0, 2_000)] {
            assert!(!batcher.close(at(millis)));
            batcher.trigger(pod(number), at(millis));
        }
        assert_eq!(batcher.closes(), Some(at(2_500)));
        assert!(batcher.close(at(2_500)));
        // in the next window it counts again
        batcher.trigger(pod(0), at(3_000));
        assert_eq!(batcher.closes(), Some(at(4_000)));
    }

    /// A pod every 0.5 s from 0 s on: the window closes after 10 s with those of 0 to 9.5 s, and
    /// that of 10 s opens the next one.
    #[test]
    fn a_stream_of_pods_is_cut_after_ten_seconds() {
        let mut batcher = batcher();
        let mut closed = Vec::new();
        for number in 0..=40u32 {
            let now = at(u64::from(number) * 500);
            if batcher.close(now) {
                closed.push((now, number));
            }
            batcher.trigger(pod(number), now);
        }
        assert_eq!(closed, [(at(10_000), 20), (at(20_000), 40)]);
    }
}
