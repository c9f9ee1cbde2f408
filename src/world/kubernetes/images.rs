//! The pods that manifests make, and the images that they name.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};

use crate::kubernetes::api::Object;

/// The pods that an object makes.
pub fn pod_spec(object: &Object) -> Option<&PodSpec> {
    match object {
        Object::Pod(one) => one.spec.as_ref(),
        _ => template(object)?.spec.as_ref(),
    }
}

/// Labels of the pods that an object makes.
pub fn pod_labels(object: &Object) -> Option<&BTreeMap<String, String>> {
    match object {
        Object::Pod(one) => one.metadata.labels.as_ref(),
        _ => template(object)?.metadata.as_ref()?.labels.as_ref(),
    }
}

fn template(object: &Object) -> Option<&PodTemplateSpec> {
    match object {
        Object::Deployment(one) => Some(&one.spec.as_ref()?.template),
        Object::ReplicaSet(one) => one.spec.as_ref()?.template.as_ref(),
        Object::ReplicationController(one) => one.spec.as_ref()?.template.as_ref(),
        Object::StatefulSet(one) => Some(&one.spec.as_ref()?.template),
        Object::DaemonSet(one) => Some(&one.spec.as_ref()?.template),
        Object::Job(one) => Some(&one.spec.as_ref()?.template),
        Object::CronJob(one) => Some(&one.spec.job_template.spec.as_ref()?.template),
        _ => None,
    }
}

/// The names of all images of manifests.
pub fn names(objects: &[Object]) -> impl Iterator<Item = &str> {
    let specs = objects.iter().filter_map(pod_spec);
    let containers =
        specs.flat_map(|spec| spec.init_containers.iter().flatten().chain(&spec.containers));
    containers.filter_map(|container| container.image.as_deref())
}
