//! Keeps each host's memory shared out among its guests.

use super::memory::{GuestMemory, Reclaimed};
use super::{HostId, Hypervisor, VmId, VmNotice};
use crate::units::Bytes;

impl Hypervisor {
    /// Sets how much memory is in use inside a VM, its guest's own included. No more is counted
    /// than the VM has. Before power-on it has no effect.
    pub fn set_active_memory(&mut self, vm: VmId, active: Bytes, notices: &mut Vec<VmNotice>) {
        let Some(it) = self.vms.get_mut(vm.0).filter(|it| it.state.is_powered()) else {
            return;
        };
        let before = it.memory;
        it.memory.set_active(active);
        let (after, host) = (it.memory, it.host.expect("a powered VM is on a host"));
        if before == after {
            return;
        }
        self.hosts[host.index()].want(before, after);
        self.share_out_unless_plentiful(host, notices);
        self.count_physical(host);
    }

    /// Counts a VM's memory in on its host: it was powered on, or has come from another.
    pub(super) fn back_memory(&mut self, vm: VmId, host: HostId, notices: &mut Vec<VmNotice>) {
        let memory = self.vms[vm.0].memory;
        self.hosts[host.index()].want(GuestMemory::default(), memory);
        self.memory_joined_or_left(host, notices);
    }

    /// Gives up a VM's memory on a host: it is off, or has gone to another.
    pub(super) fn release_memory(&mut self, vm: VmId, host: HostId, notices: &mut Vec<VmNotice>) {
        let memory = self.vms[vm.0].memory;
        self.vms[vm.0].reclaimed = Reclaimed::NOTHING;
        self.hosts[host.index()].want(memory, GuestMemory::default());
        self.memory_joined_or_left(host, notices);
    }

    /// What is shared depends on which guests there are, and on nothing else.
    fn memory_joined_or_left(&mut self, host: HostId, notices: &mut Vec<VmNotice>) {
        match self.rules.page_sharing > 0.0 {
            true => self.share_out(host, notices),
            false => self.share_out_unless_plentiful(host, notices),
        }
        self.count_physical(host);
    }

    /// The common case costs the same for any number of guests.
    fn share_out_unless_plentiful(&mut self, host: HostId, notices: &mut Vec<VmNotice>) {
        let books = &mut self.hosts[host.index()];
        match books.has_enough() && !books.is_pressed() {
            true => books.use_memory(books.usage.shared),
            false => self.share_out(host, notices),
        }
    }

    /// Takes note of the memory in use on a host.
    pub(super) fn count_physical(&mut self, host: HostId) {
        self.physical[host.index()] = self.hosts[host.index()].physical();
    }

    /// Shares a host's memory out anew, and tells whose slowdown changed.
    fn share_out(&mut self, host: HostId, notices: &mut Vec<VmNotice>) {
        let books = &mut self.hosts[host.index()];
        let vms = &mut self.vms;
        let powered = |&vm: &VmId| vms[vm.0].state.is_powered() && vms[vm.0].host == Some(host);
        self.guests.clear();
        self.powered.clear();
        self.powered.extend(books.vms.iter().copied().filter(powered));
        self.guests.extend(self.powered.iter().map(|vm| vms[vm.0].memory));
        self.reclamation.solve(&self.rules, books.memory, &self.guests);
        books.usage.physical = self.reclamation.physical;
        books.usage.shared = self.reclamation.shared;
        (books.usage.ballooned, books.usage.swapped) = (Bytes(0), Bytes(0));
        for (&id, &reclaimed) in self.powered.iter().zip(&self.reclamation.guests) {
            books.usage.ballooned.0 += reclaimed.ballooned.0;
            books.usage.swapped.0 += reclaimed.swapped.0;
            let vm = &mut vms[id.0];
            let before = std::mem::replace(&mut vm.reclaimed, reclaimed).slowdown;
            if before != reclaimed.slowdown {
                let (owner, factor) = (vm.spec.owner, reclaimed.slowdown);
                notices.push(VmNotice::Slowdown { vm: id, owner, factor });
            }
        }
    }
}
