//! Cosine similarity: the bin whose free resources have the proportions of the request.

use super::resources::rounded;
use super::scored::Scored;
use super::{BinId, Bins, Resources};

/// The bin whose free resources and the request, both as shares of the largest bin, have the
/// smallest angle between them. Unlike with the [dot product](super::dot_product::dot_product), it
/// does not matter how much is free, only in which proportions; so a full bin that an item would
/// fill up evenly is as good as an empty one (Grandl et al., Multi-resource packing for cluster
/// schedulers, SIGCOMM 2014, section 5.3, compare such measures of alignment).
pub fn cosine<const K: usize>() -> Scored<K> {
    Scored::by(similarity)
}

/// The cosine of the angle between what is free and the need, in units of 2^-40; 0 where one of
/// them is nothing, and so has no direction.
pub(super) fn similarity<const K: usize>(bins: &Bins<K>, bin: BinId, need: Resources<K>) -> i64 {
    let whole = bins.reference();
    let free = bins.ledger(bin).room();
    let dot = |one: Resources<K>, other: Resources<K>| -> f64 {
        one.shares(whole).zip(other.shares(whole)).map(|(one, other)| one * other).sum()
    };
    let lengths = (dot(free, free) * dot(need, need)).sqrt();
    if lengths > 0.0 { rounded(dot(free, need) / lengths) as i64 } else { 0 }
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
    fn proportions_count_and_amounts_do_not() {
        let mut pool = Pool::new(Box::new(cosine()), [resources(10, 10); 3]);
        pool.take(BinId(1), resources(6, 8)); // 0.4, 0.2 free
        pool.take(BinId(2), resources(8, 6)); // 0.2, 0.4 free
        // 2 : 1 is the direction of bin 1; of bin 0 the cosine is 3 / sqrt(2 x 5) = 0.949
        assert_eq!(pool.choose(resources(2, 1), &any), Some(BinId(1)));
        // 1 : 2 is that of bin 2, which has no room for so much
        assert_eq!(pool.choose(resources(1, 2), &any), Some(BinId(2)));
        assert_eq!(pool.choose(resources(3, 6), &any), Some(BinId(0)));
        assert_eq!(pool.choose(resources(2, 1), &|bin| bin != BinId(1)), Some(BinId(0)));
    }

    #[test]
    fn parallel_bins_are_equally_good_however_full() {
        let mut pool = Pool::new(Box::new(cosine()), [resources(10, 10); 3]);
        pool.take(BinId(0), resources(3, 3));
        pool.take(BinId(1), resources(9, 9));
        assert_eq!(pool.choose(resources(1, 1), &any), Some(BinId(0)));
        // nothing has no direction
        assert_eq!(pool.choose(Resources::ZERO, &any), Some(BinId(0)));
    }
}
