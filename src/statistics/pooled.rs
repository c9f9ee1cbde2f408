//! Quantiles of all replications together, and what they are worth.
//!
//! The quantile of one replication is off by a part that does not average out over many: its mean
//! is not the quantile. The quantile of all their values together is, up to a part that fades with
//! all of them. Its error is told from how much the share of values below it differs from one
//! replication to the next, divided by the density there (Bahadur's representation; Serfling,
//! Approximation Theorems of Mathematical Statistics, section 2.5).

use crate::metrics::LatencyHistogram;

/// How far to both sides the density is taken from, as a part of the quantile.
const SIDE: f64 = 0.05;

/// A distribution function: straight between the values of a histogram.
pub struct Distribution(Vec<(f64, f64)>);

impl Distribution {
    /// Of the values of a histogram, in seconds.
    pub fn of(histogram: &LatencyHistogram) -> Self {
        let steps = histogram.distribution();
        Self(steps.map(|(value, share)| (value.as_secs_f64(), share)).collect())
    }

    /// The value that this share does not exceed; 0 without any.
    fn quantile(&self, share: f64) -> f64 {
        let index = self.0.partition_point(|&(_, below)| below < share);
        let Some(&(value, upper)) = self.0.get(index) else {
            return self.0.last().map_or(0.0, |&(value, _)| value);
        };
        let (start, lower) = self.before(index);
        start + (value - start) * (share - lower) / (upper - lower)
    }

    /// The share of values up to this one.
    fn share(&self, value: f64) -> f64 {
        let index = self.0.partition_point(|&(step, _)| step < value);
        let Some(&(end, upper)) = self.0.get(index) else { return 1.0 };
        let (start, lower) = self.before(index);
        lower + (upper - lower) * (value - start) / (end - start)
    }

    /// The first value of the histogram up to which there is this share.
    fn step(&self, share: f64) -> f64 {
        let index = self.0.partition_point(|&(_, below)| below < share);
        self.0.get(index).or(self.0.last()).map_or(0.0, |&(value, _)| value)
    }

    /// The share of values up to this one, without any between those of the histogram.
    fn counted(&self, value: f64) -> f64 {
        let index = self.0.partition_point(|&(step, _)| step <= value);
        self.before(index).1
    }

    fn before(&self, index: usize) -> (f64, f64) {
        index.checked_sub(1).map_or((0.0, 0.0), |before| self.0[before])
    }
}

/// A value for each of `parts`, equally long, whose mean is the quantile of the `whole` and whose
/// spread is that of the quantile.
pub fn quantile(whole: &Distribution, parts: &[Distribution], share: f64) -> Vec<f64> {
    let quantile = whole.quantile(share);
    let (low, high) = ((1.0 - SIDE) * quantile, (1.0 + SIDE) * quantile);
    let density = (whole.share(high) - whole.share(low)) / (high - low);
    // parts have few values, so their steps are not smoothed: that would shift them all one way
    let step = whole.step(share);
    let below = whole.counted(step);
    let value = |part: &Distribution| {
        if density > 0.0 {
            quantile + (below - part.counted(step)) / density
        } else {
            part.quantile(share)
        }
    };
    parts.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{SimDuration, Streams};
    use crate::statistics::estimate;

    #[test]
    fn the_quantile_of_short_parts_is_that_of_the_law_and_its_interval_covers_it() {
        // forty parts of sixty exponential values of mean one second: the 95th percentile of such
        // a part is off by several percent on average, that of all together is not
        let mut stream = Streams::new(5).named("pooled");
        let expected = libm::log(20.0);
        let (rounds, mut sum, mut covered) = (500, 0.0, 0);
        for _ in 0..rounds {
            let mut whole = LatencyHistogram::default();
            let mut parts = Vec::new();
            for _ in 0..40 {
                let mut part = LatencyHistogram::default();
                for _ in 0..60 {
                    let value = -libm::log(stream.positive_uniform());
                    part.record(SimDuration::from_nanos((value * 1e9) as u64));
                }
                whole.add(&part);
                parts.push(Distribution::of(&part));
            }
            let found = estimate(&quantile(&Distribution::of(&whole), &parts, 0.95), 0.99);
            sum += found.mean;
            covered += u32::from((found.mean - expected).abs() <= found.half_width);
        }
        // asymptotic standard error sqrt(0.95 / 0.05 / 2400) = 0.089; four of the mean of rounds
        let error = 4.0 * 0.089 / f64::from(rounds).sqrt();
        assert!((sum / f64::from(rounds) - expected).abs() < error, "{sum}");
        // 99 % but for the density, which is known to a tenth only
        assert!(covered > rounds * 965 / 1000, "{covered} of {rounds}");
    }

    #[test]
    fn where_all_is_equal_the_quantile_is_that_value() {
        let mut histogram = LatencyHistogram::default();
        histogram.record_many(SimDuration::ZERO, 10);
        let all = Distribution::of(&histogram);
        let found = quantile(&all, &[Distribution::of(&histogram)], 0.5);
        // the histogram tells nothing below a microsecond apart
        assert!(found.len() == 1 && (0.0..=1e-6).contains(&found[0]), "{found:?}");
    }
}
