//! Nodes that may be disrupted, and in which order they are tried.
//!
//! Follows pkg/controllers/disruption/types.go, `ValidateNodeDisruptable` and
//! `ValidatePodsDisruptable` in pkg/controllers/state/statenode.go, pkg/utils/{disruption,pdb,pod}
//! of Karpenter 1.x, as of 2026-08. A pod that no controller makes again keeps no node: it is
//! evicted like others.

use std::collections::BTreeMap;

use super::super::api::{Disruption, Reason, allowed};
use super::super::instance::{CapacityType, Price};
use super::super::provision::Shown;
use super::super::provision::daemons::is_daemon;
use crate::engine::SimTime;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::shape::{Effect, PodShape, Taint};

/// What it costs to empty a node, beside what its pods do (`PerNodeBaseDisruptionCost`).
const NODE_COST: f64 = 1.0;

/// What matters of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFacts {
    /// Its pool, by its place among those that are shown.
    pub pool: usize,
    /// Its type, by its place among those of the pool; none where the pool has it no more.
    pub instance: Option<usize>,
    /// Its zone.
    pub zone: Box<str>,
    /// How it is paid for.
    pub capacity_type: CapacityType,
    /// When its claim was made.
    pub created: SimTime,
    /// Whether it is ready and all was found on it that it should have.
    pub initialized: bool,
    /// Whether it is ready.
    pub ready: bool,
    /// Whether it is being deleted, or a command about it is under way.
    pub deleting: bool,
    /// Whether it is to take pods that were planned for it and are not bound yet.
    pub nominated: bool,
    /// Whether it is annotated `karpenter.sh/do-not-disrupt: "true"`.
    pub do_not_disrupt: bool,
    /// When the last pod came or went, or else when it was initialized.
    pub last_pod: SimTime,
}

/// What matters of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodFacts {
    /// Whether it is made again elsewhere when its node goes: not of a DaemonSet, not static, not
    /// ended, not being deleted unless it is of a StatefulSet.
    pub reschedulable: bool,
    /// Whether it is annotated `karpenter.sh/do-not-disrupt: "true"`, and has not ended and is not
    /// being deleted.
    pub do_not_disrupt: bool,
    /// Its annotation `controller.kubernetes.io/pod-deletion-cost`.
    pub deletion_cost: i32,
    /// When it was created.
    pub created: SimTime,
}

/// Answers questions about nodes and pods as they are now.
pub trait View {
    /// About a node; none if no pool made it.
    fn node(&self, node: NodeId) -> Option<NodeFacts>;
    /// About a pod on a node.
    fn pod(&self, pod: PodId) -> PodFacts;
    /// Since when a node is not what its pool asks for any more, if it is not
    /// ([`drift`](super::super::drift::drift)). By default none is.
    fn drifted(&self, _node: NodeId) -> Option<SimTime> {
        None
    }
}

/// A node that may be disrupted.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Which.
    pub node: NodeId,
    /// What is known of it.
    pub facts: NodeFacts,
    /// Its pods that are made again.
    pub pods: Vec<PodId>,
    /// What it costs; nothing where that is not known.
    pub price: Price,
    /// How much it disturbs to take it away: 1, and for each pod that is made again what it takes
    /// to move it, where that is more than nothing.
    pub cost: f64,
}

impl Candidate {
    /// Whether it disturbs nobody to take it away.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cost <= NODE_COST
    }

    /// What is saved for how much disturbance (`SavingsRatio`).
    #[must_use]
    pub fn savings_ratio(&self) -> f64 {
        self.price.dollars() / self.cost
    }
}

/// Takes so much to move a pod: 1 for one that says nothing.
#[must_use]
pub fn eviction_cost(deletion_cost: i32, priority: i32) -> f64 {
    let cost = 1.0 + f64::from(deletion_cost) / 2f64.powi(27) + f64::from(priority) / 2f64.powi(25);
    cost.clamp(-10.0, 10.0)
}

/// Whether consolidation may look at a node: so long is it since the last pod came or went.
fn is_consolidatable(disruption: &Disruption, facts: &NodeFacts, now: SimTime) -> bool {
    let after = disruption.consolidate_after;
    after.is_some_and(|after| facts.last_pod.saturating_add(after) <= now)
}

/// The nodes that may be consolidated, those first that save most for the least disturbance.
pub fn candidates(
    cluster: &Cluster,
    shown: &Shown,
    view: &impl View,
    now: SimTime,
) -> Vec<Candidate> {
    let nodes = cluster.nodes().map(|node| node.id);
    let all = nodes.filter_map(|node| candidate(cluster, shown, view, node, false));
    let may_be = |one: &Candidate| {
        let disruption = &shown.pools[one.facts.pool].spec.disruption;
        is_consolidatable(disruption, &one.facts, now)
    };
    let mut all: Vec<_> = all.filter(may_be).collect();
    all.sort_by(|one, other| {
        let by_ratio = other.savings_ratio().total_cmp(&one.savings_ratio());
        by_ratio.then(one.node.cmp(&other.node))
    });
    all
}

/// A node as a candidate; none where something keeps it. What will be done in the end whatever
/// protects pods, since the time they get is limited, is not kept by them.
pub fn candidate(
    cluster: &Cluster,
    shown: &Shown,
    view: &impl View,
    node: NodeId,
    in_the_end: bool,
) -> Option<Candidate> {
    let facts = view.node(node)?;
    let kept = !facts.initialized || facts.deleting || facts.nominated || facts.do_not_disrupt;
    if kept {
        return None;
    }
    let pool = &shown.pools[facts.pool];
    let forced = in_the_end && pool.spec.template.termination_grace_period.is_some();
    let (mut pods, mut cost) = (Vec::new(), NODE_COST);
    for &pod in &cluster.node(node).pods {
        let known = view.pod(pod);
        if !forced && (known.do_not_disrupt || is_protected(cluster, pod, known)) {
            return None;
        }
        if known.reschedulable {
            let priority = cluster.shape_of(pod).priority;
            cost += eviction_cost(known.deletion_cost, priority).max(0.0);
            pods.push(pod);
        }
    }
    let price = facts.instance.and_then(|place| {
        pool.types.get(place).and_then(|one| one.price_in(&facts.zone, facts.capacity_type))
    });
    Some(Candidate { node, facts, pods, price: price.unwrap_or_default(), cost })
}

/// Whether disruption budgets let a pod not be evicted: one that lets none of its pods go, or two
/// of them, for which there is no eviction. A pod that stays on a node that goes is not asked
/// about.
fn is_protected(cluster: &Cluster, pod: PodId, known: PodFacts) -> bool {
    let shape = cluster.shape_of(pod);
    let evicted = known.reschedulable || is_daemon(shape);
    if !evicted || cluster.pod(pod).terminating || stays(shape) {
        return false;
    }
    let mut all = cluster.objects().budgets.iter().filter(|budget| {
        budget.namespace == shape.namespace && budget.selector.matches(&shape.labels)
    });
    all.next().is_some_and(|first| first.allowed < 1 || all.next().is_some())
}

/// Whether a pod puts up with the taint of nodes that are being taken away.
#[must_use]
pub fn stays(shape: &PodShape) -> bool {
    let (key, value) = ("karpenter.sh/disrupted".into(), "".into());
    let disrupted = Taint { key, value, effect: Effect::NoSchedule };
    shape.tolerations.iter().any(|one| one.tolerates(&disrupted))
}

/// How many nodes of each pool may go for a reason now. `calendar` is the time in
/// seconds since 1970.
pub fn budgets(
    cluster: &Cluster,
    shown: &Shown,
    view: &impl View,
    reason: Reason,
    calendar: i64,
) -> BTreeMap<usize, u32> {
    let mut counts = BTreeMap::<usize, (u32, u32)>::new();
    for facts in cluster.nodes().filter_map(|node| view.node(node.id)) {
        if facts.initialized {
            let (nodes, going) = counts.entry(facts.pool).or_default();
            *nodes += 1;
            *going += u32::from(facts.deleting || !facts.ready);
        }
    }
    let of = |(pool, (nodes, going)): (usize, (u32, u32))| {
        let budgets = &shown.pools[pool].spec.disruption.budgets;
        (pool, allowed(budgets, reason, nodes, going, calendar))
    };
    counts.into_iter().map(of).collect()
}
