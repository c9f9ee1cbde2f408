//! The instances of a group, and what they add up to. A change of one costs the logarithm of their
//! number; every sum is at hand.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::Candidates;
use super::instance::{Instance, InstanceId, Purchase, Source, State, Zone};
use crate::engine::SimTime;

/// Sums over the instances of a group, in units of capacity but for `serving`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// What counts towards the desired capacity: pending or in service.
    pub capacity: u32,
    /// What of it is pending.
    pub pending: u32,
    /// What is in service and has warmed up.
    pub warm: u32,
    /// What of the capacity is On-Demand.
    pub on_demand: u32,
    /// What is about to end.
    pub terminating: u32,
    /// What is in the warm pool, or on its way there.
    pub pool: u32,
    /// What is on standby.
    pub standby: u32,
    /// How many instances are in service, whatever each weighs.
    pub serving: u32,
}

/// The instances of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster {
    instances: BTreeMap<InstanceId, Instance>,
    pub(super) totals: Totals,
    pub(super) candidates: Candidates,
    /// Capacity in each zone.
    zones: Vec<u32>,
    /// What of each source counts towards the capacity.
    held: BTreeMap<Source, u32>,
    /// What of the warm pool is in each zone.
    pools: Vec<u32>,
    /// What of it is ready, by zone, the oldest first.
    ready: Vec<BTreeSet<(SimTime, InstanceId)>>,
}

impl Roster {
    pub(super) fn new(zones: u16) -> Self {
        let zones = usize::from(zones);
        Self {
            zones: vec![0; zones],
            pools: vec![0; zones],
            ready: vec![BTreeSet::new(); zones],
            ..Self::default()
        }
    }

    pub(super) fn get(&self, id: InstanceId) -> Option<&Instance> {
        self.instances.get(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (InstanceId, &Instance)> {
        self.instances.iter().map(|(&id, instance)| (id, instance))
    }

    /// Where one of them stands.
    pub(super) fn state(&self, id: InstanceId) -> Option<State> {
        self.get(id).map(|instance| instance.state)
    }

    pub(super) fn insert(&mut self, id: InstanceId, instance: Instance) {
        self.count(id, &instance, true);
        let before = self.instances.insert(id, instance);
        assert!(before.is_none(), "instances have numbers of their own");
    }

    pub(super) fn remove(&mut self, id: InstanceId) -> Option<Instance> {
        let instance = self.instances.remove(&id)?;
        self.count(id, &instance, false);
        Some(instance)
    }

    /// Changes one, and all sums with it.
    pub(super) fn change(&mut self, id: InstanceId, change: impl FnOnce(&mut Instance)) {
        let mut instance = self.remove(id).expect("only instances of the group change");
        change(&mut instance);
        self.insert(id, instance);
    }

    /// The capacity of a zone.
    pub(super) fn load(&self, zone: Zone) -> u32 {
        self.zones[usize::from(zone.0)]
    }

    /// What of the warm pool is in a zone.
    pub(super) fn pool_load(&self, zone: Zone) -> u32 {
        self.pools[usize::from(zone.0)]
    }

    /// What counts towards the capacity of a source.
    pub(super) fn held(&self, source: Source) -> u32 {
        self.held.get(&source).copied().unwrap_or(0)
    }

    /// The oldest of the warm pool that is ready in a zone.
    pub(super) fn ready(&self, zone: Zone) -> Option<InstanceId> {
        self.ready[usize::from(zone.0)].first().map(|&(_, id)| id)
    }

    /// All zones.
    pub(super) fn zones(&self) -> impl Iterator<Item = Zone> + use<> {
        (0..u16::try_from(self.zones.len()).expect("zones are few")).map(Zone)
    }

    /// Counts an instance in, or out.
    fn count(&mut self, id: InstanceId, instance: &Instance, there: bool) {
        let weight = instance.weight;
        let add = |sum: &mut u32, counts: bool| {
            if counts {
                *sum = if there { *sum + weight } else { *sum - weight };
            }
        };
        let (state, source) = (instance.state, instance.source);
        let zone = usize::from(source.zone.0);
        let totals = &mut self.totals;
        add(&mut totals.capacity, state.counts());
        add(&mut totals.pending, state.is_pending());
        add(&mut totals.warm, state == State::InService && instance.warm);
        add(&mut totals.on_demand, state.counts() && source.purchase == Purchase::OnDemand);
        add(&mut totals.terminating, state.is_terminating());
        add(&mut totals.pool, state.is_warmed());
        add(&mut totals.standby, state == State::Standby);
        if state == State::InService {
            totals.serving = if there { totals.serving + 1 } else { totals.serving - 1 };
        }
        add(&mut self.zones[zone], state.counts());
        add(&mut self.pools[zone], state.is_warmed());
        if state.counts() {
            add(self.held.entry(source).or_insert(0), true);
        }
        match (instance.is_candidate(), there) {
            (false, _) => {}
            (true, true) => self.candidates.insert(id, instance),
            (true, false) => self.candidates.remove(id, instance),
        }
        let ready = (instance.launched, id);
        match (state == State::Warmed, there) {
            (false, _) => {}
            (true, true) => drop(self.ready[zone].insert(ready)),
            (true, false) => drop(self.ready[zone].remove(&ready)),
        }
    }
}
