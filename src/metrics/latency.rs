//! Histograms of durations (HDR: counts in log-linear cells, here of 0.1 % width or less).
//!
//! Means are exact: the sum is kept beside the cells. Quantiles are exact to the cell.

use hdrhistogram::Histogram;

use crate::engine::SimDuration;

/// Below a microsecond nothing is told apart; simulated latencies start far above.
const LOWEST: u64 = 1_000;
/// The histogram grows as needed; this is what it can hold at first.
const HIGHEST: u64 = 60_000_000_000;
/// Three significant digits: a relative error below 0.1 %.
const DIGITS: u8 = 3;

/// A histogram of durations.
#[derive(Clone, Debug)]
pub struct LatencyHistogram {
    cells: Histogram<u64>,
    /// Sum of all values in nanoseconds.
    sum: u128,
    /// Largest value in nanoseconds.
    maximum: u64,
}

impl Default for LatencyHistogram {
    fn default() -> Self {
        let mut cells = Histogram::new_with_bounds(LOWEST, HIGHEST, DIGITS)
            .expect("the bounds are constants that fit each other");
        cells.auto(true);
        Self { cells, sum: 0, maximum: 0 }
    }
}

impl LatencyHistogram {
    /// Adds one value.
    #[inline]
    pub fn record(&mut self, value: SimDuration) {
        let nanos = value.as_nanos();
        self.cells.record(nanos).expect("the histogram resizes itself");
        self.sum += u128::from(nanos);
        self.maximum = self.maximum.max(nanos);
    }

    /// Adds the same value so many times.
    pub fn record_many(&mut self, value: SimDuration, times: u64) {
        let nanos = value.as_nanos();
        if times > 0 {
            self.cells.record_n(nanos, times).expect("the histogram resizes itself");
            self.sum += u128::from(nanos) * u128::from(times);
            self.maximum = self.maximum.max(nanos);
        }
    }

    /// Adds all values of `other`.
    pub fn add(&mut self, other: &Self) {
        self.cells.add(&other.cells).expect("the histogram resizes itself");
        self.sum += other.sum;
        self.maximum = self.maximum.max(other.maximum);
    }

    /// Forgets all values, keeping the memory.
    pub fn clear(&mut self) {
        self.cells.reset();
        self.sum = 0;
        self.maximum = 0;
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.cells.len()
    }

    /// Exact mean, or `None` without values.
    pub fn mean(&self) -> Option<SimDuration> {
        let count = u128::from(self.count());
        let nanos = (self.sum + count / 2).checked_div(count)?;
        Some(SimDuration::from_nanos(nanos as u64))
    }

    /// The value that a share `quantile` (0 to 1) of all values does not exceed, or `None` without
    /// values.
    pub fn quantile(&self, quantile: f64) -> Option<SimDuration> {
        (self.count() > 0).then(|| {
            let cell = self.cells.value_at_quantile(quantile);
            SimDuration::from_nanos(cell.min(self.maximum))
        })
    }

    /// The largest value, or `None` without values.
    pub fn maximum(&self) -> Option<SimDuration> {
        (self.count() > 0).then(|| SimDuration::from_nanos(self.maximum))
    }

    /// The distribution function as steps: (value, share of all values up to it), occupied cells
    /// only.
    pub fn distribution(&self) -> impl Iterator<Item = (SimDuration, f64)> {
        let total = self.count() as f64;
        let mut below = 0;
        self.cells.iter_recorded().map(move |cell| {
            below += cell.count_since_last_iteration();
            (SimDuration::from_nanos(cell.value_iterated_to()), below as f64 / total)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_exact_and_quantiles_are_within_a_thousandth() {
        let mut histogram = LatencyHistogram::default();
        for millis in 1..=1000 {
            histogram.record(SimDuration::from_millis(millis));
        }
        assert_eq!(histogram.mean(), Some(SimDuration::from_nanos(500_500_000)));
        let p99 = histogram.quantile(0.99).unwrap().as_secs_f64();
        assert!((p99 / 0.990 - 1.0).abs() < 1e-3, "{p99}");
        assert_eq!(histogram.maximum(), Some(SimDuration::from_secs(1)));
        assert_eq!(histogram.quantile(1.0), Some(SimDuration::from_secs(1)));
    }

    #[test]
    fn parts_added_give_what_the_whole_gives() {
        let (mut whole, mut one, mut other) =
            (LatencyHistogram::default(), LatencyHistogram::default(), LatencyHistogram::default());
        for nanos in [5, 1_000, 7_777_777, 90_000_000_000_000] {
            whole.record(SimDuration::from_nanos(nanos));
            let part = if nanos % 2 == 0 { &mut one } else { &mut other };
            part.record(SimDuration::from_nanos(nanos));
        }
        one.add(&other);
        assert_eq!(one.count(), 4);
        assert_eq!(one.mean(), whole.mean());
        assert!(one.distribution().eq(whole.distribution()));
        one.clear();
        assert_eq!((one.count(), one.mean(), one.quantile(0.5)), (0, None, None));
    }
}
