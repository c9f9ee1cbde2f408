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
    places: Vec<u32>,
    before: Vec<Standing>,
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
        let nodes = batch.nodes.iter().zip(&batch.places).zip(&batch.before);
        for (((&node, &place), &before), ((&kind, &passed), &own)) in nodes.zip(found) {
            let seat = if passed { self.seat(cluster, node, kind) } else { kind.seat() };
            let own = i32::try_from(own).expect("weighted scores are far below 2^31");
            self.stand(place, before, Standing { seat, own });
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
        debug_assert_eq!(self.key.len(), self.key_length, "as many numbers for every node");
        self.seats.with_key(&mut self.key, &mut self.groups)
    }

    /// Has a node stand elsewhere than before.
    #[inline]
    pub(super) fn stand(&mut self, place: u32, before: Standing, now: Standing) {
        if before == now {
            return;
        }
        self.seats.put(place, now);
        if before.seat != now.seat {
            self.change_seats(place, before, now);
        } else if let Some(group) = self.seats.group(now.seat) {
            // nearly always
            self.groups[group].shift(place, before.own, now.own);
        }
    }

    #[cold]
    fn change_seats(&mut self, place: u32, before: Standing, now: Standing) {
        let (from, to) = (self.seats.group(before.seat), self.seats.group(now.seat));
        if let Some(group) = from {
            self.groups[group].remove(place, before.own);
        }
        if let Some(group) = to {
            self.groups[group].add(place, now.own);
        }
        match (from.is_some(), to.is_some()) {
            (false, true) => self.passed.add(place),
            (true, false) => self.passed.remove(place),
            _ => {}
        }
    }
}

impl Batch {
    /// Finds the places and kinds of the nodes, and what kinds score; leaves out nodes on which
    /// pods of the shape can never run, as they are of no kind.
    fn look_up(&mut self, seats: &Seats, order: &Order) {
        let Self { nodes, places, before, kinds, own, .. } = self;
        // each by itself, as a loop that does nothing else has many come from memory at once
        places.extend(nodes.iter().map(|&node| order.place(node)));
        before.extend(places.iter().map(|&place| seats.standing(place)));
        if let Some(kind) = seats.only_kind() {
            // nearly always
            kinds.resize(nodes.len(), kind);
            own.resize(nodes.len(), seats.own(kind));
            return;
        }
        kinds.extend(before.iter().map(|standing| seats.kind_of(standing.seat)));
        if kinds.contains(&KindId::NONE) {
            leave_out(nodes, kinds);
            leave_out(places, kinds);
            leave_out(before, kinds);
            kinds.retain(|&kind| kind != KindId::NONE);
        }
        own.extend(kinds.iter().map(|&kind| seats.own(kind)));
    }

    fn clear(&mut self) {
        self.nodes.clear();
        self.places.clear();
        self.before.clear();
        self.kinds.clear();
        self.passed.clear();
        self.own.clear();
    }
}

/// Leaves out what belongs to nodes of no kind.
fn leave_out<T>(list: &mut Vec<T>, kinds: &[KindId]) {
    let mut each = kinds.iter();
    list.retain(|_| each.next() != Some(&KindId::NONE));
}
