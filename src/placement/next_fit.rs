//! Next fit: first fit that goes on where it left off.

use super::segment_tree::SegmentTree;
use super::{BinId, Bins, Policy, Resources};

/// The first bin with room from the one chosen last onwards (that one included), then round from
/// bin 0. Textbook next fit never returns to a bin it has left; among machines that VMs also
/// leave, it must.
#[derive(Debug)]
pub struct NextFit<const K: usize = 2> {
    rooms: SegmentTree<K>,
    last: BinId,
}

impl<const K: usize> Default for NextFit<K> {
    fn default() -> Self {
        Self { rooms: SegmentTree::default(), last: BinId(0) }
    }
}

impl<const K: usize> Policy<K> for NextFit<K> {
    fn choose(
        &mut self,
        bins: &Bins<K>,
        need: Resources<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        let need = bins.as_room(need);
        let onwards = self.rooms.first_from(self.last, &need, eligible);
        // none from `last` on, so a first one from 0 on lies before it
        let chosen = onwards.or_else(|| self.rooms.first_from(BinId(0), &need, eligible))?;
        self.last = chosen;
        Some(chosen)
    }

    fn update(&mut self, bins: &Bins<K>, bin: BinId) {
        self.rooms.set(bin, bins.room(bin));
    }
}
