//! A node that is wanted: pods, and the types of instances that could hold them all.
//!
//! Follows pkg/controllers/provisioning/scheduling/nodeclaim.go of Karpenter 1.x.

use std::collections::BTreeSet;

use super::instance::{InstanceType, Price};
use super::requirement::Allowed;
use super::requirements::Requirements;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::HostPort;

/// A node that is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeClaim {
    /// Its pool, by its place among those that were shown.
    pub pool: usize,
    /// What labels of the node may be.
    pub requirements: Requirements,
    /// The types that could hold all its pods, by their place among those of the pool.
    pub types: Vec<usize>,
    /// The pods it is for.
    pub pods: Vec<PodId>,
    /// What they and the pods of DaemonSets request.
    pub requests: Resources,
}

impl NodeClaim {
    /// Keeps the cheapest types only, so many; false if what has to stay possible would not.
    pub fn truncate(&mut self, most: usize, types: &[InstanceType]) -> bool {
        self.order_by_price(types);
        self.types.truncate(most);
        has_variety(&self.requirements, &self.types, types)
    }

    /// Puts the cheapest types first, of equal ones by name.
    pub fn order_by_price(&mut self, types: &[InstanceType]) {
        sort_by_price(&mut self.types, &self.requirements, types);
    }

    /// Keeps the types that cost less wherever they may come
    /// (`RemoveInstanceTypeOptionsByPriceAndMinValues`); false if none, or too few, are left.
    pub fn keep_cheaper(&mut self, price: Price, types: &[InstanceType]) -> bool {
        let requirements = &self.requirements;
        let cheaper =
            |&place: &usize| types[place].worst_price(requirements).is_some_and(|one| one < price);
        self.types.retain(cheaper);
        !self.types.is_empty() && has_variety(&self.requirements, &self.types, types)
    }

    /// How many of its types, the first ones, suffice for what has to stay possible
    /// (`SatisfiesMinValues` in pkg/cloudprovider/types.go).
    #[must_use]
    pub fn sufficient(&self, types: &[InstanceType]) -> usize {
        let enough =
            |number: &usize| has_variety(&self.requirements, &self.types[..*number], types);
        (1..=self.types.len()).find(enough).unwrap_or(self.types.len())
    }
}

/// Whether enough values of the labels with `minValues` stay possible.
pub(super) fn has_variety(
    requirements: &Requirements,
    left: &[usize],
    types: &[InstanceType],
) -> bool {
    first_scarce(requirements, left, types).is_none()
}

/// The first label of which too few values stay possible.
pub(super) fn first_scarce<'r>(
    requirements: &'r Requirements,
    left: &[usize],
    types: &[InstanceType],
) -> Option<&'r str> {
    let is_scarce = |(key, allowed): &(&str, &Allowed)| {
        let Some(least) = allowed.min_values() else { return false };
        let known = left.iter().filter_map(|&place| types[place].requirements.get(key));
        let values: BTreeSet<_> = known.filter_map(Allowed::named).flatten().collect();
        values.len() < least as usize
    };
    requirements.iter().find(is_scarce).map(|(key, _)| key)
}

/// Orders types by the lowest price for a claim, then by name.
fn sort_by_price(places: &mut [usize], requirements: &Requirements, types: &[InstanceType]) {
    places.sort_by_cached_key(|&place| {
        let price = types[place].price(requirements);
        (price.is_none(), price, types[place].name.clone())
    });
}

/// Whether requests fit into what may be taken.
pub(super) fn fits(requests: &Resources, allocatable: &Resources) -> bool {
    requests.iter().all(|(kind, amount)| amount <= allocatable.get(kind))
}

/// Whether two ports of a host cannot be taken at once (pkg/scheduling/hostportusage.go).
pub(super) fn collide(one: &HostPort, other: &HostPort) -> bool {
    let any = |ip: &str| ip.is_empty() || ip == "0.0.0.0";
    one.port == other.port
        && one.protocol == other.protocol
        && (one.ip == other.ip || any(&one.ip) || any(&other.ip))
}
