//! Dot product: the bin whose free resources go with the request.

use super::scored::Scored;

/// The bin with the largest dot product of what is free and what is asked for, both as shares of
/// the largest bin ([`alignment`](super::Bins::alignment)): the free resources that reach furthest
/// in the direction of the request. An item that needs much memory goes where memory is plentiful,
/// so that no kind is left stranded (Panigrahy et al., Heuristics for Vector Bin Packing, Microsoft
/// Research 2011; Tetris: Grandl et al., SIGCOMM 2014).
pub fn dot_product<const K: usize>() -> Scored<K> {
    Scored::by(|bins, bin, need| bins.alignment(bin, need) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::{BinId, Pool, Resources, any};
    use crate::units::{Bytes, Millicores};

    fn resources(cpu: u64, memory: u64) -> Resources {
        Resources::new(Millicores(cpu), Bytes(memory))
    }

    #[test]
    fn each_item_goes_where_its_larger_need_is_plentiful() {
        let mut pool = Pool::new(Box::new(dot_product()), [resources(10, 10); 3]);
        pool.take(BinId(0), resources(2, 7)); // 0.8, 0.3 free
        pool.take(BinId(1), resources(6, 3)); // 0.4, 0.7 free
        pool.take(BinId(2), resources(5, 5)); // 0.5, 0.5 free
        // .8*.3 + .3*.1 = .27   .4*.3 + .7*.1 = .19   .5*.3 + .5*.1 = .20
        assert_eq!(pool.choose(resources(3, 1), &any), Some(BinId(0)));
        // .8*.1 + .3*.3 = .17   .4*.1 + .7*.3 = .25   .5*.1 + .5*.3 = .20
        assert_eq!(pool.choose(resources(1, 3), &any), Some(BinId(1)));
        // 4 memory: bin 0 has no room; .4*.1 + .7*.4 = .32   .5*.1 + .5*.4 = .25
        assert_eq!(pool.choose(resources(1, 4), &any), Some(BinId(1)));
        assert_eq!(pool.choose(resources(1, 4), &|bin| bin != BinId(1)), Some(BinId(2)));
    }

    #[test]
    fn equal_products_end_in_the_lowest_id() {
        let mut pool = Pool::new(Box::new(dot_product()), [resources(10, 10); 3]);
        pool.take(BinId(0), resources(1, 0));
        assert_eq!(pool.choose(resources(1, 1), &any), Some(BinId(1)));
    }
}
