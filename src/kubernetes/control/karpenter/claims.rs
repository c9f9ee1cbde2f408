//! What becomes of a claim, from its launch to its end.
//!
//! pkg/controllers/nodeclaim/{lifecycle,expiration} and node/termination. A node that goes is
//! tainted, its pods are evicted by the Eviction API, and its machine is given back when none is
//! left; those of DaemonSets go with it. Pods annotated `karpenter.sh/do-not-disrupt` are waited
//! for, until the node's `terminationGracePeriod` ends all of them. Not modelled: that critical
//! pods are evicted after the others.

use super::super::log::Entry;
use super::super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use super::{Claim, Karpenter, KarpenterEvent};
use crate::engine::{Schedule, SimDuration, SimTime};
use crate::kubernetes::autoscale::karpenter::claim::NodeClaim;
use crate::kubernetes::autoscale::karpenter::instance::{CapacityType, Offering};
use crate::kubernetes::autoscale::karpenter::launch::offers;
use crate::kubernetes::autoscale::karpenter::lifecycle::{
    Progress, given_up_at, gone_by, pod_deleted_at,
};
use crate::kubernetes::autoscale::karpenter::provision::INITIALIZED;
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::{
    CAPACITY_TYPE, NODE_POOL, Requirements, ZONE,
};
use crate::kubernetes::objects::{NodeId, PodId};
use crate::kubernetes::scheduler::labels::Labels;
use crate::kubernetes::scheduler::shape::{Effect, Taint};

/// The taint of a node that goes (pkg/apis/v1/taints.go).
pub(super) const DISRUPTED: &str = "karpenter.sh/disrupted";

/// What was launched for a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launched {
    /// Its type, by its place among those of the claim's pool.
    pub instance: usize,
    /// Its zone.
    pub zone: Box<str>,
    /// How it is paid for.
    pub capacity_type: CapacityType,
}

/// Labels and taints that a node registers with because of its claim.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimLabels {
    /// Labels.
    pub labels: Labels,
    /// Taints, those of its start included.
    pub taints: Vec<Taint>,
    /// Whether some of these go when something else on it has started.
    pub starts: bool,
}

/// The name of a claim and of its node.
pub(super) fn name(pool: &str, claim: u32) -> String {
    format!("{pool}-{claim}")
}

impl Karpenter {
    /// A new claim.
    pub(super) fn add_claim(&mut self, plan: NodeClaim, now: SimTime) -> u32 {
        let id = self.next;
        self.next += 1;
        let nominated = now.saturating_add(self.nomination());
        let claim = Claim {
            pool: plan.pool,
            plan,
            launched: None,
            created: now,
            node: None,
            initialized: false,
            deleting: false,
            ends: None,
            released: false,
            nominated,
            last_pod: now,
        };
        self.claims.insert(id, claim);
        id
    }

    /// The labels of the node of a claim: of those that may have several values, the first one.
    pub(super) fn labels_of(&self, id: u32) -> Option<Labels> {
        let claim = self.claims.get(&id)?;
        let pool = &self.pools[claim.pool];
        let launched = claim.launched.as_ref()?;
        let of_type = &pool.types[launched.instance].requirements;
        let mut all = claim.plan.requirements.clone();
        all.add(ZONE, &Allowed::only([launched.zone.clone()]));
        all.add(CAPACITY_TYPE, &Allowed::only([launched.capacity_type.label()]));
        all.add(NODE_POOL, &Allowed::only([pool.spec.name.clone()]));
        let mut of_type = of_type.clone();
        of_type.add_all(&all);
        let named = |requirements: &Requirements| -> Vec<(Box<str>, Box<str>)> {
            let first = |(key, allowed): (&str, &Allowed)| {
                let value = allowed.named()?.first()?;
                Some((Box::from(key), value.clone()))
            };
            requirements.iter().filter_map(first).collect()
        };
        Some(named(&of_type).into_iter().collect())
    }
}

impl ControlPlane {
    /// Name of a claim that there is.
    pub(super) fn claim_name(&self, id: u32) -> String {
        let karpenter = self.karpenter.as_ref().expect("claims are Karpenter's");
        name(&karpenter.pools[karpenter.claims[&id].pool].spec.name, id)
    }

    /// From where an instance is to be had for a claim that was made, the best first; its pool.
    pub fn claim_offers(&self, id: u32) -> Option<(usize, Vec<Launched>)> {
        let karpenter = self.karpenter.as_ref()?;
        let claim = karpenter.claims.get(&id)?;
        let found = offers(&claim.plan, &karpenter.pools[claim.pool].types);
        let launched = |(instance, offering): (usize, &Offering)| Launched {
            instance,
            zone: offering.zone.clone(),
            capacity_type: offering.capacity_type,
        };
        Some((claim.pool, found.into_iter().map(launched).collect()))
    }

    /// What was launched for a claim, if there was anything, and what could not be had.
    pub fn claim_launched<S>(
        &mut self,
        id: u32,
        from: Option<Launched>,
        refused: &[Launched],
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(karpenter) = &mut self.karpenter else { return };
        let Some(claim) = karpenter.claims.get_mut(&id) else { return };
        let types = &karpenter.pools[claim.pool].types;
        for one in refused {
            let instance = &types[one.instance].name;
            karpenter.unavailable.note(instance, &one.zone, one.capacity_type, now);
        }
        let life = karpenter.pools[claim.pool].spec.template.expire_after;
        if let Some(from) = from {
            claim.launched = Some(from);
            karpenter.counts.launched += 1;
            let until = given_up_at(claim.created, Progress::Launched).unwrap_or(now);
            self.karpenter_later(until.since(now), KarpenterEvent::Registration(id), around);
            if let Some(life) = life {
                self.karpenter_later(life, KarpenterEvent::Expired(id), around);
            }
        } else {
            karpenter.counts.failed += 1;
            self.claim_is_gone(id, around);
        }
        self.go_on(around);
    }

    /// Plans what had to wait until it was known what is coming.
    fn go_on<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let due = self.karpenter.as_ref().is_some_and(|it| it.is_due && it.is_synced());
        if due {
            self.provision_now(around);
        }
    }

    /// Labels and taints of the node that a claim becomes.
    pub fn claim_labels(&self, id: u32) -> Option<ClaimLabels> {
        let karpenter = self.karpenter.as_ref()?;
        let template = &karpenter.pools[karpenter.claims.get(&id)?.pool].spec.template;
        let taints = template.taints.iter().chain(&template.startup_taints);
        Some(ClaimLabels {
            labels: karpenter.labels_of(id)?,
            taints: taints.cloned().collect(),
            starts: !template.startup_taints.is_empty(),
        })
    }

    /// The machine of a claim has become a node. Startup taints stay for so long.
    pub fn claim_joined<S>(
        &mut self,
        id: u32,
        node: NodeId,
        startup: SimDuration,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let starts = self.claim_labels(id).is_some_and(|labels| labels.starts);
        let Some(karpenter) = &mut self.karpenter else { return };
        let Some(claim) = karpenter.claims.get_mut(&id) else { return };
        claim.node = Some(node);
        claim.last_pod = now;
        karpenter.of_node.insert(node, id);
        if starts {
            self.karpenter_later(startup, KarpenterEvent::Started(id), around);
        } else {
            self.claim_started(id, around);
        }
    }

    /// A node has all that it should have.
    pub(super) fn claim_started<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(karpenter) = &mut self.karpenter else { return };
        let Some(claim) = karpenter.claims.get_mut(&id) else { return };
        let Some(node) = claim.node else { return };
        claim.initialized = true;
        claim.last_pod = claim.last_pod.max(now);
        let mut startup = karpenter.pools[claim.pool].spec.template.startup_taints.clone();
        // a driver takes its own away
        startup.retain(|taint| !self.is_taint_of_driver(&taint.key));
        for taint in startup {
            self.untaint(node, &taint.key, Some(taint.effect), now);
        }
        let mut spec = self.cluster.node(node).spec.clone();
        let given = spec.labels.iter().chain([(INITIALIZED, "true")]);
        spec.labels = given.collect();
        self.scheduler.update_node(&mut self.cluster, node, spec, now);
        self.schedule_soon(around);
        self.replacement_is_there(id, around);
    }

    /// A machine that is no node yet is given up.
    pub(super) fn claim_overdue<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let karpenter = self.karpenter.as_ref();
        let claim = karpenter.and_then(|karpenter| karpenter.claims.get(&id));
        if claim.is_some_and(|claim| claim.node.is_none()) {
            self.delete_claim(id, "it did not register in time", around);
        }
    }

    /// A node is too old: it goes, whatever budgets say.
    pub(super) fn claim_expired<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(karpenter) = &mut self.karpenter else { return };
        if karpenter.claims.get(&id).is_some_and(|claim| !claim.deleting) {
            karpenter.counts.expired += 1;
            self.delete_claim(id, "expired", around);
        }
    }

    /// A machine of a claim is to be taken back: its node goes at once, and what it was is not
    /// tried again for a while (pkg/controllers/interruption of karpenter-provider-aws).
    pub fn claim_interrupted<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(karpenter) = &mut self.karpenter else { return };
        let Some(claim) = karpenter.claims.get(&id).filter(|claim| !claim.deleting) else { return };
        if let Some(launched) = &claim.launched {
            let name = &karpenter.pools[claim.pool].types[launched.instance].name;
            karpenter.unavailable.note(name, &launched.zone, launched.capacity_type, now);
        }
        karpenter.counts.interrupted += 1;
        self.delete_claim(id, "interrupted", around);
    }

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
        self.taint_disrupted(node, now);
        // as `Terminator.Taint` of pkg/controllers/node/termination labels it
        self.exclude(node, true, around);
        let reason = self.log.text(why);
        self.log.add(now, Entry::Disrupted { node, reason });
        if let Some(until) = ends {
            self.await_deadline(id, (now, until), around);
        }
        for pod in self.pods_to_move(node) {
            self.trigger(pod, around);
        }
        let mut kept = self.objects.node(node).map_or(Vec::new(), |node| node.pods.clone());
        kept.retain(|&pod| self.marks_of(pod).do_not_disrupt);
        self.empty(node, &format!("its node goes: {why} (Karpenter)"), &kept, around);
        self.replacement_is_lost(id, around);
        self.release_if_empty(node, around);
    }

    pub(super) fn taint_disrupted(&mut self, node: NodeId, now: SimTime) {
        let taints = &self.cluster.node(node).spec.taints;
        if !taints.iter().any(|taint| *taint.key == *DISRUPTED) {
            self.taint(node, DISRUPTED, Effect::NoSchedule, now);
        }
    }

    /// The pods of a node that goes which are not told to go yet, and when they have to be.
    fn kept_pods(&self, id: u32, from: SimTime, until: SimTime) -> Vec<(PodId, SimTime)> {
        let karpenter = self.karpenter.as_ref();
        let node = karpenter.and_then(|karpenter| karpenter.claims.get(&id)?.node);
        let pods = node.and_then(|node| self.objects.node(node)).map_or(&[][..], |it| &it.pods);
        let kept = pods
            .iter()
            .copied()
            .filter(|&pod| !self.is_of_daemon_set(pod) && self.objects.pod(pod).deleted.is_none());
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
        if let Some(at) = next {
            self.karpenter_later(at.max(now).since(now), KarpenterEvent::Deadline(id), around);
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
        self.await_deadline(id, (from, until), around);
    }

    /// A pod has left a node, or come to it.
    pub(in super::super) fn pod_moved<S>(
        &mut self,
        pod: PodId,
        node: NodeId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.karpenter.is_none() || self.is_of_daemon_set(pod) {
            return;
        }
        let now = around.now();
        let Some(karpenter) = &mut self.karpenter else { return };
        let claim = karpenter.of_node.get(&node).copied();
        if let Some(claim) = claim.and_then(|claim| karpenter.claims.get_mut(&claim)) {
            claim.last_pod = now;
        }
    }

    /// Gives the machine of a node back that goes and has no pods left that have to leave it, nor
    /// volumes of theirs (`awaitVolumeDetachment`, pkg/controllers/node/termination).
    pub(in super::super) fn release_if_empty<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(karpenter) = &self.karpenter else { return };
        let Some(&id) = karpenter.of_node.get(&node) else { return };
        let deleting = karpenter.claims[&id].deleting;
        if deleting && self.is_drained(node) && self.volumes_on(node) == 0 {
            self.release(id, around);
        }
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

    fn claim_is_gone<S>(&mut self, id: u32, around: &mut Around<'_, S>)
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

/// Why pods go that were waited for.
const OUT_OF_TIME: &str = "the terminationGracePeriod of its node is over (Karpenter)";
