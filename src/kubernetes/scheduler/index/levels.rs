//! Sets of ranks by level, of which the lowest is always at hand.

use std::collections::VecDeque;

use super::ranks::Ranks;

/// Levels of a page: as many as a word has bits.
const PAGE: u32 = u64::BITS;

/// A set of ranks for each level. Levels lie close together (what nodes score by themselves spans
/// a few hundred points), so each has its place, found without a search.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// The number of the first page.
    from: u32,
    pages: VecDeque<Page>,
    /// The lowest level with a rank, where there is any.
    lowest: u32,
    count: u32,
}

/// Consecutive levels.
#[derive(Debug, Default)]
struct Page {
    /// A bit for each level with a rank.
    filled: u64,
    /// Nothing until a rank comes.
    levels: Vec<Ranks>,
}

impl Levels {
    /// How many ranks there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The lowest level with a rank, and its ranks; none of none.
    pub fn lowest(&self) -> Option<(u32, &Ranks)> {
        (self.count > 0).then(|| (self.lowest, self.at(self.lowest)))
    }

    /// All levels with a rank, the lowest first.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Ranks)> {
        let first = (self.count > 0).then_some(self.lowest);
        let levels = std::iter::successors(first, |&level| self.next_from(level.checked_add(1)?));
        levels.map(|level| (level, self.at(level)))
    }

    /// Adds a rank that is not at the level.
    pub fn insert(&mut self, level: u32, rank: u32) {
        let page = self.page(level);
        if page.levels.is_empty() {
            page.levels.resize_with(PAGE as usize, Ranks::default);
        }
        page.filled |= 1 << (level % PAGE);
        page.levels[(level % PAGE) as usize].insert(rank);
        if self.count == 0 || level < self.lowest {
            self.lowest = level;
        }
        self.count += 1;
    }

    /// Takes out a rank that is at the level.
    pub fn remove(&mut self, level: u32, rank: u32) {
        let page = &mut self.pages[(level / PAGE - self.from) as usize];
        let ranks = &mut page.levels[(level % PAGE) as usize];
        ranks.remove(rank);
        self.count -= 1;
        if ranks.is_empty() {
            page.filled &= !(1 << (level % PAGE));
            if level == self.lowest {
                self.lowest = self.next_from(level).unwrap_or(0);
            }
        }
    }

    fn at(&self, level: u32) -> &Ranks {
        &self.pages[(level / PAGE - self.from) as usize].levels[(level % PAGE) as usize]
    }

    /// The page of a level, which is made if there is none.
    fn page(&mut self, level: u32) -> &mut Page {
        let number = level / PAGE;
        if self.pages.is_empty() {
            self.from = number;
        }
        while number < self.from {
            self.pages.push_front(Page::default());
            self.from -= 1;
        }
        let place = (number - self.from) as usize;
        if place >= self.pages.len() {
            self.pages.resize_with(place + 1, Page::default);
        }
        &mut self.pages[place]
    }

    /// The lowest level from one on that has a rank.
    fn next_from(&self, level: u32) -> Option<u32> {
        let number = level / PAGE;
        let first =
            self.pages.get((number - self.from) as usize)?.filled & (u64::MAX << (level % PAGE));
        let rest = self.pages.iter().skip((number - self.from) as usize + 1);
        let words = std::iter::once(first).chain(rest.map(|page| page.filled));
        let mut filled = (number..).zip(words).filter(|&(_, word)| word != 0);
        filled.next().map(|(number, word)| number * PAGE + word.trailing_zeros())
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
            steps in proptest::collection::vec((0..400_u32, 0..4_u32, 0..5), 1..600),
        ) {
            let (mut levels, mut plain) = (Levels::default(), BTreeSet::new());
            for (level, rank, kind) in steps {
                // far from 0, as levels are, and on pages before the first, too
                let level = i32::MAX as u32 - level;
                if kind < 3 && plain.insert((level, rank)) {
                    levels.insert(level, rank);
                } else if kind >= 3 && plain.remove(&(level, rank)) {
                    levels.remove(level, rank);
                }
                let lowest = plain.first().map(|&(level, _)| level);
                prop_assert_eq!(levels.lowest().map(|(level, _)| level), lowest);
                prop_assert_eq!(levels.count() as usize, plain.len());
            }
            let all = levels.iter();
            let all = all.flat_map(|(level, ranks)| ranks.iter().map(move |rank| (level, rank)));
            prop_assert!(all.eq(plain.iter().copied()));
        }
    }
}
