//! Nodes that pass, by their places in kube-scheduler's list: how many come before each is what the
//! root of a heap of them follows from.

use crate::kubernetes::scheduler::ties::walked;

/// A set of places of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    words: Vec<u64>,
    places: u32,
    count: u32,
}

impl Listed {
    /// None of so many places.
    pub fn none_of(places: usize) -> Self {
        Self { words: vec![0; places.div_ceil(64)], places: places as u32, count: 0 }
    }

    /// Adds a place that is not in the set.
    pub fn add(&mut self, place: u32) {
        self.words[word(place)] |= bit(place);
        self.count += 1;
    }

    /// Takes out a place that is in the set.
    pub fn remove(&mut self, place: u32) {
        self.words[word(place)] &= !bit(place);
        self.count -= 1;
    }

    /// The root of the heap of all in the set, put in as they are listed, from `start` on and then
    /// from the begin; `best` are those of them that no other is better than.
    pub fn root(&self, start: u32, best: impl Iterator<Item = u32>) -> Option<u32> {
        // how many are listed before a place, turned so that the start is the first
        let turned = |rank: u32, place: u32, skipped: u32| {
            let turns = if place < start { self.count } else { 0 };
            walked(u64::from(rank + turns - skipped) + 1)
        };
        if self.count == self.places {
            return best.min_by_key(|&place| turned(place, place, start));
        }
        let mut total = 0;
        let mut before = Vec::with_capacity(self.words.len());
        for word in &self.words {
            before.push(total);
            total += word.count_ones();
        }
        let rank = |place: u32| {
            let left = self.words[word(place)] & (bit(place) - 1);
            before[word(place)] + left.count_ones()
        };
        let skipped = rank(start);
        best.min_by_key(|&place| turned(rank(place), place, skipped))
    }
}

fn word(place: u32) -> usize {
    place as usize / 64
}

fn bit(place: u32) -> u64 {
    1 << (place % 64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kubernetes::scheduler::node::NodeId;
    use crate::kubernetes::scheduler::ties::root;

    proptest! {
        #[test]
        fn the_root_is_that_of_all_put_in_one_by_one(
            scores in proptest::collection::vec(proptest::option::of(0..4_i32), 1..300),
            start in 0..300_usize,
            all_pass in any::<bool>(),
        ) {
            let pass = |score: Option<i32>| if all_pass { score.or(Some(0)) } else { score };
            let scores: Vec<_> = scores.into_iter().map(pass).collect();
            let start = start % scores.len();
            let highest = scores.iter().copied().flatten().max();
            let mut listed = Listed::none_of(scores.len());
            let all = (0_u32..).zip(&scores).map(|(place, &score)| (place, score));
            let passed: Vec<_> = all.filter_map(|(place, score)| Some((place, score?))).collect();
            // some came and went
            (0..scores.len() as u32).step_by(3).for_each(|place| listed.add(place));
            (0..scores.len() as u32).step_by(3).for_each(|place| listed.remove(place));
            passed.iter().for_each(|&(place, _)| listed.add(place));
            let best = || passed.iter().filter(|(_, score)| Some(*score) == highest);
            let (before, from) = passed.split_at(passed.partition_point(|it| it.0 < start as u32));
            let turn = from.iter().chain(before);
            let turn = turn.map(|&(place, score)| (NodeId(place), Some(score) == highest));
            let found = listed.root(start as u32, best().map(|it| it.0));
            prop_assert_eq!(found.map(NodeId), root(turn));
        }
    }
}
