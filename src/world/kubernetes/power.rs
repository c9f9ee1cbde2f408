//! Machines that are switched on when a node is wanted, and off when it is not.
//!
//! Without `vm` a machine is a host: it is paid for from the order on, takes its `boot`, and joins.
//! With `vm` it is a VM, which is provisioned and boots; a host is there, and paid for, while any
//! of its VMs is wanted. What was switched off comes back as a new machine with an empty disk. A
//! machine that is off counts as one fault more of its host, so that it stays down until neither a
//! fault nor this holds it.

use crate::engine::{Phase, Stream, Streams};
use crate::kubernetes::objects::NodeId;
use crate::machine::HostId;
use crate::world::World;

/// Something about a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineEvent {
    /// It has booted, if this is still its current order.
    Booted {
        /// The machine.
        machine: u32,
        /// The order.
        order: u32,
    },
    /// An instance of EC2 becomes a node, if it is still there.
    Joins {
        /// Its machine.
        machine: u32,
        /// Its node group.
        group: u16,
        /// How often the machine had come up or was lost.
        life: u32,
    },
    /// The EBS CSI driver is up on an instance, if it is still there.
    Registers {
        /// Its machine.
        machine: u32,
        /// As of `Joins`.
        life: u32,
    },
}

/// Which machines are wanted.
#[derive(Debug)]
pub(super) struct Power {
    wanted: Vec<bool>,
    /// Counts how often each was ordered or given back.
    orders: Vec<u32>,
    /// How many machines on each host are wanted.
    on_host: Vec<u32>,
    draws: Stream,
}

impl Power {
    /// All machines are off.
    pub fn new(machines: usize, hosts: usize, streams: Streams) -> Self {
        Self {
            wanted: vec![false; machines],
            orders: vec![0; machines],
            on_host: vec![0; hosts],
            draws: streams.named("kubernetes/boot"),
        }
    }
}

impl World<'_> {
    /// Whether a node is to run that is there from the beginning, on or off.
    pub(in crate::world) fn is_node_wanted(&self, machine: usize) -> bool {
        self.kubernetes.as_ref().is_none_or(|kubernetes| kubernetes.power.wanted[machine])
    }

    /// Says which machines are there from the beginning, and switches off all others.
    pub(in crate::world) fn power_first_machines(&mut self) {
        if self.kubernetes.is_none() {
            return;
        }
        self.warn_without_linux();
        self.start_cluster_autoscaler();
        self.start_karpenter();
        self.await_updates();
        for host in 0..self.hosts.len() {
            self.switch_host_off(HostId(host as u32));
        }
        for machine in 0..self.nodes.all.len() {
            if self.starts_with(machine) {
                self.order(machine);
            }
        }
    }

    /// A machine is wanted from now on.
    fn order(&mut self, machine: usize) {
        let host = self.nodes.all[machine].host;
        let now = self.now();
        let kubernetes = self.kubernetes.as_deref_mut().expect("the cluster is of Kubernetes");
        let pool = kubernetes.places[machine].pool;
        kubernetes.control.machine_asked(machine as u32, pool, now);
        let power = &mut kubernetes.power;
        power.wanted[machine] = true;
        power.orders[machine] += 1;
        power.on_host[host.index()] += 1;
        if power.on_host[host.index()] == 1 {
            self.switch_host_on(host);
        }
    }

    /// So many more machines of a pool are wanted.
    pub(super) fn nodes_wanted(&mut self, pool: u32, nodes: u32) {
        if self.ec2.is_some() {
            let desired = self.ec2_view(pool as u16).desired;
            return self.group_set_desired(pool as u16, desired + nodes);
        }
        let kubernetes = self.kubernetes.as_deref().expect("the cluster is of Kubernetes");
        let most = self.cluster.node_pools[pool as usize].most();
        let places = kubernetes.places.iter().enumerate();
        let off = places.filter(|(machine, place)| {
            place.pool == pool && place.number < most && !kubernetes.power.wanted[*machine]
        });
        // a cloud gives no machine that is broken, if it has another
        let broken = |&machine: &usize| {
            let host = self.nodes.all[machine].host;
            let off = u32::from(kubernetes.power.on_host[host.index()] == 0);
            self.faults.held(host) > off
        };
        let mut off: Vec<usize> = off.map(|(machine, _)| machine).collect();
        off.sort_by_key(broken);
        off.truncate(nodes as usize);
        for &machine in &off {
            self.order(machine);
            self.boot_machine(machine);
        }
        let missing = nodes - off.len() as u32;
        if missing > 0 {
            let now = self.now();
            self.with_control(|control, _| control.machines_refused(pool, missing, now));
        }
    }

    fn boot_machine(&mut self, machine: usize) {
        self.preload_node(machine);
        let host = self.nodes.all[machine].host;
        if self.cluster.vm.is_some() {
            if self.hosts[host.index()].is_up() {
                self.start_node(machine);
            }
            return;
        }
        let kubernetes = self.kubernetes.as_deref_mut().expect("the cluster is of Kubernetes");
        let boot = self.faults.boot(host, &mut kubernetes.power.draws);
        let order = kubernetes.power.orders[machine];
        let event = MachineEvent::Booted { machine: machine as u32, order };
        self.after(boot, Phase::Release, event);
    }

    /// Handles an event of a machine.
    pub(in crate::world) fn on_machine(&mut self, event: MachineEvent) {
        match event {
            MachineEvent::Booted { machine, order } => self.machine_booted(machine as usize, order),
            MachineEvent::Joins { machine, group, life } => {
                self.instance_joins(machine, group, life);
            }
            MachineEvent::Registers { machine, life } => self.driver_registers(machine, life),
        }
    }

    fn machine_booted(&mut self, machine: usize, order: u32) {
        let node = &self.nodes.all[machine];
        let up = self.hosts[node.host.index()].is_up() && !node.up;
        let kubernetes = self.kubernetes.as_deref().expect("the cluster is of Kubernetes");
        let power = &kubernetes.power;
        // a host that is broken starts its node when it is repaired
        if up && power.wanted[machine] && power.orders[machine] == order {
            self.start_node(machine);
        }
    }

    /// A node is not needed any more: its machine is switched off, and it is deleted.
    pub(super) fn node_unneeded(&mut self, node: NodeId, machine: u32) {
        if self.ec2.is_some() {
            self.kubelet_stops_too(node);
            // its target is the group's, which shrinks with it
            self.with_control(|control, around| control.node_removed(node, around));
            return self.group_gives_up(machine as usize);
        }
        self.switch_off(machine as usize);
        self.with_control(|control, around| control.node_removed(node, around));
    }

    /// A machine that has not become a node is not wanted any more.
    pub(super) fn machine_given_up(&mut self, machine: u32) {
        if self.ec2.is_some() {
            return self.group_gives_up(machine as usize);
        }
        let kubernetes = self.kubernetes.as_deref().expect("the cluster is of Kubernetes");
        let pool = &self.cluster.node_pools[kubernetes.places[machine as usize].pool as usize].name;
        self.recorder
            .warn(format!("nodes of pool `{pool}` did not come in time and were given up"));
        self.switch_off(machine as usize);
    }

    /// Switches a machine off: what is on it is gone, its disk too.
    fn switch_off(&mut self, machine: usize) {
        let kubernetes = self.kubernetes.as_deref_mut().expect("the cluster is of Kubernetes");
        // so that nobody takes this for a failure
        kubernetes.nodes[machine] = None;
        kubernetes.power.wanted[machine] = false;
        kubernetes.power.orders[machine] += 1;
        self.clear_machine(machine);
        let host = self.nodes.all[machine].host;
        let kubernetes = self.kubernetes.as_deref_mut().expect("the cluster is of Kubernetes");
        let on_host = &mut kubernetes.power.on_host[host.index()];
        *on_host -= 1;
        if *on_host == 0 {
            self.switch_host_off(host);
        }
    }
}
