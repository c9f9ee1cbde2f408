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

/// What a pod requests: in fact, and for scores.
pub(super) fn requests(cluster: &mut Cluster, pod: &core::Pod) -> (Resources, Resources) {
    let Some(spec) = &pod.spec else { return Default::default() };
    let running = running(pod);
    let exact = total(spec, |container| container_requests(container, &running));
    let scored = total(spec, |container| {
        let mut amounts = container_requests(container, &running);
        amounts.entry("cpu".to_owned()).or_insert(Amount::milli(DEFAULT_MILLI_CPU));
        amounts.entry("memory".to_owned()).or_insert(Amount::whole(DEFAULT_MEMORY));
        amounts
    });
    (resources(cluster, &exact), resources(cluster, &scored))
}

/// What containers run with, which differs from their spec while they are being resized.
fn running(pod: &core::Pod) -> BTreeMap<&str, &core::ContainerStatus> {
    let Some(status) = &pod.status else { return BTreeMap::new() };
    let init = status.init_container_statuses.iter().flatten();
    let all = init.chain(status.container_statuses.iter().flatten());
    all.map(|status| (status.name.as_str(), status)).collect()
}

/// The requests of one container; while it is being resized, the larger of what it was promised
/// and what it has.
fn container_requests(
    container: &core::Container,
    running: &BTreeMap<&str, &core::ContainerStatus>,
) -> Amounts {
    let named = container.resources.as_ref().and_then(|one| one.requests.as_ref());
    let mut amounts = amounts(named);
    if let Some(status) = running.get(container.name.as_str()) {
        let has = status.resources.as_ref().and_then(|one| one.requests.as_ref());
        for known in [has, status.allocated_resources.as_ref()] {
            raise(&mut amounts, &self::amounts(known));
        }
    }
    amounts
}

fn total(spec: &core::PodSpec, requests: impl Fn(&core::Container) -> Amounts) -> Amounts {
    let mut together = Amounts::new();
    for container in &spec.containers {
        add(&mut together, &requests(container));
    }
    let (mut sidecars, mut init) = (Amounts::new(), Amounts::new());
    for container in spec.init_containers.iter().flatten() {
        let own = requests(container);
        if container.restart_policy.as_deref() == Some("Always") {
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
    let whole = spec.resources.as_ref().and_then(|one| one.requests.as_ref());
    for (name, amount) in amounts(whole) {
        if name == "cpu" || name == "memory" || name.starts_with("hugepages-") {
            together.insert(name, amount);
        }
    }
    add(&mut together, &amounts(spec.overhead.as_ref()));
    together
}

fn amounts(list: Option<&BTreeMap<String, Quantity>>) -> Amounts {
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
pub(super) fn list(cluster: &mut Cluster, list: Option<&BTreeMap<String, Quantity>>) -> Resources {
    resources(cluster, &amounts(list))
}

fn resources(cluster: &mut Cluster, amounts: &Amounts) -> Resources {
    let mut resources = Resources::default();
    for (name, amount) in amounts {
        let special = name.starts_with("hugepages-") || name.starts_with("attachable-volumes-");
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
