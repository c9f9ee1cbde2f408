//! The spare addresses of a Windows node, which the VPC resource controller keeps from outside.
//!
//! `pkg/pool/pool.go` and `pkg/config/loader.go` of aws/amazon-vpc-resource-controller-k8s:
//! one interface, so many addresses spare, by default 3. Addresses that cool down, are asked for or
//! given back count against the capacity, and not as spare. By prefixes, so many are kept that
//! those of pods and one more fit, and three in all.

use crate::aws::eks::node::pods::PREFIX;

/// What is to be spare (`windows-warm-ip-target`, `windows-minimum-ip-target`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowsTargets {
    /// Spare addresses.
    pub warm: u32,
    /// Addresses in all; for prefixes only.
    pub least: u32,
}

impl WindowsTargets {
    /// Defaults with an address each.
    pub const BY_ADDRESS: Self = Self { warm: 3, least: 3 };
    /// Defaults with prefixes.
    pub const BY_PREFIX: Self = Self { warm: 1, least: 3 };
}

/// Where the addresses of a node are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Had by pods.
    pub used: u32,
    /// Spare.
    pub warm: u32,
    /// Left by pods, for 30 s.
    pub cooling: u32,
    /// Asked for.
    pub pending: u32,
    /// Being given back.
    pub leaving: u32,
}

/// What a pod gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// An address.
    Now,
    /// One when it has cooled down, after 30 s at most.
    Cooling,
    /// One when it has been created.
    Creating,
    /// None: the interface has no more.
    Full,
}

impl Pool {
    fn all(&self) -> u32 {
        self.used + self.warm + self.cooling + self.pending + self.leaving
    }

    /// What a pod gets of an interface with so many addresses.
    pub fn turn(&self, capacity: u32) -> Turn {
        if self.used == capacity {
            Turn::Full
        } else if self.used + self.cooling == capacity {
            Turn::Cooling
        } else if self.warm == 0 {
            Turn::Creating
        } else {
            Turn::Now
        }
    }

    /// Addresses to ask for (positive) or to give back now (negative), an address each. What there
    /// is to be in all is not looked at.
    pub fn change(&self, targets: WindowsTargets, capacity: u32) -> i64 {
        let missing = i64::from(targets.warm) - i64::from(self.warm + self.pending);
        bounded(missing, self.warm, capacity.saturating_sub(self.all()))
    }

    /// Prefixes to ask for or to give back, of an interface with so many addresses of prefixes.
    /// `free` are those of which no address is had or cools down.
    pub fn change_of_prefixes(&self, targets: WindowsTargets, capacity: u32, free: u32) -> i64 {
        let has = (self.used + self.pending + self.warm + self.cooling).div_ceil(PREFIX);
        let warm = (self.used + targets.warm).div_ceil(PREFIX);
        let least = targets.least.div_ceil(PREFIX);
        let missing = i64::from(warm.max(least)) - i64::from(has);
        bounded(missing, free, capacity.saturating_sub(self.all()) / PREFIX)
    }
}

/// No more than there is room for, no more back than are spare.
fn bounded(missing: i64, spare: u32, room: u32) -> i64 {
    missing.clamp(-i64::from(spare), i64::from(room))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Pool = Pool { used: 0, warm: 0, cooling: 0, pending: 0, leaving: 0 };

    /// m5.large: nine addresses.
    #[test]
    fn three_addresses_are_spare_while_there_is_room() {
        let change = |pool: Pool| pool.change(WindowsTargets::BY_ADDRESS, 9);
        assert_eq!(change(NONE), 3);
        assert_eq!(change(Pool { pending: 3, ..NONE }), 0);
        assert_eq!(change(Pool { used: 2, warm: 1, ..NONE }), 2);
        assert_eq!(change(Pool { used: 7, warm: 1, ..NONE }), 1);
        assert_eq!(change(Pool { used: 6, cooling: 3, ..NONE }), 0);
        assert_eq!(change(Pool { used: 1, warm: 5, ..NONE }), -2);
    }

    #[test]
    fn prefixes_are_kept_for_pods_and_what_is_spare() {
        let change =
            |pool: Pool, free| pool.change_of_prefixes(WindowsTargets::BY_PREFIX, 144, free);
        assert_eq!(change(NONE, 0), 1);
        assert_eq!(change(Pool { used: 15, warm: 1, ..NONE }, 0), 0);
        assert_eq!(change(Pool { used: 16, ..NONE }, 0), 1);
        assert_eq!(change(Pool { used: 3, warm: 29, ..NONE }, 1), -1);
        assert_eq!(change(Pool { used: 3, warm: 29, ..NONE }, 0), 0);
        assert_eq!(change(Pool { used: 144, ..NONE }, 0), 0);
    }

    #[test]
    fn a_pod_waits_for_cooling_or_new_addresses() {
        let turn = |pool: Pool| pool.turn(9);
        assert_eq!(turn(Pool { used: 2, warm: 1, ..NONE }), Turn::Now);
        assert_eq!(turn(Pool { used: 2, pending: 3, ..NONE }), Turn::Creating);
        assert_eq!(turn(Pool { used: 8, cooling: 1, ..NONE }), Turn::Cooling);
        assert_eq!(turn(Pool { used: 9, ..NONE }), Turn::Full);
    }
}
