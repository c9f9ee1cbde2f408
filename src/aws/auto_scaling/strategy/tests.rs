//! Allocation strategies on three types of known prices and depths.

use super::*;

/// Three types in one zone: dear and deep, cheap and shallow, and one between that counts 2.
fn market(spot: SpotStrategy) -> Market {
    let mut market = Market::new(vec![1, 1, 2], 1, OnDemandStrategy::LowestPrice, spot, None);
    let offers = [(0.40, 0.20, 100), (0.30, 0.08, 20), (0.50, 0.30, 60)];
    for (pool, (on_demand, spot, spare)) in (0..).zip(offers) {
        let (on_demand, spot) = (HourlyPrice(on_demand), HourlyPrice(spot));
        market.set_offer(Zone(0), Pool(pool), Offer { on_demand, spot, spare });
    }
    market
}

const fn source(pool: u16, purchase: Purchase) -> Source {
    Source { zone: Zone(0), pool: Pool(pool), purchase }
}

fn best(market: &Market, purchase: Purchase) -> Option<u16> {
    market.best(Zone(0), purchase, |_| true, |_| 0).map(|pool| pool.0)
}

/// Types in the order in which they would go.
fn order(market: &Market, purchase: Purchase, held: [u32; 3]) -> [u16; 3] {
    let mut pools = [0, 1, 2];
    let misfit =
        |pool| market.misfit(source(pool, purchase), |source| held[usize::from(source.pool.0)]);
    pools.sort_by_key(|&pool| std::cmp::Reverse(misfit(pool)));
    pools
}

#[test]
fn on_demand_goes_by_list_or_by_the_price_of_a_unit() {
    let mut market = market(SpotStrategy::default());
    assert_eq!(best(&market, Purchase::OnDemand), Some(2), "0.25 a unit");
    market.on_demand = OnDemandStrategy::Prioritized;
    assert_eq!(best(&market, Purchase::OnDemand), Some(0));
    let but_first = |source: Source| source.pool != Pool(0);
    let next = market.best(Zone(0), Purchase::OnDemand, but_first, |_| 0);
    assert_eq!(next, Some(Pool(1)), "the next of the list has to do");
    assert_eq!(order(&market, Purchase::OnDemand, [1; 3]), [2, 1, 0], "the last goes first");
}

/// Prices of a unit: 0.20, 0.08, 0.15.
#[test]
fn lowest_price_spreads_over_the_cheapest_pools() {
    let two = market(SpotStrategy::LowestPrice { pools: 2 });
    assert_eq!(best(&two, Purchase::Spot), Some(1));
    let held = |source: Source| [0, 3, 2][usize::from(source.pool.0)];
    let next = two.best(Zone(0), Purchase::Spot, |_| true, held);
    assert_eq!(next, Some(Pool(2)), "it holds less");
    let but_cheapest = |source: Source| source.pool != Pool(1);
    let next = two.best(Zone(0), Purchase::Spot, but_cheapest, |_| 0);
    assert_eq!(next, Some(Pool(2)), "two others are the cheapest then, evenly");
    assert_eq!(order(&two, Purchase::Spot, [1, 3, 2]), [0, 1, 2]);
}

#[test]
fn capacity_comes_first_and_price_or_list_decide_among_the_deep() {
    let by = |spot| best(&market(spot), Purchase::Spot);
    assert_eq!(by(SpotStrategy::CapacityOptimized), Some(0));
    assert_eq!(by(SpotStrategy::CapacityOptimizedPrioritized), Some(0));
    // 60 is more than half of 100, 20 is not
    assert_eq!(by(SpotStrategy::PriceCapacityOptimized), Some(2));
    let leaves = |spot| order(&market(spot), Purchase::Spot, [1; 3]);
    assert_eq!(leaves(SpotStrategy::CapacityOptimized), [1, 2, 0]);
    assert_eq!(leaves(SpotStrategy::CapacityOptimizedPrioritized), [1, 2, 0]);
    assert_eq!(leaves(SpotStrategy::PriceCapacityOptimized), [1, 0, 2]);
}

#[test]
fn nothing_is_paid_above_the_maximum_price() {
    let mut market = market(SpotStrategy::CapacityOptimized);
    market.max_price = Some(HourlyPrice(0.16));
    assert_eq!(best(&market, Purchase::Spot), Some(2));
    market.max_price = Some(HourlyPrice(0.05));
    assert_eq!(best(&market, Purchase::Spot), None);
    market.max_price = None;
    let dear = Offer { spot: HourlyPrice(0.41), ..market.offer(Zone(0), Pool(0)) };
    market.set_offer(Zone(0), Pool(0), dear);
    assert_eq!(best(&market, Purchase::Spot), Some(2), "above the On-Demand price");
}
