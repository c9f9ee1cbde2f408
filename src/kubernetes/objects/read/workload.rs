//! Workloads.

use k8s_openapi::api::apps::v1 as apps;
use k8s_openapi::api::batch::v1 as batch;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::engine::SimDuration;
use crate::kubernetes::controllers::deployment::progress::Progress;
use crate::kubernetes::controllers::deployment::{DeploymentSpec, Strategy};
use crate::kubernetes::controllers::share::Share;
use crate::kubernetes::objects::template::TemplateId;
use crate::kubernetes::objects::workload::{
    Concurrency, CronJob, DaemonSet, Deployment, Job, JobStanding, StatefulSet,
};

fn count(field: Option<i32>, default: u32) -> u32 {
    field.map_or(default, |count| u32::try_from(count).unwrap_or(0))
}

fn seconds<T: TryInto<u64>>(field: T) -> SimDuration {
    SimDuration::from_secs(field.try_into().unwrap_or(0))
}

fn min_ready(field: Option<i32>) -> SimDuration {
    seconds(field.unwrap_or(0))
}

fn share(field: Option<&IntOrString>, default: Share) -> Share {
    field.and_then(Share::read).unwrap_or(default)
}

/// A deployment whose pods are of this template, in the replica set of this name.
pub fn deployment(spec: &apps::DeploymentSpec, template: TemplateId, set_name: &str) -> Deployment {
    let quarter = Share::Percent(25);
    let strategy = spec.strategy.as_ref();
    let recreate = strategy.and_then(|one| one.type_.as_deref()) == Some("Recreate");
    let rolling = strategy.and_then(|one| one.rolling_update.as_ref());
    let strategy = if recreate {
        Strategy::Recreate
    } else {
        Strategy::RollingUpdate {
            max_surge: share(rolling.and_then(|one| one.max_surge.as_ref()), quarter),
            max_unavailable: share(rolling.and_then(|one| one.max_unavailable.as_ref()), quarter),
        }
    };
    Deployment {
        spec: DeploymentSpec {
            replicas: spec.replicas.unwrap_or(1),
            strategy,
            paused: spec.paused == Some(true),
            revision_history_limit: Some(spec.revision_history_limit.unwrap_or(10)),
            // the largest number stands for none (`HasProgressDeadline`)
            progress_deadline: Some(spec.progress_deadline_seconds.unwrap_or(600))
                .filter(|&deadline| deadline != i32::MAX)
                .map(seconds),
        },
        template,
        set_name: set_name.into(),
        min_ready: min_ready(spec.min_ready_seconds),
        progress: Progress::default(),
    }
}

/// A stateful set whose pods are of this template.
pub fn stateful_set(spec: &apps::StatefulSetSpec, template: TemplateId) -> StatefulSet {
    let strategy = spec.update_strategy.as_ref();
    let rolling = strategy.and_then(|one| one.rolling_update.as_ref());
    StatefulSet {
        replicas: count(spec.replicas, 1),
        start: count(spec.ordinals.as_ref().and_then(|ordinals| ordinals.start), 0),
        template,
        parallel: spec.pod_management_policy.as_deref() == Some("Parallel"),
        on_delete: strategy.and_then(|one| one.type_.as_deref()) == Some("OnDelete"),
        partition: count(rolling.and_then(|one| one.partition), 0),
        max_unavailable: share(
            rolling.and_then(|one| one.max_unavailable.as_ref()),
            Share::Count(1),
        ),
        min_ready: min_ready(spec.min_ready_seconds),
    }
}

/// A daemon set whose pods are of this template.
pub fn daemon_set(spec: &apps::DaemonSetSpec, template: TemplateId) -> DaemonSet {
    let strategy = spec.update_strategy.as_ref();
    let rolling = strategy.and_then(|one| one.rolling_update.as_ref());
    let (unavailable, surge) = (
        rolling.and_then(|one| one.max_unavailable.as_ref()),
        rolling.and_then(|one| one.max_surge.as_ref()),
    );
    DaemonSet {
        template,
        on_delete: strategy.and_then(|one| one.type_.as_deref()) == Some("OnDelete"),
        max_unavailable: share(unavailable, Share::Count(1)),
        max_surge: share(surge, Share::Count(0)),
        min_ready: min_ready(spec.min_ready_seconds),
    }
}

/// A job whose pods are of this template.
pub fn job(spec: &batch::JobSpec, template: TemplateId) -> Job {
    let completions = match (spec.completions, spec.parallelism) {
        (None, None) => Some(1),
        (completions, _) => completions.map(|count| u32::try_from(count).unwrap_or(0)),
    };
    Job {
        template,
        parallelism: count(spec.parallelism, 1),
        completions,
        indexed: spec.completion_mode.as_deref() == Some("Indexed"),
        backoff_limit: count(spec.backoff_limit, 6),
        active_deadline: spec.active_deadline_seconds.map(seconds),
        ttl: spec.ttl_seconds_after_finished.map(seconds),
        suspended: spec.suspend == Some(true),
        standing: JobStanding::default(),
    }
}

/// A cron job whose jobs' pods are of this template.
pub fn cron_job(spec: &batch::CronJobSpec, template: TemplateId) -> CronJob {
    let kept = (spec.successful_jobs_history_limit, spec.failed_jobs_history_limit);
    let inner = spec.job_template.spec.clone().unwrap_or_default();
    CronJob {
        schedule: spec.schedule.as_str().into(),
        job: Box::new(job(&inner, template)),
        concurrency: match spec.concurrency_policy.as_deref() {
            Some("Forbid") => Concurrency::Forbid,
            Some("Replace") => Concurrency::Replace,
            _ => Concurrency::Allow,
        },
        starting_deadline: spec.starting_deadline_seconds.map(seconds),
        suspended: spec.suspend == Some(true),
        history: (count(kept.0, 3), count(kept.1, 1)),
        last: None,
    }
}
