//! NodeAffinity: a pod goes where the labels of nodes are as it wants them.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/nodeaffinity.

use crate::kubernetes::scheduler::shape::{NodeSelector, NodeTerm, Weighted};

/// Affinity of every pod of the profile, beside its own (`addedAffinity`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// What must hold.
    pub required: Option<NodeSelector>,
    /// What should hold.
    pub preferred: Vec<Weighted<NodeTerm>>,
}
