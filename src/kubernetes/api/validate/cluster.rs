//! Nodes, volumes, classes and disruption budgets.
//!
//! Sources: Kubernetes v1.36, `pkg/apis/core/validation`, `pkg/apis/storage/validation`,
//! `pkg/apis/scheduling/validation` and `pkg/apis/policy/validation`.

use k8s_openapi::api::core::v1::{Node, PersistentVolume, PersistentVolumeClaimSpec};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::at::{At, Report};
use super::pod::EFFECTS;
use super::resources::{check_listing, check_quantity};
use super::selector::{check_key, check_node_selector, check_selector};
use crate::kubernetes::api::quantity::Amount;

/// Largest priority that is not one of the system's own.
const HIGHEST_USER_PRIORITY: i64 = 1_000_000_000;

/// A node.
pub fn check_node(node: &Node, report: &mut Report) {
    let root = At::Root;
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_ref());
    let spec = &root.key("spec");
    for (index, taint) in taints.into_iter().flatten().enumerate() {
        let list = &spec.key("taints");
        let at = &list.index(index);
        check_key(&taint.key, &at.key("key"), report);
        report.one_of(Some(&taint.effect), &EFFECTS, &at.key("effect"));
    }
    if let Some(status) = &node.status {
        let at = &root.key("status");
        check_listing(&status.capacity, &at.key("capacity"), report);
        check_listing(&status.allocatable, &at.key("allocatable"), report);
    }
}

/// A priority class.
pub fn check_priority_class(class: &PriorityClass, report: &mut Report) {
    let root = At::Root;
    let name = class.metadata.name.as_deref().unwrap_or_default();
    if !name.starts_with("system-")
        && class.value.is_some_and(|v| i64::from(v) > HIGHEST_USER_PRIORITY)
    {
        let message = format!("must be at most {HIGHEST_USER_PRIORITY}");
        report.wrong(&root.key("value"), message);
    }
    let policies = ["PreemptLowerPriority", "Never"];
    report.one_of(class.preemption_policy.as_deref(), &policies, &root.key("preemptionPolicy"));
}

const ACCESS_MODES: [&str; 4] =
    ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

/// A volume.
pub fn check_volume(volume: &PersistentVolume, report: &mut Report) {
    let at = &At::Root.key("spec");
    let Some(spec) = &volume.spec else {
        return report.wrong(at, "is missing");
    };
    check_listing(&spec.capacity, &at.key("capacity"), report);
    if spec.capacity.as_ref().is_none_or(|capacity| !capacity.contains_key("storage")) {
        report.wrong(&at.key("capacity").key("storage"), "is missing");
    }
    for (index, mode) in spec.access_modes.iter().flatten().enumerate() {
        report.one_of(Some(mode), &ACCESS_MODES, &at.key("accessModes").index(index));
    }
    let required = spec.node_affinity.as_ref().and_then(|affinity| affinity.required.as_ref());
    if let Some(selector) = required {
        check_node_selector(selector, &at.key("nodeAffinity").key("required"), report);
    }
}

/// A claim, or the template of one.
pub fn check_claim(spec: &PersistentVolumeClaimSpec, at: &At<'_>, report: &mut Report) {
    if spec.access_modes.as_ref().is_none_or(|modes| modes.is_empty()) {
        report.wrong(&at.key("accessModes"), "needs at least one, such as ReadWriteOnce");
    }
    for (index, mode) in spec.access_modes.iter().flatten().enumerate() {
        report.one_of(Some(mode), &ACCESS_MODES, &at.key("accessModes").index(index));
    }
    if let Some(selector) = &spec.selector {
        check_selector(selector, &at.key("selector"), report);
    }
    let requests = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    let resources = &at.key("resources");
    let requests_at = &resources.key("requests");
    let at = &requests_at.key("storage");
    match requests.and_then(|requests| requests.get("storage")) {
        None => report.wrong(at, "is missing"),
        Some(storage) => {
            if check_quantity(storage, at, report) == Some(Amount::ZERO) {
                report.wrong(at, "must be more than 0");
            }
        }
    }
}

/// A storage class.
pub fn check_storage_class(class: &StorageClass, report: &mut Report) {
    let root = At::Root;
    if class.provisioner.is_empty() {
        report.wrong(&root.key("provisioner"), "is missing");
    }
    let modes = ["Immediate", "WaitForFirstConsumer"];
    report.one_of(class.volume_binding_mode.as_deref(), &modes, &root.key("volumeBindingMode"));
    let policies = ["Delete", "Retain"];
    report.one_of(class.reclaim_policy.as_deref(), &policies, &root.key("reclaimPolicy"));
}

/// A disruption budget.
pub fn check_budget(budget: &PodDisruptionBudget, report: &mut Report) {
    let at = &At::Root.key("spec");
    let Some(spec) = &budget.spec else {
        return;
    };
    if let Some(selector) = &spec.selector {
        check_selector(selector, &at.key("selector"), report);
    }
    if spec.min_available.is_some() && spec.max_unavailable.is_some() {
        let message = "goes not together with minAvailable: leave one of them out";
        report.wrong(&at.key("maxUnavailable"), message);
    }
    check_share(spec.min_available.as_ref(), &at.key("minAvailable"), report);
    check_share(spec.max_unavailable.as_ref(), &at.key("maxUnavailable"), report);
}

/// A number of pods, or a share in percent.
fn check_share(share: Option<&IntOrString>, at: &At<'_>, report: &mut Report) {
    let is_right = match share {
        None => true,
        Some(IntOrString::Int(number)) => *number >= 0,
        Some(IntOrString::String(text)) => {
            let percent = text.strip_suffix('%').and_then(|percent| percent.parse::<u32>().ok());
            percent.is_some_and(|percent| percent <= 100)
        }
    };
    if !is_right {
        report.wrong(at, "must be a number of pods such as 2, or a share such as \"50%\"");
    }
}
