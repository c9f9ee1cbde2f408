//! The conditions in the status of an autoscaler.
//!
//! Each stays as it is until a sync writes it again, so that after a failed one they tell of
//! different times.

use std::fmt;

/// Why a condition is as it is, in the words of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    FailedGetScale,
    SucceededGetScale,
    ReadyForNewScale,
    ScaleUpStabilized,
    ScaleDownStabilized,
    SucceededRescale,
    ScalingDisabled,
    InvalidSelector,
    AmbiguousSelector,
    ValidMetricFound,
    FailedGetResourceMetric,
    FailedGetContainerResourceMetric,
    FailedGetPodsMetric,
    FailedGetObjectMetric,
    FailedGetExternalMetric,
    DesiredWithinRange,
    ScaleUpLimit,
    ScaleDownLimit,
    TooManyReplicas,
    TooFewReplicas,
    ScaledToZero,
    NotScaledToZero,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the API writes them as they are spelled here
        fmt::Debug::fmt(self, f)
    }
}

/// A condition and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Whether it is true.
    pub status: bool,
    /// Why.
    pub reason: Reason,
}

impl Condition {
    /// It is true because of this.
    pub const fn yes(reason: Reason) -> Self {
        Self { status: true, reason }
    }

    /// It is false because of this.
    pub const fn no(reason: Reason) -> Self {
        Self { status: false, reason }
    }
}

/// As `True/ReadyForNewScale`.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = if self.status { "True" } else { "False" };
        write!(f, "{status}/{}", self.reason)
    }
}

/// The conditions of an autoscaler, as far as they were ever written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Whether the replicas can be changed, and whether past recommendations hold them.
    pub able_to_scale: Option<Condition>,
    /// Whether the metrics give a number of replicas.
    pub scaling_active: Option<Condition>,
    /// Whether a limit keeps the number from what the metrics ask for.
    pub scaling_limited: Option<Condition>,
    /// Whether the autoscaler itself scaled to zero; only with
    /// [`HpaConfig::scale_to_zero`](super::HpaConfig::scale_to_zero).
    pub scaled_to_zero: Option<Condition>,
}
