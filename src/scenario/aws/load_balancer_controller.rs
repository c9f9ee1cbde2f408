//! `[cluster.eks.load_balancer_controller]`: what puts load balancers in front of pods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;

/// `[cluster.eks.load_balancer_controller]`: the AWS Load Balancer Controller, which is there where
/// a manifest or a `[[cluster.target_group]]` asks for a load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ControllerOptions {
    /// What targets are where nothing else says so (`--default-target-type`). Default instance.
    pub target_type: TargetType,
    /// Whether all namespaces have the label `elbv2.k8s.aws/pod-readiness-gate-inject=enabled`, by
    /// which a pod is ready only once its load balancer finds it healthy; for targets of type `ip`.
    /// Default false: those whose manifests have it.
    pub readiness_gates: bool,
    /// How long the controller waits for the answer to a call of Elastic Load Balancing. Default
    /// 200ms.
    pub call: SimDuration,
    /// From a call that deregisters a target to the last node of the load balancer that sends
    /// nothing new to it; AWS does not say. Default 5s.
    pub deregistration: SimDuration,
}

impl Default for ControllerOptions {
    fn default() -> Self {
        Self {
            target_type: TargetType::default(),
            readiness_gates: false,
            call: SimDuration::from_millis(200),
            deregistration: SimDuration::from_secs(5),
        }
    }
}

/// What the targets of a load balancer are on EKS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetType {
    /// Nodes, by a port that each opens for the service (NodePort): a request goes on from there to
    /// any ready pod.
    #[default]
    Instance,
    /// Pods.
    Ip,
}
