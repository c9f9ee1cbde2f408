//! The nodes of a zone that wait for the taint `NoExecute`, and how fast they get it.

use std::collections::{BTreeSet, VecDeque};

use crate::engine::{SimDuration, SimTime};

/// One zone's queue. Its limiter is a token bucket that holds one token, so that the first node
/// goes at once and each other one interval after the last.
///
/// The source tries every 100 ms; here a node goes the moment it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneQueue {
    waiting: VecDeque<u32>,
    /// Those that had their turn, until they are removed.
    done: BTreeSet<u32>,
    interval: Option<SimDuration>,
    /// When the limiter has its token.
    token: SimTime,
}

impl ZoneQueue {
    /// An empty queue that lets one node go every `interval`; none with none.
    pub fn new(interval: Option<SimDuration>) -> Self {
        let (waiting, done) = (VecDeque::new(), BTreeSet::new());
        Self { waiting, done, interval, token: SimTime::ZERO }
    }

    /// A node is to get the taint. It has no second place in the queue, and no second turn before
    /// it was removed.
    pub fn add(&mut self, node: u32) {
        if !self.waiting.contains(&node) && !self.done.contains(&node) {
            self.waiting.push_back(node);
        }
    }

    /// A node is well again, gone, or lost the taint. Returns whether it was waiting.
    pub fn remove(&mut self, node: u32) -> bool {
        self.done.remove(&node);
        let waiting = self.waiting.len();
        self.waiting.retain(|&other| other != node);
        self.waiting.len() < waiting
    }

    /// Those that wait, the next one first.
    pub fn waiting(&self) -> impl Iterator<Item = u32> + '_ {
        self.waiting.iter().copied()
    }

    /// When the next one goes, if any does.
    pub fn next_time(&self, now: SimTime) -> Option<SimTime> {
        self.interval.filter(|_| !self.waiting.is_empty()).map(|_| self.token.max(now))
    }

    /// The node that gets the taint now, if one may. Every one that goes has its token, even one
    /// that turns out to be well.
    pub fn pop(&mut self, now: SimTime) -> Option<u32> {
        let interval = self.interval.filter(|_| self.token <= now)?;
        let node = self.waiting.pop_front()?;
        self.token = now.saturating_add(interval);
        self.done.insert(node);
        Some(node)
    }

    /// Another rate. The new limiter has its token at once if the old one had (`SwapLimiter`).
    pub fn set_interval(&mut self, interval: Option<SimDuration>, now: SimTime) {
        if self.interval == interval {
            return;
        }
        let full = self.interval.is_some() && self.token <= now;
        self.token = match interval {
            Some(interval) if !full => now.saturating_add(interval),
            _ => now,
        };
        self.interval = interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::controllers::pod::fixture::{at, secs};

    const TENTH: Option<SimDuration> = Some(secs(10));

    #[test]
    fn the_first_goes_at_once_and_the_others_every_ten_seconds() {
        let mut queue = ZoneQueue::new(TENTH);
        assert_eq!(queue.next_time(at(60)), None);
        [3, 1, 3, 2].into_iter().for_each(|node| queue.add(node));
        assert_eq!((queue.next_time(at(60)), queue.pop(at(60))), (Some(at(60)), Some(3)));
        assert_eq!((queue.pop(at(69)), queue.next_time(at(69))), (None, Some(at(70))));
        assert_eq!(queue.pop(at(70)), Some(1));
        assert!(queue.remove(2) && !queue.remove(2));
        assert_eq!(queue.next_time(at(75)), None);
        queue.add(3);
        assert_eq!(queue.next_time(at(75)), None, "it has the taint");
        queue.remove(3);
        queue.add(3);
        assert_eq!(queue.next_time(at(75)), Some(at(80)), "the token is not back before");
    }

    #[test]
    fn tokens_do_not_pile_up() {
        let mut queue = ZoneQueue::new(TENTH);
        [1, 2].into_iter().for_each(|node| queue.add(node));
        assert_eq!(queue.pop(at(1_000)), Some(1));
        assert_eq!(queue.next_time(at(1_000)), Some(at(1_010)));
    }

    #[test]
    fn a_stopped_queue_waits_a_whole_interval_when_it_goes_on() {
        let mut queue = ZoneQueue::new(None);
        queue.add(1);
        assert_eq!((queue.next_time(at(60)), queue.pop(at(60))), (None, None));
        queue.set_interval(TENTH, at(100));
        assert_eq!(queue.next_time(at(100)), Some(at(110)));
    }

    #[test]
    fn a_change_of_rate_keeps_a_token_that_was_there() {
        let mut queue = ZoneQueue::new(TENTH);
        queue.set_interval(Some(secs(100)), at(20));
        [1, 2, 3].into_iter().for_each(|node| queue.add(node));
        assert_eq!(queue.pop(at(20)), Some(1));
        queue.set_interval(TENTH, at(30));
        assert_eq!(queue.next_time(at(30)), Some(at(40)), "the old one had none");
        queue.set_interval(TENTH, at(35));
        assert_eq!(queue.next_time(at(35)), Some(at(40)), "the same rate changes nothing");
    }
}
