//! Control variates: less chance in an estimate, taken off with the help of what is known.
//!
//! Beside each value something was observed whose mean is known to be zero. Values are regressed on
//! it, and the estimate is where the regression passes zero, with the interval of a regression's
//! intercept (Lavenberg and Welch, Management Science 27, 1981; Law, Simulation Modeling and
//! Analysis, section 11.4). The mean of the estimate is that of the values, whether or not the
//! controls have anything to do with them, up to a part that fades like one over their number.

use super::{Estimate, student_t};

/// Part of a control that must be left once the others are taken off, for it to say anything new.
const NEW: f64 = 1e-9;

/// The mean of `values` and its interval at `confidence`, given for each control its observations
/// beside the values. Controls that say nothing new are left out, as are all where there are too
/// few values.
///
/// # Panics
/// Without any value, when a control has another number of observations, or when `confidence` is
/// not between 0 and 1.
pub fn controlled(values: &[f64], controls: &[Vec<f64>], confidence: f64) -> Estimate {
    // two degrees of freedom must be left
    let few = values.len() < controls.len() + 3;
    let controls = if few { &[] } else { controls };
    let mut taken: Vec<Centred> = Vec::new();
    for control in controls {
        assert_eq!(control.len(), values.len(), "a control is observed beside each value");
        let mut control = Centred::of(control);
        let whole = control.squares();
        control.remove(&taken);
        if control.squares() > NEW * whole {
            taken.push(control);
        }
    }
    let mut rest = Centred::of(values);
    rest.remove(&taken);
    let count = values.len() as f64;
    let freedom = values.len() - 1 - taken.len().min(values.len() - 1);
    let half_width = if freedom == 0 {
        f64::INFINITY
    } else {
        let off: f64 = taken.iter().map(|one| one.mean * one.mean / one.squares()).sum();
        let variance = rest.squares() / freedom as f64 * (1.0 / count + off);
        student_t(freedom, confidence) * variance.sqrt()
    };
    Estimate { mean: rest.mean, half_width, count: values.len() }
}

/// A mean and the deviations from it.
struct Centred {
    mean: f64,
    deviations: Vec<f64>,
}

impl Centred {
    fn of(values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Self { mean, deviations: values.iter().map(|value| value - mean).collect() }
    }

    fn squares(&self) -> f64 {
        self.deviations.iter().map(|one| one * one).sum()
    }

    /// Takes off what goes along with `others`, which do not go along with one another.
    fn remove(&mut self, others: &[Self]) {
        for other in others {
            let pairs = self.deviations.iter().zip(&other.deviations);
            let slope = pairs.map(|(one, other)| one * other).sum::<f64>() / other.squares();
            self.mean -= slope * other.mean;
            for (one, other) in self.deviations.iter_mut().zip(&other.deviations) {
                *one -= slope * other;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Stream, Streams};
    use crate::statistics::estimate;

    /// Uniform with mean 0 and variance 1.
    fn noise(stream: &mut Stream) -> f64 {
        12f64.sqrt() * (stream.uniform() - 0.5)
    }

    #[test]
    fn without_controls_it_is_the_plain_estimate() {
        let values = [2.0, 4.0, 6.0, 8.5];
        let (one, other) = (controlled(&values, &[], 0.95), estimate(&values, 0.95));
        assert!((one.half_width - other.half_width).abs() < 1e-12);
        assert_eq!((one.mean, one.count), (other.mean, other.count));
        assert_eq!(controlled(&[3.0], &[], 0.95).half_width, f64::INFINITY);
    }

    #[test]
    fn what_a_control_explains_in_full_is_known_in_full() {
        // 5 + 2 x, with x observed on one side of its mean only; said twice, it says nothing more
        let control = vec![0.5, 1.0, 2.0, 4.0, 0.25, 3.0];
        let values: Vec<f64> = control.iter().map(|x| 5.0 + 2.0 * x).collect();
        let double = control.iter().map(|x| 2.0 * x).collect();
        let found = controlled(&values, &[control, double], 0.99);
        assert!((found.mean - 5.0).abs() < 1e-12, "{found:?}");
        assert!(found.half_width < 1e-9, "{found:?}");
    }

    #[test]
    fn the_interval_is_that_of_the_intercept_computed_by_hand() {
        // x = -1, 0, 1, 2: mean 1/2, squares 5; y = 0, 2, 1, 5: mean 2, slope 7/5, so the intercept
        // is 13/10; residuals 1/10, 7/10, -17/10, 9/10, squares 21/5; variance of the intercept
        // 21/10 (1/4 + 1/20) = 63/100; t(2, 95 %) = 4.3027
        let found = controlled(&[0.0, 2.0, 1.0, 5.0], &[vec![-1.0, 0.0, 1.0, 2.0]], 0.95);
        assert!((found.mean - 1.3).abs() < 1e-12, "{found:?}");
        assert!((found.half_width - 4.302_653 * 0.63f64.sqrt()).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn the_estimate_is_unbiased_narrower_and_covers_as_often_as_it_says() {
        let mut stream = Streams::new(3).named("control");
        let (rounds, confidence) = (4000, 0.95);
        let (mut sum, mut covered, mut narrower) = (0.0, 0, 0);
        for _ in 0..rounds {
            let mut control = Vec::new();
            let mut useless = Vec::new();
            let mut values = Vec::new();
            for _ in 0..20 {
                control.push(noise(&mut stream));
                useless.push(noise(&mut stream));
                values.push(7.0 + 2.0 * control[control.len() - 1] + noise(&mut stream));
            }
            let plain = estimate(&values, confidence);
            let found = controlled(&values, &[control, useless], confidence);
            sum += found.mean;
            covered += u32::from((found.mean - 7.0).abs() <= found.half_width);
            narrower += u32::from(found.half_width < plain.half_width);
        }
        // four standard errors: of a mean with variance 1/20 17/15, and of a share
        let error = (17.0 / 15.0 / 20.0 / f64::from(rounds)).sqrt();
        assert!((sum / f64::from(rounds) - 7.0).abs() < 4.0 * error);
        let error = (0.95 * 0.05 / f64::from(rounds)).sqrt();
        assert!((f64::from(covered) / f64::from(rounds) - 0.95).abs() < 4.0 * error, "{covered}");
        assert!(narrower > rounds * 9 / 10, "{narrower}");
    }
}
