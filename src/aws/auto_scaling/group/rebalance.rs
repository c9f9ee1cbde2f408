//! What is launched ahead of the end of what it replaces: rebalancing of zones and of capacity.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Rebalancing activities" and "Use Capacity
//! Rebalancing to handle Amazon EC2 Spot interruptions"; API reference, `InstancesDistribution`
//! (instances are replaced gradually where the shares of On-Demand and Spot are not right). New
//! instances come first; for that the group may exceed its maximum by a tenth or by one instance,
//! whichever is more. How many are moved at a time is not documented: here as many as that allows.
//! A group that scales in meanwhile gives up those that are being replaced first, an assumption.

use std::cmp::Reverse;

use super::{Action, Group, Swap};
use crate::aws::auto_scaling::candidates::Kind;
use crate::aws::auto_scaling::instance::{InstanceId, Purchase, Source, State, Zone};
use crate::aws::auto_scaling::process::Process;
use crate::engine::{SimDuration, SimTime};

/// Between the notice of the interruption of a Spot instance and its end (Amazon EC2 User Guide,
/// "Spot Instance interruption notices").
pub const SPOT_NOTICE: SimDuration = SimDuration::from_secs(120);

impl Group {
    /// What the group may have while it rebalances.
    pub(super) fn most(&self) -> u32 {
        let max = self.settings.max;
        max + (max / 10).max(1)
    }

    fn launch_swap(
        &mut self,
        source: Source,
        old: Option<InstanceId>,
        now: SimTime,
        out: &mut Vec<Action>,
    ) {
        let new = self.launch(source, State::Pending, now, out);
        let weight = self.market.weight(source.pool);
        let purchase = source.purchase;
        self.extra += weight;
        self.extra_on_demand += if purchase == Purchase::OnDemand { weight } else { 0 };
        self.swaps.insert(new, Swap { old, purchase, weight });
        if let Some(old) = old {
            self.replaced_by.insert(old, new);
        }
    }

    /// One launched ahead is ahead no more.
    pub(super) fn end_swap(&mut self, new: InstanceId) -> Option<Swap> {
        let swap = self.swaps.remove(&new)?;
        self.arrived.remove(&new);
        self.extra -= swap.weight;
        self.extra_on_demand -= if swap.purchase == Purchase::OnDemand { swap.weight } else { 0 };
        if let Some(old) = swap.old {
            self.replaced_by.remove(&old);
        }
        Some(swap)
    }

    /// What was launched ahead and has arrived takes the place of what it replaces. A group that
    /// has less in service than it desires scales out first.
    pub(super) fn finish_swaps(&mut self, now: SimTime, out: &mut Vec<Action>) {
        while let Some(&new) = self.arrived.first() {
            let totals = self.roster.totals;
            let swap = self.swaps[&new];
            if totals.capacity - totals.pending < self.settings.desired + swap.weight {
                return;
            }
            self.end_swap(new);
            let old = swap.old.filter(|_| !self.is_suspended(Process::Terminate));
            if let Some(old) = old {
                self.leave(old, false, now, out);
            }
        }
    }

    /// Launches replacements for instances at risk.
    pub(super) fn launch_ahead(&mut self, now: SimTime, out: &mut Vec<Action>) {
        while let Some(&old) = self.at_risk.first() {
            let Some(instance) = self.roster.get(old) else {
                self.at_risk.remove(&old);
                continue;
            };
            let (gone, weight) = (instance.source, instance.weight);
            let load = |zone| self.roster.load(zone) - if zone == gone.zone { weight } else { 0 };
            let place = self.place(gone.purchase, load, now);
            let room = self.room();
            let fits = |source: &Source| self.market.weight(source.pool) <= room;
            let Some(source) = place.filter(fits) else { return };
            if self.is_suspended(Process::Launch) {
                return;
            }
            self.at_risk.remove(&old);
            self.launch_swap(source, Some(old), now, out);
        }
    }

    /// Replaces one by another that is launched before it goes.
    pub(super) fn replace_first(&mut self, id: InstanceId) {
        let serves = self.roster.state(id) == Some(State::InService);
        if serves && !self.replaced_by.contains_key(&id) {
            self.roster.change(id, |instance| instance.leaving = true);
            self.at_risk.insert(id);
        }
    }

    /// EC2 recommends to replace a Spot instance, which is at risk to be interrupted.
    pub fn rebalance_recommended(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        if self.settings.capacity_rebalance {
            self.replace_first(id);
        }
        self.settle(now, out);
    }

    /// EC2 will end a Spot instance in two minutes ([`SPOT_NOTICE`]), whatever holds it. With
    /// capacity rebalancing its hooks are called and another is launched at once; without, nothing
    /// happens until it is gone.
    pub fn interrupted(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        let serves = self.roster.state(id).is_some_and(State::counts);
        if self.settings.capacity_rebalance && serves {
            self.leave(id, false, now, out);
        }
        self.settle(now, out);
    }

    /// Whether nothing is under way.
    fn is_calm(&self) -> bool {
        let totals = self.roster.totals;
        let excess = totals.capacity.checked_sub(self.settings.desired);
        totals.pending == 0
            && excess.is_some_and(|excess| excess < self.market.heaviest())
            && self.swaps.is_empty()
            && self.at_risk.is_empty()
            && self.unhealthy.is_empty()
    }

    /// How much may be launched ahead.
    fn room(&self) -> u32 {
        self.most().saturating_sub(self.roster.totals.capacity)
    }

    /// What of some kinds may go when something of this weight is too much.
    fn free(&self, weight: u32, kinds: impl Fn(&Kind) -> bool) -> u32 {
        let light = |kind: &Kind| self.market.weight(kind.source.pool) <= weight;
        self.roster.candidates.units(|kind| kinds(kind) && light(kind))
    }

    /// Brings the shares of On-Demand and Spot back to what they are to be, where protection kept
    /// scaling in from it.
    pub(super) fn rebalance_purchases(&mut self, now: SimTime, out: &mut Vec<Action>) {
        if self.is_suspended(Process::Launch) || !self.is_calm() {
            return;
        }
        let share = self.settings.distribution.on_demand(self.settings.desired);
        let there = self.on_demand();
        let (come, go, mut off) = if there < share {
            (Purchase::OnDemand, Purchase::Spot, share - there)
        } else {
            (Purchase::Spot, Purchase::OnDemand, there - share)
        };
        let mut moved = 0;
        // with weights, the one or the other is over its share by less than an instance
        while off >= self.market.heaviest() {
            let place = self.place(come, |zone| self.roster.load(zone), now);
            let Some(source) = place else { return };
            let weight = self.market.weight(source.pool);
            let free = self.free(weight, |kind| kind.source.purchase == go);
            if free <= moved || weight > self.room() {
                return;
            }
            off -= weight;
            moved += weight;
            self.launch_swap(source, None, now, out);
        }
    }

    /// Moves capacity from the fullest zone to the emptiest that has a type to offer.
    pub(super) fn rebalance_zones(&mut self, now: SimTime, out: &mut Vec<Action>) {
        let stopped =
            [Process::AzRebalance, Process::Launch].map(|process| self.is_suspended(process));
        if stopped.contains(&true) || !self.is_calm() {
            return;
        }
        let mut loads: Vec<(u32, Zone)> =
            self.roster.zones().map(|zone| (self.roster.load(zone), zone)).collect();
        let mut moved: Vec<(Zone, Purchase, u32)> = Vec::new();
        while let Some((source, from, old)) = self.next_move(&mut loads, &moved, now) {
            let weight = self.market.weight(source.pool);
            if weight > self.room() {
                return;
            }
            moved.push((from, source.purchase, weight));
            for (load, zone) in &mut loads {
                match *zone {
                    zone if zone == from => *load -= weight,
                    zone if zone == source.zone => *load += weight,
                    _ => {}
                }
            }
            if let Some(old) = old {
                self.roster.change(old, |instance| instance.leaving = true);
            }
            self.launch_swap(source, old, now, out);
        }
    }

    /// What is launched next, where something goes for it, and what if that is settled. It is paid
    /// for as most of what may go there is, so that shares stay as they are.
    fn next_move(
        &self,
        loads: &mut [(u32, Zone)],
        moved: &[(Zone, Purchase, u32)],
        now: SimTime,
    ) -> Option<(Source, Zone, Option<InstanceId>)> {
        loads.sort_by_key(|&(load, zone)| (Reverse(load), zone));
        let (full, from) = *loads.first()?;
        let of =
            |kind: &Kind, purchase| (kind.source.zone, kind.source.purchase) == (from, purchase);
        let free = |weight, purchase| {
            let taken = moved.iter().filter(|it| (it.0, it.1) == (from, purchase));
            let taken = taken.map(|it| it.2).sum();
            self.free(weight, |kind| of(kind, purchase)).saturating_sub(taken)
        };
        let purchase = [Purchase::OnDemand, Purchase::Spot]
            .into_iter()
            .max_by_key(|&purchase| (free(u32::MAX, purchase), Reverse(purchase)))?;
        let (load, source) = loads.iter().rev().find_map(|&(load, zone)| {
            self.source_in(zone, purchase, now).map(|source| (load, source))
        })?;
        if free(u32::MAX, purchase) == 0 || full <= load + self.market.heaviest() {
            return None;
        }
        // where all that may go there is heavier than the new one, policies would take another
        let light = free(self.market.weight(source.pool), purchase) > 0;
        let heavy = || self.choose(Some(purchase), &|kind| of(kind, purchase), now);
        Some((source, from, if light { None } else { heavy() }))
    }
}
