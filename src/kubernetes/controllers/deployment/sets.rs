//! The sets of one sync as they become while it decides.
//!
//! Source: Kubernetes v1.36, `pkg/controller/deployment/sync.go` (`scaleReplicaSet`,
//! `cleanupDeployment`) and `util/deployment_util.go`.

use super::{Action, DeploymentSpec, SetView};

/// The set that is created, until it has a number.
const CREATED: u32 = u32::MAX;

/// All sets of the Deployment, the oldest first, and what was decided about them.
pub(super) struct Sets<'a> {
    pub spec: &'a DeploymentSpec,
    before: Vec<SetView>,
    pub sets: Vec<SetView>,
    deleted: Vec<u32>,
}

impl<'a> Sets<'a> {
    pub fn new(spec: &'a DeploymentSpec, sets: &[SetView]) -> Self {
        let mut sets = sets.to_vec();
        sets.sort_by_key(|set| set.created);
        Self { spec, before: sets.clone(), sets, deleted: Vec::new() }
    }

    pub fn old(&self) -> impl Iterator<Item = &SetView> {
        self.sets.iter().filter(|set| !set.is_new)
    }

    /// The place of the set of the present template.
    pub fn new_set(&self) -> Option<usize> {
        self.sets.iter().position(|set| set.is_new)
    }

    /// The place of the set of the present template, which is made if it is not there: with as
    /// many replicas as there is room for.
    pub fn new_or_create(&mut self) -> usize {
        if let Some(at) = self.new_set() {
            return at;
        }
        self.sets.push(SetView {
            id: CREATED,
            created: u32::MAX,
            revision: u32::MAX,
            is_new: true,
            replicas: 0,
            current: 0,
            ready: 0,
            available: 0,
            alive: 0,
            marks: Some(self.spec.marks()),
        });
        let at = self.sets.len() - 1;
        self.sets[at].replicas = self.room_for(at);
        at
    }

    /// The size that the new set may have now (`NewRSNewReplicas`).
    pub fn room_for(&self, new: usize) -> i32 {
        let wanted = self.spec.replicas;
        if matches!(self.spec.strategy, super::Strategy::Recreate) {
            return wanted;
        }
        let now = self.sets[new].replicas;
        let room = self.spec.max_pods().saturating_sub(self.total());
        if room <= 0 { now } else { now + room.min(wanted - now) }
    }

    /// Replicas wanted of all sets.
    pub fn total(&self) -> i32 {
        self.sets.iter().map(|set| set.replicas).sum()
    }

    /// Gives a set another size; nothing is written where it has that size.
    pub fn resize(&mut self, at: usize, replicas: i32) {
        if self.sets[at].replicas != replicas {
            self.write(at, replicas);
        }
    }

    /// Writes a set's size and marks, even where only the marks change.
    pub fn write(&mut self, at: usize, replicas: i32) {
        self.sets[at].replicas = replicas;
        self.sets[at].marks = Some(self.spec.marks());
    }

    pub fn each_old_oldest_first(&mut self, mut visit: impl FnMut(&mut Self, usize)) {
        for at in 0..self.sets.len() {
            if !self.sets[at].is_new && self.sets[at].replicas > 0 {
                visit(self, at);
            }
        }
    }

    /// Whether all pods are new and available (`DeploymentComplete`).
    pub fn is_complete(&self) -> bool {
        super::progress::Status::of(&self.before).is_complete(self.spec)
    }

    /// Deletes the empty ones of the old sets beyond those kept as history, lowest revision first.
    pub fn clean_up(&mut self) {
        let Some(limit) = self.spec.revision_history_limit else {
            return;
        };
        let mut old: Vec<SetView> = self.old().copied().collect();
        let beyond = old.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        old.sort_by_key(|set| set.revision);
        let empty = |set: &&SetView| set.current == 0 && set.replicas == 0;
        self.deleted = old[..beyond].iter().filter(empty).map(|set| set.id).collect();
    }

    /// What is to be done to the sets as they were.
    pub fn actions(self) -> Vec<Action> {
        let mut actions = Vec::new();
        for set in &self.sets {
            let before = self.before.iter().find(|before| before.id == set.id);
            let replicas = set.replicas;
            match before {
                None => actions.push(Action::Create { replicas, marks: self.spec.marks() }),
                Some(before) if before != set => {
                    actions.push(Action::Scale { set: set.id, replicas, marks: set.marks });
                }
                Some(_) => {}
            }
        }
        actions.extend(self.deleted.iter().map(|&set| Action::Delete { set }));
        actions
    }
}
