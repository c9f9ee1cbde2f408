//! One physical host, as far as the hypervisor counts it.

use super::VmId;
use super::memory::{GuestMemory, HostMemory};
use crate::placement::{BinId, Resources};
use crate::scenario::{HostShape, Overcommit};
use crate::units::{Bytes, Millicores};

pub use crate::machine::HostId;

/// The bin of a host: it has the host's number.
pub(super) const fn bin(host: HostId) -> BinId {
    BinId(host.0)
}

/// What the hypervisor must know of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostSpec {
    /// What placement may promise: overcommit is in it.
    pub capacity: Resources,
    /// Physical memory.
    pub memory: HostMemory,
}

impl HostSpec {
    /// A host of this shape: a vCPU for each hardware thread, and the memory that the host's own
    /// system leaves, each times its overcommit factor.
    pub fn of(shape: &HostShape, overcommit: Overcommit) -> Self {
        let memory = HostMemory { total: shape.memory, system: shape.system_memory };
        let threads = u64::from(shape.cores) * u64::from(shape.threads_per_core);
        let present = Resources::new(Millicores(threads * 1000), memory.for_guests());
        Self { capacity: present.overcommitted(overcommit), memory }
    }

    /// Whether an empty host of this kind holds the need.
    pub(super) fn could_hold(&self, reserve: Resources, pinned: Bytes) -> bool {
        reserve.fits_in(self.capacity) && pinned <= self.memory.for_guests()
    }
}

/// Memory of a host as it is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUse {
    /// Physical memory in use, the host's own included.
    pub physical: Bytes,
    /// What page sharing saves.
    pub shared: Bytes,
    /// What balloons have taken.
    pub ballooned: Bytes,
    /// What is in the hypervisor's swap.
    pub swapped: Bytes,
}

#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) up: bool,
    /// Takes no VMs for now.
    pub(super) in_maintenance: bool,
    pub(super) memory: HostMemory,
    /// The VMs placed here, powered on or not.
    pub(super) vms: Vec<VmId>,
    /// Memory that must stay backed, of the VMs here and of those migrating here.
    pub(super) pinned: Bytes,
    /// Memory that the powered VMs have touched, and what the hypervisor needs for them.
    pub(super) wanted: Bytes,
    pub(super) usage: MemoryUse,
}

impl Host {
    pub(super) fn new(spec: HostSpec) -> Self {
        let mut host = Self {
            up: true,
            in_maintenance: false,
            memory: spec.memory,
            vms: Vec::new(),
            pinned: Bytes(0),
            wanted: Bytes(0),
            usage: MemoryUse::default(),
        };
        host.use_memory(Bytes(0));
        host
    }

    /// Whether memory that must stay backed can be promised beside what is.
    pub(super) fn can_pin(&self, more: Bytes) -> bool {
        let pinned = self.pinned.0.saturating_add(more.0);
        pinned <= self.memory.for_guests().0
    }

    /// Counts a powered VM's memory in, or its present memory instead of that `before`.
    pub(super) fn want(&mut self, before: GuestMemory, after: GuestMemory) {
        let with = self.wanted.0 + after.touched.0 + after.overhead.0;
        self.wanted.0 = with - before.touched.0 - before.overhead.0;
    }

    /// Backs all that is wanted but what sharing saves; nothing is reclaimed.
    pub(super) fn use_memory(&mut self, shared: Bytes) {
        let system = self.memory.system.min(self.memory.total);
        let physical = Bytes(system.0 + self.wanted.0 - shared.0);
        self.usage = MemoryUse { physical, shared, ..MemoryUse::default() };
    }

    /// Physical memory in use; none while out of service.
    pub(super) fn physical(&self) -> Bytes {
        if self.up { self.usage.physical } else { Bytes(0) }
    }

    /// Whether all that is wanted can be backed.
    pub(super) fn has_enough(&self) -> bool {
        self.wanted.0 - self.usage.shared.0 <= self.memory.for_guests().0
    }

    /// Whether memory is reclaimed at present.
    pub(super) fn is_pressed(&self) -> bool {
        self.usage.ballooned.0 > 0 || self.usage.swapped.0 > 0
    }
}
