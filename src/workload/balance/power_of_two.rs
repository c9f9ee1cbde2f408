//! Power of two choices: of two ready replicas drawn at random, the one with fewer unanswered
//! requests, and the first drawn when they are equal.
//!
//! The second choice makes long queues exponentially rarer than one random choice does
//! (Mitzenmacher, IEEE TPDS 12(10), 2001), and needs to compare but two numbers.

use super::ready::Ready;
use crate::engine::Stream;

/// The ready replicas and the number of requests outstanding at each.
#[derive(Clone, Debug, Default)]
pub struct PowerOfTwo {
    ready: Ready,
    outstanding: Vec<u32>,
}

impl PowerOfTwo {
    pub(super) fn len(&self) -> usize {
        self.ready.len()
    }

    pub(super) fn add(&mut self, replica: u32) {
        self.make_room(replica);
        self.ready.add(replica);
    }

    pub(super) fn remove(&mut self, replica: u32) {
        self.ready.remove(replica);
    }

    #[inline]
    pub(super) fn pick(&self, stream: &mut Stream) -> Option<u32> {
        let [first, second] = self.ready.draw_two(stream)?;
        let load = |replica: u32| self.outstanding[replica as usize];
        Some(if load(second) < load(first) { second } else { first })
    }

    #[inline]
    pub(super) fn started(&mut self, replica: u32) {
        self.make_room(replica);
        self.outstanding[replica as usize] += 1;
    }

    #[inline]
    pub(super) fn finished(&mut self, replica: u32) {
        match self.outstanding.get_mut(replica as usize) {
            Some(outstanding) if *outstanding > 0 => *outstanding -= 1,
            _ => panic!("a request ended at replica {replica}, which has none"),
        }
    }

    fn make_room(&mut self, replica: u32) {
        let place = replica as usize;
        if place >= self.outstanding.len() {
            self.outstanding.resize(place + 1, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Streams;

    #[test]
    fn the_less_loaded_of_the_only_two_is_always_taken() {
        let mut policy = PowerOfTwo::default();
        policy.add(4);
        policy.add(9);
        policy.started(4);
        let mut stream = Streams::new(1).named("two");
        assert!((0..100).all(|_| policy.pick(&mut stream) == Some(9)));
        policy.remove(9);
        assert_eq!(policy.pick(&mut stream), Some(4));
    }

    #[test]
    #[should_panic(expected = "a request ended at replica 3, which has none")]
    fn a_request_that_never_started_cannot_end() {
        let mut policy = PowerOfTwo::default();
        policy.add(3);
        policy.finished(3);
    }

    /// The supermarket model: Poisson arrivals of rate l per server and exponential service make
    /// the share of servers with at least k requests l^(2^k - 1) when there are many servers,
    /// while a single random choice makes it l^k. The embedded chain suffices: the next event is
    /// an arrival with probability l / (l + 1), else one of the servers ends a request, if it has
    /// one.
    #[test]
    fn long_queues_are_as_rare_as_in_the_supermarket_model() {
        let (servers, load) = (1000, 0.8);
        let mut policy = PowerOfTwo::default();
        (0..servers).for_each(|replica| policy.add(replica));
        let mut stream = Streams::new(2).named("supermarket");
        let (warm_up, rounds) = (50_000, 1_000);
        let mut at_least = [0u64; 4];
        for step in 0..warm_up + rounds * 1000 {
            if stream.uniform() * (load + 1.0) < load {
                let picked = policy.pick(&mut stream).unwrap();
                policy.started(picked);
            } else {
                let replica = stream.below(servers as usize) as u32;
                if policy.outstanding[replica as usize] > 0 {
                    policy.finished(replica);
                }
            }
            if step >= warm_up && step % 1000 == 0 {
                for (k, count) in at_least.iter_mut().enumerate() {
                    *count +=
                        policy.outstanding.iter().filter(|&&o| o as usize >= k).count() as u64;
                }
            }
        }
        for (k, count) in at_least.into_iter().enumerate().skip(1) {
            let share = count as f64 / f64::from(servers * rounds);
            let limit = libm::pow(load, ((1 << k) - 1) as f64);
            // 1000 servers are off the limit by about 1/1000 of it, and each share wanders by about
            // 1/30 over 1000 observations that are correlated over some; 0.01 is beyond both
            assert!((share - limit).abs() < 0.01, "{k}: {share} {limit}");
        }
    }
}
