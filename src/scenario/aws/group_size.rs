//! What changes the size of an Auto Scaling group: the calendar, and the CPU of its instances.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Fraction, Instant};

/// `[[cluster.auto_scaling_group.schedule]]`: a scheduled action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledSize {
    /// Once, at this instant.
    pub at: Option<Instant>,
    /// Again and again: five fields in UTC, such as `0 8 * * MON-FRI`.
    pub cron: Option<String>,
    /// `cron`: not before this instant.
    pub from: Option<Instant>,
    /// `cron`: not after this instant.
    pub until: Option<Instant>,
    /// The fewest instances from then on.
    pub min: Option<u32>,
    /// The most instances from then on.
    pub max: Option<u32>,
    /// Instances from then on.
    pub desired: Option<u32>,
}

/// `[[cluster.auto_scaling_group.policy]]`: by the mean CPU utilisation of its instances in service
/// that have warmed up, minute by minute (detailed monitoring).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum GroupPolicy {
    /// `target-tracking = { target }`: keeps it at a target (`ASGAverageCPUUtilization`).
    TargetTracking {
        /// At what.
        target: Fraction,
        /// Whether it only ever adds instances. Default false.
        #[serde(default)]
        disable_scale_in: bool,
    },
    /// `step = { … }`: takes a step on an alarm.
    Step(StepPolicy),
}

/// A step scaling policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepPolicy {
    /// Its alarm is raised above this utilisation. Either this or `below`.
    pub above: Option<Fraction>,
    /// Its alarm is raised below this utilisation.
    pub below: Option<Fraction>,
    /// For so many minutes in a row. Default 1.
    #[serde(default = "one")]
    pub minutes: u32,
    /// What the numbers of its steps are. Default change-in-capacity.
    #[serde(default)]
    pub adjustment: AdjustmentType,
    /// A change in per cent is at least one of so many. Default 0.
    #[serde(default)]
    pub min_magnitude: u32,
    /// Its steps.
    pub steps: Vec<ScalingStep>,
}

/// What the number of a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AdjustmentType {
    /// By how many the size changes.
    #[default]
    ChangeInCapacity,
    /// By what part of a hundred.
    PercentChangeInCapacity,
    /// What the size becomes.
    ExactCapacity,
}

/// A step of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingStep {
    /// From this difference of utilisation and threshold on, in points of per cent. Default: from
    /// the lowest.
    pub lower: Option<f64>,
    /// Up to this difference. Default: to the highest.
    pub upper: Option<f64>,
    /// By how much.
    pub adjustment: i64,
}

fn one() -> u32 {
    1
}
