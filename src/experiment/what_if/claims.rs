//! Claims of generic ephemeral volumes, which a controller creates for each pod that has some.
//!
//! Source: Kubernetes v1.36, pkg/controller/volume/ephemeral/controller.go.

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::workloads::namespace;

/// The claims that a pod needs to be created for it.
pub(super) fn ephemeral(pod: &Pod) -> impl Iterator<Item = PersistentVolumeClaim> {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes.filter_map(move |volume| {
        let template = volume.ephemeral.as_ref()?.volume_claim_template.as_ref()?;
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let metadata = template.metadata.clone().unwrap_or_default();
        Some(PersistentVolumeClaim {
            metadata: ObjectMeta {
                name: Some(format!("{name}-{}", volume.name)),
                namespace: Some(namespace(&pod.metadata)),
                owner_references: Some(vec![owner(pod)]),
                ..metadata
            },
            spec: Some(template.spec.clone()),
            status: None,
        })
    })
}

fn owner(pod: &Pod) -> OwnerReference {
    OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        name: pod.metadata.name.clone().unwrap_or_default(),
        uid: pod.metadata.uid.clone().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}
