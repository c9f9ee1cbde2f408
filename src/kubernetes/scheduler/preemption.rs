//! DefaultPreemption: room for a pod by evicting less important ones.
//!
//! Follows Kubernetes v1.36, pkg/scheduler/framework/preemption and
//! pkg/scheduler/framework/plugins/defaultpreemption: on every node where evictions might help, all
//! less important pods are taken away in thought, and as many as possible given back; the node
//! whose victims matter least is chosen.

mod choice;
mod order;
#[cfg(test)]
mod tests;
mod victims;

pub use choice::Victims;

use super::cluster::Cluster;
use super::cycle::Attempt;
use super::filters::{Filters, Refusal};
use super::framework::Rejection;
use super::node::NodeId;
use super::nominations::Nominations;
use super::pod::PodId;
use super::profile::Profile;
use super::shape::PreemptionPolicy;

/// Why a pod with `preemptionPolicy: Never` evicts nobody.
pub const NEVER: &str = "not eligible due to preemptionPolicy=Never.";
/// Why a pod waits whose victims are on their way out.
pub const VICTIMS_LEAVING: &str = "not eligible due to a terminating pod on the nominated node.";
/// Why a node is out of the question whatever is evicted.
pub const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";

/// How many nodes are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All on which evictions might help.
    All,
    /// From one of them, in their order and round again, until so many will do and one of those
    /// violates no disruption budget.
    Some {
        /// The first to try.
        offset: usize,
        /// How many have to be found.
        wanted: usize,
    },
}

/// What preemption found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preemption {
    /// Why the pod may not evict anyone, if it may not.
    pub ineligible: Option<&'static str>,
    /// Nodes that would have room, in the order of nodes, and who would have to go.
    pub candidates: Vec<Victims>,
    /// Places in `candidates` of those between which no rule decides.
    pub ties: Vec<usize>,
    /// Nodes that would have no room even so, and why.
    pub failures: Vec<(NodeId, Rejection)>,
}

/// Looks for a node on which a pod could have room that an attempt found none for.
#[must_use]
pub fn preempt(
    profile: &Profile,
    cluster: &Cluster,
    nominations: &Nominations,
    pod: PodId,
    attempt: &Attempt,
    reach: Reach,
) -> Preemption {
    let ineligible = ineligible(cluster, nominations, pod, attempt);
    let mut found = Preemption { ineligible, ..Preemption::default() };
    if found.ineligible.is_some() {
        return found;
    }
    let Ok(mut filters) = Filters::prepare(profile, cluster, cluster.pod(pod).shape) else {
        return found;
    };
    for (node, refusal) in &attempt.infeasible {
        if !refusal.is_resolvable() {
            found.failures.push((*node, Rejection::unresolvable(NOT_HELPFUL)));
        }
    }
    for node in tried(attempt, reach) {
        let victims = victims::on_node(&mut filters, cluster, nominations, pod, node);
        match victims {
            Ok(victims) => found.candidates.push(victims),
            Err(rejection) => found.failures.push((node, rejection)),
        }
        if enough(&found.candidates, reach) {
            break;
        }
    }
    found.candidates.sort_by_key(|candidate| candidate.node);
    found.ties = choice::best(cluster, &found.candidates);
    found
}

/// Whether a pod may not evict anyone, and why.
fn ineligible(
    cluster: &Cluster,
    nominations: &Nominations,
    pod: PodId,
    attempt: &Attempt,
) -> Option<&'static str> {
    let shape = cluster.shape_of(pod);
    if shape.preemption == PreemptionPolicy::Never {
        return Some(NEVER);
    }
    let node = nominations.node(pod).and_then(|node| cluster.get_node(node))?;
    if attempt.refused.as_ref().is_some_and(|refusal| !refusal.is_resolvable()) {
        return None;
    }
    let refusal = attempt.infeasible.iter().find(|(refused, _)| *refused == node.id);
    if refusal.is_some_and(|(_, refusal)| !refusal.is_resolvable()) {
        return None;
    }
    let leaving = node.pods.iter().any(|&other| {
        cluster.pod(other).preempted && cluster.shape_of(other).priority < shape.priority
    });
    leaving.then_some(VICTIMS_LEAVING)
}

/// Nodes on which evictions might help, in the order in which they are tried.
fn tried(attempt: &Attempt, reach: Reach) -> impl Iterator<Item = NodeId> + use<> {
    let resolvable = |(_, refusal): &&(NodeId, Refusal)| refusal.is_resolvable();
    let mut nodes: Vec<NodeId> =
        attempt.infeasible.iter().filter(resolvable).map(|(node, _)| *node).collect();
    if let Reach::Some { offset, .. } = reach
        && !nodes.is_empty()
    {
        let first = offset % nodes.len();
        nodes.rotate_left(first);
    }
    nodes.into_iter()
}

fn enough(candidates: &[Victims], reach: Reach) -> bool {
    match reach {
        Reach::All => false,
        Reach::Some { wanted, .. } => {
            candidates.len() >= wanted && candidates.iter().any(|one| one.violations == 0)
        }
    }
}

impl Preemption {
    /// The candidate to take: of those between which no rule decides, the one whose node has the
    /// smallest name.
    #[must_use]
    pub fn chosen(&self, cluster: &Cluster) -> Option<&Victims> {
        let ties = self.ties.iter().map(|&place| &self.candidates[place]);
        ties.min_by_key(|candidate| &cluster.node(candidate.node).spec.name)
    }
}

/// Pods that lose their nomination for a node to a more important one.
#[must_use]
pub fn displaced(
    cluster: &Cluster,
    nominations: &Nominations,
    pod: PodId,
    node: NodeId,
) -> Vec<PodId> {
    let priority = cluster.shape_of(pod).priority;
    let there = nominations.on(node).iter().copied();
    there.filter(|&other| cluster.shape_of(other).priority < priority).collect()
}
