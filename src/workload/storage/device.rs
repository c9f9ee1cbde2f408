//! One disk or volume: its line, how fast it goes, what it did.

use super::{Io, TrunkId, Usage};
use crate::aws::ebs::spec::Provisioned;
use crate::aws::ec2::burst::Burst;
use crate::engine::SimTime;
use crate::metrics::Gauge;
use crate::scenario::Disk;
use crate::sharing::line::{Line, Pair, speed};

/// No limit from outside.
pub(super) const ALL: Pair = [f64::MAX; 2];
/// A limit can fall once when it is used, and its fall can make that of the other moot.
const MOST_FALLS: usize = 4;

/// What operations go to, and how it counts them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Medium {
    /// A volume of EBS.
    Volume(Provisioned),
    /// A disk of a host.
    Disk(Disk),
}

impl Medium {
    /// Operations and bytes, as they are counted, of a request that does so many of them.
    pub fn need(&self, io: &Io, operations: u32) -> Pair {
        let count = f64::from(operations);
        match self {
            Self::Volume(volume) => {
                let (each, moved) = volume.counts(io.pattern);
                [each * count, moved * count]
            }
            Self::Disk(disk) => {
                let reads = disk.reads().0;
                let writes = disk.write_iops.map_or(reads, |writes| writes.0);
                // a write takes as long as so many reads
                let each = io.reads.0 + (1.0 - io.reads.0) * (reads / writes);
                [each * count, io.pattern.size.0 as f64 * count]
            }
        }
    }

    /// The limits of operations and of bytes, with full buckets.
    fn limits(&self, now: SimTime) -> [Burst; 2] {
        match self {
            Self::Volume(volume) => [volume.operations().burst(now), volume.bytes().burst(now)],
            Self::Disk(disk) => {
                let steady = |limit| Burst::new(now, limit, limit, 0.0);
                [steady(disk.reads().0), steady(disk.throughput.0)]
            }
        }
    }
}

/// See the [module documentation](self).
#[derive(Clone, Debug)]
pub(super) struct Device<T> {
    pub medium: Medium,
    /// Whose use it is counted as.
    pub pool: u32,
    pub trunk: Option<TrunkId>,
    pub line: Line<T>,
    /// Of operations and of bytes.
    limits: [Burst; 2],
    /// What it has of its limits at the moment.
    rates: Pair,
    /// 1 while it is there, while it has something to do, while something waits, while it is slower
    /// for want of credits of its own, and of its instance's.
    gauges: [Gauge; 5],
    /// Operations a second, from its beginning on.
    operations: Gauge,
}

impl<T: Copy> Device<T> {
    pub fn new(now: SimTime, medium: Medium, pool: u32, trunk: Option<TrunkId>) -> Self {
        let mut device = Self {
            medium,
            pool,
            trunk,
            line: Line::default(),
            limits: medium.limits(now),
            rates: [0.0; 2],
            gauges: Default::default(),
            operations: Gauge::default(),
        };
        for gauge in &mut device.gauges {
            gauge.restart(now);
        }
        device.gauges[0].set(now, 1.0);
        device
    }

    /// What it would have of each now, were it alone.
    pub fn wanted(&self, now: SimTime) -> Pair {
        let Some(need) = self.line.head() else { return [0.0; 2] };
        times(need, speed(need, self.limits.map(|limit| limit.limit(now))))
    }

    /// Goes on as fast as its limits and `share`, what it may have of its instance's, let it.
    pub fn run(&mut self, now: SimTime, share: Pair) {
        let (mut most, mut pace) = (self.limits.map(|limit| limit.limit(now)), 0.0);
        if let Some(need) = self.line.head() {
            for _ in 0..MOST_FALLS {
                pace = speed(need, [most[0].min(share[0]), most[1].min(share[1])]);
                self.take(now, times(need, pace));
                // what was left of a burst may be less than a nanosecond's worth
                let left = self.limits.map(|limit| limit.limit(now));
                if std::mem::replace(&mut most, left) == left {
                    break;
                }
            }
        } else {
            self.take(now, [0.0; 2]);
        }
        self.line.set_speed(now, pace);
        self.measure(now, pace, most);
    }

    fn take(&mut self, now: SimTime, rates: Pair) {
        if rates != self.rates {
            self.rates = rates;
            self.operations.set(now, rates[0]);
            for (limit, rate) in self.limits.iter_mut().zip(rates) {
                limit.set_wanted(now, rate);
            }
        }
    }

    fn measure(&mut self, now: SimTime, pace: f64, most: Pair) {
        let (mut dry, mut squeezed) = (false, false);
        if let Some(need) = self.line.head() {
            dry = speed(need, most) < speed(need, self.limits.map(|limit| limit.peak()));
            squeezed = pace < speed(need, most);
        }
        let busy = !self.line.is_empty();
        let values = [true, busy, self.line.len() > 1, dry, squeezed];
        for (gauge, value) in self.gauges.iter_mut().zip(values) {
            let value = f64::from(u8::from(value));
            if gauge.value() != value {
                gauge.set(now, value);
            }
        }
    }

    /// Operations that it has done since it is there, as it counts them.
    pub fn operations(&self, now: SimTime) -> f64 {
        self.operations.integral(now)
    }

    /// What it has of its limits at the moment.
    pub fn rates(&self) -> Pair {
        self.rates
    }

    /// When something is next to happen.
    pub fn next(&self, now: SimTime) -> SimTime {
        let falls = self.limits.iter().filter_map(|limit| limit.falls_at(now));
        falls.fold(self.line.done(), SimTime::min)
    }

    /// Starts the measurement at `now`.
    pub fn restart(&mut self, now: SimTime) {
        self.gauges.iter_mut().for_each(|gauge| gauge.restart(now));
    }

    /// What it did in the measured time.
    pub fn usage(&self, now: SimTime) -> Usage {
        let [there, busy, waited, dry, squeezed] =
            [0, 1, 2, 3, 4].map(|index: usize| self.gauges[index].integral(now));
        let busiest = if there > 0.0 { busy / there } else { 0.0 };
        Usage { there, busy, waited, dry, squeezed, busiest }
    }
}

fn times(need: Pair, speed: f64) -> Pair {
    need.map(|need| need * speed)
}
