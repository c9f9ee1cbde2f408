//! How many nodes are looked at for a pod.
//!
//! Follows `findNodesThatPassFilters` and `numFeasibleNodesToFind` (Kubernetes v1.36,
//! pkg/scheduler/schedule_one.go), with one worker: in a large cluster the search ends when enough
//! nodes passed the filters, and only these are scored. The next pod's begins where it ended, so
//! that all nodes get their turn. With several workers, as real schedulers have, it ends a few
//! nodes later.

use super::cluster::Cluster;
use super::node::NodeId;
use super::ties::zone_by_zone;

/// `minFeasibleNodesToFind`.
const LEAST_NODES: usize = 100;
/// What is looked for at least where the share follows from the size, in percent.
const LEAST_PERCENT: usize = 5;

/// Where the search for nodes begins and when it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sampling {
    percentage: u32,
    /// Smaller clusters are looked at whole, and at least so many nodes are looked for.
    least: usize,
    next: usize,
}

impl Sampling {
    /// Looks for this share of the nodes, in percent (`percentageOfNodesToScore`); 0 is a share
    /// that follows from the size of the cluster: 50 % of a small one, 10 % of one of 5,000 nodes.
    #[must_use]
    pub fn new(percentage: u32) -> Self {
        Self { percentage, least: LEAST_NODES, next: 0 }
    }

    /// The smallest share, of clusters as small as one likes.
    #[cfg(test)]
    pub(super) fn of_few(least: usize) -> Self {
        Self { percentage: 1, least, next: 0 }
    }

    /// How many nodes that pass are looked for among so many.
    #[must_use]
    pub fn wanted(&self, nodes: usize) -> usize {
        if nodes < self.least || self.percentage >= 100 {
            return nodes;
        }
        let percent = match self.percentage {
            0 => 50_usize.saturating_sub(nodes / 125).max(LEAST_PERCENT),
            share => share as usize,
        };
        (nodes * percent / 100).max(self.least)
    }

    /// All nodes as they are looked at, from where the last search ended.
    pub(super) fn turn(&self, list: &[NodeId]) -> impl Iterator<Item = NodeId> {
        let start = self.next.checked_rem(list.len()).unwrap_or(0);
        let (before, from) = list.split_at(start);
        from.iter().chain(before).copied()
    }

    /// All nodes in the order in which they are looked at next.
    #[must_use]
    pub fn nodes(&self, cluster: &Cluster) -> Vec<NodeId> {
        self.turn(&zone_by_zone(cluster)).collect()
    }

    /// So many of so many nodes were looked at; returns from which on.
    pub(super) fn advance(&mut self, seen: usize, nodes: usize) -> usize {
        let start = self.next.checked_rem(nodes).unwrap_or(0);
        self.next = (self.next + seen).checked_rem(nodes).unwrap_or(0);
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_falls_with_the_size_of_the_cluster() {
        let wanted = |percentage, nodes| Sampling::new(percentage).wanted(nodes);
        assert_eq!(wanted(0, 99), 99);
        assert_eq!(wanted(0, 100), 100);
        // 50 - 1000 / 125 = 42 %
        assert_eq!(wanted(0, 1_000), 420);
        // 50 - 40 = 10 %
        assert_eq!(wanted(0, 5_000), 500);
        assert_eq!(wanted(0, 15_000), 750);
        assert_eq!(wanted(30, 6_000), 1_800);
        assert_eq!(wanted(2, 1_000), 100);
        assert_eq!(wanted(100, 5_000), 5_000);
    }

    #[test]
    fn the_next_search_begins_where_the_last_one_ended() {
        let list: Vec<NodeId> = (0..5).map(NodeId).collect();
        let mut sampling = Sampling::new(0);
        sampling.advance(3, 5);
        let turn: Vec<u32> = sampling.turn(&list).map(|node| node.0).collect();
        assert_eq!(turn, [3, 4, 0, 1, 2]);
        sampling.advance(4, 5);
        assert_eq!(sampling.turn(&list).next(), Some(NodeId(2)));
    }
}
