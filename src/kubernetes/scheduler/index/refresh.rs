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
    seats: Vec<SeatId>,
    kinds: Vec<KindId>,
    passed: Vec<bool>,
    own: Vec<i64>,
}

impl Class {
    /// Puts the nodes of the batch where they belong now.
    pub(super) fn refresh(&mut self, cluster: &Cluster, order: &Order) {
        let mut batch = std::mem::take(&mut self.batch);
        batch.look_up(&self.seats);
        batch.passed.resize(batch.nodes.len(), true);
        let (filters, scores) = (&self.filters, &self.scores);
        filters.pass(cluster, &batch.nodes, |scope| scope == Scope::Pods, &mut batch.passed);
        scores.add_own(cluster, &batch.nodes, |scope| scope != Scope::Node, &mut batch.own);
        let found = batch.kinds.iter().zip(&batch.passed).zip(&batch.own);
        for (&node, ((&kind, &passed), &own)) in batch.nodes.iter().zip(found) {
            let seat = if passed { self.seat(cluster, node, kind) } else { kind.seat() };
            let own = i32::try_from(own).expect("weighted scores are far below 2^31");
            self.stand(node, Standing { seat, own }, order);
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
    pub(super) fn stand(&mut self, node: NodeId, now: Standing, order: &Order) {
        let before = self.seats.put(node, now);
        if before.seat != now.seat {
            self.change_seats(node, before, now, order);
        } else if before.own != now.own
            && let Some(group) = self.seats.group(now.seat)
        {
            // nearly always
            self.groups[group].shift(node, before.own, now.own);
        }
    }

    fn change_seats(&mut self, node: NodeId, before: Standing, now: Standing, order: &Order) {
        let (from, to) = (self.seats.group(before.seat), self.seats.group(now.seat));
        if let Some(group) = from {
            self.groups[group].remove(node, before.own);
        }
        if let Some(group) = to {
            self.groups[group].add(node, now.own);
        }
        match (from.is_some(), to.is_some()) {
            (false, true) => self.passed.add(order.place(node)),
            (true, false) => self.passed.remove(order.place(node)),
            _ => {}
        }
    }
}

impl Batch {
    /// Finds the kinds of the nodes, and what those score; leaves out nodes on which pods of the
    /// shape can never run, as they are of no kind.
    fn look_up(&mut self, seats: &Seats) {
        let Self { nodes, seats: taken, kinds, own, .. } = self;
        // by itself, as a loop that does nothing else has many of them come from memory at once
        taken.extend(nodes.iter().map(|&node| seats.seat(node)));
        kinds.extend(taken.iter().map(|&seat| seats.kind_of(seat)));
        if kinds.contains(&KindId::NONE) {
            let mut each = kinds.iter();
            nodes.retain(|_| each.next() != Some(&KindId::NONE));
            kinds.retain(|&kind| kind != KindId::NONE);
        }
        own.extend(kinds.iter().map(|&kind| seats.own(kind)));
    }

    fn clear(&mut self) {
        self.nodes.clear();
        self.seats.clear();
        self.kinds.clear();
        self.passed.clear();
        self.own.clear();
    }
}
