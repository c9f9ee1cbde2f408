//! Memory of replicas: who is killed for it, and whose work is slow without it.
//!
//! A container above its limit is killed by the kernel of its node and restarted by its engine; in
//! a VM of its own the guest's kernel kills the process and its service manager starts it again.
//! A VM that the hypervisor swaps takes longer over everything, as long as it does.

use super::{Place, Replica, Standing};
use crate::hypervisor::{VmId, VmState};
use crate::machine::HostId;
use crate::scenario::OsFamily;
use crate::sharing::ShareTree;
use crate::units::Bytes;
use crate::workload::{ReplicaId, Work};
use crate::world::World;
use crate::world::nodes::vm_share;

impl World<'_> {
    /// A replica needs more memory than it may: its process is killed.
    pub(in crate::world) fn out_of_memory(&mut self, server: ReplicaId) {
        let replica = self.replicas.of_server[server.0 as usize];
        let it = &self.replicas.all[replica as usize];
        if it.service != Some(server) {
            return;
        }
        let (app, used) = (it.app, self.services.memory_in_use(server));
        let killed = match it.place {
            // one that has been killed for its memory in this instant is not killed again
            Place::Node { container, .. } => self.container_uses(container, used),
            Place::Vm { .. } => self.guest_runs_out_of_memory(replica),
            Place::Pod { pod, .. } => self.pod_uses(pod, used),
            Place::Nowhere => unreachable!("a replica in service is somewhere"),
        };
        if killed {
            self.recorder.oom_kill(app);
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

    /// Memory in use of each replica's process, and where: host, node, VM of its own.
    pub(in crate::world) fn replica_memory(
        &self,
    ) -> impl Iterator<Item = (HostId, Option<u32>, Option<VmId>, Bytes)> {
        self.replicas.all.iter().filter_map(|replica| {
            let (host, _) = replica.leaf?;
            let used = self.memory_of(replica);
            match replica.place {
                Place::Node { node, .. } | Place::Pod { node: Some(node), .. } => {
                    Some((host, Some(node), None, used))
                }
                Place::Vm { vm, .. } => Some((host, None, Some(vm), used)),
                Place::Nowhere | Place::Pod { node: None, .. } => None,
            }
        })
    }

    /// Memory in use of a replica that has a process.
    pub(super) fn memory_of(&self, replica: &Replica) -> Bytes {
        match replica.service {
            Some(server) => self.services.memory_in_use(server),
            None => self.services.idle_memory(replica.app),
        }
    }

    /// Core-nanoseconds of its host per nanosecond of demand.
    pub(super) fn replica_effort(&self, replica: u32, host: HostId) -> f64 {
        let it = &self.replicas.all[replica as usize];
        let slowdown = match it.place {
            Place::Node { node, .. } | Place::Pod { node: Some(node), .. } => {
                let node = &self.nodes.all[node as usize];
                node.slowdown * node.vm.map_or(1.0, |vm| self.copying_slowdown(vm))
            }
            Place::Vm { vm, .. } => it.slowdown * self.copying_slowdown(vm),
            Place::Nowhere | Place::Pod { node: None, .. } => it.slowdown,
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
            Place::Pod { node: on, .. } => on == Some(node),
            Place::Nowhere | Place::Vm { .. } => false,
        };
        let all = (0u32..).zip(&self.replicas.all);
        all.filter(|(_, it)| here(it)).map(|(replica, _)| replica).collect()
    }
}
