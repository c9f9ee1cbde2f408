//! L2 norm: the bin that would have least left over, where an uneven rest counts as more.

use super::resources::rounded;
use super::scored::Scored;
use super::{BinId, Bins, Resources};

/// The bin in which the smallest vector would be left, in the Euclidean norm of its shares of the
/// largest bin. The squares make a large rest of one kind worse than small ones of several: so an
/// item goes where it leaves little of the kind that there would be most of (the norm-based greedy
/// of Panigrahy, Talwar, Uyeda and Wieder, Heuristics for Vector Bin Packing, Microsoft Research
/// 2011, with equal weights, and the roles of bins and items exchanged as items come one by one).
pub fn l2_norm<const K: usize>() -> Scored<K> {
    Scored::by(|bins, bin, need| -left_over(bins, bin, need))
}

/// The norm of what would be left in a bin that has room, in units of 2^-40.
pub(super) fn left_over<const K: usize>(bins: &Bins<K>, bin: BinId, need: Resources<K>) -> i64 {
    let left = bins.ledger(bin).room().checked_sub(need).expect("the bin has room");
    let squares: f64 = left.shares(bins.reference()).map(|share| share * share).sum();
    rounded(squares.sqrt()) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::{Pool, any};
    use crate::units::{Bytes, Millicores};

    fn resources(cpu: u64, memory: u64) -> Resources {
        Resources::new(Millicores(cpu), Bytes(memory))
    }

    #[test]
    fn an_even_rest_is_better_than_an_uneven_one_of_the_same_sum() {
        let mut pool = Pool::new(Box::new(l2_norm()), [resources(10, 10); 3]);
        pool.take(BinId(0), resources(2, 8)); // 0.8, 0.2 free
        pool.take(BinId(1), resources(5, 5)); // 0.5, 0.5 free
        pool.take(BinId(2), resources(8, 2)); // 0.2, 0.8 free
        // left .7, .1: .50   .4, .4: .32   .1, .7: .50
        assert_eq!(pool.choose(resources(1, 1), &any), Some(BinId(1)));
        // left .3, .1: .10   .0, .4: .16   no room
        assert_eq!(pool.choose(resources(5, 1), &any), Some(BinId(0)));
        // no room; left .4, .0: .16 with 5 memory; left .1, .3: .10
        assert_eq!(pool.choose(resources(1, 5), &any), Some(BinId(2)));
        assert_eq!(pool.choose(resources(1, 5), &|bin| bin != BinId(2)), Some(BinId(1)));
    }

    #[test]
    fn equal_rests_end_in_the_lowest_id() {
        let mut pool = Pool::new(Box::new(l2_norm()), [resources(10, 10); 3]);
        pool.take(BinId(1), resources(4, 3));
        pool.take(BinId(2), resources(3, 4));
        assert_eq!(pool.choose(resources(1, 1), &any), Some(BinId(1)));
    }
}
