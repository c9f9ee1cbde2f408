//! A persistent volume.

use super::claim::PersistentVolumeClaim;
use super::migration::InTree;
use crate::kubernetes::api::quantity::Amount;
use crate::kubernetes::scheduler::labels::{Labels, Operator};
use crate::kubernetes::scheduler::shape::NodeSelector;

/// How a volume may be used, and a claim wants to use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessMode {
    /// By pods of one node.
    ReadWriteOnce,
    /// By any pods, which only read.
    ReadOnlyMany,
    /// By any pods.
    ReadWriteMany,
    /// By one pod.
    ReadWriteOncePod,
}

/// What a volume really is, as far as nodes' limits are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// A volume of a CSI driver.
    Csi {
        /// Name of the driver.
        driver: Box<str>,
        /// What the driver calls the volume.
        handle: Box<str>,
    },
    /// A disk written in the way of a plugin of old, which a CSI driver now serves.
    InTree {
        /// The plugin.
        plugin: InTree,
        /// What the CSI driver calls the volume.
        handle: Box<str>,
    },
    /// Anything else; it is not counted.
    #[default]
    Other,
}

/// The claim that a volume belongs to, or is kept for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRef {
    /// Namespace of the claim.
    pub namespace: Box<str>,
    /// Name of the claim.
    pub name: Box<str>,
    /// Its UID, unless it was reserved for any claim of this name.
    pub uid: Box<str>,
}

/// A PersistentVolume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersistentVolume {
    /// Its name.
    pub name: Box<str>,
    /// Its labels; [`VolumeZone`](crate::kubernetes::scheduler::plugins::Plugin) reads them.
    pub labels: Labels,
    /// Its size in bytes.
    pub capacity: Amount,
    /// Its storage class; empty without one.
    pub class: Box<str>,
    /// How it may be used.
    pub access_modes: Vec<AccessMode>,
    /// Whether it is a raw device and no file system.
    pub block: bool,
    /// Its VolumeAttributesClass; empty without one.
    pub attributes: Box<str>,
    /// From which nodes it can be reached; none from all.
    pub affinity: Option<NodeSelector>,
    /// What it really is.
    pub source: Source,
    /// Whose it is.
    pub claim: Option<ClaimRef>,
    /// Whether it can be given to a claim (phase `Available`).
    pub available: bool,
    /// Whether it is being deleted.
    pub deleting: bool,
}

impl PersistentVolume {
    /// The zone of the nodes that reach it, where it has to be one: the first that its affinity
    /// names.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        let terms = self.affinity.iter().flat_map(|affinity| &affinity.0);
        terms.flat_map(|term| &term.labels).find_map(|one| match &one.operator {
            Operator::In(values) if one.key.ends_with("/zone") => values.first().map(|it| &**it),
            _ => None,
        })
    }

    /// Whether it is bound to a claim, or kept for it (`IsVolumeBoundToClaim`).
    #[must_use]
    pub fn is_of(&self, claim: &PersistentVolumeClaim) -> bool {
        self.claim.as_ref().is_some_and(|known| {
            known.name == claim.name
                && known.namespace == claim.namespace
                && (known.uid.is_empty() || known.uid == claim.uid)
        })
    }
}
