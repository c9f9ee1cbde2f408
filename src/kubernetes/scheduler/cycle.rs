//! One attempt to schedule a pod, node by node: the plain way.
//!
//! Follows `schedulePod` (Kubernetes v1.36, pkg/scheduler/schedule_one.go). Every node is filtered
//! and every node that passes is scored, and all of it is kept: this is what is explained to users
//! and compared with recorded answers of the real scheduler.

use super::cluster::Cluster;
use super::filters::{Filters, Refusal};
use super::framework::Candidate;
use super::node::{Node, NodeId};
use super::nominations::Nominations;
use super::pod::PodId;
use super::profile::Profile;
use super::sampling::Sampling;
use super::scores::{PluginScores, Scores, totals};

/// What one attempt found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// A plugin that rejected the pod on all nodes at once.
    pub refused: Option<Refusal>,
    /// Nodes that passed, in their order.
    pub feasible: Vec<NodeId>,
    /// Nodes that did not, in their order, and why.
    pub infeasible: Vec<(NodeId, Refusal)>,
    /// What plugins made of the nodes that passed; nothing where there was no choice to make.
    pub scores: Vec<PluginScores>,
    /// The weighted sums, as long as there was a choice to make.
    pub totals: Vec<i64>,
}

impl Attempt {
    /// The nodes with the highest sum, in their order.
    #[must_use]
    pub fn best(&self) -> Vec<NodeId> {
        let Some(highest) = self.totals.iter().max() else { return self.feasible.clone() };
        let ranked = self.feasible.iter().zip(&self.totals);
        ranked.filter(|(_, total)| *total == highest).map(|(&node, _)| node).collect()
    }
}

/// Tries to place a pod on any node.
#[must_use]
pub fn attempt(
    profile: &Profile,
    cluster: &Cluster,
    nominations: &Nominations,
    pod: PodId,
) -> Attempt {
    attempt_on(profile, cluster, nominations, pod, cluster.nodes(), usize::MAX).0
}

/// Tries to place a pod where not all nodes may be looked at.
#[must_use]
pub fn attempt_some(
    profile: &Profile,
    cluster: &Cluster,
    nominations: &Nominations,
    pod: PodId,
    sampling: &mut Sampling,
) -> Attempt {
    let nodes = sampling.nodes(cluster);
    let wanted = sampling.wanted(nodes.len());
    let turn = nodes.iter().map(|&node| cluster.node(node));
    let (found, seen) = attempt_on(profile, cluster, nominations, pod, turn, wanted);
    sampling.advance(seen, nodes.len());
    found
}

/// Tries to place a pod on nodes in this order, until so many passed; also returns how many were
/// looked at.
fn attempt_on<'c>(
    profile: &Profile,
    cluster: &Cluster,
    nominations: &Nominations,
    pod: PodId,
    nodes: impl Iterator<Item = &'c Node>,
    wanted: usize,
) -> (Attempt, usize) {
    let shape = cluster.pod(pod).shape;
    let mut found = Attempt::default();
    let mut filters = match Filters::prepare(profile, cluster, shape) {
        Ok(filters) => filters,
        Err(refusal) => return (Attempt { refused: Some(refusal), ..found }, 0),
    };
    // the node it was nominated for is tried alone first
    if let Some(node) = nominations.node(pod).and_then(|node| cluster.get_node(node))
        && filters.verdict_beside_nominees(cluster, nominations, pod, node).is_ok()
    {
        found.feasible.push(node.id);
        return (found, 0);
    }
    let mut seen = 0;
    for node in nodes {
        match filters.verdict_beside_nominees(cluster, nominations, pod, node) {
            // one more than wanted ends the search, and does not count
            Ok(()) if found.feasible.len() == wanted => break,
            Ok(()) => found.feasible.push(node.id),
            Err(refusal) => found.infeasible.push((node.id, refusal)),
        }
        seen += 1;
    }
    found.feasible.sort_unstable();
    found.infeasible.sort_by_key(|(node, _)| *node);
    if found.feasible.len() > 1 {
        let alone = |&node: &NodeId| Candidate { node, nodes: 1 };
        let candidates: Vec<Candidate> = found.feasible.iter().map(alone).collect();
        found.scores = Scores::prepare(profile, cluster, shape).rank(cluster, &candidates);
        found.totals = totals(&found.scores, candidates.len());
    }
    (found, seen)
}
