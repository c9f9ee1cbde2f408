//! A line: first come, first served, by a server whose speed changes.
//!
//! A piece of work needs some of each of two things (of a disk: operations and bytes), and what
//! serves it gives both at rates that its owner sets: the head of the line is done when it has had
//! all it needs of the scarcer one. Between changes of the rates everything is linear, so that the
//! end of the head is known, exactly, and rounded to a nanosecond once. Everything costs O(1).

use std::collections::VecDeque;

use crate::engine::{SimDuration, SimTime};

/// So much of each of the two things, in any units, or so much a second.
pub type Pair = [f64; 2];

/// A piece of work that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served<T> {
    /// What it is known by.
    pub token: T,
    /// When it became the head.
    pub begun: SimTime,
}

/// See the [module documentation](self). `T` is what a piece of work is known by to its owner.
#[derive(Clone, Debug)]
pub struct Line<T> {
    waiting: VecDeque<(Pair, T)>,
    /// When the head became that.
    begun: SimTime,
    /// The part of the head that was not done at `since`.
    left: f64,
    since: SimTime,
    /// Parts of the head that are done in a second.
    speed: f64,
    done: SimTime,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            begun: SimTime::ZERO,
            left: 0.0,
            since: SimTime::ZERO,
            speed: 0.0,
            done: SimTime::MAX,
        }
    }
}

/// How much of a piece of work that needs `need` is done in a second at these rates; none is needed
/// of what is 0.
pub fn speed(need: Pair, rates: Pair) -> f64 {
    let of = |index: usize| if need[index] > 0.0 { rates[index] / need[index] } else { f64::MAX };
    of(0).min(of(1))
}

impl<T: Copy> Line<T> {
    /// At the end of the line. One that becomes the head gets nothing before
    /// [`set_speed`](Self::set_speed).
    pub fn push(&mut self, now: SimTime, need: Pair, token: T) {
        self.waiting.push_back((need, token));
        if self.waiting.len() == 1 {
            self.head_begins(now);
        }
    }

    /// What the head needs, in all.
    pub fn head(&self) -> Option<Pair> {
        self.waiting.front().map(|(need, _)| *need)
    }

    /// Pieces of work in the line, the head among them.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// From now on so much of the head is done in a second, until there is another head.
    pub fn set_speed(&mut self, now: SimTime, speed: f64) {
        if self.is_empty() || speed == self.speed {
            return;
        }
        let passed = now.since(self.since).as_secs_f64();
        self.left = if now < self.done { (self.left - self.speed * passed).max(0.0) } else { 0.0 };
        (self.since, self.speed) = (now, speed);
        self.done = match speed {
            0.0 => SimTime::MAX,
            speed => now.saturating_add(SimDuration::from_secs_f64(self.left / speed)),
        };
    }

    /// When the head will be done at this speed; [`SimTime::MAX`] for never.
    pub fn done(&self) -> SimTime {
        self.done
    }

    /// Takes the head off if it is done; the next one gets nothing before
    /// [`set_speed`](Self::set_speed).
    pub fn pop(&mut self, now: SimTime) -> Option<Served<T>> {
        if now < self.done {
            return None;
        }
        let (_, token) = self.waiting.pop_front()?;
        let served = Served { token, begun: self.begun };
        self.head_begins(now);
        Some(served)
    }

    /// Drops what `keep` does not want, done in part or not.
    pub fn retain(&mut self, now: SimTime, mut keep: impl FnMut(T) -> bool) {
        let keeps_head = self.waiting.front().is_some_and(|(_, token)| keep(*token));
        let mut first = true;
        self.waiting.retain(
            |(_, token)| {
                if std::mem::take(&mut first) { keeps_head } else { keep(*token) }
            },
        );
        if !keeps_head {
            self.head_begins(now);
        }
    }

    fn head_begins(&mut self, now: SimTime) {
        let left = if self.is_empty() { 0.0 } else { 1.0 };
        (self.begun, self.since) = (now, now);
        (self.left, self.speed, self.done) = (left, 0.0, SimTime::MAX);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn millis(millis: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_millis(millis)
    }

    #[test]
    fn one_is_served_after_another_by_what_is_scarcer() {
        let mut line = Line::default();
        let rates = [100.0, 1000.0];
        line.push(millis(0), [10.0, 10.0], 'a');
        line.push(millis(0), [1.0, 500.0], 'b');
        // 10 operations at 100 a second; then 500 bytes at 1000
        line.set_speed(millis(0), speed(line.head().unwrap(), rates));
        assert_eq!((line.done(), line.pop(millis(99))), (millis(100), None));
        assert_eq!(line.pop(millis(100)), Some(Served { token: 'a', begun: millis(0) }));
        assert_eq!(line.done(), SimTime::MAX);
        line.set_speed(millis(100), speed(line.head().unwrap(), rates));
        assert_eq!(line.done(), millis(600));
        // half done when the rates are halved
        line.set_speed(millis(350), speed(line.head().unwrap(), [50.0, 500.0]));
        assert_eq!(line.done(), millis(850));
        assert_eq!(line.pop(millis(850)), Some(Served { token: 'b', begun: millis(100) }));
        assert!(line.is_empty() && line.pop(millis(900)).is_none());
    }

    #[test]
    fn a_server_that_stands_still_goes_on_where_it_was() {
        let mut line = Line::default();
        line.push(millis(5), [1.0, 0.0], 1);
        line.set_speed(millis(5), 2.0);
        line.set_speed(millis(255), 0.0);
        assert_eq!(line.done(), SimTime::MAX);
        line.set_speed(millis(10_000), 4.0);
        assert_eq!(line.done(), millis(10_125));
    }

    #[test]
    fn who_leaves_the_line_is_served_no_more() {
        let mut line = Line::default();
        for token in 0..4 {
            line.push(millis(0), [1.0, 1.0], token);
        }
        line.set_speed(millis(0), 1.0);
        line.retain(millis(400), |token| token != 2);
        // the head goes on
        assert_eq!((line.len(), line.done()), (3, millis(1000)));
        line.retain(millis(500), |token| token != 0);
        assert_eq!((line.len(), line.done()), (2, SimTime::MAX));
        line.set_speed(millis(500), 1.0);
        assert_eq!(line.pop(millis(1500)), Some(Served { token: 1, begun: millis(500) }));
    }

    proptest! {
        /// Against Lindley's recursion: each begins when it comes or when the one before is done.
        #[test]
        fn ends_are_those_of_lindley(
            jobs in prop::collection::vec((0..50_u64, 1..40_u32), 1..40),
        ) {
            let mut line = Line::default();
            let (mut at, mut free) = (SimTime::ZERO, SimTime::ZERO);
            let mut expected = Vec::new();
            let mut found = Vec::new();
            for (place, (gap, need)) in jobs.iter().enumerate() {
                at += SimDuration::from_millis(*gap);
                let end = at.max(free) + SimDuration::from_millis(u64::from(*need));
                expected.push((place, at.max(free), end));
                free = end;
                let arrives = at;
                serve(&mut line, arrives, &mut found);
                line.push(arrives, [f64::from(*need), 0.0], place);
                start(&mut line, arrives);
            }
            serve(&mut line, millis(10_000_000), &mut found);
            prop_assert_eq!(found, expected);
        }
    }

    /// A thousand a second.
    fn start(line: &mut Line<usize>, now: SimTime) {
        if let Some(need) = line.head() {
            line.set_speed(now, speed(need, [1000.0, 1.0]));
        }
    }

    fn serve(line: &mut Line<usize>, until: SimTime, found: &mut Vec<(usize, SimTime, SimTime)>) {
        while line.done() <= until {
            let end = line.done();
            let served = line.pop(end).expect("the head is done");
            found.push((served.token, served.begun, end));
            start(line, end);
        }
    }
}
