//! Step scaling: the further a metric is beyond its alarm's threshold, the larger the step.
//!
//! Source: Application Auto Scaling User Guide, "Step scaling policies".

use super::alarm::Rule;
use crate::engine::SimDuration;

/// A policy that takes a step when its alarm is raised.
#[derive(Clone, Debug, PartialEq)]
pub struct StepScaling {
    /// The alarm that it acts on.
    pub alarm: Rule,
    /// What the numbers of its steps are.
    pub adjustment: Adjustment,
    /// Steps, by how far the metric is beyond the threshold. They do not overlap.
    pub steps: Vec<Step>,
    /// For how long a step is in progress; 300 s where nothing is said.
    pub cooldown: SimDuration,
    /// A change in per cent is at least one of so many.
    pub min_magnitude: u32,
}

/// What the number of a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// By how many the size changes: `ChangeInCapacity`.
    Change,
    /// By what part of a hundred: `PercentChangeInCapacity`.
    PercentChange,
    /// What the size becomes: `ExactCapacity`.
    Exact,
}

/// A step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// From this difference of metric and threshold on; none for all that are lower.
    pub lower: Option<f64>,
    /// Up to this difference; none for all that are higher.
    pub upper: Option<f64>,
    /// By how much.
    pub adjustment: i64,
}

impl Step {
    /// Whether the step is for a metric that differs so much from the threshold. Of differences
    /// upwards it includes its lower bound, of those downwards its upper one.
    fn is_for(&self, difference: f64) -> bool {
        let (lower, upper) = (self.lower, self.upper);
        if difference >= 0.0 && upper.is_none_or(|upper| upper > 0.0) {
            lower.is_none_or(|lower| difference >= lower)
                && upper.is_none_or(|upper| difference < upper)
        } else {
            lower.is_none_or(|lower| difference > lower)
                && upper.is_none_or(|upper| difference <= upper)
        }
    }
}

impl StepScaling {
    /// The size that the policy asks for, from a size and a metric beyond the threshold; none where
    /// no step is for it.
    pub fn size(&self, size: u32, value: f64) -> Option<u32> {
        let difference = value - self.alarm.threshold;
        let step = self.steps.iter().find(|step| step.is_for(difference))?;
        let size = i64::from(size);
        let new = match self.adjustment {
            Adjustment::Change => size.saturating_add(step.adjustment),
            Adjustment::Exact => step.adjustment,
            Adjustment::PercentChange => size.saturating_add(self.percent(size, step.adjustment)),
        };
        Some(u32::try_from(new.max(0)).unwrap_or(u32::MAX))
    }

    /// A change in per cent: parts of one are cut off, and less than one is one; so 12.7 is 12,
    /// 0.67 is 1, -0.58 is -1 and -6.67 is -6.
    fn percent(&self, size: i64, percent: i64) -> i64 {
        let hundredths = size.saturating_mul(percent);
        let cut = match hundredths / 100 {
            0 => hundredths.signum(),
            whole => whole,
        };
        let least = i64::from(self.min_magnitude);
        if cut == 0 || cut.abs() >= least { cut } else { cut.signum() * least }
    }
}
