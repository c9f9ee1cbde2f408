//! Best fit: the fullest bin that still has room.

use super::ranking::Ranking;
use super::{BinId, Bins, Policy, Resources};

/// The bin with the least left over.
///
/// With several resources "least" needs one number: the sum over the kinds of free / reference,
/// where the reference is the largest capacity of that kind in any bin ([`Bins::spare`]). The
/// item's own share is the same wherever it goes, so what is free now and what would be left over
/// order the bins alike. (The same measure as the BestFit of the Alibaba GPU experiments: Weng et
/// al., USENIX ATC 2023.)
#[derive(Debug, Default)]
pub struct BestFit<const K: usize = 2> {
    fullest_first: Ranking<K>,
    /// The kind that is looked at alone.
    kind: Option<usize>,
}

impl<const K: usize> BestFit<K> {
    /// The least left over of one kind, however much of the others.
    pub fn by(kind: usize) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }
}

impl<const K: usize> Policy<K> for BestFit<K> {
    fn choose(
        &mut self,
        bins: &Bins<K>,
        need: Resources<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        self.fullest_first.first(&bins.as_room(need), eligible)
    }

    fn update(&mut self, bins: &Bins<K>, bin: BinId) {
        let left = match self.kind {
            None => bins.spare(bin),
            Some(kind) => bins.ledger(bin).free().amounts()[kind],
        };
        self.fullest_first.set(bin, left, bins.room(bin));
    }
}
