//! The order in which equals come out of Go's `sort.Slice`.
//!
//! kube-scheduler sorts potential victims by a sort that is not stable, and pods of one priority
//! that started in one second are common: which of them is evicted depends on where the sort leaves
//! them. It is deterministic: pattern-defeating quicksort as in Go 1.19 and later (src/sort,
//! `pdqsort_func`), with insertion sort, which is stable, up to 12 elements.

/// Up to so many elements are sorted by insertion.
const FEW: usize = 12;
/// From so many elements on, the pivot is a median of medians and a few may be out of place.
const MANY: usize = 50;

/// Sorts by keys, and leaves equals where Go's `sort.Slice` does.
pub(super) fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    let limit = usize::BITS - items.len().leading_zeros();
    Sorter { items, key }.sort(0, None, limit);
}

/// What seems to be known of a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    Unknown,
    Increasing,
    Decreasing,
}

struct Sorter<'a, T, F> {
    items: &'a mut [T],
    key: F,
}

impl<T, K: Ord, F: Fn(&T) -> K> Sorter<'_, T, F> {
    fn less(&self, left: usize, right: usize) -> bool {
        (self.key)(&self.items[left]) < (self.key)(&self.items[right])
    }

    /// Sorts from `from` to the end, or to before `end`. `limit` is how many bad pivots are borne.
    fn sort(&mut self, mut from: usize, end: Option<usize>, mut limit: u32) {
        let mut end = end.unwrap_or(self.items.len());
        let (mut balanced, mut partitioned) = (true, true);
        loop {
            let length = end - from;
            if length <= FEW {
                return self.insert(from, end);
            }
            if limit == 0 {
                return self.heap(from, end);
            }
            if !balanced {
                self.break_patterns(from, end);
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.pivot(from, end);
            if hint == Hint::Decreasing {
                self.items[from..end].reverse();
                pivot = (end - 1) - (pivot - from);
                hint = Hint::Increasing;
            }
            let seems_sorted = balanced && partitioned && hint == Hint::Increasing;
            if seems_sorted && self.insert_few(from, end) {
                return;
            }
            if from > 0 && !self.less(from - 1, pivot) {
                from = self.part_equals(from, end, pivot);
                continue;
            }
            let (middle, already) = self.part(from, end, pivot);
            partitioned = already;
            let (left, right) = (middle - from, end - middle);
            balanced = left.min(right) >= length / 8;
            if left < right {
                self.sort(from, Some(middle), limit);
                from = middle + 1;
            } else {
                self.sort(middle + 1, Some(end), limit);
                end = middle;
            }
        }
    }

    fn insert(&mut self, from: usize, end: usize) {
        for item in from + 1..end {
            let mut place = item;
            while place > from && self.less(place, place - 1) {
                self.items.swap(place, place - 1);
                place -= 1;
            }
        }
    }

    fn heap(&mut self, from: usize, end: usize) {
        let length = end - from;
        for root in (0..=(length - 1) / 2).rev() {
            self.sift(from, root, length);
        }
        for last in (0..length).rev() {
            self.items.swap(from, from + last);
            self.sift(from, 0, last);
        }
    }

    fn sift(&mut self, from: usize, mut root: usize, length: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= length {
                return;
            }
            if child + 1 < length && self.less(from + child, from + child + 1) {
                child += 1;
            }
            if !self.less(from + root, from + child) {
                return;
            }
            self.items.swap(from + root, from + child);
            root = child;
        }
    }

    /// Moves the elements below the pivot before it; says where the pivot is then, and whether
    /// nothing else had to be moved.
    fn part(&mut self, from: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.items.swap(from, pivot);
        let (mut left, mut right) = (from + 1, end - 1);
        let mut already = true;
        loop {
            while left <= right && self.less(left, from) {
                left += 1;
            }
            while left <= right && !self.less(right, from) {
                right -= 1;
            }
            if left > right {
                break;
            }
            already = false;
            self.items.swap(left, right);
            (left, right) = (left + 1, right - 1);
        }
        self.items.swap(right, from);
        (right, already)
    }

    /// Moves the elements equal to the pivot to the front, none being below it; says where the
    /// others begin.
    fn part_equals(&mut self, from: usize, end: usize, pivot: usize) -> usize {
        self.items.swap(from, pivot);
        let (mut left, mut right) = (from + 1, end - 1);
        loop {
            while left <= right && !self.less(from, left) {
                left += 1;
            }
            while left <= right && self.less(from, right) {
                right -= 1;
            }
            if left > right {
                return left;
            }
            self.items.swap(left, right);
            (left, right) = (left + 1, right - 1);
        }
    }

    /// Tries to sort what is nearly sorted; says whether it is sorted now.
    fn insert_few(&mut self, from: usize, end: usize) -> bool {
        let mut next = from + 1;
        for _ in 0..5 {
            while next < end && !self.less(next, next - 1) {
                next += 1;
            }
            if next == end {
                return true;
            }
            if end - from < MANY {
                return false;
            }
            self.items.swap(next, next - 1);
            let mut place = next - 1;
            while next - from >= 2 && place >= 1 && self.less(place, place - 1) {
                self.items.swap(place, place - 1);
                place -= 1;
            }
            let mut place = next + 1;
            while end - next >= 2 && place < end && self.less(place, place - 1) {
                self.items.swap(place, place - 1);
                place += 1;
            }
        }
        false
    }

    /// Scatters three elements of what was divided badly, by a sequence of its length alone.
    fn break_patterns(&mut self, from: usize, end: usize) {
        let length = end - from;
        let mut random = length as u64;
        let mask = (1_usize << (usize::BITS - length.leading_zeros())) - 1;
        let middle = from + length / 4 * 2;
        for place in middle - 1..=middle + 1 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let other = random as usize & mask;
            let other = if other >= length { other - length } else { other };
            self.items.swap(place, from + other);
        }
    }

    fn pivot(&self, from: usize, end: usize) -> (usize, Hint) {
        let quarter = (end - from) / 4;
        let mut swaps = 0;
        let mut places = [from + quarter, from + 2 * quarter, from + 3 * quarter];
        if end - from >= MANY {
            places = places.map(|place| self.median([place - 1, place, place + 1], &mut swaps));
        }
        let pivot = self.median(places, &mut swaps);
        match swaps {
            0 => (pivot, Hint::Increasing),
            12 => (pivot, Hint::Decreasing),
            _ => (pivot, Hint::Unknown),
        }
    }

    fn median(&self, [first, second, third]: [usize; 3], swaps: &mut u32) -> usize {
        let mut ordered = |left, right| match self.less(right, left) {
            true => {
                *swaps += 1;
                (right, left)
            }
            false => (left, right),
        };
        let (first, second) = ordered(first, second);
        let (second, _) = ordered(second, third);
        ordered(first, second).1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(keys: &[u32]) -> Vec<(u32, usize)> {
        let mut items: Vec<(u32, usize)> = keys.iter().copied().zip(0..).collect();
        sort_by_key(&mut items, |item| item.0);
        items
    }

    #[test]
    fn up_to_twelve_equals_stay_in_their_order() {
        let places: Vec<usize> = sorted(&[7; 12]).iter().map(|item| item.1).collect();
        assert_eq!(places, (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn more_than_twelve_equals_stay_too_since_they_look_sorted() {
        let places: Vec<usize> = sorted(&[7; 40]).iter().map(|item| item.1).collect();
        assert_eq!(places, (0..40).collect::<Vec<_>>());
    }

    /// By hand: the quarter points 3, 6 and 9 hold 1, 0 and 0; the pairs (3, 6) and (3, 9) are
    /// exchanged, so the pivot is 9, and nothing is known of the order. It changes places with
    /// element 0; nothing is below it, so it stays in front. The other 12, with element 0 in the
    /// place of 9, are sorted by insertion.
    #[test]
    fn thirteen_elements_are_divided_by_the_median_of_three() {
        let items = sorted(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let places: Vec<usize> = items.iter().map(|item| item.1).collect();
        assert_eq!(places, [9, 1, 2, 4, 5, 6, 7, 8, 10, 11, 3, 0, 12]);
    }

    proptest! {
        #[test]
        fn whatever_is_sorted_is_sorted(keys in prop::collection::vec(0_u32..9, 0..300)) {
            let items = sorted(&keys);
            prop_assert!(items.windows(2).all(|pair| pair[0].0 <= pair[1].0));
            let mut places: Vec<usize> = items.iter().map(|item| item.1).collect();
            places.sort_unstable();
            prop_assert_eq!(places, (0..keys.len()).collect::<Vec<_>>());
        }

        #[test]
        fn large_keys_are_sorted_too(keys in prop::collection::vec(0_u32..100_000, 0..300)) {
            let mut expected = keys.clone();
            expected.sort_unstable();
            let items: Vec<u32> = sorted(&keys).iter().map(|item| item.0).collect();
            prop_assert_eq!(items, expected);
        }
    }
}
