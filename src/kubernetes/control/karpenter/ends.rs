//! How a claim ends: its node is tainted and emptied, and its machine given back.
//!
//! pkg/controllers/node/termination with its terminator, pkg/utils/pod/scheduling.go and
//! `NodeController` in pkg/controllers/provisioning/controller.go of Karpenter 1.x. Pods are
//! evicted by the Eviction API, and the machine goes when none is left that has to leave; those of
//! DaemonSets go with it, those that have ended or put up with the taint stay where they are. Pods
//! annotated `karpenter.sh/do-not-disrupt` are waited for, until the node's
//! `terminationGracePeriod` ends all of them. For as long as a node is tainted, nodes are planned
//! for its pods every 10 s: others are kept for these meanwhile. Not modelled: that critical pods
//! are evicted after the others.

use super::super::log::Entry;
use super::super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use super::KarpenterEvent;
use super::provision::AGAIN;
use crate::engine::{Schedule, SimTime};
use crate::kubernetes::autoscale::karpenter::batcher::Trigger;
use crate::kubernetes::autoscale::karpenter::disruption::stays;
use crate::kubernetes::autoscale::karpenter::lifecycle::{gone_by, pod_deleted_at};
use crate::kubernetes::objects::{NodeId, PodId};
use crate::kubernetes::scheduler::shape::Effect;

/// The taint of a node that goes (pkg/apis/v1/taints.go).
pub(super) const DISRUPTED: &str = "karpenter.sh/disrupted";
/// Who has load balancers leave a node alone.
const EXCLUDED_BY: &str = "karpenter";
/// Why pods go that were waited for.
const OUT_OF_TIME: &str = "the terminationGracePeriod of its node is over (Karpenter)";

impl ControlPlane {
    /// A claim goes: its pods leave it, then its machine is given back.
    pub(super) fn delete_claim<S>(&mut self, id: u32, why: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(karpenter) = &mut self.karpenter else { return };
        let Some(claim) = karpenter.claims.get_mut(&id).filter(|claim| !claim.deleting) else {
            return;
        };
        claim.deleting = true;
        let grace = karpenter.pools[claim.pool].spec.template.termination_grace_period;
        let ends = gone_by(now, grace);
        claim.ends = ends.map(|until| (now, until));
        let Some(node) = claim.node else {
            self.release(id, around);
            return self.replacement_is_lost(id, around);
        };
        self.taint_disrupted(node, around);
        self.exclude_from_balancers(node, Some(EXCLUDED_BY), around);
        let reason = self.log.text(why);
        self.log.add(now, Entry::Disrupted { node, reason });
        if let Some(until) = ends {
            self.await_deadline(id, (now, until), around);
        }
        let mut kept = self.objects.node(node).map_or(Vec::new(), |node| node.pods.clone());
        kept.retain(|&pod| self.marks_of(pod).do_not_disrupt || !self.has_to_leave(pod));
        self.empty(node, &format!("its node goes: {why} (Karpenter)"), &kept, around);
        self.replacement_is_lost(id, around);
        self.release_if_empty(node, around);
    }

    /// A node is to go: it takes no more pods, and for those that it has others are kept.
    pub(super) fn taint_disrupted<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let taints = &self.cluster.node(node).spec.taints;
        if taints.iter().any(|taint| *taint.key == *DISRUPTED) {
            return;
        }
        self.taint(node, DISRUPTED, Effect::NoSchedule, now);
        let karpenter = self.karpenter.as_ref();
        if let Some(&claim) = karpenter.and_then(|karpenter| karpenter.of_node.get(&node)) {
            self.claim_moves(claim, around);
        }
    }

    /// The pods of a node that goes need another, for as long as it is there.
    pub(super) fn claim_moves<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let karpenter = self.karpenter.as_ref();
        let claim = karpenter.and_then(|karpenter| karpenter.claims.get(&id));
        let Some(node) = claim.and_then(|claim| claim.node) else { return };
        let is_tainted = self.objects.node(node).is_some() && {
            let taints = &self.cluster.node(node).spec.taints;
            taints.iter().any(|taint| *taint.key == *DISRUPTED)
        };
        if is_tainted {
            self.trigger(Trigger::Node(id), around);
            self.karpenter_later(AGAIN, KarpenterEvent::Moving(id), around);
        }
    }

    /// Whether a pod has to leave a node that goes before its machine may.
    fn has_to_leave(&self, pod: PodId) -> bool {
        let known = self.objects.pod(pod);
        let tolerant = || known.scheduled.is_some_and(|pod| stays(self.cluster.shape_of(pod)));
        let ends = !known.is_over() || known.deleted.is_some();
        ends && !self.is_of_daemon_set(pod) && !tolerant()
    }

    /// The pods of a node that goes which are not told to go yet, and when they have to be.
    fn kept_pods(&self, id: u32, from: SimTime, until: SimTime) -> Vec<(PodId, SimTime)> {
        let karpenter = self.karpenter.as_ref();
        let node = karpenter.and_then(|karpenter| karpenter.claims.get(&id)?.node);
        let pods = node.and_then(|node| self.objects.node(node)).map_or(&[][..], |it| &it.pods);
        let kept = pods
            .iter()
            .copied()
            .filter(|&pod| self.has_to_leave(pod) && self.objects.pod(pod).deleted.is_none());
        let grace = |pod| self.objects.template(self.objects.pod(pod).template).pod.grace;
        kept.map(|pod| (pod, pod_deleted_at(from, until, grace(pod)))).collect()
    }

    /// Sees to it that pods which are kept on a node that goes have their grace before its end.
    fn await_deadline<S>(
        &mut self,
        id: u32,
        (from, until): (SimTime, SimTime),
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let next = self.kept_pods(id, from, until).into_iter().map(|(_, at)| at).min();
        if next.is_some() || now < until {
            let at = next.unwrap_or(until).max(now);
            self.karpenter_later(at.since(now), KarpenterEvent::Deadline(id), around);
        }
    }

    /// Pods that are left on a node that goes have no more time.
    pub(super) fn claim_out_of_time<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let claim = self.karpenter.as_ref().and_then(|karpenter| karpenter.claims.get(&id));
        let Some((from, until)) = claim.and_then(|claim| claim.ends) else { return };
        for (pod, _) in self.kept_pods(id, from, until).into_iter().filter(|(_, at)| *at <= now) {
            let (uid, reason) = (self.objects.pod(pod).uid, self.log.text(OUT_OF_TIME));
            self.log.add(now, Entry::Deleted { pod: uid, reason });
            let left = until.max(now).since(now);
            let grace = self.objects.template(self.objects.pod(pod).template).pod.grace;
            self.delete_pod(pod, Some(grace.min(left)), around);
        }
        let node = self.karpenter.as_ref().and_then(|karpenter| karpenter.claims.get(&id)?.node);
        if let Some(node) = node {
            self.release_if_empty(node, around);
        }
        self.await_deadline(id, (from, until), around);
    }

    /// Gives the machine of a node back that goes and has no pods left that have to leave it, nor
    /// volumes of theirs, for which is waited only until the node has no more time.
    pub(in super::super) fn release_if_empty<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(karpenter) = &self.karpenter else { return };
        let Some(&id) = karpenter.of_node.get(&node) else { return };
        let claim = &karpenter.claims[&id];
        if !claim.deleting {
            return;
        }
        let no_time = claim.ends.is_some_and(|(_, until)| until <= around.now());
        let pods = self.objects.node(node).map_or(&[][..], |node| &node.pods);
        let is_empty = !pods.iter().any(|&pod| self.has_to_leave(pod));
        if is_empty && (no_time || self.volumes_on(node) == 0) {
            self.release(id, around);
        }
    }

    /// Whether Karpenter has given the machine of a node back.
    pub fn is_given_back(&self, node: NodeId) -> bool {
        let Some(karpenter) = &self.karpenter else { return false };
        let claim = karpenter.of_node.get(&node).and_then(|id| karpenter.claims.get(id));
        claim.is_some_and(|claim| claim.released)
    }

    fn release<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(karpenter) = &mut self.karpenter else { return };
        let Some(claim) = karpenter.claims.get_mut(&id) else { return };
        if !std::mem::replace(&mut claim.released, true) {
            let pool = claim.pool as u32;
            around.notices.push(Notice::ClaimUnneeded { claim: id, pool });
        }
    }

    /// The machine of a claim is no more, whoever ended it.
    pub fn claim_ended<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.claim_is_gone(id, around);
        self.go_on(around);
    }

    pub(super) fn claim_is_gone<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(karpenter) = &mut self.karpenter else { return };
        if let Some(claim) = karpenter.claims.remove(&id)
            && let Some(node) = claim.node
        {
            karpenter.of_node.remove(&node);
        }
        self.replacement_is_lost(id, around);
    }
}
