//! Whether the books are right, from scratch: for tests, after each event.

use super::{Placed, Run, SameName};
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
        let states = hosts.iter().map(|&host| (self.fleet.state_of(host), self.is_down(host)));
        self.outcome.meter.audit(&states.collect::<Vec<_>>());
        let out = &self.outcome;
        let ended = out.rejected + out.departed + out.lost;
        assert_eq!(out.arrived, ended + out.running() + self.waiting.len() as u64);
    }
}
