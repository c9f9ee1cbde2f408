//! The horizontal pod autoscaler: how many replicas the metrics ask for.
//!
//! [`Hpa::sync`] is one turn of the controller's loop for one autoscaler, step for step as in
//! Kubernetes v1.36, `pkg/controller/podautoscaler/horizontal.go`, `reconcileAutoscaler`. It has no
//! clock and changes nothing but what it remembers: the caller looks ([`Observation`]), asks every
//! [`HpaConfig::sync_period`], and sets the scale to what was decided.
//!
//! 1. Zero replicas: disabled. Outside the bounds of the spec: to the bound at once.
//! 2. Otherwise every metric proposes a number of replicas, and the largest wins.
//! 3. Recommendations of the recent past hold it (stabilisation).
//! 4. The bounds and the limits of speed apply.
//!
//! Not modelled: writes that fail, and the time that reading and writing takes.

mod amount;
mod calculator;
mod condition;
mod convert;
mod history;
mod integer;
mod limits;
mod observation;
mod proposal;
pub mod requests;
mod spec;

pub use calculator::MetricError;
pub use condition::{Condition, Conditions, Reason};
pub use convert::{SpecError, spec_of};
pub use observation::{
    Observation, Phase, Pod, PodReading, Reading, Ready, ReadyStatus, Sample, Selector,
};
pub use proposal::Proposal;
pub use spec::{
    Behavior, HpaConfig, HpaSpec, Metric, Milli, PolicyKind, ResourceTarget, ScalingPolicy,
    ScalingRules, SelectPolicy, ValueTarget,
};

use calculator::{Calculator, Tolerances};
use history::{Changes, Recommendations, Windows};
use limits::{Limited, Speed};

use crate::engine::{SimDuration, SimTime};

/// One autoscaler and what the controller remembers of it.
#[derive(Clone, Debug)]
pub struct Hpa {
    spec: HpaSpec,
    config: HpaConfig,
    conditions: Conditions,
    recommendations: Recommendations,
    ups: Changes,
    downs: Changes,
}

/// What a sync decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What the metrics asked for; none if they were not looked at.
    pub proposal: Option<Proposal>,
    /// The replicas wanted from now on.
    pub desired: i32,
    /// Whether that is a change.
    pub rescaled: bool,
    /// Why it is a change. None for a change that only the past asks for.
    pub reason: Option<RescaleReason>,
    /// The conditions after the sync.
    pub conditions: Conditions,
}

/// Why the scale is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RescaleReason {
    /// There were more replicas than the spec allows.
    AboveMaximum,
    /// There were fewer replicas than the spec allows.
    BelowMinimum,
    /// A metric is above its target.
    AboveTarget {
        /// Its place in the spec.
        metric: usize,
    },
    /// All metrics are below their targets.
    BelowTarget,
}

impl RescaleReason {
    /// What the event `SuccessfulRescale` says of a change to so many replicas.
    pub fn told(self, spec: &HpaSpec) -> String {
        match self {
            Self::AboveMaximum => "Current number of replicas above Spec.MaxReplicas".to_owned(),
            Self::BelowMinimum => "Current number of replicas below Spec.MinReplicas".to_owned(),
            Self::AboveTarget { metric } => format!("{} above target", spec.metrics[metric].name()),
            Self::BelowTarget => "All metrics below target".to_owned(),
        }
    }
}

/// What the current number of replicas calls for, before any metric is looked at.
enum Plan {
    Disabled,
    Bound(i32, RescaleReason),
    Metrics,
}

impl Hpa {
    /// An autoscaler that was never synced.
    pub fn new(spec: HpaSpec, config: HpaConfig) -> Self {
        Self {
            spec,
            config,
            conditions: Conditions::default(),
            recommendations: Recommendations::default(),
            ups: Changes::default(),
            downs: Changes::default(),
        }
    }

    /// What it asks for.
    pub fn spec(&self) -> &HpaSpec {
        &self.spec
    }

    /// How the controller is configured.
    pub fn config(&self) -> &HpaConfig {
        &self.config
    }

    /// One look at the target. Syncs must be in order of time.
    ///
    /// # Panics
    /// When the readings do not fit the spec's metrics and the pods of the observation.
    pub fn sync(&mut self, now: SimTime, observation: &Observation) -> Decision {
        let current = observation.spec_replicas;
        self.conditions.able_to_scale = Some(Condition::yes(Reason::SucceededGetScale));
        self.recommendations.begin(current, now);
        let (proposal, desired, reason) = match self.plan(current) {
            Plan::Disabled => {
                self.conditions.scaling_active = Some(Condition::no(Reason::ScalingDisabled));
                (None, current, None)
            }
            Plan::Bound(bound, reason) => (None, bound, Some(reason)),
            Plan::Metrics => {
                let proposal = self.propose(now, observation);
                self.conditions.scaling_active = Some(proposal.scaling_active);
                let (desired, reason) = self.follow(&proposal, current, now);
                (Some(proposal), desired, reason)
            }
        };
        let rescaled = desired != current;
        if rescaled {
            self.rescale(current, desired, now);
        }
        let reason = reason.filter(|_| rescaled);
        Decision { proposal, desired, rescaled, reason, conditions: self.conditions }
    }

    /// What the metrics ask for, before any limit: the part of a sync that remembers nothing.
    ///
    /// # Panics
    /// When the readings do not fit the spec's metrics and the pods of the observation.
    pub fn propose(&self, now: SimTime, observation: &Observation) -> Proposal {
        let metrics = &self.spec.metrics;
        assert_eq!(metrics.len(), observation.readings.len(), "every metric has a reading");
        let calculator = Calculator {
            now,
            config: &self.config,
            tolerances: self.tolerances(),
            current: observation.spec_replicas,
            status: observation.status_replicas,
            pods: &observation.pods,
        };
        proposal::propose(metrics, observation, &calculator)
    }

    /// The target was not found: nothing is decided.
    pub fn target_not_found(&mut self) -> Conditions {
        self.conditions.able_to_scale = Some(Condition::no(Reason::FailedGetScale));
        self.conditions
    }

    fn tolerances(&self) -> Tolerances {
        let general = self.config.tolerance;
        let behavior = self.spec.behavior.as_ref();
        let own = |rules: fn(&Behavior) -> &ScalingRules| {
            behavior.and_then(|behavior| rules(behavior).tolerance).unwrap_or(general)
        };
        Tolerances { up: own(|behavior| &behavior.scale_up), down: own(|b| &b.scale_down) }
    }

    fn plan(&self, current: i32) -> Plan {
        if current == 0 {
            if self.comes_back_from_zero() { Plan::Metrics } else { Plan::Disabled }
        } else if current > self.spec.max_replicas {
            Plan::Bound(self.spec.max_replicas, RescaleReason::AboveMaximum)
        } else if current < self.spec.min_replicas {
            Plan::Bound(self.spec.min_replicas, RescaleReason::BelowMinimum)
        } else {
            Plan::Metrics
        }
    }

    /// Whether it was the autoscaler that scaled to zero, and can tell when to come back.
    fn comes_back_from_zero(&self) -> bool {
        self.scaled_to_zero() && (self.spec.min_replicas != 0 || self.sees_without_pods())
    }

    fn scaled_to_zero(&self) -> bool {
        let condition = self.conditions.scaled_to_zero;
        self.config.scale_to_zero && condition.is_some_and(|condition| condition.status)
    }

    /// Whether a metric does not come from pods.
    fn sees_without_pods(&self) -> bool {
        let mut metrics = self.spec.metrics.iter();
        metrics.any(|metric| matches!(metric, Metric::Object { .. } | Metric::External { .. }))
    }

    /// Stabilises and limits what the metrics ask for.
    fn follow(
        &mut self,
        proposal: &Proposal,
        current: i32,
        now: SimTime,
    ) -> (i32, Option<RescaleReason>) {
        let Some(proposed) = proposal.replicas else {
            return (current, None);
        };
        let proposed = proposed.max(0);
        let reason = match proposed.cmp(&current) {
            std::cmp::Ordering::Less => Some(RescaleReason::BelowTarget),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => {
                proposal.metric.map(|metric| RescaleReason::AboveTarget { metric })
            }
        };
        let desired = self.normalise(proposed, current, now);
        if current == 0 && desired < self.spec.min_replicas {
            return (self.spec.min_replicas, reason.or(Some(RescaleReason::BelowMinimum)));
        }
        (desired, reason)
    }

    fn normalise(&mut self, proposed: i32, current: i32, now: SimTime) -> i32 {
        let (stable, held) = self.stabilise(proposed, current, now);
        let able = if stable == proposed { Reason::ReadyForNewScale } else { held };
        self.conditions.able_to_scale = Some(Condition::yes(able));
        let (desired, limit) = self.limit(stable, current, now);
        let limited = Condition { status: desired != stable, reason: limit };
        self.conditions.scaling_limited = Some(limited);
        desired
    }

    /// What the past leaves of a proposal, and what it is called when it leaves less.
    fn stabilise(&mut self, proposed: i32, current: i32, now: SimTime) -> (i32, Reason) {
        let downscale = self.config.downscale_stabilization;
        let Some(behavior) = &self.spec.behavior else {
            let highest = self.recommendations.highest(proposed, downscale, now);
            return (highest, Reason::ScaleDownStabilized);
        };
        let windows = Windows {
            up: behavior.scale_up.stabilization_window.unwrap_or_default(),
            down: behavior.scale_down.stabilization_window.unwrap_or(whole_seconds(downscale)),
        };
        let held = match proposed >= current {
            true => Reason::ScaleUpStabilized,
            false => Reason::ScaleDownStabilized,
        };
        (self.recommendations.nearest(proposed, current, windows, now), held)
    }

    fn limit(&self, stable: i32, current: i32, now: SimTime) -> Limited {
        let Some(behavior) = &self.spec.behavior else {
            return limits::plain(&self.spec, current, stable);
        };
        let speed = Speed { ups: &self.ups, downs: &self.downs, now };
        match stable.cmp(&current) {
            std::cmp::Ordering::Greater => {
                speed.up(&behavior.scale_up, &self.spec, current, stable)
            }
            std::cmp::Ordering::Less => {
                speed.down(&behavior.scale_down, &self.spec, current, stable)
            }
            std::cmp::Ordering::Equal => (stable, Reason::DesiredWithinRange),
        }
    }

    /// Remembers a change of scale.
    fn rescale(&mut self, current: i32, desired: i32, now: SimTime) {
        self.conditions.able_to_scale = Some(Condition::yes(Reason::SucceededRescale));
        if let Some(behavior) = &self.spec.behavior {
            if desired > current {
                let longest = behavior.scale_up.longest_period();
                self.ups.record(desired.wrapping_sub(current), longest, now);
            } else {
                let longest = behavior.scale_down.longest_period();
                self.downs.record(current.wrapping_sub(desired), longest, now);
            }
        }
        if self.config.scale_to_zero {
            let by_metrics = self.spec.min_replicas == 0 && self.sees_without_pods();
            self.conditions.scaled_to_zero = Some(match desired == 0 && by_metrics {
                true => Condition::yes(Reason::ScaledToZero),
                false => Condition::no(Reason::NotScaledToZero),
            });
        }
    }
}

/// The controller keeps this window in seconds once there is a behaviour.
fn whole_seconds(window: SimDuration) -> SimDuration {
    let second = SimDuration::from_secs(1).as_nanos();
    SimDuration::from_nanos(window.as_nanos() / second * second)
}

#[cfg(test)]
mod tests;
