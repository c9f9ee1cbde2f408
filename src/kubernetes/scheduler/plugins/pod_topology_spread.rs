//! PodTopologySpread: pods are spread evenly over zones, nodes or other domains.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/podtopologyspread. Hard constraints
//! (`hard`) keep a pod off nodes where the skew would be too large; soft ones (`soft`) make
//! such nodes score less. Pods without constraints that belong to a service or controller get
//! default ones (`defaults`).

mod counts;
mod defaults;
mod eligibility;
mod hard;
mod minimum;
mod soft;
#[cfg(test)]
mod tests;

pub use hard::{MISSING_LABEL, SKEW};

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Prepared, Score};
use crate::kubernetes::scheduler::profile::SpreadDefaults;
use crate::kubernetes::scheduler::shape::{ShapeId, SpreadConstraint, Unsatisfiable};

/// The constraints that hold for a shape, of one kind: its own, if it has any at all of either
/// kind, else the default ones.
fn constraints(
    defaults: &SpreadDefaults,
    cluster: &Cluster,
    shape: ShapeId,
    kind: Unsatisfiable,
) -> Vec<SpreadConstraint> {
    let shape = cluster.shape(shape);
    if shape.spread.is_empty() {
        return defaults::constraints(defaults, cluster, shape, kind);
    }
    shape.spread.iter().filter(|one| one.unsatisfiable == kind).cloned().collect()
}

pub(super) fn filter(defaults: &SpreadDefaults, cluster: &Cluster, shape: ShapeId) -> Prepared {
    let constraints = constraints(defaults, cluster, shape, Unsatisfiable::DoNotSchedule);
    if constraints.is_empty() {
        return Prepared::Skip;
    }
    Prepared::Filter(Box::new(hard::Hard::prepare(cluster, shape, constraints)))
}

pub(super) fn score(
    defaults: &SpreadDefaults,
    cluster: &Cluster,
    shape: ShapeId,
) -> Option<Box<dyn Score>> {
    let constraints = constraints(defaults, cluster, shape, Unsatisfiable::ScheduleAnyway);
    if constraints.is_empty() {
        return None;
    }
    // the built-in constraints name zones, which not every cluster has
    let all_keys = !cluster.shape(shape).spread.is_empty() || *defaults != SpreadDefaults::System;
    Some(Box::new(soft::Soft::prepare(cluster, shape, constraints, all_keys)))
}
