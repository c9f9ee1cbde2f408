//! Target tracking: a metric is kept at a value by two alarms that the service makes itself.
//!
//! Alarms of ECS services: above the target in 3 of 3 minutes, below 0.9 of the target in 15 of 15
//! (observed: targets of 75 and 50 have low alarms at 67.5 and 45). The new size is the one at
//! which the metric would be at its target, rounded up both ways, so that a metric is rather below
//! it. (Application Auto Scaling User Guide, "Target tracking scaling policies": the policy is
//! conservative, adds capacity in proportion, and takes it away more gradually; by how much is not
//! published.)

use super::alarm::{Comparison, Missing, Rule};
use crate::engine::SimDuration;

/// A policy that keeps a metric at a target.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetTracking {
    /// What is kept.
    pub metric: Metric,
    /// At what.
    pub target: f64,
    /// Low alarms are at this part of the target.
    pub low_part: f64,
    /// For how long a scale-out is in progress.
    pub scale_out_cooldown: SimDuration,
    /// For how long no scale-in follows another.
    pub scale_in_cooldown: SimDuration,
    /// Whether it only ever adds.
    pub disable_scale_in: bool,
}

/// What is measured, as an average over the target's tasks in a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// `ECSServiceAverageCPUUtilization`: used of what is reserved, in per cent.
    Cpu,
    /// `ECSServiceAverageMemoryUtilization`: used of what is reserved, in per cent.
    Memory,
    /// `ALBRequestCountPerTarget`: requests a minute and target.
    RequestsPerTarget,
    /// Any other, by its name.
    Custom(String),
}

/// Low alarms of ECS services.
pub const LOW_PART: f64 = 0.9;
/// Cooldowns of ECS services where nothing is said.
pub const COOLDOWN: SimDuration = SimDuration::from_secs(300);
const HIGH_PERIODS: u32 = 3;
const LOW_PERIODS: u32 = 15;

impl TargetTracking {
    /// A policy of an ECS service, with the defaults.
    pub fn of_service(metric: Metric, target: f64) -> Self {
        Self {
            metric,
            target,
            low_part: LOW_PART,
            scale_out_cooldown: COOLDOWN,
            scale_in_cooldown: COOLDOWN,
            disable_scale_in: false,
        }
    }

    /// When it asks for more.
    pub fn high(&self) -> Rule {
        self.alarm(self.target, Comparison::Greater, HIGH_PERIODS)
    }

    /// When it could do with less.
    pub fn low(&self) -> Rule {
        self.alarm(self.target * self.low_part, Comparison::Less, LOW_PERIODS)
    }

    fn alarm(&self, threshold: f64, comparison: Comparison, periods: u32) -> Rule {
        let missing = Missing::Missing;
        Rule { threshold, comparison, periods, datapoints: periods, missing }
    }

    /// The size at which the metric would be at its target, if it is `value` at a size of `size`.
    pub fn proportional(&self, size: u32, value: f64) -> u32 {
        // what is a whole number but for the last digit of a float is that number
        const SLACK: f64 = 1e-9;
        (f64::from(size) * value / self.target - SLACK).ceil().max(0.0) as u32
    }
}
