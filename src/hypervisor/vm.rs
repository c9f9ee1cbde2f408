//! One virtual machine: what was asked for, and where it stands.

use super::HostId;
use super::memory::{GuestMemory, Reclaimed};
use crate::engine::SimDuration;
use crate::placement::Resources;
use crate::units::{Bytes, Millicores};

/// Number of a VM. Numbers of VMs that have ended are given out again: after a notice that a VM
/// stopped or failed, its number means nothing until [`request`](super::Hypervisor::request)
/// returns it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VmId(pub u32);

/// A request for a VM. All durations are ready drawn: nothing here is random.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VmSpec {
    /// Whose it is: handed back in notices, and not looked at.
    pub owner: u32,
    /// Virtual CPUs.
    pub vcpus: u32,
    /// Configured memory.
    pub memory: Bytes,
    /// What placement counts, against the host's capacity times the overcommit factors. As a rule
    /// [`VmSpec::whole`].
    pub reserve: Resources,
    /// Memory that is physically guaranteed: never reclaimed, and not overcommitted.
    pub memory_reservation: Bytes,
    /// Placed on this host only; migration may take it elsewhere.
    pub host: Option<HostId>,
    /// What becomes of it if no host has room.
    pub when_full: WhenFull,
    /// From placement to power-on: cloning the disk, defining the VM.
    pub provision: SimDuration,
    /// From power-on to a usable guest.
    pub boot: SimDuration,
    /// From the order to stop to power-off. Zero: pulling the plug.
    pub shutdown: SimDuration,
    /// It stops by itself after running for so long.
    pub lifetime: Option<SimDuration>,
    /// Memory the idle guest uses itself.
    pub guest_memory: Bytes,
    /// Memory the hypervisor needs for it, beside its own.
    pub hypervisor_memory: Bytes,
    /// Memory in use from power-on, the guest's own included.
    pub active_memory: Bytes,
}

impl VmSpec {
    /// What a VM reserves that is placed by its size: all its vCPUs, and its memory with what the
    /// hypervisor needs for it.
    pub fn whole(vcpus: u32, memory: Bytes, hypervisor_memory: Bytes) -> Resources {
        let cpu = Millicores(u64::from(vcpus) * 1000);
        Resources::new(cpu, Bytes(memory.0.saturating_add(hypervisor_memory.0)))
    }
}

/// What becomes of a request that no host has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhenFull {
    /// It waits, first come, first served.
    Wait,
    /// It is rejected.
    Reject,
}

/// Where a VM stands. One that was rejected, stopped or failed has no state any more: it is only
/// counted, in [`Accounting`](super::Accounting).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VmState {
    /// No host has room yet.
    Waiting,
    /// Placed; its disk is being cloned.
    Provisioning,
    /// Powered on; its guest is starting.
    Booting,
    /// Its guest works.
    Running,
    /// Running while its memory is copied to another host.
    Migrating,
    /// Paused for the last part of a migration.
    Paused,
    /// Told to stop, and still there.
    Stopping,
}

impl VmState {
    /// Whether the VM has memory on a host.
    pub(super) fn is_powered(self) -> bool {
        !matches!(self, Self::Waiting | Self::Provisioning)
    }

    /// Whether its guest is up, be it paused for the moment.
    pub(super) fn is_running(self) -> bool {
        matches!(self, Self::Running | Self::Migrating | Self::Paused)
    }
}

/// A VM that has not ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vm {
    pub(super) spec: VmSpec,
    pub(super) state: VmState,
    /// Where it is, once placed.
    pub(super) host: Option<HostId>,
    /// Its place in the host's list.
    pub(super) position: usize,
    pub(super) memory: GuestMemory,
    pub(super) reclaimed: Reclaimed,
    /// Its migration, while there is one.
    pub(super) migration: Option<u32>,
}

impl Vm {
    pub(super) fn new(spec: VmSpec) -> Self {
        let footprint = spec.guest_memory.min(spec.memory);
        let mut memory = GuestMemory {
            configured: spec.memory,
            footprint,
            reservation: spec.memory_reservation.min(spec.memory),
            overhead: spec.hypervisor_memory,
            ..GuestMemory::default()
        };
        memory.set_active(spec.active_memory);
        Self {
            spec,
            state: VmState::Waiting,
            host: None,
            position: 0,
            memory,
            reclaimed: Reclaimed::NOTHING,
            migration: None,
        }
    }
}

impl GuestMemory {
    /// Sets the working set, within what is configured and not below the guest's own; what was
    /// touched once stays touched.
    pub(super) fn set_active(&mut self, active: Bytes) {
        self.active = active.max(self.footprint).min(self.configured);
        self.touched = self.touched.max(self.active);
    }
}
