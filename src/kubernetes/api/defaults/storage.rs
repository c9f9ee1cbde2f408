//! Defaults of volumes, claims and storage classes.
//!
//! Source: Kubernetes v1.36, `pkg/apis/core/v1/defaults.go` and `pkg/apis/storage/v1/defaults.go`.
//! The phase of a volume is what its controller makes of it right after: nothing here plays that
//! moment.

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::StorageClass;

/// A volume is kept after use, holds a file system, and is bound to the claim it names by uid or
/// else available.
pub fn default_persistent_volume(volume: &mut PersistentVolume) {
    let spec = volume.spec.get_or_insert_default();
    spec.persistent_volume_reclaim_policy.get_or_insert_with(|| "Retain".to_owned());
    spec.volume_mode.get_or_insert_with(|| "Filesystem".to_owned());
    let claim = spec.claim_ref.as_ref();
    let is_bound = claim.is_some_and(|claim| claim.uid.as_deref().is_some_and(|u| !u.is_empty()));
    let phase = if is_bound { "Bound" } else { "Available" };
    let status = volume.status.get_or_insert_default();
    status.phase.get_or_insert_with(|| phase.to_owned());
}

/// A claim asks for a file system and waits to be bound.
pub fn default_persistent_volume_claim(claim: &mut PersistentVolumeClaim) {
    let spec = claim.spec.get_or_insert_default();
    spec.volume_mode.get_or_insert_with(|| "Filesystem".to_owned());
    let status = claim.status.get_or_insert_default();
    status.phase.get_or_insert_with(|| "Pending".to_owned());
}

/// A storage class binds at once and deletes volumes after use.
pub fn default_storage_class(class: &mut StorageClass) {
    class.volume_binding_mode.get_or_insert_with(|| "Immediate".to_owned());
    class.reclaim_policy.get_or_insert_with(|| "Delete".to_owned());
}
