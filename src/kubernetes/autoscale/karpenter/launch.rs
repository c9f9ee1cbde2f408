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

/// From where an instance may be had for a claim, in the order in which it is tried: the place of
/// its type among those of the claim's pool, `types` as they are now, and the offering. Empty where
/// nothing that would do is available any more.
#[must_use]
pub fn offers<'a>(claim: &NodeClaim, types: &'a [InstanceType]) -> Vec<(usize, &'a Offering)> {
    let mut claim = claim.clone();
    if !claim.truncate(MOST_TYPES, types) {
        return Vec::new();
    }
    let wanted = &claim.requirements;
    let of = |&place: &usize| {
        let offerings = types[place].offerings.iter();
        let will_do = |one: &&Offering| one.available && one.meets(wanted);
        offerings.filter(will_do).map(move |offering| (place, offering))
    };
    let mut all: Vec<_> = claim.types.iter().flat_map(of).collect();
    let is_spot = |(_, one): &(usize, &Offering)| one.capacity_type == CapacityType::Spot;
    let spot = all.iter().any(is_spot);
    all.retain(|one| is_spot(one) == spot);
    all.sort_by(|(one, by), (other, than)| {
        let key = |place: usize, offering: &Offering| (offering.price, types[place].name.clone());
        (key(*one, by), &by.zone).cmp(&(key(*other, than), &than.zone))
    });
    all
}

/// What is started for a claim, where everything that is on offer can be had.
#[must_use]
pub fn launch<'a>(claim: &NodeClaim, types: &'a [InstanceType]) -> Option<Launch<'a>> {
    let (place, offering) = *offers(claim, types).first()?;
    Some(Launch { instance: &types[place], offering })
}
