//! Whether a daemon set wants a pod on a node.
//!
//! Source: Kubernetes v1.36, `pkg/controller/daemon/daemon_controller.go`
//! (`NodeShouldRunDaemonPod`): the node selector, the required affinity to nodes and the taints,
//! but not what is free there.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Taint, Toleration,
};

use super::name;

/// Whether a pod with this spec is created for the node.
pub fn is_eligible(spec: &PodSpec, node: &Node) -> bool {
    let no_labels = BTreeMap::new();
    let labels = node.metadata.labels.as_ref().unwrap_or(&no_labels);
    let named = spec
        .node_name
        .as_deref()
        .is_none_or(|wanted| wanted.is_empty() || wanted == name(&node.metadata));
    let mut selector = spec.node_selector.iter().flatten();
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required = affinity
        .and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
    let attracted = required.is_none_or(|selector| {
        selector.node_selector_terms.iter().any(|term| matches_term(term, node, labels))
    });
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_ref());
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    let mut repelling =
        taints.into_iter().flatten().filter(|taint| taint.effect != "PreferNoSchedule");
    named
        && attracted
        && selector.all(|(key, value)| labels.get(key) == Some(value))
        && repelling.all(|taint| tolerations.iter().any(|t| tolerates(t, taint)))
}

/// A term without requirements matches nothing.
fn matches_term(term: &NodeSelectorTerm, node: &Node, labels: &BTreeMap<String, String>) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let own_name = node.metadata.name.as_ref();
    !(expressions.is_empty() && fields.is_empty())
        && expressions.iter().all(|requirement| matches(requirement, labels.get(&requirement.key)))
        && fields.iter().all(|requirement| matches(requirement, own_name))
}

fn matches(requirement: &NodeSelectorRequirement, value: Option<&String>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let listed = value.is_some_and(|value| values.contains(value));
    let numbers = || {
        let limit = values.first()?.parse::<i64>().ok()?;
        Some((value?.parse::<i64>().ok()?, limit))
    };
    match requirement.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => numbers().is_some_and(|(value, limit)| value > limit),
        "Lt" => numbers().is_some_and(|(value, limit)| value < limit),
        _ => false,
    }
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let (key, effect) = (text(&toleration.key), text(&toleration.effect));
    let exists = toleration.operator.as_deref() == Some("Exists");
    (effect.is_empty() || effect == taint.effect)
        && (key.is_empty() && exists || key == taint.key)
        && (exists || text(&toleration.value) == text(&taint.value))
}
