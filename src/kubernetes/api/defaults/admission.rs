//! What happens to an object when it is created, beyond the defaults of its own kind.
//!
//! Sources: Kubernetes v1.36, `plugin/pkg/admission/priority`, `.../defaulttolerationseconds`,
//! `.../storage/storageclass/setdefault`, all on by default; and
//! `pkg/registry/core/pod/strategy.go`, which merges `matchLabelKeys` into label selectors (pod
//! affinity since v1.31, topology spread since v1.34). Objects that come out of a cluster went
//! through this: doing it again changes nothing.

use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, Pod, PodAffinityTerm, PodSpec, Toleration,
};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use thiserror::Error;

/// The classes that every cluster has.
const SYSTEM_CLASSES: [(&str, i32); 2] =
    [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];
/// Taints of a failed node, which pods tolerate for a while.
const FAILURES: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
/// How long they do, in seconds.
const TOLERATED_FOR: i64 = 300;
/// Says of a storage class that claims without a class get it.
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

/// A pod names a priority class that the cluster does not have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("pod `{pod}`: there is no PriorityClass `{class}`")]
pub struct UnknownPriorityClass {
    /// The pod.
    pub pod: String,
    /// The class it names.
    pub class: String,
}

/// Sets the priority, preemption policy and class of a pod from the priority classes of the
/// cluster. A pod that says its priority keeps it.
///
/// # Errors
/// Where it names a class that is neither among `classes` nor built in.
pub fn set_priority<'c>(
    pod: &mut Pod,
    classes: impl IntoIterator<Item = &'c PriorityClass> + Clone,
) -> Result<(), UnknownPriorityClass> {
    let name = pod.metadata.name.clone().unwrap_or_default();
    let Some(spec) = &mut pod.spec else {
        return Ok(());
    };
    let wanted = spec.priority_class_name.as_deref().filter(|class| !class.is_empty());
    let named = |class: &&PriorityClass| class.metadata.name.as_deref() == wanted;
    let system = SYSTEM_CLASSES.iter().find(|(class, _)| Some(*class) == wanted);
    let (priority, policy) = match (wanted, system) {
        (_, Some((_, value))) => (*value, None),
        (Some(class), None) => match classes.into_iter().find(named) {
            Some(class) => (class.value.unwrap_or(0), class.preemption_policy.clone()),
            // its priority is known all the same
            None if spec.priority.is_some() => (0, None),
            None => return Err(UnknownPriorityClass { pod: name, class: class.to_owned() }),
        },
        (None, None) => match global_default(classes) {
            Some(class) if spec.priority.is_none() => {
                spec.priority_class_name.clone_from(&class.metadata.name);
                (class.value.unwrap_or(0), class.preemption_policy.clone())
            }
            _ => (0, None),
        },
    };
    spec.priority.get_or_insert(priority);
    let policy = policy.unwrap_or_else(|| "PreemptLowerPriority".to_owned());
    spec.preemption_policy.get_or_insert(policy);
    Ok(())
}

/// The class of pods that name none: of several, which a race may leave, the lowest.
fn global_default<'c>(
    classes: impl IntoIterator<Item = &'c PriorityClass>,
) -> Option<&'c PriorityClass> {
    let defaults = classes.into_iter().filter(|class| class.global_default == Some(true));
    defaults.min_by_key(|class| class.value)
}

/// Adds the tolerations that let a pod stay on a failed node for five minutes.
pub fn tolerate_failures(pod: &mut Pod) {
    let Some(spec) = &mut pod.spec else {
        return;
    };
    let tolerations = spec.tolerations.get_or_insert_default();
    for taint in FAILURES {
        let tolerates = |toleration: &Toleration| {
            let key = toleration.key.as_deref().unwrap_or_default();
            let effect = toleration.effect.as_deref().unwrap_or_default();
            ["", taint].contains(&key) && ["", "NoExecute"].contains(&effect)
        };
        if !tolerations.iter().any(tolerates) {
            tolerations.push(Toleration {
                effect: Some("NoExecute".to_owned()),
                key: Some(taint.to_owned()),
                operator: Some("Exists".to_owned()),
                toleration_seconds: Some(TOLERATED_FOR),
                value: None,
            });
        }
    }
}

/// Merges `matchLabelKeys` and `mismatchLabelKeys` of a pod into its label selectors.
pub fn merge_label_keys(pod: &mut Pod) {
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let value = |key: &String| labels.get(key).cloned();
    let Some(spec) = &mut pod.spec else {
        return;
    };
    for constraint in spec.topology_spread_constraints.iter_mut().flatten() {
        let keys = constraint.match_label_keys.as_deref().unwrap_or_default();
        merge(constraint.label_selector.as_mut(), keys, "In", value);
    }
    for term in pod_terms(spec) {
        let (matching, other) = (&term.match_label_keys, &term.mismatch_label_keys);
        let selector = &mut term.label_selector;
        merge(selector.as_mut(), matching.as_deref().unwrap_or_default(), "In", value);
        merge(selector.as_mut(), other.as_deref().unwrap_or_default(), "NotIn", value);
    }
}

/// All terms of affinity to pods and of the opposite.
fn pod_terms(spec: &mut PodSpec) -> Vec<&mut PodAffinityTerm> {
    let Some(affinity) = &mut spec.affinity else {
        return Vec::new();
    };
    let mut terms: Vec<&mut PodAffinityTerm> = Vec::new();
    if let Some(to) = &mut affinity.pod_affinity {
        terms.extend(to.required_during_scheduling_ignored_during_execution.iter_mut().flatten());
        let preferred = &mut to.preferred_during_scheduling_ignored_during_execution;
        terms.extend(preferred.iter_mut().flatten().map(|term| &mut term.pod_affinity_term));
    }
    if let Some(from) = &mut affinity.pod_anti_affinity {
        terms.extend(from.required_during_scheduling_ignored_during_execution.iter_mut().flatten());
        let preferred = &mut from.preferred_during_scheduling_ignored_during_execution;
        terms.extend(preferred.iter_mut().flatten().map(|term| &mut term.pod_affinity_term));
    }
    terms
}

/// Without a selector nothing is merged: none matches no pod.
fn merge(
    selector: Option<&mut LabelSelector>,
    keys: &[String],
    operator: &str,
    value: impl Fn(&String) -> Option<String>,
) {
    let Some(selector) = selector else {
        return;
    };
    for key in keys {
        if let Some(value) = value(key) {
            let requirement = LabelSelectorRequirement {
                key: key.clone(),
                operator: operator.to_owned(),
                values: Some(vec![value]),
            };
            let expressions = selector.match_expressions.get_or_insert_default();
            if !expressions.contains(&requirement) {
                expressions.push(requirement);
            }
        }
    }
}

/// Gives a claim without a storage class the default one: of several the newest, then the first
/// by name. An explicit empty class means none.
pub fn set_storage_class<'c>(
    claim: &mut PersistentVolumeClaim,
    classes: impl IntoIterator<Item = &'c StorageClass>,
) {
    let Some(spec) = &mut claim.spec else {
        return;
    };
    if spec.storage_class_name.is_some() {
        return;
    }
    let is_default = |class: &&StorageClass| {
        let annotations = class.metadata.annotations.as_ref();
        let value = annotations.and_then(|annotations| annotations.get(DEFAULT_CLASS));
        value.is_some_and(|value| value == "true")
    };
    let newest_then_name = |class: &&StorageClass| {
        let created = class.metadata.creation_timestamp.as_ref().map(|time| time.0);
        (std::cmp::Reverse(created), class.metadata.name.clone())
    };
    let class = classes.into_iter().filter(is_default).min_by_key(newest_then_name);
    spec.storage_class_name = class.and_then(|class| class.metadata.name.clone());
}
