//! Requests of a pod as a whole, where it has limits as a whole.
//!
//! Source: Kubernetes v1.36, `pkg/apis/core/v1/defaults.go` (`defaultHugePagePodLimits`,
//! `defaultPodRequests`) and `component-helpers/resource/helpers.go`
//! (`AggregateContainerRequests`); on since v1.34 (`PodLevelResources`). A resource that containers
//! request is requested by the pod as their effective sum, any other one as its limit. Huge pages
//! cannot be overcommitted, so their sum becomes a limit first.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::kubernetes::api::quantity::Amount;

type Amounts = BTreeMap<String, Amount>;

/// Which of the two lists of a container.
type Listing = fn(&ResourceRequirements) -> &Option<BTreeMap<String, Quantity>>;

/// Fills the requests of the pod, and its limits of huge pages.
pub fn default_pod_level_requests(spec: &mut PodSpec) {
    let (requests, limits) = (effective(spec, |r| &r.requests), effective(spec, |r| &r.limits));
    let Some(resources) = &mut spec.resources else {
        return;
    };
    let written = |list: &Option<BTreeMap<_, _>>| list.as_ref().is_some_and(|l| !l.is_empty());
    if !written(&resources.limits) && !written(&resources.requests) {
        return;
    }
    let mut pod_limits = resources.limits.take().unwrap_or_default();
    let mut pod_requests = resources.requests.take().unwrap_or_default();
    for (name, limit) in limits.iter().filter(|(name, _)| is_huge_pages(name)) {
        if !pod_requests.contains_key(name) {
            pod_limits.entry(name.clone()).or_insert_with(|| limit.to_quantity());
        }
    }
    if !pod_limits.is_empty() {
        for (name, request) in requests.iter().filter(|(name, _)| is_cpu_or_memory(name)) {
            pod_requests.entry(name.clone()).or_insert_with(|| request.to_quantity());
        }
        for (name, limit) in &pod_limits {
            if is_cpu_or_memory(name) || is_huge_pages(name) {
                pod_requests.entry(name.clone()).or_insert_with(|| limit.clone());
            }
        }
    }
    resources.limits = Some(pod_limits).filter(|list| !list.is_empty());
    resources.requests = Some(pod_requests).filter(|list| !list.is_empty());
}

fn is_cpu_or_memory(name: &str) -> bool {
    ["cpu", "memory"].contains(&name)
}

fn is_huge_pages(name: &str) -> bool {
    name.starts_with("hugepages-")
}

/// What the containers need together: the sum of those that run side by side, or the most that is
/// needed while they start, whichever is larger.
fn effective(spec: &PodSpec, listing: Listing) -> Amounts {
    let mut running = Amounts::new();
    for container in &spec.containers {
        add(&mut running, &amounts(container, listing));
    }
    let mut sidecars = Amounts::new();
    let mut starting = Amounts::new();
    for container in spec.init_containers.iter().flatten() {
        let mut needed = amounts(container, listing);
        if container.restart_policy.as_deref() == Some("Always") {
            add(&mut running, &needed);
            add(&mut sidecars, &needed);
            needed.clone_from(&sidecars);
        } else {
            add(&mut needed, &sidecars);
        }
        raise(&mut starting, &needed);
    }
    raise(&mut running, &starting);
    running
}

fn amounts(container: &Container, listing: Listing) -> Amounts {
    let listed = container.resources.as_ref().and_then(|resources| listing(resources).as_ref());
    let read = |(name, quantity): (&String, &Quantity)| {
        (name.clone(), Amount::try_from(quantity).unwrap_or_default())
    };
    listed.into_iter().flatten().map(read).collect()
}

fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let total = sum.entry(name.clone()).or_default();
        *total = total.plus(*amount);
    }
}

fn raise(most: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let largest = most.entry(name.clone()).or_insert(*amount);
        *largest = (*largest).max(*amount);
    }
}
