//! Allocation strategies: of which type the next instance in a zone is, and of which the next to
//! go.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Allocation strategies for multiple instance types"
//! and "Configure termination policies". What EC2 has to spare and what it asks is given by the
//! caller, pool by pool. How EC2 weighs capacity against prices is not published; the rule here is
//! that a pool is deep if it has at least half of what the deepest of its zone has to spare
//! ([`DEEP`]), and that price or priority decide among the deep ones.

use std::cmp::Ordering;

use super::instance::{Pool, Purchase, Source, Zone};
use crate::units::HourlyPrice;

/// A pool counts as deep from this share of the deepest one's spare capacity on: one of so many
/// parts. An assumption.
pub const DEEP: u64 = 2;

/// What EC2 offers of a type in a zone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Offer {
    /// The price of an On-Demand instance.
    pub on_demand: HourlyPrice,
    /// The price of a Spot instance.
    pub spot: HourlyPrice,
    /// How many Spot instances there is capacity for.
    pub spare: u32,
}

/// In which order types are launched On-Demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDemandStrategy {
    /// As they stand in the list of overrides.
    #[default]
    Prioritized,
    /// The lowest price of a unit of capacity first.
    LowestPrice,
}

/// From which pools Spot instances are launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotStrategy {
    /// The cheapest so many of each zone, evenly. The API's default, with two pools.
    LowestPrice {
        /// How many.
        pools: u32,
    },
    /// The one with the most to spare.
    CapacityOptimized,
    /// The first of the list among the deep ones.
    CapacityOptimizedPrioritized,
    /// The cheapest among the deep ones.
    PriceCapacityOptimized,
}

impl Default for SpotStrategy {
    fn default() -> Self {
        Self::LowestPrice { pools: 2 }
    }
}

/// How badly a pool fits its strategy; the worst goes first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Misfit(u8, f64);

impl Misfit {
    /// One of the milder class.
    #[cfg(test)]
    pub(super) const fn of(value: f64) -> Self {
        Self(0, value)
    }
}

impl Eq for Misfit {}

impl PartialOrd for Misfit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Misfit {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0).then(self.1.total_cmp(&other.1))
    }
}

/// The offers of all zones, and what is made of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Market {
    /// What an instance of each type counts.
    pub(super) weights: Vec<u32>,
    pub(super) on_demand: OnDemandStrategy,
    pub(super) spot: SpotStrategy,
    /// The most that is paid for a unit of Spot capacity; the On-Demand price where none is given.
    pub(super) max_price: Option<HourlyPrice>,
    /// By zone, then by type.
    offers: Vec<Offer>,
}

impl Market {
    /// One with nothing to tell its pools apart.
    pub(super) fn new(
        weights: Vec<u32>,
        zones: u16,
        on_demand: OnDemandStrategy,
        spot: SpotStrategy,
        max_price: Option<HourlyPrice>,
    ) -> Self {
        let offers = vec![Offer::default(); usize::from(zones) * weights.len()];
        Self { weights, on_demand, spot, max_price, offers }
    }

    pub(super) fn weight(&self, pool: Pool) -> u32 {
        self.weights[usize::from(pool.0)]
    }

    pub(super) fn heaviest(&self) -> u32 {
        self.weights.iter().copied().max().unwrap_or(1)
    }

    pub(super) fn offer(&self, zone: Zone, pool: Pool) -> Offer {
        self.offers[usize::from(zone.0) * self.weights.len() + usize::from(pool.0)]
    }

    pub(super) fn set_offer(&mut self, zone: Zone, pool: Pool, offer: Offer) {
        self.offers[usize::from(zone.0) * self.weights.len() + usize::from(pool.0)] = offer;
    }

    /// The price of a unit of capacity in an hour.
    fn price(&self, source: Source) -> f64 {
        let offer = self.offer(source.zone, source.pool);
        let price = match source.purchase {
            Purchase::OnDemand => offer.on_demand,
            Purchase::Spot => offer.spot,
        };
        price.0 / f64::from(self.weight(source.pool))
    }

    /// Whether EC2 asks no more than is paid.
    fn affordable(&self, source: Source) -> bool {
        let offer = self.offer(source.zone, source.pool);
        let most = match self.max_price {
            Some(price) => price.0,
            None => offer.on_demand.0 / f64::from(self.weight(source.pool)),
        };
        source.purchase == Purchase::OnDemand || self.price(source) <= most
    }

    /// Whether a pool is among the deep ones of those given.
    fn is_deep(&self, source: Source, pools: &[Pool]) -> bool {
        let spare = |pool| u64::from(self.offer(source.zone, pool).spare);
        let deepest = pools.iter().map(|&pool| spare(pool)).max().unwrap_or(0);
        spare(source.pool) * DEEP >= deepest
    }

    /// The type that the next instance in a zone is of, among those `usable`; `held` is what the
    /// group has of each.
    pub(super) fn best(
        &self,
        zone: Zone,
        purchase: Purchase,
        usable: impl Fn(Source) -> bool,
        held: impl Fn(Source) -> u32,
    ) -> Option<Pool> {
        let source = |pool| Source { zone, pool, purchase };
        let offered = self.pools().map(source);
        let fit = offered.filter(|&source| usable(source) && self.affordable(source));
        let mut pools: Vec<Pool> = fit.map(|source| source.pool).collect();
        let price = |pool: &Pool| self.price(source(*pool));
        let by_price = |a: &Pool, b: &Pool| price(a).total_cmp(&price(b)).then(a.cmp(b));
        let spare = |pool: &Pool| self.offer(zone, *pool).spare;
        match (purchase, self.spot) {
            (Purchase::OnDemand, _) => match self.on_demand {
                OnDemandStrategy::Prioritized => pools.first().copied(),
                OnDemandStrategy::LowestPrice => pools.into_iter().min_by(by_price),
            },
            (Purchase::Spot, SpotStrategy::LowestPrice { pools: number }) => {
                pools.sort_by(by_price);
                pools.truncate(number as usize);
                pools.into_iter().min_by_key(|&pool| held(source(pool)))
            }
            (Purchase::Spot, SpotStrategy::CapacityOptimized) => {
                pools.into_iter().min_by(|a, b| spare(b).cmp(&spare(a)).then(by_price(a, b)))
            }
            (Purchase::Spot, SpotStrategy::CapacityOptimizedPrioritized) => {
                pools.iter().copied().find(|&pool| self.is_deep(source(pool), &pools))
            }
            (Purchase::Spot, SpotStrategy::PriceCapacityOptimized) => {
                let deep = pools.iter().filter(|&&pool| self.is_deep(source(pool), &pools));
                deep.copied().min_by(by_price)
            }
        }
    }

    fn pools(&self) -> impl Iterator<Item = Pool> {
        (0..).zip(&self.weights).map(|(place, _)| Pool(place))
    }

    /// How badly a pool fits, where `held` is what the group has of each. `lowest-price` of
    /// On-Demand instances is not honoured when they go, as the user guide says.
    pub(super) fn misfit(&self, at: Source, held: impl Fn(Source) -> u32) -> Misfit {
        let all: Vec<Pool> = self.pools().collect();
        let spare = f64::from(self.offer(at.zone, at.pool).spare);
        let deep = u8::from(!self.is_deep(at, &all));
        match (at.purchase, self.spot) {
            (Purchase::OnDemand, _) => match self.on_demand {
                OnDemandStrategy::Prioritized => Misfit(0, f64::from(at.pool.0)),
                OnDemandStrategy::LowestPrice => Misfit(0, 0.0),
            },
            (Purchase::Spot, SpotStrategy::LowestPrice { pools: number }) => {
                let price = |pool| self.price(Source { pool, ..at });
                let cheaper = |&pool: &Pool| {
                    price(pool).total_cmp(&price(at.pool)).then(pool.cmp(&at.pool)).is_lt()
                };
                if all.iter().filter(|pool| cheaper(pool)).count() < number as usize {
                    Misfit(0, f64::from(held(at)))
                } else {
                    Misfit(1, price(at.pool))
                }
            }
            (Purchase::Spot, SpotStrategy::CapacityOptimized) => Misfit(0, -spare),
            (Purchase::Spot, _) if deep == 1 => Misfit(deep, -spare),
            (Purchase::Spot, SpotStrategy::CapacityOptimizedPrioritized) => {
                Misfit(0, f64::from(at.pool.0))
            }
            (Purchase::Spot, SpotStrategy::PriceCapacityOptimized) => Misfit(0, self.price(at)),
        }
    }
}

#[cfg(test)]
mod tests;
