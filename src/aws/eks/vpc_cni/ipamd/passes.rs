//! Which passes may change something: the others need not be made.
//!
//! What a pass does depends on the pods of the node, on what has cooled down, and on how long ago
//! something was done or refused. So while pods neither come nor go it is known when the next pass
//! is that does anything, and that none is.

use super::{BACKOFF, DECREASE, FIRST_PASS, Ipamd, PASS};
use crate::engine::{SimDuration, SimTime};

impl Ipamd {
    /// When the next pass after now is that may change something: [`Ipamd::wake`]. None for as
    /// long as pods neither come nor go, and no slot is free that was taken.
    pub fn due(&self, now: SimTime) -> Option<SimTime> {
        if let Some(comes) = self.awaits() {
            return Some(comes);
        }
        let later = now.saturating_add(SimDuration::from_nanos(1));
        Some(self.pass_from(self.changes_from()?.max(later)))
    }

    /// When that is there which EC2 was asked for, if anything was.
    pub fn awaits(&self) -> Option<SimTime> {
        self.coming.as_ref().map(|_| self.next)
    }

    /// A volume has left the instance: there may be a slot for an interface that had none.
    pub fn slot_is_free(&mut self) {
        self.is_blocked = false;
    }

    /// The node takes no more pods, or takes them again.
    pub fn cordon(&mut self, is_cordoned: bool) {
        self.is_cordoned = is_cordoned;
    }

    /// The machine has booted: it has no pods, and the daemon starts anew.
    pub fn restart(&mut self, now: SimTime) {
        self.store.release_all();
        self.next = now.saturating_add(FIRST_PASS);
        (self.decreased, self.refused, self.is_blocked) = (None, None, false);
    }

    /// Whether there will be no more addresses: all interfaces that there can be are attached, and
    /// full.
    pub fn is_grown(&self) -> bool {
        let is_custom = self.settings.network.is_custom;
        self.interfaces.count() >= self.most_enis
            && self.store.with_room(self.shape.blocks(), is_custom).is_none()
            && self.coming.is_none()
    }

    /// Whether another interface can be asked for.
    pub(super) fn may_attach(&self) -> bool {
        !self.is_blocked && self.interfaces.count() < self.most_enis
    }

    /// The earliest time from which on a pass changes something.
    fn changes_from(&self) -> Option<SimTime> {
        let (targets, stats, shape) = (&self.settings.targets, self.store.stats(), &self.shape);
        let after = |last: Option<SimTime>, wait| {
            last.map_or(SimTime::ZERO, |last| last.saturating_add(wait))
        };
        let moves = if targets.is_low(&stats, shape) {
            let room = self.store.with_room(shape.blocks(), self.settings.network.is_custom);
            let can_grow = room.is_some() || self.may_attach();
            (can_grow && !self.is_cordoned).then(|| after(self.refused, BACKOFF))
        } else {
            (targets.surplus(&stats, shape) > 0).then(|| after(self.decreased, DECREASE))
        };
        let frees = targets.may_free_interface(&stats, shape, self.store.has_unused());
        let frees = (frees && !self.is_cordoned)
            .then(|| self.store.unused_from(targets, shape.has_prefixes))
            .flatten();
        moves.into_iter().chain(frees).min()
    }

    /// The first pass that is not before this.
    fn pass_from(&self, time: SimTime) -> SimTime {
        if time <= self.next {
            return self.next;
        }
        let passes = time.since(self.next).as_nanos().div_ceil(PASS.as_nanos());
        self.next.saturating_add(PASS * passes)
    }
}
