//! The hypervisor: virtual machines on hosts.
//!
//! [`Hypervisor`] owns the hosts of one cluster as far as VMs are placed on them and share their
//! memory. It places VMs by a [policy](crate::placement), has those wait that find no room,
//! carries each through provisioning and boot to its end, reclaims memory where it is overcommitted
//! ([`memory`]), migrates VMs while they run ([`precopy`]), and answers for every one of them
//! ([`Accounting`]).
//!
//! It does not run what is in the VMs: which VM gets how much CPU is a matter of the host's cores,
//! and whoever owns both connects them by the notices [`VmNotice::Running`],
//! [`VmNotice::Slowdown`], [`VmNotice::Paused`] and [`VmNotice::Resumed`].
//!
//! Nothing here is random: durations come ready drawn in the [`VmSpec`].
//!
//! A VM's way (rejected, stopped and failed VMs are only counted; any but the first may fail):
//!
//! ```text
//! request ─┬─ Waiting ─┐                          ┌─ Migrating ── Paused ─┐
//!          ├───────────┴─ Provisioning ── Booting ── Running <────────────┘
//!          └─ rejected                                └─ Stopping ── stopped
//! ```

mod accounting;
mod admission;
mod apportion;
mod event;
mod host;
mod lifecycle;
pub mod memory;
mod migration;
pub mod precopy;
mod reclaim;
#[cfg(test)]
mod tests;
mod vm;
mod waiting;

pub use accounting::{Accounting, MigrationCount};
pub use event::{Migrated, MigrationRefused, RejectReason, VmEvent, VmNotice};
pub use host::{HostId, HostSpec, MemoryUse};
pub use memory::{GuestMemory, HostMemory, MemoryRules};
pub use precopy::{PreCopy, StopRules};
pub use vm::{VmId, VmSpec, VmState, WhenFull};

use crate::engine::{Schedule, Slab};
use crate::placement::{Bins, Pool, policy};
use crate::scenario::PlacementPolicy;
use crate::units::Bytes;
use host::Host;
use lifecycle::End;
use memory::Reclamation;
use migration::Migration;
use vm::Vm;
use waiting::Waiting;

/// The hypervisor of one cluster; see the [module documentation](self).
#[derive(Debug)]
pub struct Hypervisor {
    pool: Pool,
    hosts: Vec<Host>,
    /// Memory in use on each, close together, as it is asked of all of them again and again.
    physical: Vec<Bytes>,
    /// The distinct kinds of host, few where machines are bought in batches.
    shapes: Vec<HostSpec>,
    rules: MemoryRules,
    vms: Slab<Vm>,
    waiting: Waiting,
    migrations: Slab<Migration>,
    migration_count: MigrationCount,
    /// What is known of VMs that are no more; the rest of it is counted when asked for.
    ended: Accounting,
    /// Buffers for sharing out memory.
    reclamation: Reclamation,
    powered: Vec<VmId>,
    guests: Vec<GuestMemory>,
}

impl Hypervisor {
    /// A hypervisor over these hosts, all up and empty, numbered in their order.
    pub fn new(
        placement: PlacementPolicy,
        rules: MemoryRules,
        hosts: impl IntoIterator<Item = HostSpec>,
    ) -> Self {
        let specs: Vec<HostSpec> = hosts.into_iter().collect();
        let mut shapes: Vec<HostSpec> = Vec::new();
        for spec in &specs {
            if !shapes.contains(spec) {
                shapes.push(*spec);
            }
        }
        let pool = Pool::new(policy(placement), specs.iter().map(|spec| spec.capacity));
        let hosts: Vec<Host> = specs.into_iter().map(Host::new).collect();
        Self {
            pool,
            waiting: Waiting::new(hosts.len()),
            physical: hosts.iter().map(Host::physical).collect(),
            hosts,
            shapes,
            rules,
            vms: Slab::default(),
            migrations: Slab::default(),
            migration_count: MigrationCount::default(),
            ended: Accounting::default(),
            reclamation: Reclamation::default(),
            powered: Vec::new(),
            guests: Vec::new(),
        }
    }

    /// Handles an event that was scheduled earlier. One about a VM or a migration that is no more
    /// is dropped.
    pub fn on(
        &mut self,
        event: VmEvent,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        match event {
            VmEvent::Admit => {
                self.waiting.due = false;
                self.admit(schedule, notices);
            }
            VmEvent::Provisioned(tag) => {
                if let Some(vm) = self.current(tag) {
                    self.power_on(vm, schedule, notices);
                }
            }
            VmEvent::Booted(tag) => {
                if let Some(vm) = self.current(tag) {
                    self.run(vm, schedule, notices);
                }
            }
            VmEvent::Expired(tag) => {
                if let Some(vm) = self.current(tag) {
                    self.stop(vm, schedule, notices);
                }
            }
            VmEvent::ShutDown(tag) => {
                if let Some(vm) = self.current(tag) {
                    self.end(vm, End::Stopped, schedule, notices);
                }
            }
            VmEvent::RoundSent(tag) => {
                if let Some(migration) = self.migrations.current(tag) {
                    self.advance_migration(migration, schedule, notices);
                }
            }
            VmEvent::Switched(tag) => {
                if let Some(migration) = self.migrations.current(tag) {
                    self.switch(migration, schedule, notices);
                }
            }
        }
    }

    /// All hosts in ascending order.
    pub fn host_ids(&self) -> impl DoubleEndedIterator<Item = HostId> + use<> {
        (0..self.hosts.len() as u32).map(HostId)
    }

    /// Whether there never was a VM.
    pub fn is_unused(&self) -> bool {
        self.vms.places() == 0
    }

    /// Whether a host is in service.
    pub fn is_up(&self, host: HostId) -> bool {
        self.hosts[host.index()].up
    }

    /// Memory in use on each host, by its number; none of one that is out of service.
    pub fn physical_memory(&self) -> &[Bytes] {
        &self.physical
    }

    /// Memory of a host as it is in use.
    pub fn host_memory(&self, host: HostId) -> MemoryUse {
        self.hosts[host.index()].usage
    }

    /// The VMs placed on a host, in no meaningful order.
    pub fn vms_on(&self, host: HostId) -> &[VmId] {
        &self.hosts[host.index()].vms
    }

    /// What placement has promised on each host: the bin of a host has its number.
    pub fn bins(&self) -> &Bins {
        self.pool.bins()
    }

    /// Where a VM stands; none if it is no more.
    pub fn state(&self, vm: VmId) -> Option<VmState> {
        self.vms.get(vm.0).map(|vm| vm.state)
    }

    /// Which host a VM is on, once it was placed.
    pub fn host_of(&self, vm: VmId) -> Option<HostId> {
        self.vms.get(vm.0)?.host
    }

    /// What was asked for.
    pub fn spec(&self, vm: VmId) -> Option<&VmSpec> {
        self.vms.get(vm.0).map(|vm| &vm.spec)
    }

    /// Memory of a VM as the guest wants it.
    pub fn guest_memory(&self, vm: VmId) -> Option<GuestMemory> {
        self.vms.get(vm.0).map(|vm| vm.memory)
    }

    /// What is reclaimed of a VM's memory at present.
    pub fn reclaimed(&self, vm: VmId) -> Option<memory::Reclaimed> {
        self.vms.get(vm.0).map(|vm| vm.reclaimed)
    }

    /// Migrations so far.
    pub fn migration_count(&self) -> MigrationCount {
        self.migration_count
    }

    /// The most VMs that were alive at once: what memory use grows with.
    pub fn most_at_once(&self) -> usize {
        self.vms.places()
    }
}
