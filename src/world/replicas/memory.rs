//! Memory of replicas: who is killed for it, and whose work is slow without it.
//!
//! A container above its limit is killed by the kernel of its node and restarted by its engine (on
//! Windows it gets no more memory and ends by itself, which is the same to whoever asks it); in
//! a VM of its own the guest's kernel kills the process and its service manager starts it again.
//! A VM that the hypervisor swaps takes longer over everything, as long as it does.

use super::{Place, Replica, Replicas, Standing};
use crate::engine::{Phase, SimTime};
use crate::hypervisor::{VmId, VmState};
use crate::machine::HostId;
use crate::scenario::{App, AppMemory, OsFamily};
use crate::sharing::ShareTree;
use crate::units::Bytes;
use crate::workload::{AppId, ReplicaId, Services, Work};
use crate::world::World;
use crate::world::memory::{Margin, MemoryEvent, own_use};
use crate::world::nodes::vm_share;

impl Replica {
    /// Whose replica it is.
    pub(in crate::world) fn app(&self) -> AppId {
        self.app
    }
}

impl Replicas {
    /// What the requests that a replica holds add to its memory.
    pub(in crate::world) fn requests_memory(
        &self,
        replica: u32,
        services: &Services,
        apps: &[App],
    ) -> Bytes {
        let it = &self.all[replica as usize];
        let held = it.service.map_or(0, |server| services.held(server));
        apps[it.app.0 as usize].memory.of_requests(held)
    }
}

impl World<'_> {
    /// A replica holds more requests than it may without a look at its memory.
    pub(in crate::world) fn allowance_exceeded(&mut self, server: ReplicaId) {
        let replica = self.replicas.of_server[server.0 as usize];
        if self.replicas.all[replica as usize].service == Some(server) {
            self.watch_replica(replica);
            if let Some(node) = self.node_of_replica(replica) {
                self.watch_node(node);
            }
        }
    }

    /// The time has come to look at a replica's memory.
    pub(in crate::world) fn replica_memory_due(&mut self, replica: u32, process: u32) {
        let it = &self.replicas.all[replica as usize];
        if it.process == process && it.memory_due == self.now() {
            self.watch_replica(replica);
        }
    }

    /// A replica's process begins to use memory, or answers requests from now on.
    pub(in crate::world) fn memory_begins(&mut self, replica: u32, starts: bool) {
        let now = self.now();
        if let Some(container) = self.container_of(replica).filter(|_| starts) {
            self.engines.uses(container, own_use(&self.memory_of_app(replica)), now);
        }
        self.watch_replica(replica);
        if let Some(node) = self.node_of_replica(replica)
            && (starts || self.memory_of_app(replica).per_request > Bytes(0))
        {
            self.watch_node(node);
        }
    }

    /// Looks at a replica's memory: above its limit its process is killed, and otherwise it is
    /// seen to that this is done again in time.
    fn watch_replica(&mut self, replica: u32) {
        let now = self.now();
        let it = &self.replicas.all[replica as usize];
        let process = it.process;
        if it.leaf.is_none() {
            return;
        }
        let memory = self.memory_of_app(replica);
        let (own, requests) = (self.own_memory(replica), self.requests_memory(replica));
        let used = Bytes(own.0.saturating_add(requests.0));
        let limit = self.memory_limit(replica);
        let above = limit.is_some_and(|limit| used > limit);
        if above && self.killed_for_memory(replica, used) {
            return self.killed_for_want_of_memory(replica);
        }
        let margin = limit.filter(|_| !above).map_or(Margin::UNLIMITED, |limit| {
            Margin::of(Bytes(limit.0 - used.0), memory.leak, memory.per_request > Bytes(0))
        });
        let more = margin.requests(memory.per_request, 1);
        let held = self.requests_held(replica);
        let due = margin.due(now);
        let it = &mut self.replicas.all[replica as usize];
        it.allowed.0 = held.saturating_add(more);
        it.memory_due = due;
        if due < SimTime::MAX {
            let event = MemoryEvent::Replica { replica, process };
            self.calendar.push(due, Phase::Release, event.into());
        }
        self.allow(replica);
    }

    /// How many more requests a replica may hold, as far as its node is concerned.
    pub(in crate::world) fn allow_on_node(&mut self, replica: u32, more: u32) {
        let held = self.requests_held(replica);
        self.replicas.all[replica as usize].allowed.1 = held.saturating_add(more);
        self.allow(replica);
    }

    fn allow(&mut self, replica: u32) {
        let it = &self.replicas.all[replica as usize];
        if let Some(server) = it.service {
            self.services.allow(server, it.allowed.0.min(it.allowed.1));
        }
    }

    /// Above what a replica's process is killed: the limit of its container, or what its VM has.
    fn memory_limit(&self, replica: u32) -> Option<Bytes> {
        if let (Place::Vm { .. }, Some(vm)) =
            (self.replicas.all[replica as usize].place, &self.cluster.vm)
        {
            return Some(Bytes(vm.memory.0 - vm.guest.memory.0));
        }
        self.engines.spec(self.container_of(replica)?)?.memory_limit
    }

    /// What a replica's app says of its memory, and its manifest of what an idle one uses.
    pub(in crate::world) fn memory_of_app(&self, replica: u32) -> AppMemory {
        let app = self.replicas.all[replica as usize].app;
        let memory = self.scenario.apps[app.0 as usize].memory;
        match self.idle_by_files(app) {
            Some(idle) => AppMemory { base: Some(idle), ..memory },
            None => memory,
        }
    }

    /// Requests that a replica's process holds.
    fn requests_held(&self, replica: u32) -> u32 {
        let service = self.replicas.all[replica as usize].service;
        service.map_or(0, |server| self.services.held(server))
    }

    /// What the requests that a replica holds add to its memory.
    pub(in crate::world) fn requests_memory(&self, replica: u32) -> Bytes {
        self.replicas.requests_memory(replica, &self.services, &self.scenario.apps)
    }

    /// What a replica's process uses by itself, while there is one.
    fn own_memory(&self, replica: u32) -> Bytes {
        if let Some(container) = self.container_of(replica) {
            return self.engines.own_memory(container, self.now());
        }
        let (it, memory) = (&self.replicas.all[replica as usize], self.memory_of_app(replica));
        let grown = memory.leak.after(self.now().since(it.started));
        Bytes(memory.idle().0.saturating_add(grown.0))
    }

    /// A process that uses so much, more than it may, is killed where that is done.
    fn killed_for_memory(&mut self, replica: u32, used: Bytes) -> bool {
        match self.replicas.all[replica as usize].place {
            Place::Vm { .. } => self.guest_runs_out_of_memory(replica),
            // one that has been killed for its memory in this instant is not killed again
            _ => {
                let container = self.container_of(replica);
                container.is_some_and(|container| self.container_uses(container, used))
            }
        }
    }

    /// A Linux guest kills the process, and its service manager starts it again; Windows pages.
    fn guest_runs_out_of_memory(&mut self, replica: u32) -> bool {
        let vm = self.cluster.vm.as_ref().expect("a replica in a VM has a shape");
        let kills = vm.guest.os.family == OsFamily::Linux;
        if kills {
            self.restart_in_guest(replica);
        }
        kills
    }

    /// The guest's own service manager starts the process again.
    fn restart_in_guest(&mut self, replica: u32) {
        let it = &self.replicas.all[replica as usize];
        let Some((host, _)) = it.leaf else { return };
        if let (Place::Vm { vm, .. }, Standing::Leaving) = (it.place, it.standing) {
            // nothing is left that it was still here for
            return self.stop_vm(vm);
        }
        self.start_again(replica, self.now(), "its process was killed for its memory");
        self.process_gone(replica);
        let vm = self.cluster.vm.as_ref().expect("a replica in a VM has a shape");
        let (share, idle) = (vm_share(vm), vm.guest.cpu.cores());
        let leaf = self.start_process(replica, host, ShareTree::<Work>::ROOT, share, None);
        let now = self.now();
        let cpu = &mut self.hosts[host.index()].cpu;
        cpu.set_background(now, leaf, idle);
        if let Place::Vm { vm, .. } = self.replicas.all[replica as usize].place {
            // a VM that stands still does so whatever is in it
            cpu.pause_leaf(now, leaf, self.hypervisor.state(vm) == Some(VmState::Paused));
        }
        self.hosts[host.index()].arm(&mut self.calendar);
    }

    /// Tells the memory in use of each replica's process in a VM of its own, where it may be
    /// another than before, and what requests add to that of nodes.
    pub(in crate::world) fn replica_memory(
        &mut self,
        mut of_vm: impl FnMut(VmId, Bytes),
        mut of_node: impl FnMut(u32, Bytes),
    ) {
        let mut unsettled = std::mem::take(&mut self.replicas.unsettled);
        unsettled.retain(|replica| {
            let (it, replica) = (&self.replicas.all[replica], replica as u32);
            if it.leaf.is_none() {
                return false;
            }
            match it.place {
                Place::Node { node, .. } | Place::Unit { node: Some(node), .. } => {
                    of_node(node, self.requests_memory(replica));
                }
                Place::Vm { vm, .. } => of_vm(vm, self.memory_in_use(replica)),
                Place::Nowhere | Place::Unit { node: None, .. } => {}
            }
            self.memory_of_app(replica).varies()
        });
        self.replicas.unsettled = unsettled;
    }

    /// Memory in use of a replica that has a process.
    pub(super) fn memory_in_use(&self, replica: u32) -> Bytes {
        let requests = self.requests_memory(replica);
        Bytes(self.own_memory(replica).0.saturating_add(requests.0))
    }

    /// Core-nanoseconds of its host per nanosecond of demand.
    pub(super) fn replica_effort(&self, replica: u32, host: HostId) -> f64 {
        let it = &self.replicas.all[replica as usize];
        let slowdown = match it.place {
            Place::Node { node, .. } | Place::Unit { node: Some(node), .. } => {
                let node = &self.nodes.all[node as usize];
                let copying = node.vm.map_or(1.0, |vm| self.copying_slowdown(vm));
                node.slowdown * node.paging * copying
            }
            Place::Vm { vm, .. } => it.slowdown * self.copying_slowdown(vm),
            Place::Nowhere | Place::Unit { node: None, .. } => it.slowdown,
        };
        self.effort(host) * slowdown
    }

    /// The VM of a replica waits for its memory, or does so no more.
    pub(in crate::world) fn replica_vm_slows(&mut self, replica: u32, factor: f64) {
        self.replicas.all[replica as usize].slowdown = factor;
        self.set_replica_effort(replica);
    }

    /// Has what a replica begins from now on take as long as things are.
    pub(in crate::world) fn set_replica_effort(&mut self, replica: u32) {
        let it = &self.replicas.all[replica as usize];
        if let (Some(server), Some((host, _))) = (it.service, it.leaf) {
            let effort = self.replica_effort(replica, host);
            self.services.set_effort(server, effort);
        }
    }

    /// The replicas with a process on a host.
    pub(in crate::world) fn replicas_of_host(&self, host: HostId) -> Vec<u32> {
        let all = (0u32..).zip(&self.replicas.all);
        let here = all.filter(|(_, it)| it.leaf.is_some_and(|(on, _)| on == host));
        here.map(|(replica, _)| replica).collect()
    }

    /// The replicas on a node.
    pub(in crate::world) fn replicas_on(&self, node: u32) -> Vec<u32> {
        let here = |it: &Replica| match it.place {
            Place::Node { node: on, .. } => on == node,
            Place::Unit { node: on, .. } => on == Some(node),
            Place::Nowhere | Place::Vm { .. } => false,
        };
        let all = (0u32..).zip(&self.replicas.all);
        all.filter(|(_, it)| here(it)).map(|(replica, _)| replica).collect()
    }
}
