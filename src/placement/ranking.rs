//! An index of bins in an order of preference, for the first in that order with room.

use super::{BinId, Room};

/// No node.
const NONE: u32 = u32::MAX;

/// Open bins in ascending order of (rank, id).
///
/// A treap (Seidel and Aragon, 1996) whose nodes are the bins themselves and whose priorities are
/// a fixed hash of the bin's number, so its shape depends on the ranks alone. Each node keeps the
/// [union](Room::union) of the rooms below it, and a search skips what holds no room for the
/// need: expected O(log bins), with the same reservation as in
/// [`SegmentTree`](super::segment_tree::SegmentTree).
#[derive(Clone, Debug)]
pub struct Ranking<const K: usize = 2> {
    nodes: Vec<Node<K>>,
    root: u32,
}

#[derive(Clone, Copy, Debug)]
struct Node<const K: usize> {
    rank: u64,
    /// Room in this bin; closed while it is not in the tree.
    room: Room<K>,
    /// Union of the rooms in this subtree.
    most: Room<K>,
    left: u32,
    right: u32,
}

impl<const K: usize> Default for Ranking<K> {
    fn default() -> Self {
        Self { nodes: Vec::new(), root: NONE }
    }
}

impl<const K: usize> Ranking<K> {
    /// Records the rank of a bin and the room in it, known before or not. A closed bin has no
    /// place in the order.
    pub fn set(&mut self, bin: BinId, rank: u64, room: Room<K>) {
        let absent = Node { rank, room: Room::CLOSED, most: room, left: NONE, right: NONE };
        if bin.index() >= self.nodes.len() {
            self.nodes.resize(bin.index() + 1, absent);
        }
        if self.nodes[bin.index()].room != Room::CLOSED {
            self.root = self.without(self.root, self.key(bin.0));
        }
        self.nodes[bin.index()] = Node { room, ..absent };
        if room != Room::CLOSED {
            let (before, after) = self.split(self.root, (rank, bin.0));
            let before = self.merge(before, bin.0);
            self.root = self.merge(before, after);
        }
    }

    /// The first bin in the order that holds `need` and is eligible.
    pub fn first(&self, need: &Room<K>, eligible: &dyn Fn(BinId) -> bool) -> Option<BinId> {
        self.first_below(self.root, need, eligible)
    }

    fn first_below(
        &self,
        node: u32,
        need: &Room<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        let here = self.nodes.get(node as usize).filter(|here| here.most.holds(need))?;
        if let Some(found) = self.first_below(here.left, need, eligible) {
            return Some(found);
        }
        if here.room.holds(need) && eligible(BinId(node)) {
            return Some(BinId(node));
        }
        self.first_below(here.right, need, eligible)
    }

    fn key(&self, node: u32) -> (u64, u32) {
        (self.nodes[node as usize].rank, node)
    }

    /// The nodes below `node` whose keys are less than `key`, and the others.
    fn split(&mut self, node: u32, key: (u64, u32)) -> (u32, u32) {
        if node == NONE {
            return (NONE, NONE);
        }
        let Node { left, right, .. } = self.nodes[node as usize];
        if self.key(node) < key {
            let (less, rest) = self.split(right, key);
            (self.joined(node, left, less), rest)
        } else {
            let (less, rest) = self.split(left, key);
            (less, self.joined(node, rest, right))
        }
    }

    /// One tree of two, of which every key of the first is less than every key of the second.
    fn merge(&mut self, first: u32, second: u32) -> u32 {
        if first == NONE || second == NONE {
            return first.min(second);
        }
        if priority(first) > priority(second) {
            let Node { left, right, .. } = self.nodes[first as usize];
            let right = self.merge(right, second);
            self.joined(first, left, right)
        } else {
            let Node { left, right, .. } = self.nodes[second as usize];
            let left = self.merge(first, left);
            self.joined(second, left, right)
        }
    }

    /// The tree below `node` without the node of this key, which is in it.
    fn without(&mut self, node: u32, key: (u64, u32)) -> u32 {
        let Node { left, right, .. } = self.nodes[node as usize];
        match key.cmp(&self.key(node)) {
            std::cmp::Ordering::Equal => self.merge(left, right),
            std::cmp::Ordering::Less => {
                let left = self.without(left, key);
                self.joined(node, left, right)
            }
            std::cmp::Ordering::Greater => {
                let right = self.without(right, key);
                self.joined(node, left, right)
            }
        }
    }

    /// `node`, with these children.
    fn joined(&mut self, node: u32, left: u32, right: u32) -> u32 {
        let below = |child: u32| self.nodes.get(child as usize).map_or(Room::CLOSED, |it| it.most);
        let most = below(left).union(&below(right)).union(&self.nodes[node as usize].room);
        let here = &mut self.nodes[node as usize];
        (here.left, here.right, here.most) = (left, right, most);
        node
    }
}

/// The finishing mixer of SplitMix64: a bijection, so priorities never tie.
fn priority(node: u32) -> u64 {
    let mixed = (u64::from(node) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}
