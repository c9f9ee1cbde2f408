//! What was in use, over time: a few hundred points, however long it takes.
//!
//! How long a replay takes is known when it is over. So sums over time are kept at the ends of
//! intervals, and when there are too many every second one is dropped: the intervals are then
//! twice as long, and what is left is as true as before.

use crate::engine::{SimDuration, SimTime};

/// Most points; half as many at least, once there have been so many.
const MOST: usize = 400;
/// Length of an interval at first.
const SHORTEST: SimDuration = SimDuration::from_millis(1);

/// Sums over time, from the start to one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sums<const K: usize> {
    /// Hosts in use, times nanoseconds.
    pub hosts: u128,
    /// The least these could be.
    pub bound: u128,
    /// Items without a host, likewise.
    pub waiting: u128,
    /// Amounts in use, likewise.
    pub used: [f64; K],
    /// Thousandths of GPUs, likewise.
    pub gpus: u128,
    /// Amounts that are stranded, likewise.
    pub stranded: [f64; K],
    /// Microwatts, likewise.
    pub power: u128,
    /// Hosts that take no items, likewise.
    pub closed: u128,
    /// Items that are migrated, likewise.
    pub moving: u128,
}

impl<const K: usize> Default for Sums<K> {
    fn default() -> Self {
        Self {
            hosts: 0,
            bound: 0,
            waiting: 0,
            used: [0.0; K],
            gpus: 0,
            stranded: [0.0; K],
            power: 0,
            closed: 0,
            moving: 0,
        }
    }
}

/// Sums at the ends of equally long intervals.
#[derive(Clone, Debug)]
pub struct History<const K: usize> {
    interval: SimDuration,
    /// The end of the interval that is not over.
    due: SimTime,
    points: Vec<Sums<K>>,
}

impl<const K: usize> Default for History<K> {
    fn default() -> Self {
        Self { interval: SHORTEST, due: SimTime::ZERO + SHORTEST, points: Vec::new() }
    }
}

impl<const K: usize> History<K> {
    /// When the next sums are to be kept, where that is not after `now`.
    pub fn due(&self, now: SimTime) -> Option<SimTime> {
        (self.due <= now && self.due < SimTime::MAX).then_some(self.due)
    }

    /// Keeps the sums of that instant.
    pub fn keep(&mut self, sums: Sums<K>) {
        self.points.push(sums);
        if self.points.len() == MOST {
            let mut place = 0;
            self.points.retain(|_| {
                place += 1;
                place % 2 == 0
            });
            self.interval = self.interval + self.interval;
        }
        self.due = self.due_after(self.points.len());
    }

    fn due_after(&self, points: usize) -> SimTime {
        SimTime::from_nanos(self.interval.as_nanos().saturating_mul(points as u64 + 1))
    }

    /// The end of each interval, and what was in use in the mean within it; the last ends now, and
    /// may be shorter.
    pub fn means(&self, now: SimTime, sums: Sums<K>) -> Vec<(SimTime, Means<K>)> {
        // what is left over at the end and shorter than half an interval is no point of its own
        let rest = self.due.since(now).as_nanos();
        let is_short = rest > self.interval.as_nanos() / 2;
        let points = &self.points[..self.points.len().saturating_sub(usize::from(is_short))];
        let ends = (0..points.len()).map(|place| self.due_after(place)).chain([now]);
        let mut before = (SimTime::ZERO, Sums::default());
        let mut means = Vec::with_capacity(self.points.len() + 1);
        for (end, sums) in ends.zip(points.iter().copied().chain([sums])) {
            let passed = end.since(before.0).as_nanos();
            if passed > 0 {
                means.push((end, Means::between(&before.1, &sums, passed)));
            }
            before = (end, sums);
        }
        means
    }
}

/// What was in use in the mean over some time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means<const K: usize> {
    /// Hosts.
    pub hosts: f64,
    /// The least these could be.
    pub bound: f64,
    /// Items without a host.
    pub waiting: f64,
    /// Amounts.
    pub used: [f64; K],
    /// Thousandths of GPUs.
    pub gpus: f64,
    /// Amounts that are stranded.
    pub stranded: [f64; K],
    /// Microwatts.
    pub power: f64,
    /// Hosts that take no items.
    pub closed: f64,
    /// Items that are migrated.
    pub moving: f64,
}

impl<const K: usize> Means<K> {
    fn between(before: &Sums<K>, after: &Sums<K>, nanos: u64) -> Self {
        let length = nanos as f64;
        let mean = |before: u128, after: u128| (after - before) as f64 / length;
        Self {
            hosts: mean(before.hosts, after.hosts),
            bound: mean(before.bound, after.bound),
            waiting: mean(before.waiting, after.waiting),
            used: std::array::from_fn(|kind| (after.used[kind] - before.used[kind]) / length),
            gpus: mean(before.gpus, after.gpus),
            stranded: std::array::from_fn(|kind| {
                (after.stranded[kind] - before.stranded[kind]) / length
            }),
            power: mean(before.power, after.power),
            closed: mean(before.closed, after.closed),
            moving: mean(before.moving, after.moving),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One host in use from the start: whatever the length of the run, the mean is one everywhere,
    /// the points are evenly apart, and there are not too many.
    #[test]
    fn however_long_it_takes_there_are_a_few_hundred_points() {
        for millis in [3, 399, 400, 401, 5_000, 123_457] {
            let mut history = History::<1>::default();
            let now = SimTime::from_nanos(millis * 1_000_000 + 1);
            let at = |time: SimTime| Sums { hosts: time.as_nanos().into(), ..Sums::default() };
            while let Some(due) = history.due(now) {
                history.keep(at(due));
            }
            let means = history.means(now, at(now));
            assert!(means.len() <= MOST, "{}", means.len());
            assert!(millis < 400 || means.len() >= MOST / 2, "{}", means.len());
            assert!(means.iter().all(|(_, mean)| mean.hosts == 1.0));
            let whole = &means[..means.len() - 1];
            let first = means[0].0.since(SimTime::ZERO).as_nanos();
            let last = now.since(whole.last().map_or(SimTime::ZERO, |(end, _)| *end)).as_nanos();
            assert!(whole.is_empty() || last * 2 >= first && last * 2 < first * 3, "{last}");
            let gaps = whole.windows(2).map(|pair| pair[1].0.since(pair[0].0));
            assert!(gaps.clone().all(|gap| gap == whole[0].0.since(SimTime::ZERO)));
            assert_eq!(means.last().map(|(end, _)| *end), Some(now));
        }
    }
}
