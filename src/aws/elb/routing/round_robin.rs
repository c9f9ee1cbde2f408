//! Round robin with slow start.
//!
//! A target in slow start gets a share of its turns that grows linearly from none to all of them:
//! at each turn it is owed as much of a request as its share is then, and it is passed over until a
//! whole one is owed. A pick looks at one target, and at those it passes over.

use crate::engine::{SimDuration, SimTime};

/// Targets in the order of their turns.
#[derive(Clone, Debug)]
pub struct RoundRobin {
    slow_start: SimDuration,
    turns: Vec<Turn>,
    /// Whose turn is next.
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    target: u32,
    warming_since: Option<SimTime>,
    /// What it has been passed over for, in requests.
    owed: f64,
}

/// The share of its requests that a target gets so long after it entered slow start, 0 to 1.
pub fn share(since: SimTime, now: SimTime, slow_start: SimDuration) -> f64 {
    let elapsed = now.since(since).as_nanos() as f64;
    (elapsed / slow_start.as_nanos().max(1) as f64).min(1.0)
}

impl RoundRobin {
    /// Without targets.
    pub fn new(slow_start: SimDuration) -> Self {
        Self { slow_start, turns: Vec::new(), next: 0 }
    }

    pub(super) fn add(&mut self, target: u32, warming_since: Option<SimTime>) {
        if self.turns.iter().all(|turn| turn.target != target) {
            // its first turn comes when those that are there have had theirs
            self.turns.insert(self.next, Turn { target, warming_since, owed: 0.0 });
            self.next = (self.next + 1) % self.turns.len();
        }
    }

    pub(super) fn remove(&mut self, target: u32) {
        let Some(place) = self.turns.iter().position(|turn| turn.target == target) else { return };
        self.turns.remove(place);
        if place < self.next {
            self.next -= 1;
        }
        if self.next == self.turns.len() {
            self.next = 0;
        }
    }

    #[inline]
    pub(super) fn pick(&mut self, now: SimTime) -> Option<u32> {
        for _ in 0..self.turns.len() {
            let turn = self.take_turn();
            if let Some(since) = turn.warming_since {
                let share = share(since, now, self.slow_start);
                let turn = self.last_turn();
                turn.owed += share;
                if turn.owed < 1.0 {
                    continue;
                }
                turn.owed -= 1.0;
                if share == 1.0 {
                    turn.warming_since = None;
                }
            }
            return Some(turn.target);
        }
        // all are in slow start and too new: somebody has to answer
        let target = (!self.turns.is_empty()).then(|| self.take_turn().target)?;
        self.last_turn().owed = 0.0;
        Some(target)
    }

    fn take_turn(&mut self) -> Turn {
        let turn = self.turns[self.next];
        self.next += 1;
        if self.next == self.turns.len() {
            self.next = 0;
        }
        turn
    }

    /// The turn that was taken last.
    fn last_turn(&mut self) -> &mut Turn {
        let last = self.next.checked_sub(1).unwrap_or(self.turns.len() - 1);
        &mut self.turns[last]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OFF: SimDuration = SimDuration::ZERO;

    fn secs(secs: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(secs)
    }

    fn picks(router: &mut RoundRobin, count: usize) -> Vec<u32> {
        (0..count).filter_map(|_| router.pick(SimTime::ZERO)).collect()
    }

    #[test]
    fn a_new_target_comes_last_in_the_round_and_one_that_went_is_left_out() {
        let mut router = RoundRobin::new(OFF);
        [0, 1, 2].into_iter().for_each(|target| router.add(target, None));
        assert_eq!(picks(&mut router, 4), [0, 1, 2, 0]);
        router.add(3, None);
        assert_eq!(picks(&mut router, 5), [1, 2, 0, 3, 1]);
        router.remove(2);
        assert_eq!(picks(&mut router, 4), [0, 3, 1, 0]);
        [0, 1, 3].into_iter().for_each(|target| router.remove(target));
        assert_eq!(router.pick(secs(0)), None);
    }

    #[test]
    fn the_share_grows_linearly() {
        let minute = SimDuration::from_secs(60);
        let shares = [5, 20, 35, 65, 100].map(|now| share(secs(5), secs(now), minute));
        assert_eq!(shares, [0.0, 0.25, 0.5, 1.0, 1.0]);
    }

    #[test]
    fn at_a_quarter_of_the_time_every_fourth_turn_is_taken() {
        let mut router = RoundRobin::new(SimDuration::from_secs(60));
        router.add(0, None);
        router.add(1, Some(secs(0)));
        let picked: Vec<u32> = (0..10).filter_map(|_| router.pick(secs(15))).collect();
        assert_eq!(picked, [0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
        let picked: Vec<u32> = (0..4).filter_map(|_| router.pick(secs(60))).collect();
        assert_eq!(picked, [0, 1, 0, 1]);
    }

    /// Beside one full target, a share of s gets s / (1 + s) of all requests. Over a slow start of
    /// 100 s that is 100 s times (1 - ln 2), here at 50 requests a second.
    #[test]
    fn requests_during_slow_start_follow_the_integral_of_the_share() {
        let mut router = RoundRobin::new(SimDuration::from_secs(100));
        router.add(0, None);
        router.add(1, Some(secs(0)));
        let count = (0..5000)
            .filter(|index| router.pick(SimTime::from_nanos(index * 20_000_000)) == Some(1));
        let expected = 5000.0 * (1.0 - std::f64::consts::LN_2);
        assert!((count.count() as f64 - expected).abs() < 2.0);
    }

    #[test]
    fn where_all_are_in_slow_start_each_has_its_turn_nevertheless() {
        let mut router = RoundRobin::new(SimDuration::from_secs(60));
        [0, 1, 2].into_iter().for_each(|target| router.add(target, Some(secs(0))));
        let mut picked = picks(&mut router, 3);
        picked.sort_unstable();
        assert_eq!(picked, [0, 1, 2]);
    }

    proptest! {
        /// By a queue: the first is taken and goes to its end.
        #[test]
        fn every_pick_is_that_of_a_queue(
            steps in prop::collection::vec((0_u8..6, 0_u32..8), 1..200)
        ) {
            let mut router = RoundRobin::new(OFF);
            let mut queue = std::collections::VecDeque::new();
            for (kind, target) in steps {
                match kind {
                    0 => {
                        router.add(target, None);
                        if !queue.contains(&target) { queue.push_back(target); }
                    }
                    1 => {
                        router.remove(target);
                        queue.retain(|other| *other != target);
                    }
                    _ => {
                        let first = queue.pop_front();
                        queue.extend(first);
                        prop_assert_eq!(router.pick(SimTime::ZERO), first);
                    }
                }
            }
        }
    }
}
