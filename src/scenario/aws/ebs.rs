//! `[cluster.ebs]`: how long volumes take to come and go.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::scenario::Law;

/// How long volumes take to be made, attached and detached: orders of magnitude, to be replaced by
/// one's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EbsOptions {
    /// Time from a volume being asked for to its being `available`. Default uniform, 1s to 5s.
    pub create: Law,
    /// Time from a volume being asked onto an instance to its being `in-use`. Default uniform, 1s
    /// to 6s.
    pub attach: Law,
    /// Time from a volume being given up to its being `available` again. Default uniform, 1s to 6s.
    pub detach: Law,
    /// How long a volume stays with an instance that does not answer, until it is detached by force
    /// (`maxWaitForUnmountDuration` of Kubernetes, `pkg/controller/volume/attachdetach`). Default
    /// 6min.
    pub force_detach: SimDuration,
}

impl Default for EbsOptions {
    fn default() -> Self {
        let seconds = SimDuration::from_secs;
        Self {
            create: Law::Uniform { min: seconds(1), max: seconds(5) },
            attach: Law::Uniform { min: seconds(1), max: seconds(6) },
            detach: Law::Uniform { min: seconds(1), max: seconds(6) },
            force_detach: seconds(360),
        }
    }
}
