//! Room by evictions, carried out.
//!
//! Victims are gone at once, and the pod is tried again on the node it is nominated for; victims of
//! controllers come back as pods that wait. As in kube-scheduler, on a large cluster only some of
//! the nodes are tried (`GetOffsetAndNumCandidates`): from the first on, or from one that is drawn.

use super::{Eviction, Place, Session};
use crate::experiment::what_if::explanation::Explained;
use crate::kubernetes::scheduler::cluster::Changes;
use crate::kubernetes::scheduler::cycle::Attempt;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::{Pod, PodId};
use crate::kubernetes::scheduler::preemption::{Preemption, Reach, Victims, displaced, preempt};
use crate::kubernetes::scheduler::shape::{PodShape, PreemptionPolicy, ShapeId};
use crate::kubernetes::scheduler::ties::TieBreak;

impl Session {
    /// What evictions could do for a pod; nothing where there are to be none.
    pub fn evictable(
        &mut self,
        scheduler: usize,
        pod: PodId,
        found: &Attempt,
    ) -> Option<Preemption> {
        let scheduler = self.schedulers.get(scheduler);
        if !self.preemption || !scheduler.preempts {
            return None;
        }
        let nodes = found.infeasible.iter().filter(|(_, refusal)| refusal.is_resolvable()).count();
        let offset = match &mut self.ties {
            TieBreak::Random(stream) if nodes > 0 => stream.below(nodes),
            _ => 0,
        };
        let reach = Reach::Some { offset, wanted: scheduler.wanted(nodes) };
        let (cluster, nominations) = (&self.cluster, &self.nominations);
        Some(preempt(&scheduler.profile, cluster, nominations, pod, found, reach))
    }

    /// Evicts less important pods if that helps; returns the node that then has room.
    pub(super) fn make_room(&mut self, place: usize, scheduler: usize) -> Option<NodeId> {
        let (pod, shape) = (self.pods[place].pod?, self.pods[place].shape);
        if !self.may_evict(place, scheduler) || self.is_hopeless(scheduler, shape) {
            return None;
        }
        let found = self.look(scheduler, pod);
        let preemption = self.evictable(scheduler, pod, &found)?;
        let Some(victims) = self.pick(&preemption).cloned() else {
            self.hopeless.insert((scheduler, shape), self.cluster.changes().now());
            return None;
        };
        if let Some(explanation) = self.explanation(place) {
            let explained = Explained::new(&self.cluster, found, None, Some(&preemption));
            let explained = Explained { nominated: Some(victims.node), ..explained };
            self.explanations[explanation].attempts.push(explained);
        }
        for other in displaced(&self.cluster, &self.nominations, pod, victims.node) {
            self.forget_nomination(other);
        }
        self.evict(place, &victims);
        self.nominations.add(pod, victims.node);
        let chosen = self.choose(scheduler, pod);
        match chosen {
            Some(node) => self.tell(place, scheduler, Some(node)),
            None => self.forget_nomination(pod),
        }
        chosen
    }

    fn may_evict(&self, place: usize, scheduler: usize) -> bool {
        let entry = &self.pods[place];
        let shape = self.cluster.shape(entry.shape);
        let lowest = self.priorities.iter().find(|(_, pods)| **pods > 0);
        self.preemption
            && self.schedulers.get(scheduler).preempts
            && shape.preemption != PreemptionPolicy::Never
            && lowest.is_some_and(|(priority, _)| *priority < entry.priority)
    }

    /// Whether it is known that evictions do not help a shape. Pods that came since make it no
    /// better, unless the shape seeks their company or counts them.
    fn is_hopeless(&mut self, scheduler: usize, shape: ShapeId) -> bool {
        let Some(moment) = self.hopeless.get_mut(&(scheduler, shape)) else { return false };
        let Changes::Pods(changes) = self.cluster.changes().since(*moment) else { return false };
        let solitary = is_solitary(self.cluster.shape(shape));
        let holds =
            changes.is_empty() || solitary && changes.iter().all(|change| change.delta.present > 0);
        if holds {
            *moment = self.cluster.changes().now();
        }
        holds
    }

    fn pick<'p>(&mut self, preemption: &'p Preemption) -> Option<&'p Victims> {
        match &mut self.ties {
            TieBreak::Random(stream) if !preemption.ties.is_empty() => {
                let tie = preemption.ties[stream.below(preemption.ties.len())];
                preemption.candidates.get(tie)
            }
            _ => preemption.chosen(&self.cluster),
        }
    }

    fn evict(&mut self, by: usize, victims: &Victims) {
        let entries: Vec<usize> =
            victims.pods.iter().map(|pod| self.entries[pod.0 as usize]).collect();
        for &place in &entries {
            self.charge(self.pods[place].shape);
            let old = self.pods[place].pod.take().expect("a victim is there");
            self.cluster.remove_pod(old);
            let entry = &mut self.pods[place];
            entry.evicted_from = Some(victims.node);
            *self.priorities.entry(entry.priority).or_insert(1) -= 1;
            if entry.remade {
                entry.place = Place::Waiting;
                let new = self.cluster.add_pod(Pod::pending(&entry.key, entry.shape));
                entry.pod = Some(new);
                self.know(new, place);
                self.queue(place);
            } else {
                entry.place = Place::Gone;
            }
        }
        let (node, violations) = (victims.node, victims.violations);
        self.evictions.push(Eviction { by, node, victims: entries, violations });
    }

    /// Takes an eviction off the disruption budgets that count it.
    fn charge(&mut self, shape: ShapeId) {
        let shape = self.cluster.shape(shape);
        let budgets = self.cluster.objects().budgets.iter().enumerate();
        let charged: Vec<usize> = budgets
            .filter(|(_, one)| {
                one.namespace == shape.namespace && one.selector.matches(&shape.labels)
            })
            .map(|(place, _)| place)
            .collect();
        for place in charged {
            let allowed = &mut self.cluster.objects_mut().budgets[place].allowed;
            *allowed = (*allowed - 1).max(0);
        }
    }
}

/// Whether other pods can only stand in the way of pods of a shape.
fn is_solitary(shape: &PodShape) -> bool {
    shape.affinity.is_empty() && shape.spread.is_empty() && shape.volumes.is_empty()
}
