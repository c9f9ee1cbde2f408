//! The best bin under a score that depends on what is asked for.
//!
//! Items come in few kinds, and a placement changes one bin. So each kind keeps the scores of all
//! bins in a tournament tree, and brings it up to date, when next asked, with the bins that have
//! changed since: a score is computed once for a kind and a state of a bin, and the best is found
//! in O(changes x log bins).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::HashTable;

/// Trees are kept for so many scores in all, at most.
const SCORES: usize = 1 << 24;
/// Kinds whose trees are kept, at least.
const FEWEST: usize = 16;
/// The score of a bin without room.
const NO_ROOM: i64 = i64::MIN;

/// Best bins by kinds `N` of items.
#[derive(Debug)]
pub struct ScoreIndex<N> {
    bins: usize,
    trees: Vec<Tournament>,
    /// The kind of each tree, and its hash.
    kinds: Vec<(u64, N)>,
    /// Trees by their kinds. Found by hash, never walked by it.
    places: HashTable<usize>,
    /// The tree that makes room next.
    oldest: usize,
    /// The bins that changed last, no more of them than there are bins.
    changes: VecDeque<u32>,
    /// Changes so far.
    count: u64,
}

impl<N: Copy + Eq + Hash> ScoreIndex<N> {
    /// For so many bins.
    pub fn new(bins: usize) -> Self {
        Self {
            bins,
            trees: Vec::new(),
            kinds: Vec::new(),
            places: HashTable::new(),
            oldest: 0,
            changes: VecDeque::with_capacity(bins),
            count: 0,
        }
    }

    /// The scores of a bin are others now, or it has other room.
    pub fn changed(&mut self, bin: usize) {
        if self.changes.len() == self.bins {
            self.changes.pop_front();
        }
        self.changes.push_back(bin as u32);
        self.count += 1;
    }

    /// The bin with the highest score for a kind, of equal ones the first; none where no bin has
    /// a score. `score` is asked for bins that have changed since it last was.
    pub fn best(&mut self, kind: N, score: impl FnMut(usize) -> Option<i64>) -> Option<usize> {
        let tree = self.updated(kind, score);
        (tree.scores[tree.winner()] != NO_ROOM).then(|| tree.winner())
    }

    /// The same among those that are eligible; eligibility may differ from call to call.
    pub fn best_eligible(
        &mut self,
        kind: N,
        eligible: &dyn Fn(usize) -> bool,
        score: impl FnMut(usize) -> Option<i64>,
    ) -> Option<usize> {
        self.updated(kind, score).first(eligible)
    }

    /// There are so many bins now; what is known of their scores holds as long as there were as
    /// many before.
    pub fn resize(&mut self, bins: usize) {
        if bins != self.bins {
            *self = Self::new(bins);
        }
    }

    /// The bins that have a score for a kind, in order.
    pub fn with_room(
        &mut self,
        kind: N,
        score: impl FnMut(usize) -> Option<i64>,
    ) -> impl Iterator<Item = usize> + Clone {
        let tree = self.updated(kind, score);
        let scores = tree.scores.iter().enumerate();
        scores.filter(|&(_, &score)| score != NO_ROOM).map(|(bin, _)| bin)
    }

    fn updated(&mut self, kind: N, mut score: impl FnMut(usize) -> Option<i64>) -> &Tournament {
        let place = self.place(kind);
        let tree = &mut self.trees[place];
        let unseen = self.count - tree.seen;
        tree.seen = self.count;
        let mut of = |bin: usize| score(bin).unwrap_or(NO_ROOM);
        if tree.scores.is_empty() || unseen > self.changes.len() as u64 {
            tree.rebuild(self.bins, of);
        } else {
            for &bin in self.changes.range(self.changes.len() - unseen as usize..) {
                tree.set(bin as usize, of(bin as usize));
            }
        }
        tree
    }

    /// Where the tree of a kind is, an empty one where there was none.
    fn place(&mut self, kind: N) -> usize {
        let mut hasher = DefaultHasher::new();
        kind.hash(&mut hasher);
        let hash = hasher.finish();
        let kinds = &self.kinds;
        if let Some(&place) = self.places.find(hash, |&place| kinds[place].1 == kind) {
            return place;
        }
        let place = match self.trees.len() < (SCORES / self.bins.max(1)).max(FEWEST) {
            true => {
                self.trees.push(Tournament::default());
                self.kinds.push((hash, kind));
                self.trees.len() - 1
            }
            false => {
                let place = self.oldest;
                self.oldest = (place + 1) % self.trees.len();
                let old = self.places.find_entry(self.kinds[place].0, |&other| other == place);
                old.expect("every tree has a kind").remove();
                self.trees[place].scores.clear();
                self.kinds[place] = (hash, kind);
                place
            }
        };
        let kinds = &self.kinds;
        self.places.insert_unique(hash, place, |&place| kinds[place].0);
        place
    }
}

/// Scores, and for each node of a binary tree over them the bin that wins below it.
#[derive(Debug, Default)]
struct Tournament {
    scores: Vec<i64>,
    /// The children of node `i` are `2 i` and `2 i + 1`; leaves are not kept.
    winners: Vec<u32>,
    /// Changes that are in it.
    seen: u64,
}

impl Tournament {
    fn winner(&self) -> usize {
        self.winners.get(1).map_or(0, |&bin| bin as usize)
    }

    fn rebuild(&mut self, bins: usize, score: impl FnMut(usize) -> i64) {
        self.scores.clear();
        self.scores.extend((0..bins).map(score));
        let width = bins.next_power_of_two();
        self.winners.clear();
        self.winners.resize(width, 0);
        for node in (1..width).rev() {
            self.winners[node] = self.better(2 * node, 2 * node + 1);
        }
    }

    fn set(&mut self, bin: usize, score: i64) {
        if self.scores[bin] == score {
            return;
        }
        self.scores[bin] = score;
        let mut node = (self.winners.len() + bin) / 2;
        while node > 0 {
            self.winners[node] = self.better(2 * node, 2 * node + 1);
            node /= 2;
        }
    }

    /// The winner below one of two nodes; of equal ones that of the left, which comes first.
    fn better(&self, left: usize, right: usize) -> u32 {
        let (left, right) = (self.below(left), self.below(right));
        // a leaf beyond the bins never wins: it is on the right, and has no room
        if self.score(right) > self.score(left) { right } else { left }
    }

    /// The winner below a node.
    fn below(&self, node: usize) -> u32 {
        let width = self.winners.len();
        if node < width { self.winners[node] } else { (node - width) as u32 }
    }

    fn score(&self, bin: u32) -> i64 {
        self.scores.get(bin as usize).copied().unwrap_or(NO_ROOM)
    }

    /// The best of the eligible bins. Where the winner below a node is not, the nodes beside its
    /// way up have the next.
    fn first(&self, eligible: &dyn Fn(usize) -> bool) -> Option<usize> {
        let mut open = BinaryHeap::new();
        let mut next = Some((self.score(self.below(1)), Reverse(self.below(1)), 1));
        while let Some((score, Reverse(bin), node)) = next {
            if score == NO_ROOM {
                return None;
            }
            if eligible(bin as usize) {
                return Some(bin as usize);
            }
            let mut at = self.winners.len() + bin as usize;
            while at != node {
                let beside = self.below(at ^ 1);
                open.push((self.score(beside), Reverse(beside), at ^ 1));
                at /= 2;
            }
            next = open.pop();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_is_what_a_scan_of_all_bins_finds(
            bins in 1..40usize,
            steps in prop::collection::vec((any::<prop::sample::Index>(), 0..4i64, 0..5u8), 1..120),
        ) {
            let mut values = vec![1; bins];
            let mut index = ScoreIndex::new(bins);
            for (bin, value, kind) in steps {
                let bin = bin.index(bins);
                values[bin] = value;
                index.changed(bin);
                // a kind takes bins of its own value or more, and likes the one or the other end
                let score = |bin: usize| {
                    let value = values[bin];
                    (value >= i64::from(kind)).then(|| if kind % 2 == 0 { value } else { -value })
                };
                let best = (0..bins).filter_map(score).max();
                let first = best.and_then(|best| (0..bins).find(|&bin| score(bin) == Some(best)));
                prop_assert_eq!(index.best(kind, score), first);
                let eligible = |bin: usize| bin % 3 != usize::from(kind) % 3;
                let best = (0..bins).filter(|&bin| eligible(bin)).filter_map(score).max();
                let first = best.and_then(|best| {
                    (0..bins).find(|&bin| eligible(bin) && score(bin) == Some(best))
                });
                prop_assert_eq!(index.best_eligible(kind, &eligible, score), first);
                let room: Vec<usize> = index.with_room(kind, score).collect();
                let all: Vec<usize> = (0..bins).filter(|&bin| score(bin).is_some()).collect();
                prop_assert_eq!(room, all);
            }
        }
    }

    #[test]
    fn kinds_beyond_what_is_kept_take_the_place_of_others() {
        let bins = SCORES / FEWEST;
        let mut index = ScoreIndex::new(bins);
        for kind in 0..3 * FEWEST {
            assert_eq!(
                index.best(kind % 20, |bin| Some((bin == kind % 20 + 7) as i64)),
                Some(kind % 20 + 7)
            );
        }
        assert!(index.trees.len() <= FEWEST);
    }
}
