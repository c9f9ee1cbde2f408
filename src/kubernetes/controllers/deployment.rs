//! The Deployment controller: how large its ReplicaSets are to be.
//!
//! [`sync`] is one turn of the controller: from the sets and their status to the sets to create,
//! to scale and to delete. It remembers nothing. What the Deployment says about its progress is
//! [`progress`], which does.
//!
//! Source: Kubernetes v1.36, `pkg/controller/deployment/`: `deployment_controller.go`
//! (`syncDeployment`), `rolling.go`, `recreate.go`, `sync.go`. The ReplicaSets' status is that of
//! their own controller: a set that was just scaled has its new pods only at its next sync.

pub mod progress;
mod proportion;
mod rolling;
mod sets;

use super::share::Share;
use crate::engine::SimDuration;

use sets::Sets;

/// What a Deployment asks for, defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeploymentSpec {
    /// Replicas wanted.
    pub replicas: i32,
    /// How old pods give way to new ones.
    pub strategy: Strategy,
    /// Whether it only keeps its size.
    pub paused: bool,
    /// How many empty old sets are kept; none for all of them. The API's default is 10.
    pub revision_history_limit: Option<i32>,
    /// For how long there may be no progress; none for ever. The API's default is 600 s.
    pub progress_deadline: Option<SimDuration>,
}

/// How old pods give way to new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// All old ones go before the first new one comes.
    Recreate,
    /// A few at a time.
    RollingUpdate {
        /// How many pods there may be beyond those wanted.
        max_surge: Share,
        /// How many of those wanted may be unavailable.
        max_unavailable: Share,
    },
}

/// A ReplicaSet of the Deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetView {
    /// Its number, which the caller chooses.
    pub id: u32,
    /// The order in which the sets were created, the oldest first.
    pub created: u32,
    /// Its revision, which is renewed when the Deployment returns to its template.
    pub revision: u32,
    /// Whether it is of the template that the Deployment has now. At most one is.
    pub is_new: bool,
    /// Replicas wanted of it.
    pub replicas: i32,
    /// Its active pods (`status.replicas`).
    pub current: i32,
    /// Those that are ready.
    pub ready: i32,
    /// Those that were ready for long enough.
    pub available: i32,
    /// Its pods that have not ended, those being deleted included.
    pub alive: i32,
    /// What the Deployment's size was when it last sized this set.
    pub marks: Option<Marks>,
}

/// What a Deployment leaves on a set it sizes (annotations `desired-replicas`, `max-replicas`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Replicas of the Deployment.
    pub desired: i32,
    /// The same with the surge.
    pub max: i32,
}

/// What a sync does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Create the set of the present template, with this many replicas and these marks.
    Create {
        /// Its size.
        replicas: i32,
        /// Its marks.
        marks: Marks,
    },
    /// Give a set this size, which may be the one it has, and these marks.
    Scale {
        /// The set.
        set: u32,
        /// Its size from now on.
        replicas: i32,
        /// Its marks from now on.
        marks: Option<Marks>,
    },
    /// Delete an empty set.
    Delete {
        /// The set.
        set: u32,
    },
}

impl DeploymentSpec {
    /// The marks of a set that is sized now.
    pub fn marks(&self) -> Marks {
        Marks { desired: self.replicas, max: self.max_pods() }
    }

    /// How many pods there may be beyond those wanted.
    pub fn max_surge(&self) -> i32 {
        self.fenceposts().0
    }

    /// How many pods there may be.
    pub fn max_pods(&self) -> i32 {
        self.replicas.saturating_add(self.max_surge())
    }

    /// How many of those wanted may be unavailable.
    pub fn max_unavailable(&self) -> i32 {
        self.fenceposts().1.min(self.replicas)
    }

    /// A surge is rounded up, what may be unavailable down; where nothing is left of both, one pod
    /// may be unavailable.
    fn fenceposts(&self) -> (i32, i32) {
        let Strategy::RollingUpdate { max_surge, max_unavailable } = self.strategy else {
            return (0, 0);
        };
        let surge = max_surge.round_up(self.replicas);
        let unavailable = max_unavailable.round_down(self.replicas);
        if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
    }
}

/// One turn of the controller.
///
/// The order of the actions does not matter, with one exception of no consequence: the source
/// deletes old sets one sync after the update is complete, when it has written that down.
pub fn sync(spec: &DeploymentSpec, sets: &[SetView]) -> Vec<Action> {
    let mut plan = Sets::new(spec, sets);
    if is_resize(spec, sets) {
        proportion::scale(&mut plan);
        if spec.paused {
            plan.clean_up();
        }
        return plan.actions();
    }
    match spec.strategy {
        Strategy::RollingUpdate { .. } => rolling::roll(&mut plan),
        Strategy::Recreate => recreate(&mut plan),
    }
    plan.actions()
}

/// Whether a sync only spreads the Deployment's size over its sets: it is paused, or its size
/// changed since a set that has replicas was last sized.
pub fn is_resize(spec: &DeploymentSpec, sets: &[SetView]) -> bool {
    let mut sized = sets.iter().filter(|set| set.replicas > 0).filter_map(|set| set.marks);
    spec.paused || sized.any(|marks| marks.desired != spec.replicas)
}

/// Old sets go to zero; once the last of their pods has ended, the new set gets its full size.
fn recreate(plan: &mut Sets) {
    if plan.old().any(|set| set.replicas > 0) {
        plan.each_old_oldest_first(|plan, at| plan.resize(at, 0));
        return;
    }
    if plan.old().any(|set| set.current > 0 || set.alive > 0) {
        return;
    }
    let new = plan.new_or_create();
    plan.resize(new, plan.spec.replicas);
    if plan.is_complete() {
        plan.clean_up();
    }
}

#[cfg(test)]
mod tests;
