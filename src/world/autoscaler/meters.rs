//! What is read of each replica, as metrics-server keeps it: the last two readings of a counter,
//! between which the mean is taken.
//!
//! A process whose first reading comes more than 10 s, but less than the time between two readings,
//! after its start counts from its start; a younger one needs a second reading. A process that was
//! started anew begins anew. Source: metrics-server 0.6 and later, `pkg/storage/pod.go`. Requests
//! are read in the same way; memory is what the last reading says, known when a mean would be.

use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::autoscale::hpa::{Milli, Sample};

/// Age from which a first reading alone says something (`freshContainerMinMetricsResolution`).
const FRESH: SimDuration = SimDuration::from_secs(10);

/// What is read of replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) enum Measured {
    /// CPU time.
    Cpu,
    /// Memory in use.
    Memory,
    /// Requests received.
    Requests,
}

/// What a process has had since its start, or has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Total {
    /// Which process of its replica.
    pub process: u32,
    pub started: SimTime,
    /// Core-nanoseconds, billionths of requests, or bytes.
    pub amount: u64,
}

/// A reading of one replica, and what it came to with the one before.
#[derive(Clone, Copy, Debug, Default)]
struct Meter {
    process: u32,
    last: Option<(SimTime, u64)>,
    sample: Option<Sample>,
    /// When the sample was read, and the one read before it.
    read: SimTime,
    before: Option<Sample>,
}

/// The meters of an app's replicas.
#[derive(Clone, Debug)]
pub(super) struct Meters {
    measured: Measured,
    resolution: SimDuration,
    delay: SimDuration,
    /// By number of the replica.
    all: Vec<Meter>,
}

impl Meters {
    pub fn new(measured: Measured, resolution: SimDuration, delay: SimDuration) -> Self {
        Self { measured, resolution, delay, all: Vec::new() }
    }

    /// Reads the counter of a replica; `None` where it has no process.
    pub fn read(&mut self, replica: u32, now: SimTime, total: Option<Total>) {
        let place = replica as usize;
        if place >= self.all.len() {
            self.all.resize(place + 1, Meter::default());
        }
        let Some(total) = total else {
            self.all[place] = Meter::default();
            return;
        };
        let (resolution, measured, meter) = (self.resolution, self.measured, &mut self.all[place]);
        if meter.process != total.process {
            *meter = Meter { process: total.process, ..Meter::default() };
        }
        (meter.before, meter.read) = (meter.sample, now);
        let age = now.since(total.started);
        let since = match (FRESH..resolution).contains(&age) {
            true => Some((total.started, 0)),
            false => meter.last,
        };
        meter.sample = since.map(|since| match measured {
            Measured::Cpu | Measured::Requests => mean(since, (now, total.amount)),
            Measured::Memory => level(since.0, (now, total.amount)),
        });
        meter.last = Some((now, total.amount));
    }

    /// What is known at `now` of a replica with this process: nothing before it was read.
    pub fn known(&self, replica: u32, process: u32, now: SimTime) -> Option<Sample> {
        let meter = self.all.get(replica as usize).filter(|meter| meter.process == process)?;
        if meter.read.saturating_add(self.delay) <= now { meter.sample } else { meter.before }
    }
}

/// The mean rate between two readings, in thousandths and rounded up to these, as `MilliValue` of
/// a quantity in billionths gives them.
fn mean(since: (SimTime, u64), at: (SimTime, u64)) -> Sample {
    let window = at.0.since(since.0);
    let growth = at.1.saturating_sub(since.1) as f64;
    let billionths = (growth / window.as_secs_f64()) as u64;
    Sample { value: Milli(billionths.div_ceil(1_000_000) as i64), at: at.0, window }
}

/// What there is now, of which metrics-server knows when it knows a mean.
fn level(since: SimTime, at: (SimTime, u64)) -> Sample {
    let value = i64::try_from(at.1).unwrap_or(i64::MAX).saturating_mul(1_000);
    Sample { value: Milli(value), at: at.0, window: at.0.since(since) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> SimTime {
        SimTime::from_nanos(seconds * 1_000_000_000)
    }

    fn meters(resolution: u64, delay: u64) -> Meters {
        let (resolution, delay) =
            (SimDuration::from_secs(resolution), SimDuration::from_secs(delay));
        Meters::new(Measured::Cpu, resolution, delay)
    }

    fn total(process: u32, started: u64, seconds: f64) -> Option<Total> {
        let amount = (seconds * 1e9) as u64;
        Some(Total { process, started: at(started), amount })
    }

    fn value(meters: &Meters, replica: u32, process: u32, now: u64) -> Option<(i64, u64)> {
        let sample = meters.known(replica, process, at(now))?;
        Some((sample.value.0, sample.window.as_nanos() / 1_000_000_000))
    }

    #[test]
    fn the_mean_is_taken_between_the_last_two_readings() {
        let mut meters = meters(15, 0);
        meters.read(3, at(15), total(1, 8, 1.0));
        assert_eq!(value(&meters, 3, 1, 15), None, "a process of 7 s needs a second reading");
        meters.read(3, at(30), total(1, 8, 7.0));
        assert_eq!(value(&meters, 3, 1, 30), Some((400, 15)), "6 core-seconds in 15 s");
        meters.read(3, at(45), total(1, 8, 7.0));
        assert_eq!(value(&meters, 3, 1, 59), Some((0, 15)));
    }

    #[test]
    fn a_fresh_process_counts_from_its_start_once_it_is_10_s_old() {
        let mut meters = meters(15, 0);
        meters.read(0, at(15), total(1, 3, 6.0));
        assert_eq!(value(&meters, 0, 1, 15), Some((500, 12)));
        let mut meters = self::meters(15, 0);
        meters.read(0, at(15), total(1, 0, 6.0));
        assert_eq!(value(&meters, 0, 1, 15), None, "as old as the readings are apart is not fresh");
    }

    #[test]
    fn a_process_that_starts_anew_begins_anew() {
        let mut meters = meters(15, 0);
        meters.read(0, at(15), total(1, 0, 5.0));
        meters.read(0, at(30), total(1, 0, 9.0));
        assert_eq!(value(&meters, 0, 3, 31), None, "the new process was not read yet");
        meters.read(0, at(45), total(3, 31, 2.8));
        assert_eq!(value(&meters, 0, 3, 45), Some((200, 14)));
        meters.read(0, at(60), None);
        assert_eq!(value(&meters, 0, 3, 60), None);
    }

    #[test]
    fn a_delayed_reading_is_known_later_and_the_one_before_until_then() {
        let mut meters = meters(15, 5);
        meters.read(0, at(15), total(1, 0, 0.0));
        meters.read(0, at(30), total(1, 0, 15.0));
        assert_eq!(value(&meters, 0, 1, 34), None);
        assert_eq!(value(&meters, 0, 1, 35), Some((1000, 15)));
        meters.read(0, at(45), total(1, 0, 18.0));
        assert_eq!(value(&meters, 0, 1, 49), Some((1000, 15)));
        assert_eq!(value(&meters, 0, 1, 50), Some((200, 15)));
    }

    #[test]
    fn thousandths_are_rounded_up_from_billionths_that_are_cut_off() {
        let mut meters = meters(15, 0);
        meters.read(0, at(15), total(1, 0, 0.0));
        meters.read(0, at(30), total(1, 0, 4.5));
        assert_eq!(value(&meters, 0, 1, 30), Some((300, 15)), "just 300");
        meters.read(0, at(45), total(1, 0, 9.000_000_02));
        assert_eq!(value(&meters, 0, 1, 45), Some((301, 15)), "a little more than 300");
    }

    #[test]
    fn memory_is_what_it_is_now_once_there_are_two_readings() {
        let mut meters =
            Meters::new(Measured::Memory, SimDuration::from_secs(15), SimDuration::ZERO);
        let bytes = |amount| Some(Total { process: 1, started: at(0), amount });
        meters.read(0, at(15), bytes(300));
        assert_eq!(value(&meters, 0, 1, 15), None);
        meters.read(0, at(30), bytes(200));
        assert_eq!(value(&meters, 0, 1, 30), Some((200_000, 15)), "less than before, not a mean");
    }
}
