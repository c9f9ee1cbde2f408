//! Which existing volumes a claim could get, and whether a new one could be made for it.
//!
//! Kubernetes v1.36, `FindMatchingVolume` (component-helpers, storage/volume/pv_helpers.go),
//! `checkVolumeProvisions` and `hasEnoughCapacity` (scheduler plugin volumebinding, binder.go).
//! What does not depend on the node is settled once for a pod. Volumes of equal size are taken by
//! name: the real scheduler walks its index, a Go map, in any order.

use super::Volumes;
use super::claim::PersistentVolumeClaim;
use super::class::{self, StorageClass, TopologyTerm};
use super::volume::PersistentVolume;
use crate::kubernetes::api::quantity::Amount;
use crate::kubernetes::scheduler::labels::Selector;
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::NodeSelector;

/// A volume that a claim could get, on nodes that can reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    pub name: Box<str>,
    size: Amount,
    affinity: Option<NodeSelector>,
}

impl Fit {
    fn of(volume: &PersistentVolume) -> Self {
        let (name, affinity) = (volume.name.clone(), volume.affinity.clone());
        Self { name, size: volume.capacity, affinity }
    }

    fn reached_from(&self, node: &Node) -> bool {
        reaches(self.affinity.as_ref(), node)
    }
}

/// Whether a volume can be reached from a node. Only the labels of the node count
/// (`CheckNodeAffinity`).
pub(super) fn reaches(affinity: Option<&NodeSelector>, node: &Node) -> bool {
    affinity.is_none_or(|affinity| affinity.matches("", &node.spec.labels))
}

/// Why no volume can be made for a claim on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Not there, or not at all.
    NotThere,
    /// Too little storage is left.
    NoSpace,
}

/// Whether a volume can be made for a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Provision {
    possible: bool,
    topologies: Vec<TopologyTerm>,
    /// The nodes that reach enough storage; none where nobody counts what is left.
    space: Option<Vec<Selector>>,
}

impl Provision {
    fn of(volumes: &Volumes, claim: &PersistentVolumeClaim) -> Self {
        let Some(class) = volumes.class(&claim.class) else {
            return Self { possible: false, topologies: Vec::new(), space: None };
        };
        Self {
            possible: class.provisions(),
            topologies: class.topologies.clone(),
            space: claim.request.and_then(|size| space(volumes, class, size)),
        }
    }
}

fn space(volumes: &Volumes, class: &StorageClass, size: Amount) -> Option<Vec<Selector>> {
    volumes.driver(&class.provisioner).filter(|driver| driver.storage_capacity)?;
    let of_class = volumes.capacities().iter().filter(|one| one.class == class.name);
    let enough =
        of_class.filter(|one| one.limit.is_some_and(|limit| limit.value() >= size.value()));
    Some(enough.map(|one| one.nodes.clone()).collect())
}

/// A claim that is to get a volume now, and what it could get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    pub claim: Box<str>,
    pub size: Amount,
    pub selected_node: Option<Box<str>>,
    /// Volumes kept for it: if there are any, no other will do.
    reserved: Vec<Fit>,
    /// Other volumes, the smallest first.
    free: Vec<Fit>,
    provision: Provision,
}

impl Demand {
    pub fn of(volumes: &Volumes, claim: &PersistentVolumeClaim) -> Self {
        let (mut reserved, mut free) = (Vec::new(), Vec::new());
        let usable = |volume: &&PersistentVolume| {
            volume.class == claim.class
                && volume.capacity >= claim.size()
                && volume.block == claim.block
                && volume.attributes == claim.attributes
                && !volume.deleting
        };
        for volume in volumes.volumes().filter(usable) {
            if volume.is_of(claim) {
                reserved.push(Fit::of(volume));
            } else if volume.claim.is_none() && suits(volume, claim) {
                free.push(Fit::of(volume));
            }
        }
        free.sort_by_key(|fit| fit.size);
        Self {
            claim: claim.name.clone(),
            size: claim.size(),
            selected_node: claim.selected_node.clone(),
            reserved,
            free,
            provision: Provision::of(volumes, claim),
        }
    }

    /// The volume it gets on a node, where some were taken already.
    pub fn fit(&self, node: &Node, taken: impl Fn(&str) -> bool) -> Option<&Fit> {
        if let Some(reserved) = self.reserved.iter().find(|fit| !taken(&fit.name)) {
            return Some(reserved).filter(|fit| fit.reached_from(node));
        }
        self.free.iter().find(|fit| !taken(&fit.name) && fit.reached_from(node))
    }

    /// The volume it gets wherever it is used: one kept for it, or the smallest.
    pub fn smallest(&self) -> Option<&str> {
        self.reserved.first().or(self.free.first()).map(|fit| &*fit.name)
    }

    /// Whether volumes can be made for it at all.
    pub fn can_be_made(&self) -> bool {
        self.provision.possible
    }

    /// Whether a volume can be made for it on a node.
    pub fn provision(&self, node: &Node) -> Result<(), Refused> {
        let labels = &node.spec.labels;
        if !self.provision.possible || !class::admits(&self.provision.topologies, labels) {
            return Err(Refused::NotThere);
        }
        let enough = |space: &Vec<Selector>| space.iter().any(|selector| selector.matches(labels));
        if self.provision.space.as_ref().is_none_or(enough) {
            Ok(())
        } else {
            Err(Refused::NoSpace)
        }
    }
}

/// Whether a volume that is nobody's can be given to a claim.
fn suits(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    volume.available
        && claim.selector.as_ref().is_none_or(|selector| selector.matches(&volume.labels))
        && claim.access_modes.iter().all(|mode| volume.access_modes.contains(mode))
}
