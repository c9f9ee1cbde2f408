//! How many addresses are kept spare: `WARM_ENI_TARGET`, `WARM_IP_TARGET`, `MINIMUM_IP_TARGET`,
//! `WARM_PREFIX_TARGET` (`pkg/ipamd/ipamd.go`, aws/amazon-vpc-cni-k8s 0089259).
//!
//! Targets in addresses come before those in interfaces and prefixes. Addresses that cool down
//! count as spare, though no pod can have them yet.

use super::store::Stats;
use crate::aws::eks::node::pods::PREFIX;

/// What is to be spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets {
    /// Whole interfaces (`WARM_ENI_TARGET`).
    pub enis: u32,
    /// Addresses (`WARM_IP_TARGET`); 0 is none.
    pub addresses: u32,
    /// Addresses in all, spare or not (`MINIMUM_IP_TARGET`); 0 is none.
    pub least: u32,
    /// Whole prefixes (`WARM_PREFIX_TARGET`), where prefixes are delegated.
    pub prefixes: u32,
}

/// As the manifest of the add-on has it.
impl Default for Targets {
    fn default() -> Self {
        Self { enis: 1, addresses: 0, least: 0, prefixes: 1 }
    }
}

/// What an interface of a node can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Whether it has prefixes in place of single addresses.
    pub has_prefixes: bool,
    /// Addresses for pods of an interface, those of prefixes counted each.
    pub of_interface: u32,
    /// Pods that the node takes.
    pub max_pods: u32,
}

impl Shape {
    /// Single addresses or prefixes that fit on an interface.
    pub fn blocks(&self) -> u32 {
        if self.has_prefixes { self.of_interface / PREFIX } else { self.of_interface }
    }
}

impl Targets {
    /// Whether there are targets in addresses.
    pub fn is_by_address(&self) -> bool {
        self.addresses != 0 || self.least != 0
    }

    /// Blocks (addresses, or prefixes) that are missing to the targets in addresses.
    fn short(&self, stats: &Stats, shape: &Shape) -> u32 {
        let warm = self.addresses.saturating_sub(stats.spare());
        let short = warm.max(self.least.saturating_sub(stats.total));
        if shape.has_prefixes { short.div_ceil(PREFIX) } else { short }
    }

    /// Blocks that are more than the targets in addresses.
    fn over(&self, stats: &Stats, shape: &Shape) -> u32 {
        if shape.has_prefixes {
            let prefixes = stats.total / PREFIX;
            let warm = (stats.assigned + self.addresses).div_ceil(PREFIX);
            let needed = warm.max(self.least.div_ceil(PREFIX));
            return prefixes.saturating_sub(needed).min(stats.free_blocks);
        }
        let warm = stats.spare().saturating_sub(self.addresses);
        warm.min(stats.total.saturating_sub(self.least))
    }

    /// Whether more addresses are wanted. Never with as many as the node takes pods.
    pub fn is_low(&self, stats: &Stats, shape: &Shape) -> bool {
        if stats.total >= shape.max_pods {
            return false;
        }
        if self.is_by_address() {
            return self.short(stats, shape) > 0;
        }
        let (target, each) = match shape.has_prefixes {
            true => (self.prefixes, PREFIX),
            false => (self.enis, shape.of_interface),
        };
        stats.spare() < target * each || (target == 0 && stats.spare() == 0)
    }

    /// Blocks to give back; interfaces apart, nothing is without targets in addresses or prefixes.
    pub fn surplus(&self, stats: &Stats, shape: &Shape) -> u32 {
        if self.is_by_address() {
            self.over(stats, shape)
        } else if shape.has_prefixes {
            stats.free_blocks.saturating_sub(self.prefixes)
        } else {
            0
        }
    }

    /// Blocks to ask for when the pool is low: what is short, all that fits by whole interfaces.
    /// Never less than one prefix.
    pub fn wanted(&self, stats: &Stats, shape: &Shape) -> u32 {
        let wanted = if self.is_by_address() {
            self.short(stats, shape)
        } else if shape.has_prefixes {
            self.prefixes.saturating_sub(stats.free_blocks)
        } else {
            shape.of_interface
        };
        if shape.has_prefixes { wanted.max(1) } else { wanted }
    }

    /// Whether an interface may be one too many; which, if any, is for the store to say.
    pub fn may_free_interface(&self, stats: &Stats, shape: &Shape, has_unused: bool) -> bool {
        if self.is_by_address() {
            return true;
        }
        let target = if shape.has_prefixes { self.prefixes } else { self.enis };
        stats.spare() >= (target + 1) * shape.of_interface || (shape.has_prefixes && has_unused)
    }
}
