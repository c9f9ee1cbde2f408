//! Places for labels beside line ends: as near to their line as they can be without touching.

/// Centres of labels that want to be at `wanted`, at least `gap` apart and within `low..=high`,
/// with the least sum of squared displacements. The order of equals is that of the input.
///
/// Subtracting `gap` for each label above turns "at least `gap` apart" into "not decreasing", the
/// classic isotonic regression, solved by pooling adjacent violators.
pub fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    // pools of (sum, number) whose mean is the place of all their members
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (rank, index) in order.iter().enumerate() {
        let mut pool = (wanted[*index] - rank as f64 * gap, 1);
        while let Some(last) = pools.last() {
            if last.0 / last.1 as f64 <= pool.0 / pool.1 as f64 {
                break;
            }
            pool = (pool.0 + last.0, pool.1 + last.1);
            pools.pop();
        }
        pools.push(pool);
    }
    let highest = (high - wanted.len().saturating_sub(1) as f64 * gap).max(low);
    let places = pools.iter().flat_map(|(sum, number)| {
        let place = (sum / *number as f64).clamp(low, highest);
        std::iter::repeat_n(place, *number)
    });
    let mut centres = vec![0.0; wanted.len()];
    for ((rank, index), place) in order.iter().enumerate().zip(places) {
        centres[*index] = place + rank as f64 * gap;
    }
    centres
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_apart_stay_and_labels_together_part_evenly() {
        assert_eq!(spread(&[10.0, 50.0], 15.0, 0.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread(&[50.0, 50.0], 15.0, 0.0, 100.0), [42.5, 57.5]);
        assert_eq!(spread(&[98.0, 99.0], 15.0, 0.0, 100.0), [85.0, 100.0]);
        assert_eq!(spread(&[], 15.0, 0.0, 100.0), [0.0; 0]);
    }

    proptest! {
        #[test]
        fn labels_never_touch_nor_leave_the_plot(
            wanted in prop::collection::vec(-50.0..350.0f64, 1..15)
        ) {
            let mut centres = spread(&wanted, 15.0, 0.0, 300.0);
            centres.sort_by(f64::total_cmp);
            prop_assert!(centres.windows(2).all(|pair| pair[1] - pair[0] > 15.0 - 1e-9));
            prop_assert!(centres[0] >= 0.0 && *centres.last().unwrap() <= 300.0 + 1e-9);
        }
    }
}
