//! The addresses of a Windows node, which the VPC resource controller keeps from outside.
//!
//! `pkg/pool/pool.go`, `pkg/config/loader.go` and `pkg/handler/warm.go` of
//! aws/amazon-vpc-resource-controller-k8s, and for the targets
//! `docs/windows/secondary_ip_mode_config_options.md`: one interface, so many addresses spare, by
//! default 3. Addresses that cool down, are asked for or given back count against the capacity, and
//! not as spare. By prefixes, so many are kept that those of pods and one more fit, and three in
//! all. [`keeper`] does it as time passes.

pub mod keeper;
#[cfg(test)]
mod tests;

use crate::aws::eks::node::pods::PREFIX;

/// What a pod for Windows asks for one of, and a Windows node has as many of as its first interface
/// has addresses (`webhooks/core/pod_webhook.go`: pods with the node selector `kubernetes.io/os:
/// windows` are made to).
pub const RESOURCE: &str = "vpc.amazonaws.com/PrivateIPv4Address";

/// What is to be spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowsTargets {
    /// Spare addresses (`windows-warm-ip-target`).
    pub warm: u32,
    /// Addresses in all (`windows-minimum-ip-target`).
    pub least: u32,
    /// Prefixes of which no address is had (`windows-warm-prefix-target`), where that is what
    /// counts.
    pub prefixes: Option<u32>,
}

impl WindowsTargets {
    /// Defaults with an address each.
    pub const BY_ADDRESS: Self = Self { warm: 3, least: 3, prefixes: None };
    /// Defaults with prefixes.
    pub const BY_PREFIX: Self = Self { warm: 1, least: 3, prefixes: None };

    /// Those of a ConfigMap `amazon-vpc-cni` with these, in the order of the fields. No spare
    /// address at all there cannot be; with prefixes none of all three is as if nothing was said,
    /// and what counts addresses goes before what counts prefixes.
    pub fn of(
        has_prefixes: bool,
        warm: Option<u32>,
        least: Option<u32>,
        prefixes: Option<u32>,
    ) -> Self {
        if !has_prefixes {
            let Self { warm: usual, least: fewest, .. } = Self::BY_ADDRESS;
            let warm = warm.unwrap_or(usual).max(1);
            return Self { warm, least: least.unwrap_or(fewest), prefixes: None };
        }
        let set = |target: Option<u32>| target.filter(|target| *target > 0);
        let (warm, least, prefixes) = (set(warm), set(least), set(prefixes));
        let Self { warm: usual, least: fewest, .. } = Self::BY_PREFIX;
        Self {
            warm: warm.unwrap_or(usual),
            least: least.unwrap_or(fewest),
            prefixes: prefixes.filter(|_| warm.is_none() && least.is_none()),
        }
    }
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

    /// Addresses to ask for (positive) or to give back now (negative), an address each.
    pub fn change(&self, targets: WindowsTargets, capacity: u32) -> i64 {
        let spare = targets.warm.max(targets.least.saturating_sub(self.used));
        let missing = i64::from(spare) - i64::from(self.warm + self.pending);
        bounded(missing, self.warm, capacity.saturating_sub(self.all()))
    }

    /// Prefixes to ask for or to give back, of an interface with so many addresses of prefixes.
    /// `free` are those of which no address is had or cools down.
    pub fn change_of_prefixes(&self, targets: WindowsTargets, capacity: u32, free: u32) -> i64 {
        let room = capacity.saturating_sub(self.all()) / PREFIX;
        if let Some(prefixes) = targets.prefixes {
            let has = free + self.pending.div_ceil(PREFIX);
            return bounded(i64::from(prefixes) - i64::from(has), free, room);
        }
        let has = (self.used + self.pending + self.warm + self.cooling).div_ceil(PREFIX);
        let warm = (self.used + targets.warm).div_ceil(PREFIX);
        let least = targets.least.div_ceil(PREFIX);
        let missing = i64::from(warm.max(least)) - i64::from(has);
        bounded(missing, free, room)
    }
}

/// No more than there is room for, no more back than are spare.
fn bounded(missing: i64, spare: u32, room: u32) -> i64 {
    missing.clamp(-i64::from(spare), i64::from(room))
}
