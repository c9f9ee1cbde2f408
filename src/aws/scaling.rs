//! Alarms and scaling policies: how many tasks or instances there are to be.
//!
//! Application Auto Scaling changes the desired count of an ECS service; Auto Scaling groups follow
//! the same rules.
//!
//! * [`alarm`]: CloudWatch alarms over periods of a minute;
//! * [`target_tracking`], [`step`]: what one policy asks for;
//! * [`scaler`]: all policies of a target with their cooldowns, minute by minute;
//! * [`scheduled`]: times at which the bounds of a target change.
//!
//! Source: Application Auto Scaling User Guide and Amazon EC2 Auto Scaling User Guide (2023-05),
//! Amazon CloudWatch User Guide, "Using Amazon CloudWatch alarms".

pub mod alarm;
pub mod scaler;
pub mod scheduled;
pub mod step;
pub mod target_tracking;
#[cfg(test)]
mod tests;

pub use alarm::{Alarm, Comparison, Missing, Rule};
pub use scaler::{Decision, Policy, Reason, Scaler};
pub use step::{Adjustment, Step, StepScaling};
pub use target_tracking::{Metric, TargetTracking};

/// Between which sizes a target is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Never fewer.
    pub min: u32,
    /// Never more; a target that tracks a metric stops here.
    pub max: u32,
}

impl Bounds {
    /// The nearest size within the bounds.
    pub fn clamp(self, size: u32) -> u32 {
        size.min(self.max).max(self.min)
    }
}
