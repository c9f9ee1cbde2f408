//! What is placed.

use super::groups::Member;
use crate::engine::{SimDuration, SimTime};
use crate::placement::Resources;
use crate::placement::gpu::{GpuItem, GpuNeed};
use crate::placement::numa::NodeNeed;

/// What an item needs; items with the same need are the same to a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Need<const K: usize> {
    /// Of each kind of resource.
    pub amounts: Resources<K>,
    /// Of GPUs.
    pub gpus: GpuNeed,
    /// How its models are written, by [`Specs`](super::Specs).
    pub spec: u16,
    /// How many NUMA nodes it is spread over; 0 where it is bound to none.
    pub numa: u8,
    /// The group it is of.
    pub group: Option<Member>,
}

impl<const K: usize> Need<K> {
    /// Amounts alone.
    pub fn of(amounts: Resources<K>) -> Self {
        Self { amounts, gpus: GpuNeed::NONE, spec: 0, numa: 0, group: None }
    }

    /// What it asks of NUMA nodes: its CPU and its memory; other kinds are of the host.
    pub fn on_nodes(&self) -> NodeNeed {
        let amount = |kind: usize| self.amounts.amounts().get(kind).copied().unwrap_or(0);
        NodeNeed { amounts: [amount(0), amount(1)], nodes: self.numa }
    }

    /// As policies for GPUs see it.
    pub fn as_gpu_item(&self) -> GpuItem {
        GpuItem { cpu: self.amounts.amounts()[0], gpus: self.gpus }
    }
}

/// One virtual machine, container or pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<const K: usize> {
    /// Its name where that is a number, else its place in the table, from 0, or where resizes name
    /// it what [`named`](super::resizes::named) makes of its name.
    pub id: u64,
    /// When it comes.
    pub arrival: SimTime,
    /// How long it stays once it has a host; none for ever.
    pub lifetime: Option<SimDuration>,
    /// What it needs.
    pub need: Need<K>,
    /// The larger, the more important.
    pub priority: i32,
}
