//! How long volumes take to be made, attached and detached.
//!
//! Laws that a caller draws from; orders of magnitude, to be replaced by one's own. Kubernetes
//! waits six minutes for a node that does not answer to unmount before it has a volume detached by
//! force (`maxWaitForUnmountDuration`, kubernetes, `pkg/controller/volume/attachdetach`); EBS
//! itself does not wait for what is lost.

use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::scenario::Law;

/// How long Kubernetes waits for a lost node before it detaches by force.
pub const FORCE_DETACH: SimDuration = SimDuration::from_secs(360);

/// How long each step takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeLaws {
    /// `creating` to `available`.
    pub create: Law,
    /// `attaching` to `in-use`.
    pub attach: Law,
    /// `detaching` to `available`, once it is unmounted.
    pub detach: Law,
}

impl Default for VolumeLaws {
    fn default() -> Self {
        let seconds = SimDuration::from_secs;
        Self {
            create: Law::Uniform { min: seconds(1), max: seconds(5) },
            attach: Law::Uniform { min: seconds(1), max: seconds(6) },
            detach: Law::Uniform { min: seconds(1), max: seconds(6) },
        }
    }
}
