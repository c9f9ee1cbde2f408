//! Karpenter: which nodes there should be, of which types.
//!
//! Follows Karpenter 1.x (kubernetes-sigs/karpenter, pkg/). It has no clock and knows no cloud: the
//! caller shows the cluster, the pods that wait and the instance types with their offerings as
//! they are now, and does what was decided.
//!
//! * [`api`]: NodePools as the real YAML;
//! * [`requirement`], [`requirements`]: what labels of nodes may be, as sets;
//! * [`batcher`]: pods are collected for a while before nodes are planned for them.

pub mod api;
pub mod batcher;
pub mod requirement;
pub mod requirements;
