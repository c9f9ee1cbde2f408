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
use crate::aws::auto_scaling::instance::{InstanceId, Purchase, Source, State, Zone};
use crate::aws::auto_scaling::process::Process;
use crate::engine::{SimDuration, SimTime};

/// Between the notice of the interruption of a Spot instance and its end (Amazon EC2 User Guide,
/// "Spot Instance interruption notices").
pub const SPOT_NOTICE: SimDuration = SimDuration::from_secs(120);

impl Group {
    /// What the group may have while it rebalances: with weights, one instance more than its
    /// maximum may be more than one.
    pub(super) fn most(&self) -> u32 {
        let max = self.settings.max;
        max + (max / 10).max(self.market.heaviest())
    }

    fn launch_swap(
        &mut self,
        source: Source,
        old: InstanceId,
        insist: bool,
        now: SimTime,
        out: &mut Vec<Action>,
    ) {
        let new = self.launch(source, State::Pending, now, out);
        self.roster.change(new, |instance| instance.ahead = true);
        self.roster.change(old, |instance| instance.leaving = true);
        let (purchase, weight) = (source.purchase, self.market.weight(source.pool));
        self.extra += weight;
        self.extra_on_demand += if purchase == Purchase::OnDemand { weight } else { 0 };
        self.swaps.insert(new, Swap { old, insist, purchase, weight });
        self.replaced_by.insert(old, new);
    }

    /// One launched ahead is ahead no more.
    pub(super) fn end_swap(&mut self, new: InstanceId) -> Option<Swap> {
        let swap = self.swaps.remove(&new)?;
        self.arrived.remove(&new);
        self.replaced_by.remove(&swap.old);
        self.roster.change(new, |instance| instance.ahead = false);
        self.extra -= swap.weight;
        self.extra_on_demand -= if swap.purchase == Purchase::OnDemand { swap.weight } else { 0 };
        Some(swap)
    }

    /// What was launched ahead and has arrived takes the place of what it replaces. A group that
    /// has less in service than it desires scales out first.
    pub(super) fn finish_swaps(&mut self, now: SimTime, out: &mut Vec<Action>) {
        if self.is_suspended(Process::Terminate) {
            return;
        }
        while let Some(&new) = self.arrived.first() {
            let totals = self.roster.totals;
            let weight = self.swaps[&new].weight;
            if totals.capacity - totals.pending < self.settings.desired + weight {
                return;
            }
            let Some(Swap { old, insist, .. }) = self.end_swap(new) else { return };
            let kept = self.roster.get(old).is_some_and(|old| old.protected) && !insist;
            if kept {
                self.roster.change(old, |instance| instance.leaving = false);
            } else {
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
            self.launch_swap(source, old, true, now, out);
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
        let room = self.most().saturating_sub(self.roster.totals.capacity);
        // a weighted group that is above what it desires may still replace one after the other
        if self.swaps.is_empty() { room.max(self.market.heaviest()) } else { room }
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
        // with weights, the one or the other is over its share by less than an instance
        while off >= self.market.heaviest() {
            let place = self.place(come, |zone| self.roster.load(zone), now);
            let fits = |source: &Source| self.market.weight(source.pool) <= self.room();
            let Some(source) = place.filter(fits) else { return };
            let Some(old) = self.choose(Some(go), &|_| true, now) else { return };
            off -= self.market.weight(source.pool);
            self.launch_swap(source, old, false, now, out);
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
        while let Some((source, old)) = self.next_move(&mut loads, now) {
            let weight = self.market.weight(source.pool);
            if weight > self.room() {
                return;
            }
            let (from, gone) =
                self.roster.get(old).map(|old| (old.source.zone, old.weight)).expect("it is there");
            for (load, zone) in &mut loads {
                *load -= if *zone == from { gone } else { 0 };
                *load += if *zone == source.zone { weight } else { 0 };
            }
            self.launch_swap(source, old, false, now, out);
        }
    }

    /// What is launched next, and what goes for it: the choice of the policies in the fullest zone,
    /// for something paid for alike, so that shares stay as they are.
    fn next_move(&self, loads: &mut [(u32, Zone)], now: SimTime) -> Option<(Source, InstanceId)> {
        loads.sort_by_key(|&(load, zone)| (Reverse(load), zone));
        let (full, from) = *loads.first()?;
        let old = self.choose(None, &|kind| kind.source.zone == from, now)?;
        let purchase = self.roster.get(old)?.source.purchase;
        let (load, source) = loads.iter().rev().find_map(|&(load, zone)| {
            self.source_in(zone, purchase, now).map(|source| (load, source))
        })?;
        (full > load + self.market.heaviest()).then_some((source, old))
    }
}
