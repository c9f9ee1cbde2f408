//! Hosts that fail with all that is on them, and hosts in maintenance, which their items leave one
//! after another.
//!
//! A host that fails or is drained takes no items until it is back. What was on one that failed
//! comes again by the rule of a run, and starts anew, or is lost. Items leave a drained host in the
//! order in which they came, so many at a time as are allowed, each to where the policy would put
//! it. What finds no room stays, and is tried again whenever room is made; GPUs are not migrated,
//! as a device that is passed through cannot be (QEMU, VFIO), so items that have some stay.

use std::collections::BTreeMap;

use super::moves::Why;
use super::{Event, Run, SameName};
use crate::engine::{Phase, SimDuration, SimTime};
use crate::laboratory::fleet::Spot;
use crate::laboratory::item::Need;
use crate::laboratory::outages::{Outage, Outages};
use crate::metrics::summary::{DrainSummary, FailureSummary};
use crate::placement::BinId;

/// What faults have done so far.
pub(super) struct Disturbances {
    outages: Outages,
    /// Since when hosts are down.
    down: BTreeMap<BinId, SimTime>,
    down_time: u128,
    failures: u64,
    /// Since when hosts are drained that still have items.
    draining: BTreeMap<BinId, SimTime>,
    drains: DrainSummary,
    drain_time: u128,
}

impl Disturbances {
    /// A host has so many items left.
    pub fn has_given(&mut self, host: BinId, items: u32, now: SimTime) {
        if items == 0
            && let Some(since) = self.draining.remove(&host)
        {
            self.emptied(now.since(since));
        }
    }

    fn emptied(&mut self, took: SimDuration) {
        self.drains.emptied += 1;
        self.drain_time += u128::from(took.as_nanos());
        self.drains.time_max = self.drains.time_max.max(took.as_secs_f64());
    }

    /// What became of hosts that failed.
    pub fn failures(&self, end: SimTime) -> FailureSummary {
        let passed = |since: &SimTime| u128::from(end.max(*since).since(*since).as_nanos());
        let down = self.down_time + self.down.values().map(passed).sum::<u128>();
        FailureSummary { failures: self.failures, host_hours_down: down as f64 / 3.6e12 }
    }

    /// What became of hosts that were drained.
    pub fn drains(&self) -> DrainSummary {
        let emptied = self.drains.emptied;
        let mean = self.drain_time as f64 / 1e9 / emptied as f64;
        DrainSummary {
            under_way: self.draining.len() as u64,
            time_mean: (emptied > 0).then_some(mean),
            ..self.drains
        }
    }
}

impl<const K: usize, E: From<SameName>> Run<'_, K, E> {
    pub(super) fn await_outages(&mut self, mut outages: Outages) {
        for (at, strike) in outages.first() {
            self.calendar.push(at, Phase::Release, Event::Outage(strike));
        }
        self.disturbances = Some(Box::new(Disturbances {
            outages,
            down: BTreeMap::new(),
            down_time: 0,
            failures: 0,
            draining: BTreeMap::new(),
            drains: DrainSummary::default(),
            drain_time: 0,
        }));
    }

    /// Whether no item is there that minds what becomes of hosts, nor will be.
    fn is_over(&self) -> bool {
        self.is_last && self.waiting.is_empty() && self.outcome.running() == 0
    }

    /// Whether a host has failed.
    #[cfg(test)]
    pub(super) fn is_down(&self, host: BinId) -> bool {
        self.disturbances.as_ref().is_some_and(|it| it.down.contains_key(&host))
    }

    /// A fault strikes, or what it did is over.
    pub(super) fn disturb(&mut self, strike: u32) -> bool {
        if self.is_over() {
            return false;
        }
        let now = self.calendar.now();
        let disturbances = self.disturbances.as_mut().expect("only faults disturb");
        let (host, outage, next) = disturbances.outages.fire(strike, now);
        if let Some(at) = next {
            self.calendar.push(at, Phase::Release, Event::Outage(strike));
        }
        let opens = disturbances.outages.is_free(host);
        if opens != self.fleet.bins().is_open(host) {
            self.fleet.set_open(host, opens);
            self.outcome.meter.close(now, !opens);
        }
        match outage {
            Outage::Fails => self.fail(host),
            Outage::Returns => self.come_back(host),
            Outage::Drains => self.begin_drain(host),
            Outage::Ends => self.end_drain(host),
            Outage::Nothing => return false,
        }
        true
    }

    fn fail(&mut self, host: BinId) {
        let now = self.calendar.now();
        if let Some(disturbances) = &mut self.disturbances {
            disturbances.failures += 1;
            disturbances.down.insert(host, now);
            if disturbances.draining.remove(&host).is_some() {
                disturbances.drains.not_emptied += 1;
            }
        }
        for place in self.moves.towards(host) {
            self.call_off(place);
        }
        let residents = self.residents.as_ref().expect("only where one knows who is where");
        for place in residents.on(host).to_vec() {
            let item = self.vacate(place);
            self.outcome.interrupted += 1;
            if !self.wait(&item) {
                self.outcome.lost += 1;
            }
        }
        self.outcome.meter.fail(now, self.fleet.state_of(host), true);
        self.room_made();
    }

    fn come_back(&mut self, host: BinId) {
        let now = self.calendar.now();
        if let Some(disturbances) = &mut self.disturbances
            && let Some(since) = disturbances.down.remove(&host)
        {
            disturbances.down_time += u128::from(now.since(since).as_nanos());
        }
        self.outcome.meter.fail(now, self.fleet.state_of(host), false);
        self.room_made();
    }

    fn begin_drain(&mut self, host: BinId) {
        let now = self.calendar.now();
        let items = self.fleet.items_on(host);
        if let Some(disturbances) = &mut self.disturbances {
            disturbances.drains.begun += 1;
            match items {
                0 => disturbances.emptied(SimDuration::ZERO),
                _ => drop(disturbances.draining.insert(host, now)),
            }
        }
        self.continue_drain(host);
    }

    fn end_drain(&mut self, host: BinId) {
        if let Some(disturbances) = &mut self.disturbances
            && disturbances.draining.remove(&host).is_some()
        {
            disturbances.drains.not_emptied += 1;
        }
        self.room_made();
    }

    /// Goes on with all drains, for there may be room now.
    pub(super) fn continue_drains(&mut self) {
        let Some(disturbances) = &self.disturbances else { return };
        let drained: Vec<BinId> = disturbances.draining.keys().copied().collect();
        for host in drained {
            self.continue_drain(host);
        }
    }

    /// Has the next items leave a host that is drained.
    fn continue_drain(&mut self, host: BinId) {
        while self.moves.out_of(host) < self.rules.migration.parallel {
            let Some((place, need, to)) = self.next_to_leave(host) else { return };
            self.migrate(place, need, to, Why::Drain);
        }
    }

    /// The first item of a host that has room elsewhere, which is taken there.
    fn next_to_leave(&mut self, host: BinId) -> Option<(u32, Need<K>, Spot)> {
        let residents = self.residents.as_ref().expect("only where one knows who is where");
        let mut without_room: Vec<Need<K>> = Vec::new();
        for &place in residents.on(host) {
            let need = residents.item(place).need;
            let stays = need.gpus.count > 0 || self.moves.is_moving(place);
            if stays || without_room.contains(&need) {
                continue;
            }
            if let Some(to) = self.fleet.place(&need) {
                return Some((place, need, to));
            }
            without_room.push(need);
        }
        None
    }
}
