//! Types of instances and where they are on offer, as plain data.

use std::collections::BTreeMap;

use super::requirements::{CAPACITY_TYPE, Requirements, ZONE};
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::scheduler::resources::Resources;
use crate::units::HourlyPrice;

/// How long a type that could not be had is not tried again (UnavailableOfferingsTTL of
/// karpenter-provider-aws, pkg/cache/cache.go).
const UNAVAILABLE: SimDuration = SimDuration::from_secs(180);

/// A price per hour in billionths of a dollar: prices are summed and compared exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(u64);

impl Price {
    /// From dollars; a negative one is nothing.
    #[must_use]
    pub fn of(price: HourlyPrice) -> Self {
        Self((price.0 * 1e9).round() as u64)
    }

    /// In dollars.
    #[must_use]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Whether nothing is to be paid, or nothing is known of it.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// How capacity is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CapacityType {
    /// It may be taken back.
    Spot,
    /// At the listed price.
    OnDemand,
}

impl CapacityType {
    /// The value of the label `karpenter.sh/capacity-type`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::OnDemand => "on-demand",
        }
    }
}

/// A type of instances in one zone, paid for one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Offering {
    /// Its zone.
    pub zone: Box<str>,
    /// How it is paid for.
    pub capacity_type: CapacityType,
    /// What it costs.
    pub price: Price,
    /// Whether it can be had.
    pub available: bool,
}

impl Offering {
    /// Whether a claim with these requirements may be met with it.
    #[must_use]
    pub fn meets(&self, requirements: &Requirements) -> bool {
        requirements.allow(ZONE, &self.zone)
            && requirements.allow(CAPACITY_TYPE, self.capacity_type.label())
    }
}

/// A type of instances.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceType {
    /// Its name, `m5.large`.
    pub name: Box<str>,
    /// What labels of its nodes may be; zones and capacity types are those of all offerings.
    pub requirements: Requirements,
    /// What it has (`status.capacity`), which limits of pools count.
    pub capacity: Resources,
    /// What pods may take (`status.allocatable`).
    pub allocatable: Resources,
    /// How many pods may run on it.
    pub allowed_pods: i64,
    /// Where it is on offer.
    pub offerings: Vec<Offering>,
}

impl InstanceType {
    /// The offerings that are available and meet the requirements of a claim.
    pub fn offers<'a>(&'a self, wanted: &'a Requirements) -> impl Iterator<Item = &'a Offering> {
        self.offerings.iter().filter(|offering| offering.available && offering.meets(wanted))
    }

    /// The lowest price at which a claim with these requirements could have it.
    #[must_use]
    pub fn price(&self, wanted: &Requirements) -> Option<Price> {
        self.offers(wanted).map(|offering| offering.price).min()
    }

    /// The highest price at which it may come for a claim with these requirements, which prefers
    /// spot where that is on offer (`WorstLaunchPrice` in pkg/cloudprovider/types.go).
    #[must_use]
    pub fn worst_price(&self, wanted: &Requirements) -> Option<Price> {
        let of = |capacity: CapacityType| {
            let offers = self.offers(wanted).filter(|offer| offer.capacity_type == capacity);
            offers.map(|offering| offering.price).max()
        };
        of(CapacityType::Spot).or_else(|| of(CapacityType::OnDemand))
    }

    /// The price of what a node runs on, available or not.
    #[must_use]
    pub fn price_in(&self, zone: &str, capacity_type: CapacityType) -> Option<Price> {
        let same = |one: &&Offering| *one.zone == *zone && one.capacity_type == capacity_type;
        self.offerings.iter().find(same).map(|offering| offering.price)
    }
}

/// Offerings that could not be had and are not tried for a while.
#[derive(Clone, Debug, Default)]
pub struct Unavailable(BTreeMap<(Box<str>, Box<str>, CapacityType), SimTime>);

impl Unavailable {
    /// An offering of a type could not be had now.
    pub fn note(&mut self, instance: &str, zone: &str, capacity_type: CapacityType, now: SimTime) {
        let until = now.saturating_add(UNAVAILABLE);
        self.0.insert((instance.into(), zone.into(), capacity_type), until);
    }

    /// Whether everything may be tried, whatever time it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Marks what is not to be tried now.
    pub fn apply(&mut self, instances: &mut [InstanceType], now: SimTime) {
        self.0.retain(|_, until| *until > now);
        for instance in instances {
            for offering in &mut instance.offerings {
                let key = (instance.name.clone(), offering.zone.clone(), offering.capacity_type);
                offering.available &= !self.0.contains_key(&key);
            }
        }
    }
}
