//! How the instances of an Auto Scaling group are bought: On-Demand or Spot, and of which types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::units::{Fraction, HourlyPrice};

/// What of an Auto Scaling group is On-Demand and what Spot (`InstancesDistribution`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InstanceMarket {
    /// So much is On-Demand before anything is Spot (`OnDemandBaseCapacity`). Default 0.
    pub on_demand_base: u32,
    /// Whole per cent of the rest that are On-Demand (`OnDemandPercentageAboveBaseCapacity`).
    /// Default 100%.
    pub on_demand: Fraction,
    /// Of which type On-Demand instances are. Default prioritized.
    pub on_demand_strategy: OnDemandStrategy,
    /// Of which type Spot instances are. Default lowest-price. What EC2 has to spare is not known:
    /// all types count as equally deep.
    pub spot_strategy: SpotStrategy,
    /// `lowest-price`: so many of the cheapest types of a zone are used evenly. Default 2.
    pub spot_pools: u32,
    /// What Spot takes off the price. Default 65%.
    pub spot_discount: Fraction,
    /// Part of Spot instances that are interrupted within a month of 730 hours; below 100%. Default
    /// 5%.
    pub spot_interruptions: Fraction,
    /// How long before the notice of an interruption a rebalance recommendation comes. Default:
    /// none comes.
    pub rebalance_before: Option<SimDuration>,
    /// Whether Spot instances are replaced on a recommendation or a notice (`CapacityRebalance`).
    /// Default false: after their end.
    pub capacity_rebalance: bool,
    /// The most that is paid for an hour of a unit of Spot capacity. Default: the On-Demand price.
    pub spot_max_price: Option<HourlyPrice>,
}

impl Default for InstanceMarket {
    fn default() -> Self {
        Self {
            on_demand_base: 0,
            on_demand: Fraction(1.0),
            on_demand_strategy: OnDemandStrategy::default(),
            spot_strategy: SpotStrategy::default(),
            spot_pools: 2,
            spot_discount: Fraction(0.65),
            spot_interruptions: Fraction(0.05),
            rebalance_before: None,
            capacity_rebalance: false,
            spot_max_price: None,
        }
    }
}

/// In which order types are launched On-Demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnDemandStrategy {
    /// As they are listed.
    #[default]
    Prioritized,
    /// The lowest price of a unit of capacity first.
    LowestPrice,
}

/// In which order types are launched as Spot instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SpotStrategy {
    /// The cheapest `spot_pools` of a zone, evenly.
    #[default]
    LowestPrice,
    /// The one with the most to spare; the cheapest of equals.
    CapacityOptimized,
    /// The first of the list among those with much to spare.
    CapacityOptimizedPrioritized,
    /// The cheapest among those with much to spare.
    PriceCapacityOptimized,
}

/// `[[cluster.auto_scaling_group.shortage]]`: a time in which EC2 has no capacity. A `[[fault]]` of
/// a zone breaks what is there; that nothing comes up there meanwhile is to be said here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shortage {
    /// Of this type only. Default: of all.
    #[serde(rename = "type")]
    pub instance_type: Option<String>,
    /// In this zone only. Default: in all.
    pub zone: Option<u32>,
    /// Of instances bought in this way only. Default: of both.
    pub market: Option<Market>,
    /// Its beginning. Default 0s.
    #[serde(default)]
    pub from: SimDuration,
    /// Its end. Default: none.
    pub until: Option<SimDuration>,
}

/// A way to buy instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Market {
    /// At the list price, for as long as one wants.
    OnDemand,
    /// At a discount, until EC2 wants them back.
    Spot,
}
