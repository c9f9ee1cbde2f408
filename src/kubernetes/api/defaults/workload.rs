//! Defaults of the kinds that create pods.
//!
//! Source: Kubernetes v1.36, `pkg/apis/apps/v1/defaults.go`, `pkg/apis/batch/v1/defaults.go` and
//! `pkg/apis/core/v1/defaults.go`.

use k8s_openapi::api::apps::v1::{
    DaemonSet, Deployment, ReplicaSet, RollingUpdateDeployment, StatefulSet,
};
use k8s_openapi::api::batch::v1::{CronJob, Job, JobSpec};
use k8s_openapi::api::core::v1::{PodTemplateSpec, ReplicationController};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::pod::default_pod_spec;
use super::storage::default_persistent_volume_claim;

fn default_template(template: &mut PodTemplateSpec) {
    if let Some(spec) = &mut template.spec {
        default_pod_spec(spec);
    }
}

/// One replica; a rolling update by 25 %.
pub fn default_deployment(deployment: &mut Deployment) {
    let spec = deployment.spec.get_or_insert_default();
    spec.replicas.get_or_insert(1);
    spec.revision_history_limit.get_or_insert(10);
    spec.progress_deadline_seconds.get_or_insert(600);
    let strategy = spec.strategy.get_or_insert_default();
    if strategy.type_.get_or_insert_with(|| "RollingUpdate".to_owned()) == "RollingUpdate" {
        let quarter = || IntOrString::String("25%".to_owned());
        let update = strategy.rolling_update.get_or_insert_with(RollingUpdateDeployment::default);
        update.max_surge.get_or_insert_with(quarter);
        update.max_unavailable.get_or_insert_with(quarter);
    }
    default_template(&mut spec.template);
}

/// One replica.
pub fn default_replica_set(set: &mut ReplicaSet) {
    let spec = set.spec.get_or_insert_default();
    spec.replicas.get_or_insert(1);
    if let Some(template) = &mut spec.template {
        default_template(template);
        let labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.clone());
        set.metadata.labels = set.metadata.labels.take().or(labels);
    }
}

/// One replica; labels and selector from the template.
pub fn default_replication_controller(controller: &mut ReplicationController) {
    let spec = controller.spec.get_or_insert_default();
    spec.replicas.get_or_insert(1);
    if let Some(template) = &mut spec.template {
        default_template(template);
        let labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.clone());
        if spec.selector.as_ref().is_none_or(|selector| selector.is_empty()) {
            spec.selector.clone_from(&labels);
        }
        controller.metadata.labels = controller.metadata.labels.take().or(labels);
    }
}

/// One replica, started in order, numbered from 0.
pub fn default_stateful_set(set: &mut StatefulSet) {
    let spec = set.spec.get_or_insert_default();
    spec.replicas.get_or_insert(1);
    spec.revision_history_limit.get_or_insert(10);
    spec.pod_management_policy.get_or_insert_with(|| "OrderedReady".to_owned());
    let strategy = spec.update_strategy.get_or_insert_default();
    strategy.type_.get_or_insert_with(|| "RollingUpdate".to_owned());
    spec.volume_claim_templates.iter_mut().flatten().for_each(default_persistent_volume_claim);
    default_template(&mut spec.template);
}

/// A rolling update of one node at a time.
pub fn default_daemon_set(set: &mut DaemonSet) {
    let spec = set.spec.get_or_insert_default();
    spec.revision_history_limit.get_or_insert(10);
    let strategy = spec.update_strategy.get_or_insert_default();
    strategy.type_.get_or_insert_with(|| "RollingUpdate".to_owned());
    default_template(&mut spec.template);
}

/// One pod at a time, one completion, six retries.
pub fn default_job(job: &mut Job) {
    default_job_spec(job.spec.get_or_insert_default());
}

/// Overlapping runs are allowed.
pub fn default_cron_job(job: &mut CronJob) {
    job.spec.concurrency_policy.get_or_insert_with(|| "Allow".to_owned());
    job.spec.suspend.get_or_insert(false);
    job.spec.successful_jobs_history_limit.get_or_insert(3);
    job.spec.failed_jobs_history_limit.get_or_insert(1);
    if let Some(spec) = &mut job.spec.job_template.spec {
        default_template(&mut spec.template);
    }
}

fn default_job_spec(spec: &mut JobSpec) {
    // a job with only `parallelism` is a work queue, whose completions stay open
    if spec.completions.is_none() && spec.parallelism.is_none() {
        (spec.completions, spec.parallelism) = (Some(1), Some(1));
    }
    spec.parallelism.get_or_insert(1);
    spec.backoff_limit.get_or_insert(6);
    spec.completion_mode.get_or_insert_with(|| "NonIndexed".to_owned());
    spec.suspend.get_or_insert(false);
    default_template(&mut spec.template);
}
