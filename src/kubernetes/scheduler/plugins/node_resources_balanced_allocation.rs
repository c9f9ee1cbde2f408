//! NodeResourcesBalancedAllocation: a pod goes where it evens out how much of each resource is used.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go.

use crate::kubernetes::scheduler::resources::ResourceKind;

/// Arguments of NodeResourcesBalancedAllocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args {
    /// The resources that are to be balanced.
    pub resources: Vec<ResourceKind>,
}

impl Default for Args {
    fn default() -> Self {
        Self { resources: vec![ResourceKind::Cpu, ResourceKind::Memory] }
    }
}
