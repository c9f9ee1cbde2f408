//! What containers request, and what they should; what recorded requests came to.

use serde::{Deserialize, Serialize};

/// What a container requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Requested {
    /// Cores.
    pub cpu: f64,
    /// Bytes.
    pub memory: u64,
}

/// What the recommender of the Vertical Pod Autoscaler says of an app's container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RightSizing {
    /// What it requests now.
    pub requested: Requested,
    /// What it should request.
    pub target: Requested,
    /// With less, a pod would be evicted.
    pub lower: Requested,
    /// With more, a pod would be evicted.
    pub upper: Requested,
}

/// What requests of a table came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TraceSummary {
    /// When a client had the last answer, in seconds from the start of the run.
    pub makespan: Option<f64>,
    /// Latency over the CPU time that a request needed, on average.
    pub slowdown: Option<f64>,
}
