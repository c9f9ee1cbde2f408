//! Workloads: the objects whose controllers make pods, or other workloads.

use super::pod::PodId;
use super::template::TemplateId;
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::controllers::deployment::progress::Progress;
use crate::kubernetes::controllers::deployment::{DeploymentSpec, Marks};
use crate::kubernetes::controllers::share::Share;
use crate::metrics::events::Kind;

/// A workload of a cluster. Numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadId(pub u32);

impl WorkloadId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A workload.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its namespace.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// The workload that made it: the deployment of a replica set, the cron job of a job.
    pub owner: Option<WorkloadId>,
    /// When it came.
    pub created: SimTime,
    /// Its pods that exist, the oldest first.
    pub pods: Vec<PodId>,
    /// The workloads it made that exist, the oldest first.
    pub children: Vec<WorkloadId>,
    /// Pods or workloads it has made so far.
    pub made: u32,
    /// Whether it is gone.
    pub gone: bool,
    /// What it is.
    pub kind: WorkloadKind,
}

impl Workload {
    /// Pods that it is to have, where that is a number.
    pub fn replicas(&self) -> Option<u32> {
        match &self.kind {
            WorkloadKind::Deployment(it) => Some(it.spec.replicas as u32),
            WorkloadKind::ReplicaSet(it) => Some(it.replicas),
            WorkloadKind::StatefulSet(it) => Some(it.replicas),
            WorkloadKind::DaemonSet(_) | WorkloadKind::Job(_) | WorkloadKind::CronJob(_) => None,
        }
    }
}

/// What a workload is.
#[derive(Clone, Debug)]
pub enum WorkloadKind {
    /// `apps/v1` Deployment.
    Deployment(Deployment),
    /// `apps/v1` ReplicaSet, or a ReplicationController.
    ReplicaSet(ReplicaSet),
    /// `apps/v1` StatefulSet.
    StatefulSet(StatefulSet),
    /// `apps/v1` DaemonSet.
    DaemonSet(DaemonSet),
    /// `batch/v1` Job.
    Job(Job),
    /// `batch/v1` CronJob.
    CronJob(CronJob),
}

impl WorkloadKind {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Deployment(_) => Kind::Deployment,
            Self::ReplicaSet(_) => Kind::ReplicaSet,
            Self::StatefulSet(_) => Kind::StatefulSet,
            Self::DaemonSet(_) => Kind::DaemonSet,
            Self::Job(_) => Kind::Job,
            Self::CronJob(_) => Kind::CronJob,
        }
    }
}

/// A deployment: replica sets, one for each template it has had.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// What it asks for.
    pub spec: DeploymentSpec,
    /// What its pods are like now.
    pub template: TemplateId,
    /// Name of the replica set of that template.
    pub set_name: Box<str>,
    /// How long a pod has to be ready before it counts as available.
    pub min_ready: SimDuration,
    /// How far its rollout has come.
    pub progress: Progress,
}

/// A replica set: so many pods of one template.
#[derive(Clone, Debug)]
pub struct ReplicaSet {
    /// Pods wanted.
    pub replicas: u32,
    /// What they are like.
    pub template: TemplateId,
    /// How long a pod has to be ready before it counts as available.
    pub min_ready: SimDuration,
    /// Counts the rollouts of its deployment: the highest is the newest.
    pub revision: u32,
    /// What the size of its deployment was when that last sized it.
    pub marks: Option<Marks>,
}

/// A stateful set: pods with ordinals.
#[derive(Clone, Debug)]
pub struct StatefulSet {
    /// Pods wanted.
    pub replicas: u32,
    /// The first ordinal.
    pub start: u32,
    /// What its pods are like now.
    pub template: TemplateId,
    /// Whether it does not wait for one pod before the next (`podManagementPolicy: Parallel`).
    pub parallel: bool,
    /// Whether pods are only replaced when someone deletes them (`OnDelete`).
    pub on_delete: bool,
    /// Pods below this ordinal keep their template.
    pub partition: u32,
    /// Pods that an update may have missing.
    pub max_unavailable: Share,
    /// How long a pod has to be ready before it counts as available.
    pub min_ready: SimDuration,
}

/// A daemon set: one pod on each node that is for it.
#[derive(Clone, Debug)]
pub struct DaemonSet {
    /// What its pods are like now, before they are told their node.
    pub template: TemplateId,
    /// Whether pods are only replaced when someone deletes them (`OnDelete`).
    pub on_delete: bool,
    /// Nodes that an update may leave without a pod.
    pub max_unavailable: Share,
    /// Nodes that an update may give a second pod first.
    pub max_surge: Share,
    /// How long a pod has to be ready before it counts as available.
    pub min_ready: SimDuration,
}

/// A job: pods that end.
#[derive(Clone, Debug)]
pub struct Job {
    /// What its pods are like.
    pub template: TemplateId,
    /// Pods at a time.
    pub parallelism: u32,
    /// Pods that have to succeed; none where the first success ends it.
    pub completions: Option<u32>,
    /// Whether each pod has an index (`completionMode: Indexed`).
    pub indexed: bool,
    /// Failures it survives.
    pub backoff_limit: u32,
    /// How long it may take.
    pub active_deadline: Option<SimDuration>,
    /// How long it is kept when it is over.
    pub ttl: Option<SimDuration>,
    /// Whether it makes no pods for now.
    pub suspended: bool,
    /// How far it has come.
    pub standing: JobStanding,
}

/// How far a job has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobStanding {
    /// Pods that succeeded.
    pub succeeded: u32,
    /// Pods that failed.
    pub failed: u32,
    /// Failures since the last success, by which new pods wait.
    pub failures_in_a_row: u32,
    /// The last failure.
    pub last_failure: Option<SimTime>,
    /// Indexes that succeeded.
    pub done: Vec<bool>,
    /// When it ended, and whether well.
    pub over: Option<(SimTime, bool)>,
}

/// A cron job: jobs by the clock.
#[derive(Clone, Debug)]
pub struct CronJob {
    /// When, as crontab(5) writes it.
    pub schedule: Box<str>,
    /// What its jobs are like.
    pub job: Box<Job>,
    /// What becomes of a job's turn while the last one runs.
    pub concurrency: Concurrency,
    /// How late a job may still start.
    pub starting_deadline: Option<SimDuration>,
    /// Whether it makes no jobs for now.
    pub suspended: bool,
    /// Jobs that are kept: those that succeeded, those that failed.
    pub history: (u32, u32),
    /// The last turn it took.
    pub last: Option<SimTime>,
}

/// What becomes of a turn of a cron job while the last job runs (`concurrencyPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concurrency {
    /// Both run.
    #[default]
    Allow,
    /// It is left out.
    Forbid,
    /// The last one is ended.
    Replace,
}
