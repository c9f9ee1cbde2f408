//! The types of a pool, sorted out so that a question about all of them costs little.
//!
//! What one label of a type may be is alike for many types: each such set is a class, which is
//! asked about once. The same goes for where types are on offer.

use std::collections::BTreeMap;

use super::Pool;
use super::daemons::{Overhead, overheads};
use crate::kubernetes::autoscale::karpenter::claim::fits;
use crate::kubernetes::autoscale::karpenter::instance::{CapacityType, InstanceType};
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::{
    CAPACITY_TYPE, NODE_POOL, Requirements, WellKnown, ZONE,
};
use crate::kubernetes::autoscale::karpenter::topology::Domains;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::{HostPort, PodShape, Taint};

/// What a type has for pods beside those of DaemonSets.
#[derive(Clone, Debug)]
struct Room {
    free: Resources,
    pods: i64,
    /// Which DaemonSets run on it.
    overhead: usize,
}

/// A property of each type; types that are alike share a class.
#[derive(Debug)]
struct Classes<T> {
    class: Vec<usize>,
    classes: Vec<T>,
}

impl<T: Ord + Clone> Classes<T> {
    fn of(each: impl Iterator<Item = T>) -> Self {
        let (mut known, mut classes) = (BTreeMap::new(), Vec::new());
        let mut class = Vec::new();
        for one in each {
            let place = *known.entry(one.clone()).or_insert_with(|| {
                classes.push(one);
                classes.len() - 1
            });
            class.push(place);
        }
        Self { class, classes }
    }

    fn keep(&self, types: &mut Vec<usize>, good: impl Fn(&T) -> bool) {
        let good: Vec<bool> = self.classes.iter().map(good).collect();
        types.retain(|&place| good[self.class[place]]);
    }
}

/// A pool and what its nodes may be.
#[derive(Debug)]
pub(super) struct Template<'a> {
    /// The pool, by its place among those that were shown.
    pub pool: usize,
    pub taints: &'a [Taint],
    pub types: &'a [InstanceType],
    /// What labels of nodes may be.
    pub requirements: Requirements,
    /// The types that could be nodes of it.
    pub fitting: Vec<usize>,
    rooms: Vec<Room>,
    overheads: Vec<Overhead>,
    /// By label: what it may be for each type.
    labels: BTreeMap<Box<str>, Classes<Option<&'a Allowed>>>,
    offers: Classes<Vec<(&'a str, CapacityType)>>,
}

impl<'a> Template<'a> {
    /// Sorts out a pool. `daemons` are the pods of DaemonSets, one of each.
    pub fn new(
        place: usize,
        pool: &'a Pool,
        daemons: &[&PodShape],
        well_known: &WellKnown,
    ) -> Self {
        let spec = &pool.spec.template;
        let mut requirements = spec.requirements.clone();
        requirements.add_all(&Requirements::of_labels(&spec.labels));
        requirements.add(NODE_POOL, &Allowed::only([pool.spec.name.clone()]));
        let (of_type, overheads) = overheads(pool, &requirements, daemons, well_known);
        let room = |(one, overhead): (&InstanceType, usize)| {
            let mut free = one.allocatable.clone();
            free.add(&overheads[overhead].requests, -1);
            Room { free, pods: one.allowed_pods - overheads[overhead].pods, overhead }
        };
        let rooms = pool.types.iter().zip(of_type).map(room).collect();
        let offers = Classes::of(pool.types.iter().map(|one| {
            let offers = one.offerings.iter().filter(|offer| offer.available);
            let mut all: Vec<_> = offers.map(|offer| (&*offer.zone, offer.capacity_type)).collect();
            all.sort_unstable();
            all.dedup();
            all
        }));
        let mut template = Self {
            pool: place,
            taints: &spec.taints,
            types: &pool.types,
            fitting: Vec::new(),
            rooms,
            overheads,
            labels: BTreeMap::new(),
            offers,
            requirements: Requirements::default(),
        };
        let mut fitting = (0..pool.types.len()).collect();
        let keys: Vec<Box<str>> = requirements.iter().map(|(key, _)| key.into()).collect();
        template.keep(&mut fitting, &requirements, keys.iter().map(|key| &**key));
        template.keep_offered(&mut fitting, &requirements);
        (template.fitting, template.requirements) = (fitting, requirements);
        template
    }

    /// Keeps the types for which these labels may be what is required of them.
    pub fn keep<'k>(
        &mut self,
        types: &mut Vec<usize>,
        requirements: &Requirements,
        keys: impl Iterator<Item = &'k str>,
    ) {
        for key in keys {
            let Some(wanted) = requirements.get(key) else { continue };
            if key == ZONE || key == CAPACITY_TYPE {
                // asked about together, with what is on offer
                continue;
            }
            if !self.labels.contains_key(key) {
                let each = self.types.iter().map(|one| one.requirements.get(key));
                self.labels.insert(key.into(), Classes::of(each));
            }
            let agrees = |known: &Option<&Allowed>| known.is_none_or(|known| known.agrees(wanted));
            self.labels[key].keep(types, agrees);
        }
    }

    /// Keeps the types that are on offer somewhere where a claim may be.
    pub fn keep_offered(&self, types: &mut Vec<usize>, requirements: &Requirements) {
        let may_be = |(zone, capacity): &(&str, CapacityType)| {
            requirements.allow(ZONE, zone) && requirements.allow(CAPACITY_TYPE, capacity.label())
        };
        self.offers.keep(types, |offers| offers.iter().any(may_be));
    }

    /// Whether a type has room for so many pods that request so much, beside those of DaemonSets.
    pub fn has_room(&self, place: usize, requests: &Resources, pods: i64) -> bool {
        let room = &self.rooms[place];
        pods <= room.pods && fits(requests, &room.free)
    }

    /// Keeps the types on which DaemonSets leave ports of the host free.
    pub fn keep_open(&self, types: &mut Vec<usize>, ports: &[HostPort]) {
        if !ports.is_empty() {
            types.retain(|&place| self.overheads[self.rooms[place].overhead].leaves(ports));
        }
    }

    /// What the pods of DaemonSets request at least on any of these types (`addDaemonRequests` in
    /// nodeclaim.go).
    pub fn least_overhead(&self, types: &[usize]) -> Resources {
        let mut among: Vec<usize> = types.iter().map(|&place| self.rooms[place].overhead).collect();
        among.sort_unstable();
        among.dedup();
        let mut each = among.into_iter().map(|place| &self.overheads[place].requests);
        let mut least = each.next().cloned().unwrap_or_default();
        for other in each {
            let lower = least.iter().map(|(kind, amount)| (kind, amount.min(other.get(kind))));
            for (kind, amount) in Vec::from_iter(lower) {
                least.set(kind, amount);
            }
        }
        least
    }

    /// Adds the domains of a label in which nodes of the pool could be (`buildDomainGroups` in
    /// topology.go).
    pub fn add_domains(&self, key: &str, domains: &mut Domains) {
        let own = self.requirements.get(key);
        let mut add = |allowed: &Allowed| {
            for value in allowed.named().into_iter().flatten() {
                let taints = domains.entry(value.clone()).or_default();
                if !taints.iter().any(|known| known == self.taints) {
                    taints.push(self.taints.to_vec());
                }
            }
        };
        own.into_iter().for_each(&mut add);
        let each = Classes::of(self.types.iter().map(|one| one.requirements.get(key)));
        for of_type in each.classes.into_iter().flatten() {
            match own {
                Some(own) => add(&own.and(of_type)),
                None => add(of_type),
            }
        }
    }
}
