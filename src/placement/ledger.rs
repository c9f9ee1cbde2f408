//! One bin's books.

use super::Resources;

/// What a bin has and how much of it is taken. It never promises more than it has, and never
/// takes back what it did not give: both would make every later figure wrong, so both stop the
/// run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ledger<const K: usize = 2> {
    capacity: Resources<K>,
    used: Resources<K>,
    /// What is left, and marks.
    room: Resources<K>,
}

impl<const K: usize> Ledger<K> {
    /// The books of an empty bin.
    pub fn new(capacity: Resources<K>) -> Self {
        Self { capacity, used: Resources::ZERO, room: capacity }
    }

    /// All there is, taken or not.
    pub fn capacity(&self) -> Resources<K> {
        self.capacity
    }

    /// What is taken.
    pub fn used(&self) -> Resources<K> {
        self.used
    }

    /// What is left.
    pub fn free(&self) -> Resources<K> {
        let has = |kind: usize| self.capacity.amounts()[kind] > 0;
        let left = self.room.amounts();
        Resources::of(std::array::from_fn(|kind| if has(kind) { left[kind] } else { 0 }))
    }

    /// What a need has to be within: what is left, and in the place of kinds that the bin has
    /// nothing of their [marks](Self::mark).
    pub fn room(&self) -> Resources<K> {
        self.room
    }

    /// Notes in the place of a kind that the bin has nothing of what a need may ask there at most:
    /// something that follows from what is left, and that nothing is taken from.
    ///
    /// # Panics
    /// When the bin has something of the kind.
    pub fn mark(&mut self, kind: usize, most: u64) {
        assert_eq!(
            self.capacity.amounts()[kind],
            0,
            "a mark of kind {kind}, of which there is some"
        );
        self.room = self.room.with(kind, most);
    }

    /// Takes `need`.
    ///
    /// # Panics
    /// When there is not so much left.
    pub fn take(&mut self, need: Resources<K>) {
        let left = self.room.checked_sub(need);
        self.room = left.unwrap_or_else(|| panic!("{need:?} taken of {:?} free", self.room));
        self.used = self.used.checked_add(need).expect("at most the capacity is used");
    }

    /// Gives `need` back.
    ///
    /// # Panics
    /// When not so much was taken.
    pub fn give(&mut self, need: Resources<K>) {
        let left = self.used.checked_sub(need);
        self.used = left.unwrap_or_else(|| panic!("{need:?} given back of {:?} used", self.used));
        self.room = self.room.checked_add(need).expect("at most the capacity is free");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Bytes, Millicores};

    fn resources(cpu: u64, memory: u64) -> Resources {
        Resources::new(Millicores(cpu), Bytes(memory))
    }

    #[test]
    fn what_is_taken_is_given_back() {
        let mut ledger = Ledger::new(resources(4, 8));
        ledger.take(resources(1, 8));
        assert_eq!((ledger.used(), ledger.free()), (resources(1, 8), resources(3, 0)));
        ledger.give(resources(1, 8));
        assert_eq!(ledger, Ledger::new(resources(4, 8)));
    }

    #[test]
    #[should_panic(expected = "taken of")]
    fn more_than_there_is_cannot_be_taken() {
        Ledger::new(resources(4, 8)).take(resources(1, 9));
    }

    #[test]
    fn a_mark_bounds_needs_and_nothing_is_taken_from_it() {
        let mut ledger = Ledger::new(Resources::of([8, 0]));
        ledger.mark(1, 3);
        assert!(Resources::of([4, 3]).fits_in(ledger.room()));
        assert!(!Resources::of([4, 4]).fits_in(ledger.room()));
        ledger.take(Resources::of([4, 0]));
        assert_eq!((ledger.room(), ledger.used()), (Resources::of([4, 3]), Resources::of([4, 0])));
        assert_eq!(ledger.free(), Resources::of([4, 0]));
    }

    #[test]
    #[should_panic(expected = "given back of")]
    fn more_than_was_taken_cannot_be_given_back() {
        let mut ledger = Ledger::new(resources(4, 8));
        ledger.take(resources(1, 1));
        ledger.give(resources(1, 2));
    }
}
