//! `[[fault]]`: hosts that fail, at random or on schedule.

use super::Law;
use crate::engine::SimDuration;

/// `[[fault]]`
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Only in this cluster. Default: in all.
    pub cluster: Option<String>,
    /// Only these hosts, counted from 0. Default: all.
    pub hosts: Option<Vec<u32>>,
    /// What happens.
    pub kind: FaultKind,
}

/// How hosts fail.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// `random = { time_to_failure, time_to_repair }`: each host on its own, again and again.
    Random {
        time_to_failure: Law,
        time_to_repair: Law,
    },
    /// `scheduled = { at, duration }`
    Scheduled {
        at: SimDuration,
        duration: SimDuration,
    },
}
