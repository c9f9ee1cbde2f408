//! Karpenter: which nodes there should be, of which types.
//!
//! Follows Karpenter 1.x (kubernetes-sigs/karpenter, pkg/). It has no clock and knows no cloud: the
//! caller shows the cluster, the pods that wait and the instance types with their offerings as
//! they are now, and does what was decided.
//!
//! * [`api`]: NodePools as the real YAML;
//! * [`requirement`], [`requirements`]: what labels of nodes may be, as sets;
//! * [`batcher`]: pods are collected for a while before nodes are planned for them;
//! * [`instance`]: types of instances and their offerings;
//! * [`provision`]: nodes for pods that wait ([`claim`], [`wish`]), [`launch`]: which instance each
//!   of them becomes;
//! * [`disruption`]: nodes that are taken away or replaced; [`drift`]: those that are not what
//!   their pool asks for any more;
//! * [`lifecycle`]: how long claims and nodes may take.

pub mod api;
pub mod batcher;
pub mod claim;
pub mod disruption;
pub mod drift;
#[cfg(test)]
mod fixture;
pub mod instance;
pub mod launch;
pub mod lifecycle;
pub mod provision;
pub mod requirement;
pub mod requirements;
mod topology;
mod volumes;
pub mod wish;
