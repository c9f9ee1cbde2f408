//! Volumes of a pod.

use k8s_openapi::api::core::v1 as core;

use crate::kubernetes::scheduler::shape::{Claim, Disk, DiskKind, PodVolumes};

/// The volumes of a pod that bear on its place. A generic ephemeral volume is claimed under the
/// name of the pod and its own.
pub(super) fn volumes(pod: &core::Pod, spec: &core::PodSpec) -> PodVolumes {
    let mut known = PodVolumes::default();
    for volume in spec.volumes.iter().flatten() {
        if let Some(claim) = &volume.persistent_volume_claim {
            known.claims.push(Claim { name: claim.claim_name.as_str().into(), pod: None });
        } else if volume.ephemeral.is_some() {
            let pod = pod.metadata.name.as_deref().unwrap_or_default();
            let name = format!("{pod}-{}", volume.name).into();
            known.claims.push(Claim { name, pod: Some(pod.into()) });
        } else {
            known.disks.extend(disk(volume));
        }
    }
    known
}

/// A disk that is named without a claim.
fn disk(volume: &core::Volume) -> Option<Disk> {
    let disk = |kind, id: &str, read_only: Option<bool>| {
        let read_only = read_only.unwrap_or_default();
        Some(Disk { kind, id: id.into(), addresses: Vec::new(), read_only })
    };
    if let Some(one) = &volume.gce_persistent_disk {
        disk(DiskKind::GcePersistentDisk, &one.pd_name, one.read_only)
    } else if let Some(one) = &volume.aws_elastic_block_store {
        disk(DiskKind::AwsElasticBlockStore, &one.volume_id, one.read_only)
    } else if let Some(one) = &volume.azure_disk {
        disk(DiskKind::AzureDisk, &one.disk_uri, one.read_only)
    } else if let Some(one) = &volume.cinder {
        disk(DiskKind::Cinder, &one.volume_id, one.read_only)
    } else if let Some(one) = &volume.portworx_volume {
        disk(DiskKind::Portworx, &one.volume_id, one.read_only)
    } else if let Some(one) = &volume.iscsi {
        disk(DiskKind::Iscsi, &one.iqn, one.read_only)
    } else if let Some(one) = &volume.rbd {
        let id = format!("{}/{}", one.pool.as_deref().unwrap_or("rbd"), one.image);
        let addresses = one.monitors.iter().map(|monitor| monitor.as_str().into()).collect();
        Some(Disk { addresses, ..disk(DiskKind::Rbd, &id, one.read_only)? })
    } else {
        None
    }
}
