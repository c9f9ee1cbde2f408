//! Limits of a change: the bounds of the spec, and how fast it may go.
//!
//! Without a behaviour the only limit of speed is to the double, or to 4, in one sync. With one,
//! the policies of the direction count the changes of their period, up and down. Source:
//! Kubernetes v1.36, `pkg/controller/podautoscaler/horizontal.go`,
//! `convertDesiredReplicasWithRules`, `convertDesiredReplicasWithBehaviorRate` and what they call.

use super::condition::Reason;
use super::history::Changes;
use super::integer::{ceiling, truncated};
use super::spec::{HpaSpec, PolicyKind, ScalingPolicy, ScalingRules, SelectPolicy};
use crate::engine::SimTime;

/// A number within the limits, and the limit that decided it.
pub(super) type Limited = (i32, Reason);

/// The limits without a behaviour.
pub(super) fn plain(spec: &HpaSpec, current: i32, desired: i32) -> Limited {
    let fastest = truncated((2.0 * f64::from(current)).max(4.0));
    let (most, reason) = match spec.max_replicas > fastest {
        true => (fastest, Reason::ScaleUpLimit),
        false => (spec.max_replicas, Reason::TooManyReplicas),
    };
    if desired < spec.min_replicas {
        (spec.min_replicas, Reason::TooFewReplicas)
    } else if desired > most {
        (most, reason)
    } else {
        (desired, Reason::DesiredWithinRange)
    }
}

/// The changes that policies look back on.
pub(super) struct Speed<'a> {
    pub ups: &'a Changes,
    pub downs: &'a Changes,
    pub now: SimTime,
}

impl Speed<'_> {
    /// The limits for more replicas, or none if the number is within them.
    pub fn up(&self, rules: &ScalingRules, spec: &HpaSpec, current: i32, desired: i32) -> Limited {
        let fastest = self.most(rules, current).max(current);
        let (most, reason) = match spec.max_replicas > fastest {
            true => (fastest, Reason::ScaleUpLimit),
            false => (spec.max_replicas, Reason::TooManyReplicas),
        };
        if desired > most { (most, reason) } else { (desired, Reason::DesiredWithinRange) }
    }

    /// The limits for fewer replicas.
    pub fn down(
        &self,
        rules: &ScalingRules,
        spec: &HpaSpec,
        current: i32,
        desired: i32,
    ) -> Limited {
        let fastest = self.least(rules, current).min(current);
        let (least, reason) = match spec.min_replicas < fastest {
            true => (fastest, Reason::ScaleDownLimit),
            false => (spec.min_replicas, Reason::TooFewReplicas),
        };
        if desired < least { (least, reason) } else { (desired, Reason::DesiredWithinRange) }
    }

    /// The most replicas that the policies allow.
    fn most(&self, rules: &ScalingRules, current: i32) -> i32 {
        let allowed = rules.policies.iter().map(|policy| {
            let start = self.start_of_period(policy, current);
            match policy.kind {
                PolicyKind::Pods => start.wrapping_add(policy.value),
                // up, or few replicas would never become more
                PolicyKind::Percent => {
                    ceiling(f64::from(start) * (1.0 + f64::from(policy.value) / 100.0))
                }
            }
        });
        match rules.select {
            SelectPolicy::Disabled => current,
            SelectPolicy::Min => allowed.fold(i32::MAX, i32::min),
            SelectPolicy::Max => allowed.fold(i32::MIN, i32::max),
        }
    }

    /// The fewest replicas that the policies allow.
    fn least(&self, rules: &ScalingRules, current: i32) -> i32 {
        let allowed = rules.policies.iter().map(|policy| {
            let start = self.start_of_period(policy, current);
            match policy.kind {
                PolicyKind::Pods => start.wrapping_sub(policy.value),
                PolicyKind::Percent => {
                    truncated(f64::from(start) * (1.0 - f64::from(policy.value) / 100.0))
                }
            }
        });
        match rules.select {
            SelectPolicy::Disabled => current,
            SelectPolicy::Min => allowed.fold(i32::MIN, i32::max),
            SelectPolicy::Max => allowed.fold(i32::MAX, i32::min),
        }
    }

    /// The replicas there were when the policy's period began, by the changes made since.
    fn start_of_period(&self, policy: &ScalingPolicy, current: i32) -> i32 {
        let added = self.ups.within(policy.period, self.now);
        let removed = self.downs.within(policy.period, self.now);
        current.wrapping_sub(added).wrapping_add(removed)
    }
}
