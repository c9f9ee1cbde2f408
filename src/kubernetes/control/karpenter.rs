//! Karpenter acts: nodes are asked for that pods wait for, and those that are not worth their price
//! are replaced or given back.
//!
//! What is wanted the library decides ([`karpenter`](crate::kubernetes::autoscale::karpenter)): it
//! is shown the cluster, and what it decided is done or told to whoever has machines.
//!
//! ```text
//!   pod unschedulable ──batch──▶ claim made ──launched──▶ machine ──joins──▶ node ──▶ initialized
//!                                              drained ◀── disrupted, expired, interrupted
//!                               instance ends ◀──┘
//! ```
//!
//! * `provision`: pods are collected, and claims made for them;
//! * `claims`: what becomes of a claim, from launch until it is to go;
//! * `ends`: how its node is emptied, and its machine given back;
//! * `disruption`: the loop that looks for nodes to take away;
//! * `view`: what is shown.
//!
//! Sources: kubernetes-sigs/karpenter 1.x, pkg/controllers; rules are at their places.

mod claims;
mod disruption;
mod ends;
mod provision;
mod view;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::log::TextId;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::kubernetes::autoscale::karpenter::batcher::{BatchSettings, Batcher};
use crate::kubernetes::autoscale::karpenter::disruption::{Disruptor, EVERY, Settings};
use crate::kubernetes::autoscale::karpenter::instance::Unavailable;
use crate::kubernetes::autoscale::karpenter::provision::Pool;
use crate::kubernetes::autoscale::karpenter::requirements::WellKnown;
use crate::kubernetes::objects::{NodeId, PodId};
use crate::kubernetes::scheduler::cluster::Moment;

pub use claims::{ClaimLabels, Launched};

/// How Karpenter is set up.
#[derive(Clone, Debug)]
pub struct KarpenterSettings {
    /// How pods are collected.
    pub batch: BatchSettings,
    /// Switches of consolidation.
    pub disruption: Settings,
    /// Labels that nodes will have though no pool names them.
    pub well_known: WellKnown,
    /// From when nodes of pools, by their places, that were wanted before are not what these ask
    /// for any more, the first time first.
    pub drifts: Vec<(SimTime, Vec<usize>)>,
}

/// Something that Karpenter does later. Claims by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KarpenterEvent {
    /// The window in which pods are collected may close.
    Batch,
    /// A pod that waits is looked at again.
    Again,
    /// Nodes are looked at.
    Look,
    /// Startup taints of a claim's node are gone.
    Started(u32),
    /// The machine of a claim should be a node by now.
    Registration(u32),
    /// A claim is too old.
    Expired(u32),
    /// The pods on a claim's node have no more time.
    Deadline(u32),
    /// The pods on a claim's node that goes still need another.
    Moving(u32),
    /// A claim that is to replace nodes should be one by now.
    Overdue(u32),
}

/// What Karpenter has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KarpenterCounts {
    /// Claims that were launched.
    pub launched: u64,
    /// Claims for which there was no instance.
    pub failed: u64,
    /// Nodes that went because they were empty.
    pub empty: u64,
    /// Nodes that went because their pods would do with less.
    pub underutilized: u64,
    /// Nodes that went because they were not what their pool asks for.
    pub drifted: u64,
    /// Nodes that were too old.
    pub expired: u64,
    /// Nodes that were to be taken back.
    pub interrupted: u64,
}

/// A node that is wanted, is there, or is on its way out.
#[derive(Debug)]
struct Claim {
    /// Its pool.
    pool: usize,
    /// What was planned.
    plan: crate::kubernetes::autoscale::karpenter::claim::NodeClaim,
    /// What was launched for it.
    launched: Option<Launched>,
    created: SimTime,
    node: Option<NodeId>,
    /// Whether its node is there and has all that it should have.
    initialized: bool,
    /// Whether it is on its way out.
    deleting: bool,
    /// Since when it is, and when it is gone whatever runs on it, where its pool says that.
    ends: Option<(SimTime, SimTime)>,
    /// Whether whoever has its machine was told that it is not needed.
    released: bool,
    /// Until when pods are expected on it.
    nominated: SimTime,
    /// When the last pod came or went.
    last_pod: SimTime,
}

/// Nodes that go as soon as another is there.
#[derive(Debug)]
struct Running {
    /// Claims that go.
    claims: Vec<u32>,
    /// The claims that come, as far as their nodes are not there yet.
    replacements: Vec<u32>,
    reason: crate::kubernetes::autoscale::karpenter::api::Reason,
}

/// Karpenter of a cluster, and what it has set in motion.
#[derive(Debug)]
pub(super) struct Karpenter {
    settings: KarpenterSettings,
    pools: Vec<Pool>,
    unavailable: Unavailable,
    batcher: Batcher,
    /// For when the batcher's window was last said to be looked at.
    armed: Option<SimTime>,
    /// Pods that wait for a batch while claims are launched, which has to be over.
    is_due: bool,
    /// Pods that are looked at again, and which these are.
    again: VecDeque<(SimTime, PodId, u32)>,
    looked_at: BTreeSet<u32>,
    /// All claims there are.
    claims: BTreeMap<u32, Claim>,
    of_node: BTreeMap<NodeId, u32>,
    /// Counts claims.
    next: u32,
    disruptor: Disruptor,
    running: Vec<Running>,
    /// When nodes were last looked at, and at what.
    last: Option<(SimTime, Moment)>,
    /// By template: what of its pods is always so.
    facts: Vec<view::Marks>,
    /// What was last said of pods that wait.
    told: BTreeMap<PodId, TextId>,
    counts: KarpenterCounts,
}

impl Karpenter {
    /// Whether a node was taken for one that goes, or is one.
    fn is_going(&self, id: u32) -> bool {
        let goes = |one: &Running| one.claims.contains(&id);
        self.claims.get(&id).is_none_or(|claim| claim.deleting) || self.running.iter().any(goes)
    }

    /// Whether what was asked for is known to be coming: only then anything is planned
    /// (`Synced`, pkg/controllers/state/cluster.go).
    fn is_synced(&self) -> bool {
        self.claims.values().all(|claim| claim.launched.is_some() || claim.deleting)
    }

    /// Marks what is not to be had for now, and counts what pools have.
    fn refresh(&mut self, now: SimTime) {
        for pool in &mut self.pools {
            (pool.used, pool.nodes) = (Default::default(), 0);
            for one in pool.types.iter_mut().filter(|_| !self.unavailable.is_empty()) {
                one.offerings.iter_mut().for_each(|offering| offering.available = true);
            }
        }
        if !self.unavailable.is_empty() {
            self.pools.iter_mut().for_each(|pool| self.unavailable.apply(&mut pool.types, now));
        }
        for claim in self.claims.values().filter(|claim| !claim.deleting) {
            let pool = &mut self.pools[claim.pool];
            pool.nodes += 1;
            if let Some(launched) = &claim.launched {
                pool.used.add(&pool.types[launched.instance].capacity, 1);
            }
        }
    }
}

impl ControlPlane {
    /// Has Karpenter look after the nodes of these pools from now on.
    pub fn provision_by_karpenter<S>(
        &mut self,
        settings: KarpenterSettings,
        pools: Vec<Pool>,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.karpenter = Some(Box::new(Karpenter {
            pools,
            unavailable: Unavailable::default(),
            batcher: Batcher::new(settings.batch),
            armed: None,
            is_due: false,
            again: VecDeque::new(),
            looked_at: BTreeSet::new(),
            claims: BTreeMap::new(),
            of_node: BTreeMap::new(),
            next: 0,
            disruptor: Disruptor::new(settings.disruption),
            running: Vec::new(),
            last: None,
            facts: Vec::new(),
            told: BTreeMap::new(),
            counts: KarpenterCounts::default(),
            settings,
        }));
        self.karpenter_later(EVERY, KarpenterEvent::Look, around);
    }

    /// What Karpenter has done so far, if there is one.
    pub fn karpenter_counts(&self) -> Option<KarpenterCounts> {
        self.karpenter.as_ref().map(|karpenter| karpenter.counts)
    }

    /// How many nodes Karpenter wants.
    pub(super) fn claims_wanted(&self) -> Option<u32> {
        let karpenter = self.karpenter.as_ref()?;
        Some(karpenter.claims.values().filter(|claim| !claim.deleting).count() as u32)
    }

    fn karpenter_later<S>(
        &self,
        delay: SimDuration,
        event: KarpenterEvent,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let at = around.now().saturating_add(delay);
        around.at(at, Phase::Decide, ControlEvent::Karpenter(event));
    }

    /// Handles an event of Karpenter.
    pub(super) fn on_karpenter<S>(&mut self, event: KarpenterEvent, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        match event {
            KarpenterEvent::Batch => self.close_batch(around),
            KarpenterEvent::Again => self.trigger_again(around),
            KarpenterEvent::Look => self.look_at_nodes(around),
            KarpenterEvent::Started(claim) => self.claim_started(claim, around),
            KarpenterEvent::Registration(claim) => self.claim_overdue(claim, around),
            KarpenterEvent::Expired(claim) => self.claim_expired(claim, around),
            KarpenterEvent::Deadline(claim) => self.claim_out_of_time(claim, around),
            KarpenterEvent::Moving(claim) => self.claim_moves(claim, around),
            KarpenterEvent::Overdue(claim) => self.replacement_is_lost(claim, around),
        }
    }
}
