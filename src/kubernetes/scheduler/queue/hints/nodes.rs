//! Hints about nodes that come, change and go.

use super::{Context, hard_constraints};
use crate::kubernetes::scheduler::labels::Labels;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::plugins::Plugin;
use crate::kubernetes::scheduler::shape::{Effect, PodShape, Taint};
use crate::kubernetes::scheduler::topology::TopologyId;

/// Whether it may help a pod that a node is what it is now, and was what it was before.
pub(super) fn helps(
    context: &Context<'_>,
    plugin: Plugin,
    pod: &PodShape,
    old: Option<&NodeSpec>,
    new: Option<&NodeSpec>,
) -> bool {
    if plugin == Plugin::PodTopologySpread {
        return spreads(context, pod, old, new);
    }
    let Some(new) = new else { return false };
    match plugin {
        Plugin::NodeUnschedulable => !new.unschedulable && old.is_none_or(|old| old.unschedulable),
        Plugin::TaintToleration => {
            tolerates(pod, new) && old.is_none_or(|old| !tolerates(pod, old))
        }
        Plugin::NodeAffinity => {
            let enforced = context.profile.node_affinity.required.as_ref();
            enforced.is_none_or(|selector| selector.matches(&new.name, &new.labels))
                && is_wanted(pod, new)
                && old.is_none_or(|old| !is_wanted(pod, old))
        }
        Plugin::NodeResourcesFit => {
            is_large_enough(pod, new) && old.is_none_or(|old| has_more(pod, old, new))
        }
        Plugin::InterPodAffinity => is_elsewhere(context, pod, old, new),
        // any new node, and for the last two any other label, may be the right one
        Plugin::NodeName
        | Plugin::NodePorts
        | Plugin::VolumeRestrictions
        | Plugin::VolumeBinding
        | Plugin::VolumeZone => true,
        _ => false,
    }
}

/// Whether a pod tolerates all taints of a node that keep pods away.
fn tolerates(pod: &PodShape, node: &NodeSpec) -> bool {
    let tolerated =
        |taint: &Taint| pod.tolerations.iter().any(|toleration| toleration.tolerates(taint));
    node.taints.iter().all(|taint| taint.effect == Effect::PreferNoSchedule || tolerated(taint))
}

/// Whether a node is as a pod wants it (`GetRequiredNodeAffinity`).
fn is_wanted(pod: &PodShape, node: &NodeSpec) -> bool {
    pod.node_selector.iter().all(|(key, value)| node.labels.get(key) == Some(value))
        && pod
            .required_nodes
            .as_ref()
            .is_none_or(|selector| selector.matches(&node.name, &node.labels))
}

/// Whether a pod would fit on the node if it were empty.
fn is_large_enough(pod: &PodShape, node: &NodeSpec) -> bool {
    node.allowed_pods >= 1
        && pod
            .requests
            .iter()
            .all(|(kind, amount)| amount <= 0 || amount <= node.allocatable.get(kind))
}

/// Whether a node has more than before of what a pod requests
/// (`haveAnyRequestedResourcesIncreased`).
fn has_more(pod: &PodShape, old: &NodeSpec, new: &NodeSpec) -> bool {
    let grew = |kind| new.allocatable.get(kind) > old.allocatable.get(kind);
    new.allowed_pods > old.allowed_pods
        || pod.requests.iter().any(|(kind, amount)| amount > 0 && grew(kind))
}

/// Whether the domains over which a pod is spread changed.
fn spreads(
    context: &Context<'_>,
    pod: &PodShape,
    old: Option<&NodeSpec>,
    new: Option<&NodeSpec>,
) -> bool {
    let constraints = hard_constraints(context.profile, pod);
    let keys: Vec<&str> = constraints.iter().map(|one| key(context, one.topology)).collect();
    let has_all = |node: &NodeSpec| keys.iter().all(|key| node.labels.get(key).is_some());
    match (old, new) {
        (Some(old), Some(new)) => {
            let moved = |key: &&str| old.labels.get(key) != new.labels.get(key);
            has_all(old) != has_all(new)
                || (has_all(new) && (keys.iter().any(moved) || old.taints != new.taints))
        }
        (old, new) => old.or(new).is_some_and(has_all),
    }
}

/// Whether a node came into a domain of a term of affinity, or left one of anti-affinity.
fn is_elsewhere(
    context: &Context<'_>,
    pod: &PodShape,
    old: Option<&NodeSpec>,
    new: &NodeSpec,
) -> bool {
    let value = |labels: &Labels, topology| labels.get(key(context, topology)).map(str::to_owned);
    let near = pod.affinity.required.iter().any(|term| {
        let before = old.and_then(|old| value(&old.labels, term.topology));
        let now = value(&new.labels, term.topology);
        now.is_some() && now != before
    });
    near || pod.anti_affinity.required.iter().any(|term| {
        // a new node may be in no domain, or in one without the pods that are shunned
        old.is_none_or(|old| {
            let before = value(&old.labels, term.topology);
            before.is_some() && value(&new.labels, term.topology) != before
        })
    })
}

fn key<'a>(context: &Context<'a>, topology: TopologyId) -> &'a str {
    context.cluster.topologies().key(topology)
}
