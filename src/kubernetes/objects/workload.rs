//! Workloads: the objects whose controllers make pods, or other workloads.

use std::collections::BTreeMap;

use super::node::NodeId;
use super::pod::PodId;
use super::tally::Tally;
use super::template::TemplateId;
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::controllers::cron_job::CronJob as CronJobState;
use crate::kubernetes::controllers::daemon_set::{DaemonSetSpec, FailedPods};
use crate::kubernetes::controllers::deployment::progress::Progress;
use crate::kubernetes::controllers::deployment::{DeploymentSpec, Marks};
use crate::kubernetes::controllers::job::{Job as JobState, JobSpec};
use crate::kubernetes::controllers::stateful_set::StatefulSetSpec;
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
            WorkloadKind::StatefulSet(it) => Some(it.spec.replicas as u32),
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
            Self::ReplicaSet(set) if set.is_controller => Kind::ReplicationController,
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
    /// How many pods it has, and how they are.
    pub tally: Tally,
    /// Counts the rollouts of its deployment: the highest is the newest.
    pub revision: u32,
    /// What the size of its deployment was when that last sized it.
    pub marks: Option<Marks>,
    /// Whether it is a ReplicationController, which is served by the same rules
    /// (`pkg/controller/replication/conversion.go`).
    pub is_controller: bool,
}

/// A stateful set: pods with ordinals.
#[derive(Clone, Debug)]
pub struct StatefulSet {
    /// What it asks for.
    pub spec: StatefulSetSpec,
    /// What its pods are like now.
    pub template: TemplateId,
    /// What they were like after the last update that was completed.
    pub current: TemplateId,
}

/// A daemon set: one pod on each node that is for it.
#[derive(Clone, Debug)]
pub struct DaemonSet {
    /// What it asks for; its template is that of its pods before they are told their node.
    pub spec: DaemonSetSpec,
    /// The node that each of its pods is for.
    pub targets: BTreeMap<PodId, NodeId>,
    /// Pods that failed, by node.
    pub failed: FailedPods,
}

/// A job: pods that end.
#[derive(Clone, Debug)]
pub struct Job {
    /// What its pods are like.
    pub template: TemplateId,
    /// What it asks for and how far it has come.
    pub state: JobState,
    /// When those of its pods ended that are there still.
    pub ended: BTreeMap<PodId, SimTime>,
    /// When its controller looks at it next.
    pub due: Option<SimTime>,
}

impl Job {
    /// One that was just made.
    pub fn new(spec: JobSpec, template: TemplateId, now: SimTime) -> Self {
        let (state, ended) = (JobState::new(spec), BTreeMap::new());
        Self { template, state, ended, due: Some(now) }
    }

    /// Whether each of its pods has an index.
    pub fn is_indexed(&self) -> bool {
        self.state.spec().indexed
    }
}

/// A cron job: jobs by the clock.
#[derive(Clone, Debug)]
pub struct CronJob {
    /// What it asks for and which turn it took last.
    pub state: CronJobState,
    /// What its jobs ask for.
    pub job: JobSpec,
    /// What their pods are like.
    pub template: TemplateId,
}
