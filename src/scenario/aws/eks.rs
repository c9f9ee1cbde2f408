//! `[cluster.eks]`: how a cluster of Amazon EKS is set up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::VpcCni;
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
}

impl Default for EksOptions {
    fn default() -> Self {
        let kernel_memory = Fraction(0.025);
        Self { support: EksSupport::default(), kernel_memory, vpc_cni: VpcCni::default() }
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
