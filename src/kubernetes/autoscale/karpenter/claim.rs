//! A node that is wanted: pods, and the types of instances that could hold them all.
//!
//! Follows pkg/controllers/provisioning/scheduling/nodeclaim.go of Karpenter 1.x.

use std::collections::BTreeSet;

use super::instance::{InstanceType, Price};
use super::requirement::Allowed;
use super::requirements::{Requirements, WellKnown};
use super::wish::Wish;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::{HostPort, PodShape, Taint};

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
    /// How many pods of DaemonSets come with it.
    pub(super) daemons: i64,
    pub(super) ports: Vec<HostPort>,
}

/// What a claim is made of: its pool, and the types that limits leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'a> {
    pub taints: &'a [Taint],
    pub types: &'a [InstanceType],
    pub well_known: &'a WellKnown,
}

impl NodeClaim {
    /// Takes a pod if a type is left that holds all.
    pub(super) fn add(
        &mut self,
        pod: PodId,
        shape: &PodShape,
        wish: &Wish,
        around: Around,
    ) -> bool {
        let conflict = |port: &HostPort| self.ports.iter().any(|taken| collide(port, taken));
        if !wish.tolerates(around.taints) || shape.host_ports.iter().any(conflict) {
            return false;
        }
        let mut requests = self.requests.clone();
        requests.add(&shape.requests, 1);
        let pods = self.daemons + self.pods.len() as i64 + 1;
        let has_room = |&place: &usize| {
            let one = &around.types[place];
            pods <= one.allowed_pods && fits(&requests, &one.allocatable)
        };
        // what nearly always decides is asked first: claims that are full are many
        if !self.types.iter().any(has_room) {
            return false;
        }
        let wanted = wish.requirements();
        if !self.requirements.can_meet(&wanted, around.well_known) {
            return false;
        }
        let mut requirements = self.requirements.clone();
        requirements.add_all(&wanted);
        let holds = |place: &usize| {
            let one = &around.types[*place];
            has_room(place)
                && one.requirements.intersect(&requirements)
                && one.offers(&requirements).next().is_some()
        };
        let types: Vec<usize> = self.types.iter().copied().filter(holds).collect();
        if types.is_empty() || !has_variety(&requirements, &types, around.types) {
            return false;
        }
        self.pods.push(pod);
        self.ports.extend(shape.host_ports.iter().cloned());
        (self.requirements, self.types, self.requests) = (requirements, types, requests);
        true
    }

    /// Keeps the cheapest types only, so many; false if what has to stay possible would not.
    pub fn truncate(&mut self, most: usize, types: &[InstanceType]) -> bool {
        sort_by_price(&mut self.types, &self.requirements, types);
        self.types.truncate(most);
        has_variety(&self.requirements, &self.types, types)
    }

    /// Keeps the types that cost less; false if none, or too few, are left.
    pub fn keep_cheaper(&mut self, price: Price, types: &[InstanceType]) -> bool {
        let requirements = &self.requirements;
        let cheaper =
            |&place: &usize| types[place].price(requirements).is_some_and(|least| least < price);
        self.types.retain(cheaper);
        !self.types.is_empty() && has_variety(&self.requirements, &self.types, types)
    }
}

/// Whether enough values of the labels with `minValues` stay possible.
fn has_variety(requirements: &Requirements, left: &[usize], types: &[InstanceType]) -> bool {
    requirements.iter().all(|(key, allowed)| {
        let Some(least) = allowed.min_values() else { return true };
        let known = left.iter().filter_map(|&place| types[place].requirements.get(key));
        let values: BTreeSet<_> = known.filter_map(Allowed::named).flatten().collect();
        values.len() >= least as usize
    })
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

fn collide(one: &HostPort, other: &HostPort) -> bool {
    let any = |ip: &str| ip.is_empty() || ip == "0.0.0.0";
    one.port == other.port
        && one.protocol == other.protocol
        && (one.ip == other.ip || any(&one.ip) || any(&other.ip))
}
