//! What a pod requests.
//!
//! Follows `PodRequests` (Kubernetes v1.36, component-helpers/resource/helpers.go): containers and
//! sidecars run together; init containers run one by one beside the sidecars that started before
//! them; the larger of the two is needed, resource by resource. What is requested for the whole pod
//! replaces that, and the overhead is added to it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::kubernetes::api::quantity::Amount;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::resources::{ResourceKind, Resources};

/// What a container counts for in scores where it does not name a request
/// (pkg/scheduler/util/pod_resources.go).
const DEFAULT_MILLI_CPU: i64 = 100;
const DEFAULT_MEMORY: i64 = 200 * 1024 * 1024;

/// Exact amounts by the name of the resource.
type Amounts = BTreeMap<String, Amount>;
/// The same, as written.
type List = BTreeMap<String, Quantity>;

/// What a pod requests.
#[derive(Debug, Default)]
pub(super) struct Requested {
    /// In fact.
    pub exact: Resources,
    /// For scores, once it is on a node (`CalculateResource`, pkg/scheduler/framework/types.go).
    pub scored: Resources,
    /// For scores while it looks for one, where that differs.
    pub alone: Option<Resources>,
}

/// What a pod requests: in fact, and for scores. Where a pod names requests as a whole, a container
/// on a node counts more than it requests only for resources that nothing in the pod names. The
/// scoring of NodeResourcesFit looks at nothing but the containers of the pod it places, since its
/// scorers are made without `enablePodLevelResources` (noderesources/fit.go).
pub(super) fn requests(cluster: &mut Cluster, pod: &core::Pod) -> Requested {
    let Some(spec) = &pod.spec else { return Requested::default() };
    let running = Running::of(pod, spec);
    let actual = |container: &core::Container| running.requests(container);
    let whole = running.whole(spec);
    let exact = total(spec, actual, &whole);
    let missing: Vec<_> = defaults()
        .into_iter()
        .filter(|(name, _)| whole.is_empty() || !exact.contains_key(*name))
        .collect();
    let scored = total(spec, |container| filled(actual(container), &missing), &whole);
    let named = |container: &core::Container| filled(named(container), &defaults());
    let alone = total(spec, named, &Amounts::new());
    let scored = resources(cluster, &scored);
    let alone = Some(resources(cluster, &alone)).filter(|alone| *alone != scored);
    Requested { exact: resources(cluster, &exact), scored, alone }
}

/// What a container counts for in scores where it does not say.
fn defaults() -> [(&'static str, Amount); 2] {
    [("cpu", Amount::milli(DEFAULT_MILLI_CPU)), ("memory", Amount::whole(DEFAULT_MEMORY))]
}

fn filled(mut amounts: Amounts, missing: &[(&str, Amount)]) -> Amounts {
    for &(name, amount) in missing {
        amounts.entry(name.to_owned()).or_insert(amount);
    }
    amounts
}

/// The requests that a container names.
fn named(container: &core::Container) -> Amounts {
    amounts(container.resources.as_ref().and_then(|one| one.requests.as_ref()))
}

/// What the status of a pod says of what its containers run with, which differs from its spec
/// while they are being resized.
struct Running<'p> {
    containers: BTreeMap<&'p str, &'p core::ContainerStatus>,
    status: Option<&'p core::PodStatus>,
    /// Whether what is wanted cannot be had: then only what the pod has counts
    /// (`IsPodResizeInfeasible`).
    infeasible: bool,
}

impl<'p> Running<'p> {
    /// Init containers other than sidecars cannot be resized.
    fn of(pod: &'p core::Pod, spec: &core::PodSpec) -> Self {
        let status = pod.status.as_ref();
        let resized = |status: &&core::ContainerStatus| {
            let mut init = spec.init_containers.iter().flatten();
            init.any(|one| one.name == status.name && is_sidecar(one))
        };
        let init = status.into_iter().flat_map(|one| one.init_container_statuses.iter().flatten());
        let init = init.filter(resized);
        let main = status.into_iter().flat_map(|one| one.container_statuses.iter().flatten());
        let mut conditions = status.into_iter().flat_map(|one| one.conditions.iter().flatten());
        let resize = conditions.find(|condition| condition.type_ == "PodResizePending");
        Self {
            containers: main.chain(init).map(|status| (status.name.as_str(), status)).collect(),
            status,
            infeasible: resize.is_some_and(|one| one.reason.as_deref() == Some("Infeasible")),
        }
    }

    /// The requests of one container; while it is being resized, the larger of what it was promised
    /// and what it has.
    fn requests(&self, container: &core::Container) -> Amounts {
        let wanted = named(container);
        let status = self.containers.get(container.name.as_str());
        let Some(has) = status.and_then(|status| status.resources.as_ref()) else { return wanted };
        let allocated = status.and_then(|status| status.allocated_resources.as_ref());
        self.effective(wanted, has.requests.as_ref(), allocated)
    }

    /// What is requested for the pod as a whole, of the resources for which that can be.
    fn whole(&self, spec: &core::PodSpec) -> Amounts {
        let mut wanted = amounts(spec.resources.as_ref().and_then(|one| one.requests.as_ref()));
        wanted.retain(|name, _| name == "cpu" || name == "memory" || is_huge_pages(name));
        let Some(has) = self.status.and_then(|status| status.resources.as_ref()) else {
            return wanted;
        };
        let allocated = self.status.and_then(|status| status.allocated_resources.as_ref());
        let effective = self.effective(wanted.clone(), has.requests.as_ref(), allocated);
        for (name, amount) in &mut wanted {
            *amount = effective.get(name).copied().unwrap_or_default();
        }
        wanted
    }

    fn effective(&self, wanted: Amounts, has: Option<&List>, allocated: Option<&List>) -> Amounts {
        let mut most = if self.infeasible { Amounts::new() } else { wanted };
        raise(&mut most, &amounts(has));
        raise(&mut most, &amounts(allocated));
        most
    }
}

fn is_sidecar(container: &core::Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// What the containers request together, by `requests`; what is requested of the `whole` replaces
/// that, and the overhead is added.
fn total(
    spec: &core::PodSpec,
    requests: impl Fn(&core::Container) -> Amounts,
    whole: &Amounts,
) -> Amounts {
    let mut together = Amounts::new();
    for container in &spec.containers {
        add(&mut together, &requests(container));
    }
    let (mut sidecars, mut init) = (Amounts::new(), Amounts::new());
    for container in spec.init_containers.iter().flatten() {
        let own = requests(container);
        if is_sidecar(container) {
            add(&mut together, &own);
            add(&mut sidecars, &own);
            raise(&mut init, &sidecars);
        } else {
            let mut beside = sidecars.clone();
            add(&mut beside, &own);
            raise(&mut init, &beside);
        }
    }
    raise(&mut together, &init);
    together.extend(whole.iter().map(|(name, amount)| (name.clone(), *amount)));
    add(&mut together, &amounts(spec.overhead.as_ref()));
    together
}

fn is_huge_pages(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn amounts(list: Option<&List>) -> Amounts {
    let list = list.into_iter().flatten();
    let read =
        list.map(|(name, quantity)| (name.clone(), Amount::try_from(quantity).unwrap_or_default()));
    read.collect()
}

fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let known = sum.entry(name.clone()).or_default();
        *known = known.plus(*amount);
    }
}

fn raise(most: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let known = most.entry(name.clone()).or_insert(*amount);
        *known = (*known).max(*amount);
    }
}

/// A list of resources as the scheduler counts it. Native resources other than CPU, memory and
/// ephemeral storage do not count (pkg/scheduler/framework/types.go, `Resource.Add`).
pub(super) fn list(cluster: &mut Cluster, list: Option<&List>) -> Resources {
    resources(cluster, &amounts(list))
}

fn resources(cluster: &mut Cluster, amounts: &Amounts) -> Resources {
    let mut resources = Resources::default();
    for (name, amount) in amounts {
        let special = is_huge_pages(name) || name.starts_with("attachable-volumes-");
        match name.as_str() {
            "cpu" => resources.milli_cpu = amount.milli_value(),
            "memory" => resources.memory = amount.value(),
            "ephemeral-storage" => resources.set(ResourceKind::EphemeralStorage, amount.value()),
            name if special || name.contains('/') => {
                let kind = cluster.resource(name);
                resources.set(kind, amount.value());
            }
            _ => {}
        }
    }
    resources
}

#[cfg(test)]
mod tests;
