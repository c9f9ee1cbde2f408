//! What a pod wants of its node and of its neighbours.

use k8s_openapi::api::core::v1 as core;

use super::selector::{is, label_selector, node_term};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::labels::{Labels, Selector};
use crate::kubernetes::scheduler::shape::{
    AffinityTerm, Effect, Inclusion, NodeTerm, PodAffinity, SpreadConstraint, Taint, Toleration,
    TolerationOperator, Unsatisfiable, Weighted,
};

/// Preferred node affinity. Terms of weight 0 say nothing.
pub(super) fn preferred_nodes(affinity: &core::NodeAffinity) -> Vec<Weighted<NodeTerm>> {
    let preferred = affinity.preferred_during_scheduling_ignored_during_execution.iter().flatten();
    let wanted = preferred.filter(|one| one.weight != 0);
    wanted.map(|one| Weighted { weight: one.weight, term: node_term(&one.preference) }).collect()
}

/// Affinity to other pods.
pub(super) fn pod_affinity(
    cluster: &mut Cluster,
    namespace: &str,
    affinity: Option<&core::PodAffinity>,
) -> PodAffinity {
    let Some(affinity) = affinity else { return PodAffinity::default() };
    let required = affinity.required_during_scheduling_ignored_during_execution.iter().flatten();
    let preferred = affinity.preferred_during_scheduling_ignored_during_execution.iter().flatten();
    terms(cluster, namespace, required, preferred)
}

/// Anti-affinity to other pods.
pub(super) fn pod_anti_affinity(
    cluster: &mut Cluster,
    namespace: &str,
    affinity: Option<&core::PodAntiAffinity>,
) -> PodAffinity {
    let Some(affinity) = affinity else { return PodAffinity::default() };
    let required = affinity.required_during_scheduling_ignored_during_execution.iter().flatten();
    let preferred = affinity.preferred_during_scheduling_ignored_during_execution.iter().flatten();
    terms(cluster, namespace, required, preferred)
}

fn terms<'a>(
    cluster: &mut Cluster,
    namespace: &str,
    required: impl Iterator<Item = &'a core::PodAffinityTerm>,
    preferred: impl Iterator<Item = &'a core::WeightedPodAffinityTerm>,
) -> PodAffinity {
    let required = required.map(|one| term(cluster, namespace, one)).collect();
    let preferred = preferred.map(|one| Weighted {
        weight: one.weight,
        term: term(cluster, namespace, &one.pod_affinity_term),
    });
    PodAffinity { required, preferred: preferred.collect() }
}

/// One term. Where it names no namespaces and selects none, it is about the pod's own
/// (pkg/scheduler/framework/types.go, `getNamespacesFromPodAffinityTerm`).
fn term(cluster: &mut Cluster, namespace: &str, term: &core::PodAffinityTerm) -> AffinityTerm {
    let named = term.namespaces.iter().flatten().map(|name| name.as_str().into());
    let mut namespaces: Vec<Box<str>> = named.collect();
    if namespaces.is_empty() && term.namespace_selector.is_none() {
        namespaces.push(namespace.into());
    }
    AffinityTerm {
        selector: label_selector(term.label_selector.as_ref()),
        namespaces,
        namespace_selector: label_selector(term.namespace_selector.as_ref()),
        topology: cluster.topology(&term.topology_key),
    }
}

/// A spread constraint; the values that the pod has for `matchLabelKeys` become part of its
/// selector (pkg/scheduler/framework/plugins/podtopologyspread/common.go).
pub(super) fn spread(
    cluster: &mut Cluster,
    labels: &Labels,
    constraint: &core::TopologySpreadConstraint,
) -> SpreadConstraint {
    let mut selector = label_selector(constraint.label_selector.as_ref());
    let keys = constraint.match_label_keys.iter().flatten();
    let own = keys.filter_map(|key| labels.get(key).map(|value| is(key, value)));
    if let Selector::All(requirements) = &mut selector {
        for requirement in own {
            if !requirements.contains(&requirement) {
                requirements.push(requirement);
            }
        }
    }
    let inclusion = |policy: &Option<String>, default| match policy.as_deref() {
        Some("Honor") => Inclusion::Honor,
        Some("Ignore") => Inclusion::Ignore,
        _ => default,
    };
    let unsatisfiable = match &*constraint.when_unsatisfiable {
        "ScheduleAnyway" => Unsatisfiable::ScheduleAnyway,
        _ => Unsatisfiable::DoNotSchedule,
    };
    SpreadConstraint {
        max_skew: constraint.max_skew,
        topology: cluster.topology(&constraint.topology_key),
        unsatisfiable,
        selector,
        min_domains: constraint.min_domains.unwrap_or(1),
        node_affinity: inclusion(&constraint.node_affinity_policy, Inclusion::Honor),
        node_taints: inclusion(&constraint.node_taints_policy, Inclusion::Ignore),
    }
}

/// A taint; none where its effect is none that is known.
pub(super) fn taint(taint: &core::Taint) -> Option<Taint> {
    Some(Taint {
        key: taint.key.as_str().into(),
        value: taint.value.as_deref().unwrap_or_default().into(),
        effect: effect(&taint.effect)?,
    })
}

/// A toleration.
pub(super) fn toleration(toleration: &core::Toleration) -> Toleration {
    let text = |field: &Option<String>| field.as_deref().unwrap_or_default().into();
    let operator = match toleration.operator.as_deref() {
        None | Some("" | "Equal") => TolerationOperator::Equal,
        Some("Exists") => TolerationOperator::Exists,
        Some(_) => TolerationOperator::Unknown,
    };
    Toleration {
        key: text(&toleration.key),
        operator,
        value: text(&toleration.value),
        effect: toleration.effect.as_deref().and_then(effect),
    }
}

fn effect(name: &str) -> Option<Effect> {
    Some(match name {
        "NoSchedule" => Effect::NoSchedule,
        "PreferNoSchedule" => Effect::PreferNoSchedule,
        "NoExecute" => Effect::NoExecute,
        _ => return None,
    })
}
