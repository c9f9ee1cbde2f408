//! Many tests at once: of twenty figures that do not differ, one is expected to look as if it did.
//!
//! Holm's step-down procedure (A Simple Sequentially Rejective Multiple Test Procedure,
//! Scandinavian Journal of Statistics 6, 1979) holds the probability of even one false difference
//! among all of them below the level, however the figures depend on each other. It finds all that
//! Bonferroni's correction finds, and more.

/// The p values as they are after Holm's correction: a difference is shown at a level where its
/// adjusted value is below it. In the order of `p_values`.
///
/// The k-th smallest of n is multiplied by n - k + 1; none is smaller than one before it, nor
/// larger than 1.
pub fn adjusted(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        let factor = (p_values.len() - rank) as f64;
        largest = largest.max(factor * p_values[index]).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By hand: sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1 are 0.02, 0.03, 0.06, 0.04, the
    /// last of which may not be below the one before it.
    #[test]
    fn four_tests_are_corrected_as_by_hand() {
        let found = adjusted(&[0.01, 0.04, 0.03, 0.005]);
        for (value, expected) in found.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((value - expected).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn one_test_needs_no_correction_and_none_is_more_than_certain() {
        assert_eq!(adjusted(&[0.03]), [0.03]);
        assert_eq!(adjusted(&[0.9, 0.0, 1.0]), [1.0, 0.0, 1.0]);
        assert_eq!(adjusted(&[]), [] as [f64; 0]);
    }

    proptest! {
        /// The procedure as Holm states it: go up from the smallest while p <= level / (n - k + 1).
        #[test]
        fn what_is_below_a_level_is_what_the_procedure_rejects(
            p_values in prop::collection::vec(0.0..0.2_f64, 1..20),
        ) {
            let level = 0.05;
            let mut order: Vec<usize> = (0..p_values.len()).collect();
            order.sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
            let mut rejected = vec![false; p_values.len()];
            for (rank, index) in order.into_iter().enumerate() {
                if p_values[index] * (p_values.len() - rank) as f64 > level {
                    break;
                }
                rejected[index] = true;
            }
            let found: Vec<bool> = adjusted(&p_values).iter().map(|p| *p <= level).collect();
            prop_assert_eq!(found, rejected);
        }
    }
}
