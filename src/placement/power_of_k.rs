//! Power of k choices: the best of a few bins drawn by chance.

use super::urn::Urn;
use super::{BinId, Bins, Policy, Resources};
use crate::engine::Stream;

/// The bin with the least left over, in the measure of [best fit](super::best_fit::BestFit), of
/// `k` bins with room that are drawn by chance, each draw for itself, so that one may come twice
/// (after Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001, who takes the
/// emptiest). No index of all bins has to be right for it, which is why large schedulers like it:
/// two choices are much better than one, more are little better than two.
#[derive(Debug)]
pub struct PowerOfK<const K: usize = 2> {
    urn: Urn<K>,
    draws: u32,
}

impl<const K: usize> PowerOfK<K> {
    /// So many draws by these numbers.
    pub fn new(draws: u32, chance: Stream) -> Self {
        Self { urn: Urn::new(chance), draws }
    }
}

impl<const K: usize> Policy<K> for PowerOfK<K> {
    fn choose(
        &mut self,
        bins: &Bins<K>,
        need: Resources<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        let drawn = self.urn.draw(self.draws, bins, need, eligible);
        drawn.min_by_key(|&bin| (bins.spare(bin), bin))
    }

    fn update(&mut self, bins: &Bins<K>, bin: BinId) {
        self.urn.set(bin, bins.room(bin));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Streams;
    use crate::placement::{Pool, any};

    /// Of four bins the fullest is chosen unless all draws miss it: 1 - (3/4)^k. The emptiest is
    /// chosen where all draws hit it: (1/4)^k.
    #[test]
    fn more_draws_find_the_fullest_bin_more_often() {
        let count = 20_000;
        for draws in 1..=4 {
            let chance = Streams::new(5).numbered("draws", u64::from(draws));
            let mut pool =
                Pool::new(Box::new(PowerOfK::new(draws, chance)), [Resources::of([10]); 4]);
            (0..4).for_each(|bin| pool.take(BinId(bin), Resources::of([u64::from(bin)])));
            let mut chosen = [0.0; 4];
            for _ in 0..count {
                let bin = pool.choose(Resources::of([1]), &any).expect("there is room");
                chosen[bin.index()] += 1.0 / f64::from(count);
            }
            for (bin, share) in
                [(3, 1.0 - 0.75f64.powi(draws as i32)), (0, 0.25f64.powi(draws as i32))]
            {
                let error = (share * (1.0 - share) / f64::from(count)).sqrt();
                assert!((chosen[bin] - share).abs() < 4.0 * error, "{draws} draws: {chosen:?}");
            }
        }
    }

    #[test]
    fn where_no_bin_has_room_none_is_chosen() {
        let chance = Streams::new(5).named("draws");
        let mut pool = Pool::new(Box::new(PowerOfK::new(2, chance)), [Resources::of([10]); 4]);
        assert_eq!(pool.choose(Resources::of([11]), &any), None);
        assert_eq!(pool.choose(Resources::of([1]), &|_| false), None);
        assert_eq!(pool.choose(Resources::of([1]), &|bin| bin == BinId(2)), Some(BinId(2)));
    }
}
