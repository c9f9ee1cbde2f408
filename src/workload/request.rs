//! Attempts: what is in flight between a client and a replica.
//!
//! A request is one attempt or, when the client tries again, several in turn; the later ones carry
//! on the account of the first.

use super::load_balancer::Leg;
use super::outside::Outside;
use super::service::{AppId, ReplicaId};
use crate::engine::{SimTime, Slab, Tag};

/// An attempt, safe to keep beyond its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptId(Tag);

impl AttemptId {
    /// The slot it is in: enough to find it by while it is known to be in flight.
    pub(super) fn slot(self) -> u32 {
        self.0.index
    }
}

/// One attempt at a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub app: AppId,
    /// The attempt of another app that waits for this one's answer.
    pub caller: Option<AttemptId>,
    /// The zone it comes from; none where that is outside of all.
    pub from: Option<u32>,
    /// The replica it was sent to, while one holds it.
    pub replica: Option<ReplicaId>,
    /// The number of the replica that it is for, where a table says so.
    pub to: Option<u32>,
    /// Its way from a load balancer to a target, while that waits for the answer.
    pub leg: Option<Leg>,
    /// When the client sent its first attempt.
    pub first_sent: SimTime,
    /// When this one was sent.
    pub sent: SimTime,
    /// CPU time it needs, in nanoseconds at a core of speed 1.0.
    pub demand: f64,
    /// Time it spends off the CPU, in nanoseconds.
    pub wait: u64,
    /// Reads and writes that it does.
    pub operations: u32,
    /// When these were asked of a disk, once they are.
    pub stored: SimTime,
    /// Its calls out of the cluster.
    pub outside: Outside,
    /// Attempts before this one.
    pub tries: u32,
    /// Stage of calls it is in.
    pub stage: u16,
    /// Calls of that stage that are not answered yet.
    pub pending: u16,
    /// The client has given up on it; the replica has not noticed.
    pub orphaned: bool,
}

/// All attempts in flight.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts(Slab<Attempt>);

impl Attempts {
    /// Puts a new attempt in.
    #[inline]
    pub fn insert(&mut self, attempt: Attempt) -> AttemptId {
        let slot = self.0.insert(attempt);
        self.in_slot(slot)
    }

    /// Asks for the memory of the attempt in a slot.
    #[inline]
    pub fn fetch(&self, slot: u32) {
        self.0.fetch(slot);
    }

    /// The replica that holds the attempt in a slot, if there is one and a replica does.
    #[inline]
    pub fn replica_of(&self, slot: u32) -> Option<ReplicaId> {
        self.0.get(slot)?.replica
    }

    /// Takes an attempt out for good.
    #[inline]
    pub fn remove(&mut self, id: AttemptId) {
        debug_assert!(self.is_live(id), "an attempt ends once");
        self.0.remove(id.slot());
    }

    /// Whether it is still in flight.
    #[inline]
    pub fn is_live(&self, id: AttemptId) -> bool {
        self.0.tagged(id.0).is_some()
    }

    /// Whether it is still in flight, and somebody waits for it.
    #[inline]
    pub fn is_waited_for(&self, id: AttemptId) -> bool {
        self.0.tagged(id.0).is_some_and(|attempt| !attempt.orphaned)
    }

    /// The attempt that is in a slot now.
    #[inline]
    pub fn in_slot(&self, slot: u32) -> AttemptId {
        AttemptId(self.0.tag(slot))
    }

    /// An attempt in flight.
    #[inline]
    pub fn get(&self, id: AttemptId) -> &Attempt {
        &self.0[id.slot()]
    }

    /// An attempt in flight.
    #[inline]
    pub fn get_mut(&mut self, id: AttemptId) -> &mut Attempt {
        &mut self.0[id.slot()]
    }

    /// All attempts that a replica holds, in the order of their slots.
    pub fn held_by(&self, replica: ReplicaId) -> Vec<AttemptId> {
        let held = self.0.iter().filter(|(_, attempt)| attempt.replica == Some(replica));
        held.map(|(slot, _)| self.in_slot(slot)).collect()
    }

    /// All attempts of an app that its load balancer has sent to a target, in the order of their
    /// slots.
    pub fn sent_to(&self, app: AppId, target: u32) -> Vec<AttemptId> {
        let sent = self.0.iter().filter(|(_, attempt)| {
            attempt.app == app && attempt.leg.is_some_and(|leg| leg.target == target)
        });
        sent.map(|(slot, _)| self.in_slot(slot)).collect()
    }

    /// All attempts in flight.
    pub fn iter(&self) -> impl Iterator<Item = &Attempt> {
        self.0.values()
    }

    /// Number of attempts in flight, orphans included.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}
