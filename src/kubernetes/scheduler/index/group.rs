//! One group of nodes: how much the best of them scores by itself is always at hand.
//!
//! Nodes change their scores far more often than one asks which of them are best. So for every
//! block of nodes, and for all of them, only a bound is kept that is nearly always reached; where
//! it may not be, the block is looked through when somebody asks.

/// How many nodes are looked through at once: as many as a word has bits.
pub(super) const BLOCK: usize = u64::BITS as usize;

/// So many members of a block are looked at one by one.
const FEW: u32 = 8;

/// What the nodes of a class score by themselves, in blocks of ranks.
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
    /// A bit for each rank.
    members: u64,
    highest: Highest,
}

impl Block {
    const EMPTY: Self = Self { members: 0, highest: Highest::OF_NONE };

    /// The highest score of the members: a loop without branches, for the compiler to do several
    /// at once.
    fn look_through(&self, owns: &[i32; BLOCK]) -> i32 {
        let mut highest = i32::MIN;
        for (half, owns) in [self.members as u32, (self.members >> 32) as u32].iter().zip([
            <&[i32; 32]>::try_from(&owns[..32]).expect("it is half of 64"),
            <&[i32; 32]>::try_from(&owns[32..]).expect("it is half of 64"),
        ]) {
            for (bit, &own) in owns.iter().enumerate() {
                let own = if half & (1 << bit) == 0 { i32::MIN } else { own };
                highest = highest.max(own);
            }
        }
        highest
    }

    /// The members that score so much, as bits.
    fn equals(&self, own: i32, owns: &[i32; BLOCK]) -> u64 {
        if self.members.count_ones() <= FEW {
            let equals = ones(self.members).filter(|&rank| owns[rank as usize] == own);
            return equals.fold(0, |bits, rank| bits | 1 << rank);
        }
        let equals = owns.iter().rev().fold(0, |bits, &one| bits << 1 | u64::from(one == own));
        equals & self.members
    }
}

/// The nodes of a group, by rank. What they score is kept by the class, for all of its groups.
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
    pub fn add(&mut self, rank: u32, own: i32) {
        let number = rank as usize / BLOCK;
        if number.wrapping_sub(self.first) >= self.blocks.len() {
            self.reach(number);
        }
        let block = &mut self.blocks[number - self.first];
        block.members |= bit(rank);
        block.highest.comes(own);
        self.highest.comes(own);
        self.count += 1;
    }

    /// Takes out a node that scores so much by itself.
    pub fn remove(&mut self, rank: u32, own: i32) {
        let block = &mut self.blocks[rank as usize / BLOCK - self.first];
        block.members &= !bit(rank);
        block.highest.goes(own);
        self.highest.goes(own);
        self.count -= 1;
    }

    /// A node of the group scores something else than before.
    #[inline]
    pub fn shift(&mut self, rank: u32, before: i32, own: i32) {
        let block = &mut self.blocks[rank as usize / BLOCK - self.first];
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

    /// Finds out for sure what the best nodes score, and returns the first of them.
    pub fn first_of_best(&mut self, owns: &Owns) -> Option<u32> {
        if !self.highest.sure {
            let each = self.blocks.iter_mut().zip(&owns[self.first..]);
            for (block, owns) in each.filter(|(block, _)| !block.highest.sure) {
                block.highest = Highest { score: block.look_through(owns), sure: true };
            }
            let scores = self.blocks.iter().map(|block| block.highest.score);
            self.highest.score = scores.max().unwrap_or(i32::MIN);
            self.highest.sure = true;
        }
        let (first, bits) = self.best(owns).next()?;
        Some(first + bits.trailing_zeros())
    }

    /// Appends the ranks of the best nodes to a list, after it was found out what they score.
    pub fn append_best(&self, owns: &Owns, list: &mut Vec<u32>) {
        for (first, bits) in self.best(owns) {
            list.extend(ones(bits).map(|rank| first + rank));
        }
    }

    /// The ranks of all nodes.
    pub fn ranks(&self) -> impl Iterator<Item = u32> {
        self.numbered().flat_map(|(first, block)| ones(block.members).map(move |it| first + it))
    }

    /// Where there are best nodes in a block: its first rank, and a bit for each of them.
    fn best(&self, owns: &Owns) -> impl Iterator<Item = (u32, u64)> {
        let highest = self.highest.score;
        let each = self.numbered().zip(&owns[self.first..]);
        // the score of a block that is not sure is a bound
        let high = each.filter(move |((_, block), _)| block.highest.score == highest);
        let best = high.map(move |((first, block), owns)| (first, block.equals(highest, owns)));
        best.filter(|&(_, bits)| bits != 0)
    }

    /// Every block with its first rank.
    fn numbered(&self) -> impl Iterator<Item = (u32, &Block)> {
        ((self.first * BLOCK) as u32..).step_by(BLOCK).zip(&self.blocks)
    }
}

fn bit(rank: u32) -> u64 {
    1 << (rank as usize % BLOCK)
}

/// Which bits are set.
fn ones(mut bits: u64) -> impl Iterator<Item = u32> {
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
            // those of other groups score, too
            let mut owns = vec![[7; BLOCK]; 300_usize.div_ceil(BLOCK)];
            for (rank, own, goes, asks) in steps {
                let before = owns[rank / BLOCK][rank % BLOCK];
                let rank_ = rank as u32;
                match plain.contains_key(&rank_) {
                    false => group.add(rank_, own),
                    true if goes => group.remove(rank_, before),
                    true => group.shift(rank_, before, own),
                }
                match plain.remove(&rank_) {
                    Some(_) if goes => owns[rank / BLOCK][rank % BLOCK] = 7,
                    _ => {
                        plain.insert(rank_, own);
                        owns[rank / BLOCK][rank % BLOCK] = own;
                    }
                }
                prop_assert_eq!(group.count() as usize, plain.len());
                if asks {
                    let highest = plain.values().max();
                    let best: Vec<u32> = plain
                        .iter()
                        .filter(|(_, own)| Some(*own) == highest)
                        .map(|(&rank, _)| rank)
                        .collect();
                    prop_assert_eq!(group.first_of_best(&owns), best.first().copied());
                    let mut found = vec![9];
                    group.append_best(&owns, &mut found);
                    prop_assert_eq!(&found[1..], &best);
                }
            }
            prop_assert!(group.ranks().eq(plain.into_keys()));
        }
    }
}
