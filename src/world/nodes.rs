//! Nodes: the operating system instances that containers run on, bare metal or virtual.

use std::sync::Arc;

use super::{Owner, World};
use crate::docker::{Catalog, EngineId, EnginePolicy, EngineSpec, Engines, ImageId, Registries};
use crate::engine::{SimDuration, SimTime, Streams};
use crate::hypervisor::{VmId, VmSpec, WhenFull};
use crate::machine::{HostId, Hosts};
use crate::placement::{Pool, Resources, policy};
use crate::scenario::{Cluster, ClusterKind, HostShape, Image, Scenario, VmShape};
use crate::sharing::flows::{FlowNetwork, LinkId};
use crate::sharing::{GroupId, LeafId, Share, ShareTree};
use crate::units::{Bytes, Millicores};
use crate::workload::{Sampler, Work};

/// One node.
///
/// Its fields are laid out as they are named: what a change of its memory touches, and what meters
/// read of it then, is one line of a cache.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Node {
    pub engine: EngineId,
    pub host: HostId,
    /// The VM it is in, while that runs.
    pub vm: Option<VmId>,
    pub up: bool,
    /// Its VM has run before: its disk is there, and it is only booted again.
    provisioned: bool,
    /// Has come up, or failed to, since the start.
    settled: bool,
    /// When its memory is looked at again, if nothing happens.
    pub memory_due: SimTime,
    /// So many times as long its VM's work takes, for want of memory.
    pub slowdown: f64,
    /// So many times as long work on it takes, because it pages to disk; now, and at worst.
    pub paging: f64,
    pub worst_paging: f64,
    /// Its part of the host's CPU: the root, or the group of its VM while that runs.
    pub group: Option<GroupId>,
    /// The idle load of the guest, where it is in a VM.
    pub idle: Option<LeafId>,
}

/// All nodes of a cluster of containers; none in a cluster of VMs.
#[derive(Debug)]
pub(super) struct Nodes {
    pub all: Vec<Node>,
    /// What placement has promised on each: the bin of a node has its number.
    pub pool: Pool,
    /// Nodes that have neither come up nor failed to since the start.
    pub awaited: usize,
    pub lines: Lines,
    boot: Option<(Sampler, Sampler)>,
    draws: crate::engine::Stream,
}

/// What transfers go over.
#[derive(Debug)]
pub(super) struct Lines {
    /// The links from the registries to each host: its zone's, where there are zones, and its
    /// network card.
    pub routes: Vec<Vec<LinkId>>,
    /// The link of each zone, where there are zones.
    uplinks: Vec<LinkId>,
}

impl Lines {
    /// Connects the next host. Returns the link that is its disk.
    fn connect(&mut self, shape: &HostShape, zone: u32, network: &mut FlowNetwork) -> LinkId {
        let nic = network.add_link(shape.network);
        let uplink = self.uplinks.get(zone as usize);
        self.routes.push(uplink.copied().into_iter().chain([nic]).collect());
        network.add_link(shape.disk.throughput)
    }
}

/// The shape of each host of a cluster.
pub(super) fn shapes(scenario: &Scenario, cluster: &Cluster) -> Vec<Arc<HostShape>> {
    let all = cluster.machines().flat_map(|machines| {
        let shape = scenario.hosts.iter().find(|shape| shape.name == machines.shape);
        let shape = shape.expect("a loaded scenario names host shapes that exist");
        std::iter::repeat_n(Arc::new(shape.clone()), machines.count as usize)
    });
    all.collect()
}

/// The engines and nodes of a cluster.
pub(super) fn build(
    scenario: &Scenario,
    images: &[Image],
    cluster: &Cluster,
    shapes: &[Arc<HostShape>],
    network: &mut FlowNetwork,
    streams: Streams,
) -> (Engines, Nodes) {
    let catalog = Catalog::new(images).expect("a loaded scenario gives each layer one size");
    let options = cluster.engines();
    let mirror = cluster.registry.as_deref();
    let registries = Registries::new(&scenario.registries, images, mirror, network);
    let mut engines = Engines::new(Arc::new(catalog), registries);
    let uplinks = cluster.zones.map_or(Vec::new(), |zones| {
        (0..zones.count).map(|_| network.add_link(zones.uplink)).collect()
    });
    let mut lines = Lines { routes: Vec::new(), uplinks };
    let mut all = Vec::new();
    let per_host = match cluster.kind {
        // there only VMs of EC2 are on its hosts
        ClusterKind::Ecs | ClusterKind::Eks => 0,
        _ => cluster.vm.as_ref().map_or(1, |vm| vm.per_host),
    };
    if cluster.kind.runs_containers() {
        for (host, shape) in (0..).map(HostId).zip(shapes) {
            let os = cluster.vm.as_ref().map_or(&shape.os, |vm| &vm.guest.os);
            let disk = lines.connect(shape, cluster.zone_of(host.0), network);
            for _ in 0..per_host {
                let engine = engines.add_engine(&EngineSpec {
                    os: os.clone(),
                    route: lines.routes[host.index()].clone(),
                    disk,
                    disk_size: Bytes(shape.disk.size.0 / u64::from(per_host)),
                    policy: EnginePolicy::new(&options),
                });
                all.push(Node::new(engine, host));
            }
        }
    }
    let capacities = all.iter().map(|node| capacity(cluster, &shapes[node.host.index()]));
    let pool = Pool::new(policy(cluster.placement), capacities);
    let laws = cluster.vm.as_ref().map(|vm| (&vm.guest.provision, &vm.guest.boot));
    let boot = laws.map(|(provision, boot)| (sampler(provision), sampler(boot)));
    let draws = streams.named("nodes/boot");
    let nodes = Nodes { awaited: all.len(), all, pool, lines, boot, draws };
    (engines, nodes)
}

fn sampler(law: &crate::scenario::Law) -> Sampler {
    Sampler::new(law).expect("boot laws of a loaded scenario read no files")
}

/// What containers can be promised on one node.
pub(super) fn capacity(cluster: &Cluster, shape: &HostShape) -> Resources {
    let threads = match &cluster.vm {
        Some(vm) => u64::from(vm.vcpus),
        None => u64::from(shape.cores * shape.threads_per_core),
    };
    let memory = memory_for_containers(cluster, shape);
    Resources::new(Millicores(threads * 1000), memory).overcommitted(cluster.overcommit)
}

/// The memory of a node.
pub(super) fn node_memory(cluster: &Cluster, shape: &HostShape) -> Bytes {
    cluster.vm.as_ref().map_or(shape.memory, |vm| vm.memory)
}

/// The memory of a node that its operating system and its engine do not use.
pub(super) fn memory_for_containers(cluster: &Cluster, shape: &HostShape) -> Bytes {
    let system = cluster.vm.as_ref().map_or(shape.system_memory, |vm| vm.guest.memory);
    let kept = system.0.saturating_add(cluster.engine.memory.0);
    Bytes(node_memory(cluster, shape).0.saturating_sub(kept))
}

impl Nodes {
    /// The machine of a node was given back: the next one has a disk that nothing was put on yet.
    pub fn forget_disk(&mut self, node: usize) {
        self.all[node].provisioned = false;
    }
}

impl Node {
    /// One that is down, on an engine without a cache.
    fn new(engine: EngineId, host: HostId) -> Self {
        Self {
            engine,
            host,
            group: None,
            vm: None,
            idle: None,
            up: false,
            slowdown: 1.0,
            paging: 1.0,
            worst_paging: 1.0,
            memory_due: SimTime::MAX,
            provisioned: false,
            settled: false,
        }
    }

    /// Whether containers can be placed on it.
    pub fn is_open(&self, hosts: &Hosts<Work>) -> bool {
        self.up && hosts[self.host.index()].is_up()
    }
}

/// A VM's claim on the CPU of its host.
pub(super) fn vm_share(vm: &VmShape) -> Share {
    let vcpus = f64::from(vm.vcpus);
    Share {
        weight: vm.shares.unwrap_or(vcpus * 1000.0),
        floor: vm.cpu_reservation.cores(),
        cap: vm.cpu_limit.map_or(vcpus, |limit| limit.cores().min(vcpus)),
    }
}

impl World<'_> {
    /// Adds a node on the next host, which is bare metal: down, with an empty disk.
    pub(super) fn add_node(&mut self, host: HostId, shape: &HostShape, zone: u32) {
        let disk = self.nodes.lines.connect(shape, zone, &mut self.network);
        let engine = self.engines.add_engine(&EngineSpec {
            os: shape.os.clone(),
            route: self.nodes.lines.routes[host.index()].clone(),
            disk,
            disk_size: shape.disk.size,
            policy: EnginePolicy::new(&self.cluster.engines()),
        });
        self.engine_died(engine);
        self.nodes.pool.add(capacity(self.cluster, shape));
        self.nodes.all.push(Node::new(engine, host));
    }

    /// Brings the nodes up: at once on bare metal, by booting their VMs otherwise.
    pub(super) fn start_nodes(&mut self) {
        self.power_first_machines();
        self.preload();
        let all = 0..self.nodes.all.len();
        let first: Vec<usize> = all.filter(|&node| self.starts_with(node)).collect();
        self.nodes.awaited = first.len();
        if first.is_empty() {
            self.deploy();
        }
        for node in first {
            self.start_node(node);
        }
    }

    /// Puts the images that are there from the beginning on all engines that can run them.
    fn preload(&mut self) {
        for node in 0..self.nodes.all.len() {
            if self.is_wanted(node) {
                self.preload_node(node);
            }
        }
    }

    /// Puts the images that are there from the beginning on a node that can run them.
    pub(super) fn preload_node(&mut self, node: usize) {
        let options = &self.cluster.engine;
        let mut names: Vec<&String> = options.prepulled_images.iter().collect();
        if options.prepulled {
            names = self.scenario.images.iter().map(|image| &image.name).collect();
            // what is pushed only later is nowhere yet
            let registries = self.engines.registries();
            names.retain(|name| {
                let image = self.image(name);
                registries.content(registries.origin(image), image, SimTime::ZERO).is_some()
            });
        }
        let images: Vec<ImageId> = names.into_iter().map(|name| self.image(name)).collect();
        let engine = self.nodes.all[node].engine;
        for image in images {
            if let Err(refusal) = self.engines.preload(engine, image) {
                let name = &self.engines.catalog().image(image).name;
                self.recorder.warn(refusal.sentence(name));
            }
        }
    }

    /// Starts a node that is down on a host that is up.
    pub(super) fn start_node(&mut self, node: usize) {
        let Some(vm) = &self.cluster.vm else {
            self.node_up(node, ShareTree::<Work>::ROOT);
            return;
        };
        let (provision, boot) = self.nodes.boot.as_ref().expect("nodes in VMs boot");
        let draws = &mut self.nodes.draws;
        let provision = first_only(provision.sample(draws), self.nodes.all[node].provisioned);
        let spec = VmSpec {
            host: Some(self.nodes.all[node].host),
            when_full: WhenFull::Reject,
            ..vm_spec(vm, Owner::Node(node as u32), provision, boot.sample(draws))
        };
        let active = Bytes(vm.guest.memory.0 + self.cluster.engine.memory.0);
        let spec = VmSpec { active_memory: active, ..spec };
        self.hypervisor.request(spec, &mut self.calendar, &mut self.inbox.vms);
    }

    /// The VM of a node runs.
    pub(super) fn node_vm_running(&mut self, node: usize, vm: VmId, host: HostId) {
        if !self.is_wanted(node) || self.nodes.all[node].up {
            // it was given up before it ran
            self.hypervisor.stop(vm, &mut self.calendar, &mut self.inbox.vms);
            return;
        }
        let shape = self.cluster.vm.as_ref().expect("a node in a VM has a shape");
        let now = self.now();
        let cpu = &mut self.hosts[host.index()].cpu;
        let group = cpu.add_group(ShareTree::<Work>::ROOT, vm_share(shape));
        let idle = cpu.add_leaf(now, group, Share::weighted(1000.0), 1.0, None);
        cpu.set_background(now, idle, shape.guest.cpu.cores());
        self.hosts[host.index()].arm(&mut self.calendar);
        self.recorder.vm_started(now, shape.vcpus, shape.guest.own_memory());
        self.recorder.host_used(host);
        self.nodes.all[node].provisioned = true;
        self.nodes.all[node].vm = Some(vm);
        self.nodes.all[node].idle = Some(idle);
        self.node_up(node, group);
    }

    pub(super) fn node_up(&mut self, node: usize, group: GroupId) {
        let it = &mut self.nodes.all[node];
        it.group = Some(group);
        it.up = true;
        self.engines.boot(it.engine);
        self.recorder.node_memory.moved(node);
        self.machine_up(node);
        self.node_settled(node);
        self.room_made();
    }

    /// One node fewer to wait for before the first deployment.
    pub(super) fn node_settled(&mut self, node: usize) {
        if !std::mem::replace(&mut self.nodes.all[node].settled, true) && self.nodes.awaited > 0 {
            self.nodes.awaited -= 1;
            if self.nodes.awaited == 0 {
                self.deploy();
            }
        }
    }

    /// A node's machine died: everything on it is gone at once.
    pub(super) fn node_down(&mut self, node: usize) {
        let now = self.now();
        let it = &mut self.nodes.all[node];
        if !std::mem::replace(&mut it.up, false) {
            return;
        }
        (it.vm, it.slowdown, it.paging) = (None, 1.0, 1.0);
        let engine = it.engine;
        self.recorder.node_memory.moved(node);
        self.machine_down(node);
        self.engine_died(engine);
        // what ran on it must be off the CPU before the group of its VM goes
        self.deliver();
        let it = &mut self.nodes.all[node];
        let (host, group, idle) = (it.host, it.group.take(), it.idle.take());
        if let (Some(group), Some(idle)) = (group, idle) {
            let cpu = &mut self.hosts[host.index()].cpu;
            cpu.remove_leaf(now, idle, &mut self.done);
            cpu.remove_group(group);
            let shape = self.cluster.vm.as_ref().expect("a node in a VM has a shape");
            self.recorder.vm_ended(now, shape.vcpus, shape.guest.own_memory());
        }
    }

    /// The image of this name.
    pub(super) fn image(&self, name: &str) -> ImageId {
        self.engines.catalog().find(name).expect("a loaded scenario names images that exist")
    }

    /// Core-nanoseconds of the host per nanosecond of demand on a node.
    pub(super) fn effort(&self, host: HostId) -> f64 {
        let overhead = self.cluster.vm.as_ref().map_or(0.0, |vm| vm.guest.cpu_overhead.0);
        let hardware = self.tenants.hardware(host);
        let speed = self.hosts[host.index()].speed() * self.faults.speed_left(hardware);
        1.0 / (speed * (1.0 - overhead))
    }

    /// What the platform's network adds to an answer.
    pub(super) fn latency(&self) -> SimDuration {
        self.cluster.vm.as_ref().map_or(SimDuration::ZERO, |vm| vm.guest.network_latency)
    }
}

/// The time to provision a VM, which one that has run before does not need again: after the failure
/// of its host it is started from the disk it has, as by the high availability of vSphere, `nova
/// evacuate` of OpenStack with shared storage, or the HA manager of Proxmox VE.
pub(super) fn first_only(provision: SimDuration, provisioned: bool) -> SimDuration {
    if provisioned { SimDuration::ZERO } else { provision }
}

/// The request for a VM of this shape.
pub(super) fn vm_spec(
    vm: &VmShape,
    owner: Owner,
    provision: SimDuration,
    boot: SimDuration,
) -> VmSpec {
    VmSpec {
        owner: owner.token(),
        vcpus: vm.vcpus,
        memory: vm.memory,
        reserve: VmSpec::whole(vm.vcpus, vm.memory, vm.guest.hypervisor_memory),
        memory_reservation: Bytes(0),
        host: None,
        when_full: WhenFull::Wait,
        provision,
        boot,
        shutdown: SimDuration::ZERO,
        lifetime: None,
        guest_memory: vm.guest.memory,
        hypervisor_memory: vm.guest.hypervisor_memory,
        active_memory: vm.guest.memory,
    }
}

#[cfg(test)]
mod tests {
    use std::mem::{offset_of, size_of};

    use super::*;

    #[test]
    fn what_meters_read_of_a_node_is_one_line() {
        assert_eq!(align_of::<Node>(), 64);
        let ends = [
            offset_of!(Node, vm) + size_of::<Option<VmId>>(),
            offset_of!(Node, memory_due) + size_of::<SimTime>(),
            offset_of!(Node, worst_paging) + size_of::<f64>(),
        ];
        assert!(ends.into_iter().all(|end| end <= 64), "{ends:?}");
    }
}
