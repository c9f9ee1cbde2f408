//! What is in use over time.

use super::history::{History, Means, Sums};
use super::item::Need;
use crate::engine::{SimDuration, SimTime};
use crate::placement::Resources;
use crate::placement::bound::least_bins;

/// Amounts and hosts in use, now and summed over time.
#[derive(Clone, Debug)]
pub struct Meter<const K: usize> {
    capacity: Resources<K>,
    largest: Resources<K>,
    since: SimTime,
    used: [u64; K],
    most: [u64; K],
    gpus: u64,
    hosts: u32,
    waiting: u32,
    sums: Sums<K>,
    history: History<K>,
    /// Hosts in use at most, at once.
    pub hosts_max: u32,
    /// Items without a host at most, at once.
    pub waiting_max: u32,
    /// Hosts that the volume would have needed at the worst instant.
    bound_max: u32,
    first: First<K>,
}

/// What was taken at the instant at which something first was, while none of it was given back.
#[derive(Clone, Debug, Default)]
struct First<const K: usize> {
    at: Option<SimTime>,
    taken: Vec<Resources<K>>,
}

impl<const K: usize> First<K> {
    /// Hosts that all of it needs at least, of each kind by itself.
    fn bound(&self, largest: &Resources<K>) -> u64 {
        let of = |kind: usize| {
            let mut sizes: Vec<u64> = self.taken.iter().map(|one| one.amounts()[kind]).collect();
            least_bins(&mut sizes, largest.amounts()[kind])
        };
        (0..K).map(of).max().unwrap_or(0)
    }
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
            most: [0; K],
            gpus: 0,
            hosts: 0,
            waiting: 0,
            sums: Sums::default(),
            history: History::default(),
            hosts_max: 0,
            bound_max: 0,
            waiting_max: 0,
            first: First::default(),
        }
    }

    /// Something is taken; `opens` where its host had nothing before.
    pub fn take(&mut self, now: SimTime, need: &Need<K>, opens: bool) {
        self.advance(now);
        let kinds = self.used.iter_mut().zip(&mut self.most);
        for ((used, most), need) in kinds.zip(need.amounts.amounts()) {
            *used += need;
            *most = (*most).max(*used);
        }
        self.gpus += need.gpus.total();
        self.hosts += u32::from(opens);
        self.hosts_max = self.hosts_max.max(self.hosts);
        self.bound_max = self.bound_max.max(self.bound());
        if *self.first.at.get_or_insert(now) == now {
            self.first.taken.push(need.amounts);
        }
    }

    /// Something is given back; `closes` where its host has nothing now.
    pub fn give(&mut self, now: SimTime, need: &Need<K>, closes: bool) {
        self.advance(now);
        for (used, need) in self.used.iter_mut().zip(need.amounts.amounts()) {
            *used -= need;
        }
        self.gpus -= need.gpus.total();
        self.hosts -= u32::from(closes);
        if self.first.at == Some(now) {
            self.first.taken.clear();
        }
    }

    /// Hosts that would have to be in use at the worst instant, however well items were packed:
    /// by the volume of what was in use, and for what came all at once in the beginning, by the
    /// sizes, as large items cannot share a host ([`least_bins`]).
    pub fn hosts_max_bound(&self) -> u32 {
        self.bound_max.max(self.first.bound(&self.largest) as u32)
    }

    /// So many items have no host from now on.
    pub fn wait(&mut self, now: SimTime, items: usize) {
        self.advance(now);
        self.waiting = items as u32;
        self.waiting_max = self.waiting_max.max(self.waiting);
    }

    /// Brings the sums up to now.
    pub fn advance(&mut self, now: SimTime) {
        while let Some(due) = self.history.due(now) {
            self.accrue(due);
            self.history.keep(self.sums);
        }
        self.accrue(now);
    }

    fn accrue(&mut self, now: SimTime) {
        let passed = now.since(self.since).as_nanos();
        if passed == 0 {
            return;
        }
        self.since = now;
        let passed_whole = u128::from(passed);
        self.sums.hosts += u128::from(self.hosts) * passed_whole;
        self.sums.bound += u128::from(self.bound()) * passed_whole;
        self.sums.waiting += u128::from(self.waiting) * passed_whole;
        self.sums.gpus += u128::from(self.gpus) * passed_whole;
        for (sum, &used) in self.sums.used.iter_mut().zip(&self.used) {
            *sum += used as f64 * passed as f64;
        }
    }

    /// Hosts in use, times hours.
    pub fn host_hours(&self) -> f64 {
        hours(self.sums.hosts)
    }

    /// The least that these could be, by the volume of what was in use.
    pub fn host_hours_bound(&self) -> f64 {
        hours(self.sums.bound)
    }

    /// Share of a kind in use, in the mean over the time so far.
    pub fn mean_share(&self, kind: usize) -> Option<f64> {
        let capacity = self.capacity.amounts()[kind] as f64;
        let whole = capacity * self.since.as_nanos() as f64;
        (whole > 0.0).then(|| self.sums.used[kind] / whole)
    }

    /// Share of a kind in use at most, at once.
    pub fn most_share(&self, kind: usize) -> Option<f64> {
        self.share(kind, self.most[kind] as f64)
    }

    /// An amount of a kind as a share of what all hosts have of it; none where they have nothing.
    pub fn share(&self, kind: usize, amount: f64) -> Option<f64> {
        let capacity = self.capacity.amounts()[kind];
        (capacity > 0).then(|| amount / capacity as f64)
    }

    /// What was in use over time so far: the end of each interval, and the means within it.
    pub fn over_time(&self) -> Vec<(SimTime, Means<K>)> {
        self.history.means(self.since, self.sums)
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

    fn need<const K: usize>(amounts: [u64; K]) -> Need<K> {
        Need::of(Resources::of(amounts))
    }

    /// Two hosts of 10: 4 from 0 to 4 h, 8 from 1 h to 3 h on the other host.
    #[test]
    fn hours_and_bounds_are_sums_over_time() {
        let of = |amount| need([amount]);
        let mut meter = Meter::new(Resources::of([20]), Resources::of([10]));
        let at = |hour: u64| SimTime::from_nanos(hour * 3_600_000_000_000);
        meter.take(at(0), &of(4), true);
        meter.take(at(1), &of(8), true);
        meter.give(at(3), &of(8), true);
        meter.give(at(4), &of(4), true);
        assert_eq!((meter.host_hours(), meter.hosts_max), (6.0, 2));
        // 4 fit one host, 12 need two
        assert_eq!((meter.host_hours_bound(), meter.hosts_max_bound()), (6.0, 2));
        // (4 + 12 x 2 + 4) / (20 x 4)
        assert_eq!((meter.mean_share(0), meter.most_share(0)), (Some(0.4), Some(0.6)));
        let means = meter.over_time();
        let hosts: f64 = means.iter().map(|(_, mean)| mean.hosts).sum();
        assert_eq!(means.last().map(|(end, _)| *end), Some(at(4)));
        assert!((hosts / means.len() as f64 - 1.5).abs() < 0.01, "{hosts}");
    }

    /// Three of 6 on hosts of 10: their volume needs two hosts, and no two of them share one.
    #[test]
    fn what_comes_at_once_is_bounded_by_its_sizes_too() {
        let all = Resources::of([40, 40]);
        let at = |hour: u64| SimTime::from_nanos(hour * 3_600_000_000_000);
        let mut meter = Meter::new(all, Resources::of([10, 10]));
        (0..3).for_each(|_| meter.take(at(5), &need([1, 6]), true));
        assert_eq!(meter.hosts_max_bound(), 3);
        // one more hours later is of another instant: 24 are 2.4 hosts
        meter.take(at(6), &need([1, 6]), true);
        assert_eq!(meter.hosts_max_bound(), 3);
        // what goes at the instant at which it came may have left its host to the others
        let mut meter = Meter::new(all, Resources::of([10, 10]));
        meter.take(at(5), &need([1, 6]), true);
        meter.give(at(5), &need([1, 6]), true);
        meter.take(at(5), &need([1, 6]), true);
        assert_eq!(meter.hosts_max_bound(), 1);
    }
}
