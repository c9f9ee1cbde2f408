//! Nodes that may be disrupted, and in which order they are tried.
//!
//! Follows pkg/controllers/disruption/types.go and pkg/utils/disruption of Karpenter 1.x.

use std::collections::BTreeMap;

use super::super::api::{Disruption, Reason, allowed};
use super::super::instance::{CapacityType, Price};
use super::super::provision::{Pool, Shown};
use crate::engine::SimTime;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;

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
    /// ended, not being deleted.
    pub reschedulable: bool,
    /// Whether it is annotated `karpenter.sh/do-not-disrupt: "true"` and has not ended.
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
    /// What it costs.
    pub price: Price,
    /// How much it disturbs to take it away.
    pub cost: f64,
}

/// Takes so much to move a pod: 1 for one that says nothing.
#[must_use]
pub fn eviction_cost(deletion_cost: i32, priority: i32) -> f64 {
    let cost = 1.0 + f64::from(deletion_cost) / 2f64.powi(27) + f64::from(priority) / 2f64.powi(25);
    cost.clamp(-10.0, 10.0)
}

/// The part of its life that a node has before it.
fn remaining(pool: &Pool, created: SimTime, now: SimTime) -> f64 {
    let Some(life) = pool.spec.template.expire_after.filter(|life| !life.is_zero()) else {
        return 1.0;
    };
    let age = now.max(created).since(created).as_secs_f64();
    (1.0 - age / life.as_secs_f64()).clamp(0.0, 1.0)
}

/// Whether consolidation may look at a node: so long is it since the last pod came or went.
fn is_consolidatable(disruption: &Disruption, facts: &NodeFacts, now: SimTime) -> bool {
    let after = disruption.consolidate_after;
    after.is_some_and(|after| facts.last_pod.saturating_add(after) <= now)
}

/// The nodes that may be consolidated, those first that disturb least.
pub fn candidates(
    cluster: &Cluster,
    shown: &Shown,
    view: &impl View,
    now: SimTime,
) -> Vec<Candidate> {
    let nodes = cluster.nodes().map(|node| node.id);
    let mut all: Vec<_> =
        nodes.filter_map(|node| candidate(cluster, shown, view, node, now)).collect();
    all.sort_by(|one, other| one.cost.total_cmp(&other.cost).then(one.node.cmp(&other.node)));
    all
}

/// A node as a candidate; none where something keeps it.
pub fn candidate(
    cluster: &Cluster,
    shown: &Shown,
    view: &impl View,
    node: NodeId,
    now: SimTime,
) -> Option<Candidate> {
    let facts = view.node(node)?;
    let kept = !facts.initialized || facts.deleting || facts.nominated || facts.do_not_disrupt;
    let pool = &shown.pools[facts.pool];
    if kept || !is_consolidatable(&pool.spec.disruption, &facts, now) {
        return None;
    }
    let price = pool.types[facts.instance?].price_in(&facts.zone, facts.capacity_type)?;
    let (mut pods, mut cost) = (Vec::new(), 0.0);
    for &pod in &cluster.node(node).pods {
        let known = view.pod(pod);
        if known.do_not_disrupt {
            return None;
        }
        if known.reschedulable {
            if is_protected(cluster, pod) {
                return None;
            }
            cost += eviction_cost(known.deletion_cost, cluster.shape_of(pod).priority);
            pods.push(pod);
        }
    }
    let cost = cost * remaining(pool, facts.created, now);
    Some(Candidate { node, facts, pods, price, cost })
}

/// Whether a disruption budget lets none of its pods go.
fn is_protected(cluster: &Cluster, pod: PodId) -> bool {
    let shape = cluster.shape_of(pod);
    cluster.objects().budgets.iter().any(|budget| {
        budget.allowed < 1
            && budget.namespace == shape.namespace
            && budget.selector.matches(&shape.labels)
    })
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
