//! The passes of the daemons on nodes.

use super::{AddressEvent, Addresses, Keeps};
use crate::aws::eks::vpc_cni::ipamd::Surroundings;
use crate::engine::{Phase, SimTime};
use crate::world::World;

impl World<'_> {
    /// Handles an event of addresses.
    pub(in crate::world) fn on_address(&mut self, event: AddressEvent) {
        match event {
            AddressEvent::Pass(machine) => self.pass(machine),
            AddressEvent::Branch(uid) => self.branch_made(uid),
            AddressEvent::GivesUp(uid) => self.windows_pod_gives_up(uid),
        }
    }

    /// Has a pass made when one is due that may change something, as things are now on a node.
    pub(super) fn await_pass(&mut self, machine: u32) {
        let now = self.now();
        let Self { kubernetes, subnets, .. } = self;
        let addresses = kubernetes.as_mut().and_then(|it| it.addresses.as_deref_mut());
        let Some(Addresses { nodes, starved, .. }) = addresses else { return };
        let Some(node) = nodes.get_mut(&machine) else { return };
        let next = match &node.keeps {
            Keeps::Daemon(ipamd, branches) => {
                node.pass = ipamd.due(now).filter(|_| node.is_up);
                let cool = branches.as_ref().and_then(|branches| branches.next());
                node.pass.into_iter().chain(cool).min()
            }
            Keeps::Controller(keeper) => {
                match keeper.is_refused() {
                    true => starved.insert(machine),
                    false => starved.remove(&machine),
                };
                node.pass = keeper.due(now, &subnets.ranges[node.subnet]);
                node.pass
            }
        };
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
        let Keeps::Daemon(ipamd, branches) = &mut node.keeps else {
            return self.controller_looks(machine);
        };
        if node.pass == Some(now) {
            let mut changes = Vec::new();
            let mut around = Surroundings {
                subnet: &mut subnets.ranges[subnet],
                volumes: &|| volumes.on_host(host),
                delay: &mut |asked| delays.sample(asked),
            };
            ipamd.wake(&mut around, now, &mut changes);
            if let Some(branches) = branches {
                branches.wake(now, &mut subnets.ranges[subnet]);
            }
            node.note(&changes);
        } else if let Some(branches) = branches {
            branches.wake(now, &mut subnets.ranges[subnet]);
        }
        self.passed(machine);
    }

    /// A machine has other addresses and interfaces than it had.
    pub(super) fn passed(&mut self, machine: u32) {
        let host = self.nodes.all[machine as usize].host;
        let Some(node) = self.plug_in(machine) else { return };
        let subnet = node.subnet;
        if let Keeps::Daemon(ipamd, _) = &node.keeps {
            let interfaces = ipamd.interfaces().count();
            self.interfaces_change(host, interfaces);
        }
        self.meter_subnet(subnet);
        self.await_pass(machine);
    }
}
