//! `[[rollout]]`: a new version of an app or workload.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::units::{Bytes, Millicores};

/// `[[rollout]]`: from some time on the pods of a Deployment are others, as after `kubectl apply`.
/// Clusters that are not of Kubernetes leave it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    /// The Deployment: the name of an app, or a name or `namespace/name` of one in a manifest.
    pub deployment: String,
    /// When it is changed.
    pub at: SimDuration,
    /// Which container is changed. Default: the first.
    pub container: Option<String>,
    /// Its image from then on. Default: as it is.
    pub image: Option<String>,
    /// Its CPU request from then on. Default: as it is.
    pub cpu: Option<Millicores>,
    /// Its memory request from then on. Default: as it is.
    pub memory: Option<Bytes>,
    /// Pods wanted from then on. Default: as many as there are.
    pub replicas: Option<u32>,
}
