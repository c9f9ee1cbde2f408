//! What a pod requests of a resource, as a target in percent counts it.
//!
//! Unlike the scheduler, the autoscaler adds up containers and sidecars, and refuses to guess: a
//! container without the request makes the metric fail. Requests of the pod as a whole replace the
//! sum. Source: Kubernetes v1.36, `pkg/controller/podautoscaler/replica_calculator.go`,
//! `calculateRequests`, and `k8s.io/component-helpers/resource`, `PodRequests`.

use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use thiserror::Error;

use super::amount::milli;
use super::spec::Milli;

/// Why a pod has no request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// A container does not say what it needs.
    #[error("container `{container}` has no request for {resource}")]
    Missing {
        /// The container.
        container: String,
        /// The resource.
        resource: String,
    },
    /// The pod as a whole has requests, but not for this resource, and no container has one.
    #[error("the pod has no request for {resource}")]
    MissingInPod {
        /// The resource.
        resource: String,
    },
    /// There is no such container.
    #[error("the pod has no container `{container}`")]
    NoContainer {
        /// The container.
        container: String,
    },
    /// A request is no quantity.
    #[error("`{text}`, requested of {resource}, is not a quantity such as `500m` or `64Mi`")]
    Unreadable {
        /// What was written.
        text: String,
        /// The resource.
        resource: String,
    },
}

/// What pods of this spec request of a resource, or one container of them does.
///
/// # Errors
/// When there is no such container or a request is missing or unreadable.
pub fn request(
    pod: &PodSpec,
    resource: &str,
    container: Option<&str>,
) -> Result<Milli, RequestError> {
    if container.is_none() && has_pod_requests(pod) {
        return of_pod(pod, resource);
    }
    let mut sum: i64 = 0;
    for own in counted(pod) {
        if container.is_none_or(|name| own.name == name) {
            let found = of_container(own, resource)?.ok_or_else(|| RequestError::Missing {
                container: own.name.clone(),
                resource: resource.to_owned(),
            })?;
            sum = sum.wrapping_add(found);
        }
    }
    match container {
        Some(name) if !counted(pod).any(|own| own.name == name) => {
            Err(RequestError::NoContainer { container: name.to_owned() })
        }
        _ => Ok(Milli(sum)),
    }
}

/// Containers, then sidecars: what runs all the time.
fn counted(pod: &PodSpec) -> impl Iterator<Item = &Container> {
    let init = pod.init_containers.iter().flatten();
    pod.containers.iter().chain(init.filter(|container| is_sidecar(container)))
}

fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

fn of_container(container: &Container, resource: &str) -> Result<Option<i64>, RequestError> {
    in_requirements(container.resources.as_ref(), resource)
}

fn in_requirements(
    requirements: Option<&ResourceRequirements>,
    resource: &str,
) -> Result<Option<i64>, RequestError> {
    let requests = requirements.and_then(|requirements| requirements.requests.as_ref());
    let quantity = requests.and_then(|requests| requests.get(resource));
    quantity.map(|quantity| read(quantity, resource)).transpose()
}

fn read(quantity: &Quantity, resource: &str) -> Result<i64, RequestError> {
    let unreadable =
        || RequestError::Unreadable { text: quantity.0.clone(), resource: resource.to_owned() };
    milli(quantity).map(|Milli(milli)| milli).ok_or_else(unreadable)
}

/// Whether the pod as a whole requests something that a pod can.
fn has_pod_requests(pod: &PodSpec) -> bool {
    let requests = pod.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    requests.is_some_and(|requests| requests.keys().any(|name| is_for_pods(name)))
}

/// Resources that can be requested for a pod as a whole.
fn is_for_pods(resource: &str) -> bool {
    matches!(resource, "cpu" | "memory") || resource.starts_with("hugepages-")
}

/// The request of the pod as a whole; for what it leaves out, the one that the scheduler would see.
/// The overhead comes on top.
fn of_pod(pod: &PodSpec, resource: &str) -> Result<Milli, RequestError> {
    let whole = match is_for_pods(resource) {
        true => in_requirements(pod.resources.as_ref(), resource)?,
        false => None,
    };
    let inside = match whole {
        Some(_) => whole,
        None => of_containers(pod, resource)?,
    };
    let overhead = pod.overhead.as_ref().and_then(|overhead| overhead.get(resource));
    let overhead = overhead.map(|quantity| read(quantity, resource)).transpose()?;
    match (inside, overhead) {
        (None, None) => Err(RequestError::MissingInPod { resource: resource.to_owned() }),
        _ => Ok(Milli(inside.unwrap_or(0).wrapping_add(overhead.unwrap_or(0)))),
    }
}

/// The larger of what containers and sidecars need together, and what any init container needs
/// beside the sidecars before it.
fn of_containers(pod: &PodSpec, resource: &str) -> Result<Option<i64>, RequestError> {
    let mut found = None;
    let mut together = 0;
    for container in &pod.containers {
        if let Some(own) = of_container(container, resource)? {
            together += own;
            found = Some(together);
        }
    }
    let (mut sidecars, mut most_at_start) = (0, 0);
    for container in pod.init_containers.iter().flatten() {
        let own = of_container(container, resource)?;
        found = found.or(own);
        let own = own.unwrap_or(0);
        if is_sidecar(container) {
            sidecars += own;
            most_at_start = most_at_start.max(sidecars);
        } else {
            most_at_start = most_at_start.max(sidecars + own);
        }
    }
    Ok(found.map(|_| most_at_start.max(together + sidecars)))
}

#[cfg(test)]
mod tests;
