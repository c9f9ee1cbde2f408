//! First fit: the lowest-numbered bin with room.

use super::segment_tree::SegmentTree;
use super::{BinId, Bins, Policy, Resources};

/// The lowest-numbered bin with room.
///
/// Found by descent in a tree of maxima instead of a scan (the classic algorithm for first fit in
/// O(n log n): Johnson, Near-optimal bin packing algorithms, MIT 1973).
#[derive(Debug, Default)]
pub struct FirstFit<const K: usize = 2> {
    rooms: SegmentTree<K>,
}

impl<const K: usize> Policy<K> for FirstFit<K> {
    fn choose(
        &mut self,
        bins: &Bins<K>,
        need: Resources<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        self.rooms.first_from(BinId(0), &bins.as_room(need), eligible)
    }

    fn update(&mut self, bins: &Bins<K>, bin: BinId) {
        self.rooms.set(bin, bins.room(bin));
    }
}
