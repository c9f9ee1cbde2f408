//! Who is on which host, and who has to leave for a more important one.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::fleet::{Fleet, Spot};
use super::item::{Item, Need};
use crate::engine::SimTime;
use crate::placement::BinId;

/// An item on a host.
#[derive(Clone, Copy, Debug)]
pub struct Resident<const K: usize> {
    /// It.
    pub item: Item<K>,
    /// Where it is.
    pub spot: Spot,
    /// When it came there.
    pub since: SimTime,
}

/// Who has to leave a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Victims {
    /// The host.
    pub host: BinId,
    /// Their places, the most important first.
    pub places: Vec<u32>,
}

/// All items on hosts, by their places.
#[derive(Clone, Debug)]
pub struct Residents<const K: usize> {
    /// By the number of the host, in the order in which they came.
    hosts: Vec<Vec<u32>>,
    items: Vec<Option<Resident<K>>>,
    /// Places of which the item is gone and its departure is still to come.
    awaited: BTreeSet<u32>,
}

impl<const K: usize> Residents<K> {
    /// None, on so many hosts.
    pub fn new(hosts: usize) -> Self {
        Self { hosts: vec![Vec::new(); hosts], items: Vec::new(), awaited: BTreeSet::new() }
    }

    /// One has come.
    pub fn add(&mut self, place: u32, resident: Resident<K>) {
        let index = place as usize;
        self.items.resize(self.items.len().max(index + 1), None);
        self.hosts[resident.spot.host.index()].push(place);
        self.items[index] = Some(resident);
    }

    /// One goes.
    ///
    /// # Panics
    /// When there is none.
    pub fn remove(&mut self, place: u32) -> Resident<K> {
        let gone = self.items[place as usize].take().expect("it is there");
        self.hosts[gone.spot.host.index()].retain(|&other| other != place);
        gone
    }

    /// Those on a host, in the order in which they came.
    pub fn on(&self, host: BinId) -> &[u32] {
        &self.hosts[host.index()]
    }

    /// The item of a place.
    ///
    /// # Panics
    /// When there is none.
    pub fn item(&self, place: u32) -> &Item<K> {
        &self.at(place).item
    }

    /// One needs something else now, or is somewhere else.
    ///
    /// # Panics
    /// When there is none.
    pub fn changed(&mut self, place: u32, need: Need<K>, spot: Spot) {
        let resident = self.items[place as usize].as_mut().expect("it is there");
        let before = std::mem::replace(&mut resident.spot, spot);
        resident.item.need = need;
        if before.host != spot.host {
            self.hosts[before.host.index()].retain(|&other| other != place);
            self.hosts[spot.host.index()].push(place);
        }
    }

    /// The place is not used again before the departure that was expected of it.
    pub fn await_departure(&mut self, place: u32) {
        self.awaited.insert(place);
    }

    /// Whether this is the departure of one that is gone already.
    pub fn is_awaited(&mut self, place: u32) -> bool {
        self.awaited.remove(&place)
    }

    /// Those who matter least of those who can make room for an item, all on one host; none where
    /// no host has room even without all that are less important.
    ///
    /// On each host all less important ones would leave; but the most important of them (of equal
    /// ones those that have been there longer) stay after all, if there is still room. Of the
    /// hosts that one is chosen whose most important victim is the least important, then with the
    /// lowest sum of priorities, each counted from the lowest there is, then with the fewest
    /// victims, then whose most important ones came last, then the first (kube-scheduler of
    /// Kubernetes v1.36, `pkg/scheduler/framework/preemption`, `SelectVictimsOnNode` and
    /// `pickOneNodeForPreemption`, without budgets).
    pub fn victims(&self, fleet: &Fleet<K>, item: &Item<K>) -> Option<Victims> {
        let candidates = fleet.bins().ids().filter_map(|host| self.victims_on(fleet, host, item));
        candidates.min_by_key(|victims| self.harm(victims))
    }

    fn victims_on(&self, fleet: &Fleet<K>, host: BinId, item: &Item<K>) -> Option<Victims> {
        let here = self.hosts[host.index()].iter().copied();
        let mut places: Vec<u32> =
            here.filter(|&place| self.at(place).item.priority < item.priority).collect();
        // a group that forbids a host now forbids it, whoever would leave
        if places.is_empty() || !fleet.bins().is_open(host) || !fleet.allows(host, &item.need) {
            return None;
        }
        let mut free = fleet.free_on(host);
        for &place in &places {
            free = free.with(&self.at(place).item.need, self.at(place).spot);
        }
        if !free.fits(&item.need) {
            return None;
        }
        places.sort_by_key(|&place| (Reverse(self.at(place).item.priority), self.at(place).since));
        places.retain(|&place| {
            let Resident { item: other, spot, .. } = self.at(place);
            let left = free.without(&other.need, *spot).filter(|left| left.fits(&item.need));
            left.is_none_or(|left| {
                free = left;
                false
            })
        });
        Some(Victims { host, places })
    }

    fn harm(&self, victims: &Victims) -> (i32, i64, usize, Reverse<SimTime>, BinId) {
        let priority = |place: &u32| self.at(*place).item.priority;
        let highest = victims.places.first().map_or(i32::MIN, priority);
        let counted = |place: &u32| i64::from(priority(place)) - i64::from(i32::MIN);
        let sum = victims.places.iter().map(counted).sum();
        // the first of the highest has been there longest
        let earliest = victims.places.first().map_or(SimTime::ZERO, |&it| self.at(it).since);
        (highest, sum, victims.places.len(), Reverse(earliest), victims.host)
    }

    fn at(&self, place: u32) -> &Resident<K> {
        self.items[place as usize].as_ref().expect("it is there")
    }
}
