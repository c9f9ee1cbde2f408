//! What containers request, and what they should.

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
