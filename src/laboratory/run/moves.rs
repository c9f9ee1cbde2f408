//! Items that are migrated while they run, to the host that the policy chooses.
//!
//! From the start to the end of a migration the item has its place on both hosts, as Nova and
//! vSphere reserve it. How long that takes and how much is sent are those of pre-copy at constant
//! rates ([`precopy`]): what a network card carries beside is left out here.

use std::collections::BTreeMap;

use super::{Event, Placed, Run, SameName};
use crate::engine::{Phase, Schedule, Slab};
use crate::hypervisor::precopy::{self, PreCopy};
use crate::laboratory::fleet::Spot;
use crate::laboratory::item::Need;
use crate::metrics::summary::MigrationAccount;
use crate::placement::BinId;
use crate::units::Bytes;

/// A migration under way.
#[derive(Clone, Copy, Debug)]
struct Move<const K: usize> {
    place: u32,
    from: BinId,
    to: Spot,
    /// What the item needs there.
    need: Need<K>,
    why: Why,
    downtime: f64,
    copied: u64,
    /// It has come to nothing, and its end is still to come.
    is_off: bool,
}

/// Why an item is migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its host is drained.
    Drain,
    /// Its host has no room for what it needs now.
    Resize,
}

/// Migrations of a run.
#[derive(Debug)]
pub(super) struct Moves<const K: usize> {
    all: Slab<Move<K>>,
    /// Those under way, by the place of the item.
    by_place: BTreeMap<u32, u32>,
    account: MigrationAccount,
}

impl<const K: usize> Default for Moves<K> {
    fn default() -> Self {
        let account = MigrationAccount::default();
        Self { all: Slab::default(), by_place: BTreeMap::new(), account }
    }
}

impl<const K: usize> Moves<K> {
    /// Whether the item of a place is on its way.
    pub fn is_moving(&self, place: u32) -> bool {
        self.by_place.contains_key(&place)
    }

    /// Items on their way from a host.
    pub fn out_of(&self, host: BinId) -> u32 {
        self.by_place.values().filter(|&&index| self.all[index].from == host).count() as u32
    }

    /// Places of items on their way to a host.
    pub fn towards(&self, host: BinId) -> Vec<u32> {
        let coming = self.by_place.iter().filter(|&(_, &index)| self.all[index].to.host == host);
        coming.map(|(&place, _)| place).collect()
    }

    /// What those under way take on the hosts that they go to.
    #[cfg(test)]
    pub fn under_way(&self) -> impl Iterator<Item = (Need<K>, Spot)> {
        self.by_place.values().map(|&index| (self.all[index].need, self.all[index].to))
    }

    /// What became of all of them.
    pub fn account(&self) -> MigrationAccount {
        MigrationAccount { under_way: self.by_place.len() as u64, ..self.account }
    }
}

impl<const K: usize, E: From<SameName>> Run<'_, K, E> {
    /// Migrates the item of a place to where it has its room already.
    pub(super) fn migrate(&mut self, place: u32, need: Need<K>, to: Spot, why: Why) {
        self.taken(&need, to);
        let from = self.placed[place].spot.host;
        let memory = Bytes(self.placed[place].need.amounts.amounts()[1]);
        let options = &self.rules.migration;
        let how = PreCopy::of(options, memory, options.bandwidth);
        let plan = precopy::plan(memory, &how);
        let (downtime, copied) = (plan.downtime.as_secs_f64(), plan.data.0);
        let index = self.moves.all.insert(Move {
            place,
            from,
            to,
            need,
            why,
            downtime,
            copied,
            is_off: false,
        });
        self.moves.by_place.insert(place, index);
        self.moves.account.started += 1;
        let residents = self.residents.as_ref().expect("only where one knows who is where");
        self.outcome.went(residents.item(place).id, self.fleet.number(to.host));
        self.outcome.meter.migrate(self.calendar.now(), self.moves.by_place.len());
        self.calendar.after(plan.total, Phase::Release, Event::Moved(index));
    }

    /// A migration is done: the item is on the other host alone.
    pub(super) fn moved(&mut self, index: u32) -> bool {
        let Move { place, to, need, why, downtime, copied, is_off, .. } =
            self.moves.all.remove(index);
        if is_off {
            return false;
        }
        self.moves.by_place.remove(&place);
        self.outcome.meter.migrate(self.calendar.now(), self.moves.by_place.len());
        self.release(place);
        self.now_at(place, need, to);
        let account = &mut self.moves.account;
        account.completed += 1;
        account.downtime += downtime;
        account.downtime_max = account.downtime_max.max(downtime);
        account.copied += copied;
        if why == Why::Resize {
            self.resize_migrated(true);
        }
        self.room_made();
        true
    }

    /// The item of a place needs this now, there.
    pub(super) fn now_at(&mut self, place: u32, need: Need<K>, spot: Spot) {
        self.placed[place] = Placed { need, spot };
        let residents = self.residents.as_mut().expect("only where one knows who is where");
        residents.changed(place, need, spot);
    }

    /// The migration of the item of a place comes to nothing, where there is one.
    pub(super) fn call_off(&mut self, place: u32) {
        let Some(index) = self.moves.by_place.remove(&place) else { return };
        let it = &mut self.moves.all[index];
        it.is_off = true;
        let Move { need, to, why, .. } = *it;
        self.moves.account.failed += 1;
        self.outcome.meter.migrate(self.calendar.now(), self.moves.by_place.len());
        self.give(&need, to);
        if why == Why::Resize {
            self.resize_migrated(false);
        }
    }

    /// There may be room now for who had none.
    pub(super) fn room_made(&mut self) {
        self.revive();
        self.continue_drains();
    }
}
