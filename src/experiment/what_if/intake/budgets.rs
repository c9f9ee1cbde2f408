//! How many evictions a disruption budget allows that was written by hand.
//!
//! In a cluster a controller writes that into the status (Kubernetes v1.36,
//! pkg/controller/disruption/disruption.go); where there is no status it is worked out here. A
//! simplification: pods are expected to be as many as there are on nodes, where the controller asks
//! their workloads.

use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::kubernetes::api::Object;
use crate::kubernetes::scheduler::cluster::{Budget, Cluster};

/// Fills in what budgets without a status allow.
pub(super) fn estimate<'o>(cluster: &mut Cluster, objects: impl Iterator<Item = &'o Object>) {
    for object in objects {
        if let Object::PodDisruptionBudget(written) = object
            && written.status.is_none()
        {
            fill(cluster, written);
        }
    }
}

fn fill(cluster: &mut Cluster, written: &PodDisruptionBudget) {
    let namespace = written.metadata.namespace.as_deref().unwrap_or("default");
    let name = written.metadata.name.as_deref().unwrap_or_default();
    let is_it = |known: &Budget| *known.namespace == *namespace && *known.name == *name;
    let Some(place) = cluster.objects().budgets.iter().position(is_it) else { return };
    let (budget, Some(spec)) = (&cluster.objects().budgets[place], &written.spec) else { return };
    let protected = |node: &crate::kubernetes::scheduler::node::Node| -> i64 {
        let tallies = node.tallies.iter().filter(|tally| {
            let shape = cluster.shape(tally.shape);
            shape.namespace == budget.namespace && budget.selector.matches(&shape.labels)
        });
        tallies.map(|tally| i64::from(tally.alive)).sum()
    };
    let healthy: i64 = cluster.nodes().map(protected).sum();
    let allowed = allowed(spec, healthy);
    cluster.objects_mut().budgets[place].allowed = allowed;
}

/// Evictions allowed of so many healthy pods.
fn allowed(spec: &PodDisruptionBudgetSpec, healthy: i64) -> i32 {
    let desired = match (&spec.min_available, &spec.max_unavailable) {
        (_, Some(most)) => healthy - scaled(most, healthy),
        (Some(least), None) => scaled(least, healthy),
        (None, None) => healthy,
    };
    i32::try_from((healthy - desired).clamp(0, healthy)).unwrap_or(i32::MAX)
}

/// A number, or a share of the whole rounded up.
fn scaled(value: &IntOrString, whole: i64) -> i64 {
    match value {
        IntOrString::Int(number) => i64::from(*number),
        IntOrString::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            (whole.saturating_mul(percent) + 99) / 100
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_allow_what_is_more_than_they_keep() {
        let number = |number| Some(IntOrString::Int(number));
        let percent = |text: &str| Some(IntOrString::String(text.to_owned()));
        let of = |min_available, max_unavailable, healthy| {
            let spec = PodDisruptionBudgetSpec {
                min_available,
                max_unavailable,
                ..PodDisruptionBudgetSpec::default()
            };
            allowed(&spec, healthy)
        };
        assert_eq!(of(number(2), None, 3), 1);
        assert_eq!(of(number(5), None, 3), 0);
        assert_eq!(of(None, number(1), 3), 1);
        // 50 % of 3 are 2, rounded up: to be kept, or to be missing
        assert_eq!(of(percent("50%"), None, 3), 1);
        assert_eq!(of(None, percent("50%"), 3), 2);
        assert_eq!(of(None, None, 3), 0);
    }
}
