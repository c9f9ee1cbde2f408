//! The default plugins, by name.
//!
//! One file each, named as in Kubernetes v1.36 (pkg/scheduler/framework/plugins). Everything that
//! refers to a plugin does so by its [`Plugin`]; what it does is found here.

mod by_domain;
#[cfg(test)]
mod consistency;
mod dynamic_resources;
#[cfg(test)]
pub(in crate::kubernetes::scheduler) mod fixture;
mod image_locality;
pub mod inter_pod_affinity;
pub mod node_affinity;
mod node_name;
mod node_ports;
pub mod node_resources_balanced_allocation;
pub mod node_resources_fit;
mod node_unschedulable;
mod node_volume_limits;
pub mod pod_topology_spread;
mod taint_toleration;
mod volume_binding;
mod volume_restrictions;
mod volume_zone;

use super::cluster::Cluster;
use super::framework::{Prepared, Score};
use super::profile::Profile;
use super::shape::ShapeId;

/// A plugin that filters or scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plugin {
    /// Cordoned nodes.
    NodeUnschedulable,
    /// The one node that a pod names.
    NodeName,
    /// Taints of nodes.
    TaintToleration,
    /// Node selectors and node affinity.
    NodeAffinity,
    /// Ports of the host.
    NodePorts,
    /// Free resources.
    NodeResourcesFit,
    /// Disks that cannot be shared.
    VolumeRestrictions,
    /// How many volumes a node can attach.
    NodeVolumeLimits,
    /// Claims and the volumes they can have.
    VolumeBinding,
    /// Zones of volumes.
    VolumeZone,
    /// How evenly pods are spread.
    PodTopologySpread,
    /// Affinity to other pods.
    InterPodAffinity,
    /// Devices; there are none here.
    DynamicResources,
    /// How evenly a node's resources are used.
    NodeResourcesBalancedAllocation,
    /// Images that are there already.
    ImageLocality,
}

/// All filters, in the order in which they are asked.
pub const FILTERS: [Plugin; 12] = [
    Plugin::NodeUnschedulable,
    Plugin::NodeName,
    Plugin::TaintToleration,
    Plugin::NodeAffinity,
    Plugin::NodePorts,
    Plugin::NodeResourcesFit,
    Plugin::VolumeRestrictions,
    Plugin::NodeVolumeLimits,
    Plugin::VolumeBinding,
    Plugin::VolumeZone,
    Plugin::PodTopologySpread,
    Plugin::InterPodAffinity,
];

/// All scores, in the order in which they are asked, and their default weights.
pub const SCORES: [(Plugin, i64); 8] = [
    (Plugin::TaintToleration, 3),
    (Plugin::NodeAffinity, 2),
    (Plugin::NodeResourcesFit, 1),
    (Plugin::PodTopologySpread, 2),
    (Plugin::InterPodAffinity, 2),
    (Plugin::DynamicResources, 2),
    (Plugin::NodeResourcesBalancedAllocation, 1),
    (Plugin::ImageLocality, 1),
];

impl Plugin {
    /// Its name, as in Kubernetes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NodeUnschedulable => "NodeUnschedulable",
            Self::NodeName => "NodeName",
            Self::TaintToleration => "TaintToleration",
            Self::NodeAffinity => "NodeAffinity",
            Self::NodePorts => "NodePorts",
            Self::NodeResourcesFit => "NodeResourcesFit",
            Self::VolumeRestrictions => "VolumeRestrictions",
            Self::NodeVolumeLimits => "NodeVolumeLimits",
            Self::VolumeBinding => "VolumeBinding",
            Self::VolumeZone => "VolumeZone",
            Self::PodTopologySpread => "PodTopologySpread",
            Self::InterPodAffinity => "InterPodAffinity",
            Self::DynamicResources => "DynamicResources",
            Self::NodeResourcesBalancedAllocation => "NodeResourcesBalancedAllocation",
            Self::ImageLocality => "ImageLocality",
        }
    }

    /// Prepares it as a filter for a shape (PreFilter).
    #[must_use]
    pub fn filter(self, profile: &Profile, cluster: &Cluster, id: ShapeId) -> Prepared {
        let shape = cluster.shape(id);
        match self {
            Self::NodeUnschedulable => node_unschedulable::filter(shape),
            Self::NodeName => node_name::filter(shape),
            Self::TaintToleration => taint_toleration::filter(shape),
            Self::NodeAffinity => node_affinity::filter(&profile.node_affinity, shape),
            Self::NodePorts => node_ports::filter(cluster, shape),
            Self::NodeResourcesFit => node_resources_fit::filter(&profile.fit, cluster, shape),
            Self::PodTopologySpread => pod_topology_spread::filter(&profile.spread, cluster, id),
            Self::InterPodAffinity => inter_pod_affinity::filter(cluster, id),
            Self::VolumeRestrictions => volume_restrictions::filter(cluster, shape),
            Self::NodeVolumeLimits => node_volume_limits::filter(shape),
            Self::VolumeBinding => volume_binding::filter(cluster, shape),
            Self::VolumeZone => volume_zone::filter(cluster, shape),
            Self::DynamicResources
            | Self::NodeResourcesBalancedAllocation
            | Self::ImageLocality => Prepared::Skip,
        }
    }

    /// Prepares it as a score for a shape; `None` where it has nothing to say about any node.
    #[must_use]
    pub fn score(
        self,
        profile: &Profile,
        cluster: &Cluster,
        id: ShapeId,
    ) -> Option<Box<dyn Score>> {
        let shape = cluster.shape(id);
        match self {
            Self::TaintToleration => taint_toleration::score(shape),
            Self::NodeAffinity => node_affinity::score(&profile.node_affinity, shape),
            Self::NodeResourcesFit => node_resources_fit::score(&profile.fit, shape),
            Self::DynamicResources => dynamic_resources::score(),
            Self::NodeResourcesBalancedAllocation => {
                node_resources_balanced_allocation::score(&profile.balanced_allocation, shape)
            }
            Self::ImageLocality => image_locality::score(cluster, shape),
            Self::PodTopologySpread => pod_topology_spread::score(&profile.spread, cluster, id),
            Self::InterPodAffinity => {
                inter_pod_affinity::score(profile.inter_pod_affinity, cluster, id)
            }
            _ => None,
        }
    }
}
