//! `[[fault]]`: hosts that fail, at random or on schedule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Law;
use crate::engine::SimDuration;

/// `[[fault]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only in this cluster. Default: in all.
    pub cluster: Option<String>,
    /// Only these hosts, counted from 0; a cluster with fewer leaves out the others. Default:
    /// all.
    pub hosts: Option<Vec<u32>>,
    /// What happens.
    pub kind: FaultKind,
}

/// How hosts fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FaultKind {
    /// `random = { time_to_failure, time_to_repair }`: each host on its own, again and again.
    Random {
        /// Time from when the host is up again, its boot included, to the next failure.
        time_to_failure: Law,
        /// Time from a failure until the host is powered on again.
        time_to_repair: Law,
    },
    /// `scheduled = { at, duration }`
    Scheduled {
        /// When the hosts fail.
        at: SimDuration,
        /// Time until they are powered on again.
        duration: SimDuration,
    },
}
