//! Machines that are switched on and off, and those that come and go while the run lasts.
//!
//! The hosts of a scenario are there from the beginning, off or on. A cloud has machines beyond
//! them: [`World::take_machine`] gets one, on a host of its own, which may in turn be a VM on one
//! of the others ([`tenants`](super::tenants)). One that was given back is taken again where
//! another like it is wanted, as a new machine with an empty disk, so that there are never more
//! than were on at once.
//!
//! A host that is off counts as one fault more, so that it stays down until neither a fault nor
//! this holds it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::World;
use crate::machine::{Host, HostId};
use crate::scenario::HostShape;
use crate::sharing::ShareTree;
use crate::workload::Work;

/// The machines that were not there from the beginning, in the order in which they first came.
#[derive(Debug)]
pub(super) struct Machines {
    /// Hosts that were, which alone carry VMs.
    hosts: usize,
    /// Nodes that were.
    nodes: usize,
    slots: Vec<Slot>,
    /// Those that were given back, by shape and zone, the last one last.
    free: BTreeMap<(String, u32), Vec<usize>>,
}

/// One of them.
#[derive(Debug)]
struct Slot {
    shape: Arc<HostShape>,
    zone: u32,
    is_on: bool,
}

impl Machines {
    /// None yet, beside so many hosts and nodes that are there from the beginning.
    pub fn new(hosts: usize, nodes: usize) -> Self {
        Self { hosts, nodes, slots: Vec::new(), free: BTreeMap::new() }
    }

    /// Whether a machine was not there from the beginning, and if so, which it is of those.
    fn slot(&self, machine: usize) -> Option<usize> {
        machine.checked_sub(self.nodes)
    }

    fn switch(&mut self, machine: usize, on: bool) {
        let slot = self.slot(machine).expect("a machine that came later");
        let before = std::mem::replace(&mut self.slots[slot].is_on, on);
        assert_ne!(before, on, "machine {machine} was that before");
    }
}

impl World<'_> {
    /// A machine of this shape in this zone, off and with nothing but the images that machines have
    /// from the beginning: the index of its node.
    /// One that `is_vm` is to be on a host of the cluster: those of a shape all are, or none.
    pub(super) fn take_machine(&mut self, shape: &Arc<HostShape>, zone: u32, is_vm: bool) -> usize {
        let machine = self.take_empty_machine(shape, zone, is_vm);
        self.preload_node(machine);
        machine
    }

    /// The same, without the images that machines have from the beginning.
    pub(super) fn take_empty_machine(
        &mut self,
        shape: &Arc<HostShape>,
        zone: u32,
        is_vm: bool,
    ) -> usize {
        let key = (shape.name.clone(), zone);
        self.take_back(&key).unwrap_or_else(|| self.new_machine(shape, zone, is_vm))
    }

    /// The last one that was given back and is not broken.
    fn take_back(&mut self, key: &(String, u32)) -> Option<usize> {
        let (nodes, faults) = (&self.nodes.all, &self.faults);
        let free = self.machines.free.get_mut(key)?;
        let place = free.iter().rposition(|&machine| faults.held(nodes[machine].host) == 1)?;
        Some(free.remove(place))
    }

    fn new_machine(&mut self, shape: &Arc<HostShape>, zone: u32, is_vm: bool) -> usize {
        let (host, machine) = (HostId(self.hosts.len() as u32), self.nodes.all.len());
        let now = self.now();
        self.hosts.push(Host::off(host, shape, now));
        self.shapes.push(Arc::clone(shape));
        self.services.add_host(zone);
        self.replicas.add_host();
        self.recorder.host_added();
        self.faults.add_host(host, (zone, is_vm), shape, &mut self.calendar);
        self.faults.hold(host);
        self.add_node(host, shape, zone);
        self.machines.slots.push(Slot { shape: Arc::clone(shape), zone, is_on: false });
        machine
    }

    /// The operating system of a machine that was off is up. On a host that is broken it comes up
    /// when that is repaired.
    pub(super) fn machine_on(&mut self, machine: usize) {
        let host = self.nodes.all[machine].host;
        self.machines.switch(machine, true);
        self.switch_host_on(host);
        if self.hosts[host.index()].is_up() {
            self.node_up(machine, ShareTree::<Work>::ROOT);
        }
    }

    /// A machine that was on is shut down: what ran on it is gone, its disk stays.
    pub(super) fn machine_off(&mut self, machine: usize) {
        self.machines.switch(machine, false);
        self.node_down(machine);
        self.deliver();
        self.switch_host_off(self.nodes.all[machine].host);
    }

    /// A machine that was taken is not needed any more, on or off: everything on it is gone.
    pub(super) fn give_machine_back(&mut self, machine: usize) {
        let slot = self.machines.slot(machine).expect("a machine that came later");
        self.clear_machine(machine);
        let Slot { shape, zone, is_on } = &self.machines.slots[slot];
        let (key, was_on) = ((shape.name.clone(), *zone), *is_on);
        if was_on {
            self.machines.switch(machine, false);
            self.switch_host_off(self.nodes.all[machine].host);
        }
        self.machines.free.entry(key).or_default().push(machine);
    }

    /// Whether a machine is to run, unless it is broken.
    pub(super) fn is_wanted(&self, machine: usize) -> bool {
        match self.machines.slot(machine) {
            Some(slot) => self.machines.slots[slot].is_on,
            None => self.is_node_wanted(machine),
        }
    }

    /// How many hosts there are to be metered, the first ones: those that were there from the
    /// beginning, because what came later are VMs on them; or all, where there were none.
    pub(super) fn hosts_metered(&self) -> usize {
        match self.machines.hosts {
            0 => self.hosts.len(),
            hosts => hosts,
        }
    }

    /// Whether a host can carry VMs: machines that came later cannot.
    pub(super) fn carries_vms(&self, host: HostId) -> bool {
        host.index() < self.machines.hosts
    }

    /// Whether VMs are migrated away from a host that is drained: instances of EC2 are not.
    pub(super) fn migrates_vms(&self, host: HostId) -> bool {
        self.carries_vms(host) && self.ec2.is_none()
    }

    /// Everything on a machine dies, and its disk is emptied.
    pub(super) fn clear_machine(&mut self, machine: usize) {
        let vm = self.nodes.all[machine].vm;
        self.node_down(machine);
        if let Some(vm) = vm {
            self.hypervisor.stop(vm, &mut self.calendar, &mut self.inbox.vms);
        }
        self.deliver();
        let engine = self.nodes.all[machine].engine;
        self.engine_died(engine);
        self.engines.wipe(engine);
        self.nodes.forget_disk(machine);
    }

    /// A host is switched off: one reason more to be down.
    pub(super) fn switch_host_off(&mut self, host: HostId) {
        self.faults.hold(host);
        let now = self.now();
        if self.faults.held(host) == 1 {
            self.hosts[host.index()].set_up(now, false);
            if self.carries_vms(host) {
                self.hypervisor.host_down(host, &mut self.calendar, &mut self.inbox.vms);
            }
        }
        self.recorder.host_powered(host, now, false);
    }

    /// A host that was off is switched on; it is up unless a fault holds it down.
    pub(super) fn switch_host_on(&mut self, host: HostId) {
        self.faults.release(host);
        let now = self.now();
        if self.faults.held(host) == 0 {
            self.hosts[host.index()].set_up(now, true);
            if self.carries_vms(host) {
                self.hypervisor.host_up(host, &mut self.calendar);
            }
        }
        self.recorder.host_used(host);
        self.recorder.host_powered(host, now, true);
    }
}
