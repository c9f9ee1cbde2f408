//! The life of a VM on its host, from placement to its end.

use super::host::bin;
use super::vm::VmState;
use super::{HostId, Hypervisor, VmEvent, VmId, VmNotice};
use crate::engine::{Phase, Schedule};

/// How a VM ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Stopped,
    Failed,
}

impl Hypervisor {
    /// Has a VM stop: one that runs shuts down first, if that takes it any time; one that waits,
    /// is being provisioned or boots is gone at once. Of a VM that stops already, or is no more,
    /// nothing comes.
    pub fn stop(
        &mut self,
        vm: VmId,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        let Some(it) = self.vms.get(vm.0).filter(|it| it.state != VmState::Stopping) else {
            return;
        };
        let (owner, shutdown) = (it.spec.owner, it.spec.shutdown);
        if !it.state.is_running() || shutdown.is_zero() {
            return self.end(vm, End::Stopped, schedule, notices);
        }
        self.call_off_migration(vm, schedule, notices);
        self.vms[vm.0].state = VmState::Stopping;
        notices.push(VmNotice::Stopping { vm, owner });
        schedule.after(shutdown, Phase::Release, VmEvent::ShutDown(self.vms.tag(vm.0)));
    }

    /// Has a VM fail by itself, wherever it stands.
    pub fn fail(
        &mut self,
        vm: VmId,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        if self.vms.get(vm.0).is_some() {
            self.end(vm, End::Failed, schedule, notices);
        }
    }

    /// Takes a host out of service at once: every VM on it fails, every migration to it ends.
    /// Whether the VMs are asked for again is their owners' decision.
    pub fn host_down(
        &mut self,
        host: HostId,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        if !std::mem::replace(&mut self.hosts[host.index()].up, false) {
            return;
        }
        self.count_physical(host);
        self.pool.set_open(bin(host), false);
        self.drop_migrations_to(host, schedule, notices);
        let mut lost = self.hosts[host.index()].vms.clone();
        lost.sort_unstable();
        for vm in lost {
            self.end(vm, End::Failed, schedule, notices);
        }
    }

    /// Puts a host back into service, empty.
    pub fn host_up(&mut self, host: HostId, schedule: &mut impl Schedule<VmEvent>) {
        if !std::mem::replace(&mut self.hosts[host.index()].up, true) {
            self.count_physical(host);
            self.open_if_in_service(host, schedule);
        }
    }

    /// Has a host take no more VMs, be they new or on their way from another host. Those it has
    /// stay, and migrations to it that have begun go on: moving them is the caller's business.
    pub fn enter_maintenance(&mut self, host: HostId) {
        self.hosts[host.index()].in_maintenance = true;
        self.pool.set_open(bin(host), false);
    }

    /// Has a host take VMs again.
    pub fn leave_maintenance(&mut self, host: HostId, schedule: &mut impl Schedule<VmEvent>) {
        if std::mem::replace(&mut self.hosts[host.index()].in_maintenance, false) {
            self.open_if_in_service(host, schedule);
        }
    }

    fn open_if_in_service(&mut self, host: HostId, schedule: &mut impl Schedule<VmEvent>) {
        let books = &self.hosts[host.index()];
        if books.up && !books.in_maintenance {
            self.pool.set_open(bin(host), true);
            self.room_was_made(host, schedule);
        }
    }

    /// Puts a VM on a host that has room for it.
    pub(super) fn place(
        &mut self,
        vm: VmId,
        host: HostId,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        let it = &mut self.vms[vm.0];
        it.state = VmState::Provisioning;
        let (spec, pinned) = (it.spec, it.memory.pinned());
        self.take(host, spec.reserve, pinned);
        self.list_on_host(vm, host);
        notices.push(VmNotice::Placed { vm, owner: spec.owner, host });
        match spec.provision.is_zero() {
            true => self.power_on(vm, schedule, notices),
            false => {
                let event = VmEvent::Provisioned(self.vms.tag(vm.0));
                schedule.after(spec.provision, Phase::Arrive, event);
            }
        }
    }

    /// Powers a provisioned VM on.
    pub(super) fn power_on(
        &mut self,
        vm: VmId,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        let it = &mut self.vms[vm.0];
        it.state = VmState::Booting;
        let (host, boot) = (it.host.expect("a provisioned VM is on a host"), it.spec.boot);
        self.back_memory(vm, host, notices);
        match boot.is_zero() {
            true => self.run(vm, schedule, notices),
            false => {
                let event = VmEvent::Booted(self.vms.tag(vm.0));
                schedule.after(boot, Phase::Arrive, event);
            }
        }
    }

    /// The guest of a booting VM is up.
    pub(super) fn run(
        &mut self,
        vm: VmId,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        let it = &mut self.vms[vm.0];
        it.state = VmState::Running;
        let (owner, host) = (it.spec.owner, it.host.expect("a booted VM is on a host"));
        notices.push(VmNotice::Running { vm, owner, host });
        if let Some(lifetime) = it.spec.lifetime {
            let event = VmEvent::Expired(self.vms.tag(vm.0));
            schedule.after(lifetime, Phase::Release, event);
        }
    }

    /// Ends a VM, wherever it stands, and gives back all it holds.
    pub(super) fn end(
        &mut self,
        vm: VmId,
        end: End,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        self.drop_migration(vm, schedule, notices);
        let host = self.vms[vm.0].host;
        if host.is_some() {
            self.leave_host(vm, schedule, notices);
        }
        let spec = self.vms.remove(vm.0).spec;
        if host.is_none() {
            self.waiting.leave(spec.host, &self.vms);
            self.line_moved(spec.host, schedule);
        }
        let owner = spec.owner;
        match end {
            End::Stopped => {
                self.ended.stopped += 1;
                notices.push(VmNotice::Stopped { vm, owner, host });
            }
            End::Failed => {
                self.ended.failed += 1;
                notices.push(VmNotice::Failed { vm, owner, host });
            }
        }
    }

    /// Enters a VM into a host's list.
    pub(super) fn list_on_host(&mut self, vm: VmId, host: HostId) {
        let listed = &mut self.hosts[host.index()].vms;
        let it = &mut self.vms[vm.0];
        (it.host, it.position) = (Some(host), listed.len());
        listed.push(vm);
    }

    /// Takes a VM off its host: the list, the memory and the reservation.
    pub(super) fn leave_host(
        &mut self,
        vm: VmId,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        let it = &mut self.vms[vm.0];
        let host = it.host.take().expect("a placed VM is on a host");
        let (position, powered) = (it.position, it.state.is_powered());
        let (reserve, pinned) = (it.spec.reserve, it.memory.pinned());
        let listed = &mut self.hosts[host.index()].vms;
        listed.swap_remove(position);
        if let Some(&moved) = listed.get(position) {
            self.vms[moved.0].position = position;
        }
        if powered {
            self.release_memory(vm, host, notices);
        }
        self.give(host, reserve, pinned, schedule);
    }
}
