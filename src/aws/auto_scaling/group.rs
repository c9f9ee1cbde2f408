//! A group at work: what happens to its instances, and what it does about it.
//!
//! The caller owns the instances and the clock. It tells the group what happened and does what
//! comes back as [`Action`]s; [`Group::next`] is when time alone would change something, and
//! [`Group::wake`] is to be called then. Instances take their time: a launch is over when the
//! caller says so ([`Group::running`], [`Group::launch_failed`]), an end likewise
//! ([`Group::gone`]).
//!
//! Everything the group does follows from one rule, applied after every event (`settle`): its
//! capacity is to be what is desired, and what is launched ahead of an instance that it replaces.

mod capacity;
mod health;
mod lifecycle;
mod pool;
mod rebalance;
mod refresh;
mod standby;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::cooldown::{Cooldown, Wait};
use super::instance::{Instance, InstanceId, Pool, Purchase, Source, State, Template, Zone};
use super::process::{Process, Suspended};
use super::refresh::Preferences;
use super::roster::{Roster, Totals};
use super::settings::{Settings, SettingsError, check_sizes};
use super::strategy::{Market, Offer};
use crate::engine::{SimTime, Stream};
pub use health::Report;
pub use rebalance::SPOT_NOTICE;

/// What a group has done with its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// EC2 is to launch one; answer with [`Group::running`] or [`Group::launch_failed`].
    Launch {
        /// Its number.
        instance: InstanceId,
        /// Zone, type and way of paying.
        source: Source,
        /// What it is launched from.
        template: Template,
    },
    /// EC2 is to start one of the warm pool; answer as to a launch.
    Start(InstanceId),
    /// EC2 is to stop one for the warm pool; answer with [`Group::stopped`].
    Stop {
        /// Which.
        instance: InstanceId,
        /// Whether its memory is kept.
        hibernate: bool,
    },
    /// A hook holds one; answer with [`Group::complete`] or let it time out.
    Notify {
        /// Which.
        instance: InstanceId,
        /// The hook, by its place in the settings.
        hook: u16,
    },
    /// It is in service.
    Serve {
        /// Which.
        instance: InstanceId,
        /// Whether the load balancer is to send it requests.
        register: bool,
    },
    /// The load balancer is to let go of one; answer with [`Group::deregistered`].
    Deregister(InstanceId),
    /// EC2 is to terminate one; answer with [`Group::gone`].
    Terminate(InstanceId),
}

/// Why a change was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// It honours the cooldown.
    #[error("the group cools down, or still scales ({0:?})")]
    Cooldown(Wait),
    /// The capacity would be out of bounds.
    #[error("desired capacity {desired} is not between the minimum {min} and the maximum {max}")]
    Sizes {
        /// The minimum.
        min: u32,
        /// The maximum.
        max: u32,
        /// What was asked.
        desired: u32,
    },
    /// The instance does not stand where it would have to.
    #[error("instance {} is not in the state that this takes", .0.0)]
    State(InstanceId),
}

/// What a timer of an instance is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Hook,
    Warm,
    Grace,
}

/// An instance that was launched ahead of the end of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Swap {
    /// The one that is to go.
    old: InstanceId,
    /// Whether that is to go in any case; else it stays if this one cannot be launched.
    insist: bool,
    purchase: Purchase,
    weight: u32,
}

/// An Auto Scaling group.
#[derive(Clone, Debug)]
pub struct Group {
    settings: Settings,
    suspended: Suspended,
    roster: Roster,
    market: Market,
    /// Sources without capacity, until they are tried again.
    shortages: BTreeMap<Source, SimTime>,
    /// Instances launched ahead, until those that they replace go.
    swaps: BTreeMap<InstanceId, Swap>,
    /// Those of them that have arrived.
    arrived: BTreeSet<InstanceId>,
    /// Instances that are replaced so, and by which.
    replaced_by: BTreeMap<InstanceId, InstanceId>,
    /// What the swaps add to the desired capacity, and what of it is On-Demand.
    extra: u32,
    extra_on_demand: u32,
    /// Instances for which a replacement is still to be launched ahead.
    at_risk: BTreeSet<InstanceId>,
    /// Instances to be replaced for their health, those that cannot wait first.
    unhealthy: BTreeSet<(bool, InstanceId)>,
    timers: BTreeSet<(SimTime, InstanceId, Timer)>,
    cooldown: Cooldown,
    /// How its instances are being refreshed, if they are.
    refresh: Option<Preferences>,
    /// How often that was begun.
    round: u32,
    lots: Stream,
    launched: u32,
}

impl Group {
    /// A group without instances; [`Group::wake`] launches the first. `lots` decides among equals.
    ///
    /// # Errors
    /// When the settings make no group.
    pub fn new(settings: Settings, lots: Stream) -> Result<Self, SettingsError> {
        settings.check()?;
        let it = &settings;
        let weights = it.weights.clone();
        let market = Market::new(weights, it.zones, it.on_demand, it.spot, it.spot_max_price);
        Ok(Self {
            roster: Roster::new(it.zones),
            market,
            settings,
            suspended: Suspended::default(),
            shortages: BTreeMap::new(),
            swaps: BTreeMap::new(),
            arrived: BTreeSet::new(),
            replaced_by: BTreeMap::new(),
            extra: 0,
            extra_on_demand: 0,
            at_risk: BTreeSet::new(),
            unhealthy: BTreeSet::new(),
            timers: BTreeSet::new(),
            cooldown: Cooldown::default(),
            refresh: None,
            round: 0,
            lots,
            launched: 0,
        })
    }

    /// What it was told to be, with its present sizes.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What its instances add up to.
    pub fn totals(&self) -> Totals {
        self.roster.totals
    }

    /// The capacity of a zone.
    pub fn load(&self, zone: Zone) -> u32 {
        self.roster.load(zone)
    }

    /// One of its instances.
    pub fn instance(&self, id: InstanceId) -> Option<&Instance> {
        self.roster.get(id)
    }

    /// All its instances, in the order of their launches.
    pub fn instances(&self) -> impl Iterator<Item = (InstanceId, &Instance)> {
        self.roster.iter()
    }

    /// Whether a process is suspended.
    pub fn is_suspended(&self, process: Process) -> bool {
        self.suspended.contains(process)
    }

    /// When time alone would change something.
    pub fn next(&self) -> Option<SimTime> {
        let timer = self.timers.first().map(|&(at, ..)| at);
        self.shortages.values().copied().chain(timer).min()
    }

    /// The time has come that [`Group::next`] told, or the group begins.
    pub fn wake(&mut self, now: SimTime, out: &mut Vec<Action>) {
        self.shortages.retain(|_, until| *until > now);
        while let Some(&(at, id, timer)) = self.timers.first().filter(|(at, ..)| *at <= now) {
            self.timers.remove(&(at, id, timer));
            if self.roster.get(id).is_none() {
                continue;
            }
            match timer {
                Timer::Hook => self.hooks_expire(id, now, out),
                Timer::Warm => self.warmed_up(id, now),
                Timer::Grace => self.judge(id, now),
            }
        }
        self.settle(now, out);
    }

    /// Sets the desired capacity.
    ///
    /// # Errors
    /// When it is out of bounds, or the cooldown is to be honoured and is not over.
    pub fn set_desired(
        &mut self,
        desired: u32,
        honour_cooldown: bool,
        now: SimTime,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        let wait = self.cooldown.wait(self.settings.cooldown, now);
        if let Some(wait) = wait.filter(|_| honour_cooldown) {
            return Err(Refusal::Cooldown(wait));
        }
        self.resize(self.settings.min, self.settings.max, Some(desired), now, out)
    }

    /// Sets minimum and maximum, and the desired capacity where one is given; where none is, it
    /// stays as near to what it was as they allow (API reference, `UpdateAutoScalingGroup`).
    ///
    /// # Errors
    /// When they are out of order.
    pub fn resize(
        &mut self,
        min: u32,
        max: u32,
        desired: Option<u32>,
        now: SimTime,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        let desired = desired.unwrap_or_else(|| self.settings.desired.min(max).max(min));
        check_sizes(min, max, desired).map_err(|_| Refusal::Sizes { min, max, desired })?;
        (self.settings.min, self.settings.max) = (min, max);
        self.desire(desired);
        self.settle(now, out);
        Ok(())
    }

    /// Sets the desired capacity, whatever the bounds.
    fn desire(&mut self, desired: u32) {
        if desired != self.settings.desired {
            self.settings.desired = desired;
            self.cooldown.begin();
        }
    }

    /// Suspends a process, or lets it go on.
    pub fn suspend(
        &mut self,
        process: Process,
        suspended: bool,
        now: SimTime,
        out: &mut Vec<Action>,
    ) {
        self.suspended.set(process, suspended);
        self.settle(now, out);
    }

    /// New instances are launched from another template, or another version.
    pub fn set_template(&mut self, template: Template) {
        self.settings.template = template;
    }

    /// EC2 offers a type in a zone otherwise than before.
    pub fn set_offer(&mut self, zone: Zone, pool: Pool, offer: Offer) {
        self.market.set_offer(zone, pool, offer);
    }

    /// Protects an instance from scale-in, or does so no more.
    ///
    /// # Errors
    /// When there is no such instance in service.
    pub fn protect(
        &mut self,
        id: InstanceId,
        protected: bool,
        now: SimTime,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        if self.roster.state(id) != Some(State::InService) {
            return Err(Refusal::State(id));
        }
        self.roster.change(id, |instance| instance.protected = protected);
        self.settle(now, out);
        Ok(())
    }

    /// Brings the group to what it is to be.
    fn settle(&mut self, now: SimTime, out: &mut Vec<Action>) {
        self.replace_unhealthy(now, out);
        self.finish_swaps(now, out);
        self.scale_in(now, out);
        self.replace_outdated(now, out);
        self.scale_out(now, out);
        self.launch_ahead(now, out);
        self.rebalance_purchases(now, out);
        self.rebalance_zones(now, out);
        self.fill_pool(now, out);
        let totals = self.roster.totals;
        if totals.pending == 0 && totals.terminating == 0 {
            self.cooldown.quiet(now);
        }
    }
}

#[cfg(test)]
mod tests;
