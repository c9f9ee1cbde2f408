//! Worst fit: the emptiest bin.

use super::ranking::Ranking;
use super::{BinId, Bins, Policy, Resources};

/// The bin with the most left over, in the measure of [best fit](super::best_fit::BestFit). It
/// spreads items evenly, and an empty bin is always taken first.
#[derive(Debug, Default)]
pub struct WorstFit<const K: usize = 2> {
    emptiest_first: Ranking<K>,
}

impl<const K: usize> Policy<K> for WorstFit<K> {
    fn choose(
        &mut self,
        bins: &Bins<K>,
        need: Resources<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        self.emptiest_first.first(&bins.as_room(need), eligible)
    }

    fn update(&mut self, bins: &Bins<K>, bin: BinId) {
        self.emptiest_first.set(bin, u64::MAX - bins.spare(bin), bins.room(bin));
    }
}
