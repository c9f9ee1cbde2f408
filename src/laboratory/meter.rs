//! What is in use over time.

use crate::engine::{SimDuration, SimTime};
use crate::placement::Resources;

/// Amounts and hosts in use, now and summed over time.
#[derive(Clone, Debug)]
pub struct Meter<const K: usize> {
    capacity: Resources<K>,
    largest: Resources<K>,
    since: SimTime,
    used: [u64; K],
    hosts: u32,
    /// Hosts in use at most, at once.
    pub hosts_max: u32,
    host_nanos: u128,
    used_nanos: [f64; K],
    bound_nanos: u128,
    /// Hosts that would have to be in use at the worst instant, however well items were packed.
    pub bound_max: u32,
}

impl<const K: usize> Meter<K> {
    /// Of hosts of which nothing is in use: what they have in all, and the most that one has of
    /// each kind.
    pub fn new(capacity: Resources<K>, largest: Resources<K>) -> Self {
        Self {
            capacity,
            largest,
            since: SimTime::ZERO,
            used: [0; K],
            hosts: 0,
            hosts_max: 0,
            host_nanos: 0,
            used_nanos: [0.0; K],
            bound_nanos: 0,
            bound_max: 0,
        }
    }

    /// Something is taken; `opens` where its host had nothing before.
    pub fn take(&mut self, now: SimTime, need: &Resources<K>, opens: bool) {
        self.advance(now);
        for (used, need) in self.used.iter_mut().zip(need.amounts()) {
            *used += need;
        }
        self.hosts += u32::from(opens);
        self.hosts_max = self.hosts_max.max(self.hosts);
        self.bound_max = self.bound_max.max(self.bound());
    }

    /// Something is given back; `closes` where its host has nothing now.
    pub fn give(&mut self, now: SimTime, need: &Resources<K>, closes: bool) {
        self.advance(now);
        for (used, need) in self.used.iter_mut().zip(need.amounts()) {
            *used -= need;
        }
        self.hosts -= u32::from(closes);
    }

    /// Brings the sums up to now.
    pub fn advance(&mut self, now: SimTime) {
        let passed = now.since(self.since).as_nanos();
        if passed == 0 {
            return;
        }
        self.since = now;
        self.host_nanos += u128::from(self.hosts) * u128::from(passed);
        self.bound_nanos += u128::from(self.bound()) * u128::from(passed);
        for (sum, &used) in self.used_nanos.iter_mut().zip(&self.used) {
            *sum += used as f64 * passed as f64;
        }
    }

    /// Hosts in use, times hours.
    pub fn host_hours(&self) -> f64 {
        hours(self.host_nanos)
    }

    /// The least that these could be, by the volume of what was in use.
    pub fn host_hours_bound(&self) -> f64 {
        hours(self.bound_nanos)
    }

    /// Share of a kind in use, in the mean over the time so far.
    pub fn mean_share(&self, kind: usize) -> Option<f64> {
        let capacity = self.capacity.amounts()[kind] as f64;
        let whole = capacity * self.since.as_nanos() as f64;
        (whole > 0.0).then(|| self.used_nanos[kind] / whole)
    }

    /// Hosts that what is in use needs at least: of each kind, as many as have so much if all were
    /// the largest; the most of these.
    fn bound(&self) -> u32 {
        let of = |(&used, &largest): (&u64, &u64)| match largest {
            0 => 0,
            _ => used.div_ceil(largest) as u32,
        };
        self.used.iter().zip(self.largest.amounts()).map(of).max().unwrap_or(0)
    }
}

fn hours(nanos: u128) -> f64 {
    let whole = SimDuration::from_secs(3600).as_nanos();
    nanos as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two hosts of 10: 4 from 0 to 4 h, 8 from 1 h to 3 h on the other host.
    #[test]
    fn hours_and_bounds_are_sums_over_time() {
        let mut meter = Meter::new(Resources::of([20]), Resources::of([10]));
        let at = |hour: u64| SimTime::from_nanos(hour * 3_600_000_000_000);
        meter.take(at(0), &Resources::of([4]), true);
        meter.take(at(1), &Resources::of([8]), true);
        meter.give(at(3), &Resources::of([8]), true);
        meter.give(at(4), &Resources::of([4]), true);
        assert_eq!((meter.host_hours(), meter.hosts_max), (6.0, 2));
        // 4 fit one host, 12 need two
        assert_eq!((meter.host_hours_bound(), meter.bound_max), (6.0, 2));
        // (4 + 12 x 2 + 4) / (20 x 4)
        assert_eq!(meter.mean_share(0), Some(0.4));
    }
}
