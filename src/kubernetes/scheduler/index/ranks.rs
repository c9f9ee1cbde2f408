//! Sets of ranks, of a few nodes or of thousands.

/// A set of ranks: as they are, in no order, while they are few; a bit for each rank there can be
/// when they are many, so that a change costs little either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ranks {
    Few(Vec<u32>),
    Many { words: Vec<u64>, count: usize },
}

/// More than that are many, and less than a quarter of it few again. To find one of the few takes
/// as long as they are many.
const FEW: usize = 16;

impl Default for Ranks {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Ranks {
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Few(ranks) => ranks.is_empty(),
            Self::Many { count, .. } => *count == 0,
        }
    }

    /// Adds a rank that is not in the set.
    pub fn insert(&mut self, rank: u32) {
        match self {
            Self::Few(ranks) if ranks.len() < FEW => ranks.push(rank),
            Self::Few(ranks) => {
                let mut many = Self::Many { words: Vec::new(), count: 0 };
                ranks.drain(..).for_each(|rank| many.insert(rank));
                many.insert(rank);
                *self = many;
            }
            Self::Many { words, count } => {
                let word = rank as usize / 64;
                if words.len() <= word {
                    words.resize(word + 1, 0);
                }
                words[word] |= 1 << (rank % 64);
                *count += 1;
            }
        }
    }

    /// Takes out a rank that is in the set.
    pub fn remove(&mut self, rank: u32) {
        match self {
            Self::Few(ranks) => {
                let place = ranks.iter().position(|&other| other == rank);
                ranks.swap_remove(place.expect("the rank is in the set"));
            }
            Self::Many { words, count } => {
                words[rank as usize / 64] &= !(1 << (rank % 64));
                *count -= 1;
                if *count < FEW / 4 {
                    *self = Self::Few(self.iter().collect());
                }
            }
        }
    }

    /// Appends all ranks to a list: by plain loops, as this is done for every choice.
    pub fn append_to(&self, list: &mut Vec<u32>) {
        match self {
            Self::Few(ranks) => list.extend_from_slice(ranks),
            Self::Many { words, .. } => {
                for (first, &word) in (0..).step_by(64).zip(words) {
                    let mut rest = word;
                    while rest != 0 {
                        list.push(first + rest.trailing_zeros());
                        // without the lowest bit
                        rest &= rest - 1;
                    }
                }
            }
        }
    }

    /// All ranks.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let (few, many) = match self {
            Self::Few(ranks) => (&ranks[..], &[][..]),
            Self::Many { words, .. } => (&[][..], &words[..]),
        };
        few.iter().copied().chain((0..).step_by(64).zip(many).flat_map(|(first, &word)| {
            // each step takes the lowest bit
            let rest = std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)));
            let bits = rest.take_while(|&rest| rest != 0);
            bits.map(move |rest| first + rest.trailing_zeros())
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set(steps in proptest::collection::vec((0..300_u32, 0..8), 1..900)) {
            let (mut ranks, mut plain) = (Ranks::default(), BTreeSet::new());
            for (place, (rank, kind)) in steps.iter().copied().enumerate() {
                // many come at first, and many go later
                let comes = (kind < 6) == (place < steps.len() / 2);
                if comes && plain.insert(rank) {
                    ranks.insert(rank);
                } else if !comes && plain.remove(&rank) {
                    ranks.remove(rank);
                }
                prop_assert_eq!(ranks.is_empty(), plain.is_empty());
                prop_assert_eq!(ranks.iter().count(), plain.len());
            }
            let mut list = vec![7];
            ranks.append_to(&mut list);
            prop_assert!(list.into_iter().eq([7].into_iter().chain(ranks.iter())));
            prop_assert_eq!(ranks.iter().collect::<BTreeSet<_>>(), plain);
        }
    }
}
