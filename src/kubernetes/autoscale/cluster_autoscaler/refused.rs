//! Why groups do not grow for pods.
//!
//! Follows core/scaleup/orchestrator/skippedreasons.go and the event `NotTriggerScaleUp` of
//! processors/status/eventing_scale_up_processor.go.

use std::fmt;

use crate::kubernetes::scheduler::framework::Rejection;
use crate::kubernetes::scheduler::pod::PodId;

/// Why a group does not grow for a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotGrown {
    /// It is as large as it may be.
    Largest,
    /// Its nodes do not come up, or did not lately.
    Unsafe,
    /// The cluster has all cores or memory that it may have.
    Quota,
    /// The pod would not fit an empty node of it.
    Rejected(Rejection),
}

impl fmt::Display for NotGrown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Largest => out.write_str("max node group size reached"),
            Self::Unsafe => out.write_str("not ready for scale-up"),
            Self::Quota => out.write_str("max cluster cpu or memory limit reached"),
            Self::Rejected(rejection) => out.write_str(&rejection.reasons.join(", ")),
        }
    }
}

/// Pods that are alike and that no group could help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The pods.
    pub pods: Vec<PodId>,
    /// By group: why not.
    pub why: Vec<NotGrown>,
}
