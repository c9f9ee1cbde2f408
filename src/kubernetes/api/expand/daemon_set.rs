//! Daemon sets: one pod for each node that it is meant for, pinned to it.
//!
//! Source: Kubernetes v1.36, `pkg/controller/daemon/daemon_controller.go` and
//! `pkg/controller/daemon/util/daemonset_util.go`. The controller leaves the placement to the
//! scheduler: it pins each pod by an affinity to the name of its node, and adds tolerations of the
//! conditions that a node agent has to live with.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{
    NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSpec, Toleration,
};

use super::eligible::is_eligible;
use super::template::{Owner, pod};
use super::{Existing, Expansion, name};

const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];
/// Tolerated in addition by pods with the network of their host.
const NETWORK_UNAVAILABLE: (&str, &str) = ("node.kubernetes.io/network-unavailable", "NoSchedule");

/// Creates the pods of the nodes that have none.
pub(super) fn expand(set: &DaemonSet, existing: &Existing<'_>, expansion: &mut Expansion) {
    let Some(spec) = &set.spec else {
        return;
    };
    let owner = Owner::new("apps/v1", "DaemonSet", &set.metadata);
    let present: BTreeSet<&str> =
        existing.pods_of("DaemonSet", &set.metadata).into_iter().filter_map(node_of).collect();
    let mut number = present.len();
    for node in existing.nodes() {
        let node_name = name(&node.metadata);
        if present.contains(&node_name) {
            continue;
        }
        let mut pod = pod(&spec.template, &owner, &format!("x{}", number + 1));
        let pod_spec = pod.spec.get_or_insert_default();
        tolerate(pod_spec);
        if is_eligible(pod_spec, node) {
            pin(pod_spec, node_name);
            expansion.pods.push(pod);
            number += 1;
        }
    }
}

/// The node of a daemon pod: where it is or where it is pinned to.
fn node_of(pod: &Pod) -> Option<&str> {
    let spec = pod.spec.as_ref()?;
    if let Some(node) = spec.node_name.as_deref().filter(|node| !node.is_empty()) {
        return Some(node);
    }
    let affinity = spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let selector = affinity.required_during_scheduling_ignored_during_execution.as_ref()?;
    let fields = selector.node_selector_terms.first()?.match_fields.as_ref()?;
    fields.first()?.values.as_ref()?.first().map(String::as_str)
}

/// Adds the tolerations that all daemon pods have.
pub fn tolerate(spec: &mut PodSpec) {
    let on_host = spec.host_network == Some(true);
    let tolerations = spec.tolerations.get_or_insert_default();
    for (key, effect) in TOLERATED.into_iter().chain(on_host.then_some(NETWORK_UNAVAILABLE)) {
        let toleration = Toleration {
            effect: Some(effect.to_owned()),
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            toleration_seconds: None,
            value: None,
        };
        if !tolerations.contains(&toleration) {
            tolerations.push(toleration);
        }
    }
}

/// Replaces required affinity to nodes: the controller has looked at it already.
pub fn pin(spec: &mut PodSpec, node: &str) {
    let name = NodeSelectorRequirement {
        key: "metadata.name".to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![node.to_owned()]),
    };
    let term = NodeSelectorTerm { match_expressions: None, match_fields: Some(vec![name]) };
    let affinity = spec.affinity.get_or_insert_default();
    let to_nodes = affinity.node_affinity.get_or_insert_default();
    to_nodes.required_during_scheduling_ignored_during_execution =
        Some(NodeSelector { node_selector_terms: vec![term] });
}
