//! `[cluster.eks.ebs_csi]`: the EBS CSI driver of a cluster of Amazon EKS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::scenario::Law;

/// `[cluster.eks.ebs_csi]`: the Amazon EBS CSI driver, which makes and attaches the volumes of
/// claims. How long these take to come and go, `[cluster.ebs]` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EbsCsi {
    /// From a node that is `Ready` to the driver being registered on it. Before, no volume is made
    /// or attached there, and the taint `ebs.csi.aws.com/agent-not-ready` stays, if the node
    /// joined with it (`taints` of its group). Default uniform, 3s to 10s.
    pub register: Law,
    /// Volumes of each node that are not for pods (`--reserved-volume-attachments`). Default: those
    /// that it booted with, which is its root.
    pub reserved_attachments: Option<u32>,
    /// Volumes of pods that each node takes (`--volume-attach-limit`). Default: what its type has
    /// room for beside its network interfaces when the driver comes up, without those reserved.
    pub attach_limit: Option<u32>,
    /// The class that claims without one have. `gp2` is there on every cluster, of the provisioner
    /// `kubernetes.io/aws-ebs`; `gp3` is made for this, of the driver. Default: none, as of EKS
    /// 1.30, unless a manifest says so: pods with claims without a class stay Pending.
    pub default_class: Option<DefaultClass>,
}

/// A class of storage that claims without one have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DefaultClass {
    /// The class that EKS makes.
    Gp2,
    /// One of volumes of type gp3.
    Gp3,
}

impl Default for EbsCsi {
    fn default() -> Self {
        let seconds = SimDuration::from_secs;
        Self {
            register: Law::Uniform { min: seconds(3), max: seconds(10) },
            reserved_attachments: None,
            attach_limit: None,
            default_class: None,
        }
    }
}
