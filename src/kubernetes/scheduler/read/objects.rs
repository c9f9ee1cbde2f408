//! Objects beside nodes, pods and volumes.

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::selector::{is, label_selector};
use crate::kubernetes::scheduler::cluster::{Budget, PodSelection, Service};
use crate::kubernetes::scheduler::labels::{Labels, Selector};

fn namespace_of(metadata: &ObjectMeta) -> Box<str> {
    metadata.namespace.as_deref().unwrap_or("default").into()
}

fn name_of(metadata: &ObjectMeta) -> Box<str> {
    metadata.name.as_deref().unwrap_or_default().into()
}

/// A namespace: its name and labels.
#[must_use]
pub fn namespace(namespace: &core::Namespace) -> (Box<str>, Labels) {
    let labels = namespace.metadata.labels.iter().flatten();
    let labels = labels.map(|(key, value)| (key.as_str(), value.as_str())).collect();
    (name_of(&namespace.metadata), labels)
}

/// A service.
#[must_use]
pub fn service(service: &core::Service) -> Service {
    let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let selector = selector
        .map(|labels| labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect());
    let metadata = &service.metadata;
    Service { namespace: namespace_of(metadata), name: name_of(metadata), selector }
}

/// A ReplicaSet, StatefulSet or ReplicationController: which pods it selects.
#[must_use]
pub fn controller(kind: &str, metadata: &ObjectMeta, selector: &LabelSelector) -> PodSelection {
    PodSelection {
        kind: kind.into(),
        namespace: namespace_of(metadata),
        name: name_of(metadata),
        selector: label_selector(Some(selector)),
    }
}

/// A disruption budget.
#[must_use]
pub fn budget(budget: &PodDisruptionBudget) -> Budget {
    let spec = budget.spec.as_ref();
    let status = budget.status.as_ref();
    let disrupted = status.and_then(|status| status.disrupted_pods.as_ref());
    let metadata = &budget.metadata;
    Budget {
        namespace: namespace_of(metadata),
        name: name_of(metadata),
        selector: label_selector(spec.and_then(|spec| spec.selector.as_ref())),
        allowed: status.and_then(|status| status.disruptions_allowed).unwrap_or(0),
        disrupted: disrupted.into_iter().flatten().map(|(name, _)| name.as_str().into()).collect(),
    }
}

/// The selector of a ReplicationController, which is a plain set of labels.
#[must_use]
pub fn replication_controller(controller: &core::ReplicationController) -> PodSelection {
    let labels = controller.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let requirements = labels.into_iter().flatten().map(|(key, value)| is(key, value)).collect();
    let metadata = &controller.metadata;
    PodSelection {
        kind: "ReplicationController".into(),
        namespace: namespace_of(metadata),
        name: name_of(metadata),
        selector: Selector::All(requirements),
    }
}
