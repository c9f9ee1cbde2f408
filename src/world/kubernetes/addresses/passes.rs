//! The passes of the daemons on nodes.

use super::{AddressEvent, Addresses};
use crate::aws::eks::vpc_cni::ipamd::Surroundings;
use crate::engine::{Phase, SimTime};
use crate::world::World;

impl World<'_> {
    /// Handles an event of addresses.
    pub(in crate::world) fn on_address(&mut self, event: AddressEvent) {
        match event {
            AddressEvent::Pass(machine) => self.pass(machine),
            AddressEvent::Branch(uid) => self.branch_made(uid),
        }
    }

    /// Has a pass made when one is due that may change something, as things are now on a node.
    pub(super) fn await_pass(&mut self, machine: u32) {
        let now = self.now();
        let Some(node) = self.plug_in(machine) else { return };
        node.pass = node.ipamd.due(now).filter(|_| node.is_up);
        let cool = node.branches.as_ref().and_then(|branches| branches.next());
        let next = node.pass.into_iter().chain(cool).min();
        if let Some(next) = next.filter(|next| *next < node.armed) {
            node.armed = next;
            self.calendar.push(next, Phase::Release, AddressEvent::Pass(machine).into());
        }
    }

    /// A pass, unless what it was for is over.
    fn pass(&mut self, machine: u32) {
        let (now, host) = (self.now(), self.nodes.all[machine as usize].host);
        let Self { kubernetes, subnets, volumes, .. } = self;
        let addresses = kubernetes.as_mut().and_then(|it| it.addresses.as_deref_mut());
        let Some(Addresses { nodes, delays, .. }) = addresses else { return };
        let Some(node) = nodes.get_mut(&machine).filter(|node| node.armed == now) else { return };
        node.armed = SimTime::MAX;
        let subnet = node.subnet;
        if node.pass == Some(now) {
            let mut changes = Vec::new();
            let mut around = Surroundings {
                subnet: &mut subnets.ranges[subnet],
                volumes: &|| volumes.on_host(host),
                delay: &mut |asked| delays.sample(asked),
            };
            node.ipamd.wake(&mut around, now, &mut changes);
            node.note(&changes);
        }
        if let Some(branches) = &mut node.branches {
            branches.wake(now, &mut subnets.ranges[subnet]);
        }
        self.passed(machine);
    }

    /// The daemon on a machine has other addresses and interfaces than it had.
    pub(super) fn passed(&mut self, machine: u32) {
        let host = self.nodes.all[machine as usize].host;
        let Some(node) = self.plug_in(machine) else { return };
        let (subnet, interfaces) = (node.subnet, node.ipamd.interfaces().count());
        self.interfaces_change(host, interfaces);
        self.meter_subnet(subnet);
        self.await_pass(machine);
    }
}
