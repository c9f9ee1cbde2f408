//! How many calls a registry answers, and how many pulls.
//!
//! Calls a second are held by a token bucket, as Amazon's APIs are (ECR, *Service quotas*: rates
//! per account and region). Pulls are counted as Docker Hub does (*Usage and limits*:
//! `ratelimit-limit: 100;w=21600`): so many manifests for one address in a window of six hours.
//! Docker does not say how its window moves; here it is the last six hours before each pull.

use std::collections::VecDeque;

use super::tokens::Caller;
use crate::engine::{SimDuration, SimTime};
use crate::scenario::CallLimit;

/// The window of Docker Hub's pull limit.
pub const PULL_WINDOW: SimDuration = SimDuration::from_secs(6 * 3600);

/// Femtoseconds of a nanosecond: fine enough that no rate is noticeably rounded.
const FEMTO: u128 = 1_000_000;

/// A token bucket that is full at the start.
///
/// Kept as the instant at which it will be full again (the generic cell rate algorithm of ITU-T
/// I.371, which is the same bucket without anything to refill), in integers: nothing drifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Time a token takes to come, in femtoseconds.
    interval: u128,
    /// Time that an empty bucket takes to be full, less one token.
    tolerance: u128,
    full_at: u128,
}

impl Bucket {
    /// A bucket for a rate above zero.
    pub fn new(limit: CallLimit) -> Self {
        let interval = (libm::round(1e15 / limit.rate.0).clamp(1.0, 1e30)) as u128;
        let tolerance = interval.saturating_mul(u128::from(limit.bucket()) - 1);
        Self { interval, tolerance, full_at: 0 }
    }

    /// Takes a token, if there is one.
    pub fn take(&mut self, now: SimTime) -> bool {
        let now = u128::from(now.since(SimTime::ZERO).as_nanos()) * FEMTO;
        let full_at = self.full_at.max(now);
        let there_is_one = full_at - now <= self.tolerance;
        if there_is_one {
            self.full_at = full_at + self.interval;
        }
        there_is_one
    }
}

/// The pulls of each address in the last six hours.
#[derive(Clone, Debug)]
pub struct PullWindow {
    most: usize,
    /// Whether all engines have one address.
    one_address: bool,
    /// By address: at even places those of engines, at odd ones those of registries.
    pulls: Vec<VecDeque<SimTime>>,
}

impl PullWindow {
    /// At most this many in six hours.
    pub fn new(most: u32, one_address: bool) -> Self {
        Self { most: most as usize, one_address, pulls: Vec::new() }
    }

    /// Counts a pull, unless it is one too many: such a one does not count.
    pub fn take(&mut self, caller: Caller, now: SimTime) -> bool {
        let address = match caller {
            Caller::Engine(_) if self.one_address => 0,
            Caller::Engine(engine) => 2 * engine as usize,
            Caller::Registry(registry) => 2 * usize::from(registry.0) + 1,
        };
        if self.pulls.len() <= address {
            self.pulls.resize_with(address + 1, VecDeque::new);
        }
        let pulls = &mut self.pulls[address];
        while pulls.front().is_some_and(|&first| now.since(first) >= PULL_WINDOW) {
            pulls.pop_front();
        }
        let is_free = pulls.len() < self.most;
        if is_free {
            pulls.push_back(now);
        }
        is_free
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::RegistryId;
    use super::*;
    use crate::units::Rate;

    fn at(nanos: u64) -> SimTime {
        SimTime::ZERO.saturating_add(SimDuration::from_nanos(nanos))
    }

    fn bucket(rate: f64, burst: u32) -> Bucket {
        Bucket::new(CallLimit { rate: Rate(rate), burst: Some(burst) })
    }

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_one_token_at_a_time() {
        let mut bucket = bucket(10.0, 3);
        let taken: Vec<bool> = (0..4).map(|_| bucket.take(at(0))).collect();
        assert_eq!(taken, [true, true, true, false]);
        // a refused call takes nothing: the next token comes after 100 ms
        assert!(!bucket.take(at(99_999_999)));
        assert!(bucket.take(at(100_000_000)));
        assert!(!bucket.take(at(100_000_001)));
        // after a long pause it holds its burst and not more
        let later: Vec<bool> = (0..4).map(|_| bucket.take(at(60_000_000_000))).collect();
        assert_eq!(later, [true, true, true, false]);
    }

    #[test]
    fn a_rate_that_no_nanosecond_divides_is_kept_in_the_long_run() {
        let mut bucket = bucket(3000.0, 1);
        // asked every microsecond for ten seconds: the first at once, then 3000 a second
        let taken = (0..10_000_000).filter(|&micro| bucket.take(at(micro * 1000))).count();
        assert!((29_900..=30_001).contains(&taken), "{taken}");
    }

    #[test]
    fn a_window_forgets_a_pull_after_six_hours() {
        let hour = 3_600_000_000_000;
        let engine = Caller::Engine;
        let mut window = PullWindow::new(2, false);
        assert!(window.take(engine(0), at(0)));
        assert!(window.take(engine(0), at(hour)));
        assert!(!window.take(engine(0), at(6 * hour - 1)));
        assert!(window.take(engine(0), at(6 * hour)));
        assert!(!window.take(engine(0), at(7 * hour - 1)));
        assert!(window.take(engine(0), at(7 * hour)));
        // another address has a window of its own
        assert!(window.take(engine(3), at(7 * hour)));
        assert!(window.take(Caller::Registry(RegistryId(0)), at(7 * hour)));
    }

    proptest! {
        /// Against a bucket that is refilled in plain sight: times and rate are multiples of a
        /// millisecond, so that fractions of a token are exact.
        #[test]
        fn a_bucket_is_one_that_is_refilled(
            burst in 1_u32..6,
            interval in 1_u64..50,
            gaps in prop::collection::vec(0_u64..60, 1..80),
        ) {
            let mut bucket = bucket(1000.0 / interval as f64, burst);
            // in units of a token's interval times a millisecond
            let (mut level, full) = (u64::from(burst) * interval, u64::from(burst) * interval);
            let mut now = 0;
            for gap in gaps {
                now += gap;
                level = (level + gap).min(full);
                let expected = level >= interval;
                if expected {
                    level -= interval;
                }
                prop_assert_eq!(bucket.take(at(now * 1_000_000)), expected);
            }
        }
    }
}
