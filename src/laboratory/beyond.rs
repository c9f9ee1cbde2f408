//! What decides about hosts beside amounts: GPUs, NUMA nodes, groups.

use super::groups::{Groups, Member};
use super::item::Need;
use super::nodes::FleetNodes;
use crate::placement::BinId;
use crate::placement::gpu::GpuHost;

/// What hosts have, and rules they are under, beyond amounts.
pub(super) struct Beyond<'a> {
    /// What there is of GPUs; empty where no host has one.
    pub gpus: &'a [GpuHost],
    /// NUMA nodes, where items are bound to them.
    pub nodes: Option<&'a FleetNodes>,
    /// Where members of groups are, where items are of some.
    pub groups: Option<&'a Groups>,
}

impl Beyond<'_> {
    /// Whether a host will do, as far as it is not a matter of amounts.
    pub fn admits<const K: usize>(&self, bin: BinId, need: &Need<K>) -> bool {
        self.has_gpus(bin, need) && self.has_nodes(bin, need) && self.allows(bin, need.group)
    }

    /// Whether a host has the GPUs that are needed.
    pub fn has_gpus<const K: usize>(&self, bin: BinId, need: &Need<K>) -> bool {
        let fits = |host: &GpuHost| host.devices.fit(need.gpus);
        need.gpus.count == 0 || self.gpus.get(bin.index()).is_some_and(fits)
    }

    /// Whether its NUMA nodes have room.
    pub fn has_nodes<const K: usize>(&self, bin: BinId, need: &Need<K>) -> bool {
        need.numa == 0 || self.nodes.is_none_or(|nodes| nodes.of(bin).fit(need.on_nodes()))
    }

    /// Whether the group of an item allows it there.
    pub fn allows(&self, bin: BinId, member: Option<Member>) -> bool {
        let (Some(groups), Some(member)) = (self.groups, member) else { return true };
        groups.allow(bin, member)
    }
}
