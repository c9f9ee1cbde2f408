//! Timers that all run equally long, as the timeouts of one app's requests do.
//!
//! Because the delay is one and the same, deadlines fall due in the order in which they were set,
//! and a plain queue is a priority queue. Nearly all timers are never needed, since the request
//! ends first: they are not removed then but skipped when they reach the front, where the owner
//! is asked whether a token is `finished`. A token should carry a generation, so that one that was
//! reused is not mistaken for its predecessor.
//!
//! The owner keeps one event pending for the earliest deadline instead of one per request: when
//! [`Deadlines::arm`] sets the first or the event fires, it schedules the next for
//! [`Deadlines::next`]. An event whose timer finished in the meantime finds nothing due.
//!
//! Cost: O(1) amortised each, a few nanoseconds; no allocation once the queue has reached its size.

use std::collections::VecDeque;

use crate::engine::{SimDuration, SimTime};

/// Pending timers of one delay, by a token of the owner's.
#[derive(Clone, Debug)]
pub struct Deadlines<T> {
    delay: SimDuration,
    queue: VecDeque<(SimTime, T)>,
}

impl<T: Copy> Deadlines<T> {
    /// No timers yet; all will run for `delay`.
    pub fn new(delay: SimDuration) -> Self {
        Self { delay, queue: VecDeque::new() }
    }

    /// How long each timer runs.
    pub fn delay(&self) -> SimDuration {
        self.delay
    }

    /// Number of timers kept, finished ones among them.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether no timer is kept.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Starts a timer and tells its deadline. `now` must not go back from call to call.
    #[inline]
    pub fn arm(&mut self, now: SimTime, token: T) -> SimTime {
        let deadline = now.saturating_add(self.delay);
        debug_assert!(self.queue.back().is_none_or(|&(last, _)| last <= deadline));
        self.queue.push_back((deadline, token));
        deadline
    }

    /// The earliest deadline of a timer that is not `finished`; those before it are forgotten.
    pub fn next(&mut self, mut finished: impl FnMut(T) -> bool) -> Option<SimTime> {
        while let Some(&(deadline, token)) = self.queue.front() {
            if !finished(token) {
                return Some(deadline);
            }
            self.queue.pop_front();
        }
        None
    }

    /// Moves the tokens of the timers whose deadline is `now` or earlier to `due`, except for those
    /// that are `finished`, in the order in which they were started.
    pub fn expired(&mut self, now: SimTime, mut finished: impl FnMut(T) -> bool, due: &mut Vec<T>) {
        while let Some(&(_, token)) = self.queue.front().filter(|(deadline, _)| *deadline <= now) {
            self.queue.pop_front();
            if !finished(token) {
                due.push(token);
            }
        }
    }

    /// Forgets up to two finished timers at the front. Called with each [`Deadlines::arm`], it
    /// keeps a long delay from keeping every request of that time: the queue is then about as long
    /// as the number of requests that began since the oldest unfinished one.
    #[inline]
    pub fn trim(&mut self, mut finished: impl FnMut(T) -> bool) {
        for _ in 0..2 {
            match self.queue.front() {
                Some(&(_, token)) if finished(token) => self.queue.pop_front(),
                _ => return,
            };
        }
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
    fn timers_expire_at_their_deadline_in_the_order_they_were_started() {
        let mut timers = Deadlines::new(SimDuration::from_nanos(10));
        assert_eq!(timers.arm(at(0), 'a'), at(10));
        timers.arm(at(3), 'b');
        timers.arm(at(3), 'c');
        timers.arm(at(4), 'd');
        let mut due = Vec::new();
        timers.expired(at(9), |_| false, &mut due);
        assert_eq!(due, []);
        timers.expired(at(13), |token| token == 'b', &mut due);
        assert_eq!(due, ['a', 'c']);
        assert_eq!((timers.next(|_| false), timers.len()), (Some(at(14)), 1));
    }

    #[test]
    fn the_next_deadline_is_that_of_the_first_unfinished_timer() {
        let mut timers = Deadlines::new(SimDuration::from_nanos(10));
        for token in 0..5 {
            timers.arm(at(token), token);
        }
        assert_eq!(timers.next(|token| token < 3), Some(at(13)));
        assert_eq!(timers.next(|_| true), None);
        assert!(timers.is_empty());
    }

    #[test]
    fn a_delay_without_end_never_expires() {
        let mut timers = Deadlines::new(SimDuration::MAX);
        assert_eq!(timers.arm(at(5), ()), SimTime::MAX);
    }

    #[test]
    fn trimming_keeps_a_long_delay_from_keeping_every_request() {
        let mut timers = Deadlines::new(SimDuration::from_secs(30));
        let mut longest = 0;
        for request in 0..100_000u64 {
            // each request ends when the tenth after it begins
            timers.trim(|token| token + 10 < request);
            timers.arm(at(request), request);
            longest = longest.max(timers.len());
        }
        assert!(longest <= 12, "{longest}");
    }

    proptest! {
        #[test]
        fn every_timer_either_expires_on_time_or_had_finished(
            steps in prop::collection::vec((0..20u64, 0..4u8, any::<prop::sample::Index>()), 1..300)
        ) {
            let delay = 50;
            let mut timers = Deadlines::new(SimDuration::from_nanos(delay));
            let mut plain: Vec<(u64, usize)> = Vec::new();
            let mut finished = BTreeSet::new();
            let (mut now, mut due) = (0, Vec::new());
            for (token, (pause, kind, which)) in steps.into_iter().enumerate() {
                now += pause;
                timers.expired(at(now), |token| finished.contains(&token), &mut due);
                let ready = |&(deadline, token): &(u64, usize)| {
                    deadline <= now && !finished.contains(&token)
                };
                let expected: Vec<usize> =
                    plain.iter().filter(|&entry| ready(entry)).map(|&(_, token)| token).collect();
                prop_assert_eq!(&due, &expected);
                due.clear();
                plain.retain(|&(deadline, _)| deadline > now);
                match kind {
                    0 if token > 0 => { finished.insert(which.index(token)); }
                    1 => timers.trim(|token| finished.contains(&token)),
                    _ => {
                        timers.arm(at(now), token);
                        plain.push((now + delay, token));
                    }
                }
                let first = plain.iter().find(|(_, token)| !finished.contains(token));
                let next = timers.next(|token| finished.contains(&token));
                prop_assert_eq!(next, first.map(|&(deadline, _)| at(deadline)));
            }
        }
    }
}
