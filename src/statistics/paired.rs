//! Differences between two series of runs that were made in pairs.
//!
//! Runs of one pair have the same seed, so that what they share by chance falls out of their
//! difference: the differences of independent pairs have a Student-t interval, whether or not the
//! two runs of a pair depend on each other and whether or not their variances are equal (Law,
//! Simulation Modeling and Analysis, section 10.2.1, the paired-t confidence interval).
//!
//! The change relative to the baseline is a ratio of two means, both of which are estimated.
//! Fieller's interval takes that into account: it has every ratio `r` for which the mean of
//! `variant - r * baseline` is not shown to differ from zero (Fieller, Some Problems in Interval
//! Estimation, Journal of the Royal Statistical Society B 16, 1954). So it is exact where the
//! pairs are normal, and it contains no change if and only if the interval of the difference
//! contains zero.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{mean, student_t};

/// Values that differ by less than this share of themselves are the same. Completions are rounded
/// to whole nanoseconds, a millionth of a millisecond, and what is summed over them differs by as
/// much without any cause; nobody decides on a millionth.
const ROUNDING: f64 = 1e-6;

/// An estimate between the ends of its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower end; minus infinity where nothing is known of it.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How a variant differs from its baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// Number of pairs.
    pub pairs: usize,
    /// Mean of the baseline.
    pub baseline: Interval,
    /// Mean of the variant.
    pub variant: Interval,
    /// Mean of variant minus baseline.
    pub absolute: Interval,
    /// The same as a share of the mean of the baseline; none where that is not shown to be above
    /// zero, so that no share of it means anything.
    pub relative: Option<Interval>,
    /// Probability of a difference as large as this or larger, of either sign, where there is
    /// none (two-sided t-test); none of a single pair.
    pub p_value: Option<f64>,
    /// Whether both values are the same in every pair.
    pub identical: bool,
}

impl Interval {
    /// The mean of independent `values`, with its t interval.
    fn of_mean(values: &[f64], confidence: f64) -> Self {
        let found = super::estimate(values, confidence);
        Self::around(found.mean, found.half_width)
    }

    fn around(estimate: f64, half_width: f64) -> Self {
        Self { estimate, low: estimate - half_width, high: estimate + half_width }
    }

    /// Whether `value` is in it.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// Compares the values of a variant with those of its baseline, pair by pair.
///
/// Differences that are the same in every one of two or more pairs are taken as certain: the
/// interval is that one value, and the probability that there is none is 0.
///
/// # Panics
/// Without any pair, with series of different lengths, or when `confidence` is not between 0 and 1.
pub fn paired(baseline: &[f64], variant: &[f64], confidence: f64) -> Paired {
    assert_eq!(baseline.len(), variant.len(), "values come in pairs");
    let differences: Vec<f64> =
        baseline.iter().zip(variant).map(|(one, other)| difference(*one, *other)).collect();
    let identical = differences.iter().all(|difference| *difference == 0.0);
    let baseline_mean = Interval::of_mean(baseline, confidence);
    let mut found = Paired {
        pairs: differences.len(),
        baseline: baseline_mean,
        variant: Interval::of_mean(variant, confidence),
        absolute: Interval::around(mean(&differences), f64::INFINITY),
        relative: None,
        p_value: None,
        identical,
    };
    if differences.len() < 2 {
        let change = found.absolute.estimate / baseline_mean.estimate;
        found.relative =
            (baseline_mean.estimate > 0.0).then(|| Interval::around(change, f64::INFINITY));
        return found;
    }
    let error = standard_error(&differences);
    let bound = student_t(differences.len() - 1, confidence);
    found.absolute = Interval::around(found.absolute.estimate, bound * error);
    found.relative = relative(baseline, &differences, bound);
    found.p_value = Some(p_value(found.absolute.estimate, error, differences.len() - 1));
    found
}

/// `other - one`, and nothing where they differ by rounding only.
fn difference(one: f64, other: f64) -> f64 {
    let size = one.abs().max(other.abs());
    if (other - one).abs() <= ROUNDING * size { 0.0 } else { other - one }
}

/// Fieller's interval of the ratio of two means, less one.
///
/// With `d = variant - baseline`, the ratio less one is `mean(d) / mean(baseline)`: the ends are
/// the roots of `(mean(d) - r mean(x))^2 = t^2 var(d - r x) / n`, a quadratic in `r`. It opens
/// upwards, and so bounds the ratio, where the mean of the baseline is shown to differ from zero.
fn relative(baseline: &[f64], differences: &[f64], bound: f64) -> Option<Interval> {
    let count = differences.len() as f64;
    let (base, change) = (mean(baseline), mean(differences));
    let weight = bound * bound / count;
    let square = base * base - weight * covariance(baseline, baseline);
    if base <= 0.0 || square <= 0.0 {
        return None;
    }
    let mixed = base * change - weight * covariance(baseline, differences);
    let constant = change * change - weight * covariance(differences, differences);
    // the ratio itself makes the quadratic negative, so it has roots; rounding aside
    let spread = (mixed * mixed - square * constant).max(0.0).sqrt();
    Some(Interval {
        estimate: change / base,
        low: (mixed - spread) / square,
        high: (mixed + spread) / square,
    })
}

/// The two-sided p value of a mean whose standard error is estimated.
fn p_value(mean: f64, error: f64, degrees_of_freedom: usize) -> f64 {
    if mean == 0.0 {
        return 1.0;
    }
    if error == 0.0 {
        return 0.0;
    }
    let law = StudentsT::new(0.0, 1.0, degrees_of_freedom as f64);
    let law = law.expect("a t law has at least one degree of freedom");
    2.0 * law.sf((mean / error).abs())
}

/// Sample covariance, with the divisor n - 1.
fn covariance(one: &[f64], other: &[f64]) -> f64 {
    let (first, second) = (mean(one), mean(other));
    let products = one.iter().zip(other).map(|(x, y)| (x - first) * (y - second));
    products.sum::<f64>() / (one.len() as f64 - 1.0)
}

/// Of the mean; nothing where all values are the same but for rounding.
fn standard_error(values: &[f64]) -> f64 {
    let first = values[0];
    if values.iter().all(|value| difference(first, *value) == 0.0) {
        return 0.0;
    }
    (covariance(values, values) / values.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(value: f64, expected: f64, slack: f64) {
        assert!((value - expected).abs() <= slack, "{value} instead of {expected}");
    }

    /// The additional hours of sleep of ten patients under two drugs: Student, The Probable Error
    /// of a Mean, Biometrika 6 (1908). Differences have mean 1.58 and standard deviation 1.23 (n -
    /// 1), so t = 4.06; p is 0.0028 and the interval is 0.70 to 2.46, as textbooks print.
    #[test]
    fn the_data_of_student_give_what_textbooks_print() {
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let found = paired(&first, &second, 0.95);
        near(found.absolute.estimate, 1.58, 1e-9);
        near(found.absolute.low, 0.7001, 5e-5);
        near(found.absolute.high, 2.4599, 5e-5);
        near(found.p_value.unwrap(), 0.002_833, 5e-7);
        // 0.75 hours with a half-width of 1.28: no share of it means anything
        assert_eq!(found.relative, None);
    }

    /// x = 10, 12, 14 and y = 11, 14, 14: differences 1, 2, 0 of mean 1 and variance 1, so the
    /// standard error is 1/sqrt(3); t(2, 95 %) = 4.302653. Fieller: mean x = 12, var x = 4,
    /// cov(x, d) = -1, g = t^2 / 3 = 6.170940; a = 144 - 4 g = 119.316240, b = 12 + g = 18.170940,
    /// c = 1 - g = -5.170940; roots (b ± sqrt(b^2 - a c)) / a.
    #[test]
    fn both_intervals_of_three_pairs_are_those_computed_by_hand() {
        let found = paired(&[10.0, 12.0, 14.0], &[11.0, 14.0, 14.0], 0.95);
        near(found.absolute.low, 1.0 - 2.484_138, 1e-5);
        near(found.absolute.high, 1.0 + 2.484_138, 1e-5);
        let relative = found.relative.unwrap();
        near(relative.estimate, 1.0 / 12.0, 1e-12);
        let root = (18.170_940f64 * 18.170_940 + 119.316_240 * 5.170_940).sqrt();
        near(relative.low, (18.170_940 - root) / 119.316_240, 1e-6);
        near(relative.high, (18.170_940 + root) / 119.316_240, 1e-6);
        // t = sqrt(3) with 2 degrees of freedom: the tail is 1/2 - t / (2 sqrt(2 + t^2))
        near(found.p_value.unwrap(), 1.0 - 3f64.sqrt() / 5f64.sqrt(), 1e-9);
    }

    #[test]
    fn a_difference_that_is_always_the_same_is_certain() {
        let found = paired(&[1.0, 2.0, 4.0], &[1.5, 2.5, 4.5], 0.95);
        assert_eq!(found.absolute, Interval { estimate: 0.5, low: 0.5, high: 0.5 });
        assert_eq!((found.p_value, found.identical), (Some(0.0), false));
        let constant = paired(&[0.1; 3], &[0.1 * 1.5; 3], 0.95);
        near(constant.relative.unwrap().low, 0.5, 1e-12);
        near(constant.relative.unwrap().high, 0.5, 1e-12);
        assert_eq!(constant.p_value, Some(0.0));
    }

    #[test]
    fn the_same_values_differ_in_nothing_and_rounding_is_no_difference() {
        let values = [0.1 + 0.2, 5.000_001, 1e9];
        let found = paired(&values, &[0.3, 5.0, 1e9], 0.95);
        assert!(found.identical);
        assert_eq!(found.absolute, Interval { estimate: 0.0, low: 0.0, high: 0.0 });
        assert_eq!(found.p_value, Some(1.0));
        assert_eq!(paired(&[0.0; 4], &[0.0; 4], 0.95).relative, None);
    }

    #[test]
    fn one_pair_shows_nothing() {
        let found = paired(&[2.0], &[3.0], 0.95);
        assert_eq!((found.absolute.estimate, found.absolute.high), (1.0, f64::INFINITY));
        assert_eq!(found.relative.map(|change| change.estimate), Some(0.5));
        assert_eq!(found.p_value, None);
    }

    proptest! {
        /// The interval of the change, that of the ratio and the test are one statement.
        #[test]
        fn intervals_and_test_agree_on_whether_there_is_a_difference(
            pairs in prop::collection::vec((50.0..150.0_f64, 50.0..150.0_f64), 3..12),
        ) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let found = paired(&x, &y, 0.95);
            let shown = !found.absolute.contains(0.0);
            prop_assert_eq!(shown, found.p_value.unwrap() < 0.05);
            if let Some(relative) = found.relative {
                prop_assert_eq!(shown, !relative.contains(0.0));
                prop_assert!(relative.contains(relative.estimate));
            }
        }
    }
}
