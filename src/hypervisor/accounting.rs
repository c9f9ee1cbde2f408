//! The proof that no VM is lost, and that hosts hold what their VMs reserve.

use super::host::bin;
use super::vm::VmState;
use super::{HostId, Hypervisor};
use crate::placement::Resources;

/// Where all VMs that were ever asked for have gone. Those that have ended are counted as they
/// end, those that have not by looking at each: that both add up is not built in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounting {
    /// Asked for.
    pub requested: u64,
    /// Turned away.
    pub rejected: u64,
    /// Waiting for room.
    pub waiting: u64,
    /// Placed, not yet powered on.
    pub provisioning: u64,
    /// Powered on, not yet usable.
    pub booting: u64,
    /// Running, be it while migrating or paused for it.
    pub running: u64,
    /// Told to stop, not yet off.
    pub stopping: u64,
    /// Ended as they should.
    pub stopped: u64,
    /// Ended otherwise.
    pub failed: u64,
}

impl Accounting {
    /// Whether each VM is in exactly one state.
    pub fn balances(&self) -> bool {
        let on_hosts = self.provisioning + self.booting + self.running + self.stopping;
        let ended = self.rejected + self.stopped + self.failed;
        self.requested == ended + self.waiting + on_hosts
    }
}

/// Migrations so far. Those under way are what is missing to `started`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MigrationCount {
    /// Begun.
    pub started: u64,
    /// Complete.
    pub completed: u64,
    /// Come to nothing.
    pub failed: u64,
}

impl Hypervisor {
    /// Where all VMs have gone. Looks at every VM there is.
    pub fn accounting(&self) -> Accounting {
        let mut accounting = self.ended;
        for (_, vm) in self.vms.iter() {
            *match vm.state {
                VmState::Waiting => &mut accounting.waiting,
                VmState::Provisioning => &mut accounting.provisioning,
                VmState::Booting => &mut accounting.booting,
                VmState::Running | VmState::Migrating | VmState::Paused => &mut accounting.running,
                VmState::Stopping => &mut accounting.stopping,
            } += 1;
        }
        accounting
    }

    /// Checks every book against the VMs themselves. Looks at every VM and host there is.
    ///
    /// # Panics
    /// When a book is wrong.
    pub fn audit(&self) {
        assert!(self.accounting().balances(), "a VM was lost: {:?}", self.accounting());
        let waiting = self.vms.iter().filter(|(_, vm)| vm.state == VmState::Waiting).count();
        assert_eq!(waiting == 0, self.waiting.is_empty(), "the lines hold those who wait");
        for host in self.host_ids() {
            self.audit_host(host);
        }
    }

    fn audit_host(&self, host: HostId) {
        let (mut used, mut pinned, mut wanted) = (Resources::ZERO, 0, 0);
        let here = |vm: &super::vm::Vm| vm.host == Some(host);
        for (_, vm) in self.vms.iter() {
            let coming = vm.migration.is_some_and(|it| self.migrations[it].to == host);
            if here(vm) || coming {
                used = used.checked_add(vm.spec.reserve).expect("reserves were taken one by one");
                pinned += vm.memory.pinned().0;
            }
            if here(vm) && vm.state.is_powered() {
                wanted += vm.memory.touched.0 + vm.memory.overhead.0;
            }
        }
        let books = &self.hosts[host.index()];
        assert_eq!(self.pool.bins().ledger(bin(host)).used(), used, "reserved on {host:?}");
        assert_eq!((books.pinned.0, books.wanted.0), (pinned, wanted), "memory of {host:?}");
        let count = self.vms.iter().filter(|(_, vm)| here(vm)).count();
        assert_eq!(books.vms.len(), count, "VMs on {host:?}");
        assert!(books.up || count == 0, "a host that is down has no VMs");
        assert_eq!(self.physical[host.index()], books.physical(), "memory in use on {host:?}");
        assert!(books.usage.physical <= books.memory.total.max(books.memory.system));
    }
}
