//! The orders of nodes that decide between equals: by name, and as kube-scheduler lists them.

use super::groups::Member;
use crate::kubernetes::scheduler::cluster::{Changes, Cluster, Moment};
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::ties::{root, zone_by_zone};

/// Every node's rank by name, and the node of every rank.
#[derive(Debug, Default)]
pub(super) struct Order {
    seen: Option<Moment>,
    ranks: Vec<u32>,
    nodes: Vec<NodeId>,
    /// As kube-scheduler lists them; made when it is first asked for.
    list: Vec<NodeId>,
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
        self.list.clear();
        self.ranks.clear();
        self.ranks.resize(cluster.node_places(), u32::MAX);
        for (rank, node) in (0..).zip(&self.nodes) {
            self.ranks[node.index()] = rank;
        }
    }

    /// The list of nodes, if it is not made yet.
    pub fn make_list(&mut self, cluster: &Cluster) {
        if self.list.is_empty() {
            self.list = zone_by_zone(cluster);
        }
    }

    /// All nodes as kube-scheduler lists them, if the list was made.
    pub fn list(&self) -> &[NodeId] {
        &self.list
    }

    /// The root of the heap of all nodes that passed.
    ///
    /// # Panics
    /// When none is among the best, or the list was not made.
    pub fn root(
        &self,
        feasible: impl Iterator<Item = Member>,
        best: impl Iterator<Item = Member>,
    ) -> NodeId {
        let mut passed = vec![None; self.ranks.len()];
        for member in feasible {
            passed[self.node(member.rank()).index()] = Some(false);
        }
        for member in best {
            passed[self.node(member.rank()).index()] = Some(true);
        }
        let list = self.list.iter().filter_map(|&node| Some((node, passed[node.index()]?)));
        root(list).expect("one of them is the best")
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
