//! Persistent volumes, their claims and classes, and what nodes can attach.
//!
//! What the scheduler's volume plugins look up in their listers (Kubernetes v1.36,
//! pkg/scheduler/framework/plugins/volumebinding and nodevolumelimits), as compact types.
//! [`PodClaims`] says what the claims of a pod come to on a node; [`decide`] which volume each
//! claim gets there, and [`Volumes::bind`] makes it so.

mod bind;
mod claim;
mod class;
mod csi;
mod immediate;
mod matching;
mod migration;
mod pod_claims;
pub mod read;
mod volume;

pub use bind::{Binding, decide};
pub use claim::PersistentVolumeClaim;
pub use class::{BindingMode, NO_PROVISIONER, StorageClass, TopologyTerm};
pub use csi::{CsiDriver, CsiNode, StorageCapacity};
pub use immediate::{Provision, decide_now};
pub use migration::InTree;
pub use pod_claims::{Findings, PodClaims, Supply};
pub use volume::{AccessMode, ClaimRef, PersistentVolume, Source};

use std::collections::BTreeMap;

/// Label of a node: its zone.
pub const ZONE: &str = "topology.kubernetes.io/zone";

/// Everything about persistent storage, by name.
#[derive(Clone, Debug, Default)]
pub struct Volumes {
    volumes: BTreeMap<Box<str>, PersistentVolume>,
    /// By namespace and name.
    claims: BTreeMap<Box<str>, BTreeMap<Box<str>, PersistentVolumeClaim>>,
    classes: BTreeMap<Box<str>, StorageClass>,
    nodes: BTreeMap<Box<str>, CsiNode>,
    drivers: BTreeMap<Box<str>, CsiDriver>,
    capacities: Vec<StorageCapacity>,
}

impl Volumes {
    /// Adds a volume, or replaces the one of its name.
    pub fn add_volume(&mut self, volume: PersistentVolume) {
        self.volumes.insert(volume.name.clone(), volume);
    }

    /// Adds a claim, or replaces the one of its namespace and name.
    pub fn add_claim(&mut self, claim: PersistentVolumeClaim) {
        let claims = self.claims.entry(claim.namespace.clone()).or_default();
        claims.insert(claim.name.clone(), claim);
    }

    /// Adds a storage class, or replaces the one of its name.
    pub fn add_class(&mut self, class: StorageClass) {
        self.classes.insert(class.name.clone(), class);
    }

    /// Adds what a node can attach, or replaces what was known of the node.
    pub fn add_node(&mut self, node: CsiNode) {
        self.nodes.insert(node.name.clone(), node);
    }

    /// Adds a driver, or replaces the one of its name.
    pub fn add_driver(&mut self, driver: CsiDriver) {
        self.drivers.insert(driver.name.clone(), driver);
    }

    /// Adds some storage that is left for new volumes.
    pub fn add_capacity(&mut self, capacity: StorageCapacity) {
        self.capacities.push(capacity);
    }

    /// Removes a claim; the volume it had stays.
    pub fn remove_claim(&mut self, namespace: &str, name: &str) -> Option<PersistentVolumeClaim> {
        self.claims.get_mut(namespace)?.remove(name)
    }

    /// Removes a volume.
    pub fn remove_volume(&mut self, name: &str) -> Option<PersistentVolume> {
        self.volumes.remove(name)
    }

    /// A volume.
    #[must_use]
    pub fn volume(&self, name: &str) -> Option<&PersistentVolume> {
        self.volumes.get(name)
    }

    /// All volumes, by name.
    pub fn volumes(&self) -> impl Iterator<Item = &PersistentVolume> {
        self.volumes.values()
    }

    /// A claim.
    #[must_use]
    pub fn claim(&self, namespace: &str, name: &str) -> Option<&PersistentVolumeClaim> {
        self.claims.get(namespace)?.get(name)
    }

    /// A storage class.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&StorageClass> {
        self.classes.get(name)
    }

    /// What a node can attach.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&CsiNode> {
        self.nodes.get(name)
    }

    /// A driver.
    #[must_use]
    pub fn driver(&self, name: &str) -> Option<&CsiDriver> {
        self.drivers.get(name)
    }

    /// Storage that is left for new volumes.
    #[must_use]
    pub fn capacities(&self) -> &[StorageCapacity] {
        &self.capacities
    }

    /// Whether a claim has to wait for a pod before it gets a volume. Without a class, or one that
    /// is known, it does not.
    #[must_use]
    pub fn waits(&self, claim: &PersistentVolumeClaim) -> bool {
        let class = self.class(&claim.class);
        class.is_some_and(|class| class.mode == BindingMode::WaitForFirstConsumer)
    }
}

#[cfg(test)]
mod tests;
