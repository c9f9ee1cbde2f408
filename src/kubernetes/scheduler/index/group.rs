//! One group of nodes: how much the best of them scores by itself is always at hand.
//!
//! Nodes change their scores far more often than one asks which of them are best. So for every
//! block of nodes, and for all of them, only a bound is kept that is nearly always reached; where
//! it may not be, the block is looked through when somebody asks.

use crate::kubernetes::scheduler::node::NodeId;

/// How many nodes are looked through at once: as many as a set in a word has bits.
pub(super) const BLOCK: usize = u32::BITS as usize;

/// So many members of a block are looked at one by one.
const FEW: u32 = 8;

/// What the nodes of a class score by themselves, by number, in blocks.
pub(super) type Owns = [[i32; BLOCK]];

/// The highest of some scores.
#[derive(Clone, Copy, Debug)]
struct Highest {
    score: i32,
    /// Whether it is known that one of them is as high; otherwise none is higher.
    sure: bool,
}

impl Highest {
    const OF_NONE: Self = Self { score: i32::MIN, sure: true };

    #[inline]
    fn comes(&mut self, score: i32) {
        if score >= self.score {
            *self = Self { score, sure: true };
        }
    }

    #[inline]
    fn goes(&mut self, score: i32) {
        self.sure &= score != self.score;
    }
}

/// The nodes of a block that are in the group.
#[derive(Clone, Debug)]
struct Block {
    /// A bit for each node.
    members: u32,
    highest: Highest,
}

impl Block {
    const EMPTY: Self = Self { members: 0, highest: Highest::OF_NONE };

    /// The highest score of the members: a loop without branches, for the compiler to do several
    /// at once.
    fn look_through(&self, owns: &[i32; BLOCK]) -> i32 {
        let each = owns.iter().enumerate();
        let members = each.map(|(bit, &own)| match self.members & 1 << bit {
            0 => i32::MIN,
            _ => own,
        });
        members.fold(i32::MIN, i32::max)
    }

    /// The members that score so much, as bits.
    fn equals(&self, own: i32, owns: &[i32; BLOCK]) -> u32 {
        if self.members.count_ones() <= FEW {
            let equals = ones(self.members).filter(|&place| owns[place as usize] == own);
            return equals.fold(0, |bits, place| bits | 1 << place);
        }
        let equals = owns.iter().rev().fold(0, |bits, &one| bits << 1 | u32::from(one == own));
        equals & self.members
    }
}

/// The nodes of a group. What they score is kept by the class, for all of its groups.
#[derive(Debug)]
pub(super) struct Group {
    /// The number of the first block.
    first: usize,
    blocks: Vec<Block>,
    highest: Highest,
    count: u32,
}

impl Group {
    /// A group without nodes.
    pub const EMPTY: Self =
        Self { first: 0, blocks: Vec::new(), highest: Highest::OF_NONE, count: 0 };

    /// How many nodes there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Adds a node that scores so much by itself, and is not in the group.
    pub fn add(&mut self, node: NodeId, own: i32) {
        let number = node.index() / BLOCK;
        if number.wrapping_sub(self.first) >= self.blocks.len() {
            self.reach(number);
        }
        let block = &mut self.blocks[number - self.first];
        block.members |= bit(node);
        block.highest.comes(own);
        self.highest.comes(own);
        self.count += 1;
    }

    /// Takes out a node that scores so much by itself.
    pub fn remove(&mut self, node: NodeId, own: i32) {
        let block = &mut self.blocks[node.index() / BLOCK - self.first];
        block.members &= !bit(node);
        block.highest.goes(own);
        self.highest.goes(own);
        self.count -= 1;
    }

    /// A node of the group scores something else than before.
    #[inline]
    pub fn shift(&mut self, node: NodeId, before: i32, own: i32) {
        let block = &mut self.blocks[node.index() / BLOCK - self.first];
        for highest in [&mut block.highest, &mut self.highest] {
            highest.goes(before);
            highest.comes(own);
        }
    }

    /// Makes a place for a block, where there is none.
    #[cold]
    fn reach(&mut self, number: usize) {
        if self.blocks.is_empty() {
            self.first = number;
        }
        if number < self.first {
            self.blocks.splice(0..0, vec![Block::EMPTY; self.first - number]);
            self.first = number;
        }
        let blocks = number - self.first + 1;
        if self.blocks.len() < blocks {
            self.blocks.resize(blocks, Block::EMPTY);
        }
    }

    /// Finds out for sure what the best nodes score, and returns one of them.
    pub fn one_of_best(&mut self, owns: &Owns) -> Option<NodeId> {
        if !self.highest.sure {
            self.settle(owns);
        }
        self.best(owns).find_map(|(first, bits)| ones(bits).next().map(|it| NodeId(first + it)))
    }

    /// Looks through those blocks in which the best node may be.
    fn settle(&mut self, owns: &Owns) {
        let sure = self.blocks.iter().filter(|block| block.highest.sure);
        let mut highest = sure.map(|block| block.highest.score).fold(i32::MIN, i32::max);
        for (block, owns) in self.blocks.iter_mut().zip(&owns[self.first..]) {
            if !block.highest.sure && block.highest.score > highest {
                block.highest = Highest { score: block.look_through(owns), sure: true };
                highest = highest.max(block.highest.score);
            }
        }
        self.highest = Highest { score: highest, sure: true };
    }

    /// Appends the best nodes to a list, after it was found out what they score.
    pub fn append_best(&self, owns: &Owns, list: &mut Vec<NodeId>) {
        for (first, bits) in self.best(owns) {
            list.extend(ones(bits).map(|it| NodeId(first + it)));
        }
    }

    /// All nodes.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        let blocks = self.blocks.iter().enumerate();
        blocks.flat_map(move |(place, block)| {
            ones(block.members).map(move |it| NodeId(self.number(place) + it))
        })
    }

    /// The first numbers of blocks in which there may be best nodes, and a bit for each of these.
    fn best(&self, owns: &Owns) -> impl Iterator<Item = (u32, u32)> {
        let highest = self.highest.score;
        let blocks = self.blocks.iter().enumerate();
        // what is not sure is a bound
        let high = blocks.filter(move |(_, block)| block.highest.score == highest);
        high.map(move |(place, block)| {
            (self.number(place), block.equals(highest, &owns[self.first + place]))
        })
    }

    /// The number of the first node of a block.
    fn number(&self, place: usize) -> u32 {
        ((self.first + place) * BLOCK) as u32
    }
}

fn bit(node: NodeId) -> u32 {
    1 << (node.index() % BLOCK)
}

/// Which bits are set.
fn ones(mut bits: u32) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros());
        bits &= bits.wrapping_sub(1);
        lowest
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_are_those_of_a_plain_search(
            steps in proptest::collection::vec(
                (0..300_usize, -3..4_i32, any::<bool>(), any::<bool>()),
                1..600,
            ),
        ) {
            let (mut group, mut plain) = (Group::EMPTY, BTreeMap::new());
            // nodes of other groups score, too
            let mut owns = vec![[7; BLOCK]; 300_usize.div_ceil(BLOCK)];
            for (place, own, goes, asks) in steps {
                let node = NodeId(place as u32);
                match plain.remove(&node) {
                    None => group.add(node, own),
                    Some(before) if goes => group.remove(node, before),
                    Some(before) => group.shift(node, before, own),
                }
                let stays = owns[place / BLOCK][place % BLOCK] == 7 || !goes;
                owns[place / BLOCK][place % BLOCK] = if stays { own } else { 7 };
                if stays {
                    plain.insert(node, own);
                }
                prop_assert_eq!(group.count() as usize, plain.len());
                if asks {
                    let highest = plain.values().max();
                    let best = plain.iter().filter(|(_, own)| Some(*own) == highest);
                    let best: Vec<NodeId> = best.map(|(&node, _)| node).collect();
                    prop_assert_eq!(group.one_of_best(&owns), best.first().copied());
                    let mut found = vec![node];
                    group.append_best(&owns, &mut found);
                    prop_assert_eq!(&found[1..], &best);
                }
            }
            prop_assert!(group.nodes().eq(plain.into_keys()));
        }
    }
}
