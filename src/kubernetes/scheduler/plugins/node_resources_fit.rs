//! NodeResourcesFit: a node has to have room for what a pod requests, and rather much or rather
//! little of it.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/noderesources.

use crate::kubernetes::scheduler::resources::ResourceKind;

/// Arguments of NodeResourcesFit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args {
    /// Extended resources that the filter ignores.
    pub ignored_resources: Vec<Box<str>>,
    /// What stands before the `/` of extended resources that the filter ignores.
    pub ignored_resource_groups: Vec<Box<str>>,
    /// How nodes are scored.
    pub strategy: Strategy,
    /// The resources that are scored, and how much each counts.
    pub resources: Vec<(ResourceKind, i64)>,
}

/// What makes a node good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Much is free.
    LeastAllocated,
    /// Little is free.
    MostAllocated,
    /// A function of the utilisation in percent, given by its corners by rising utilisation:
    /// scores here are from 0 to 100.
    RequestedToCapacityRatio(Vec<(i64, i64)>),
}

impl Default for Args {
    fn default() -> Self {
        Self {
            ignored_resources: Vec::new(),
            ignored_resource_groups: Vec::new(),
            strategy: Strategy::LeastAllocated,
            resources: vec![(ResourceKind::Cpu, 1), (ResourceKind::Memory, 1)],
        }
    }
}
