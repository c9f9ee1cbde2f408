//! Pods are collected, and claims are made for them.
//!
//! pkg/controllers/provisioning/{controller,provisioner}.go: a pod that the scheduler found no node
//! for is a trigger, and again every 10 s for as long as it waits; so are pods on nodes that go.

use std::collections::BTreeMap;

use super::super::log::Entry;
use super::super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use super::{Karpenter, KarpenterEvent};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::kubernetes::autoscale::karpenter::batcher::Trigger;
use crate::kubernetes::autoscale::karpenter::claim::NodeClaim;
use crate::kubernetes::autoscale::karpenter::provision::{
    PendingPod, Plan, Refusal, Shown, Unplanned, plan,
};
use crate::kubernetes::objects::{NodeId, Objects, Pod, PodId, WorkloadKind};
use crate::kubernetes::scheduler::node::NodeSpec;

/// A pod that waits is a trigger again after so long, and a node that goes too.
pub(super) const AGAIN: SimDuration = SimDuration::from_secs(10);
/// Pods are expected on the node that they were planned for for so long: twice the longest batch
/// window, 10 s at least (`nominationWindow`, pkg/controllers/state/statenode.go).
const LEAST_NOMINATION: SimDuration = SimDuration::from_secs(10);

/// What is shown of nodes that are tried, and taken back in the end.
pub(super) struct Tried {
    /// Those that may take pods, in the order in which they are tried.
    pub nodes: Vec<NodeId>,
    /// The claims that are not nodes yet.
    pub claims: BTreeMap<NodeId, u32>,
}

impl ControlPlane {
    /// The scheduler found no node for a pod.
    pub(in super::super) fn wants_node<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.karpenter.is_none() || self.is_of_daemon_set(pod) {
            return;
        }
        let uid = self.objects.pod(pod).uid;
        let Some(karpenter) = &mut self.karpenter else { return };
        if !karpenter.looked_at.insert(uid) {
            return;
        }
        let at = around.now().saturating_add(AGAIN);
        let first = karpenter.again.is_empty();
        karpenter.again.push_back((at, pod, uid));
        if first {
            around.at(at, Phase::Decide, ControlEvent::Karpenter(KarpenterEvent::Again));
        }
        self.trigger_pod(pod, around);
    }

    /// Pods that still wait are triggers again.
    pub(super) fn trigger_again<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        loop {
            let Some(karpenter) = &mut self.karpenter else { return };
            let due = karpenter.again.pop_front_if(|(at, ..)| *at <= now);
            let Some((_, pod, uid)) = due else { break };
            let waits = self.unplaced.contains_key(&pod) && self.objects.pod(pod).uid == uid;
            if waits {
                karpenter.again.push_back((now.saturating_add(AGAIN), pod, uid));
                self.trigger_pod(pod, around);
            } else {
                karpenter.looked_at.remove(&uid);
                karpenter.told.remove(&pod);
            }
        }
        let next = self.karpenter.as_ref().and_then(|it| it.again.front().map(|(at, ..)| *at));
        if let Some(at) = next {
            around.at(at, Phase::Decide, ControlEvent::Karpenter(KarpenterEvent::Again));
        }
    }

    /// A pod needs a node.
    fn trigger_pod<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if let Some(scheduled) = self.objects.pod(pod).scheduled {
            self.trigger(Trigger::Pod(scheduled), around);
        }
    }

    /// Nodes may have to be planned: the window opens, or stays open.
    pub(super) fn trigger<S>(&mut self, trigger: Trigger, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let closes = self.karpenter.as_ref().and_then(|karpenter| karpenter.batcher.closes());
        if closes.is_some_and(|closes| closes <= now) {
            self.close_batch(around);
        }
        let Some(karpenter) = &mut self.karpenter else { return };
        karpenter.batcher.trigger(trigger, now);
        karpenter.arm(around);
    }

    /// The window may be over: then nodes are planned.
    pub(super) fn close_batch<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(karpenter) = &mut self.karpenter else { return };
        if karpenter.armed.is_some_and(|at| at <= now) {
            karpenter.armed = None;
        }
        if karpenter.batcher.close(now) {
            self.provision_now(around);
        } else {
            karpenter.arm(around);
        }
    }

    /// Plans nodes for all pods that wait, unless it is not known yet what is coming.
    pub(super) fn provision_now<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(karpenter) = &mut self.karpenter else { return };
        karpenter.is_due = !karpenter.is_synced();
        if karpenter.is_due {
            return;
        }
        let mut pods = self.waiting_pods();
        pods.extend(self.pods_that_move());
        if pods.is_empty() {
            return;
        }
        self.refresh_budgets(now);
        let Some(mut karpenter) = self.karpenter.take() else { return };
        karpenter.refresh(now);
        let tried = self.try_claims(&karpenter);
        let daemons = self.all_daemons();
        let shown = Shown {
            profile: self.scheduler.profile(),
            pools: &karpenter.pools,
            daemons: &daemons,
            well_known: &karpenter.settings.well_known,
            nodes: &tried.nodes,
        };
        let plan = plan(&mut self.cluster, &shown, &pods, &[]);
        self.untry_claims(&tried);
        self.karpenter = Some(karpenter);
        self.follow(plan, &tried, around);
    }

    /// Makes the claims of a plan, and notes where its pods are expected.
    fn follow<S>(&mut self, plan: Plan, tried: &Tried, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        for (pod, node) in plan.placed {
            let Some(karpenter) = &mut self.karpenter else { return };
            let window = karpenter.nomination();
            let claim = tried.claims.get(&node).or_else(|| karpenter.of_node.get(&node)).copied();
            let known = claim.and_then(|claim| karpenter.claims.get_mut(&claim));
            if let Some(known) = known {
                known.nominated = now.saturating_add(window);
            }
            let on = match claim.filter(|_| tried.claims.contains_key(&node)) {
                Some(claim) => format!("nodeclaim/{}", self.claim_name(claim)),
                None => format!("node/{}", self.cluster.node(node).spec.name),
            };
            self.note_plan(self.of_scheduled[pod.0 as usize], &on, now);
        }
        for planned in plan.claims {
            let pods = planned.pods.clone();
            let claim = self.make_claim(planned, around);
            let on = format!("nodeclaim/{}", self.claim_name(claim));
            for pod in pods {
                self.note_plan(self.of_scheduled[pod.0 as usize], &on, now);
            }
        }
        for (pod, why) in plan.unplanned {
            let shape = self.cluster.pod(pod).shape;
            let why = self.karpenter.as_ref().map(|it| it.why(why, plan.refusals.get(&shape)));
            let pod = self.of_scheduled[pod.0 as usize];
            let text = self.log.text(&format!("Karpenter: {}", why.unwrap_or_default()));
            let Some(karpenter) = &mut self.karpenter else { return };
            if karpenter.told.insert(pod, text) != Some(text) {
                let pod = self.objects.pod(pod).uid;
                self.log.add(now, Entry::Unschedulable { pod, message: text });
            }
        }
    }

    fn note_plan(&mut self, pod: PodId, on: &str, now: SimTime) {
        let (uid, text) = (self.objects.pod(pod).uid, self.log.text(on));
        let told = self.karpenter.as_mut().and_then(|it| it.told.insert(pod, text));
        if told != Some(text) {
            self.log.add(now, Entry::Nominated { pod: uid, on: text });
        }
    }

    /// Makes a claim, which is to be launched.
    pub(super) fn make_claim<S>(&mut self, plan: NodeClaim, around: &mut Around<'_, S>) -> u32
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let karpenter = self.karpenter.as_mut().expect("claims are Karpenter's");
        let claim = karpenter.add_claim(plan, now);
        around.notices.push(Notice::ClaimMade { claim });
        claim
    }

    /// The pods that the scheduler found no node for.
    pub(super) fn waiting_pods(&self) -> Vec<PendingPod> {
        let nominations = self.scheduler.nominations();
        let waits = |&&pod: &&PodId| {
            let known = self.objects.pod(pod);
            // one that another makes room for has its node
            let has_room = known.scheduled.is_some_and(|pod| nominations.node(pod).is_some());
            known.deleted.is_none() && !has_room && !self.is_of_daemon_set(pod)
        };
        let pods = self.unplaced.keys().filter(waits);
        pods.filter_map(|&pod| self.pending_pod(pod)).collect()
    }

    /// The pods of nodes that go, which will need others.
    pub(super) fn pods_that_move(&self) -> Vec<PendingPod> {
        let Some(karpenter) = &self.karpenter else { return Vec::new() };
        let mut moving = Vec::new();
        for (&node, &claim) in &karpenter.of_node {
            if karpenter.is_going(claim) {
                moving.extend(self.pods_to_move(node));
            }
        }
        moving.into_iter().filter_map(|pod| self.pending_pod(pod)).collect()
    }

    /// The pods of a node that are made again elsewhere when it goes.
    fn pods_to_move(&self, node: NodeId) -> Vec<PodId> {
        let pods = self.objects.node(node).map_or(&[][..], |node| &node.pods);
        let moves = |&&pod: &&PodId| is_reschedulable(&self.objects, self.objects.pod(pod));
        pods.iter().filter(moves).copied().collect()
    }

    fn pending_pod(&self, pod: PodId) -> Option<PendingPod> {
        let known = self.objects.pod(pod);
        Some(PendingPod { pod: known.scheduled?, created: known.created })
    }

    /// Adds claims that are launched and not nodes yet as if they were, and orders all nodes:
    /// initialized ones first, by name (pkg/controllers/provisioning/scheduling/scheduler.go).
    pub(super) fn try_claims(&mut self, karpenter: &Karpenter) -> Tried {
        let mut nodes: Vec<(bool, Box<str>, NodeId)> = Vec::new();
        for (id, node) in self.objects.nodes() {
            let claim = karpenter.of_node.get(&id).copied();
            if claim.is_none_or(|claim| !karpenter.is_going(claim)) {
                let is_late = claim.is_some_and(|claim| !karpenter.claims[&claim].initialized);
                nodes.push((is_late, node.name.clone(), id));
            }
        }
        let mut claims = BTreeMap::new();
        for (&id, claim) in &karpenter.claims {
            let comes = claim.launched.is_some() && claim.node.is_none() && !claim.deleting;
            let Some(spec) = comes.then(|| karpenter.spec_of(id)).flatten() else { continue };
            let name = spec.name.clone();
            let node = self.cluster.try_node(spec);
            claims.insert(node, id);
            nodes.push((true, name, node));
        }
        nodes.sort();
        Tried { nodes: nodes.into_iter().map(|(.., node)| node).collect(), claims }
    }

    /// Takes them back.
    pub(super) fn untry_claims(&mut self, tried: &Tried) {
        tried.claims.iter().for_each(|_| self.cluster.untry_node());
    }
}

/// Whether a pod is made again elsewhere when its node goes. One of a StatefulSet is made only when
/// it is gone itself, so that its node is looked for while it ends (`IsReschedulable`,
/// pkg/utils/pod/scheduling.go).
pub(super) fn is_reschedulable(objects: &Objects, pod: &Pod) -> bool {
    let kind = pod.owner.map(|owner| &objects.workload(owner).kind);
    match kind {
        Some(WorkloadKind::DaemonSet(_)) => false,
        Some(WorkloadKind::StatefulSet(_)) => pod.is_active() || pod.deleted.is_some(),
        _ => pod.is_active(),
    }
}

impl Karpenter {
    /// Sees to it that the window is looked at when it may close.
    fn arm<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(closes) = self.batcher.closes() else { return };
        if self.armed.is_none() {
            // it may close later than that, and is then looked at again
            self.armed = Some(closes);
            around.at(closes, Phase::Decide, ControlEvent::Karpenter(KarpenterEvent::Batch));
        }
    }

    /// Why nothing was planned for a pod, in words.
    fn why(&self, why: Unplanned, refusals: Option<&Vec<(usize, Refusal)>>) -> String {
        match why {
            Unplanned::NoPool => {
                let name = |pool: usize| &self.pools[pool].spec.name;
                let each = refusals.into_iter().flatten();
                let each = each.map(|(pool, why)| format!("NodePool {}: {why}", name(*pool)));
                let each: Vec<String> = each.collect();
                format!("no node can be made for it ({})", each.join("; "))
            }
            Unplanned::Dependent => {
                "a claim of it to a volume is missing or has no volume yet".to_owned()
            }
        }
    }

    /// How long pods are expected where they were planned.
    pub(super) fn nomination(&self) -> SimDuration {
        (self.settings.batch.most * 2).max(LEAST_NOMINATION)
    }

    /// The node that a claim will be, as far as is known of what was launched for it.
    fn spec_of(&self, id: u32) -> Option<NodeSpec> {
        let claim = &self.claims[&id];
        let pool = &self.pools[claim.pool];
        let one = &pool.types[claim.launched.as_ref()?.instance];
        Some(NodeSpec {
            name: super::claims::name(&pool.spec.name, id).into(),
            labels: self.labels_of(id)?,
            taints: pool.spec.template.taints.clone(),
            unschedulable: false,
            allocatable: one.allocatable.clone(),
            allowed_pods: one.allowed_pods,
            images: Vec::new(),
        })
    }
}
