//! The machines of the world as nodes of the cluster.

use crate::kubernetes::control::NewNode;
use crate::kubernetes::kubelet::eviction::Amount;
use crate::kubernetes::objects::{NodeId, NodeMemory};
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::{Effect, Taint};
use crate::machine::{HostId, paging};
use crate::scenario::{Architecture, Cluster, HostShape, OperatingSystem, OsFamily};
use crate::units::Bytes;
use crate::world::World;
use crate::world::nodes::{capacity, memory_for_containers, node_memory};

/// The label of a node that names its pool.
pub(super) const POOL_LABEL: &str = "node-pool";

/// The place of a machine among those of its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of the pool.
    pub pool: u32,
    /// Its number there.
    pub number: u32,
}

/// The place of each machine that can be a node, in the order of the hosts they are on.
pub(super) fn places(cluster: &Cluster) -> Vec<Place> {
    let per_host = cluster.vm.as_ref().map_or(1, |vm| vm.per_host.max(1));
    let machines = cluster.machines().flat_map(|machines| {
        let pool = machines.pool.expect("the hosts of Kubernetes are those of its pools");
        (0..machines.count * per_host).map(move |number| Place { pool, number })
    });
    machines.collect()
}

impl World<'_> {
    /// Whether a machine is there from the beginning.
    pub(in crate::world) fn starts_with(&self, machine: usize) -> bool {
        let Some(kubernetes) = &self.kubernetes else { return true };
        let Place { pool, number } = kubernetes.places[machine];
        number < self.cluster.node_pools[pool as usize].count
    }

    /// The operating system of a machine is up: it joins, or is back.
    pub(in crate::world) fn machine_up(&mut self, machine: usize) {
        let Some(kubernetes) = &self.kubernetes else { return };
        if self.is_lost_on_fargate(machine) {
            return;
        }
        if let Some(node) = kubernetes.node_of(machine) {
            self.with_control(|control, around| control.node_back(node, around));
            return;
        }
        if self.ec2.is_some() {
            // it joins in its own time
            return;
        }
        let new = self.new_node(machine);
        let node = self.with_control(|control, around| control.join(new, around));
        let kubernetes = self.kubernetes.as_deref_mut().expect("it is still there");
        kubernetes.nodes[machine] = Some(node);
    }

    /// A machine has failed.
    pub(in crate::world) fn machine_down(&mut self, machine: usize) {
        let node = self.kubernetes.as_ref().and_then(|kubernetes| kubernetes.node_of(machine));
        if let Some(node) = node {
            self.with_control(|control, around| control.node_failed(node, around));
            self.fargate_fails(machine);
        }
    }

    /// The node that a host is, if it is one itself.
    fn node_of_host(&self, host: HostId) -> Option<NodeId> {
        let kubernetes = self.kubernetes.as_ref().filter(|_| self.cluster.vm.is_none())?;
        let mut machines = self.nodes.all.iter().zip(&kubernetes.nodes);
        machines.find(|(machine, _)| machine.host == host).and_then(|(_, &node)| node)
    }

    /// The maintenance of a host begins or is over, which may be a node.
    pub(in crate::world) fn drain_node(&mut self, host: HostId, begins: bool) {
        if let Some(node) = self.node_of_host(host) {
            self.with_control(|control, around| match begins {
                true => control.drain(node, around),
                false => control.end_drain(node, around),
            });
        }
    }

    /// How many pods are kept on a node that is drained.
    pub(in crate::world) fn kept_on_node(&self, host: HostId) -> usize {
        let (node, kubernetes) = (self.node_of_host(host), self.kubernetes.as_ref());
        let control = kubernetes.map(|kubernetes| &kubernetes.control);
        node.zip(control).map_or(0, |(node, control)| control.kept_from_drain(node))
    }

    fn new_node(&self, machine: usize) -> NewNode {
        let kubernetes = self.kubernetes.as_deref().expect("the cluster is of Kubernetes");
        let Place { pool, number } = kubernetes.places[machine];
        let engine = self.nodes.all[machine].engine;
        let (spec, zone) = (self.node_spec(pool, number), self.zone_of(pool, number));
        let memory = self.memory_of_node(pool);
        NewNode { spec, machine: machine as u32, engine, pool, zone, memory }
    }

    /// The zone of a node of a pool: that of its host.
    fn zone_of(&self, pool: u32, number: u32) -> u32 {
        let per_host = self.cluster.vm.as_ref().map_or(1, |vm| vm.per_host.max(1));
        let before = self.cluster.machines().take_while(|machines| machines.pool != Some(pool));
        let first: u32 = before.map(|machines| machines.count).sum();
        self.cluster.zone_of(first + number / per_host)
    }

    /// The shape of the hosts of a pool.
    fn shape_of_pool(&self, pool: u32) -> &HostShape {
        let name = &self.cluster.node_pools[pool as usize].shape;
        let shape = self.scenario.hosts.iter().find(|shape| shape.name == *name);
        shape.expect("a loaded scenario names host shapes that exist")
    }

    /// The memory of a node of a pool.
    fn memory_of_node(&self, pool: u32) -> NodeMemory {
        let shape = self.shape_of_pool(pool);
        let all = node_memory(self.cluster, shape);
        let pods = memory_for_containers(self.cluster, shape);
        let is_paged = self.os_of_pool(shape).is_windows();
        let file = match is_paged {
            true => paging::page_file(all, self.disk_of_node(shape)),
            false => Bytes(0),
        };
        NodeMemory { all, pods: Bytes(pods.0 + file.0), is_paged }
    }

    /// What runs on a node of a shape.
    fn os_of_pool<'a>(&'a self, shape: &'a HostShape) -> &'a OperatingSystem {
        self.cluster.vm.as_ref().map_or(&shape.os, |vm| &vm.guest.os)
    }

    /// The disk that a node of a shape has.
    fn disk_of_node(&self, shape: &HostShape) -> Bytes {
        let per_host = self.cluster.vm.as_ref().map_or(1, |vm| vm.per_host);
        Bytes(shape.disk.size.0 / u64::from(per_host))
    }

    /// What the scheduler is to know of a node of a pool.
    pub(super) fn node_spec(&self, pool: u32, number: u32) -> NodeSpec {
        let of = &self.cluster.node_pools[pool as usize];
        let zone = self.zone_of(pool, number);
        let shape = self.shape_of_pool(pool);
        let os = self.os_of_pool(shape);
        let offered = capacity(self.cluster, shape);
        let disk = self.disk_of_node(shape);
        let mut allocatable = Resources::default();
        allocatable.milli_cpu = offered.cpu().0 as i64;
        // what a kubelet keeps free by evicting pods nobody can ask for
        let kept = &self.cluster.kubernetes.eviction;
        let kept_memory = if os.is_windows() { kept.windows_memory } else { kept.memory };
        allocatable.memory = offered.memory().0.saturating_sub(kept_memory.0) as i64;
        allocatable.ephemeral_storage = (disk.0 - Amount::Share(kept.nodefs.0).of(disk).0) as i64;
        let name = format!("{}-{number}", of.name);
        let family = match os.family {
            OsFamily::Linux => "linux",
            OsFamily::Windows => "windows",
        };
        let architecture = match os.architecture {
            Architecture::Amd64 => "amd64",
            Architecture::Arm64 => "arm64",
        };
        let zone_name = format!("zone-{zone}");
        let given = [
            ("kubernetes.io/hostname", name.as_str()),
            ("kubernetes.io/os", family),
            ("kubernetes.io/arch", architecture),
            ("topology.kubernetes.io/zone", zone_name.as_str()),
            ("node.kubernetes.io/instance-type", shape.name.as_str()),
            (POOL_LABEL, of.name.as_str()),
        ];
        let own = of.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        NodeSpec {
            name: name.as_str().into(),
            labels: given.into_iter().chain(own).collect(),
            taints: taints(&of.taints),
            unschedulable: false,
            allocatable,
            allowed_pods: of.max_pods.into(),
            images: Vec::new(),
        }
    }
}

/// The taints of a pool or group, which the check of the scenario has found to be some.
pub(super) fn taints(written: &[String]) -> Vec<Taint> {
    let taint = |text: &String| {
        let (pair, effect) = text.rsplit_once(':')?;
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let effect = match effect {
            "NoSchedule" => Effect::NoSchedule,
            "PreferNoSchedule" => Effect::PreferNoSchedule,
            "NoExecute" => Effect::NoExecute,
            _ => return None,
        };
        Some(Taint { key: key.into(), value: value.into(), effect })
    };
    written.iter().filter_map(taint).collect()
}
