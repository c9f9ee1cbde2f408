//! Sets of ranks by level, of which the lowest is always at hand.

use super::ranks::Ranks;

/// Levels to a word.
const WORD: u32 = u64::BITS;

/// A set of ranks for each level. Levels lie close together (what nodes score by themselves spans
/// a few hundred points), so each has its place, found without a search.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// The number of the first word.
    from: u32,
    /// A bit for each level with a rank.
    filled: Vec<u64>,
    /// From the first bit of the first word to the last one of the last.
    levels: Vec<Ranks>,
    /// The lowest level with a rank, where there is any.
    lowest: u32,
    count: u32,
}

impl Levels {
    /// How many ranks there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The lowest level with a rank, and its ranks; none of none.
    pub fn lowest(&self) -> Option<(u32, &Ranks)> {
        (self.count > 0).then(|| (self.lowest, &self.levels[self.place(self.lowest)]))
    }

    /// All levels with a rank, the lowest first.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Ranks)> {
        let first = (self.count > 0).then_some(self.lowest);
        let levels = std::iter::successors(first, |&level| self.next_from(level.checked_add(1)?));
        levels.map(|level| (level, &self.levels[self.place(level)]))
    }

    /// Adds a rank that is not at the level.
    #[inline]
    pub fn insert(&mut self, level: u32, rank: u32) {
        self.put(level, rank);
        if self.count == 0 || level < self.lowest {
            self.lowest = level;
        }
        self.count += 1;
    }

    /// Takes out a rank that is at the level.
    #[inline]
    pub fn remove(&mut self, level: u32, rank: u32) {
        let emptied = self.take(level, rank);
        self.count -= 1;
        if emptied && level == self.lowest {
            self.lowest = self.next_from(level).unwrap_or(0);
        }
    }

    /// Has a rank that is at one level be at another.
    #[inline]
    pub fn shift(&mut self, rank: u32, from: u32, to: u32) {
        let emptied = self.take(from, rank);
        self.put(to, rank);
        if to < self.lowest {
            self.lowest = to;
        } else if emptied && from == self.lowest {
            self.lowest = self.next_from(from).expect("one was just put beyond");
        }
    }

    #[inline]
    fn put(&mut self, level: u32, rank: u32) {
        // before the first, the difference is too large, too
        if level.wrapping_sub(self.from * WORD) as usize >= self.levels.len() {
            self.reach(level / WORD);
        }
        let place = self.place(level);
        self.filled[place / WORD as usize] |= 1 << (level % WORD);
        self.levels[place].insert(rank);
    }

    /// Returns whether none is left at the level.
    #[inline]
    fn take(&mut self, level: u32, rank: u32) -> bool {
        let place = self.place(level);
        let ranks = &mut self.levels[place];
        ranks.remove(rank);
        let emptied = ranks.is_empty();
        if emptied {
            self.filled[place / WORD as usize] &= !(1 << (level % WORD));
        }
        emptied
    }

    /// Where the ranks of a level are.
    #[inline]
    fn place(&self, level: u32) -> usize {
        (level - self.from * WORD) as usize
    }

    /// Makes places for the levels of a word, where there are none.
    #[cold]
    fn reach(&mut self, word: u32) {
        if self.filled.is_empty() {
            self.from = word;
        }
        if word < self.from {
            let more = (self.from - word) as usize;
            self.filled.splice(0..0, std::iter::repeat_n(0, more));
            let levels = std::iter::repeat_with(Ranks::default).take(more * WORD as usize);
            self.levels.splice(0..0, levels);
            self.from = word;
        }
        let words = (word - self.from) as usize + 1;
        if self.filled.len() < words {
            self.filled.resize(words, 0);
            self.levels.resize_with(words * WORD as usize, Ranks::default);
        }
    }

    /// The lowest level from one on that has a rank.
    fn next_from(&self, level: u32) -> Option<u32> {
        let word = level / WORD;
        let place = (word - self.from) as usize;
        let first = self.filled.get(place)? & (u64::MAX << (level % WORD));
        let rest = self.filled[place + 1..].iter().copied();
        let mut words = (word..).zip(std::iter::once(first).chain(rest));
        let (word, bits) = words.find(|&(_, bits)| bits != 0)?;
        Some(word * WORD + bits.trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set_of_pairs_in_order(
            steps in proptest::collection::vec((0..400_u32, 0..4_u32, 0..7, 0..400_u32), 1..600),
        ) {
            let (mut levels, mut plain) = (Levels::default(), BTreeSet::new());
            for (level, rank, kind, to) in steps {
                // far from 0, as levels are, and on pages before the first, too
                let (level, to) = (i32::MAX as u32 - level, i32::MAX as u32 - to);
                match kind {
                    0..3 if plain.insert((level, rank)) => levels.insert(level, rank),
                    3..5 if plain.remove(&(level, rank)) => levels.remove(level, rank),
                    5.. => {
                        let from = plain.iter().find(|it| it.1 == rank).copied();
                        if let Some(from) = from.filter(|_| !plain.contains(&(to, rank))) {
                            plain.remove(&from);
                            plain.insert((to, rank));
                            levels.shift(rank, from.0, to);
                        }
                    }
                    _ => {}
                }
                let lowest = plain.first().map(|&(level, _)| level);
                prop_assert_eq!(levels.lowest().map(|(level, _)| level), lowest);
                prop_assert_eq!(levels.count() as usize, plain.len());
            }
            let all = levels.iter();
            let all = all.flat_map(|(level, ranks)| ranks.iter().map(move |rank| (level, rank)));
            // levels in order, the ranks of each in none
            let all: Vec<_> = all.collect();
            prop_assert!(all.is_sorted_by_key(|&(level, _)| level));
            prop_assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), plain);
        }
    }
}
