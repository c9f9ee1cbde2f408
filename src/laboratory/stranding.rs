//! What is free on hosts and cannot be used, because another kind of resource is used up there.
//!
//! Memory is stranded where a server's cores are all rented and memory is not (Li et al., Pond:
//! CXL-Based Memory Pooling Systems for Cloud Platforms, ASPLOS 2023). The same is counted of every
//! kind here: of one it is stranded what is free on hosts in use that have less left of another than
//! the smallest item needs.

use super::item::Need;
use crate::engine::SimTime;
use crate::placement::{Ledger, Resources};

/// Amounts that are stranded, now and summed over time. The sums are only added to when something
/// changes, which is far less often than items come and leave.
#[derive(Clone, Debug)]
pub struct Stranding<const K: usize> {
    /// With less than this of a kind nothing can be placed; at least 1.
    smallest: [u64; K],
    now: [u64; K],
    since: SimTime,
    /// Amounts times nanoseconds, until `since`.
    sums: [f64; K],
}

impl<const K: usize> Stranding<K> {
    /// Nothing, where the smallest item needs so much.
    pub fn new(smallest: Resources<K>) -> Self {
        let smallest = smallest.amounts().map(|amount| amount.max(1));
        Self { smallest, now: [0; K], since: SimTime::ZERO, sums: [0.0; K] }
    }

    /// With less than this of a kind nothing can be placed.
    pub fn smallest(&self) -> Resources<K> {
        Resources::of(self.smallest)
    }

    /// Amounts times nanoseconds of each kind so far.
    pub fn sums(&self, time: SimTime) -> [f64; K] {
        let passed = time.since(self.since).as_nanos() as f64;
        std::array::from_fn(|kind| self.sums[kind] + self.now[kind] as f64 * passed)
    }

    /// Of each kind.
    pub fn now(&self) -> &[u64; K] {
        &self.now
    }

    /// An item has come to a host, whose books are these now; `opens` where it had none before.
    pub fn took(&mut self, time: SimTime, need: &Need<K>, books: &Ledger<K>, opens: bool) {
        if !opens {
            self.forget(time, books.free().saturating_add(need.amounts), books);
        }
        self.count(time, books.free(), books);
    }

    /// An item has left a host, whose books are these now; `closes` where it has none any more.
    pub fn gave(&mut self, time: SimTime, need: &Need<K>, books: &Ledger<K>, closes: bool) {
        let before = books.free().checked_sub(need.amounts).expect("it has given that back");
        self.forget(time, before, books);
        if !closes {
            self.count(time, books.free(), books);
        }
    }

    fn count(&mut self, time: SimTime, free: Resources<K>, books: &Ledger<K>) {
        if let Some(stranded) = self.of(free, books) {
            self.advance(time);
            self.now.iter_mut().zip(stranded).for_each(|(sum, amount)| *sum += amount);
        }
    }

    fn forget(&mut self, time: SimTime, free: Resources<K>, books: &Ledger<K>) {
        if let Some(stranded) = self.of(free, books) {
            self.advance(time);
            self.now.iter_mut().zip(stranded).for_each(|(sum, amount)| *sum -= amount);
        }
    }

    fn advance(&mut self, time: SimTime) {
        self.sums = self.sums(time);
        self.since = time;
    }

    /// What is stranded on a host of which so much is free; none where no kind is used up.
    fn of(&self, free: Resources<K>, books: &Ledger<K>) -> Option<[u64; K]> {
        let (free, capacity) = (free.amounts(), books.capacity());
        let capacity = capacity.amounts();
        // a host is not short of what it never had
        let is_used_up = |kind: usize| free[kind] < self.smallest[kind] && capacity[kind] > 0;
        let used_up: usize = (0..K).map(|kind| usize::from(is_used_up(kind))).sum();
        (used_up > 0).then(|| {
            std::array::from_fn(|kind| match used_up - usize::from(is_used_up(kind)) {
                0 => 0,
                _ => free[kind],
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(amounts: [u64; 3]) -> Need<3> {
        Need::of(Resources::of(amounts))
    }

    /// A host of 10 cores and 20 of memory, without any of the third kind.
    #[test]
    fn what_is_left_where_another_kind_is_used_up_is_stranded() {
        let mut books = Ledger::new(Resources::of([10, 20, 0]));
        let mut plain = Stranding::new(Resources::ZERO);
        let mut larger = Stranding::new(Resources::of([2, 4, 1]));
        let mut change = |amounts, takes: bool, first: bool| {
            let need = need(amounts);
            match takes {
                true => books.take(need.amounts),
                false => books.give(need.amounts),
            }
            for stranding in [&mut plain, &mut larger] {
                match takes {
                    true => stranding.took(SimTime::ZERO, &need, &books, first),
                    false => stranding.gave(SimTime::ZERO, &need, &books, first),
                }
            }
            (*plain.now(), *larger.now())
        };
        // 1 and 12 are left: a core is not enough for the smallest item
        assert_eq!(change([9, 8, 0], true, true), ([0, 0, 0], [0, 12, 0]));
        assert_eq!(change([1, 2, 0], true, false), ([0, 10, 0], [0, 10, 0]));
        // 5 and 0 are left
        assert_eq!(change([9, 8, 0], false, false), ([0, 0, 0], [0, 0, 0]));
        assert_eq!(change([4, 18, 0], true, false), ([5, 0, 0], [5, 0, 0]));
        // 1 and 0 are left: each is too little beside the other
        assert_eq!(change([4, 0, 0], true, false), ([1, 0, 0], [1, 0, 0]));
        assert_eq!(change([4, 0, 0], false, false), ([5, 0, 0], [5, 0, 0]));
        assert_eq!(change([4, 18, 0], false, false), ([0, 0, 0], [0, 0, 0]));
        assert_eq!(change([1, 2, 0], false, true), ([0, 0, 0], [0, 0, 0]));
    }
}
