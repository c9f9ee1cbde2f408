//! Drains: hosts under maintenance, whose VMs are migrated away one after another. Hosts that are
//! themselves nodes of a Kubernetes cluster are drained as `kubectl drain` does it, instances of a
//! cluster of ECS as `update-container-instances-state` does.
//!
//! As an operator's tools do it (`openstack server migrate --live` for each server of a disabled
//! compute service; vSphere's maintenance mode): the host takes no new VMs, so many of its VMs as
//! are allowed leave at a time, each to where the cluster's placement policy would put it, and what
//! finds no room stays and is tried again whenever room is made. VMs that are not running yet
//! leave as soon as they are.

use super::{Owner, World};
use crate::hypervisor::{VmId, VmSpec, VmState};
use crate::machine::HostId;
use crate::scenario::ClusterKind;
use crate::sharing::flows::LinkId;

impl World<'_> {
    /// Whether a host is under maintenance.
    pub(super) fn is_drained(&self, host: HostId) -> bool {
        self.faults.drained[host.index()] > 0
    }

    /// The maintenance of a host begins.
    pub(super) fn begin_drain(&mut self, host: HostId) {
        self.faults.drained[host.index()] += 1;
        if self.cluster.kind == ClusterKind::Docker && self.cluster.vm.is_none() {
            let warning = "hosts were drained, but containers on bare metal cannot be migrated";
            self.recorder.warn(warning.into());
        }
        if self.cluster.kind == ClusterKind::Ecs && self.cluster.hosts.is_some() {
            let warning = "hosts were drained, but instances of EC2 are not migrated";
            self.recorder.warn(warning.into());
        }
        if self.faults.drained[host.index()] == 1 {
            self.drain_node(host, true);
            self.drain_instance(host, true);
        }
        if self.migrates_vms(host) {
            self.hypervisor.enter_maintenance(host);
            self.continue_drain(host);
        }
    }

    /// The maintenance of a host is over: it takes VMs again.
    pub(super) fn end_drain(&mut self, host: HostId) {
        if self.faults.drained[host.index()] == 1 {
            let stayed = self.stayed(host);
            self.recorder.warnings.extend(stayed);
        }
        self.faults.drained[host.index()] -= 1;
        if self.is_drained(host) {
            return;
        }
        self.drain_node(host, false);
        self.drain_instance(host, false);
        if self.migrates_vms(host) {
            self.hypervisor.leave_maintenance(host, &mut self.calendar);
        }
        if std::mem::take(&mut self.faults.nodes_wait[host.index()]) {
            self.start_nodes_on(host);
        }
        self.room_made();
        self.continue_drains();
    }

    /// What the reader must know of the drains that last to the end.
    pub(super) fn unfinished_drains(&self) -> Vec<String> {
        let drained = self.hypervisor.host_ids().filter(|&host| self.is_drained(host));
        drained.filter_map(|host| self.stayed(host)).collect()
    }

    /// Says so where VMs or pods are still on a host that was to be empty.
    fn stayed(&self, host: HostId) -> Option<String> {
        let kept = self.kept_on_node(host);
        if kept > 0 {
            let pods = if kept == 1 { "1 pod".into() } else { format!("{kept} pods") };
            let number = host.0;
            return Some(format!(
                "host {number} was not drained: disruption budgets kept {pods} on it"
            ));
        }
        if !self.migrates_vms(host) {
            return None;
        }
        let (mut stuck, mut late) = (0, 0);
        for &vm in self.hypervisor.vms_on(host) {
            match self.hypervisor.state(vm) {
                Some(VmState::Migrating | VmState::Paused) => late += 1,
                _ if self.migrations.out_of(host) > 0 => late += 1,
                _ => stuck += 1,
            }
        }
        let number = host.0;
        let amount = |count: u32| if count == 1 { "1 VM".into() } else { format!("{count} VMs") };
        let (stuck_vms, late_vms) = (amount(stuck), amount(late));
        if stuck > 0 {
            return Some(format!(
                "host {number} was not drained: no other host had room for {stuck_vms}"
            ));
        }
        (late > 0).then(|| {
            format!("host {number} was not drained in time: {late_vms} had not left it yet")
        })
    }

    /// Goes on with all drains, for there may be room now.
    pub(super) fn continue_drains(&mut self) {
        for host in self.hypervisor.host_ids() {
            self.continue_drain(host);
        }
    }

    /// Has the next VMs leave a host that is drained.
    pub(super) fn continue_drain(&mut self, host: HostId) {
        let is_left = self.is_drained(host) && self.migrates_vms(host);
        if !is_left || !self.hypervisor.is_up(host) {
            return;
        }
        while self.migrations.out_of(host) < self.cluster.migration.parallel {
            let Some((vm, to)) = self.next_to_leave(host) else { return };
            self.migrate(vm, host, to);
        }
    }

    /// The first running VM of a host that has room elsewhere, and where.
    fn next_to_leave(&mut self, host: HostId) -> Option<(VmId, HostId)> {
        let mut vms = self.hypervisor.vms_on(host).to_vec();
        vms.sort_unstable();
        vms.into_iter().find_map(|vm| {
            let running = self.hypervisor.state(vm) == Some(VmState::Running);
            let spec = *self.hypervisor.spec(vm).filter(|_| running)?;
            Some((vm, self.room_elsewhere(&spec)?))
        })
    }

    fn room_elsewhere(&mut self, spec: &VmSpec) -> Option<HostId> {
        let apart = match Owner::of(spec.owner) {
            Owner::Replica(replica) => self.hosts_apart_of(&[replica]),
            Owner::Node(node) => self.hosts_apart_of(&self.replicas_on(node)),
            Owner::Fleet(_) | Owner::Instance(_) | Owner::Job(_) | Owner::Unit(_) => None,
        };
        self.hypervisor
            .room_for(spec, |host| apart.as_ref().is_none_or(|apart| apart[host.index()]))
    }

    /// The network card of a host, where anything is transferred over it.
    pub(super) fn nic(&self, host: HostId) -> Option<LinkId> {
        self.nodes.lines.routes.get(host.index())?.last().copied()
    }
}
