//! Memory that nodes use: of their hosts, or in their VMs, of which the hypervisor is told.
//!
//! Of most nodes it is what it was at the last reading: only those are looked at on which it may be
//! another.

use crate::engine::Marks;
use crate::hypervisor::VmId;
use crate::units::{Bytes, Growth};
use crate::world::World;

/// What a node uses.
struct Use {
    /// Of its host itself, in bytes.
    on_host: u64,
    /// In the VM that it is, with its system.
    in_vm: Option<(VmId, u64)>,
    /// Whether it may be another at the next reading although nothing marks the node.
    moves: bool,
}

/// What nodes use of the memory of their hosts themselves, and not in a VM.
#[derive(Debug, Default)]
pub(in crate::world) struct NodeMemory {
    /// Nodes of which it may be another than when they were last looked at.
    unread: Marks,
    /// By node: what was found, in bytes.
    found: Vec<u64>,
    /// By node: what requests to replicas on it add, while it is looked at.
    requests: Vec<u64>,
    /// By host: the sum of what was found on it.
    by_host: Vec<u64>,
}

impl NodeMemory {
    /// That of a node may be another from now on.
    pub fn moved(&mut self, node: usize) {
        self.unread.mark(node);
    }

    /// Makes room for what came since.
    fn reach(&mut self, nodes: usize, hosts: usize) {
        self.found.resize(nodes, 0);
        self.requests.resize(nodes, 0);
        self.by_host.resize(hosts, 0);
    }

    /// By host: what nodes on it used when they were last looked at, in bytes.
    pub fn by_host(&self) -> &[u64] {
        &self.by_host
    }
}

impl World<'_> {
    /// Looks at the memory of nodes, and tells the hypervisor what its guests use.
    pub(super) fn read_memory(&mut self) {
        let mut memory = std::mem::take(&mut self.recorder.node_memory);
        memory.reach(self.nodes.all.len(), self.hosts.len());
        // an engine has the number of its node
        self.engines.take_memory_moves(|engine| memory.unread.mark(engine.0 as usize));
        let system = self.guest_system();
        let mut by_vm = Vec::new();
        self.replica_memory(
            |vm, used| by_vm.push((vm, used.0 + system)),
            |node, used| {
                memory.requests[node as usize] += used.0;
                memory.unread.mark(node as usize);
            },
        );
        let NodeMemory { unread, found, requests, by_host } = &mut memory;
        unread.retain(|node| {
            let now = self.node_memory(node, std::mem::take(&mut requests[node]));
            by_vm.extend(now.in_vm);
            let before = std::mem::replace(&mut found[node], now.on_host);
            let sum = &mut by_host[self.nodes.all[node].host.index()];
            *sum = *sum - before + now.on_host;
            now.moves
        });
        debug_assert!(self.others_are_as_found(&memory));
        self.recorder.node_memory = memory;
        for (vm, active) in by_vm {
            self.hypervisor.set_active_memory(vm, Bytes(active), &mut self.inbox.vms);
        }
    }

    /// What a node uses, to whose replicas requests add so much.
    fn node_memory(&self, node: usize, requests: u64) -> Use {
        let it = &self.nodes.all[node];
        let own = self.engines.memory(it.engine, self.now()).0;
        let used = requests + own + self.cluster.engine.memory.0;
        let in_vm = match it.vm {
            Some(vm) => Some((vm, used + self.guest_system())),
            None if it.up => self
                .vm_of_machine(node)
                .map(|vm| (vm, used + self.shapes[it.host.index()].system_memory.0)),
            None => None,
        };
        let grows = self.engines.memory_growth(it.engine) > Growth::NONE;
        // instances get VMs and lose them while their nodes stay
        let may_have_vm = it.vm.is_some() || self.ec2.is_some();
        Use {
            on_host: if it.up && it.vm.is_none() { used } else { 0 },
            in_vm,
            moves: requests > 0 || grows || may_have_vm,
        }
    }

    /// What the system of a node's VM uses, in bytes.
    fn guest_system(&self) -> u64 {
        self.cluster.vm.as_ref().map_or(0, |vm| vm.guest.memory.0)
    }

    /// Whether nodes that are not going to be looked at use what they were found to use.
    fn others_are_as_found(&self, memory: &NodeMemory) -> bool {
        (0..memory.found.len()).filter(|&node| !memory.unread.has(node)).all(|node| {
            let now = self.node_memory(node, 0);
            now.on_host == memory.found[node] && now.in_vm.is_none()
        })
    }
}
