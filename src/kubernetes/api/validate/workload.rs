//! The kinds that create pods.
//!
//! Sources: Kubernetes v1.36, `pkg/apis/apps/validation` and `pkg/apis/batch/validation`.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{PodTemplateSpec, ReplicationController};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::at::{At, Report};
use super::pod::check_spec;
use super::selector::check_selector;

/// A deployment.
pub fn check_deployment(deployment: &Deployment, report: &mut Report) {
    let at = &At::Root.key("spec");
    let Some(spec) = &deployment.spec else {
        return report.wrong(at, "is missing");
    };
    report.within(spec.replicas, 0..=i64::MAX, &at.key("replicas"));
    check_template(&spec.selector, &spec.template, at, report);
}

/// A replica set; one without containers only owns pods that exist.
pub fn check_replica_set(set: &ReplicaSet, report: &mut Report) {
    let at = &At::Root.key("spec");
    let Some(spec) = &set.spec else {
        return report.wrong(at, "is missing");
    };
    report.within(spec.replicas, 0..=i64::MAX, &at.key("replicas"));
    let pod = spec.template.as_ref().and_then(|template| template.spec.as_ref());
    match &spec.template {
        Some(template) if pod.is_some_and(|pod| !pod.containers.is_empty()) => {
            check_template(&spec.selector, template, at, report);
        }
        _ => check_selector(&spec.selector, &at.key("selector"), report),
    }
}

/// A stateful set.
pub fn check_stateful_set(set: &StatefulSet, report: &mut Report) {
    let at = &At::Root.key("spec");
    let Some(spec) = &set.spec else {
        return report.wrong(at, "is missing");
    };
    report.within(spec.replicas, 0..=i64::MAX, &at.key("replicas"));
    let policies = ["OrderedReady", "Parallel"];
    report.one_of(spec.pod_management_policy.as_deref(), &policies, &at.key("podManagementPolicy"));
    check_template(&spec.selector, &spec.template, at, report);
    for (index, claim) in spec.volume_claim_templates.iter().flatten().enumerate() {
        let list = &at.key("volumeClaimTemplates");
        let at = &list.index(index);
        if claim.metadata.name.as_deref().is_none_or(str::is_empty) {
            report.wrong(&at.key("metadata").key("name"), "is missing");
        }
        if let Some(claim) = &claim.spec {
            super::cluster::check_claim(claim, &at.key("spec"), report);
        }
    }
}

/// A daemon set.
pub fn check_daemon_set(set: &DaemonSet, report: &mut Report) {
    let at = &At::Root.key("spec");
    match &set.spec {
        Some(spec) => check_template(&spec.selector, &spec.template, at, report),
        None => report.wrong(at, "is missing"),
    }
}

/// A replication controller.
pub fn check_replication_controller(controller: &ReplicationController, report: &mut Report) {
    let at = &At::Root.key("spec");
    if let Some(spec) = &controller.spec {
        report.within(spec.replicas, 0..=i64::MAX, &at.key("replicas"));
        if let Some(pod) = spec.template.as_ref().and_then(|template| template.spec.as_ref()) {
            check_spec(pod, &at.key("template").key("spec"), report);
        }
    }
}

/// A job.
pub fn check_job(job: &Job, report: &mut Report) {
    let at = &At::Root.key("spec");
    let Some(spec) = &job.spec else {
        return report.wrong(at, "is missing");
    };
    report.within(spec.parallelism, 0..=i64::MAX, &at.key("parallelism"));
    report.within(spec.completions, 0..=i64::MAX, &at.key("completions"));
    report.within(spec.backoff_limit, 0..=i64::MAX, &at.key("backoffLimit"));
    let template = &at.key("template");
    let Some(pod) = &spec.template.spec else {
        return report.wrong(&template.key("spec"), "is missing");
    };
    let at = &template.key("spec");
    check_spec(pod, at, report);
    if pod.restart_policy.as_deref().is_none_or(|policy| policy == "Always") {
        report.wrong(&at.key("restartPolicy"), "must be OnFailure or Never in a job");
    }
}

/// A template whose pods the selector must find.
fn check_template(
    selector: &LabelSelector,
    template: &PodTemplateSpec,
    at: &At<'_>,
    report: &mut Report,
) {
    let selector_at = &at.key("selector");
    check_selector(selector, selector_at, report);
    if *selector == LabelSelector::default() {
        let help = "write the labels of the template under `matchLabels`";
        report.wrong_with_help(selector_at, "is missing", help);
    }
    let template_at = &at.key("template");
    let labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
    for (key, value) in selector.match_labels.iter().flatten() {
        let found = labels.and_then(|labels| labels.get(key));
        if found != Some(value) {
            let metadata = &template_at.key("metadata");
            let message = format!("must have `{key}: {value}`, which the selector asks for");
            report.wrong(&metadata.key("labels"), message);
        }
    }
    match &template.spec {
        Some(pod) => check_spec(pod, &template_at.key("spec"), report),
        None => report.wrong(&template_at.key("spec"), "is missing"),
    }
}
