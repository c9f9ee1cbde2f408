//! Bringing results about one shape up to date: nodes that changed are looked at together.
//!
//! Plugins are asked about all of them in turn, each once, and not about each node by all plugins:
//! what a plugin does is then a short loop, and what nodes and results are read from comes from
//! memory at once.

use super::class::Class;
use super::order::Order;
use super::seats::{KindId, SeatId, Seats, Standing};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::Scope;
use crate::kubernetes::scheduler::node::NodeId;

/// Nodes to be looked at, and what is found out about each. Its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub nodes: Vec<NodeId>,
    ranks: Vec<u32>,
    seats: Vec<SeatId>,
    kinds: Vec<KindId>,
    passed: Vec<bool>,
    own: Vec<i64>,
}

impl Class {
    /// Puts the nodes of the batch where they belong now.
    pub(super) fn refresh(&mut self, cluster: &Cluster, order: &Order) {
        let mut batch = std::mem::take(&mut self.batch);
        batch.look_up(&self.seats, order);
        batch.passed.resize(batch.nodes.len(), true);
        let (filters, scores) = (&self.filters, &self.scores);
        filters.pass(cluster, &batch.nodes, |scope| scope == Scope::Pods, &mut batch.passed);
        scores.add_own(cluster, &batch.nodes, |scope| scope != Scope::Node, &mut batch.own);
        let found = batch.kinds.iter().zip(&batch.passed).zip(&batch.own);
        let nodes = batch.nodes.iter().zip(&batch.ranks);
        for ((&node, &rank), ((&kind, &passed), &own)) in nodes.zip(found) {
            let seat = if passed { self.seat(cluster, node, kind) } else { kind.seat() };
            let own = i32::try_from(own).expect("weighted scores are far below 2^31");
            self.stand(rank, Standing { seat, own }, order);
        }
        batch.clear();
        self.batch = batch;
    }

    /// The seat of a node of a kind on which pods of the shape can run.
    #[inline]
    fn seat(&mut self, cluster: &Cluster, node: NodeId, kind: KindId) -> SeatId {
        if let Some(seat) = self.seats.only_one(kind) {
            return seat;
        }
        self.find_key(cluster, cluster.node(node), kind.number());
        self.seats.with_key(&mut self.key, &mut self.groups)
    }

    /// Has a node stand elsewhere than before.
    #[inline]
    pub(super) fn stand(&mut self, rank: u32, now: Standing, order: &Order) {
        let before = self.seats.put(rank, now);
        if before == now {
            return;
        }
        match (self.seats.group(before.seat), self.seats.group(now.seat)) {
            // nearly always
            (Some(from), Some(to)) if from == to => {
                self.groups[to].shift(rank, before.own, now.own);
            }
            (from, to) => {
                if let Some(group) = from {
                    self.groups[group].remove(rank, before.own);
                }
                if let Some(group) = to {
                    self.groups[group].add(rank, now.own);
                }
                let place = order.place(order.node(rank));
                match (from.is_some(), to.is_some()) {
                    (false, true) => self.passed.add(place),
                    (true, false) => self.passed.remove(place),
                    _ => {}
                }
            }
        }
    }
}

impl Batch {
    /// Finds the ranks and kinds of the nodes, and what kinds score; leaves out nodes on which pods
    /// of the shape can never run, as they are of no kind.
    fn look_up(&mut self, seats: &Seats, order: &Order) {
        let Self { nodes, ranks, seats: taken, kinds, own, .. } = self;
        ranks.extend(nodes.iter().map(|&node| order.rank(node)));
        // by itself, as a loop that does nothing else has many of them come from memory at once
        taken.extend(ranks.iter().map(|&rank| seats.seat(rank)));
        kinds.extend(taken.iter().map(|&seat| seats.kind_of(seat)));
        if kinds.contains(&KindId::NONE) {
            let (mut of_nodes, mut of_ranks) = (kinds.iter(), kinds.iter());
            nodes.retain(|_| of_nodes.next() != Some(&KindId::NONE));
            ranks.retain(|_| of_ranks.next() != Some(&KindId::NONE));
            kinds.retain(|&kind| kind != KindId::NONE);
        }
        own.extend(kinds.iter().map(|&kind| seats.own(kind)));
    }

    fn clear(&mut self) {
        self.nodes.clear();
        self.ranks.clear();
        self.seats.clear();
        self.kinds.clear();
        self.passed.clear();
        self.own.clear();
    }
}
