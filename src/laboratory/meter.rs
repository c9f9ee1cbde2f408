//! What is in use over time.

#[cfg(test)]
mod audit;

use super::energy::{Energy, Load, kilowatt_hours};
use super::history::{History, Means, Sums};
use super::item::Need;
use super::stranding::Stranding;
use crate::engine::{SimDuration, SimTime};
use crate::placement::bound::least_bins;
use crate::placement::{BinId, Ledger, Resources};

/// Amounts and hosts in use, now and summed over time.
#[derive(Clone, Debug)]
pub struct Meter<const K: usize> {
    capacity: Resources<K>,
    largest: Resources<K>,
    /// The most GPUs that a host has, in thousandths.
    largest_gpus: u64,
    since: SimTime,
    used: [u64; K],
    most: [u64; K],
    gpus: u64,
    hosts: u32,
    waiting: u32,
    /// Hosts that take no items.
    closed: u32,
    /// Items that are migrated.
    moving: u32,
    stranding: Stranding<K>,
    /// Where it is known what hosts take.
    energy: Option<Energy>,
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

/// A host as it is after something on it has changed.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'a, const K: usize> {
    /// It.
    pub host: BinId,
    /// Its books.
    pub books: &'a Ledger<K>,
    /// Items on it.
    pub items: u32,
}

impl<const K: usize> Changed<'_, K> {
    fn load(&self, is_down: bool) -> Load {
        let (used, capacity) = (self.books.used(), self.books.capacity());
        let [used, capacity] = [used, capacity].map(|it| it.amounts()[0]);
        Load { used, capacity, items: self.items, is_down }
    }
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
    /// each kind. What is stranded counts from the smallest item; of power nothing is known.
    pub fn new(capacity: Resources<K>, largest: Resources<K>) -> Self {
        Self {
            capacity,
            largest,
            largest_gpus: 0,
            since: SimTime::ZERO,
            used: [0; K],
            most: [0; K],
            gpus: 0,
            hosts: 0,
            waiting: 0,
            closed: 0,
            moving: 0,
            stranding: Stranding::new(Resources::ZERO),
            energy: None,
            sums: Sums::default(),
            history: History::default(),
            hosts_max: 0,
            bound_max: 0,
            waiting_max: 0,
            first: First::default(),
        }
    }

    /// The same where a host has so many GPUs at most, in thousandths.
    #[must_use]
    pub fn with_gpus(self, largest: u64) -> Self {
        Self { largest_gpus: largest, ..self }
    }

    /// The same where the smallest item is known, and what hosts take.
    #[must_use]
    pub fn with(mut self, smallest: Resources<K>, energy: Option<Energy>) -> Self {
        self.stranding = Stranding::new(smallest);
        self.energy = energy;
        self
    }

    /// Something is taken of a host.
    pub fn take(&mut self, now: SimTime, need: &Need<K>, of: Changed<K>) {
        self.advance(now);
        let opens = of.items == 1;
        self.stranding.took(now, need, of.books, opens);
        if let Some(energy) = &mut self.energy {
            energy.changed(of.host, of.load(false));
        }
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

    /// Something is given back to a host.
    pub fn give(&mut self, now: SimTime, need: &Need<K>, to: Changed<K>) {
        self.advance(now);
        let closes = to.items == 0;
        self.stranding.gave(now, need, to.books, closes);
        if let Some(energy) = &mut self.energy {
            energy.changed(to.host, to.load(false));
        }
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

    /// A host without items has failed, or has not any more.
    pub fn fail(&mut self, now: SimTime, host: Changed<K>, is_down: bool) {
        self.advance(now);
        if let Some(energy) = &mut self.energy {
            energy.changed(host.host, host.load(is_down));
        }
    }

    /// One host more or less takes no items.
    pub fn close(&mut self, now: SimTime, closes: bool) {
        self.advance(now);
        self.closed = if closes { self.closed + 1 } else { self.closed - 1 };
    }

    /// So many items are migrated from now on.
    pub fn migrate(&mut self, now: SimTime, items: usize) {
        self.advance(now);
        self.moving = items as u32;
    }

    /// Brings the sums up to now.
    pub fn advance(&mut self, now: SimTime) {
        while let Some(due) = self.history.due(now) {
            self.accrue(due);
            self.history.keep(self.all_sums());
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
        if let Some(energy) = &self.energy {
            self.sums.power += u128::from(energy.microwatts()) * passed_whole;
        }
        if self.closed + self.moving > 0 {
            self.sums.closed += u128::from(self.closed) * passed_whole;
            self.sums.moving += u128::from(self.moving) * passed_whole;
        }
    }

    /// The sums so far, with those that are only added to when they change.
    fn all_sums(&self) -> Sums<K> {
        Sums { stranded: self.stranding.sums(self.since), ..self.sums }
    }

    /// Kilowatt hours of all hosts so far, where it is known what they take.
    pub fn energy(&self) -> Option<f64> {
        self.energy.as_ref().map(|_| kilowatt_hours(self.sums.power))
    }

    /// Share of a kind that was stranded, in the mean over the time so far; where none has passed,
    /// now.
    pub fn mean_stranded(&self, kind: usize) -> Option<f64> {
        match self.since.as_nanos() {
            0 => self.stranded(kind),
            passed => self.share(kind, self.stranding.sums(self.since)[kind] / passed as f64),
        }
    }

    /// Share of a kind that is stranded now.
    pub fn stranded(&self, kind: usize) -> Option<f64> {
        self.share(kind, self.stranding.now()[kind] as f64)
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
        self.history.means(self.since, self.all_sums())
    }

    /// Hosts that what is in use needs at least: of each kind, and of GPUs, as many as have so much
    /// if all were the largest; the most of these.
    fn bound(&self) -> u32 {
        let of = |(&used, &largest): (&u64, &u64)| match largest {
            0 => 0,
            _ => used.div_ceil(largest) as u32,
        };
        let amounts = self.used.iter().zip(self.largest.amounts()).map(of).max().unwrap_or(0);
        amounts.max(of((&self.gpus, &self.largest_gpus)))
    }
}

fn hours(nanos: u128) -> f64 {
    let whole = SimDuration::from_secs(3600).as_nanos();
    nanos as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::gpu::GpuNeed;
    use crate::scenario::{IdleHosts, Power};
    use crate::units::Watts;

    /// Hosts with their books and their numbers of items, and a meter of them.
    struct Measured<const K: usize> {
        meter: Meter<K>,
        hosts: Vec<(Ledger<K>, u32)>,
    }

    impl<const K: usize> Measured<K> {
        fn new(count: usize, size: [u64; K]) -> Self {
            let all = Resources::of(size.map(|amount| amount * count as u64));
            let size = Resources::of(size);
            let hosts = vec![(Ledger::new(size), 0); count];
            Self { meter: Meter::new(all, size), hosts }
        }

        fn change(&mut self, hour: u64, host: usize, amounts: [u64; K], takes: bool) {
            let need = Need::of(Resources::of(amounts));
            let (books, items) = &mut self.hosts[host];
            match takes {
                true => books.take(need.amounts),
                false => books.give(need.amounts),
            }
            *items = if takes { *items + 1 } else { *items - 1 };
            let changed = Changed { host: BinId(host as u32), books, items: *items };
            match takes {
                true => self.meter.take(at(hour), &need, changed),
                false => self.meter.give(at(hour), &need, changed),
            }
        }

        fn take(&mut self, hour: u64, host: usize, amounts: [u64; K]) {
            self.change(hour, host, amounts, true);
        }

        fn give(&mut self, hour: u64, host: usize, amounts: [u64; K]) {
            self.change(hour, host, amounts, false);
        }
    }

    fn at(hour: u64) -> SimTime {
        SimTime::from_nanos(hour * 3_600_000_000_000)
    }

    /// Two hosts of 10: 4 from 0 to 4 h, 8 from 1 h to 3 h on the other host.
    #[test]
    fn hours_and_bounds_are_sums_over_time() {
        let mut all = Measured::new(2, [10]);
        let powers = vec![Power::Linear { idle: Watts(100.0), max: Watts(200.0) }; 2];
        let energy = Energy::new(powers.iter(), IdleHosts::Off);
        all.meter = all.meter.with(Resources::ZERO, Some(energy));
        all.take(0, 0, [4]);
        all.take(1, 1, [8]);
        all.give(3, 1, [8]);
        all.give(4, 0, [4]);
        let meter = all.meter;
        assert_eq!((meter.host_hours(), meter.hosts_max), (6.0, 2));
        // 4 fit one host, 12 need two
        assert_eq!((meter.host_hours_bound(), meter.hosts_max_bound()), (6.0, 2));
        // (4 + 12 x 2 + 4) / (20 x 4)
        assert_eq!((meter.mean_share(0), meter.most_share(0)), (Some(0.4), Some(0.6)));
        // 140 W for four hours, 180 W for two
        assert_eq!(meter.energy(), Some(0.56 + 0.36));
        let means = meter.over_time();
        let hosts: f64 = means.iter().map(|(_, mean)| mean.hosts).sum();
        assert_eq!(means.last().map(|(end, _)| *end), Some(at(4)));
        assert!((hosts / means.len() as f64 - 1.5).abs() < 0.01, "{hosts}");
    }

    /// Two hosts of 10 and 20; the cores of one are all taken from 1 h to 3 h, with 8 of memory.
    #[test]
    fn what_is_stranded_is_a_share_of_all() {
        let mut all = Measured::new(2, [10, 20]);
        all.take(0, 0, [4, 4]);
        all.take(1, 0, [6, 4]);
        assert_eq!([0, 1].map(|kind| all.meter.stranded(kind)), [Some(0.0), Some(12.0 / 40.0)]);
        all.give(3, 0, [6, 4]);
        all.give(4, 0, [4, 4]);
        assert_eq!(all.meter.mean_stranded(1), Some(12.0 * 2.0 / (40.0 * 4.0)));
        assert_eq!(all.meter.stranded(1), Some(0.0));
    }

    /// Three items of a GPU each on hosts of two.
    #[test]
    fn gpus_are_counted_in_the_bound() {
        let mut all = Measured::new(3, [10]);
        all.meter = all.meter.with_gpus(2000);
        let gpus = GpuNeed { count: 1, milli: 1000, ..GpuNeed::NONE };
        let need = Need { gpus, ..Need::of(Resources::of([1])) };
        for host in 0..3 {
            let (books, items) = &mut all.hosts[host];
            books.take(need.amounts);
            *items += 1;
            let changed = Changed { host: BinId(host as u32), books, items: *items };
            all.meter.take(at(0), &need, changed);
        }
        assert_eq!((all.meter.hosts_max, all.meter.hosts_max_bound()), (3, 2));
    }

    /// Three of 6 on hosts of 10: their volume needs two hosts, and no two of them share one.
    #[test]
    fn what_comes_at_once_is_bounded_by_its_sizes_too() {
        let mut all = Measured::new(4, [10, 10]);
        (0..3).for_each(|host| all.take(5, host, [1, 6]));
        assert_eq!(all.meter.hosts_max_bound(), 3);
        // one more hours later is of another instant: 24 are 2.4 hosts
        all.take(6, 3, [1, 6]);
        assert_eq!(all.meter.hosts_max_bound(), 3);
        // what goes at the instant at which it came may have left its host to the others
        let mut all = Measured::new(4, [10, 10]);
        all.take(5, 0, [1, 6]);
        all.give(5, 0, [1, 6]);
        all.take(5, 0, [1, 6]);
        assert_eq!(all.meter.hosts_max_bound(), 1);
    }
}
