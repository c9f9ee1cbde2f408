//! Constraints of pods that have none of their own.
//!
//! A pod gets them only if something selects it: `DefaultSelector` (Kubernetes v1.36,
//! pkg/scheduler/framework/plugins/helper/spread.go) puts together the selectors of all services
//! that select the pod and of the controller that owns it, and pods selected by that are counted.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::profile::SpreadDefaults;
use crate::kubernetes::scheduler::shape::{Inclusion, PodShape, SpreadConstraint, Unsatisfiable};
use crate::kubernetes::scheduler::topology::TopologyId;

/// Those built into Kubernetes: over nodes with a skew of 3, then over zones with one of 5
/// (`systemDefaultConstraints`).
fn built_in() -> [SpreadConstraint; 2] {
    let constraint = |topology, max_skew| SpreadConstraint {
        max_skew,
        topology,
        unsatisfiable: Unsatisfiable::ScheduleAnyway,
        selector: Selector::Nothing,
        min_domains: 1,
        node_affinity: Inclusion::Honor,
        node_taints: Inclusion::Ignore,
    };
    [constraint(TopologyId::HOSTNAME, 3), constraint(TopologyId::ZONE, 5)]
}

/// The default constraints of one kind, for a shape; none where nothing selects it.
pub(super) fn constraints(
    defaults: &SpreadDefaults,
    cluster: &Cluster,
    shape: &PodShape,
    kind: Unsatisfiable,
) -> Vec<SpreadConstraint> {
    let mut found = match defaults {
        SpreadDefaults::System => built_in().to_vec(),
        SpreadDefaults::List(constraints) => constraints.clone(),
    };
    found.retain(|one| one.unsatisfiable == kind);
    if found.is_empty() {
        return found;
    }
    let requirements = requirements(cluster, shape);
    if requirements.is_empty() {
        return Vec::new();
    }
    for constraint in &mut found {
        constraint.selector = Selector::All(requirements.clone());
    }
    found
}

/// What the services and the controller of a shape require of pods; nothing where it has none.
fn requirements(cluster: &Cluster, shape: &PodShape) -> Vec<Requirement> {
    let mut all = of_services(cluster, shape);
    let Some(owner) = &shape.owner else { return all };
    let controller = cluster.objects().controllers.iter().find(|one| {
        one.kind == owner.kind && one.namespace == shape.namespace && one.name == owner.name
    });
    let Some(Selector::All(own)) = controller.map(|controller| &controller.selector) else {
        return all;
    };
    match &*owner.kind {
        // its selector is a set of labels, which replace those of services
        "ReplicationController" => all.retain(|one| own.iter().all(|new| new.key != one.key)),
        "ReplicaSet" | "StatefulSet" => {}
        _ => return all,
    }
    all.extend(own.iter().cloned());
    all
}

/// The labels that services which select the shape ask for.
fn of_services(cluster: &Cluster, shape: &PodShape) -> Vec<Requirement> {
    let mut all: Vec<Requirement> = Vec::new();
    let near = cluster.objects().services.iter().filter(|one| one.namespace == shape.namespace);
    for selector in near.filter_map(|service| service.selector.as_ref()) {
        if selector.iter().any(|(key, value)| shape.labels.get(key) != Some(value)) {
            continue;
        }
        for (key, value) in selector.iter() {
            if all.iter().all(|known| *known.key != *key) {
                let operator = Operator::In(vec![value.into()]);
                all.push(Requirement { key: key.into(), operator });
            }
        }
    }
    all
}
