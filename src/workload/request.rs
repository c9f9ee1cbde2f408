//! Attempts: what is in flight between a client and a replica.
//!
//! A request is one attempt or, when the client tries again, several in turn; the later ones carry
//! on the account of the first. Slots are reused, and a generation tells a slot's users apart.

use super::service::{AppId, ReplicaId};
use crate::engine::SimTime;

/// An attempt, safe to keep beyond its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptId {
    pub(super) slot: u32,
    pub(super) generation: u32,
}

/// One attempt at a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub app: AppId,
    /// The attempt of another app that waits for this one's answer.
    pub caller: Option<AttemptId>,
    /// The replica it was sent to, while one holds it.
    pub replica: Option<ReplicaId>,
    /// When the client sent its first attempt.
    pub first_sent: SimTime,
    /// When this one was sent.
    pub sent: SimTime,
    /// CPU time it needs, in nanoseconds at a core of speed 1.0.
    pub demand: f64,
    /// Time it spends off the CPU, in nanoseconds.
    pub wait: u64,
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
pub(super) struct Attempts {
    slots: Vec<(u32, Option<Attempt>)>,
    free: Vec<u32>,
}

impl Attempts {
    /// Puts a new attempt in.
    pub fn insert(&mut self, attempt: Attempt) -> AttemptId {
        match self.free.pop() {
            Some(slot) => {
                let entry = &mut self.slots[slot as usize];
                entry.1 = Some(attempt);
                AttemptId { slot, generation: entry.0 }
            }
            None => {
                self.slots.push((0, Some(attempt)));
                AttemptId { slot: self.slots.len() as u32 - 1, generation: 0 }
            }
        }
    }

    /// Takes an attempt out for good.
    pub fn remove(&mut self, id: AttemptId) {
        let entry = &mut self.slots[id.slot as usize];
        debug_assert_eq!(entry.0, id.generation, "an attempt ends once");
        entry.0 = entry.0.wrapping_add(1);
        entry.1 = None;
        self.free.push(id.slot);
    }

    /// Whether it is still in flight.
    pub fn is_live(&self, id: AttemptId) -> bool {
        let entry = &self.slots[id.slot as usize];
        entry.0 == id.generation && entry.1.is_some()
    }

    /// The attempt that is in a slot now.
    pub fn in_slot(&self, slot: u32) -> AttemptId {
        AttemptId { slot, generation: self.slots[slot as usize].0 }
    }

    /// An attempt in flight.
    pub fn get(&self, id: AttemptId) -> &Attempt {
        self.slots[id.slot as usize].1.as_ref().expect("the attempt is in flight")
    }

    /// An attempt in flight.
    pub fn get_mut(&mut self, id: AttemptId) -> &mut Attempt {
        self.slots[id.slot as usize].1.as_mut().expect("the attempt is in flight")
    }

    /// All attempts that a replica holds, in the order of their slots.
    pub fn held_by(&self, replica: ReplicaId) -> Vec<AttemptId> {
        let held = |attempt: &Option<Attempt>| {
            attempt.as_ref().is_some_and(|attempt| attempt.replica == Some(replica))
        };
        (0u32..)
            .zip(&self.slots)
            .filter(|(_, (_, attempt))| held(attempt))
            .map(|(slot, &(generation, _))| AttemptId { slot, generation })
            .collect()
    }

    /// All attempts in flight.
    pub fn iter(&self) -> impl Iterator<Item = &Attempt> {
        self.slots.iter().filter_map(|(_, attempt)| attempt.as_ref())
    }

    /// Number of attempts in flight, orphans included.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }
}
