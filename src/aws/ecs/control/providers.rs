//! Capacity providers on Auto Scaling groups: at the end of each minute their metric is taken, and
//! the group asked to have another size.
//!
//! Of what a group has in service, an instance is busy that has tasks but daemons. The others are
//! empty, also those that have not registered yet, which are warming up. Instances that are drained
//! are not counted: those that are about to end are not in service any more.

use std::collections::BTreeSet;

use super::kinds::{KindId, On};
use super::{Around, ControlEvent, ControlPlane, Notice, Trouble};
use crate::aws::ecs::capacity_provider::{Observation, Scaling, Waiting, needed};
use crate::aws::ecs::placement::Constraint;
use crate::docker::ContainerEvent;
use crate::engine::{Schedule, SimTime};

/// The providers of a cluster.
#[derive(Debug)]
pub(super) struct Providers(Vec<State>);

#[derive(Debug)]
struct State {
    /// None of one whose group its owner scales.
    scaling: Option<Scaling>,
    reservation: Option<f64>,
    /// Kinds of tasks that it starts nothing for, which has been told.
    left_out: BTreeSet<KindId>,
    /// Whether it has been told that its group may not be larger.
    full: bool,
}

/// The instances of a provider.
#[derive(Clone, Copy, Debug, Default)]
struct Fleet {
    all: u32,
    busy: u32,
    warming: u32,
}

impl Providers {
    pub fn new(settings: &super::Settings) -> Self {
        let state = |provider: &super::Provider| State {
            scaling: provider.scaling.map(Scaling::new),
            reservation: None,
            left_out: BTreeSet::new(),
            full: false,
        };
        Self(settings.providers.iter().map(state).collect())
    }
}

impl ControlPlane {
    /// A minute ends for the providers.
    pub(super) fn minute_of_providers<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let fleets = self.fleets(around.now());
        for (place, fleet) in fleets.into_iter().enumerate() {
            let provider = place as u32;
            let group = (around.group)(provider);
            let calls = needed(&self.waiting_for(provider), &self.settings.providers[place].types);
            if calls.unplaceable > 0 {
                self.leave_out(provider, around);
            }
            let State { scaling, reservation, .. } = &mut self.providers.0[place];
            let Some(scaling) = scaling else { continue };
            let instances = group.in_service;
            let empty = instances.saturating_sub(fleet.busy);
            let unregistered = instances.saturating_sub(fleet.all);
            let seen = Observation {
                instances,
                empty,
                warming: (fleet.warming + unregistered).min(empty),
                desired: group.desired,
                waiting: self
                    .waiting
                    .any(|kind| self.kinds[kind.0 as usize].on == On::Provider(provider)),
                needed: calls,
            };
            *reservation = Some(scaling.settings().reservation(&seen).percent());
            let Some(wanted) = scaling.minute(&seen) else { continue };
            if seen.waiting && group.desired >= group.max {
                self.is_full(provider, wanted, group.max, around);
            }
            // a policy does not ask for what its group may not have
            let instances = wanted.min(group.max).max(group.min);
            if instances != group.desired {
                around.tell(Notice::CapacityWanted { provider, instances });
                let (from, to) = (group.desired, instances);
                let provider = provider as u16;
                self.log.add(around.now(), super::log::Entry::Capacity { provider, from, to });
            }
        }
    }

    /// Tells of the tasks that a provider starts no instance for, once of each kind.
    fn leave_out<S>(&mut self, provider: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let types = &self.settings.providers[provider as usize].types;
        let fits = |kind: KindId| {
            let need = &self.kind(kind).demand.need;
            types.iter().all(|offered| offered.tasks(need) > 0)
        };
        let mine = |kind: KindId| self.kind(kind).on == On::Provider(provider);
        let waiting = self.waiting.kinds().map(|(kind, _)| kind);
        let left_out: Vec<KindId> = waiting.filter(|&kind| mine(kind) && !fits(kind)).collect();
        for kind in left_out {
            if self.providers.0[provider as usize].left_out.insert(kind) {
                around.tell(Notice::Troubled(Trouble::Unplaceable(kind)));
            }
        }
    }

    /// Tells that the group of a provider for which tasks wait may not be larger, once.
    fn is_full<S>(&mut self, provider: u32, wanted: u32, max: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if std::mem::replace(&mut self.providers.0[provider as usize].full, true) {
            return;
        }
        let is_mine = |&(kind, _): &_| self.kind(kind).on == On::Provider(provider);
        let first = self.waiting.kinds().find(is_mine);
        let Some((first, _)) = first else { return };
        let (why, _) = self.why_unplaced(first);
        let why = self.log.text(&why).0;
        around.tell(Notice::Troubled(Trouble::Full { provider, wanted, max, why }));
    }

    fn fleets(&self, now: SimTime) -> Vec<Fleet> {
        let providers = &self.settings.providers;
        let mut fleets = vec![Fleet::default(); providers.len()];
        for host in self.hosts.by_machine.values().filter(|host| !host.ends) {
            let Some(provider) = host.provider.map(|provider| provider as usize) else { continue };
            let Some(scaling) = providers[provider].scaling else { continue };
            let (fleet, busy) = (&mut fleets[provider], host.others > 0);
            let warms = now < host.joined.saturating_add(scaling.warmup);
            fleet.all += 1;
            fleet.busy += u32::from(busy);
            fleet.warming += u32::from(!busy && warms && !host.draining);
        }
        fleets
    }

    /// The tasks that wait for a provider, those with the same needs together.
    fn waiting_for(&self, provider: u32) -> Vec<Waiting> {
        let of = self.waiting.kinds().map(|(kind, tasks)| (self.kind(kind), tasks));
        let of = of.filter(|(kind, _)| kind.on == On::Provider(provider));
        let mut groups: Vec<Waiting> = Vec::new();
        for (kind, tasks) in of {
            let distinct = kind.demand.constraints.contains(&Constraint::DistinctInstance);
            let need = &kind.demand.need;
            let same =
                groups.iter_mut().find(|group| !distinct && !group.distinct && group.need == *need);
            match same {
                Some(group) => group.tasks += tasks,
                None => groups.push(Waiting { need: need.clone(), tasks, distinct }),
            }
        }
        groups
    }

    /// `CapacityProviderReservation` of a provider in percent, as it was at the end of the last
    /// minute.
    pub fn reservation(&self, provider: u32) -> Option<f64> {
        self.providers.0.get(provider as usize)?.reservation
    }
}
