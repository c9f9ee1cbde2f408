//! Which nodes count for a constraint (`matchNodeInclusionPolicies` in common.go).

use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::shape::{Effect, Inclusion, PodShape, SpreadConstraint};

/// Whether the pods on a node, and its domain, count for a constraint of a shape.
pub(super) fn counts(constraint: &SpreadConstraint, shape: &PodShape, node: &NodeSpec) -> bool {
    (constraint.node_affinity == Inclusion::Ignore || selects(shape, node))
        && (constraint.node_taints == Inclusion::Ignore || tolerates(shape, node))
}

/// Whether a node meets the node selector and the required node affinity of a shape.
fn selects(shape: &PodShape, node: &NodeSpec) -> bool {
    shape.node_selector.iter().all(|(key, value)| node.labels.get(key) == Some(value))
        && shape
            .required_nodes
            .as_ref()
            .is_none_or(|required| required.matches(&node.name, &node.labels))
}

/// Whether a shape tolerates all taints of a node that keep pods away.
fn tolerates(shape: &PodShape, node: &NodeSpec) -> bool {
    let keeping_away = node.taints.iter().filter(|taint| taint.effect != Effect::PreferNoSchedule);
    keeping_away.into_iter().all(|taint| shape.tolerations.iter().any(|one| one.tolerates(taint)))
}
