//! How many pods of a replica set are how, kept as they change: it may have thousands, and its
//! controller and its deployment's look after every change of any of them.

use std::collections::BTreeSet;

use super::pod::{Pod, PodId};
use crate::engine::{SimDuration, SimTime};

/// What a pod counts as for its controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is none, or it has ended.
    Absent,
    /// It is on its way out.
    Leaving,
    /// It counts, and has been ready since then, if it is.
    Active(Option<SimTime>),
}

impl Standing {
    /// What a pod counts as.
    pub fn of(pod: &Pod) -> Self {
        if pod.is_over() {
            Self::Absent
        } else if pod.deleted.is_some() {
            Self::Leaving
        } else {
            Self::Active(pod.ready)
        }
    }
}

/// How many pods of a replica set are how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    min_ready: SimDuration,
    alive: u32,
    active: u32,
    ready: u32,
    /// Active pods that have been ready for less than `min_ready` when somebody last asked.
    fresh: BTreeSet<(SimTime, PodId)>,
}

impl Tally {
    /// No pods yet; each is available when it has been ready for so long.
    pub fn new(min_ready: SimDuration) -> Self {
        Self { min_ready, ..Self::default() }
    }

    /// How long a pod has to be ready before it counts as available.
    pub fn min_ready(&self) -> SimDuration {
        self.min_ready
    }

    /// Pods that have not ended, those on their way out included.
    pub fn alive(&self) -> u32 {
        self.alive
    }

    /// Pods that count: neither over nor on their way out.
    pub fn active(&self) -> u32 {
        self.active
    }

    /// Active pods that are ready.
    pub fn ready(&self) -> u32 {
        self.ready
    }

    /// Active pods that have been ready for long enough. `now` is never less than before.
    pub fn available(&mut self, now: SimTime) -> u32 {
        self.next_available(now);
        self.ready - self.fresh.len() as u32
    }

    /// When the next of the active pods becomes available: after `now`, which is never less than
    /// before.
    pub fn next_available(&mut self, now: SimTime) -> Option<SimTime> {
        while let Some((since, _)) = self.fresh.first() {
            let time = since.saturating_add(self.min_ready);
            if time > now {
                return Some(time);
            }
            self.fresh.pop_first();
        }
        None
    }

    /// A pod counts as something else from now on.
    pub(super) fn change(&mut self, pod: PodId, before: Standing, after: Standing) {
        if before == after {
            return;
        }
        self.leaves(pod, before);
        match after {
            Standing::Absent => {}
            Standing::Leaving => self.alive += 1,
            Standing::Active(ready) => {
                (self.alive, self.active) = (self.alive + 1, self.active + 1);
                if let Some(since) = ready {
                    self.ready += 1;
                    if !self.min_ready.is_zero() {
                        self.fresh.insert((since, pod));
                    }
                }
            }
        }
    }

    fn leaves(&mut self, pod: PodId, before: Standing) {
        match before {
            Standing::Absent => {}
            Standing::Leaving => self.alive -= 1,
            Standing::Active(ready) => {
                (self.alive, self.active) = (self.alive - 1, self.active - 1);
                if let Some(since) = ready {
                    self.ready -= 1;
                    self.fresh.remove(&(since, pod));
                }
            }
        }
    }
}
