//! Live migrations: how fast they go, and what moves with a VM.
//!
//! The hypervisor knows rounds and downtimes; here the CPU of the hosts follows. While its memory
//! is copied a VM runs where it was, more slowly; paused, all in it stands still and nothing is
//! lost; then its part of the CPU, with all jobs in it as far as they have come, goes on at the
//! other host.
//!
//! Migrations take network bandwidth before image pulls do: those through one network card share it
//! equally, each within its limit, and pulls have what is left. Rates hold for a round: they change
//! with the next one. Disks are shared storage, as live migration of KVM and ESXi has it by
//! default: only memory is sent. Waits that are not for a CPU go on while a VM is paused.

use super::nodes::vm_share;
use super::{Owner, World};
use crate::hypervisor::PreCopy;
use crate::hypervisor::{Migrated, VmId, VmState};
use crate::machine::HostId;
use crate::metrics::summary::MigrationAccount;
use crate::sharing::{GroupId, LeafId, ShareTree};
use crate::units::Bandwidth;
use crate::workload::Work;

/// A migration that is under way.
#[derive(Clone, Copy, Debug)]
struct UnderWay {
    vm: VmId,
    from: HostId,
    to: HostId,
}

/// Migrations of a cluster.
#[derive(Debug, Default)]
pub(super) struct Migrations {
    under_way: Vec<UnderWay>,
    account: MigrationAccount,
}

impl Migrations {
    /// VMs that are leaving a host.
    pub fn out_of(&self, host: HostId) -> u32 {
        self.under_way.iter().filter(|it| it.from == host).count() as u32
    }

    fn towards(&self, host: HostId) -> u32 {
        self.under_way.iter().filter(|it| it.to == host).count() as u32
    }

    fn end(&mut self, vm: VmId) -> UnderWay {
        let place = self.under_way.iter().position(|it| it.vm == vm);
        self.under_way.remove(place.expect("a migration that ends was under way"))
    }

    /// Starts the measurement anew; migrations under way count as started.
    pub fn restart(&mut self) {
        let started = self.under_way.len() as u64;
        self.account = MigrationAccount { started, ..MigrationAccount::default() };
    }
}

impl World<'_> {
    /// The migrations of the measured time.
    pub(super) fn migration_account(&self) -> MigrationAccount {
        let under_way = self.migrations.under_way.len() as u64;
        MigrationAccount { under_way, ..self.migrations.account }
    }

    /// Begins to migrate a running VM to a host that has room.
    pub(super) fn migrate(&mut self, vm: VmId, from: HostId, to: HostId) {
        let spec = self.hypervisor.spec(vm).expect("a VM that runs has a specification");
        let (memory, owner) = (spec.memory, spec.owner);
        self.migrations.under_way.push(UnderWay { vm, from, to });
        self.migrations.account.started += 1;
        if let Owner::Replica(replica) = Owner::of(owner) {
            self.count_on_host(replica, to, 1);
        }
        let link = self.migration_rate(from, to);
        let how = PreCopy::of(&self.cluster.migration, memory, link);
        let (calendar, notices) = (&mut self.calendar, &mut self.inbox.vms);
        let begun = self.hypervisor.migrate(vm, Some(to), how, calendar, notices);
        assert_eq!(begun, Ok(to), "a running VM migrates to where there is room");
        self.share_network(to);
    }

    /// An equal part of both network cards, which send and receive independently.
    fn migration_rate(&self, from: HostId, to: HostId) -> Bandwidth {
        let sharers = self.migrations.out_of(from).max(self.migrations.towards(to));
        let part = self.shapes[from.index()].network.0.min(self.shapes[to.index()].network.0)
            / f64::from(sharers.max(1));
        Bandwidth(self.cluster.migration.bandwidth.0.min(part))
    }

    /// Brings rates in line with the migrations there are, after one to this host began or ended.
    fn share_network(&mut self, changed: HostId) {
        let dirty = self.cluster.migration.dirty_rate;
        let mut taken = vec![(changed, 0.0)];
        for index in 0..self.migrations.under_way.len() {
            let UnderWay { vm, from, to } = self.migrations.under_way[index];
            let rate = self.migration_rate(from, to);
            self.hypervisor.set_migration_rates(vm, rate, dirty);
            match taken.iter_mut().find(|(host, _)| *host == to) {
                Some((_, sum)) => *sum += rate.0,
                None => taken.push((to, rate.0)),
            }
        }
        let now = self.now();
        for (host, taken) in taken {
            if let Some(nic) = self.nic(host) {
                let left = Bandwidth((self.shapes[host.index()].network.0 - taken).max(0.0));
                self.network.set_capacity(now, nic, left);
            }
        }
        self.network_changed();
    }

    /// A VM runs on its new host, after so much.
    pub(super) fn migration_done(&mut self, vm: VmId, migrated: Migrated) {
        let UnderWay { from, to, .. } = self.migrations.end(vm);
        let account = &mut self.migrations.account;
        account.completed += 1;
        account.copied += migrated.data.0;
        account.downtime += migrated.downtime.as_secs_f64();
        account.downtime_max = account.downtime_max.max(migrated.downtime.as_secs_f64());
        self.share_network(to);
        self.continue_drain(from);
        // the new one may be under maintenance by now
        self.continue_drain(to);
    }

    /// A migration came to nothing; the VM is where it was, or is no more.
    pub(super) fn migration_failed(&mut self, vm: VmId, owner: u32) {
        let UnderWay { to, .. } = self.migrations.end(vm);
        self.migrations.account.failed += 1;
        if let Owner::Replica(replica) = Owner::of(owner) {
            self.count_on_host(replica, to, -1);
        }
        self.share_network(to);
        self.set_vm_effort(owner);
        self.continue_drains();
    }

    /// What begins in a VM from now on takes as long as things are.
    pub(super) fn set_vm_effort(&mut self, owner: u32) {
        match Owner::of(owner) {
            Owner::Replica(replica) => self.set_replica_effort(replica),
            Owner::Node(node) => {
                for replica in self.replicas_on(node) {
                    self.set_replica_effort(replica);
                }
            }
            // what it does is a rate, not work that takes longer
            Owner::Fleet(_) => {}
            Owner::Instance(_) => unreachable!("instances are not migrated"),
            Owner::Job(_) | Owner::Unit(_) => unreachable!("these are containers"),
        }
    }

    /// Factor on the work in a VM while its memory is copied.
    pub(super) fn copying_slowdown(&self, vm: VmId) -> f64 {
        match self.hypervisor.state(vm) {
            Some(VmState::Migrating) => 1.0 / (1.0 - self.cluster.migration.slowdown.0),
            _ => 1.0,
        }
    }

    /// A VM stands still for the last part of its migration.
    pub(super) fn vm_paused(&mut self, owner: u32) {
        self.pause_vm(owner, true);
        self.set_vm_effort(owner);
    }

    /// A VM runs on, on this host, which may be another than before.
    pub(super) fn vm_resumed(&mut self, owner: u32, host: HostId) {
        match Owner::of(owner) {
            Owner::Replica(replica) => self.move_replica(replica, host),
            Owner::Node(node) => self.move_node(node, host),
            Owner::Fleet(instance) => self.move_fleet_vm(instance, host),
            Owner::Instance(_) => unreachable!("instances are not migrated"),
            Owner::Job(_) | Owner::Unit(_) => unreachable!("these are containers"),
        }
        self.pause_vm(owner, false);
        self.set_vm_effort(owner);
    }

    fn pause_vm(&mut self, owner: u32, paused: bool) {
        let now = self.now();
        let host = match Owner::of(owner) {
            Owner::Node(node) => {
                let node = &self.nodes.all[node as usize];
                let group = node.group.expect("a node in a VM that runs has a group");
                self.hosts[node.host.index()].cpu.pause_group(now, group, paused);
                node.host
            }
            Owner::Replica(replica) => {
                let Some((host, leaf)) = self.replica_leaf(replica) else { return };
                self.hosts[host.index()].cpu.pause_leaf(now, leaf, paused);
                host
            }
            Owner::Fleet(instance) => {
                let Some((host, leaf)) = self.fleet_leaf(instance) else { return };
                self.hosts[host.index()].cpu.pause_leaf(now, leaf, paused);
                host
            }
            Owner::Instance(_) => unreachable!("instances are not migrated"),
            Owner::Job(_) | Owner::Unit(_) => unreachable!("these are containers"),
        };
        self.hosts[host.index()].arm(&mut self.calendar);
    }

    /// Takes a leaf with all that is in it from one host to another.
    pub(super) fn move_leaf(
        &mut self,
        (from, leaf): (HostId, LeafId),
        to: HostId,
        group: GroupId,
    ) -> (HostId, LeafId) {
        let now = self.now();
        let taken = self.hosts[from.index()].cpu.take_leaf(now, leaf);
        self.hosts[from.index()].arm(&mut self.calendar);
        let leaf = self.hosts[to.index()].cpu.put_leaf(now, group, taken);
        self.hosts[to.index()].arm(&mut self.calendar);
        self.recorder.host_used(to);
        (to, leaf)
    }

    /// A node goes on at another host with its engine and everything on it.
    fn move_node(&mut self, node: u32, to: HostId) {
        let it = &self.nodes.all[node as usize];
        let (from, engine) = (it.host, it.engine);
        let (Some(old), Some(idle)) = (it.group.filter(|_| from != to), it.idle) else { return };
        let shape = self.cluster.vm.as_ref().expect("a node in a VM has a shape");
        let root = ShareTree::<Work>::ROOT;
        let group = self.hosts[to.index()].cpu.add_group(root, vm_share(shape));
        let (_, idle) = self.move_leaf((from, idle), to, group);
        self.move_replicas_on(node, from, to, group);
        self.move_jobs_on(node, to, group);
        self.hosts[from.index()].cpu.remove_group(old);
        let it = &mut self.nodes.all[node as usize];
        (it.host, it.group, it.idle) = (to, Some(group), Some(idle));
        let route = self.nodes.lines.routes[to.index()].clone();
        self.engines.set_route(engine, route);
    }

    /// Checks that what is in a VM is where the hypervisor has it.
    ///
    /// # Panics
    /// When it is not.
    pub(super) fn audit_places(&self) {
        for node in self.nodes.all.iter() {
            if let Some(vm) = node.vm {
                assert_eq!(self.hypervisor.host_of(vm), Some(node.host), "the VM of a node");
            }
        }
        self.audit_replica_places();
        let count = self.hypervisor.migration_count();
        let open = count.started - count.completed - count.failed;
        assert_eq!(open, self.migrations.under_way.len() as u64, "migrations under way");
    }
}
