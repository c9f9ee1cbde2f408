//! The StatefulSet controller: pods with numbers, each of which is replaced only when it is gone.
//!
//! Source: Kubernetes v1.36, `pkg/controller/statefulset/stateful_set_control.go`
//! (`updateStatefulSet`, `processReplica`, `processCondemned`,
//! `updateStatefulSetAfterInvariantEstablished`, `completeRollingUpdate`) and
//! `stateful_set_utils.go`. `maxUnavailable` counts only with the gate `MaxUnavailableStatefulSet`,
//! which v1.36 has off by default; it is as v1.36 has it, with the flaw that `Parallel` sets do
//! not replace pods that never come up. Volume claims are the caller's.

use super::pod::{Phase, PodView};
use super::share::Share;
use crate::engine::{SimDuration, SimTime};

/// What a StatefulSet asks for, defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatefulSetSpec {
    /// Replicas wanted.
    pub replicas: i32,
    /// The number of the first (`ordinals.start`).
    pub start: i32,
    /// Whether they come and go one by one.
    pub management: PodManagement,
    /// How old pods give way to new ones.
    pub update: UpdateStrategy,
    /// For how long a pod must be ready to be available.
    pub min_ready: SimDuration,
}

/// Whether pods wait for each other (`podManagementPolicy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodManagement {
    /// Each waits until those with lower numbers are available; the highest goes first.
    OrderedReady,
    /// None waits.
    Parallel,
}

/// How old pods give way to new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateStrategy {
    /// When somebody deletes them.
    OnDelete,
    /// From the highest number down.
    RollingUpdate {
        /// So many with the lowest numbers keep the old template.
        partition: i32,
        /// How many may be unavailable at a time; none with the gate off, where one waits for the
        /// other.
        max_unavailable: Option<Share>,
    },
}

/// The templates of a StatefulSet (`status.currentRevision`, `updateRevision`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revisions {
    /// The one of the last update that was completed.
    pub current: u32,
    /// The one it has now.
    pub update: u32,
}

/// A pod of the set and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Its number.
    pub ordinal: i32,
    /// What is known of it.
    pub pod: PodView,
}

/// What a sync does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Create the pod of this number, whose name is free.
    Create {
        /// Its number.
        ordinal: i32,
        /// The revision of its template.
        template: u32,
    },
    /// Delete this pod.
    Delete {
        /// The pod's `id`.
        pod: u32,
    },
}

/// One sync.
pub fn sync(
    spec: &StatefulSetSpec,
    revisions: Revisions,
    pods: &[Replica],
    now: SimTime,
) -> Vec<Action> {
    let mut turn = Turn::new(spec, revisions, pods, now);
    if turn.tend_replicas() == Turnout::Done || turn.tend_condemned() == Turnout::Done {
        return turn.actions;
    }
    if let UpdateStrategy::RollingUpdate { partition, max_unavailable } = spec.update {
        match max_unavailable {
            None => turn.update_one(partition),
            Some(share) => turn.update_some(partition, share),
        }
    }
    turn.actions
}

/// Whether a rolling update is complete, so that its revision is the current one from now on.
pub fn is_complete(spec: &StatefulSetSpec, update: u32, pods: &[Replica]) -> bool {
    let count = |which: &dyn Fn(&PodView) -> bool| {
        i32::try_from(pods.iter().filter(|replica| which(&replica.pod)).count()).unwrap_or(i32::MAX)
    };
    let updated = count(&|pod| pod.template == update && !pod.terminating);
    let ready = count(&|pod| pod.phase == Phase::Running && pod.is_ready());
    let all = count(&|_| true);
    matches!(spec.update, UpdateStrategy::RollingUpdate { .. })
        && [updated, ready, all] == [spec.replicas; 3]
}

/// Whether a step leaves anything to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turnout {
    Done,
    GoOn,
}

/// One sync at work.
struct Turn<'a> {
    spec: &'a StatefulSetSpec,
    revisions: Revisions,
    now: SimTime,
    /// One place for each number wanted.
    replicas: Vec<Option<PodView>>,
    /// Pods whose numbers are not wanted, the highest first.
    condemned: Vec<Replica>,
    actions: Vec<Action>,
}

impl<'a> Turn<'a> {
    fn new(
        spec: &'a StatefulSetSpec,
        revisions: Revisions,
        pods: &[Replica],
        now: SimTime,
    ) -> Self {
        let mut replicas = vec![None; usize::try_from(spec.replicas).unwrap_or(0)];
        let mut condemned = Vec::new();
        for replica in pods {
            let place = usize::try_from(replica.ordinal.saturating_sub(spec.start)).ok();
            match place.and_then(|place| replicas.get_mut(place)) {
                Some(place) => *place = Some(replica.pod),
                None => condemned.push(*replica),
            }
        }
        condemned.sort_by_key(|replica| std::cmp::Reverse(replica.ordinal));
        Self { spec, revisions, now, replicas, condemned, actions: Vec::new() }
    }

    fn waits(&self) -> bool {
        self.spec.management == PodManagement::OrderedReady
    }

    fn is_available(&self, pod: &PodView) -> bool {
        pod.phase == Phase::Running && pod.is_available(self.spec.min_ready, self.now)
    }

    fn is_unavailable(&self, pod: &Option<PodView>) -> bool {
        pod.is_none_or(|pod| pod.terminating || !self.is_available(&pod))
    }

    fn delete(&mut self, pod: &PodView) {
        let action = Action::Delete { pod: pod.id };
        if !self.actions.contains(&action) {
            self.actions.push(action);
        }
    }

    /// Creates what is missing and deletes what ended; in order, up to the first that is not
    /// available.
    fn tend_replicas(&mut self) -> Turnout {
        for place in 0..self.replicas.len() {
            let settled = match self.replicas[place] {
                Some(pod) if pod.is_terminal() => {
                    if !pod.terminating {
                        self.delete(&pod);
                    }
                    false
                }
                Some(pod) => !pod.terminating && self.is_available(&pod),
                None => {
                    let ordinal = self.spec.start.saturating_add(place as i32);
                    let template = self.template_of(place);
                    self.actions.push(Action::Create { ordinal, template });
                    false
                }
            };
            if self.waits() && !settled {
                return Turnout::Done;
            }
        }
        Turnout::GoOn
    }

    /// The template of a pod that is created now.
    fn template_of(&self, place: usize) -> u32 {
        match self.spec.update {
            UpdateStrategy::RollingUpdate { partition, .. } if (place as i32) < partition => {
                self.revisions.current
            }
            _ => self.revisions.update,
        }
    }

    /// Deletes pods whose numbers are not wanted; in order the highest, which is to be available
    /// unless it is the only thing that ails the set.
    fn tend_condemned(&mut self) -> Turnout {
        let ailing = self.first_unavailable();
        for at in 0..self.condemned.len() {
            let pod = self.condemned[at].pod;
            if pod.terminating {
                if self.waits() {
                    return Turnout::Done;
                }
                continue;
            }
            if !self.waits() {
                self.delete(&pod);
                continue;
            }
            if self.is_available(&pod) || ailing == Some(pod.id) {
                self.delete(&pod);
            }
            return Turnout::Done;
        }
        Turnout::GoOn
    }

    /// The lowest number that is unavailable; those wanted come first. Those that are missing
    /// stand in the way of all others.
    fn first_unavailable(&self) -> Option<u32> {
        let condemned = self.condemned.iter().rev().map(|replica| Some(replica.pod));
        let mut all = self.replicas.iter().copied().chain(condemned);
        all.find(|pod| self.is_unavailable(pod)).flatten().map(|pod| pod.id)
    }

    fn is_outdated(&self, pod: &PodView) -> bool {
        pod.template != self.revisions.update && !pod.terminating
    }

    /// Deletes the highest that is outdated, if all above it are available.
    fn update_one(&mut self, partition: i32) {
        for place in self.downwards(partition) {
            let pod = self.replicas[place];
            if let Some(pod) = pod.filter(|pod| self.is_outdated(pod)) {
                self.delete(&pod);
                return;
            }
            if self.is_unavailable(&pod) {
                return;
            }
        }
    }

    /// Deletes the highest that are outdated, as many as may be unavailable besides those that are.
    fn update_some(&mut self, partition: i32, max_unavailable: Share) {
        let most = max_unavailable.round_down(self.spec.replicas).max(1);
        let unavailable = self.replicas.iter().filter(|pod| self.is_unavailable(pod)).count();
        let mut left = i64::from(most) - unavailable as i64;
        for place in self.downwards(partition) {
            if left <= 0 {
                return;
            }
            if let Some(pod) = self.replicas[place].filter(|pod| self.is_outdated(pod)) {
                self.delete(&pod);
                left -= 1;
            }
        }
    }

    fn downwards(&self, partition: i32) -> impl Iterator<Item = usize> + use<> {
        (usize::try_from(partition).unwrap_or(0)..self.replicas.len()).rev()
    }
}

#[cfg(test)]
mod tests;
