//! Whether a meter is right, from scratch: for tests.

use super::{Changed, Meter};
use crate::engine::SimTime;
use crate::laboratory::energy::Energy;
use crate::laboratory::item::Need;
use crate::laboratory::stranding::Stranding;
use crate::placement::{Ledger, Resources};

impl<const K: usize> Meter<K> {
    /// Asserts that it says of all hosts, and whether each has failed, what they are.
    pub fn audit(&self, hosts: &[(Changed<K>, bool)]) {
        let mut used = Resources::ZERO;
        let mut stranding = Stranding::new(self.stranding.smallest());
        let mut power = 0;
        for (state, is_down) in hosts {
            assert!(!is_down || state.items == 0, "{:?} is down", state.host);
            let taken = state.books.used();
            used = used.saturating_add(taken);
            if state.items > 0 {
                let need = Need::of(taken);
                let mut books = Ledger::new(state.books.capacity());
                books.take(taken);
                stranding.took(SimTime::ZERO, &need, &books, true);
            }
            let load = state.load(*is_down);
            power += self.energy.as_ref().map_or(0, |energy| energy.draw(state.host, load));
        }
        assert_eq!((&self.used, self.stranding.now()), (used.amounts(), stranding.now()));
        assert_eq!(self.energy.as_ref().map_or(0, Energy::microwatts), power);
        assert_eq!(self.hosts as usize, hosts.iter().filter(|(it, _)| it.items > 0).count());
    }
}
