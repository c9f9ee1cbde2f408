//! Worst fit: the emptiest bin.

use super::ranking::Ranking;
use super::{BinId, Bins, Policy, Resources};

/// The bin with the most left over, in the measure of [best fit](super::best_fit::BestFit). It
/// spreads items evenly, and an empty bin is always taken first.
#[derive(Debug, Default)]
pub struct WorstFit {
    emptiest_first: Ranking,
}

impl Policy for WorstFit {
    fn choose(
        &mut self,
        bins: &Bins,
        need: Resources,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        self.emptiest_first.first(&bins.as_room(need), eligible)
    }

    fn update(&mut self, bins: &Bins, bin: BinId) {
        self.emptiest_first.set(bin, u64::MAX - bins.spare(bin), bins.room(bin));
    }
}
