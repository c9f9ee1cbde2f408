//! Where to look next for the smallest number that is large enough: gallop, then bisect.
//!
//! On the premise that more is never worse. The first step goes next to the start and each further
//! one doubles (Bentley and Yao, An almost optimal algorithm for unbounded searching, Information
//! Processing Letters 5, 1976), so that a good start is confirmed by two looks, and a far end costs
//! no more than the logarithm of its distance. Once there is a number on either side, the middle
//! between them is next.

/// What is known so far: all that misses is below all that meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    from: u32,
    to: u32,
    /// The largest that was found too small.
    missed: Option<u32>,
    /// The smallest that was found large enough.
    met: Option<u32>,
    step: u32,
}

impl Bracket {
    /// Nothing is known of the numbers from `from` to `to`.
    pub const fn new(from: u32, to: u32) -> Self {
        Self { from, to, missed: None, met: None, step: 1 }
    }

    /// The next number to look at, at first `start`; `None` when the answer is known.
    pub fn next(&self, start: u32) -> Option<u32> {
        let next = match (self.missed, self.met) {
            (None, None) => start,
            (None, Some(met)) => met.saturating_sub(self.step).max(self.from),
            (Some(missed), None) => missed.saturating_add(self.step).min(self.to),
            (Some(missed), Some(met)) => missed.midpoint(met),
        };
        (Some(next) != self.missed && Some(next) != self.met).then_some(next)
    }

    /// Notes what was found at the number that was next.
    pub fn record(&mut self, number: u32, met: bool) {
        let both = |bracket: &Self| bracket.missed.is_some() && bracket.met.is_some();
        let first = self.missed.is_none() && self.met.is_none();
        if met {
            self.met = Some(number);
        } else {
            self.missed = Some(number);
        }
        if !first && !both(self) {
            self.step = self.step.saturating_mul(2);
        }
    }

    /// The smallest number found large enough.
    pub const fn met(&self) -> Option<u32> {
        self.met
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The answer, and how many numbers were looked at.
    fn search(from: u32, to: u32, start: u32, smallest: u32) -> (Option<u32>, Vec<u32>) {
        let mut bracket = Bracket::new(from, to);
        let mut looked = Vec::new();
        while let Some(number) = bracket.next(start) {
            looked.push(number);
            bracket.record(number, number >= smallest);
        }
        (bracket.met(), looked)
    }

    #[test]
    fn a_good_start_is_confirmed_by_two_looks() {
        assert_eq!(search(1, 1000, 57, 57), (Some(57), vec![57, 56]));
        assert_eq!(search(1, 1000, 56, 57), (Some(57), vec![56, 57]));
    }

    #[test]
    fn it_gallops_and_bisects() {
        assert_eq!(search(1, 1000, 1, 12), (Some(12), vec![1, 2, 4, 8, 16, 12, 10, 11]));
        assert_eq!(search(1, 20, 20, 1), (Some(1), vec![20, 19, 17, 13, 5, 1]));
    }

    #[test]
    fn where_nothing_is_large_enough_the_largest_was_looked_at() {
        assert_eq!(search(3, 9, 3, 10), (None, vec![3, 4, 6, 9]));
        assert_eq!(search(4, 4, 4, 9), (None, vec![4]));
        assert_eq!(search(4, 4, 4, 1), (Some(4), vec![4]));
    }

    proptest! {
        #[test]
        fn the_smallest_large_enough_is_found(
            from in 1..50_u32,
            width in 0..5000_u32,
            start in 0.0..=1.0_f64,
            smallest in 0..6000_u32,
        ) {
            let to = from + width;
            let start = from + (start * f64::from(width)) as u32;
            let (found, looked) = search(from, to, start, smallest);
            prop_assert_eq!(found, (smallest <= to).then_some(smallest.max(from)));
            // no number twice, and a gallop and a bisection of the range at most
            let mut sorted = looked.clone();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), looked.len());
            prop_assert!(looked.len() <= 28, "{:?}", looked);
        }
    }
}
