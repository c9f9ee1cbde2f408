//! Volumes of a pod.

use k8s_openapi::api::core::v1 as core;

use crate::kubernetes::scheduler::shape::{Claim, PodVolumes};

/// The volumes of a pod that bear on its place. A generic ephemeral volume is claimed under the
/// name of the pod and its own.
pub(super) fn volumes(pod: &core::Pod, spec: &core::PodSpec) -> PodVolumes {
    let mut known = PodVolumes::default();
    for volume in spec.volumes.iter().flatten() {
        if let Some(claim) = &volume.persistent_volume_claim {
            known.claims.push(Claim { name: claim.claim_name.as_str().into(), ephemeral: false });
        } else if volume.ephemeral.is_some() {
            let pod = pod.metadata.name.as_deref().unwrap_or_default();
            let name = format!("{pod}-{}", volume.name).into();
            known.claims.push(Claim { name, ephemeral: true });
        } else if let Some(csi) = &volume.csi {
            known.inline.push((csi.driver.as_str().into(), volume.name.as_str().into()));
        }
    }
    known
}
