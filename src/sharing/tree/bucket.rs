//! Buckets: leaves of one group that are alike, and so get the same rate at all times.
//!
//! Their common service is kept by one clock, and what is next to happen in each of them is a
//! reading of that clock. When the rate changes, because some other leaf wakes up or falls asleep,
//! only the clock is touched, however many leaves go by it.

use super::heap::KeyedHeap;
use crate::engine::{SimDuration, SimTime};
use crate::sharing::water_fill::Claim;

/// Event times are rounded up to the nanosecond after taking off this much, so that rounding in
/// the last digits does not cost a whole nanosecond.
const GRACE: f64 = 0.01;

/// Leaves of equal weight, floor and demand.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// What each member claims; `count` is the number of members.
    pub claim: Claim,
    /// Cores each member gets.
    rate: f64,
    /// Core-nanoseconds each member has been given, at `since`.
    clock: f64,
    since: SimTime,
    /// Members by the clock reading at which something happens in them.
    due: KeyedHeap,
    /// When the clock will show what the first member waits for.
    next: SimTime,
}

impl Bucket {
    /// An empty bucket for leaves with this claim.
    pub fn new(claim: Claim, rate: f64, now: SimTime) -> Self {
        let claim = Claim { count: 0.0, ..claim };
        Self { claim, rate, clock: 0.0, since: now, due: KeyedHeap::default(), next: SimTime::MAX }
    }

    /// Whether leaves with `claim` belong here.
    pub fn takes(&self, claim: &Claim) -> bool {
        self.claim.cap == claim.cap
            && self.claim.weight == claim.weight
            && self.claim.floor == claim.floor
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.claim.count == 0.0
    }

    /// Cores each member gets.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// The clock at `now`.
    pub fn reading(&self, now: SimTime) -> f64 {
        self.clock + self.rate * now.since(self.since).as_nanos() as f64
    }

    /// Gives each member `rate` cores from `now` on.
    pub fn set_rate(&mut self, rate: f64, now: SimTime) {
        if rate != self.rate {
            self.clock = self.reading(now);
            self.since = now;
            self.rate = rate;
            self.find_next();
        }
    }

    /// When the clock will show what the first member waits for.
    pub fn next(&self) -> SimTime {
        self.next
    }

    /// The member that waits for the lowest reading.
    pub fn first_due(&self) -> Option<u32> {
        self.due.peek().map(|(_, member)| member)
    }

    /// Has something happen in `member` when the clock shows `reading`; never, without one.
    pub fn set_due(&mut self, member: u32, reading: Option<f64>, places: &mut [u32]) {
        match reading {
            Some(reading) => self.due.set(member, reading, places),
            None => self.due.remove(member, places),
        }
        self.find_next();
    }

    /// Makes an empty bucket over for leaves with another claim, keeping its memory.
    pub fn make_over(&mut self, claim: Claim, rate: f64, now: SimTime) {
        debug_assert!(self.is_empty() && self.due.peek().is_none());
        let due = std::mem::take(&mut self.due);
        *self = Self { due, ..Self::new(claim, rate, now) };
    }

    fn find_next(&mut self) {
        self.next = match self.due.peek() {
            Some((reading, _)) if self.rate > 0.0 => {
                let wait = ((reading - self.clock) / self.rate - GRACE).max(0.0);
                // rounded up, without the call that `ceil` is on older processors
                let whole = wait as u64;
                let nanos = whole + u64::from((whole as f64) < wait);
                self.since.saturating_add(SimDuration::from_nanos(nanos))
            }
            _ => SimTime::MAX,
        };
    }
}
