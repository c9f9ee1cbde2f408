//! Stateful sets: numbered pods, each with claims of its own.
//!
//! Source: Kubernetes v1.36, `pkg/controller/statefulset/stateful_set_utils.go`.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, Pod, Volume,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::template::{Owner, pod};
use super::{Existing, Expansion, name, namespace};

/// Creates the pods with ordinals that are missing, and their claims.
pub(super) fn expand(set: &StatefulSet, existing: &Existing<'_>, expansion: &mut Expansion) {
    let Some(spec) = &set.spec else {
        return;
    };
    let owner = Owner::new("apps/v1", "StatefulSet", &set.metadata);
    let present: BTreeSet<&str> = existing
        .pods_of("StatefulSet", &set.metadata)
        .iter()
        .map(|pod| name(&pod.metadata))
        .collect();
    let first = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0);
    for ordinal in (first..).take(super::missing(spec.replicas, 0)) {
        let mut pod = pod(&spec.template, &owner, &ordinal.to_string());
        if !present.contains(&name(&pod.metadata)) {
            identify(&mut pod, spec, ordinal);
            expansion.pods.push(pod);
        }
        for template in spec.volume_claim_templates.iter().flatten() {
            let claim = claim(template, set, spec, ordinal);
            if !existing.has_claim(namespace(&set.metadata), name(&claim.metadata)) {
                expansion.claims.push(claim);
            }
        }
    }
}

/// Makes a pod the one with this ordinal: labels, host name and claims of its own.
pub fn identify(pod: &mut Pod, spec: &StatefulSetSpec, ordinal: i32) {
    let own_name = name(&pod.metadata).to_owned();
    let set_name = own_name.rsplit_once('-').map_or("", |(set, _)| set).to_owned();
    let labels = pod.metadata.labels.get_or_insert_default();
    labels.insert("statefulset.kubernetes.io/pod-name".to_owned(), own_name.clone());
    labels.insert("apps.kubernetes.io/pod-index".to_owned(), ordinal.to_string());
    let pod_spec = pod.spec.get_or_insert_default();
    pod_spec.hostname = Some(own_name);
    pod_spec.subdomain.clone_from(&spec.service_name);
    let volumes = pod_spec.volumes.get_or_insert_default();
    for template in spec.volume_claim_templates.iter().flatten() {
        let volume = name(&template.metadata);
        volumes.retain(|other| other.name != volume);
        volumes.push(Volume {
            name: volume.to_owned(),
            persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
                claim_name: format!("{volume}-{set_name}-{ordinal}"),
                read_only: None,
            }),
            ..Volume::default()
        });
    }
}

/// The claim of the pod with this ordinal, from one of the templates.
pub fn claim(
    template: &PersistentVolumeClaim,
    set: &StatefulSet,
    spec: &StatefulSetSpec,
    ordinal: i32,
) -> PersistentVolumeClaim {
    let mut labels: BTreeMap<_, _> = template.metadata.labels.clone().unwrap_or_default();
    labels.extend(spec.selector.match_labels.clone().unwrap_or_default());
    PersistentVolumeClaim {
        metadata: ObjectMeta {
            name: Some(format!("{}-{}-{ordinal}", name(&template.metadata), name(&set.metadata))),
            namespace: Some(namespace(&set.metadata).to_owned()),
            labels: Some(labels),
            annotations: template.metadata.annotations.clone(),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}
