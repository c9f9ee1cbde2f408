//! How fast an Application Load Balancer grows with its load.
//!
//! AWS scales load balancers by itself and publishes no rule. By experience load that doubles
//! within five minutes is carried, and what grows faster meets 503s. So the model is a rate of
//! requests that is carried at most, which is a multiple of the load ([`Growth::headroom`]), grows
//! at most twofold in [`Growth::doubling`], and does not shrink within a run. A capacity that was
//! reserved, or warmed up, is the least there is.

use serde::{Deserialize, Serialize};

use crate::engine::{SimDuration, SimTime};
use crate::units::Rate;

/// How a load balancer grows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// What it carries from the beginning.
    pub least: Rate,
    /// In what time it grows twofold at most.
    pub doubling: SimDuration,
    /// So many times the load it comes to carry; at least 1.
    pub headroom: f64,
}

impl Growth {
    /// Doubling in five minutes, with room for a load that doubles at once.
    pub fn from_least(least: Rate) -> Self {
        Self { least, doubling: SimDuration::from_secs(300), headroom: 2.0 }
    }
}

/// What a load balancer carries, and what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    growth: Growth,
    load: Rate,
    /// What it carried when the load changed last.
    carries: Rate,
    since: SimTime,
}

impl Capacity {
    /// Of a load balancer without load.
    pub fn new(growth: Growth, now: SimTime) -> Self {
        Self { growth, load: Rate(0.0), carries: growth.least, since: now }
    }

    /// From now on this is asked of it.
    pub fn offer(&mut self, now: SimTime, load: Rate) {
        self.carries = self.at(now);
        self.since = now;
        self.load = load;
    }

    /// What it carries at most.
    pub fn at(&self, now: SimTime) -> Rate {
        let wanted = self.load.0 * self.growth.headroom;
        if self.carries.0 >= wanted {
            return self.carries;
        }
        let doublings = now.since(self.since).as_secs_f64() / self.growth.doubling.as_secs_f64();
        let grown = self.carries.0 * libm::exp2(doublings);
        Rate(grown.min(wanted).max(self.carries.0))
    }

    /// The share of the load that is carried, 0 to 1; the rest gets a 503.
    pub fn share(&self, now: SimTime) -> f64 {
        if self.load.0 <= 0.0 { 1.0 } else { (self.at(now).0 / self.load.0).min(1.0) }
    }

    /// From when on all of the load is carried if it stays like that; none if it never will be,
    /// because there is nothing to grow from.
    pub fn carries_all(&self) -> Option<SimTime> {
        if self.carries.0 >= self.load.0 {
            return Some(self.since);
        }
        if self.carries.0 <= 0.0 {
            return None;
        }
        let doublings = libm::log2(self.load.0 / self.carries.0);
        Some(self.since.saturating_add(self.growth.doubling.mul_f64(doublings)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(secs)
    }

    fn loaded(load: f64) -> Capacity {
        let mut capacity = Capacity::new(Growth::from_least(Rate(load * 2.0)), secs(0));
        capacity.offer(secs(0), Rate(load));
        capacity
    }

    #[test]
    fn a_load_that_doubles_every_five_minutes_is_carried_and_steps_of_two_are() {
        let mut capacity = loaded(100.0);
        for step in 1..8 {
            let now = secs(step * 300);
            capacity.offer(now, Rate(100.0 * f64::from(1 << step)));
            assert_eq!(capacity.share(now), 1.0, "{step}");
        }
    }

    #[test]
    fn eight_times_the_load_is_carried_after_two_doublings() {
        let mut capacity = loaded(100.0);
        capacity.offer(secs(1000), Rate(800.0));
        let shares = [1000, 1300, 1600, 5000].map(|now| capacity.share(secs(now)));
        assert_eq!(shares, [0.25, 0.5, 1.0, 1.0]);
        assert_eq!(capacity.carries_all(), Some(secs(1600)));
        // it goes on to twice the load, and no further
        assert_eq!([1900, 2200].map(|now| capacity.at(secs(now)).0), [1600.0, 1600.0]);
        // lost: 600 s * 800 - 200 * (300 / ln 2) * (4 - 1)
        let lost: f64 = (0..600_000)
            .map(|step| {
                let at = SimTime::from_nanos(1_000_000_000_000 + step * 1_000_000 + 500_000);
                800.0 * (1.0 - capacity.share(at)) / 1000.0
            })
            .sum();
        let expected = 480_000.0 - 180_000.0 / std::f64::consts::LN_2;
        assert!((lost - expected).abs() < 1.0, "{lost} instead of {expected}");
    }

    #[test]
    fn what_has_grown_stays_and_what_is_reserved_is_there() {
        let mut capacity = loaded(100.0);
        capacity.offer(secs(0), Rate(400.0));
        capacity.offer(secs(600), Rate(1.0));
        assert_eq!(capacity.at(secs(9000)).0, 800.0);
        let mut reserved = Capacity::new(Growth::from_least(Rate(5000.0)), secs(0));
        reserved.offer(secs(1), Rate(5000.0));
        assert_eq!(reserved.carries_all(), Some(secs(1)));
        let mut nothing = Capacity::new(Growth::from_least(Rate(0.0)), secs(0));
        nothing.offer(secs(1), Rate(1.0));
        assert_eq!((nothing.carries_all(), nothing.share(secs(1000))), (None, 0.0));
    }
}
