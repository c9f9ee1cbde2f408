//! Sequential stopping: how many replications make a mean as precise as is wanted.
//!
//! After each look the number that would do, if the spread stays as it is, grows with the
//! square of the half-width (Law, Simulation Modeling and Analysis, section 9.4.1). It is at
//! most doubled from one look to the next, since a first spread of few runs is a guess. The
//! number depends on the results of the point alone: neither threads nor shards nor
//! interruptions change it.

use crate::scenario::Precision;
use crate::statistics::{Estimate, estimate};

/// The number of replications to go on to, or `None` where these are enough. Each of `columns` has
/// the values of one figure that is to be known precisely.
pub fn more(rule: &Precision, confidence: f64, done: u32, columns: &[Vec<f64>]) -> Option<u32> {
    if done >= rule.most {
        return None;
    }
    let needed = columns.iter().map(|values| needed(rule, confidence, values)).fold(0.0, f64::max);
    if needed <= f64::from(done) {
        return None;
    }
    let most = rule.most.min(done.saturating_mul(2));
    // as a float, it may be infinite
    let needed = needed.ceil().min(f64::from(most)) as u32;
    Some(needed.max(done + 1))
}

/// The number of values at which their mean would be as precise as is wanted.
fn needed(rule: &Precision, confidence: f64, values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::INFINITY;
    }
    let Estimate { mean, half_width, .. } = estimate(values, confidence);
    let wanted = rule.half_width.0 * mean.abs();
    if half_width <= wanted {
        return 0.0;
    }
    let ratio = half_width / wanted;
    // more than there are, however close it is
    (values.len() as f64 * ratio * ratio).max(values.len() as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Fraction;

    fn rule(half_width: f64) -> Precision {
        Precision { metric: "p99".into(), half_width: Fraction(half_width), most: 100 }
    }

    /// Mean 5, half-width 3.1824 * sqrt(20 / 3 / 4) = 4.108, which is 82.2 % of the mean.
    const VALUES: [f64; 4] = [2.0, 4.0, 6.0, 8.0];

    #[test]
    fn the_number_grows_with_the_square_of_the_half_width_and_at_most_doubles() {
        let after = |share| more(&rule(share), 0.95, 4, &[VALUES.to_vec()]);
        assert_eq!(after(0.83), None);
        assert_eq!(after(0.82), Some(5));
        // 4 * (82.2 / 70)^2 = 5.5
        assert_eq!(after(0.7), Some(6));
        assert_eq!(after(0.1), Some(8));
    }

    #[test]
    fn all_figures_have_to_be_precise_and_the_most_is_never_exceeded() {
        let exact = vec![1.0; 4];
        assert_eq!(more(&rule(0.5), 0.95, 4, std::slice::from_ref(&exact)), None);
        assert_eq!(more(&rule(0.1), 0.95, 4, &[exact, VALUES.to_vec()]), Some(8));
        let few = Precision { most: 6, ..rule(0.1) };
        assert_eq!(more(&few, 0.95, 4, &[VALUES.to_vec()]), Some(6));
        assert_eq!(more(&few, 0.95, 6, &[VALUES.to_vec()]), None);
    }

    #[test]
    fn a_mean_of_zero_is_precise_only_where_all_is_zero() {
        assert_eq!(more(&rule(0.1), 0.95, 2, &[vec![0.0, 0.0]]), None);
        assert_eq!(more(&rule(0.1), 0.95, 2, &[vec![1.0, -1.0]]), Some(4));
    }
}
