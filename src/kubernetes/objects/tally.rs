//! How many pods of a replica set are how, kept as they change: it may have thousands, and its
//! controller and its deployment's look after every change of any of them.

use std::collections::BTreeSet;

use super::pod::{Pod, PodId};
use crate::engine::{SimDuration, SimTime};

/// What a pod counts as for its controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is none, or it has ended.
    Absent,
    /// It is on its way out.
    Leaving,
    /// It counts, and has been ready since then, if it is.
    Active(Option<SimTime>),
}

impl Standing {
    /// What a pod counts as.
    pub fn of(pod: &Pod) -> Self {
        if pod.is_over() {
            Self::Absent
        } else if pod.deleted.is_some() {
            Self::Leaving
        } else {
            Self::Active(pod.ready)
        }
    }
}

/// How many pods of a replica set are how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    min_ready: SimDuration,
    alive: u32,
    active: u32,
    ready: u32,
    /// Active pods that have been ready for less than `min_ready` when somebody last asked.
    fresh: BTreeSet<(SimTime, PodId)>,
}

impl Tally {
    /// No pods yet; each is available when it has been ready for so long.
    pub fn new(min_ready: SimDuration) -> Self {
        Self { min_ready, ..Self::default() }
    }

    /// How long a pod has to be ready before it counts as available.
    pub fn min_ready(&self) -> SimDuration {
        self.min_ready
    }

    /// Pods that have not ended, those on their way out included.
    pub fn alive(&self) -> u32 {
        self.alive
    }

    /// Pods that count: neither over nor on their way out.
    pub fn active(&self) -> u32 {
        self.active
    }

    /// Active pods that are ready.
    pub fn ready(&self) -> u32 {
        self.ready
    }

    /// Active pods that have been ready for long enough. `now` is never less than before.
    pub fn available(&mut self, now: SimTime) -> u32 {
        self.next_available(now);
        self.ready - self.fresh.len() as u32
    }

    /// When the next of the active pods becomes available: after `now`, which is never less than
    /// before.
    pub fn next_available(&mut self, now: SimTime) -> Option<SimTime> {
        while let Some((since, _)) = self.fresh.first() {
            let time = since.saturating_add(self.min_ready);
            if time > now {
                return Some(time);
            }
            self.fresh.pop_first();
        }
        None
    }

    /// A pod counts as something else from now on.
    pub(super) fn change(&mut self, pod: PodId, before: Standing, after: Standing) {
        if before == after {
            return;
        }
        self.leaves(pod, before);
        match after {
            Standing::Absent => {}
            Standing::Leaving => self.alive += 1,
            Standing::Active(ready) => {
                (self.alive, self.active) = (self.alive + 1, self.active + 1);
                if let Some(since) = ready {
                    self.ready += 1;
                    if !self.min_ready.is_zero() {
                        self.fresh.insert((since, pod));
                    }
                }
            }
        }
    }

    fn leaves(&mut self, pod: PodId, before: Standing) {
        match before {
            Standing::Absent => {}
            Standing::Leaving => self.alive -= 1,
            Standing::Active(ready) => {
                (self.alive, self.active) = (self.alive - 1, self.active - 1);
                if let Some(since) = ready {
                    self.ready -= 1;
                    self.fresh.remove(&(since, pod));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kubernetes::objects::workload::ReplicaSet;
    use crate::kubernetes::objects::{
        NodeId, Objects, Phase, TemplateId, Workload, WorkloadId, WorkloadKind,
    };

    fn set(min_ready: SimDuration) -> Workload {
        let kind = WorkloadKind::ReplicaSet(ReplicaSet {
            replicas: 0,
            template: TemplateId(0),
            tally: Tally::new(min_ready),
            revision: 1,
            marks: None,
            is_controller: false,
        });
        Workload {
            namespace: "default".into(),
            name: "web".into(),
            owner: None,
            created: SimTime::ZERO,
            pods: Vec::new(),
            children: Vec::new(),
            made: 0,
            gone: false,
            kind,
        }
    }

    fn pod(owner: WorkloadId, created: SimTime) -> Pod {
        Pod {
            template: TemplateId(0),
            owner: Some(owner),
            number: 0,
            uid: 0,
            scheduled: None,
            node: None,
            phase: Phase::Pending,
            created,
            ready: None,
            deleted: None,
            restarts: 0,
        }
    }

    /// All figures, by looking at every pod.
    fn counted(
        objects: &Objects,
        min_ready: SimDuration,
        now: SimTime,
    ) -> ([usize; 4], Option<SimTime>) {
        let pods: Vec<&Pod> = objects.pods().map(|(_, pod)| pod).collect();
        let alive = pods.iter().filter(|pod| !pod.is_over()).count();
        let active: Vec<_> = pods.iter().filter(|pod| pod.is_active()).collect();
        let available: Vec<SimTime> =
            active.iter().filter_map(|pod| Some(pod.ready?.saturating_add(min_ready))).collect();
        let past = available.iter().filter(|&&time| time <= now).count();
        let next = available.iter().filter(|&&time| time > now).min().copied();
        ([alive, active.len(), available.len(), past], next)
    }

    proptest! {
        #[test]
        fn it_counts_what_a_look_at_every_pod_counts(
            min_ready in prop_oneof![Just(0_u64), 1..20_u64],
            steps in proptest::collection::vec((0..8_u8, any::<prop::sample::Index>()), 1..200),
        ) {
            let min_ready = SimDuration::from_secs(min_ready);
            let mut objects = Objects::default();
            let owner = objects.add_workload(set(min_ready));
            let mut now = SimTime::ZERO;
            for (step, which) in steps {
                let pods: Vec<PodId> = objects.pods().map(|(id, _)| id).collect();
                if step < 2 || pods.is_empty() {
                    objects.add_pod(pod(owner, now));
                    continue;
                }
                let id = *which.get(&pods);
                let ready = objects.pod(id).ready;
                match step {
                    2 => objects.bind(id, NodeId(0)),
                    3 => _ = objects.set_phase(id, Phase::Running),
                    4 => objects.change_pod(id, |pod| pod.ready = ready.xor(Some(now))),
                    5 => objects.change_pod(id, |pod| pod.deleted = pod.deleted.or(Some(now))),
                    6 if ready.is_none() => _ = objects.set_phase(id, Phase::Failed),
                    6 => now += SimDuration::from_secs(3),
                    _ => _ = objects.remove_pod(id),
                }
                let expected = counted(&objects, min_ready, now);
                let kind = &mut objects.workload_mut(owner).kind;
                let WorkloadKind::ReplicaSet(set) = kind else { unreachable!() };
                let tally = &mut set.tally;
                let found = [tally.alive(), tally.active(), tally.ready(), tally.available(now)];
                let found = (found.map(|count| count as usize), tally.next_available(now));
                prop_assert_eq!(found, expected);
            }
        }
    }
}
