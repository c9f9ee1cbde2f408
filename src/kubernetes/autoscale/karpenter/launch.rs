//! Which instance is started for a claim.
//!
//! Follows pkg/providers/instance of karpenter-provider-aws 1.x: spot where the claim allows it and
//! any is available, else on demand; of the 60 cheapest types. The cloud chooses among these by
//! price and by how much of a type there is (`price-capacity-optimized` for spot); here it is the
//! cheapest.

use super::claim::NodeClaim;
use super::instance::{CapacityType, InstanceType, Offering};

/// So many types are named when an instance is asked for.
pub const MOST_TYPES: usize = 60;

/// An instance to start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Launch<'a> {
    /// Its type.
    pub instance: &'a InstanceType,
    /// Where, and how it is paid for.
    pub offering: &'a Offering,
}

/// What is started for a claim; none where nothing that would do is available any more. `types` are
/// those of the claim's pool, as they are now.
#[must_use]
pub fn launch<'a>(claim: &NodeClaim, types: &'a [InstanceType]) -> Option<Launch<'a>> {
    let mut claim = claim.clone();
    if !claim.truncate(MOST_TYPES, types) {
        return None;
    }
    let wanted = &claim.requirements;
    let all = || {
        let each = claim.types.iter().map(|&place| &types[place]);
        each.flat_map(move |instance| {
            let offers = instance.offerings.iter();
            offers
                .filter(|offering| offering.available && offering.meets(wanted))
                .map(move |offering| Launch { instance, offering })
        })
    };
    let cheapest = |capacity: CapacityType| {
        all().filter(|one| one.offering.capacity_type == capacity).min_by(|one, other| {
            let key = |launch: &Launch<'a>| (launch.offering.price, launch.instance.name.clone());
            (key(one), &one.offering.zone).cmp(&(key(other), &other.offering.zone))
        })
    };
    cheapest(CapacityType::Spot).or_else(|| cheapest(CapacityType::OnDemand))
}
