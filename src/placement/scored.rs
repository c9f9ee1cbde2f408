//! The best bin under a score of what is asked for.

use super::{BinId, Bins, Policy, Resources, ScoreIndex};

/// How well a bin that has room suits a need: the more, the better.
pub type Score<const K: usize> = fn(&Bins<K>, BinId, Resources<K>) -> i64;

/// The bin with the highest score, of equal ones the lowest id.
///
/// The score depends on the need, so there is no one order of the bins. But needs come in few
/// kinds, and so each kind has an order of its own, in a [`ScoreIndex`]: a choice costs
/// O(changes since this kind last came x log bins), and a look at every bin where a kind is new.
#[derive(Debug)]
pub struct Scored<const K: usize = 2> {
    score: Score<K>,
    index: ScoreIndex<Resources<K>>,
}

impl<const K: usize> Scored<K> {
    /// By this score, which looks at nothing but the need, what is free in the bin, and the
    /// reference of all bins.
    pub fn by(score: Score<K>) -> Self {
        Self { score, index: ScoreIndex::new(0) }
    }
}

impl<const K: usize> Policy<K> for Scored<K> {
    fn choose(
        &mut self,
        bins: &Bins<K>,
        need: Resources<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        let id = |bin: usize| BinId(bin as u32);
        let score =
            |bin: usize| bins.fits(id(bin), need).then(|| (self.score)(bins, id(bin), need));
        self.index.best_eligible(need, &|bin| eligible(id(bin)), score).map(id)
    }

    fn update(&mut self, bins: &Bins<K>, bin: BinId) {
        self.index.resize(bins.len());
        self.index.changed(bin.index());
    }
}
