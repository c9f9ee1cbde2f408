//! What may go faster than its baseline while there are tokens.
//!
//! Tokens come at the baseline and are spent by what is used, up to the peak; without any left, the
//! baseline is all there is. This is how AWS words the network and EBS bandwidth of instances
//! ("network I/O credit mechanism"), I/O credits of gp2 and throughput credits of st1 and sc1.
//! The fluid does not come to rest above the baseline nor flicker at it: what is always wanted is
//! had at the peak, then at the baseline.

use super::bucket::Bucket;
use crate::engine::{SimDuration, SimTime};

/// A limit that bursts, in units a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burst {
    baseline: f64,
    peak: f64,
    wanted: f64,
    tokens: Bucket,
}

impl Burst {
    /// With a bucket of so many tokens, which is full at first.
    ///
    /// # Panics
    /// When the peak is below the baseline.
    pub fn new(now: SimTime, baseline: f64, peak: f64, tokens: f64) -> Self {
        assert!(0.0 <= baseline && baseline <= peak, "{peak} is below {baseline}");
        let mut burst = Self { baseline, peak, wanted: 0.0, tokens: Bucket::full(now, tokens) };
        burst.set_wanted(now, 0.0);
        burst
    }

    /// With a bucket that lasts so long at the peak, when full.
    pub fn lasting(now: SimTime, baseline: f64, peak: f64, time: SimDuration) -> Self {
        Self::new(now, baseline, peak, (peak - baseline) * time.as_secs_f64())
    }

    /// From now on so much is wanted; as much as there is, for infinity.
    pub fn set_wanted(&mut self, now: SimTime, wanted: f64) {
        self.wanted = wanted;
        self.tokens.set_rate(now, self.baseline - wanted.min(self.peak));
    }

    /// What there is at most now: the peak, or the baseline where nothing is left to burst with.
    pub fn limit(&self, now: SimTime) -> f64 {
        if self.tokens.level(now) > 0.0 { self.peak } else { self.baseline }
    }

    /// What is had of what is wanted.
    pub fn granted(&self, now: SimTime) -> f64 {
        self.wanted.min(self.limit(now))
    }

    /// Tokens that are left.
    pub fn tokens(&self, now: SimTime) -> f64 {
        self.tokens.level(now)
    }

    /// When the limit falls to the baseline if as much goes on being wanted; none once it has.
    pub fn falls_at(&self, now: SimTime) -> Option<SimTime> {
        self.tokens.empty_at().filter(|at| *at > now)
    }

    /// Sustained.
    pub fn baseline(&self) -> f64 {
        self.baseline
    }

    /// At most.
    pub fn peak(&self) -> f64 {
        self.peak
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
    fn a_burst_lasts_as_long_as_it_says_and_fills_again_below_the_baseline() {
        // 10 a second always, 50 for a minute: 40 * 60 tokens
        let lasting = SimDuration::from_secs(60);
        let mut burst = Burst::lasting(SimTime::ZERO, 10.0, 50.0, lasting);
        burst.set_wanted(seconds(0), 200.0);
        assert_eq!(burst.falls_at(seconds(0)), Some(seconds(60)));
        assert_eq!([0, 59, 60, 500].map(|at| burst.granted(seconds(at))), [50.0, 50.0, 10.0, 10.0]);
        assert_eq!(burst.falls_at(seconds(60)), None);
        // at the baseline nothing is saved, below it what is not used is
        burst.set_wanted(seconds(600), 10.0);
        assert_eq!(burst.tokens(seconds(900)), 0.0);
        burst.set_wanted(seconds(900), 4.0);
        assert_eq!(burst.tokens(seconds(1000)), 600.0);
        assert_eq!((burst.limit(seconds(1000)), burst.granted(seconds(1000))), (50.0, 4.0));
        burst.set_wanted(seconds(1000), 30.0);
        assert_eq!(burst.falls_at(seconds(1000)), Some(seconds(1030)));
    }

    #[test]
    fn without_a_burst_the_limit_is_the_baseline() {
        let mut burst = Burst::new(SimTime::ZERO, 25.0, 25.0, 0.0);
        burst.set_wanted(SimTime::ZERO, 100.0);
        assert_eq!((burst.granted(seconds(1)), burst.falls_at(seconds(1))), (25.0, None));
    }

    proptest! {
        /// In any time no more passes than was in the bucket and has come since.
        #[test]
        fn nothing_comes_from_nothing(
            tokens in 0.0..1000.0_f64,
            changes in prop::collection::vec((1..60_u64, 0.0..100.0_f64), 1..20),
        ) {
            let (baseline, peak) = (10.0, 50.0);
            let mut burst = Burst::new(SimTime::ZERO, baseline, peak, tokens);
            let (mut now, mut passed) = (SimTime::ZERO, 0.0);
            for (span, wanted) in changes {
                burst.set_wanted(now, wanted);
                let end = now + SimDuration::from_secs(span);
                while now < end {
                    let until = burst.falls_at(now).map_or(end, |falls| falls.min(end));
                    passed += burst.granted(now) * until.since(now).as_secs_f64();
                    now = until;
                    let most = tokens + baseline * now.as_secs_f64() - burst.tokens(now);
                    prop_assert!(passed <= most + 1e-6, "{passed} of {most}");
                }
            }
        }
    }
}
