//! `[cluster.eks]`: how a cluster of Amazon EKS is set up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::load_balancer_controller::ControllerOptions;
use super::{EbsCsi, VpcCni};
use crate::units::Fraction;

/// `[cluster.eks]`: how a cluster of Amazon EKS is set up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EksOptions {
    /// What is paid for its version of Kubernetes. Default standard.
    pub support: EksSupport,
    /// Part of a node's memory that its kernel does not have. Default 2.5%.
    pub kernel_memory: Fraction,
    /// How pods get their addresses.
    pub vpc_cni: VpcCni,
    /// Its EBS CSI driver.
    pub ebs_csi: EbsCsi,
    /// What puts load balancers in front of pods.
    pub load_balancer_controller: ControllerOptions,
    /// How many hops an answer of the instance metadata service lives (`HttpPutResponseHopLimit`):
    /// with 1, pods do not get the role of their node. Default 2.
    pub metadata_hops: u8,
    /// The OpenID Connect provider of the cluster, as the trust policies of roles for service
    /// accounts name it: `oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE`. Default: the one that a
    /// trust policy names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc_provider: Option<String>,
}

impl Default for EksOptions {
    fn default() -> Self {
        Self {
            support: EksSupport::default(),
            kernel_memory: Fraction(0.025),
            vpc_cni: VpcCni::default(),
            ebs_csi: EbsCsi::default(),
            load_balancer_controller: ControllerOptions::default(),
            metadata_hops: 2,
            oidc_provider: None,
        }
    }
}

/// Support of a version of Kubernetes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EksSupport {
    /// The first 14 months: $0.10 an hour for the control plane.
    #[default]
    Standard,
    /// The 12 months after that: $0.60 an hour.
    Extended,
}
