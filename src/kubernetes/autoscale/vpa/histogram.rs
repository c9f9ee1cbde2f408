//! A histogram whose samples lose weight as time goes by.

use crate::engine::{SimDuration, SimTime};

/// By how much a bucket is wider than the one below it.
const GROWTH: f64 = 1.05;
/// After which a sample counts half.
const HALF_LIFE: SimDuration = SimDuration::from_secs(24 * 3_600);
/// How many half-lives later weights are made small again, lest they grow beyond all numbers.
const MOST_HALF_LIVES: u64 = 100;
/// The least weight that is kept: a thousandth of the least that a sample has.
const LEAST: f64 = 0.000_1;

/// Weights of values by buckets, each 5 % wider than the one below it.
///
/// Nothing is known of a value but its bucket, so that a percentile is the upper end of one. That a
/// sample loses weight is modelled the other way round: later ones weigh more.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    /// Upper end of the lowest bucket.
    first: f64,
    weights: Vec<f64>,
    total: f64,
    /// When a sample has its plain weight.
    reference: SimTime,
}

impl Histogram {
    /// Of values between 0 and one that nothing exceeds, the lowest bucket being `first` wide.
    pub fn new(first: f64, most: f64) -> Self {
        let buckets = (log(most * (GROWTH - 1.0) / first + 1.0)).ceil() as usize + 1;
        Self { first, weights: vec![0.0; buckets], total: 0.0, reference: SimTime::ZERO }
    }

    /// Counts a value.
    pub fn add(&mut self, value: f64, weight: f64, time: SimTime) {
        let weight = weight * self.factor(time);
        let bucket = self.bucket(value);
        self.weights[bucket] += weight;
        self.total += weight;
    }

    /// Takes back a value that was counted with this time.
    pub fn subtract(&mut self, value: f64, weight: f64, time: SimTime) {
        let weight = weight * self.factor(time);
        let bucket = self.bucket(value);
        let there = self.weights[bucket];
        let weight = if weight > there - LEAST { there } else { weight };
        self.weights[bucket] -= weight;
        self.total -= weight;
    }

    /// The upper end of the bucket up to which a part of all weights lies, from 0 to 1; none of
    /// nothing.
    pub fn percentile(&self, part: f64) -> Option<f64> {
        let counts = |&weight: &f64| weight >= LEAST;
        let lowest = self.weights.iter().position(counts)?;
        let highest = self.weights.iter().rposition(counts)?;
        let threshold = part * self.total;
        let mut sum = 0.0;
        let bucket = (lowest..highest).find(|&bucket| {
            sum += self.weights[bucket];
            sum >= threshold
        });
        let above = bucket.unwrap_or(highest) + 1;
        Some(self.start(above.min(self.weights.len() - 1)))
    }

    fn bucket(&self, value: f64) -> usize {
        if value < self.first {
            return 0;
        }
        let bucket = log(value * (GROWTH - 1.0) / self.first + 1.0) as usize;
        bucket.min(self.weights.len() - 1)
    }

    fn start(&self, bucket: usize) -> f64 {
        self.first * (libm::pow(GROWTH, bucket as f64) - 1.0) / (GROWTH - 1.0)
    }

    /// What a sample of a time weighs more than one of the time of reference.
    fn factor(&mut self, time: SimTime) -> f64 {
        let age = time.as_nanos().saturating_sub(self.reference.as_nanos());
        if age > MOST_HALF_LIVES * HALF_LIFE.as_nanos() {
            let halves = (age + HALF_LIFE.as_nanos() / 2) / HALF_LIFE.as_nanos();
            let shrink = libm::exp2(-(halves as f64));
            self.weights.iter_mut().for_each(|weight| *weight *= shrink);
            self.total *= shrink;
            self.reference += SimDuration::from_nanos(halves * HALF_LIFE.as_nanos());
        }
        // the rounding may have put the reference half a half-life after the time
        let signed = time.as_nanos() as f64 - self.reference.as_nanos() as f64;
        libm::exp2(signed / HALF_LIFE.as_nanos() as f64)
    }
}

/// The logarithm to the base by which buckets grow.
fn log(value: f64) -> f64 {
    libm::log(value) / libm::log(GROWTH)
}
