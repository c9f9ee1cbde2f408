//! Which plugins take part, how much their scores weigh, and their arguments.
//!
//! Follows `config.KubeSchedulerProfile` (Kubernetes v1.36, pkg/scheduler/apis/config/types.go).
//! Names of resources, topologies and labels are interned, so that plugins compare no text.

use super::plugins::{FILTERS, Plugin, SCORES};
use super::plugins::{node_affinity, node_resources_balanced_allocation, node_resources_fit};
use super::shape::SpreadConstraint;

/// A scheduler profile, as a KubeSchedulerConfiguration gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Filters, in the order in which they are asked.
    pub filters: Vec<Plugin>,
    /// Scores and their weights.
    pub scores: Vec<(Plugin, i64)>,
    /// Arguments of NodeAffinity.
    pub node_affinity: node_affinity::Args,
    /// Arguments of NodeResourcesFit.
    pub fit: node_resources_fit::Args,
    /// Arguments of NodeResourcesBalancedAllocation.
    pub balanced_allocation: node_resources_balanced_allocation::Args,
    /// Arguments of PodTopologySpread.
    pub spread: SpreadDefaults,
    /// Arguments of InterPodAffinity.
    pub inter_pod_affinity: InterPodAffinityArgs,
}

/// How pods are spread that say nothing about it (`PodTopologySpreadArgs`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SpreadDefaults {
    /// As is built into Kubernetes (`defaultingType: System`): soft, over hosts with a skew of 3
    /// and over zones with a skew of 5; nodes without a zone are not ignored.
    #[default]
    System,
    /// By these constraints (`defaultingType: List`), possibly none. Their selectors are
    /// [`Selector::Nothing`](super::labels::Selector::Nothing): that of the pod's service or
    /// controller takes their place.
    List(Vec<SpreadConstraint>),
}

/// Arguments of InterPodAffinity (`InterPodAffinityArgs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterPodAffinityArgs {
    /// What the required affinity of a pod that is there is worth to a pod that it attracts: from 0
    /// to 100.
    pub hard_pod_affinity_weight: i64,
    /// Whether pods without affinity of their own ignore the preferences of those there.
    pub ignore_preferred_terms_of_existing_pods: bool,
}

impl Default for InterPodAffinityArgs {
    fn default() -> Self {
        Self { hard_pod_affinity_weight: 1, ignore_preferred_terms_of_existing_pods: false }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            filters: FILTERS.to_vec(),
            scores: SCORES.to_vec(),
            node_affinity: node_affinity::Args::default(),
            fit: node_resources_fit::Args::default(),
            balanced_allocation: node_resources_balanced_allocation::Args::default(),
            spread: SpreadDefaults::default(),
            inter_pod_affinity: InterPodAffinityArgs::default(),
        }
    }
}
