//! The NUMA nodes of all hosts of a fleet, in step with the books of the hosts.

use super::fleet::Spot;
use super::item::Need;
use crate::placement::numa::{Bound, NodeMarks, NodeNeed, Nodes};
use crate::placement::{BinId, Pool, Resources};

/// Nodes by hosts, and the marks by which policies find those with room.
#[derive(Clone, Debug)]
pub struct FleetNodes {
    hosts: Vec<Nodes>,
    marks: NodeMarks,
    /// The most that a node of any host has.
    largest: Resources,
}

impl FleetNodes {
    /// Of these hosts, in the order of their bins. Marks take the kinds of resource from `first`
    /// on.
    pub fn new(hosts: Vec<Nodes>, first: usize) -> Self {
        let most = hosts.iter().map(Nodes::count).max().unwrap_or(0);
        let largest = hosts.iter().map(Nodes::largest).fold(Resources::ZERO, Resources::larger);
        Self { hosts, marks: NodeMarks::new(first, most), largest }
    }

    /// Those of a host.
    pub fn of(&self, host: BinId) -> &Nodes {
        &self.hosts[host.index()]
    }

    /// Whether a host could hold what is needed if it were empty.
    pub fn could_fit(&self, host: BinId, need: NodeNeed) -> bool {
        self.hosts[host.index()].could_fit(need)
    }

    /// The nodes that an item is bound to on a host that has room.
    pub fn tightest(&self, host: BinId, need: NodeNeed) -> Bound {
        self.hosts[host.index()].tightest(need, self.largest)
    }

    /// Amounts and marks that a bin must have for an item.
    pub fn asked<const K: usize>(&self, need: &Need<K>) -> Resources<K> {
        self.marks.asked(need.amounts, need.on_nodes())
    }

    /// Takes what is needed from the nodes of a spot, and from its host.
    ///
    /// # Panics
    /// When it has not so much.
    pub fn take<const K: usize>(&mut self, pool: &mut Pool<K>, need: &Need<K>, spot: Spot) {
        let nodes = &mut self.hosts[spot.host.index()];
        nodes.take(spot.nodes, need.on_nodes());
        pool.change(spot.host, |books| {
            books.take(need.amounts);
            self.marks.mark(books, nodes);
        });
    }

    /// Gives it back.
    ///
    /// # Panics
    /// When it was not taken.
    pub fn give<const K: usize>(&mut self, pool: &mut Pool<K>, need: &Need<K>, spot: Spot) {
        let nodes = &mut self.hosts[spot.host.index()];
        nodes.give(spot.nodes, need.on_nodes());
        pool.change(spot.host, |books| {
            books.give(need.amounts);
            self.marks.mark(books, nodes);
        });
    }

    /// Marks all bins.
    pub fn mark_all<const K: usize>(&self, pool: &mut Pool<K>) {
        for (nodes, bin) in self.hosts.iter().zip(pool.bins().ids()) {
            pool.change(bin, |books| self.marks.mark(books, nodes));
        }
    }
}
