//! Whose victims matter least.

use std::cmp::Reverse;

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;

/// Who has to leave a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Victims {
    /// The node.
    pub node: NodeId,
    /// The pods, the most important first.
    pub pods: Vec<PodId>,
    /// How many of them go against a disruption budget.
    pub violations: usize,
}

/// The places of the candidates whose victims matter least, more than one only where no rule
/// decides (`pickOneNodeForPreemption`): fewest violations of disruption budgets; lowest highest
/// priority; lowest sum of priorities, each counted from the lowest there is; fewest victims;
/// latest start of the earliest among the victims of highest priority.
pub(super) fn best(cluster: &Cluster, candidates: &[Victims]) -> Vec<usize> {
    let harms: Vec<_> = candidates.iter().map(|candidate| harm(cluster, candidate)).collect();
    let Some(least) = harms.iter().min() else { return Vec::new() };
    (0..harms.len()).filter(|&place| harms[place] == *least).collect()
}

fn harm(cluster: &Cluster, candidate: &Victims) -> (usize, i32, i64, usize, Reverse<i64>) {
    let priority = |pod: &PodId| cluster.shape_of(*pod).priority;
    let highest = candidate.pods.iter().map(priority).max().unwrap_or(i32::MIN);
    let counted = |pod: &PodId| i64::from(priority(pod)) - i64::from(i32::MIN);
    let sum = candidate.pods.iter().map(counted).sum();
    let top = candidate.pods.iter().filter(|pod| priority(pod) == highest);
    let earliest = top.map(|pod| cluster.pod(*pod).start).min().unwrap_or(i64::MAX);
    (candidate.violations, highest, sum, candidate.pods.len(), Reverse(earliest))
}
