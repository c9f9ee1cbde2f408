//! The orders of nodes that decide between equals: by name, and as kube-scheduler lists them.

use crate::kubernetes::scheduler::cluster::{Changes, Cluster, Moment};
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::ties::zone_by_zone;

/// Every node's rank by name, and kube-scheduler's list.
#[derive(Debug, Default)]
pub(super) struct Order {
    seen: Option<Moment>,
    ranks: Vec<u32>,
    /// As kube-scheduler lists them.
    list: Vec<NodeId>,
    /// Every node's place in the list.
    places: Vec<u32>,
    start: u32,
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
        let mut by_name: Vec<NodeId> = cluster.nodes().map(|node| node.id).collect();
        by_name.sort_by_key(|&node| &cluster.node(node).spec.name);
        self.list = zone_by_zone(cluster);
        self.ranks = inverse(&by_name, cluster.node_places());
        self.places = inverse(&self.list, cluster.node_places());
    }

    /// All nodes as kube-scheduler lists them.
    pub fn list(&self) -> &[NodeId] {
        &self.list
    }

    /// The place of a node in the list.
    pub fn place(&self, node: NodeId) -> u32 {
        self.places[node.index()]
    }

    /// Where in the list a search for nodes begins.
    pub fn start(&self) -> u32 {
        self.start
    }

    /// The next search begins here.
    pub fn start_at(&mut self, place: usize) {
        self.start = place as u32;
    }

    /// The rank of a node.
    pub fn rank(&self, node: NodeId) -> u32 {
        self.ranks[node.index()]
    }
}

/// Where each node stands in an order.
fn inverse(order: &[NodeId], nodes: usize) -> Vec<u32> {
    let mut places = vec![u32::MAX; nodes];
    for (place, node) in (0..).zip(order) {
        places[node.index()] = place;
    }
    places
}
