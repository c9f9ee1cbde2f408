//! API objects about storage into what the scheduler keeps.
//!
//! The objects have to have been checked and their defaults filled in
//! ([`api`](crate::kubernetes::api) does both).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::storage::v1 as storage;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::claim::PersistentVolumeClaim;
use super::class::{BindingMode, StorageClass};
use super::csi::{CsiDriver, CsiNode, StorageCapacity};
use super::migration::{BETA_ZONE, InTree};
use super::volume::{AccessMode, ClaimRef, PersistentVolume, Source};
use super::{Volumes, ZONE};
use crate::kubernetes::api::Object;
use crate::kubernetes::api::quantity::Amount;
use crate::kubernetes::scheduler::labels::Labels;
use crate::kubernetes::scheduler::read::{label_selector, node_selector};

/// The class of a volume or claim as it was written before there was a field for it; it goes first.
const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const MIGRATED: &str = "storage.alpha.kubernetes.io/migrated-plugins";
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

/// Adds an object about storage; others are passed over.
pub fn add_object(volumes: &mut Volumes, object: &Object) {
    match object {
        Object::PersistentVolume(one) => volumes.add_volume(volume(one)),
        Object::PersistentVolumeClaim(one) => volumes.add_claim(claim(one)),
        Object::StorageClass(one) => volumes.add_class(class(one)),
        Object::CSINode(one) => volumes.add_node(node(one)),
        Object::CSIDriver(one) => volumes.add_driver(driver(one)),
        Object::CSIStorageCapacity(one) => volumes.add_capacity(capacity(one)),
        _ => {}
    }
}

/// A persistent volume.
#[must_use]
pub fn volume(volume: &core::PersistentVolume) -> PersistentVolume {
    let metadata = &volume.metadata;
    let spec = volume.spec.clone().unwrap_or_default();
    let labels = labels(metadata);
    let phase = volume.status.as_ref().and_then(|status| status.phase.as_deref());
    let required = spec.node_affinity.as_ref().and_then(|affinity| affinity.required.as_ref());
    PersistentVolume {
        name: name(metadata),
        capacity: size(spec.capacity.as_ref()).unwrap_or_default(),
        class: class_name(metadata, spec.storage_class_name.as_deref()),
        access_modes: access_modes(spec.access_modes.as_deref()),
        block: spec.volume_mode.as_deref() == Some("Block"),
        attributes: spec.volume_attributes_class_name.as_deref().unwrap_or_default().into(),
        affinity: required.map(node_selector),
        source: source(&spec, &labels),
        labels,
        claim: spec.claim_ref.map(|known| ClaimRef {
            namespace: known.namespace.unwrap_or_default().into(),
            name: known.name.unwrap_or_default().into(),
            uid: known.uid.unwrap_or_default().into(),
        }),
        available: phase == Some("Available"),
        deleting: metadata.deletion_timestamp.is_some(),
    }
}

/// A claim.
#[must_use]
pub fn claim(claim: &core::PersistentVolumeClaim) -> PersistentVolumeClaim {
    let metadata = &claim.metadata;
    let spec = claim.spec.clone().unwrap_or_default();
    let phase = claim.status.as_ref().and_then(|status| status.phase.as_deref());
    let mut owners = metadata.owner_references.iter().flatten();
    let pod =
        owners.find(|owner| owner.controller == Some(true)).filter(|owner| owner.kind == "Pod");
    PersistentVolumeClaim {
        namespace: metadata.namespace.as_deref().unwrap_or("default").into(),
        name: name(metadata),
        uid: metadata.uid.as_deref().unwrap_or_default().into(),
        class: class_name(metadata, spec.storage_class_name.as_deref()),
        access_modes: access_modes(spec.access_modes.as_deref()),
        block: spec.volume_mode.as_deref() == Some("Block"),
        attributes: spec.volume_attributes_class_name.as_deref().unwrap_or_default().into(),
        request: size(spec.resources.and_then(|resources| resources.requests).as_ref()),
        selector: spec.selector.as_ref().map(|selector| label_selector(Some(selector))),
        volume: spec.volume_name.unwrap_or_default().into(),
        complete: annotation(metadata, BIND_COMPLETED).is_some(),
        selected_node: annotation(metadata, SELECTED_NODE).map(Into::into),
        lost: phase == Some("Lost"),
        deleting: metadata.deletion_timestamp.is_some(),
        pod: pod.map(|owner| owner.name.as_str().into()),
    }
}

/// A storage class.
#[must_use]
pub fn class(class: &storage::StorageClass) -> StorageClass {
    let terms = class.allowed_topologies.iter().flatten();
    let topologies = terms.map(|term| {
        let labels = term.match_label_expressions.iter().flatten();
        let label = |one: &core::TopologySelectorLabelRequirement| {
            (
                one.key.as_str().into(),
                one.values.iter().map(|value| value.as_str().into()).collect(),
            )
        };
        labels.map(label).collect()
    });
    let mode = match class.volume_binding_mode.as_deref() {
        Some("WaitForFirstConsumer") => BindingMode::WaitForFirstConsumer,
        _ => BindingMode::Immediate,
    };
    StorageClass {
        name: name(&class.metadata),
        provisioner: class.provisioner.as_str().into(),
        mode,
        topologies: topologies.collect(),
    }
}

/// What a node can attach.
#[must_use]
pub fn node(node: &storage::CSINode) -> CsiNode {
    let driver = |driver: &storage::CSINodeDriver| {
        (driver.name.as_str().into(), driver.allocatable.as_ref().and_then(|some| some.count))
    };
    let drivers = node.spec.drivers.iter().map(driver).collect();
    let migrated = annotation(&node.metadata, MIGRATED).unwrap_or_default();
    let migrated = migrated.split(',').filter(|name| !name.is_empty()).map(Into::into).collect();
    CsiNode { name: name(&node.metadata), drivers, migrated }
}

/// A driver.
#[must_use]
pub fn driver(driver: &storage::CSIDriver) -> CsiDriver {
    let storage_capacity = driver.spec.storage_capacity == Some(true);
    CsiDriver { name: name(&driver.metadata), storage_capacity }
}

/// Storage that is left. The size of the largest volume that can be made says more than all that
/// is left; without a topology no node reaches it.
#[must_use]
pub fn capacity(capacity: &storage::CSIStorageCapacity) -> StorageCapacity {
    let limit = capacity.maximum_volume_size.as_ref().or(capacity.capacity.as_ref());
    StorageCapacity {
        class: capacity.storage_class_name.as_str().into(),
        limit: limit.map(|amount| Amount::try_from(amount).unwrap_or_default()),
        nodes: label_selector(capacity.node_topology.as_ref()),
    }
}

fn name(metadata: &ObjectMeta) -> Box<str> {
    metadata.name.as_deref().unwrap_or_default().into()
}

fn labels(metadata: &ObjectMeta) -> Labels {
    metadata.labels.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

fn annotation<'a>(metadata: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    Some(metadata.annotations.as_ref()?.get(key)?)
}

fn class_name(metadata: &ObjectMeta, field: Option<&str>) -> Box<str> {
    annotation(metadata, BETA_CLASS).or(field).unwrap_or_default().into()
}

fn size(amounts: Option<&BTreeMap<String, Quantity>>) -> Option<Amount> {
    amounts?.get("storage").map(|amount| Amount::try_from(amount).unwrap_or_default())
}

fn access_modes(modes: Option<&[String]>) -> Vec<AccessMode> {
    let read = |mode: &String| {
        Some(match mode.as_str() {
            "ReadWriteOnce" => AccessMode::ReadWriteOnce,
            "ReadOnlyMany" => AccessMode::ReadOnlyMany,
            "ReadWriteMany" => AccessMode::ReadWriteMany,
            "ReadWriteOncePod" => AccessMode::ReadWriteOncePod,
            _ => return None,
        })
    };
    modes.unwrap_or_default().iter().filter_map(read).collect()
}

/// What a volume really is. Google's disks of one name are told apart by their zones.
fn source(spec: &core::PersistentVolumeSpec, labels: &Labels) -> Source {
    let in_tree = |plugin: InTree, id: &str| {
        let handle = plugin.handle(id).into();
        Source::InTree { plugin, handle }
    };
    if let Some(csi) = &spec.csi {
        let (driver, handle) = (csi.driver.as_str().into(), csi.volume_handle.as_str().into());
        Source::Csi { driver, handle }
    } else if let Some(disk) = &spec.aws_elastic_block_store {
        in_tree(InTree::AwsElasticBlockStore, &disk.volume_id)
    } else if let Some(disk) = &spec.gce_persistent_disk {
        let zone = labels.get(ZONE).or(labels.get(BETA_ZONE)).unwrap_or("UNSPECIFIED");
        in_tree(InTree::GcePersistentDisk, &format!("{zone}/{}", disk.pd_name))
    } else if let Some(disk) = &spec.azure_disk {
        in_tree(InTree::AzureDisk, &disk.disk_uri)
    } else if let Some(disk) = &spec.cinder {
        in_tree(InTree::Cinder, &disk.volume_id)
    } else if let Some(disk) = &spec.portworx_volume {
        in_tree(InTree::Portworx, &disk.volume_id)
    } else {
        Source::Other
    }
}
