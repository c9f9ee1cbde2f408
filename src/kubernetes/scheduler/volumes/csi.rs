//! What CSI drivers say of nodes and of the storage that is left.

use super::migration::InTree;
use crate::kubernetes::api::quantity::Amount;
use crate::kubernetes::scheduler::labels::Selector;

/// A CSINode: the drivers that are on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsiNode {
    /// Name of the node.
    pub name: Box<str>,
    /// Drivers, and how many volumes of each the node can attach, where that is limited.
    pub drivers: Vec<(Box<str>, Option<i32>)>,
    /// Plugins of old in whose place drivers are used on the node (annotation
    /// `storage.alpha.kubernetes.io/migrated-plugins`, which kubelet writes).
    pub migrated: Vec<Box<str>>,
}

impl CsiNode {
    /// Whether a driver is used in place of a plugin of old (`isPluginMigratedToCSIOnNode`).
    #[must_use]
    pub fn has_migrated(&self, plugin: InTree) -> bool {
        self.migrated.iter().any(|name| **name == *plugin.name())
    }

    /// How many volumes of a driver it can attach; none where that is not limited.
    #[must_use]
    pub fn limit(&self, driver: &str) -> Option<i32> {
        self.drivers.iter().rev().find(|(known, limit)| **known == *driver && limit.is_some())?.1
    }
}

/// A CSIDriver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsiDriver {
    /// Its name.
    pub name: Box<str>,
    /// Whether it says how much storage is left, and new volumes have to fit into that
    /// (`spec.storageCapacity`).
    pub storage_capacity: bool,
}

/// A CSIStorageCapacity: storage that is left for new volumes of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageCapacity {
    /// The class.
    pub class: Box<str>,
    /// The largest volume that can be made in bytes, or else all that is left.
    pub limit: Option<Amount>,
    /// The nodes that can reach it.
    pub nodes: Selector,
}
