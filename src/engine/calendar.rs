//! The event calendar: what is to happen, in the total order (time, phase, sequence).
//!
//! A radix-64 timing wheel holds the far future and a small sorted run, the *near* run, holds
//! what comes next. Level `l` of the wheel has 64 slots of 64^l nanoseconds; an event goes to the
//! level of the highest six-bit digit in which its time differs from the wheel's origin, found by
//! one XOR and one count of leading zeros (after Varghese and Lauck, SOSP 1987). When the near run
//! is empty the first occupied slots become the new near run, while they are small enough to sort
//! in cache; a larger one is spread over the level below. So an event is moved a few times at most,
//! however many others are pending, and nothing is ever searched for.
//!
//! Events are never removed: state that may be superseded carries a generation, the event a copy
//! of it, and a handler drops an event whose generation is no longer current.

use std::collections::VecDeque;

use super::time::{SimDuration, SimTime};

const DIGIT_BITS: u32 = 6;
const SLOTS: usize = 1 << DIGIT_BITS;
/// 11 digits of 6 bits cover the 64 bits of a time.
const LEVELS: usize = 11;
/// A slot of at most this many events is sorted at once instead of spread over the next level.
const NEAR_FILL: usize = 48;
/// A near run of fewer gets the slots that follow as well: so it is known what comes next.
const NEAR_ENOUGH: usize = 24;
/// A near run that insertions have grown beyond this gives its later half back to the wheel.
const NEAR_LIMIT: usize = 160;

/// The order of events within one instant: capacity is freed, then work arrives, then decisions
/// are made in sight of both, then observers see the settled state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Something ends and gives back what it held.
    Release,
    /// Something new turns up.
    Arrive,
    /// A controller, scheduler or policy acts.
    Decide,
    /// A meter reads.
    Observe,
}

/// Where a component puts its own events, whatever event type the calendar behind it has.
pub trait Schedule<E> {
    /// The current instant.
    fn now(&self) -> SimTime;

    /// Has `event` fire at `time`, in `phase` of that instant, after all that were scheduled
    /// for the same instant and phase before it.
    ///
    /// # Panics
    /// When `time` lies in the past.
    fn at(&mut self, time: SimTime, phase: Phase, event: E);

    /// Has `event` fire `delay` from now. A time beyond the end of time is never reached.
    fn after(&mut self, delay: SimDuration, phase: Phase, event: E) {
        let time = self.now().saturating_add(delay);
        self.at(time, phase, event);
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    time: u64,
    /// Phase in the top two bits, sequence number below: one comparison orders both.
    order: u64,
    event: E,
}

impl<E> Entry<E> {
    fn key(&self) -> (u64, u64) {
        (self.time, self.order)
    }
}

/// Pending events of type `E`; see the [module documentation](self).
#[derive(Debug)]
pub struct Calendar<E> {
    now: SimTime,
    sequence: u64,
    pending: usize,
    fired: u64,
    /// Every pending event earlier than `horizon`, sorted.
    near: VecDeque<Entry<E>>,
    horizon: u64,
    /// What the digits of the wheel are relative to; no event in the wheel is earlier.
    origin: u64,
    /// Which slots of each level are occupied.
    occupied: [u64; LEVELS],
    slots: Vec<Vec<Entry<E>>>,
    /// Emptied slot buffers, for the next slot that needs one.
    spare: Vec<Vec<Entry<E>>>,
}

impl<E: Copy> Default for Calendar<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> Calendar<E> {
    /// An empty calendar at time zero.
    pub fn new() -> Self {
        Self {
            now: SimTime::ZERO,
            sequence: 0,
            pending: 0,
            fired: 0,
            near: VecDeque::with_capacity(2 * NEAR_LIMIT),
            horizon: 0,
            origin: 0,
            occupied: [0; LEVELS],
            slots: (0..LEVELS * SLOTS).map(|_| Vec::new()).collect(),
            spare: Vec::new(),
        }
    }

    /// The time of the event popped last.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Number of pending events.
    pub fn len(&self) -> usize {
        self.pending
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.pending == 0
    }

    /// Number of events popped so far.
    pub fn fired(&self) -> u64 {
        self.fired
    }

    /// Adds an event.
    ///
    /// # Panics
    /// When `time` lies in the past.
    pub fn push(&mut self, time: SimTime, phase: Phase, event: E) {
        assert!(time >= self.now, "an event for {time} was scheduled at {}", self.now);
        let order = (phase as u64) << 62 | self.sequence;
        self.sequence += 1;
        self.pending += 1;
        let entry = Entry { time: time.as_nanos(), order, event };
        if entry.time < self.horizon {
            self.insert_near(entry);
        } else {
            self.insert_far(entry);
        }
    }

    /// Removes the first event in the total order and moves the clock to its time.
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        if self.near.is_empty() && !self.refill() {
            return None;
        }
        let entry = self.near.pop_front()?;
        debug_assert!(entry.time >= self.now.as_nanos(), "time runs backwards");
        self.now = SimTime::from_nanos(entry.time);
        self.pending -= 1;
        self.fired += 1;
        Some((self.now, entry.event))
    }

    /// Like [`Calendar::pop`], but leaves events later than `end` pending; the clock then moves
    /// to `end`.
    pub fn pop_until(&mut self, end: SimTime) -> Option<(SimTime, E)> {
        if self.near.is_empty() && !self.refill() || self.near[0].time > end.as_nanos() {
            self.now = self.now.max(end);
            return None;
        }
        self.pop()
    }

    /// An event that is about to come: the next one, or so many after that. It may turn out that
    /// others come before it.
    #[inline]
    pub fn ahead(&self, places: usize) -> Option<E> {
        self.near.get(places).map(|entry| entry.event)
    }

    fn insert_near(&mut self, entry: Entry<E>) {
        let place = self.near.partition_point(|other| other.key() < entry.key());
        self.near.insert(place, entry);
        if self.near.len() > NEAR_LIMIT {
            self.shed_near();
        }
    }

    /// Gives the later part of an overgrown near run back to the wheel. Events of one instant
    /// stay together, so a run of ties is kept whole and the horizon drawn right behind it. What is
    /// earlier than the origin of the wheel stays: it was pushed after [`Calendar::pop_until`] had
    /// looked further ahead than the clock went.
    fn shed_near(&mut self) {
        let middle = self.near[self.near.len() / 2].time;
        let first = self.near[0].time;
        let horizon = if middle > first { middle } else { first + 1 }.max(self.origin);
        let keep = self.near.partition_point(|entry| entry.time < horizon);
        self.horizon = horizon;
        let mut later = self.spare.pop().unwrap_or_default();
        later.extend(self.near.drain(keep..));
        for entry in later.drain(..) {
            self.insert_far(entry);
        }
        self.spare.push(later);
    }

    fn insert_far(&mut self, entry: Entry<E>) {
        let differing = (entry.time ^ self.origin) | 1;
        let level = ((63 - differing.leading_zeros()) / DIGIT_BITS) as usize;
        let digit = (entry.time >> (level as u32 * DIGIT_BITS)) as usize % SLOTS;
        let slot = &mut self.slots[level * SLOTS + digit];
        if slot.capacity() == 0
            && let Some(buffer) = self.spare.pop()
        {
            *slot = buffer;
        }
        slot.push(entry);
        self.occupied[level] |= 1 << digit;
    }

    /// Makes the earliest occupied slots the near run. Returns whether there were any.
    #[cold]
    fn refill(&mut self) -> bool {
        loop {
            let Some((level, digit)) = self.first_slot() else { return false };
            self.occupied[level] &= !(1 << digit);
            let mut slot = std::mem::take(&mut self.slots[level * SLOTS + digit]);
            let width = level as u32 * DIGIT_BITS;
            let start = slot[0].time >> width << width;
            self.origin = start;
            self.horizon = start;
            if slot.len() <= NEAR_FILL || level == 0 {
                self.take_near(slot, width);
                self.take_more();
                return true;
            }
            for entry in slot.drain(..) {
                self.insert_far(entry);
            }
            self.spare.push(slot);
        }
    }

    /// Adds the slots that follow to a short near run, while they are small. The origin of the
    /// wheel stays where it is, so that a run that grows can be given back from anywhere.
    fn take_more(&mut self) {
        while self.near.len() < NEAR_ENOUGH
            && let Some((level, digit)) = self.first_slot()
            && self.slots[level * SLOTS + digit].len() <= NEAR_FILL
        {
            self.occupied[level] &= !(1 << digit);
            let slot = std::mem::take(&mut self.slots[level * SLOTS + digit]);
            self.take_near(slot, level as u32 * DIGIT_BITS);
        }
    }

    /// Level and digit of the earliest occupied slot, if there is one.
    fn first_slot(&self) -> Option<(usize, usize)> {
        let level = self.occupied.iter().position(|&bits| bits != 0)?;
        Some((level, self.occupied[level].trailing_zeros() as usize))
    }

    /// Puts all of a slot, of times of that many bits, at the end of the near run.
    fn take_near(&mut self, mut slot: Vec<Entry<E>>, width: u32) {
        slot.sort_unstable_by_key(Entry::key);
        self.horizon = (slot[0].time >> width << width).saturating_add(1 << width);
        self.near.extend(slot.drain(..));
        self.spare.push(slot);
    }
}

impl<E, W: Copy + From<E>> Schedule<E> for Calendar<W> {
    fn now(&self) -> SimTime {
        self.now
    }

    fn at(&mut self, time: SimTime, phase: Phase, event: E) {
        self.push(time, phase, W::from(event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn at(nanos: u64) -> SimTime {
        SimTime::from_nanos(nanos)
    }

    #[test]
    fn phases_order_events_of_one_instant_and_sequence_breaks_their_ties() {
        let mut calendar = Calendar::new();
        for (phase, name) in [
            (Phase::Observe, "o"),
            (Phase::Arrive, "a1"),
            (Phase::Release, "r"),
            (Phase::Decide, "d"),
            (Phase::Arrive, "a2"),
        ] {
            calendar.push(at(5), phase, name);
        }
        let order: Vec<_> = std::iter::from_fn(|| calendar.pop()).map(|(_, name)| name).collect();
        assert_eq!(order, ["r", "a1", "a2", "d", "o"]);
    }

    #[test]
    fn a_release_scheduled_by_a_decision_of_the_same_instant_fires_next() {
        let mut calendar = Calendar::new();
        calendar.push(at(5), Phase::Decide, "first");
        calendar.push(at(5), Phase::Observe, "last");
        assert_eq!(calendar.pop(), Some((at(5), "first")));
        calendar.push(at(5), Phase::Release, "second");
        assert_eq!(calendar.pop(), Some((at(5), "second")));
        assert_eq!(calendar.pop(), Some((at(5), "last")));
    }

    #[test]
    fn what_is_pushed_before_the_next_event_fires_before_it_however_much_that_is() {
        let mut calendar = Calendar::new();
        calendar.push(at(10_000_000), Phase::Arrive, 0);
        // the clock stops long before the only event
        assert_eq!(calendar.pop_until(at(100)), None);
        let times: Vec<u64> = (0..1000).map(|event| 101 + event * 7919 % 100_000).collect();
        times.iter().for_each(|&time| calendar.push(at(time), Phase::Arrive, time));
        let fired = std::iter::from_fn(|| calendar.pop()).map(|(time, _)| time.as_nanos());
        let mut expected = times.clone();
        expected.sort_unstable();
        expected.push(10_000_000);
        assert_eq!(fired.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn events_that_are_ahead_come_in_that_order_unless_others_come_before_them() {
        let mut calendar = Calendar::new();
        // in slots of their own, far apart
        (0..40).for_each(|event| calendar.push(at(1 + 1_000_000 * event), Phase::Arrive, event));
        assert_eq!(calendar.ahead(0), None);
        assert_eq!(calendar.pop().map(|(_, event)| event), Some(0));
        let ahead: Vec<_> = (0..8).filter_map(|places| calendar.ahead(places)).collect();
        assert_eq!(ahead, [1, 2, 3, 4, 5, 6, 7, 8]);
        calendar.push(at(500_000), Phase::Arrive, 100);
        assert_eq!((calendar.ahead(0), calendar.ahead(1)), (Some(100), Some(1)));
        let rest = std::iter::from_fn(|| calendar.pop()).map(|(_, event)| event);
        assert_eq!(rest.collect::<Vec<_>>(), [&[100], &(1..40).collect::<Vec<_>>()[..]].concat());
    }

    #[test]
    fn slots_that_were_taken_at_once_can_be_given_back() {
        let mut calendar = Calendar::new();
        let times = (0..60).map(|event| 1_000_000 * event);
        times.for_each(|time| calendar.push(at(time), Phase::Arrive, time));
        assert_eq!(calendar.pop(), Some((at(0), 0)));
        // between those that wait in the near run, more than it holds
        let more = (0..2000).map(|event| 1 + event * 7919 % 30_000_000);
        let mut expected: Vec<u64> = more.clone().chain((1..60).map(|it| 1_000_000 * it)).collect();
        more.for_each(|time| calendar.push(at(time), Phase::Arrive, time));
        expected.sort_unstable();
        let fired = std::iter::from_fn(|| calendar.pop()).map(|(_, event)| event);
        assert_eq!(fired.collect::<Vec<_>>(), expected);
    }

    #[test]
    #[should_panic(expected = "an event for 4ns was scheduled at 5ns")]
    fn the_past_is_refused() {
        let mut calendar = Calendar::new();
        calendar.push(at(5), Phase::Arrive, ());
        calendar.pop();
        calendar.push(at(4), Phase::Arrive, ());
    }

    #[test]
    fn popping_until_an_end_leaves_the_rest_and_moves_the_clock() {
        let mut calendar = Calendar::new();
        calendar.push(at(10), Phase::Arrive, 'a');
        calendar.push(at(20), Phase::Arrive, 'b');
        assert_eq!(calendar.pop_until(at(15)), Some((at(10), 'a')));
        assert_eq!(calendar.pop_until(at(15)), None);
        assert_eq!((calendar.now(), calendar.len()), (at(15), 1));
        calendar.push(at(16), Phase::Arrive, 'c');
        assert_eq!(calendar.pop(), Some((at(16), 'c')));
    }

    #[test]
    fn the_last_instant_of_time_can_be_scheduled() {
        let mut calendar = Calendar::new();
        calendar.push(SimTime::MAX, Phase::Arrive, 'z');
        calendar.push(at(0), Phase::Arrive, 'a');
        assert_eq!(calendar.pop().map(|(_, name)| name), Some('a'));
        assert_eq!(calendar.pop(), Some((SimTime::MAX, 'z')));
        assert_eq!(calendar.pop(), None);
    }

    /// What a step of the random test does: add events so far ahead, or take some out.
    #[derive(Debug, Clone)]
    enum Step {
        Push(u64, u8),
        Pop(u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        let delay =
            prop_oneof![Just(0u64), 0..4u64, 0..5_000u64, 0..10_000_000_000u64, 0..u64::MAX / 4,];
        prop_oneof![
            3 => (delay, 0..4u8).prop_map(|(delay, phase)| Step::Push(delay, phase)),
            1 => (1..8u8).prop_map(Step::Pop),
        ]
    }

    proptest! {
        #[test]
        fn events_come_out_in_the_order_of_a_plain_sorted_set(
            bursts in prop::collection::vec((step(), 1..300u32), 1..60)
        ) {
            let mut calendar = Calendar::new();
            let mut plain = BTreeSet::new();
            let mut sequence = 0u64;
            let phases = [Phase::Release, Phase::Arrive, Phase::Decide, Phase::Observe];
            for (step, times) in bursts {
                match step {
                    Step::Push(delay, phase) => for copy in 0..times {
                        let spread = delay / 7 * u64::from(copy % 7);
                        let time = calendar.now().as_nanos().saturating_add(spread);
                        calendar.push(at(time), phases[phase as usize], sequence);
                        plain.insert((time, phase, sequence));
                        sequence += 1;
                    },
                    Step::Pop(share) => for _ in 0..plain.len() / share as usize {
                        let (time, _, event) = plain.pop_first().unwrap();
                        prop_assert_eq!(calendar.pop(), Some((at(time), event)));
                    },
                }
                prop_assert_eq!(calendar.len(), plain.len());
            }
            while let Some((time, _, event)) = plain.pop_first() {
                prop_assert_eq!(calendar.pop(), Some((at(time), event)));
            }
            prop_assert_eq!(calendar.pop(), None);
        }
    }
}
