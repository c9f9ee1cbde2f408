//! Statistics of independent replications: means and what they are worth.
//!
//! Replications of a simulation with different seeds are independent and alike, so the mean of
//! their results has a Student-t interval (Law, Simulation Modeling and Analysis, section 9.4.1),
//! whatever the correlation within each run.

pub mod control;
pub mod holm;
pub mod paired;
pub mod pooled;

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean with the half-width of its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Mean over replications.
    pub mean: f64,
    /// Half of the width of the interval; infinite for a single value.
    pub half_width: f64,
    /// Number of replications.
    pub count: usize,
}

/// The mean of independent `values` and its interval at `confidence` (such as 0.99).
///
/// # Panics
/// Without any value, or when `confidence` is not between 0 and 1.
pub fn estimate(values: &[f64], confidence: f64) -> Estimate {
    assert!(!values.is_empty(), "a mean needs at least one value");
    let count = values.len() as f64;
    let mean = mean(values);
    let half_width = deviation(values).map_or(f64::INFINITY, |deviation| {
        student_t(values.len() - 1, confidence) * deviation / count.sqrt()
    });
    Estimate { mean, half_width, count: values.len() }
}

/// The standard deviation of the law that independent `values` come from, estimated; `None` for
/// fewer than two.
pub fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (values.len() > 1).then(|| (squares / (values.len() as f64 - 1.0)).sqrt())
}

/// The mean of some values, which of equal values is exactly that value: the rounding of a sum is
/// not to look like a spread.
fn mean(values: &[f64]) -> f64 {
    if values.iter().all(|value| *value == values[0]) {
        return values[0];
    }
    values.iter().sum::<f64>() / values.len() as f64
}

/// The value that a Student-t variable stays within, on both sides, with probability `confidence`.
///
/// # Panics
/// Without any degree of freedom, or when `confidence` is not between 0 and 1.
pub fn student_t(degrees_of_freedom: usize, confidence: f64) -> f64 {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence is between 0 and 1");
    let law = StudentsT::new(0.0, 1.0, degrees_of_freedom as f64);
    let law = law.expect("a t law has at least one degree of freedom");
    law.inverse_cdf(0.5 + confidence / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_printed_tables() {
        for (degrees, confidence, printed) in
            [(1, 0.95, 12.706), (9, 0.95, 2.262), (19, 0.99, 2.861), (120, 0.99, 2.617)]
        {
            let value = student_t(degrees, confidence);
            assert!((value - printed).abs() < 5e-4, "{degrees}: {value}");
        }
    }

    #[test]
    fn the_interval_of_four_values_is_that_computed_by_hand() {
        // mean 5, squared deviations 9 + 1 + 1 + 9 = 20, s^2 = 20/3, t(3, 95 %) = 3.1824
        let found = estimate(&[2.0, 4.0, 6.0, 8.0], 0.95);
        assert_eq!((found.mean, found.count), (5.0, 4));
        let expected = 3.182_446 * (20.0f64 / 3.0 / 4.0).sqrt();
        assert!((found.half_width - expected).abs() < 1e-5, "{}", found.half_width);
    }

    #[test]
    fn equal_values_have_no_spread_at_all() {
        let found = estimate(&[0.19; 10], 0.95);
        assert_eq!((found.mean, found.half_width), (0.19, 0.0));
    }

    #[test]
    fn one_value_says_nothing_about_its_error() {
        assert_eq!(estimate(&[7.0], 0.99).half_width, f64::INFINITY);
    }
}
