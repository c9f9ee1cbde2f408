//! One group of nodes: how much the best of them scores by itself is always at hand.
//!
//! Nodes change their scores far more often than one asks which of them are best. So for every
//! block of nodes, for every so many blocks, and for all of them, only a bound is kept that is
//! nearly always reached; where it may not be, and a better node may be behind it, what it is a
//! bound of is looked through when somebody asks.

/// How many nodes are looked through at once: as many as a set in a word has bits.
pub(super) const BLOCK: usize = u32::BITS as usize;

/// So many blocks have a bound of their own.
const AREA: usize = 32;

/// So many members of a block are looked at one by one.
const FEW: u32 = 4;

/// What the nodes of a class score by themselves, by place, in blocks.
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

/// The highest of some scores, for sure: what they are bounds of is looked through where it may be
/// as high.
fn settle(bounds: &mut [Highest], mut look_through: impl FnMut(usize) -> i32) -> i32 {
    let sure = bounds.iter().filter(|bound| bound.sure).map(|bound| bound.score);
    let mut highest = sure.fold(i32::MIN, i32::max);
    for (index, bound) in bounds.iter_mut().enumerate() {
        if !bound.sure && bound.score >= highest {
            *bound = Highest { score: look_through(index), sure: true };
            highest = highest.max(bound.score);
        }
    }
    highest
}

/// The highest score of members of a block.
fn highest(members: u32, owns: &[i32; BLOCK]) -> i32 {
    if members == u32::MAX {
        return owns.iter().copied().fold(i32::MIN, i32::max);
    }
    ones(members).map(|place| owns[place as usize]).fold(i32::MIN, i32::max)
}

/// The members of a block that score so much.
fn equals(members: u32, own: i32, owns: &[i32; BLOCK]) -> u32 {
    if members.count_ones() <= FEW {
        let equals = ones(members).filter(|&place| owns[place as usize] == own);
        return equals.fold(0, |bits, place| bits | 1 << place);
    }
    // without branches, for the compiler to do several at once
    let each = owns.iter().enumerate();
    let equals = each.fold(0, |bits, (place, &one)| bits | u32::from(one == own) << place);
    equals & members
}

/// The nodes of a group, by place. What they score is kept by the class, for all of its groups.
#[derive(Debug)]
pub(super) struct Group {
    /// The number of the first block, which is the first of an area, too.
    first: usize,
    /// By block: a bit for each node that is in the group.
    members: Vec<u32>,
    blocks: Vec<Highest>,
    areas: Vec<Highest>,
    highest: Highest,
    /// One of the best nodes, while it is sure what these score.
    one: Option<u32>,
    count: u32,
}

impl Group {
    /// A group without nodes.
    pub const EMPTY: Self = Self {
        first: 0,
        members: Vec::new(),
        blocks: Vec::new(),
        areas: Vec::new(),
        highest: Highest::OF_NONE,
        one: None,
        count: 0,
    };

    /// How many nodes there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Adds a node that scores so much by itself, and is not in the group.
    pub fn add(&mut self, place: u32, own: i32) {
        let number = place as usize / BLOCK;
        if number.wrapping_sub(self.first) >= self.blocks.len() {
            self.reach(number);
        }
        self.members[number - self.first] |= bit(place);
        self.bounds(place).into_iter().for_each(|bound| bound.comes(own));
        self.came(place, own);
        self.count += 1;
    }

    /// Takes out a node that scores so much by itself.
    pub fn remove(&mut self, place: u32, own: i32) {
        self.members[place as usize / BLOCK - self.first] &= !bit(place);
        self.bounds(place).into_iter().for_each(|bound| bound.goes(own));
        self.count -= 1;
    }

    /// A node of the group scores something else than before.
    #[inline]
    pub fn shift(&mut self, place: u32, before: i32, own: i32) {
        for bound in self.bounds(place) {
            // the wider ones are no lower
            if before.max(own) < bound.score {
                return;
            }
            bound.goes(before);
            bound.comes(own);
        }
        self.came(place, own);
    }

    /// All bounds know of a node.
    #[inline]
    fn came(&mut self, place: u32, own: i32) {
        if own == self.highest.score {
            self.one = Some(place);
        }
    }

    /// The bounds of what a node scores, the narrowest first.
    #[inline]
    fn bounds(&mut self, place: u32) -> [&mut Highest; 3] {
        let block = place as usize / BLOCK - self.first;
        [&mut self.blocks[block], &mut self.areas[block / AREA], &mut self.highest]
    }

    /// Makes a place for a block, where there is none.
    #[cold]
    fn reach(&mut self, number: usize) {
        let first = number / AREA * AREA;
        if self.blocks.is_empty() {
            self.first = first;
        }
        if let Some(more) = self.first.checked_sub(first) {
            self.members.splice(0..0, vec![0; more]);
            self.blocks.splice(0..0, vec![Highest::OF_NONE; more]);
            self.areas.splice(0..0, vec![Highest::OF_NONE; more / AREA]);
            self.first = first;
        }
        let blocks = self.blocks.len().max(number - self.first + 1);
        self.members.resize(blocks, 0);
        self.blocks.resize(blocks, Highest::OF_NONE);
        self.areas.resize(blocks.div_ceil(AREA), Highest::OF_NONE);
    }

    /// Finds out for sure what the best nodes score, and returns one of them.
    pub fn find_best(&mut self, owns: &Owns) -> Option<u32> {
        if !self.highest.sure {
            let score = settle(&mut self.areas, |area| {
                let from = area * AREA;
                let to = self.blocks.len().min(from + AREA);
                settle(&mut self.blocks[from..to], |block| {
                    highest(self.members[from + block], &owns[self.first + from + block])
                })
            });
            self.highest = Highest { score, sure: true };
            self.one = self.first_best(owns);
        }
        self.one
    }

    /// The first of the best nodes, once it was found out what these score.
    pub fn first_best(&self, owns: &Owns) -> Option<u32> {
        let mut best = self.best(owns);
        best.find_map(|(first, bits)| ones(bits).next().map(|place| first + place))
    }

    /// Appends the best nodes to a list, once it was found out what these score.
    pub fn append_best(&self, owns: &Owns, list: &mut Vec<u32>) {
        for (first, bits) in self.best(owns) {
            list.extend(ones(bits).map(|place| first + place));
        }
    }

    /// All nodes.
    pub fn nodes(&self) -> impl Iterator<Item = u32> {
        let blocks = self.members.iter().enumerate();
        blocks.flat_map(move |(block, &members)| {
            ones(members).map(move |place| self.first_place(block) + place)
        })
    }

    /// The first places of blocks in which there may be best nodes, and a bit for each of these.
    fn best(&self, owns: &Owns) -> impl Iterator<Item = (u32, u32)> {
        let highest = self.highest.score;
        // what is not sure is a bound
        let high =
            move |(index, bound): (usize, &Highest)| (bound.score == highest).then_some(index);
        let areas = self.areas.iter().enumerate().filter_map(high);
        let blocks = areas.flat_map(move |area| {
            let from = area * AREA;
            let blocks = self.blocks[from..].iter().take(AREA).enumerate().filter_map(high);
            blocks.map(move |block| from + block)
        });
        blocks.map(move |block| {
            let owns = &owns[self.first + block];
            (self.first_place(block), equals(self.members[block], highest, owns))
        })
    }

    fn first_place(&self, block: usize) -> u32 {
        ((self.first + block) * BLOCK) as u32
    }
}

fn bit(place: u32) -> u32 {
    1 << (place as usize % BLOCK)
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
                (0..3_usize, 0..100_usize, -3..4_i32, any::<bool>(), any::<bool>()),
                1..600,
            ),
        ) {
            let (mut group, mut plain) = (Group::EMPTY, BTreeMap::new());
            // nodes of other groups score, too
            let mut owns = vec![[7; BLOCK]; 3 * AREA];
            for (area, place, own, goes, asks) in steps {
                let place = area * AREA * BLOCK + place;
                let node = place as u32;
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
                    let best: Vec<u32> = best.map(|(&node, _)| node).collect();
                    let one = group.find_best(&owns);
                    prop_assert!(one.is_none_or(|one| best.contains(&one)));
                    prop_assert_eq!(one.is_some(), !best.is_empty());
                    prop_assert_eq!(group.first_best(&owns), best.first().copied());
                    let mut found = vec![node];
                    group.append_best(&owns, &mut found);
                    prop_assert_eq!(&found[1..], &best);
                }
            }
            prop_assert!(group.nodes().eq(plain.into_keys()));
        }
    }
}
