//! When spot instances are taken back.
//!
//! Amazon EC2 User Guide, "Spot Instance interruptions": a notice two minutes before the end, and
//! before that, or with it, a rebalance recommendation. How often that happens is published by type
//! as a share of instances a month, from less than 5 % to more than 20 % (Spot Instance Advisor).
//! Here each instance has the same chance at every moment: the time to its notice is exponential,
//! with that share after a month of 730 hours. In truth instances of one pool go together.

use serde::{Deserialize, Serialize};

use crate::engine::{SimDuration, SimTime, Stream};
use crate::units::Fraction;

/// From the notice to the end.
pub const NOTICE: SimDuration = SimDuration::from_secs(120);
const MONTH_SECONDS: f64 = 730.0 * 3600.0;

/// How spot instances of one type and zone fare.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpotPool {
    /// Share of instances that are given notice within a month; below 1.
    pub interrupted: Fraction,
    /// How long before the notice a rebalance recommendation comes; none comes otherwise.
    pub rebalance: Option<SimDuration>,
}

impl Default for SpotPool {
    /// 5 % a month, without recommendations.
    fn default() -> Self {
        Self { interrupted: Fraction(0.05), rebalance: None }
    }
}

/// What happens to one instance, in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// Rebalance recommendation: not before the instance runs.
    pub rebalance: Option<SimTime>,
    /// Interruption notice.
    pub notice: SimTime,
    /// It is stopped or terminated.
    pub end: SimTime,
}

impl SpotPool {
    /// Notices in a second, while an instance runs.
    pub fn hazard(&self) -> f64 {
        -libm::log1p(-self.interrupted.0) / MONTH_SECONDS
    }

    /// What happens to an instance that runs from `now` on; none where nothing ever does. Takes one
    /// number of the stream in every case, so that pools can be compared.
    pub fn draw(&self, now: SimTime, stream: &mut Stream) -> Option<Interruption> {
        let drawn = -libm::log(stream.positive_uniform());
        let hazard = Some(self.hazard()).filter(|hazard| *hazard > 0.0)?;
        let wait = SimDuration::from_secs_f64(drawn / hazard);
        let notice = now.saturating_add(wait);
        let end = notice.saturating_add(NOTICE);
        let lead = |before: SimDuration| now.saturating_add(wait.saturating_sub(before));
        let rebalance = self.rebalance.map(lead);
        (end < SimTime::MAX).then_some(Interruption { rebalance, notice, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Streams;

    fn pool(interrupted: f64) -> SpotPool {
        SpotPool { interrupted: Fraction(interrupted), rebalance: None }
    }

    #[test]
    fn the_share_of_a_month_is_interrupted_in_a_month() {
        let month = SimTime::ZERO + SimDuration::from_secs(730 * 3600);
        let mut stream = Streams::new(1).named("spot");
        let count = 20_000_u32;
        let pool = pool(0.2);
        let drawn = (0..count).filter_map(|_| pool.draw(SimTime::ZERO, &mut stream));
        let within = drawn.filter(|it| it.notice <= month).count() as f64 / f64::from(count);
        // five standard errors of a share
        assert!((within - 0.2).abs() < 5.0 * (0.16 / f64::from(count)).sqrt(), "{within}");
    }

    #[test]
    fn notice_comes_two_minutes_before_the_end_and_the_recommendation_before_it() {
        let lead = SimDuration::from_secs(600);
        let pool = SpotPool { rebalance: Some(lead), ..pool(0.2) };
        let now = SimTime::ZERO + SimDuration::from_secs(1000);
        let mut stream = Streams::new(2).named("spot");
        for _ in 0..1000 {
            let found = pool.draw(now, &mut stream).unwrap();
            assert_eq!(found.end.since(found.notice), NOTICE);
            let rebalance = found.rebalance.unwrap();
            assert!(rebalance >= now && found.notice.since(rebalance) <= lead);
        }
    }

    #[test]
    fn a_pool_without_interruptions_has_none_and_draws_all_the_same() {
        let (mut one, mut other) = (Streams::new(3).named("spot"), Streams::new(3).named("spot"));
        assert_eq!(pool(0.0).draw(SimTime::ZERO, &mut one), None);
        pool(0.5).draw(SimTime::ZERO, &mut other);
        assert_eq!(one.uniform(), other.uniform());
    }
}
