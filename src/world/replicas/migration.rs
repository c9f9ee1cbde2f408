//! Replicas whose VM, or whose node's VM, is migrated.

use super::{Place, Replica};
use crate::machine::HostId;
use crate::sharing::{GroupId, LeafId, ShareTree};
use crate::workload::Work;
use crate::world::World;

impl World<'_> {
    /// Where a replica's process is.
    pub(in crate::world) fn replica_leaf(&self, replica: u32) -> Option<(HostId, LeafId)> {
        self.replicas.all[replica as usize].leaf
    }

    /// The hosts that none of these replicas must stay away from, because another of its app is
    /// there; `None` where that is none of their business.
    pub(in crate::world) fn hosts_apart_of(&self, replicas: &[u32]) -> Option<Vec<bool>> {
        let apps = replicas.iter().map(|&replica| self.replicas.all[replica as usize].app);
        let apart = apps.filter(|app| self.scenario.apps[app.0 as usize].spread);
        let apart: Vec<&Vec<u32>> =
            apart.map(|app| &self.replicas.on_host[app.0 as usize]).collect();
        let free = |host: usize| apart.iter().all(|on_host| on_host[host] == 0);
        (!apart.is_empty()).then(|| (0..self.hosts.len()).map(free).collect())
    }

    /// Counts a replica in on a host, or out.
    pub(in crate::world) fn count_on_host(&mut self, replica: u32, host: HostId, change: i32) {
        let app = self.replicas.all[replica as usize].app;
        let count = &mut self.replicas.on_host[app.0 as usize][host.index()];
        *count = count.checked_add_signed(change).expect("who leaves a host was counted there");
    }

    /// A replica goes on in its VM on another host, where it is counted already.
    pub(in crate::world) fn move_replica(&mut self, replica: u32, to: HostId) {
        let Place::Vm { host: Some(from), .. } = self.replicas.all[replica as usize].place else {
            unreachable!("a VM that was migrated has been placed")
        };
        if from == to {
            return;
        }
        self.count_on_host(replica, from, -1);
        if let Place::Vm { host, .. } = &mut self.replicas.all[replica as usize].place {
            *host = Some(to);
        }
        self.move_process(replica, to, ShareTree::<Work>::ROOT);
    }

    /// The replicas on a node go on with it, in another group of another host.
    pub(in crate::world) fn move_replicas_on(
        &mut self,
        node: u32,
        from: HostId,
        to: HostId,
        group: GroupId,
    ) {
        for replica in self.replicas_on(node) {
            self.count_on_host(replica, from, -1);
            self.count_on_host(replica, to, 1);
            self.move_process(replica, to, group);
        }
    }

    fn move_process(&mut self, replica: u32, to: HostId, group: GroupId) {
        let Some(place) = self.replicas.all[replica as usize].leaf else { return };
        let moved = self.move_leaf(place, to, group);
        let it: &mut Replica = &mut self.replicas.all[replica as usize];
        it.leaf = Some(moved);
        if let Some(server) = it.service {
            let app = self.replicas.all[replica as usize].app;
            let device = self.device_of(replica, app, moved.0);
            self.services.move_to(server, moved.0, moved.1, device);
        }
    }

    /// Checks that the processes of replicas are where their VMs or nodes are.
    ///
    /// # Panics
    /// When one is not.
    pub(in crate::world) fn audit_replica_places(&self) {
        for it in &self.replicas.all {
            let Some((on, _)) = it.leaf else { continue };
            let expected = match it.place {
                Place::Node { node, .. } => Some(self.nodes.all[node as usize].host),
                Place::Vm { vm, host } => {
                    assert_eq!(self.hypervisor.host_of(vm), host, "the VM of a replica");
                    host
                }
                Place::Unit { node, .. } => node.map(|node| self.nodes.all[node as usize].host),
                Place::Nowhere => None,
            };
            assert_eq!(Some(on), expected, "a process is where its replica is");
        }
    }
}
