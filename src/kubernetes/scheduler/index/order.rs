//! The order of nodes that decides between equals.

use crate::kubernetes::scheduler::cluster::{Changes, Cluster, Moment};
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::ties::{TieBreak, zone_by_zone};

/// Every node's place in that order, and the node of every place.
#[derive(Debug, Default)]
pub(super) struct Order {
    seen: Option<Moment>,
    /// Whether it is that of the list, and not by name.
    as_listed: bool,
    nodes: Vec<NodeId>,
    places: Vec<u32>,
    /// As kube-scheduler lists them.
    list: Vec<NodeId>,
    start: u32,
}

impl Order {
    /// Sorts nodes anew if any came or went, or others are taken of equals than before: then it
    /// returns `false`, and what was known of places is void.
    pub fn update(&mut self, cluster: &Cluster, ties: &TieBreak) -> bool {
        let as_listed = matches!(ties, TieBreak::Heap);
        let same = as_listed == self.as_listed;
        let changes = cluster.changes();
        if let Some(seen) = self.seen
            && changes.since(seen) != Changes::Everything
            && same
        {
            self.seen = Some(changes.now());
            return true;
        }
        self.seen = Some(changes.now());
        self.as_listed = as_listed;
        self.list = zone_by_zone(cluster);
        self.nodes.clone_from(&self.list);
        if !as_listed {
            self.nodes.sort_by_key(|&node| &cluster.node(node).spec.name);
        }
        self.places = inverse(&self.nodes, cluster.node_places());
        same
    }

    /// All nodes as kube-scheduler lists them.
    pub fn list(&self) -> &[NodeId] {
        &self.list
    }

    /// How many nodes there are.
    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    /// The place of a node.
    #[inline]
    pub fn place(&self, node: NodeId) -> u32 {
        self.places[node.index()]
    }

    /// The node in a place.
    #[inline]
    pub fn node(&self, place: u32) -> NodeId {
        self.nodes[place as usize]
    }

    /// Where in the list a search for nodes begins.
    pub fn start(&self) -> u32 {
        self.start
    }

    /// The next search begins here.
    pub fn start_at(&mut self, place: usize) {
        self.start = place as u32;
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
