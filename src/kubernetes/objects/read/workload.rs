//! Workloads.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1 as apps;
use k8s_openapi::api::batch::v1 as batch;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::engine::SimDuration;
use crate::kubernetes::controllers::cron_job::{self, Concurrency, CronJobSpec};
use crate::kubernetes::controllers::daemon_set::{self, DaemonSetSpec, FailedPods};
use crate::kubernetes::controllers::deployment::progress::Progress;
use crate::kubernetes::controllers::deployment::{DeploymentSpec, Strategy};
use crate::kubernetes::controllers::job::{JobSpec, PodReplacement};
use crate::kubernetes::controllers::share::Share;
use crate::kubernetes::controllers::stateful_set::{self, PodManagement, StatefulSetSpec};
use crate::kubernetes::objects::Tally;
use crate::kubernetes::objects::template::TemplateId;
use crate::kubernetes::objects::workload::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use crate::units::cron::Schedule;

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

/// A replica set that no deployment owns, whose pods are of this template.
pub fn replica_set(
    replicas: Option<i32>,
    min_ready_seconds: Option<i32>,
    template: TemplateId,
) -> ReplicaSet {
    ReplicaSet {
        replicas: u32::try_from(replicas.unwrap_or(1)).unwrap_or(0),
        template,
        tally: Tally::new(min_ready(min_ready_seconds)),
        revision: 0,
        marks: None,
        is_controller: false,
    }
}

/// A stateful set whose pods are of this template. `maxUnavailable` counts for nothing, as its
/// gate is off in v1.36.
pub fn stateful_set(spec: &apps::StatefulSetSpec, template: TemplateId) -> StatefulSet {
    let strategy = spec.update_strategy.as_ref();
    let rolling = strategy.and_then(|one| one.rolling_update.as_ref());
    let partition = rolling.and_then(|one| one.partition).unwrap_or(0);
    let spec = StatefulSetSpec {
        replicas: spec.replicas.unwrap_or(1),
        start: spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0),
        management: match spec.pod_management_policy.as_deref() {
            Some("Parallel") => PodManagement::Parallel,
            _ => PodManagement::OrderedReady,
        },
        update: match strategy.and_then(|one| one.type_.as_deref()) {
            Some("OnDelete") => stateful_set::UpdateStrategy::OnDelete,
            _ => stateful_set::UpdateStrategy::RollingUpdate { partition, max_unavailable: None },
        },
        min_ready: min_ready(spec.min_ready_seconds),
    };
    StatefulSet { spec, template, current: template }
}

/// A daemon set whose pods are of this template.
pub fn daemon_set(spec: &apps::DaemonSetSpec, template: TemplateId) -> DaemonSet {
    let strategy = spec.update_strategy.as_ref();
    let rolling = strategy.and_then(|one| one.rolling_update.as_ref());
    let max_unavailable = rolling.and_then(|one| one.max_unavailable.as_ref());
    let max_surge = rolling.and_then(|one| one.max_surge.as_ref());
    let update = match strategy.and_then(|one| one.type_.as_deref()) {
        Some("OnDelete") => daemon_set::UpdateStrategy::OnDelete,
        _ => daemon_set::UpdateStrategy::RollingUpdate {
            max_unavailable: share(max_unavailable, Share::Count(1)),
            max_surge: share(max_surge, Share::Count(0)),
        },
    };
    let min_ready = min_ready(spec.min_ready_seconds);
    DaemonSet {
        spec: DaemonSetSpec { update, min_ready, template: template.0 },
        targets: BTreeMap::new(),
        failed: FailedPods::default(),
    }
}

/// What a job asks for.
pub fn job(spec: &batch::JobSpec) -> JobSpec {
    let completions = match (spec.completions, spec.parallelism) {
        (None, None) => Some(1),
        (completions, _) => completions,
    };
    let per_index = spec.backoff_limit_per_index;
    let limit = if per_index.is_some() { i32::MAX } else { 6 };
    let pod = spec.template.spec.as_ref();
    // a policy for failed pods has them replaced only when they have failed
    let replacement = match spec.pod_replacement_policy.as_deref() {
        Some("Failed") => PodReplacement::Failed,
        None if spec.pod_failure_policy.is_some() => PodReplacement::Failed,
        _ => PodReplacement::TerminatingOrFailed,
    };
    JobSpec {
        parallelism: spec.parallelism.unwrap_or(1),
        completions,
        indexed: spec.completion_mode.as_deref() == Some("Indexed"),
        backoff_limit: spec.backoff_limit.unwrap_or(limit),
        backoff_limit_per_index: per_index,
        max_failed_indexes: spec.max_failed_indexes,
        active_deadline: spec.active_deadline_seconds.map(seconds),
        ttl_after_finished: spec.ttl_seconds_after_finished.map(seconds),
        suspend: spec.suspend == Some(true),
        replacement,
        restarts_containers: pod.and_then(|pod| pod.restart_policy.as_deref()) == Some("OnFailure"),
    }
}

/// What a cron job asks for.
///
/// # Errors
/// Why it would never make a job here: a schedule that cannot be read, a time zone that is not
/// known.
pub fn cron_job(spec: &batch::CronJobSpec) -> Result<CronJobSpec, String> {
    cron_job::check_time_zone(spec.time_zone.as_deref()).map_err(|error| error.to_string())?;
    let schedule = Schedule::parse(&spec.schedule).map_err(|error| error.to_string())?;
    Ok(CronJobSpec {
        schedule,
        concurrency: match spec.concurrency_policy.as_deref() {
            Some("Forbid") => Concurrency::Forbid,
            Some("Replace") => Concurrency::Replace,
            _ => Concurrency::Allow,
        },
        starting_deadline: spec.starting_deadline_seconds.map(seconds),
        suspend: spec.suspend == Some(true),
        successful_history: spec.successful_jobs_history_limit.unwrap_or(3),
        failed_history: spec.failed_jobs_history_limit.unwrap_or(1),
    })
}
