//! Amounts of every kind of resource that placement counts.

use crate::scenario::Overcommit;
use crate::units::{Bytes, Millicores};

const CPU: usize = 0;
const MEMORY: usize = 1;

/// An amount of each of `K` kinds of resource. Systems that place by CPU and memory have the two
/// of the default: CPU in millicores, memory in bytes. Others say themselves what their kinds are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resources<const K: usize = 2>([u64; K]);

impl<const K: usize> Default for Resources<K> {
    fn default() -> Self {
        Self::ZERO
    }
}

impl Resources {
    /// So much CPU and memory.
    pub const fn new(cpu: Millicores, memory: Bytes) -> Self {
        Self([cpu.0, memory.0])
    }

    /// The CPU among them.
    pub const fn cpu(self) -> Millicores {
        Millicores(self.0[CPU])
    }

    /// The memory among them.
    pub const fn memory(self) -> Bytes {
        Bytes(self.0[MEMORY])
    }

    /// What placement may promise of these resources: each times its factor, rounded down.
    pub fn overcommitted(self, factors: Overcommit) -> Self {
        let scaled = |amount: u64, factor: f64| (amount as f64 * factor) as u64;
        Self([scaled(self.0[CPU], factors.cpu), scaled(self.0[MEMORY], factors.memory)])
    }
}

impl<const K: usize> Resources<K> {
    /// Nothing of anything.
    pub const ZERO: Self = Self([0; K]);

    /// So much of each kind, in the order of the kinds.
    pub const fn of(amounts: [u64; K]) -> Self {
        Self(amounts)
    }

    /// How much there is of each kind.
    pub const fn amounts(&self) -> &[u64; K] {
        &self.0
    }

    /// With so much of one kind.
    #[must_use]
    pub const fn with(mut self, kind: usize, amount: u64) -> Self {
        self.0[kind] = amount;
        self
    }

    /// Whether there is no more of any kind here than in `room`.
    pub fn fits_in(self, room: Self) -> bool {
        self.0.iter().zip(room.0).all(|(&amount, room)| amount <= room)
    }

    /// The larger amount of each kind.
    pub fn larger(self, other: Self) -> Self {
        Self(std::array::from_fn(|kind| self.0[kind].max(other.0[kind])))
    }

    /// The sum, or none where an amount cannot be represented.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.combined(other, u64::checked_add)
    }

    /// The sum, or the most that can be represented.
    pub fn saturating_add(self, other: Self) -> Self {
        Self(std::array::from_fn(|kind| self.0[kind].saturating_add(other.0[kind])))
    }

    /// The difference, or none where there is less of some kind here than in `other`.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.combined(other, u64::checked_sub)
    }

    /// Each amount as a share of that in `whole`. A kind that `whole` has none of counts as
    /// none, so a kind nobody has plays no part in a comparison.
    pub(super) fn shares(self, whole: Self) -> impl Iterator<Item = f64> {
        let share = |(amount, whole): (u64, u64)| match whole {
            0 => 0.0,
            _ => amount as f64 / whole as f64,
        };
        self.0.into_iter().zip(whole.0).map(share)
    }

    /// Which kinds there is anything of.
    pub(super) fn present(self) -> impl Iterator<Item = bool> {
        self.0.into_iter().map(|amount| amount > 0)
    }

    /// All amounts as one number: the sum of their shares of `whole`, in units of 2^-40.
    pub fn weight(self, whole: Self) -> u64 {
        rounded(self.shares(whole).sum())
    }

    fn combined(self, other: Self, how: fn(u64, u64) -> Option<u64>) -> Option<Self> {
        let mut sums = [0; K];
        for (kind, sum) in sums.iter_mut().enumerate() {
            *sum = how(self.0[kind], other.0[kind])?;
        }
        Some(Self(sums))
    }
}

/// Normalised amounts are compared after rounding to 2^-40 of the reference, about 10^-12: so
/// amounts that are equal on paper are equal here, whatever the order they were added up in.
const RESOLUTION: f64 = (1u64 << 40) as f64;

/// A share in units of 2^-40.
pub(super) fn rounded(share: f64) -> u64 {
    (share * RESOLUTION).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(cpu: u64, memory: u64) -> Resources {
        Resources::new(Millicores(cpu), Bytes(memory))
    }

    #[test]
    fn resources_fit_when_every_kind_does() {
        assert!(resources(2, 3).fits_in(resources(2, 3)));
        assert!(!resources(3, 3).fits_in(resources(2, 9)));
        assert!(!resources(1, 10).fits_in(resources(2, 9)));
    }

    #[test]
    fn what_cannot_be_represented_is_none() {
        assert_eq!(resources(1, 2).checked_sub(resources(2, 1)), None);
        assert_eq!(resources(1, u64::MAX).checked_add(resources(0, 1)), None);
        assert_eq!(resources(5, 5).checked_sub(resources(2, 1)), Some(resources(3, 4)));
    }

    #[test]
    fn overcommit_multiplies_each_kind_by_its_own_factor() {
        let promised = resources(4_000, 1_001).overcommitted(Overcommit { cpu: 2.5, memory: 1.5 });
        assert_eq!(promised, resources(10_000, 1_501));
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        let shares: Vec<f64> = resources(1, 5).shares(resources(4, 0)).collect();
        assert_eq!(shares, [0.25, 0.0]);
    }
}
