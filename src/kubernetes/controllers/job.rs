//! The Job controller: pods that are to end well so many times.
//!
//! A [`Job`] remembers what the object's status says. [`Job::sync`] sees its pods and says which to
//! create and to delete; the caller syncs when the Job changes, [`SYNC_BATCH`] after a pod did, and
//! when the last sync said so.
//!
//! Source: Kubernetes v1.36, `pkg/controller/job/job_controller.go` (`syncJob`, `manageJob`),
//! `indexed_job_utils.go`, `backoff_utils.go` and `pkg/controller/ttlafterfinished`. Not modelled:
//! `podFailurePolicy`, `successPolicy`, and `managedBy` other controllers.

mod backoff;
mod indexes;
mod ledger;

use super::pod::{Phase, PodView};
use super::replica_set::sort_for_removal;
use crate::engine::{SimDuration, SimTime};

use indexes::Indexes;
use ledger::Ledger;

/// At most so many pods are created or deleted in one sync.
pub const BURST: usize = 500;

/// How long the controller gathers changes of pods before it syncs.
pub const SYNC_BATCH: SimDuration = SimDuration::from_secs(1);

/// What a Job asks for, defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobSpec {
    /// How many pods may run at a time.
    pub parallelism: i32,
    /// How many are to end well; none if one is enough, after which no more come.
    pub completions: Option<i32>,
    /// Whether each completion has its own number, from 0 on; needs `completions`.
    pub indexed: bool,
    /// So many failed pods are borne. The API's default is 6, and none where indexes have their
    /// own limit (`i32::MAX`).
    pub backoff_limit: i32,
    /// So many failed pods of an index are borne, before the index counts as failed.
    pub backoff_limit_per_index: Option<i32>,
    /// So many failed indexes are borne.
    pub max_failed_indexes: Option<i32>,
    /// For how long it may be active.
    pub active_deadline: Option<SimDuration>,
    /// For how long it is kept when it has ended.
    pub ttl_after_finished: Option<SimDuration>,
    /// Whether it is to have no pods for now.
    pub suspend: bool,
    /// Whether a pod that is being deleted is replaced before it has ended.
    pub replacement: PodReplacement,
    /// Whether containers restart in their pods (`restartPolicy: OnFailure`).
    pub restarts_containers: bool,
}

/// When a pod is replaced (`podReplacementPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PodReplacement {
    /// When it is being deleted or has failed, and it counts as failed from then on. The default
    /// of Jobs without a `podFailurePolicy`.
    #[default]
    TerminatingOrFailed,
    /// When it has failed.
    Failed,
}

/// A pod of the Job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobPod {
    /// What is known of it; `restarts` are those of all its containers together.
    pub pod: PodView,
    /// Its index, if it has one.
    pub index: Option<i32>,
    /// When it ended or, if it has not, was deleted; none before.
    pub ended: Option<SimTime>,
}

/// What a sync does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Pods to create, by [`slow_start`](super::replica_set::slow_start), and their indexes.
    pub create: Vec<Option<i32>>,
    /// Pods to delete, by `id`.
    pub delete: Vec<u32>,
    /// When to sync again though nothing may have happened.
    pub again: Option<SimTime>,
}

/// How a Job ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Enough pods ended well.
    Complete,
    /// Too many pods failed.
    BackoffLimitExceeded,
    /// It took too long.
    DeadlineExceeded,
    /// Too many indexes failed.
    MaxFailedIndexesExceeded,
    /// All indexes have ended, and some failed.
    FailedIndexes,
}

/// A Job and its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    spec: JobSpec,
    started: Option<SimTime>,
    ledger: Ledger,
    outcome: Option<Outcome>,
    finished: Option<SimTime>,
}

impl Job {
    /// A Job that was just made.
    pub fn new(spec: JobSpec) -> Self {
        Self { spec, started: None, ledger: Ledger::default(), outcome: None, finished: None }
    }

    /// What it asks for.
    pub fn spec(&self) -> &JobSpec {
        &self.spec
    }

    /// Suspends or resumes it; its deadline starts over when it is resumed. Sync afterwards.
    pub fn suspend(&mut self, suspend: bool) {
        self.spec.suspend = suspend;
    }

    /// Pods, or indexes, that ended well.
    pub fn succeeded(&self) -> i32 {
        self.ledger.succeeded(&self.spec)
    }

    /// Pods that failed.
    pub fn failed(&self) -> i32 {
        self.ledger.failed
    }

    /// How it ends, once that is certain. Its last pods may still be there.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// When it ended: its outcome was certain and its last pod gone.
    pub fn finished(&self) -> Option<SimTime> {
        self.finished
    }

    /// When it is deleted because it has ended, if ever.
    pub fn expires(&self) -> Option<SimTime> {
        let kept = self.spec.ttl_after_finished?;
        self.finished.map(|finished| finished.saturating_add(kept))
    }

    /// One sync. `pods` are all its pods that are there, ended or not.
    pub fn sync(&mut self, pods: &[JobPod], now: SimTime) -> Change {
        if self.finished.is_some() {
            return Change::default();
        }
        self.started = if self.spec.suspend { None } else { self.started.or(Some(now)) };
        self.ledger.count(&self.spec, pods);
        if self.outcome.is_none() {
            self.outcome = self.failure(pods, now);
        }
        let active: Vec<&JobPod> = pods.iter().filter(|pod| pod.pod.is_active()).collect();
        let mut change = Change::default();
        if self.outcome.is_some_and(|outcome| outcome != Outcome::Complete) {
            // they count as failed, whatever becomes of them
            change.delete = active.iter().map(|pod| pod.pod.id).collect();
            active.iter().for_each(|pod| self.ledger.fail(pod));
        } else if self.outcome.is_none() {
            change = self.manage(pods, &active, now);
            let left = active.len() + change.create.len() - change.delete.len();
            let wanted = self.spec.completions.unwrap_or(1);
            if left == 0 && self.succeeded() >= wanted {
                self.outcome = Some(Outcome::Complete);
            }
        }
        let terminating = pods.iter().any(|pod| pod.pod.terminating && !pod.pod.is_terminal());
        if self.outcome.is_some() && change.delete.is_empty() && !terminating {
            self.finished = Some(now);
        }
        change
    }

    fn failure(&self, pods: &[JobPod], now: SimTime) -> Option<Outcome> {
        let spec = &self.spec;
        if self.ledger.failed > spec.backoff_limit || self.restarted_too_often(pods) {
            return Some(Outcome::BackoffLimitExceeded);
        }
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            return Some(Outcome::DeadlineExceeded);
        }
        let failed = self.ledger.indexes.failed();
        if spec.max_failed_indexes.is_some_and(|most| failed > most) {
            return Some(Outcome::MaxFailedIndexesExceeded);
        }
        let all = spec.completions.is_some_and(|all| failed + self.succeeded() >= all);
        (failed > 0 && all).then_some(Outcome::FailedIndexes)
    }

    /// Whether containers of pods that run restarted as often as pods may fail.
    fn restarted_too_often(&self, pods: &[JobPod]) -> bool {
        if !self.spec.restarts_containers {
            return false;
        }
        let running =
            pods.iter().filter(|pod| matches!(pod.pod.phase, Phase::Running | Phase::Pending));
        let restarts: i64 = running.map(|pod| i64::from(pod.pod.restarts)).sum();
        restarts >= i64::from(self.spec.backoff_limit).max(1)
    }

    fn deadline(&self) -> Option<SimTime> {
        Some(self.started?.saturating_add(self.spec.active_deadline?))
    }

    /// Deletes pods that are too many, else creates those that are missing.
    fn manage(&mut self, pods: &[JobPod], active: &[&JobPod], now: SimTime) -> Change {
        let running = i32::try_from(active.len()).unwrap_or(i32::MAX);
        let wanted = match self.spec.completions {
            _ if self.spec.suspend => 0,
            Some(all) => (all - self.succeeded()).min(self.spec.parallelism).max(0),
            None if self.succeeded() > 0 => running,
            None => self.spec.parallelism,
        };
        let mut change = Change { again: self.deadline(), ..Change::default() };
        let excess = usize::try_from(running - wanted).unwrap_or(0);
        change.delete = self.too_many(active, excess);
        if !self.spec.suspend {
            change.delete.truncate(BURST);
        }
        if !change.delete.is_empty() {
            // they do not count as failed: nobody but the Job wanted them gone
            self.ledger.dismiss(&change.delete);
            return change;
        }
        let gone = pods.iter().filter(|pod| pod.pod.terminating && !pod.pod.is_terminal());
        let waited_for = match self.spec.replacement {
            PodReplacement::Failed => i32::try_from(gone.count()).unwrap_or(i32::MAX),
            PodReplacement::TerminatingOrFailed => 0,
        };
        let missing = usize::try_from(wanted - waited_for - running).unwrap_or(0);
        if missing > 0 {
            self.create(pods, missing.min(BURST), now, &mut change);
        }
        change
    }

    fn create(&self, pods: &[JobPod], missing: usize, now: SimTime, change: &mut Change) {
        let mut wait = |over: SimTime| {
            change.again = Some(change.again.map_or(over, |again| again.min(over)));
        };
        if self.spec.backoff_limit_per_index.is_none() {
            let over = self.ledger.backoff.over();
            if over > now {
                wait(over);
                return;
            }
        }
        if !self.spec.indexed {
            change.create = vec![None; missing];
            return;
        }
        let free = Indexes::free(&self.ledger.indexes, &self.spec, pods, missing);
        let (ready, waiting): (Vec<i32>, Vec<i32>) =
            free.into_iter().partition(|&index| self.ledger.indexes.over(index) <= now);
        waiting.into_iter().for_each(|index| wait(self.ledger.indexes.over(index)));
        change.create = ready.into_iter().map(Some).collect();
    }

    /// The pods that go: with indexes those whose index is not valid or has another pod, and then
    /// as many as are too many, the least advanced first.
    fn too_many(&self, active: &[&JobPod], excess: usize) -> Vec<u32> {
        let (mut go, mut stay) = (Vec::new(), active.to_vec());
        if self.spec.indexed {
            (go, stay) = indexes::duplicates(active, self.spec.completions.unwrap_or(0));
        }
        if go.len() < excess {
            let mut stay: Vec<&PodView> = stay.iter().map(|pod| &pod.pod).collect();
            sort_for_removal(&mut stay);
            go.extend(stay[..excess - go.len()].iter().map(|pod| pod.id));
        }
        go
    }
}

#[cfg(test)]
mod tests;
