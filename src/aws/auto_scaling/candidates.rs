//! The instances that scaling in may take, ordered so that any policy finds its own at once.
//!
//! Those of one zone, type, way of paying and template version form a *bucket*; there are few of
//! them, however many instances. In a bucket, those launched at one instant form a *cohort*, and
//! cohorts are found by their launch and by where in the hour it was. A policy narrows buckets and
//! cohorts down; no look at single instances is needed before the lot is drawn.

use std::collections::{BTreeMap, BTreeSet};

use super::instance::{Instance, InstanceId, Source, Template};
use crate::engine::{SimDuration, SimTime};

/// An hour of billing.
const HOUR: u64 = 3600 * 1_000_000_000;

/// What instances of a bucket share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// Zone, type and way of paying.
    pub source: Source,
    /// What they were launched from.
    pub template: Template,
    /// How often the group had been refreshed then.
    pub round: u32,
}

impl Kind {
    /// That of an instance.
    pub(super) fn of(instance: &Instance) -> Self {
        let (source, template, round) = (instance.source, instance.template, instance.round);
        Self { source, template, round }
    }
}

/// Which cohorts are still in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    /// All.
    All,
    /// Those launched at this point of an hour, in nanoseconds.
    Phase(u64),
    /// Those launched at this instant.
    Launched(SimTime),
}

/// The candidates of a kind. A bucket is never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    /// Lots and instances, by launch.
    cohorts: BTreeMap<SimTime, BTreeSet<(u32, InstanceId)>>,
    /// Cohorts by their point of the hour.
    phases: BTreeSet<(u64, SimTime)>,
    /// What all of them count.
    units: u32,
}

/// All candidates of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Candidates {
    buckets: BTreeMap<Kind, Bucket>,
}

fn phase(launched: SimTime) -> u64 {
    launched.as_nanos() % HOUR
}

/// How long until the next billing hour of what was launched at this point of an hour; at the very
/// beginning of an hour, a whole one.
fn left(phase: u64, now: SimTime) -> SimDuration {
    SimDuration::from_nanos(match (phase + HOUR - now.as_nanos() % HOUR) % HOUR {
        0 => HOUR,
        left => left,
    })
}

impl Bucket {
    /// The launches of the cohorts in a window, the earliest first.
    fn launches(&self, window: Window) -> Box<dyn DoubleEndedIterator<Item = SimTime> + '_> {
        match window {
            Window::All => Box::new(self.cohorts.keys().copied()),
            Window::Phase(phase) => {
                let range = (phase, SimTime::ZERO)..=(phase, SimTime::MAX);
                Box::new(self.phases.range(range).map(|&(_, launched)| launched))
            }
            Window::Launched(launched) => {
                Box::new(self.cohorts.get_key_value(&launched).map(|(&at, _)| at).into_iter())
            }
        }
    }

    pub(super) fn is_empty(&self, window: Window) -> bool {
        self.launches(window).next().is_none()
    }

    pub(super) fn oldest(&self, window: Window) -> Option<SimTime> {
        self.launches(window).next()
    }

    pub(super) fn newest(&self, window: Window) -> Option<SimTime> {
        self.launches(window).next_back()
    }

    /// The point of the hour of the cohort whose next billing hour is closest, and how close.
    pub(super) fn closest(&self, window: Window, now: SimTime) -> Option<(SimDuration, u64)> {
        let phase = match window {
            Window::All => {
                let after = (phase(now), SimTime::MAX);
                let mut later = self.phases.range(after..);
                later.next().or(self.phases.first()).map(|&(phase, _)| phase)
            }
            _ => self.launches(window).next().map(phase),
        };
        phase.map(|phase| (left(phase, now), phase))
    }

    /// The lowest lot.
    pub(super) fn lot(&self, window: Window) -> Option<(u32, InstanceId)> {
        self.launches(window).filter_map(|launched| self.cohorts[&launched].first().copied()).min()
    }
}

impl Candidates {
    /// All kinds there are, with what is of them.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (&Kind, &Bucket)> {
        self.buckets.iter()
    }

    /// What those of some kinds count.
    pub(super) fn units(&self, kinds: impl Fn(&Kind) -> bool) -> u32 {
        let those = self.buckets.iter().filter(|(kind, _)| kinds(kind));
        those.map(|(_, bucket)| bucket.units).sum()
    }

    pub(super) fn insert(&mut self, id: InstanceId, instance: &Instance) {
        let (launched, lot) = (instance.launched, instance.lot);
        let bucket = self.buckets.entry(Kind::of(instance)).or_default();
        bucket.units += instance.weight;
        bucket.cohorts.entry(launched).or_default().insert((lot, id));
        bucket.phases.insert((phase(launched), launched));
    }

    pub(super) fn remove(&mut self, id: InstanceId, instance: &Instance) {
        let (kind, launched) = (Kind::of(instance), instance.launched);
        let bucket = self.buckets.get_mut(&kind).expect("what is removed was inserted");
        bucket.units -= instance.weight;
        let cohort = bucket.cohorts.get_mut(&launched).expect("what is removed was inserted");
        cohort.remove(&(instance.lot, id));
        if cohort.is_empty() {
            bucket.cohorts.remove(&launched);
            bucket.phases.remove(&(phase(launched), launched));
        }
        if bucket.cohorts.is_empty() {
            self.buckets.remove(&kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(minutes: u64) -> SimTime {
        SimTime::from_nanos(minutes * 60 * 1_000_000_000)
    }

    #[test]
    fn a_billing_hour_that_has_just_begun_is_furthest_from_the_next() {
        let mins = |minutes: u64| SimDuration::from_secs(minutes * 60);
        assert_eq!(left(phase(at(10)), at(69)), mins(1));
        assert_eq!(left(phase(at(10)), at(70)), mins(60));
        assert_eq!(left(phase(at(50)), at(65)), mins(45));
    }
}
