//! Whether the books are right, from scratch: for tests, after each event.

use super::{Placed, Run, SameName};
use crate::laboratory::fleet::Spot;
use crate::laboratory::item::Need;
use crate::placement::{BinId, Resources};

impl<const K: usize, E: From<SameName>> Run<'_, K, E> {
    /// Asserts that what hosts have given is what the items on them have, those on their way on
    /// both hosts, and that the meter says the same.
    pub(super) fn audit(&self) {
        let Some(residents) = &self.residents else { return };
        let hosts: Vec<BinId> = self.fleet.bins().ids().collect();
        let mut used = vec![[0; K]; hosts.len()];
        let mut items = vec![0; hosts.len()];
        let mut add = |host: BinId, amounts: &Resources<K>| {
            let sums = used[host.index()].iter_mut().zip(amounts.amounts());
            sums.for_each(|(sum, amount)| *sum += amount);
            items[host.index()] += 1;
        };
        let mut running = 0;
        for &host in &hosts {
            for &place in residents.on(host) {
                let Placed { need, spot } = self.placed[place];
                assert_eq!((spot.host, need), (host, residents.item(place).need));
                add(host, &need.amounts);
                running += 1;
            }
        }
        assert_eq!(running, self.outcome.running());
        self.moves.under_way().for_each(|(need, to)| add(to.host, &need.amounts));
        for &host in &hosts {
            let books = self.fleet.bins().ledger(host);
            assert_eq!(books.used().amounts(), &used[host.index()], "{host:?}");
            assert_eq!(self.fleet.items_on(host), items[host.index()], "{host:?}");
        }
        self.audit_nodes_and_groups();
        let states = hosts.iter().map(|&host| (self.fleet.state_of(host), self.is_down(host)));
        self.outcome.meter.audit(&states.collect::<Vec<_>>());
        let out = &self.outcome;
        let ended = out.rejected + out.departed + out.lost;
        assert_eq!(out.arrived, ended + out.running() + self.waiting.len() as u64);
    }

    /// The same of NUMA nodes and groups, whose rules all items keep.
    fn audit_nodes_and_groups(&self) {
        let Some(residents) = &self.residents else { return };
        let hosts = self.fleet.bins().ids();
        let places = hosts.flat_map(|host| residents.on(host));
        let placed = places.map(|&place| (self.placed[place].need, self.placed[place].spot));
        let all: Vec<(Need<K>, Spot)> = placed.chain(self.moves.under_way()).collect();
        for host in self.fleet.bins().ids() {
            let here = all.iter().filter(|(_, spot)| spot.host == host);
            let free =
                here.fold(self.fleet.free_on(host), |free, (need, spot)| free.with(need, *spot));
            assert!(free.is_unbound(), "{host:?}");
        }
        let Some(groups) = self.fleet.groups() else { return };
        let mut again = groups.emptied();
        for (need, spot) in &all {
            if let Some(member) = need.group {
                // asserts that the rule is kept
                again.add(spot.host, member);
            }
        }
        assert_eq!(again.members(), groups.members());
    }
}
