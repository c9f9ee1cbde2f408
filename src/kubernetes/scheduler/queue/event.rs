//! What happens in a cluster that may let a waiting pod in.
//!
//! Follows `framework.ClusterEvent` (Kubernetes v1.36, pkg/scheduler/framework/events.go): an
//! update is told apart by what changed, so that only plugins that care about that are asked. No
//! plugin cares about namespaces, services or disruption budgets: those move no pod.

use std::ops::BitOr;

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::shape::{PodShape, ShapeId};
use crate::kubernetes::scheduler::volumes::{
    BindingMode, CsiNode, PersistentVolume, StorageCapacity, StorageClass,
};

/// Labels of a volume that say from where it can be reached (plugins/volumezone).
const ZONE_LABELS: [&str; 4] = [
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// Something that happened in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A node came.
    NodeAdded(Box<NodeSpec>),
    /// A node changed.
    NodeUpdated {
        /// What it was.
        old: Box<NodeSpec>,
        /// What it is.
        new: Box<NodeSpec>,
    },
    /// A node went.
    NodeRemoved(Box<NodeSpec>),
    /// A pod of this shape came to a node.
    PodAdded(ShapeId),
    /// A pod on a node changed.
    PodUpdated {
        /// What it was.
        old: ShapeId,
        /// What it is.
        new: ShapeId,
    },
    /// A pod of this shape left its node.
    PodDeleted(ShapeId),
    /// A pod of this shape that was nominated for a node is so no more, or is gone: no less
    /// important pod had to leave room for it, so that only the others may profit.
    NominationCleared(ShapeId),
    /// A PersistentVolumeClaim came.
    ClaimAdded {
        /// Its namespace.
        namespace: Box<str>,
        /// Its name.
        name: Box<str>,
    },
    /// A PersistentVolumeClaim changed, as when it got its volume.
    ClaimUpdated {
        /// Its namespace.
        namespace: Box<str>,
        /// Its name.
        name: Box<str>,
    },
    /// A PersistentVolume came.
    VolumeAdded,
    /// A PersistentVolume changed.
    VolumeUpdated {
        /// Whether its labels say that it is reached from elsewhere.
        zones: bool,
    },
    /// A StorageClass came.
    ClassAdded {
        /// Whether its claims wait for the first pod that uses them.
        waits: bool,
    },
    /// A StorageClass changed.
    ClassUpdated {
        /// Whether volumes can be made for other nodes.
        topologies: bool,
    },
    /// A CSINode came.
    CsiNodeAdded,
    /// A CSINode changed.
    CsiNodeUpdated {
        /// Whether more volumes of some driver can be attached.
        raised: bool,
    },
    /// A CSIStorageCapacity came.
    CapacityAdded,
    /// A CSIStorageCapacity changed.
    CapacityUpdated {
        /// Whether larger volumes can be made.
        raised: bool,
    },
}

impl Event {
    /// A volume changed.
    #[must_use]
    pub fn volume_updated(old: &PersistentVolume, new: &PersistentVolume) -> Self {
        let moved = |key: &&str| old.labels.get(key) != new.labels.get(key);
        Self::VolumeUpdated { zones: ZONE_LABELS.iter().any(moved) }
    }

    /// A class came.
    #[must_use]
    pub fn class_added(class: &StorageClass) -> Self {
        Self::ClassAdded { waits: class.mode == BindingMode::WaitForFirstConsumer }
    }

    /// A class changed.
    #[must_use]
    pub fn class_updated(old: &StorageClass, new: &StorageClass) -> Self {
        Self::ClassUpdated { topologies: old.topologies != new.topologies }
    }

    /// A CSINode changed.
    #[must_use]
    pub fn csi_node_updated(old: &CsiNode, new: &CsiNode) -> Self {
        let before = |name: &str| old.limit(name).unwrap_or(0);
        let raised = new.drivers.iter().any(|(name, limit)| limit.unwrap_or(0) > before(name));
        Self::CsiNodeUpdated { raised }
    }

    /// A CSIStorageCapacity changed.
    #[must_use]
    pub fn capacity_updated(old: &StorageCapacity, new: &StorageCapacity) -> Self {
        Self::CapacityUpdated { raised: new.limit.is_some() && new.limit > old.limit }
    }

    /// What kinds of event it is; an update may be several, or none that matters.
    pub(super) fn kinds(&self, cluster: &Cluster) -> Kinds {
        match self {
            Self::NodeAdded(_) => Kinds::NODE_ADDED,
            Self::NodeUpdated { old, new } => node_changes(old, new),
            Self::NodeRemoved(_) => Kinds::NODE_REMOVED,
            Self::PodAdded(_) => Kinds::POD_ADDED,
            Self::PodUpdated { old, new } => pod_changes(cluster.shape(*old), cluster.shape(*new)),
            Self::PodDeleted(_) | Self::NominationCleared(_) => Kinds::POD_DELETED,
            Self::ClaimAdded { .. } => Kinds::CLAIM_ADDED,
            Self::ClaimUpdated { .. } => Kinds::CLAIM_UPDATED,
            Self::VolumeAdded => Kinds::VOLUME_ADDED,
            Self::VolumeUpdated { .. } => Kinds::VOLUME_UPDATED,
            Self::ClassAdded { .. } => Kinds::CLASS_ADDED,
            Self::ClassUpdated { .. } => Kinds::CLASS_UPDATED,
            Self::CsiNodeAdded => Kinds::CSI_NODE_ADDED,
            Self::CsiNodeUpdated { .. } => Kinds::CSI_NODE_UPDATED,
            Self::CapacityAdded => Kinds::CAPACITY_ADDED,
            Self::CapacityUpdated { .. } => Kinds::CAPACITY_UPDATED,
        }
    }

    /// The highest priority of pods that may profit, where that is limited.
    pub(super) fn limit(&self, cluster: &Cluster) -> Option<i32> {
        match self {
            Self::NominationCleared(shape) => Some(cluster.shape(*shape).priority),
            _ => None,
        }
    }
}

/// Kinds of events, as plugins register for them (`ActionType` of a resource).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u32);

impl Kinds {
    pub const NONE: Self = Self(0);
    pub const NODE_ADDED: Self = Self(1);
    pub const NODE_REMOVED: Self = Self(1 << 1);
    pub const NODE_ALLOCATABLE: Self = Self(1 << 2);
    pub const NODE_LABELS: Self = Self(1 << 3);
    /// Taints, or that a node is cordoned no more.
    pub const NODE_TAINTS: Self = Self(1 << 4);
    pub const POD_ADDED: Self = Self(1 << 5);
    pub const POD_DELETED: Self = Self(1 << 6);
    pub const POD_LABELS: Self = Self(1 << 7);
    pub const POD_SCALED_DOWN: Self = Self(1 << 8);
    pub const POD_TOLERATIONS: Self = Self(1 << 9);
    pub const CLAIM_ADDED: Self = Self(1 << 10);
    pub const CLAIM_UPDATED: Self = Self(1 << 11);
    pub const VOLUME_ADDED: Self = Self(1 << 12);
    pub const VOLUME_UPDATED: Self = Self(1 << 13);
    pub const CLASS_ADDED: Self = Self(1 << 14);
    pub const CLASS_UPDATED: Self = Self(1 << 15);
    pub const CSI_NODE_ADDED: Self = Self(1 << 16);
    pub const CSI_NODE_UPDATED: Self = Self(1 << 17);
    pub const CAPACITY_ADDED: Self = Self(1 << 18);
    pub const CAPACITY_UPDATED: Self = Self(1 << 19);

    /// Whether any kind is in both.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn when(self, condition: bool) -> Self {
        if condition { self } else { Self::NONE }
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What changed about a node (`NodeSchedulingPropertiesChange`).
fn node_changes(old: &NodeSpec, new: &NodeSpec) -> Kinds {
    let room = old.allocatable != new.allocatable || old.allowed_pods != new.allowed_pods;
    let taints = old.taints != new.taints || (old.unschedulable && !new.unschedulable);
    Kinds::NODE_ALLOCATABLE.when(room)
        | Kinds::NODE_LABELS.when(old.labels != new.labels)
        | Kinds::NODE_TAINTS.when(taints)
}

/// What changed about a pod (`PodSchedulingPropertiesChange`).
pub(super) fn pod_changes(old: &PodShape, new: &PodShape) -> Kinds {
    let less = old.requests.iter().any(|(kind, amount)| new.requests.get(kind) < amount);
    // tolerations can be added, but neither changed nor taken away
    let tolerations = old.tolerations.len() != new.tolerations.len();
    Kinds::POD_LABELS.when(old.labels != new.labels)
        | Kinds::POD_SCALED_DOWN.when(less)
        | Kinds::POD_TOLERATIONS.when(tolerations)
}
