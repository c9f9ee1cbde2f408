//! Jobs: as many pods at a time as they ask for.
//!
//! Source: Kubernetes v1.36, `pkg/controller/job/job_controller.go`: never more active pods than
//! `parallelism` or than completions are missing.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, PodSpec};

use super::template::{Owner, pod};
use super::{Existing, Expansion, name};

/// Labels of the pods of a job with its name, and with its uid, for which the name stands: nothing
/// here has one.
const LABELS: [&str; 4] = [
    "batch.kubernetes.io/job-name",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "controller-uid",
];
/// Label and annotation of a pod of an indexed job.
pub const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// Creates the pods that are missing now.
pub(super) fn expand(job: &Job, existing: &Existing<'_>, expansion: &mut Expansion) {
    let Some(spec) = &job.spec else {
        return;
    };
    if is_finished(job) || spec.suspend == Some(true) {
        return;
    }
    let number = |field: Option<i32>| usize::try_from(field.unwrap_or(0)).unwrap_or(0);
    let succeeded = number(job.status.as_ref().and_then(|status| status.succeeded));
    let parallelism = number(Some(spec.parallelism.unwrap_or(1)));
    let completions = match (spec.completions, spec.parallelism) {
        (None, None) => Some(1),
        (completions, _) => completions.map(|completions| number(Some(completions))),
    };
    let open = completions.map_or(usize::MAX, |completions| completions.saturating_sub(succeeded));
    let active = existing.pods_of("Job", &job.metadata).len();
    let is_indexed = spec.completion_mode.as_deref() == Some("Indexed");
    let owner = Owner::new("batch/v1", "Job", &job.metadata);
    let done = active + succeeded;
    for index in (done..).take(parallelism.min(open).saturating_sub(active)) {
        let suffix = if is_indexed { format!("{index}-x1") } else { format!("x{}", index + 1) };
        let mut pod = pod(&spec.template, &owner, &suffix);
        let labels = label(&mut pod, name(&job.metadata));
        if is_indexed {
            labels.insert(INDEX.to_owned(), index.to_string());
            let annotations = pod.metadata.annotations.get_or_insert_default();
            annotations.insert(INDEX.to_owned(), index.to_string());
        }
        expansion.pods.push(pod);
    }
}

/// Whether where a pod may be depends on the labels of its job.
pub fn looks_at_labels(spec: &PodSpec) -> bool {
    if spec.affinity.is_none() && spec.topology_spread_constraints.is_none() {
        return false;
    }
    let rules = (&spec.affinity, &spec.topology_spread_constraints);
    let text = serde_json::to_string(&rules).unwrap_or_default();
    LABELS.iter().any(|label| text.contains(&format!("\"{label}\"")))
}

/// Labels a pod with the name of its job.
pub fn label<'p>(pod: &'p mut Pod, job: &str) -> &'p mut BTreeMap<String, String> {
    let labels = pod.metadata.labels.get_or_insert_default();
    for label in LABELS {
        labels.insert(label.to_owned(), job.to_owned());
    }
    labels
}

fn is_finished(job: &Job) -> bool {
    let conditions = job.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| {
        condition.status == "True" && ["Complete", "Failed"].contains(&condition.type_.as_str())
    })
}
