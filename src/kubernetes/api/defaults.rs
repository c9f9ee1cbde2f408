//! What the API server fills in before an object is stored.
//!
//! Source: Kubernetes v1.36, `pkg/apis/*/v1/defaults.go` (`SetDefaults_*`), as far as anything here
//! reads the fields. Each function may be applied again without effect. What depends on other
//! objects or happens only on creation is in [`admission`].

pub mod admission;
mod autoscaler;
mod pod;
mod pod_resources;
mod storage;
mod workload;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Namespace, Node, Service};
use k8s_openapi::api::scheduling::v1::PriorityClass;

pub use autoscaler::default_autoscaler;
pub use pod::{default_pod, default_pod_spec};
pub use storage::{
    default_persistent_volume, default_persistent_volume_claim, default_storage_class,
};
pub use workload::{
    default_cron_job, default_daemon_set, default_deployment, default_job, default_replica_set,
    default_replication_controller, default_stateful_set,
};

use super::object::Object;

/// The label of a namespace with its name.
const NAMESPACE_LABEL: &str = "kubernetes.io/metadata.name";

/// Applies the defaults of its kind to an object; one without a namespace gets `default`.
pub fn apply(object: &mut Object) {
    let namespace = object.namespace().map(str::to_owned);
    object.metadata_mut().namespace = namespace;
    match object {
        Object::Node(node) => default_node(node),
        Object::Pod(pod) => default_pod(pod),
        Object::Namespace(namespace) => default_namespace(namespace),
        Object::PriorityClass(class) => default_priority_class(class),
        Object::PersistentVolume(volume) => default_persistent_volume(volume),
        Object::PersistentVolumeClaim(claim) => default_persistent_volume_claim(claim),
        Object::StorageClass(class) => default_storage_class(class),
        Object::Service(service) => default_service(service),
        Object::ReplicationController(controller) => default_replication_controller(controller),
        Object::ReplicaSet(set) => default_replica_set(set),
        Object::StatefulSet(set) => default_stateful_set(set),
        Object::DaemonSet(set) => default_daemon_set(set),
        Object::Deployment(deployment) => default_deployment(deployment),
        Object::Job(job) => default_job(job),
        Object::CronJob(job) => default_cron_job(job),
        Object::HorizontalPodAutoscaler(autoscaler) => default_autoscaler(autoscaler),
        Object::CSINode(_)
        | Object::CSIDriver(_)
        | Object::CSIStorageCapacity(_)
        | Object::PodDisruptionBudget(_)
        | Object::ServiceAccount(_)
        | Object::Ingress(_)
        | Object::IngressClass(_) => {}
    }
}

/// A node without `allocatable` has all of its capacity to give.
pub fn default_node(node: &mut Node) {
    if let Some(status) = &mut node.status
        && status.allocatable.is_none()
    {
        status.allocatable.clone_from(&status.capacity);
    }
}

/// A namespace has its name as a label, which namespace selectors go by.
pub fn default_namespace(namespace: &mut Namespace) {
    if let Some(name) = &namespace.metadata.name {
        let labels = namespace.metadata.labels.get_or_insert_with(BTreeMap::new);
        labels.insert(NAMESPACE_LABEL.to_owned(), name.clone());
    }
}

/// A priority class allows preemption.
pub fn default_priority_class(class: &mut PriorityClass) {
    class.preemption_policy.get_or_insert_with(|| "PreemptLowerPriority".to_owned());
}

/// A service is a `ClusterIP` one, and its ports are TCP.
pub fn default_service(service: &mut Service) {
    let Some(spec) = &mut service.spec else {
        return;
    };
    spec.type_.get_or_insert_with(|| "ClusterIP".to_owned());
    for port in spec.ports.iter_mut().flatten() {
        port.protocol.get_or_insert_with(|| "TCP".to_owned());
    }
}

#[cfg(test)]
mod tests;
