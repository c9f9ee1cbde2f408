//! Managed scaling: the size of an Auto Scaling group follows the tasks.
//!
//! Each minute N is the number of instances and M the number that is needed. The metric is
//! 100 · M / N; 100 where both are 0, and 200 where only N is, from which the group always grows to
//! two. It is kept at `targetCapacity`: above it for one minute, the group grows; below it for 15
//! minutes, it shrinks, each minute by one instance or up to half of them.
//!
//! Without waiting tasks, M is N without the instances that have none but daemons. With waiting
//! tasks, it is N and what these call for, within the bounds of a step. An instance that is still
//! warming up, and empty, was started for tasks that wait: it does not count beside them, so that
//! only a larger requirement starts more.

use super::needed::Needed;
use crate::aws::scaling::{Alarm, Comparison, Missing, Rule};
use crate::engine::SimDuration;

/// How an Auto Scaling group is scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagedScaling {
    /// What the metric is kept at, in per cent: 1 to 100.
    pub target_capacity: u32,
    /// The fewest instances that are added for waiting tasks.
    pub min_step: u32,
    /// The most.
    pub max_step: u32,
    /// How long an instance takes to take part after it has started.
    pub warmup: SimDuration,
}

/// As the API has it: 100 per cent, 1 to 10,000 instances, 300 s.
impl Default for ManagedScaling {
    fn default() -> Self {
        Self {
            target_capacity: 100,
            min_step: 1,
            max_step: 10_000,
            warmup: SimDuration::from_secs(300),
        }
    }
}

/// What there is at the end of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Instances that are in service (N).
    pub instances: u32,
    /// Of these, those that have no tasks but daemons.
    pub empty: u32,
    /// Of the empty ones, those that are still warming up.
    pub warming: u32,
    /// What the group is meant to have.
    pub desired: u32,
    /// Whether tasks wait in PROVISIONING for this provider. Tasks that were started by a launch
    /// type and not by a strategy are refused where they do not fit, and wait for nothing.
    pub waiting: bool,
    /// What these call for.
    pub needed: Needed,
}

/// The metric `CapacityProviderReservation` as a fraction of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Instances that are needed (M).
    pub needed: u32,
    /// Instances that there are (N).
    pub instances: u32,
}

/// Managed scaling with what it remembers.
#[derive(Clone, Debug)]
pub struct Scaling {
    settings: ManagedScaling,
    high: Alarm,
    low: Alarm,
}

/// Minutes below the target before the group shrinks.
const LOW_MINUTES: u32 = 15;
/// To so many instances a group grows that has none.
const FROM_NONE: u32 = 2;

impl Reservation {
    /// The metric, in per cent.
    pub fn percent(self) -> f64 {
        match (self.needed, self.instances) {
            (0, 0) => 100.0,
            (_, 0) => 200.0,
            (needed, instances) => 100.0 * f64::from(needed) / f64::from(instances),
        }
    }
}

impl ManagedScaling {
    /// What is needed of what there is.
    pub fn reservation(&self, seen: &Observation) -> Reservation {
        let instances = seen.instances;
        let needed = if seen.waiting {
            let step = match seen.needed.instances {
                // none of the waiting tasks would fit on a new one
                0 => 0,
                wanted => wanted.max(self.min_step).min(self.max_step),
            };
            instances + step.saturating_sub(seen.warming)
        } else {
            instances - seen.empty
        };
        Reservation { needed, instances }
    }
}

impl Scaling {
    /// Managed scaling that has seen nothing.
    pub fn new(settings: ManagedScaling) -> Self {
        let target = f64::from(settings.target_capacity);
        let alarm = |comparison, periods| {
            let missing = Missing::Missing;
            Alarm::new(Rule {
                threshold: target,
                comparison,
                periods,
                datapoints: periods,
                missing,
            })
        };
        Self {
            settings,
            high: alarm(Comparison::Greater, 1),
            low: alarm(Comparison::Less, LOW_MINUTES),
        }
    }

    /// How it is set.
    pub fn settings(&self) -> &ManagedScaling {
        &self.settings
    }

    /// A minute ends. Returns what the group is meant to have from now on, if that changes. The
    /// bounds of the group are its own.
    pub fn minute(&mut self, seen: &Observation) -> Option<u32> {
        let reservation = self.settings.reservation(seen);
        let percent = reservation.percent();
        self.high.observe(Some(percent));
        self.low.observe(Some(percent));
        let Reservation { needed, instances } = reservation;
        let target = u64::from(self.settings.target_capacity);
        let tracked = (u64::from(needed) * 100).div_ceil(target);
        let tracked = u32::try_from(tracked).unwrap_or(u32::MAX);
        if self.high.is_raised() {
            let wanted = if instances == 0 { FROM_NONE } else { tracked };
            return (wanted > seen.desired).then_some(wanted);
        }
        if self.low.is_raised() {
            let most = (instances / 2).max(1);
            let wanted = tracked.max(instances.saturating_sub(most));
            return (wanted < seen.desired).then_some(wanted);
        }
        None
    }
}

/// Whether the group may terminate an instance under managed termination protection: it has no
/// tasks but daemons. A service that spreads its tasks keeps every instance that way.
pub fn may_terminate(tasks_but_daemons: u32) -> bool {
    tasks_but_daemons == 0
}
