//! The order of nodes by name, which decides between equals.

use crate::kubernetes::scheduler::cluster::{Changes, Cluster, Moment};
use crate::kubernetes::scheduler::node::NodeId;

/// Every node's rank by name, and the node of every rank.
#[derive(Debug, Default)]
pub(super) struct Order {
    seen: Option<Moment>,
    ranks: Vec<u32>,
    nodes: Vec<NodeId>,
}

impl Order {
    /// Sorts nodes anew if any came or went.
    pub fn update(&mut self, cluster: &Cluster) {
        let changes = cluster.changes();
        if let Some(seen) = self.seen
            && changes.since(seen) != Changes::Everything
        {
            self.seen = Some(changes.now());
            return;
        }
        self.seen = Some(changes.now());
        self.nodes = cluster.nodes().map(|node| node.id).collect();
        self.nodes.sort_by_key(|&node| &cluster.node(node).spec.name);
        self.ranks.clear();
        self.ranks.resize(cluster.node_places(), u32::MAX);
        for (rank, node) in (0..).zip(&self.nodes) {
            self.ranks[node.index()] = rank;
        }
    }

    /// The rank of a node.
    pub fn rank(&self, node: NodeId) -> u32 {
        self.ranks[node.index()]
    }

    /// The node of a rank.
    pub fn node(&self, rank: u32) -> NodeId {
        self.nodes[rank as usize]
    }
}
