//! Images that manifests name.

use k8s_openapi::api::core::v1::PodSpec;

use crate::kubernetes::api::Object;

/// The pods that an object makes.
pub fn pod_spec(object: &Object) -> Option<&PodSpec> {
    match object {
        Object::Pod(one) => one.spec.as_ref(),
        Object::Deployment(one) => one.spec.as_ref()?.template.spec.as_ref(),
        Object::ReplicaSet(one) => one.spec.as_ref()?.template.as_ref()?.spec.as_ref(),
        Object::ReplicationController(one) => one.spec.as_ref()?.template.as_ref()?.spec.as_ref(),
        Object::StatefulSet(one) => one.spec.as_ref()?.template.spec.as_ref(),
        Object::DaemonSet(one) => one.spec.as_ref()?.template.spec.as_ref(),
        Object::Job(one) => one.spec.as_ref()?.template.spec.as_ref(),
        Object::CronJob(one) => one.spec.job_template.spec.as_ref()?.template.spec.as_ref(),
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
