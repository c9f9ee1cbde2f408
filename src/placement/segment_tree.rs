//! An index of bins by number, for the first one with room.

use super::{BinId, Room};

/// A complete binary tree over the bins, each inner node the [union](Room::union) of the rooms
/// below it. A search goes down only where the union holds the need: O(log bins) where one kind of
/// resource is short; where several are, a union may promise what no single bin has and cost a
/// detour, never a wrong answer.
#[derive(Clone, Debug, Default)]
pub struct SegmentTree<const K: usize = 2> {
    /// Node 1 is the root, the children of node `i` are `2 i` and `2 i + 1`, and the leaves are
    /// the last `width` nodes.
    nodes: Vec<Room<K>>,
    width: usize,
}

impl<const K: usize> SegmentTree<K> {
    /// Records the room in a bin, known before or not.
    pub fn set(&mut self, bin: BinId, room: Room<K>) {
        if bin.index() >= self.width {
            self.grow(bin.index() + 1);
        }
        let mut node = self.width + bin.index();
        self.nodes[node] = room;
        while node > 1 {
            node /= 2;
            self.nodes[node] = self.nodes[2 * node].union(&self.nodes[2 * node + 1]);
        }
    }

    /// The lowest-numbered bin from `start` on that holds `need` and is eligible.
    pub fn first_from(
        &self,
        start: BinId,
        need: &Room<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        if self.width == 0 {
            return None;
        }
        Search { tree: self, start: start.index(), need, eligible }.below(1, 0, self.width)
    }

    /// All bins that hold `need` and are eligible, in order.
    pub fn all(&self, need: &Room<K>, eligible: &dyn Fn(BinId) -> bool) -> Vec<BinId> {
        let first = self.first_from(BinId(0), need, eligible);
        let next = |bin: &BinId| self.first_from(BinId(bin.0 + 1), need, eligible);
        std::iter::successors(first, next).collect()
    }

    fn grow(&mut self, bins: usize) {
        let width = bins.next_power_of_two();
        let mut nodes = vec![Room::CLOSED; 2 * width];
        let leaves = self.nodes.len() - self.width;
        nodes[width..width + leaves].copy_from_slice(&self.nodes[self.width..]);
        for node in (1..width).rev() {
            nodes[node] = nodes[2 * node].union(&nodes[2 * node + 1]);
        }
        (self.nodes, self.width) = (nodes, width);
    }
}

/// What stays the same all the way down.
struct Search<'a, const K: usize> {
    tree: &'a SegmentTree<K>,
    start: usize,
    need: &'a Room<K>,
    eligible: &'a dyn Fn(BinId) -> bool,
}

impl<const K: usize> Search<'_, K> {
    /// The first among the `width` bins from `low` on, which are those below `node`.
    fn below(&self, node: usize, low: usize, width: usize) -> Option<BinId> {
        if low + width <= self.start || !self.tree.nodes[node].holds(self.need) {
            return None;
        }
        if width == 1 {
            let bin = BinId(low as u32);
            return (self.eligible)(bin).then_some(bin);
        }
        let half = width / 2;
        let left = self.below(2 * node, low, half);
        left.or_else(|| self.below(2 * node + 1, low + half, half))
    }
}
