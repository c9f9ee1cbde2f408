//! A bucket of tokens as a fluid: closed form between changes of its rate.
//!
//! Tokens come and go at a net rate that holds until the next change; the level stays within 0 and
//! the capacity. The instant at which it meets one of them is computed when the rate is set,
//! rounded to a nanosecond, and from then on the level is exactly that bound: what was forecast is
//! what is found there. Reading does not change the bucket, so that results do not depend on who
//! looks.

use crate::engine::{SimDuration, SimTime};

/// A bucket, its level in tokens of any kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    capacity: f64,
    /// At `since`.
    level: f64,
    /// Tokens that come in a second, less those that go.
    rate: f64,
    since: SimTime,
    /// When it is empty (falling) or full (rising); never for a rate of 0.
    bound: SimTime,
}

impl Bucket {
    /// A bucket of which nothing goes and to which nothing comes.
    ///
    /// # Panics
    /// When the level is not within the capacity: a caller that asks for it is wrong.
    pub fn new(now: SimTime, capacity: f64, level: f64) -> Self {
        assert!(0.0 <= level && level <= capacity, "{level} tokens of {capacity}");
        Self { capacity, level, rate: 0.0, since: now, bound: SimTime::MAX }
    }

    /// A full one.
    pub fn full(now: SimTime, capacity: f64) -> Self {
        Self::new(now, capacity, capacity)
    }

    /// Tokens that it holds at most.
    pub fn capacity(&self) -> f64 {
        self.capacity
    }

    /// Tokens in it.
    ///
    /// # Panics
    /// When `now` lies before the last change.
    pub fn level(&self, now: SimTime) -> f64 {
        let passed = now.since(self.since).as_secs_f64();
        if now >= self.bound {
            return if self.rate < 0.0 { 0.0 } else { self.capacity };
        }
        let level = self.level + self.rate * passed;
        // rounding does not empty it before its time
        let least = if self.rate < 0.0 { f64::MIN_POSITIVE } else { 0.0 };
        level.clamp(least, self.capacity)
    }

    /// From now on so many tokens come in a second, less those that go.
    ///
    /// # Panics
    /// When `now` lies before the last change.
    pub fn set_rate(&mut self, now: SimTime, rate: f64) {
        let level = self.level(now);
        let way = if rate < 0.0 { level } else { self.capacity - level };
        let bound = match rate {
            0.0 => SimTime::MAX,
            rate => now.saturating_add(SimDuration::from_secs_f64(way / rate.abs())),
        };
        *self = Self { level, rate, since: now, bound, ..*self };
    }

    /// When it will be empty, if nothing changes: now, where it is and more goes than comes.
    pub fn empty_at(&self) -> Option<SimTime> {
        (self.rate < 0.0 && self.bound < SimTime::MAX).then_some(self.bound)
    }

    /// When it will be full, if nothing changes.
    pub fn full_at(&self) -> Option<SimTime> {
        (self.rate > 0.0 && self.bound < SimTime::MAX).then_some(self.bound)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    #[test]
    fn a_bucket_drains_fills_and_stays_at_its_bounds() {
        let mut bucket = Bucket::full(SimTime::ZERO, 60.0);
        bucket.set_rate(SimTime::ZERO, -2.0);
        assert_eq!((bucket.empty_at(), bucket.full_at()), (Some(seconds(30)), None));
        assert_eq!(bucket.level(seconds(10)), 40.0);
        assert_eq!([30, 31, 1000].map(|at| bucket.level(seconds(at))), [0.0; 3]);
        bucket.set_rate(seconds(40), 3.0);
        assert_eq!((bucket.empty_at(), bucket.full_at()), (None, Some(seconds(60))));
        assert_eq!([50, 60, 90].map(|at| bucket.level(seconds(at))), [30.0, 60.0, 60.0]);
        bucket.set_rate(seconds(50), 0.0);
        assert_eq!((bucket.empty_at(), bucket.full_at()), (None, None));
        assert_eq!(bucket.level(seconds(5000)), 30.0);
    }

    #[test]
    fn what_is_empty_already_is_empty_now() {
        let mut bucket = Bucket::new(seconds(5), 10.0, 0.0);
        bucket.set_rate(seconds(7), -1.0);
        assert_eq!(bucket.empty_at(), Some(seconds(7)));
        assert_eq!(bucket.level(seconds(9)), 0.0);
    }

    /// One step of the reference.
    const STEP_MS: u64 = 1;

    proptest! {
        /// Against a loop of steps of a millisecond: at most what flows in one step apart, since
        /// the loop meets a bound up to a step late.
        #[test]
        fn levels_are_those_of_small_steps(
            capacity in 1.0..500.0_f64,
            changes in prop::collection::vec((1..2000_u64, -200.0..200.0_f64), 1..12),
        ) {
            let mut bucket = Bucket::full(SimTime::ZERO, capacity);
            let (mut level, mut now) = (capacity, SimTime::ZERO);
            for (millis, rate) in changes {
                bucket.set_rate(now, rate);
                for _ in 0..millis {
                    level = (level + rate * 0.001 * STEP_MS as f64).clamp(0.0, capacity);
                    now += SimDuration::from_millis(STEP_MS);
                    prop_assert!((bucket.level(now) - level).abs() <= 0.2 + 1e-6);
                }
            }
        }

        #[test]
        fn a_forecast_is_met_to_the_nanosecond(
            capacity in 1e-3..1e12_f64,
            share in 0.0..=1.0_f64,
            rate in 1e-3..1e9_f64,
            sign: bool,
        ) {
            let mut bucket = Bucket::new(SimTime::ZERO, capacity, capacity * share);
            bucket.set_rate(SimTime::ZERO, if sign { rate } else { -rate });
            let bound = if sign { capacity } else { 0.0 };
            let at = if sign { bucket.full_at() } else { bucket.empty_at() };
            if let Some(at) = at {
                prop_assert_eq!(bucket.level(at), bound);
                if at > SimTime::ZERO {
                    let before = SimTime::from_nanos(at.as_nanos() - 1);
                    let missing = (bucket.level(before) - bound).abs();
                    prop_assert!(sign || missing > 0.0);
                    // what flows in two nanoseconds, and the rounding of the level
                    prop_assert!(missing <= rate * 2e-9 + capacity * 1e-12);
                }
            }
        }
    }
}
