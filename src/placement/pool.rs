//! Bins and the policy that fills them.

use super::{BinId, Bins, Ledger, Policy, Resources};

/// Bins with a policy. Every change of the books goes through here, and on to the policy's
/// index.
#[derive(Debug)]
pub struct Pool<const K: usize = 2> {
    bins: Bins<K>,
    policy: Box<dyn Policy<K>>,
}

impl<const K: usize> Pool<K> {
    /// Empty, open bins of these capacities, numbered in their order.
    pub fn new(
        policy: Box<dyn Policy<K>>,
        capacities: impl IntoIterator<Item = Resources<K>>,
    ) -> Self {
        let mut pool = Self { bins: Bins::default(), policy };
        for capacity in capacities {
            pool.bins.push(capacity);
        }
        pool.update_all();
        pool
    }

    /// The bins and their books.
    pub fn bins(&self) -> &Bins<K> {
        &self.bins
    }

    /// The bin the policy takes for `need` among those that have room and are `eligible`. The
    /// choice takes nothing: that is [`Pool::take`].
    pub fn choose(
        &mut self,
        need: Resources<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        let chosen = self.policy.choose(&self.bins, need, eligible);
        debug_assert!(chosen.is_none_or(|bin| self.bins.fits(bin, need)), "{chosen:?} has no room");
        chosen
    }

    /// Adds an empty, open bin.
    pub fn add(&mut self, capacity: Resources<K>) -> BinId {
        let bin = BinId(self.bins.len() as u32);
        match self.bins.push(capacity) {
            true => self.update_all(),
            false => self.policy.update(&self.bins, bin),
        }
        bin
    }

    /// Takes `need` from a bin, open or not.
    ///
    /// # Panics
    /// When there is not so much left.
    pub fn take(&mut self, bin: BinId, need: Resources<K>) {
        self.change(bin, |books| books.take(need));
    }

    /// Gives `need` back to a bin, open or not.
    ///
    /// # Panics
    /// When not so much was taken.
    pub fn give(&mut self, bin: BinId, need: Resources<K>) {
        self.change(bin, |books| books.give(need));
    }

    /// Changes the books of a bin, open or not.
    pub fn change(&mut self, bin: BinId, change: impl FnOnce(&mut Ledger<K>)) {
        change(self.bins.ledger_mut(bin));
        self.policy.update(&self.bins, bin);
    }

    /// Opens a bin to new items, or closes it; what is in it stays.
    pub fn set_open(&mut self, bin: BinId, open: bool) {
        self.bins.set_open(bin, open);
        self.policy.update(&self.bins, bin);
    }

    fn update_all(&mut self) {
        for bin in self.bins.ids() {
            self.policy.update(&self.bins, bin);
        }
    }
}
