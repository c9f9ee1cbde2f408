//! Live migration as it happens: round by round, each as long as the rates of its start make it.
//!
//! The VM's reservation is taken on the target from the start and held on both hosts until the
//! switch. Its memory is counted on the source until then, and on the target afterwards.

use super::precopy::{PreCopy, Progress, Step};
use super::vm::VmState;
use super::{HostId, Hypervisor, Migrated, MigrationRefused, VmEvent, VmId, VmNotice};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::units::{Bandwidth, Bytes};

/// A migration under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Migration {
    vm: VmId,
    pub(super) to: HostId,
    how: PreCopy,
    progress: Progress,
    began: SimTime,
    downtime: SimDuration,
}

impl Hypervisor {
    /// Begins to migrate a VM, to the host named or to the one that placement chooses. What is
    /// sent is the memory the VM has touched, less what its balloon took. Returns the target.
    ///
    /// # Errors
    /// When the VM cannot be migrated now; nothing has changed then.
    pub fn migrate(
        &mut self,
        vm: VmId,
        to: Option<HostId>,
        how: PreCopy,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) -> Result<HostId, MigrationRefused> {
        let it = self.vms.get(vm.0).filter(|it| it.state == VmState::Running);
        let it = *it.ok_or(MigrationRefused::NotRunning)?;
        let from = it.host.expect("a running VM is on a host");
        let to = self.choose(it.spec.reserve, it.memory.pinned(), to, Some(from));
        let to = to.ok_or(MigrationRefused::NoRoom)?;
        self.take(to, it.spec.reserve, it.memory.pinned());
        let memory = it.memory.touched.0 - it.reclaimed.ballooned.0;
        let index = self.migrations.insert(Migration {
            vm,
            to,
            how,
            progress: Progress::new(Bytes(memory)),
            began: schedule.now(),
            downtime: SimDuration::ZERO,
        });
        let it = &mut self.vms[vm.0];
        (it.state, it.migration) = (VmState::Migrating, Some(index));
        self.migration_count.started += 1;
        notices.push(VmNotice::MigrationStarted { vm, owner: it.spec.owner, from, to });
        self.advance_migration(index, schedule, notices);
        Ok(to)
    }

    /// Changes the rates of a migration under way, from its next round on. Returns whether there
    /// is one.
    pub fn set_migration_rates(&mut self, vm: VmId, link: Bandwidth, dirty: Bandwidth) -> bool {
        let Some(index) = self.vms.get(vm.0).and_then(|vm| vm.migration) else {
            return false;
        };
        let how = &mut self.migrations[index].how;
        (how.link, how.dirty) = (link, dirty);
        true
    }

    /// Begins the next round, or the last part.
    pub(super) fn advance_migration(
        &mut self,
        index: u32,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        let tag = self.migrations.tag(index);
        let migration = &mut self.migrations[index];
        match migration.progress.advance(&migration.how) {
            Step::Round(length) => {
                schedule.after(length, Phase::Release, VmEvent::RoundSent(tag));
            }
            Step::StopAndCopy(downtime) => {
                migration.downtime = downtime;
                let vm = migration.vm;
                let it = &mut self.vms[vm.0];
                it.state = VmState::Paused;
                notices.push(VmNotice::Paused { vm, owner: it.spec.owner });
                schedule.after(downtime, Phase::Release, VmEvent::Switched(tag));
            }
        }
    }

    /// The VM resumes on the target, and the source is rid of it.
    pub(super) fn switch(
        &mut self,
        index: u32,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        let Migration { vm, to, progress, began, downtime, .. } = self.migrations.remove(index);
        let it = &mut self.vms[vm.0];
        let from = it.host.expect("a migrating VM is on a host");
        let (owner, slowdown) = (it.spec.owner, it.reclaimed.slowdown);
        it.migration = None;
        self.leave_host(vm, schedule, notices);
        self.vms[vm.0].state = VmState::Running;
        self.list_on_host(vm, to);
        notices.push(VmNotice::Resumed { vm, owner, host: to });
        if slowdown != 1.0 {
            notices.push(VmNotice::Slowdown { vm, owner, factor: 1.0 });
        }
        self.back_memory(vm, to, notices);
        self.migration_count.completed += 1;
        let total = schedule.now().since(began);
        let (rounds, data) = (progress.rounds, progress.data);
        let migrated = Migrated { rounds, data, downtime, total };
        notices.push(VmNotice::Migrated { vm, owner, from, migrated });
    }

    /// Ends a VM's migration, if there is one, and leaves the VM as it is.
    pub(super) fn drop_migration(
        &mut self,
        vm: VmId,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        let it = &mut self.vms[vm.0];
        let Some(index) = it.migration.take() else {
            return;
        };
        let (reserve, pinned, owner) = (it.spec.reserve, it.memory.pinned(), it.spec.owner);
        let to = self.migrations.remove(index).to;
        self.give(to, reserve, pinned, schedule);
        self.migration_count.failed += 1;
        notices.push(VmNotice::MigrationFailed { vm, owner, to });
    }

    /// Ends every migration to a host that is no more; the VMs run on where they were.
    pub(super) fn drop_migrations_to(
        &mut self,
        host: HostId,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        let coming = self.migrations.iter().filter(|(_, migration)| migration.to == host);
        let coming: Vec<VmId> = coming.map(|(_, migration)| migration.vm).collect();
        for vm in coming {
            self.call_off_migration(vm, schedule, notices);
        }
    }

    /// Ends a VM's migration, if there is one; the VM runs on where it was.
    pub(super) fn call_off_migration(
        &mut self,
        vm: VmId,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        self.drop_migration(vm, schedule, notices);
        let it = &mut self.vms[vm.0];
        let before = std::mem::replace(&mut it.state, VmState::Running);
        if before == VmState::Paused {
            let host = it.host.expect("a migrating VM is on a host");
            notices.push(VmNotice::Resumed { vm, owner: it.spec.owner, host });
        }
    }
}
