//! All bins, as a policy sees them.

use super::resources::rounded;
use super::{Ledger, Resources};

/// Number of a bin, from 0 in the order in which bins were added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BinId(pub u32);

impl BinId {
    /// The number as an index into whatever its owner keeps per bin.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The bins: their books, and whether each is open to new items.
#[derive(Clone, Debug, Default)]
pub struct Bins<const K: usize = 2> {
    ledgers: Vec<Ledger<K>>,
    open: Vec<bool>,
    reference: Resources<K>,
    /// The distinct capacities, few where machines are bought in batches.
    shapes: Vec<Resources<K>>,
}

/// What of a bin decides whether it holds a need, in a form of which the maximum over many bins
/// tells that none of them does. The same form describes the need itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room<const K: usize = 2> {
    free: Resources<K>,
    /// One more than the normalised amount of the kind there is least of; 0 for a closed bin.
    /// It follows from `free` for one bin, but its maximum over bins of which each lacks another
    /// kind stays small where the maxima of the kinds are all large.
    scarcest: u64,
}

impl<const K: usize> Room<K> {
    /// No room for anything, not even for a need of nothing.
    pub const CLOSED: Self = Self { free: Resources::ZERO, scarcest: 0 };

    /// Whether `need` may go here: exactly, for one bin; for the union of several, false means
    /// that it may go to none of them.
    pub fn holds(&self, need: &Self) -> bool {
        need.scarcest <= self.scarcest && need.free.fits_in(self.free)
    }

    /// The larger of each.
    pub fn union(&self, other: &Self) -> Self {
        Self { free: self.free.larger(other.free), scarcest: self.scarcest.max(other.scarcest) }
    }
}

impl<const K: usize> Bins<K> {
    /// Number of bins, open or closed.
    pub fn len(&self) -> usize {
        self.ledgers.len()
    }

    /// Whether there are no bins.
    pub fn is_empty(&self) -> bool {
        self.ledgers.is_empty()
    }

    /// All bins in ascending order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = BinId> + use<K> {
        (0..self.ledgers.len() as u32).map(BinId)
    }

    /// The books of a bin.
    pub fn ledger(&self, bin: BinId) -> &Ledger<K> {
        &self.ledgers[bin.index()]
    }

    /// Whether a bin takes new items.
    pub fn is_open(&self, bin: BinId) -> bool {
        self.open[bin.index()]
    }

    /// Whether there is such a bin, it is open and has `need` left.
    pub fn fits(&self, bin: BinId, need: Resources<K>) -> bool {
        bin.index() < self.len() && self.is_open(bin) && need.fits_in(self.ledger(bin).room())
    }

    /// Whether some bin, open or not, could hold `need` if it were empty.
    pub fn could_hold(&self, need: Resources<K>) -> bool {
        self.shapes.iter().any(|&shape| need.fits_in(shape))
    }

    /// The largest capacity of any bin, kind by kind: what amounts are normalised by. One
    /// reference for all bins, so that an item weighs the same wherever it goes.
    pub fn reference(&self) -> Resources<K> {
        self.reference
    }

    /// The room in a bin.
    pub fn room(&self, bin: BinId) -> Room<K> {
        match self.is_open(bin) {
            true => self.as_room(self.ledger(bin).room()),
            false => Room::CLOSED,
        }
    }

    /// `amount` in the form of a [`Room`].
    pub fn as_room(&self, amount: Resources<K>) -> Room<K> {
        let shares = amount.shares(self.reference).zip(self.reference.present());
        let counted = shares.filter(|&(_, present)| present).map(|(share, _)| share);
        let least = counted.fold(f64::INFINITY, f64::min);
        let scarcest = if least.is_finite() { rounded(least) } else { 0 };
        Room { free: amount, scarcest: scarcest.saturating_add(1) }
    }

    /// What is free in a bin as one number: the sum over the kinds of free / reference, in
    /// units of 2^-40.
    pub fn spare(&self, bin: BinId) -> u64 {
        self.ledger(bin).room().weight(self.reference)
    }

    /// How much of what is free lies in the direction of `need`: the sum over the kinds of
    /// (free / reference) * (need / reference), in units of 2^-40.
    pub fn alignment(&self, bin: BinId, need: Resources<K>) -> u64 {
        let free = self.ledger(bin).room().shares(self.reference);
        rounded(free.zip(need.shares(self.reference)).map(|(free, need)| free * need).sum())
    }

    /// Adds an empty, open bin. Returns whether the reference grew with it.
    pub(super) fn push(&mut self, capacity: Resources<K>) -> bool {
        assert!(self.len() < u32::MAX as usize, "there are more bins than numbers for them");
        self.ledgers.push(Ledger::new(capacity));
        self.open.push(true);
        if !self.shapes.contains(&capacity) {
            self.shapes.push(capacity);
        }
        let before = self.reference;
        self.reference = before.larger(capacity);
        self.reference != before
    }

    pub(super) fn ledger_mut(&mut self, bin: BinId) -> &mut Ledger<K> {
        &mut self.ledgers[bin.index()]
    }

    pub(super) fn set_open(&mut self, bin: BinId, open: bool) {
        self.open[bin.index()] = open;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Bytes, Millicores};

    fn resources(cpu: u64, memory: u64) -> Resources {
        Resources::new(Millicores(cpu), Bytes(memory))
    }

    fn bins(capacities: &[Resources]) -> Bins {
        let mut bins = Bins::default();
        for &capacity in capacities {
            bins.push(capacity);
        }
        bins
    }

    #[test]
    fn amounts_are_normalised_by_the_largest_bin_of_each_kind() {
        let bins = bins(&[resources(10, 50), resources(5, 100)]);
        assert_eq!(bins.reference(), resources(10, 100));
        assert_eq!(bins.spare(BinId(0)), 3 << 39, "10/10 + 50/100");
        assert_eq!(bins.alignment(BinId(1), resources(10, 50)), 1 << 40, "5/10 * 1 + 1 * 50/100");
    }

    #[test]
    fn sums_that_are_equal_on_paper_are_equal() {
        let mut bins = bins(&[resources(10, 10), resources(10, 10)]);
        bins.ledger_mut(BinId(0)).take(resources(9, 8));
        bins.ledger_mut(BinId(1)).take(resources(7, 10));
        // 0.1 + 0.2 and 0.3 + 0.0 differ in the last bit of a double
        assert_eq!(bins.spare(BinId(0)), bins.spare(BinId(1)));
    }

    #[test]
    fn a_closed_bin_does_not_hold_even_nothing() {
        let mut bins = bins(&[resources(10, 10)]);
        let nothing = bins.as_room(Resources::ZERO);
        assert!(bins.room(BinId(0)).holds(&nothing));
        bins.set_open(BinId(0), false);
        assert!(!bins.room(BinId(0)).holds(&nothing));
        assert!(!bins.fits(BinId(0), Resources::ZERO));
    }

    #[test]
    fn bins_that_each_lack_another_kind_are_known_to_hold_nothing_that_needs_both() {
        let mut bins = bins(&[resources(10, 10), resources(10, 10)]);
        bins.ledger_mut(BinId(0)).take(resources(10, 0));
        bins.ledger_mut(BinId(1)).take(resources(0, 10));
        let both = bins.room(BinId(0)).union(&bins.room(BinId(1)));
        assert!(!both.holds(&bins.as_room(resources(1, 1))));
        assert!(both.holds(&bins.as_room(resources(0, 1))));
    }

    #[test]
    fn an_unknown_bin_fits_nothing_and_no_bin_could_hold_more_than_the_largest() {
        let bins = bins(&[resources(10, 50), resources(5, 100)]);
        assert!(!bins.fits(BinId(2), Resources::ZERO));
        assert!(bins.could_hold(resources(5, 100)));
        assert!(!bins.could_hold(resources(10, 100)));
    }
}
