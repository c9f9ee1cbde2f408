//! How many bins items need at least, however well they are packed.

/// The bound L2 of Martello and Toth (Lower bounds and reduction procedures for the bin packing
/// problem, Discrete Applied Mathematics 28, 1990) for items of one kind of resource and bins that
/// have so much of it: at least the sum of the sizes over the capacity, and more where large items
/// cannot share a bin. The sizes are sorted on the way. O(n log n).
///
/// For each `a` of at most half a bin: items of more than `capacity - a` are alone among those of
/// at least `a`, those of more than half a bin each have a bin of their own, and what the others
/// of at least `a` need beyond the rests of the latter takes more bins.
pub fn least_bins(sizes: &mut [u64], capacity: u64) -> u64 {
    sizes.sort_unstable_by(|one, other| other.cmp(one));
    let mut sums = vec![0u128];
    for &size in &*sizes {
        sums.push(sums[sums.len() - 1] + u128::from(size));
    }
    let (whole, large) = (u128::from(capacity), sizes.partition_point(|&it| it > capacity / 2));
    let mut most = 0;
    let mut consider = |least: u64, until: usize| {
        let alone = sizes.partition_point(|&size| size > capacity - least);
        let rests = (large - alone) as u128 * whole - (sums[large] - sums[alone]);
        let beyond = (sums[until] - sums[large]).saturating_sub(rests);
        most = most.max(large as u128 + beyond.div_ceil(whole.max(1)));
    };
    consider(0, sizes.len());
    for last in large..sizes.len() {
        // equal sizes count together, with the last of them
        if sizes.get(last + 1) != Some(&sizes[last]) {
            consider(sizes[last], last + 1);
        }
    }
    most as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn items_of_more_than_half_a_bin_have_one_each() {
        assert_eq!(least_bins(&mut [51; 7], 100), 7, "the volume is 3.57 bins");
        assert_eq!(least_bins(&mut [50; 7], 100), 4);
        assert_eq!(least_bins(&mut [], 100), 0);
        assert_eq!(least_bins(&mut [0, 0], 0), 0);
    }

    /// The sum is 300, three bins. From 33 on: 70 is alone, 60 leaves 40, and 50 + 3 x 33 = 149
    /// need 109 beyond that: two more, four in all.
    #[test]
    fn what_does_not_fit_beside_the_large_ones_takes_more_bins() {
        assert_eq!(least_bins(&mut [3, 33, 70, 11, 33, 60, 7, 50, 33], 100), 4);
    }

    /// Six of 51 leave 6 x 49 = 294; 6 x 27 + 6 x 26 + 12 x 23 = 594 need 300 beyond that: 3.
    #[test]
    fn nine_bins_are_known_to_be_right_for_the_instance_of_first_fit_decreasing() {
        let runs = [(6, 51), (6, 27), (6, 26), (12, 23)];
        let mut sizes: Vec<u64> =
            runs.iter().flat_map(|&(count, size)| std::iter::repeat_n(size, count)).collect();
        assert_eq!(least_bins(&mut sizes, 100), 9);
    }

    /// The definition, for each `a`.
    fn defined(sizes: &[u64], capacity: u64) -> u64 {
        let sum = |within: &dyn Fn(u64) -> bool| -> (u64, u64) {
            let all = sizes.iter().filter(|&&size| within(size));
            all.fold((0, 0), |(count, sum), size| (count + 1, sum + size))
        };
        let bound = |least: u64| {
            let (alone, _) = sum(&|size| size > capacity - least);
            let (large, used) = sum(&|size| size <= capacity - least && 2 * size > capacity);
            let (_, others) = sum(&|size| 2 * size <= capacity && size >= least);
            let beyond = (others + used).saturating_sub(large * capacity);
            alone + large + beyond.div_ceil(capacity)
        };
        (0..=capacity / 2).map(bound).max().unwrap_or(0)
    }

    /// The fewest bins, by trying every bin for every item.
    fn fewest(items: &[u64], capacity: u64, bins: &mut Vec<u64>, best: &mut usize) {
        let Some((&item, rest)) = items.split_first() else {
            *best = bins.len().min(*best);
            return;
        };
        if bins.len() >= *best {
            return;
        }
        for bin in 0..bins.len() {
            if bins[bin] + item <= capacity {
                bins[bin] += item;
                fewest(rest, capacity, bins, best);
                bins[bin] -= item;
            }
        }
        bins.push(item);
        fewest(rest, capacity, bins, best);
        bins.pop();
    }

    proptest! {
        #[test]
        fn it_is_what_the_definition_says_and_no_packing_needs_fewer(
            capacity in 1..24u64,
            parts in prop::collection::vec(0.0..=1.0f64, 0..8),
        ) {
            let mut sizes: Vec<u64> =
                parts.iter().map(|part| 1 + (part * (capacity - 1) as f64) as u64).collect();
            let bound = least_bins(&mut sizes, capacity);
            prop_assert_eq!(bound, defined(&sizes, capacity));
            prop_assert!(bound >= sizes.iter().sum::<u64>().div_ceil(capacity));
            let mut best = sizes.len();
            fewest(&sizes, capacity, &mut Vec::new(), &mut best);
            prop_assert!(bound <= best as u64, "{bound} bins for {sizes:?} of {capacity}: {best}");
        }
    }
}
