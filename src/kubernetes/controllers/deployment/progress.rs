//! What a Deployment says of its progress: the condition `Progressing`.
//!
//! Source: Kubernetes v1.36, `pkg/controller/deployment/progress.go` (`syncRolloutStatus`,
//! `requeueStuckDeployment`), `sync.go` (`checkPausedConditions`, `getNewReplicaSet`) and
//! `util/deployment_util.go` (`DeploymentComplete`, `DeploymentProgressing`,
//! `DeploymentTimedOut`).

use super::{Action, DeploymentSpec, SetView, is_resize};
use crate::engine::{SimDuration, SimTime};

/// The counts in a Deployment's status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Active pods.
    pub replicas: i32,
    /// Those of the present template.
    pub updated: i32,
    /// Those that are ready.
    pub ready: i32,
    /// Those that were ready for long enough.
    pub available: i32,
}

/// Why the condition is as it is, in the words of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The set of the present template was just made.
    NewReplicaSetCreated,
    /// It was there already.
    FoundNewReplicaSet,
    /// Pods came, became ready or went.
    ReplicaSetUpdated,
    /// The update is complete.
    NewReplicaSetAvailable,
    /// Nothing happened for longer than the deadline.
    ProgressDeadlineExceeded,
    /// It is paused.
    DeploymentPaused,
    /// It is paused no longer.
    DeploymentResumed,
}

/// The condition `Progressing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it says; none for `Unknown`.
    pub status: Option<bool>,
    /// Why.
    pub reason: Reason,
    /// When it was last confirmed (`lastUpdateTime`).
    pub updated: SimTime,
}

/// What the controller has written about a Deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    condition: Option<Condition>,
    status: Status,
}

impl Status {
    /// The counts of these sets.
    pub fn of(sets: &[SetView]) -> Self {
        let mut status = Self::default();
        for set in sets {
            status.replicas += set.current;
            status.updated += if set.is_new { set.current } else { 0 };
            status.ready += set.ready;
            status.available += set.available;
        }
        status
    }

    /// Whether the Deployment has just the pods it wants: of its template, and available.
    pub fn is_complete(&self, spec: &DeploymentSpec) -> bool {
        [self.replicas, self.updated, self.available] == [spec.replicas; 3]
    }

    /// Whether this is progress over an earlier status.
    fn is_progress_over(&self, earlier: &Self) -> bool {
        self.updated > earlier.updated
            || self.replicas - self.updated < earlier.replicas - earlier.updated
            || self.ready > earlier.ready
            || self.available > earlier.available
    }
}

impl Progress {
    /// The condition, if there is a deadline and there was ever something to say.
    pub fn condition(&self) -> Option<Condition> {
        self.condition
    }

    /// The counts.
    pub fn status(&self) -> Status {
        self.status
    }

    /// What a sync writes that saw `sets` and decided on `actions`. Returns when to sync again at
    /// the latest, to notice that there was no progress.
    pub fn sync(
        &mut self,
        spec: &DeploymentSpec,
        sets: &[SetView],
        actions: &[Action],
        now: SimTime,
    ) -> Option<SimTime> {
        let status = Status::of(sets);
        let Some(deadline) = spec.progress_deadline else {
            *self = Self { condition: None, status };
            return None;
        };
        self.pause(spec, now);
        if self.condition.is_none() && sets.iter().any(|set| set.is_new) {
            self.set(Some(true), Reason::FoundNewReplicaSet, now);
        }
        if is_resize(spec, sets) {
            self.status = status;
            return None;
        }
        if actions.iter().any(|action| matches!(action, Action::Create { .. })) {
            self.set(Some(true), Reason::NewReplicaSetCreated, now);
        }
        self.judge(spec, &status, deadline, now);
        self.status = status;
        let condition = self.condition?;
        let over = condition.reason == Reason::ProgressDeadlineExceeded;
        if over || status.is_complete(spec) {
            return None;
        }
        // the controller adds a second, lest it come too early
        let due =
            condition.updated.saturating_add(deadline).saturating_add(SimDuration::from_secs(1));
        // once complete it is not late for pods that are lost; the source asks again in vain
        Some(due).filter(|&due| due > now)
    }

    fn pause(&mut self, spec: &DeploymentSpec, now: SimTime) {
        let reason = self.condition.map(|condition| condition.reason);
        let paused = reason == Some(Reason::DeploymentPaused);
        if reason == Some(Reason::ProgressDeadlineExceeded) {
            return;
        }
        if spec.paused && !paused {
            self.set(None, Reason::DeploymentPaused, now);
        } else if !spec.paused && paused {
            self.set(None, Reason::DeploymentResumed, now);
        }
    }

    fn judge(
        &mut self,
        spec: &DeploymentSpec,
        status: &Status,
        deadline: SimDuration,
        now: SimTime,
    ) {
        let reason = self.condition.map(|condition| condition.reason);
        if status.replicas == status.updated && reason == Some(Reason::NewReplicaSetAvailable) {
            return;
        }
        if status.is_complete(spec) {
            self.set(Some(true), Reason::NewReplicaSetAvailable, now);
        } else if status.is_progress_over(&self.status) {
            let reason = Reason::ReplicaSetUpdated;
            self.condition = Some(Condition { status: Some(true), reason, updated: now });
        } else if self.is_late(deadline, now) {
            self.set(Some(false), Reason::ProgressDeadlineExceeded, now);
        }
    }

    fn is_late(&self, deadline: SimDuration, now: SimTime) -> bool {
        self.condition.is_some_and(|condition| match condition.reason {
            Reason::NewReplicaSetAvailable => false,
            Reason::ProgressDeadlineExceeded => true,
            _ => condition.updated.saturating_add(deadline) < now,
        })
    }

    /// Writes the condition unless it says that already.
    fn set(&mut self, status: Option<bool>, reason: Reason, now: SimTime) {
        let same = |condition: &Condition| (condition.status, condition.reason) == (status, reason);
        if !self.condition.as_ref().is_some_and(same) {
            self.condition = Some(Condition { status, reason, updated: now });
        }
    }
}
