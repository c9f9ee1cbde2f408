//! Replicas of apps: placed, started, brought into service, and started again when they are lost.
//!
//! The part of an orchestrator that every platform here has: it keeps the wanted number of replicas
//! running, one container or one virtual machine each, and waits for room when there is none.

mod audit;
mod memory;
mod migration;
mod observed;
mod process;
mod scaling;
mod starts;

use self::starts::Start;
use super::nodes::{first_only, vm_share, vm_spec};
use super::units::Unit;
use super::{Owner, World};
use crate::docker::{ContainerId, ContainerSpec};
use crate::engine::{Marks, SimDuration, SimTime, Stream, Streams};
use crate::hypervisor::{VmId, VmSpec};
use crate::kubernetes::controllers::endpoint_hints::Capacity;
use crate::machine::HostId;
use crate::metrics::starts::{Cause, Phase as StartPhase, StartPlace};
use crate::placement::{BinId, Resources};
use crate::scenario::{App, Cluster, ClusterKind, Scenario};
use crate::sharing::{LeafId, Share, ShareTree};
use crate::units::Bytes;
use crate::workload::{AppId, ReplicaId, Sampler, Work};
use crate::world::InputError;

const NO_ROOM: &str = "no node has enough CPU or memory left";
const NO_ROOM_APART: &str = "no host without a replica has enough CPU or memory left";

/// Something about a replica's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaEvent {
    /// The process answers.
    Ready {
        /// Whose.
        replica: u32,
        /// Which of its processes.
        process: u32,
    },
    /// The time is over that a replica in a VM has to answer what it holds.
    GraceOver {
        /// Whose.
        replica: u32,
        /// Which of its processes.
        process: u32,
    },
}

/// Where a replica is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nowhere: it waits for room.
    Nowhere,
    /// In a container on a node.
    Node { node: u32, container: ContainerId },
    /// In a VM of its own, on a host once it is placed.
    Vm { vm: VmId, host: Option<HostId> },
    /// In a pod or task, on a node once that has one.
    Unit { unit: Unit, node: Option<u32> },
}

/// One replica.
#[derive(Clone, Debug)]
pub(super) struct Replica {
    app: AppId,
    asked: SimTime,
    pub place: Place,
    /// Its process, while there is one.
    pub leaf: Option<(HostId, LeafId)>,
    /// Its server, while there is one: in service, or answering its last requests.
    pub service: Option<ReplicaId>,
    /// Requests come to its pod, whatever becomes of its process.
    pub routed: bool,
    /// Its process has started and answers.
    answers: bool,
    /// Counts its processes, twice each; goes on where the next replica takes its place.
    process: u32,
    /// When its process started.
    started: SimTime,
    /// When the memory of that is looked at again, if nothing happens.
    memory_due: SimTime,
    /// Requests it may hold until then: for its own limit, and for its node's.
    allowed: (u32, u32),
    /// When it was placed, or was last ready, or became ready.
    turned: SimTime,
    /// When it was placed, while it is.
    placed: Option<SimTime>,
    standing: Standing,
    /// Counts the replicas of its app.
    number: u32,
    /// Its start, while that is under way.
    start: Option<Box<Start>>,
    was_ready: bool,
    /// A process of it has run: its VM has a disk.
    has_run: bool,
    /// So many times as long the work in a VM of its own takes, for want of memory.
    slowdown: f64,
}

/// Whether a replica is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Yes.
    Wanted,
    /// Yes, but its container has ended for good.
    Ended,
    /// No: it answers what it holds, and goes.
    Leaving,
    /// No: the place is free for the next.
    Gone,
}

/// What is drawn for an app's replicas.
struct Laws {
    start: Sampler,
    starts: Stream,
    container: Sampler,
    provision: Option<Sampler>,
    boot: Option<Sampler>,
    platform: Stream,
}

/// All replicas of a cluster.
pub(super) struct Replicas {
    pub all: Vec<Replica>,
    /// Of each app those that are wanted, the oldest first.
    wanted: Vec<Vec<u32>>,
    /// Places of those that are gone.
    free: Vec<u32>,
    laws: Vec<Laws>,
    /// Those that wait for room, first come, first served.
    waiting: Vec<u32>,
    /// Replicas of each app on each host.
    on_host: Vec<Vec<u32>>,
    /// Replica of each server.
    of_server: Vec<u32>,
    /// Those that may use more or less memory than when that was last asked for.
    unsettled: Marks,
}

impl Replicas {
    pub fn new(
        scenario: &Scenario,
        cluster: &Cluster,
        streams: Streams,
    ) -> Result<Self, InputError> {
        let laws = scenario.apps.iter().map(|app| Laws::new(app, cluster, streams));
        let hosts = cluster.host_count() as usize;
        Ok(Self {
            all: Vec::new(),
            wanted: vec![Vec::new(); scenario.apps.len()],
            free: Vec::new(),
            laws: laws.collect::<Result<_, _>>()?,
            waiting: Vec::new(),
            on_host: vec![vec![0; hosts]; scenario.apps.len()],
            of_server: Vec::new(),
            unsettled: Marks::default(),
        })
    }
}

impl Replicas {
    /// The replica that has, or had, this server.
    pub fn of_server(&self, server: ReplicaId) -> u32 {
        self.of_server[server.0 as usize]
    }

    /// Whether the process of a replica has started and answers.
    pub fn answers(&self, replica: u32) -> bool {
        let it = &self.all[replica as usize];
        it.answers && it.leaf.is_some()
    }

    /// There is another host from now on, without replicas.
    pub fn add_host(&mut self) {
        self.on_host.iter_mut().for_each(|hosts| hosts.push(0));
    }
}

impl Laws {
    fn new(app: &App, cluster: &Cluster, streams: Streams) -> Result<Self, InputError> {
        let name = |part: &str| format!("app/{}/{part}", app.name);
        let guest = cluster.vm.as_ref().map(|vm| &vm.guest);
        Ok(Self {
            start: Sampler::new(&app.start)?,
            starts: streams.named(&name("start")),
            container: Sampler::new(&cluster.engine.start)?,
            provision: guest.map(|guest| Sampler::new(&guest.provision)).transpose()?,
            boot: guest.map(|guest| Sampler::new(&guest.boot)).transpose()?,
            platform: streams.named(&name("platform")),
        })
    }
}

impl World<'_> {
    /// Asks for all replicas of all apps: what a user does once the cluster is up.
    pub(super) fn deploy(&mut self) {
        self.capacity_changed();
        if self.cluster.kind == ClusterKind::Ecs {
            self.deploy_services();
            self.start_recommenders();
            return;
        }
        if self.cluster.kind.is_kubernetes() {
            self.deploy_objects();
            self.start_autoscalers();
            self.start_recommenders();
            return;
        }
        for (index, app) in (0..).zip(&self.scenario.apps) {
            for _ in 0..app.replicas {
                self.add_replica(AppId(index), SimTime::ZERO);
            }
        }
        self.start_autoscalers();
        self.start_recommenders();
    }

    /// There may be another amount of CPU in a zone than before, on which the routing of apps can
    /// depend.
    pub(super) fn capacity_changed(&mut self) {
        if self.services.minds_capacity() {
            let capacity = Capacity::of(self.ready_nodes());
            self.services.set_capacity(&capacity);
        }
    }

    /// Finds a place for a replica, or has it wait.
    fn place_replica(&mut self, replica: u32) {
        let placed = match self.cluster.kind {
            ClusterKind::Docker => self.place_on_node(replica),
            ClusterKind::Hypervisor => self.place_in_vm(replica),
            ClusterKind::Kubernetes | ClusterKind::Ecs | ClusterKind::Eks => {
                unreachable!("its control plane places them")
            }
            ClusterKind::Placement => unreachable!("it has no replicas"),
        };
        if !placed {
            self.replicas.waiting.push(replica);
        }
    }

    /// Tries again for all that wait, in the order in which they came.
    fn place_waiting(&mut self) {
        for replica in std::mem::take(&mut self.replicas.waiting) {
            self.place_replica(replica);
        }
    }

    /// Room was made: those who wait are tried again, replicas before jobs.
    pub(super) fn room_made(&mut self) {
        self.place_waiting();
        self.place_waiting_jobs();
    }

    fn place_on_node(&mut self, replica: u32) -> bool {
        let app_id = self.replicas.all[replica as usize].app;
        let app = &self.scenario.apps[app_id.0 as usize];
        let need = Resources::new(app.cpu.request, app.memory.request);
        let (nodes, hosts) = (&self.nodes.all, &self.hosts);
        let on_host = &self.replicas.on_host[app_id.0 as usize];
        let eligible = |bin: BinId| {
            let node = &nodes[bin.index()];
            node.is_open(hosts) && !(app.spread && on_host[node.host.index()] > 0)
        };
        let Some(bin) = self.nodes.pool.choose(need, &eligible) else {
            let reason = if app.spread { NO_ROOM_APART } else { NO_ROOM };
            self.recorder.no_room(app_id, reason);
            return false;
        };
        self.nodes.pool.take(bin, need);
        let node = &self.nodes.all[bin.index()];
        self.replicas.on_host[app_id.0 as usize][node.host.index()] += 1;
        let engine = node.engine;
        let spec = ContainerSpec {
            image: self.image(&app.image),
            pull: None,
            owner: Owner::Replica(replica).token(),
            start: self.container_start(replica),
            memory_limit: app.memory.limit,
            restart: app.restart,
            writes: app.writes.0 as u64,
        };
        let container = self.run_container(engine, spec);
        let now = self.now();
        let it = &mut self.replicas.all[replica as usize];
        it.place = Place::Node { node: bin.0, container };
        it.placed_at(now);
        self.start_placed(replica, self.node_place(bin.0));
        true
    }

    fn place_in_vm(&mut self, replica: u32) -> bool {
        let app_id = self.replicas.all[replica as usize].app;
        let app = &self.scenario.apps[app_id.0 as usize];
        let vm = self.cluster.vm.as_ref().expect("apps on a hypervisor have a VM shape");
        let shape = vm_spec(vm, Owner::Replica(replica), SimDuration::ZERO, SimDuration::ZERO);
        let mut host = None;
        if app.spread {
            let on_host = &self.replicas.on_host[app_id.0 as usize];
            host = self.hypervisor.room_for(&shape, |host| on_host[host.index()] == 0);
            if host.is_none() {
                self.recorder.no_room(app_id, NO_ROOM_APART);
                return false;
            }
        }
        let laws = &mut self.replicas.laws[app_id.0 as usize];
        let sample = |law: &Option<Sampler>, draws: &mut Stream| {
            law.as_ref().expect("VM shapes have these laws").sample(draws)
        };
        let provision = sample(&laws.provision, &mut laws.platform);
        let provision = first_only(provision, self.replicas.all[replica as usize].has_run);
        let boot = sample(&laws.boot, &mut laws.platform);
        let active_memory = Bytes(vm.guest.memory.0 + app.memory.idle().0);
        let spec = VmSpec { provision, boot, host, active_memory, ..shape };
        self.start_provisions(replica, provision);
        let requested = self.hypervisor.request(spec, &mut self.calendar, &mut self.inbox.vms);
        if let Some(vm) = requested {
            self.replicas.all[replica as usize].place = Place::Vm { vm, host: None };
            if let Some(host) = self.hypervisor.host_of(vm) {
                self.replica_vm_placed(replica, host);
            }
        }
        // the hypervisor itself keeps those that wait
        true
    }

    /// A host was found for a replica's VM.
    pub(super) fn replica_vm_placed(&mut self, replica: u32, on: HostId) {
        let now = self.now();
        let it = &mut self.replicas.all[replica as usize];
        if let Place::Vm { host: host @ None, .. } = &mut it.place {
            *host = Some(on);
            it.placed_at(now);
            self.replicas.on_host[it.app.0 as usize][on.index()] += 1;
            self.start_placed(replica, StartPlace { host: on.0, node: None });
        }
    }

    /// A replica's VM found no host.
    pub(super) fn replica_waits(&mut self, replica: u32, reason: &str) {
        let app = self.replicas.all[replica as usize].app;
        self.recorder.no_room(app, reason);
    }

    /// The VM of a replica runs: its process starts.
    pub(super) fn replica_vm_running(&mut self, replica: u32, host: HostId) {
        let vm = self.cluster.vm.as_ref().expect("apps on a hypervisor have a VM shape");
        let (share, now) = (vm_share(vm), self.now());
        self.recorder.vm_started(now, vm.vcpus, vm.guest.own_memory());
        self.start_passes(replica, StartPhase::Boot);
        let root = ShareTree::<Work>::ROOT;
        let leaf = self.start_process(replica, host, root, share, None);
        let cpu = &mut self.hosts[host.index()].cpu;
        cpu.set_background(now, leaf, vm.guest.cpu.cores());
        self.hosts[host.index()].arm(&mut self.calendar);
    }

    /// The container of a replica runs: its process starts.
    pub(super) fn replica_container_running(&mut self, replica: u32) {
        self.ask_engine(replica);
        self.start_passes(replica, StartPhase::Container);
        let it = &self.replicas.all[replica as usize];
        let Place::Node { node, .. } = it.place else {
            unreachable!("a container's replica is on a node")
        };
        let app = &self.scenario.apps[it.app.0 as usize];
        let node = &self.nodes.all[node as usize];
        let group = node.group.expect("a node that runs containers is up");
        let share = Share::weighted(app.cpu.request.0.max(2) as f64);
        let limit = app.cpu.limit;
        self.start_process(replica, node.host, group, share, limit);
    }

    /// The machine of a replica is gone: the replica is asked for again, if it still is wanted.
    pub(super) fn replica_lost(&mut self, replica: u32) {
        let wanted = self.replicas.all[replica as usize].standing == Standing::Wanted;
        self.start_fails(replica, "its machine was lost");
        self.replica_ended(replica);
        if wanted {
            self.begin_start(replica, Cause::Replaced, self.now());
            self.place_replica(replica);
        } else {
            self.room_made();
        }
    }

    /// A replica's container has ended, and is not started again.
    pub(super) fn replica_ended_for_good(&mut self, replica: u32) {
        self.replica_ended(replica);
        let it = &mut self.replicas.all[replica as usize];
        if it.standing == Standing::Wanted {
            it.standing = Standing::Ended;
        }
        self.room_made();
    }

    /// A replica's container or VM is gone for good.
    fn replica_ended(&mut self, replica: u32) {
        let had_process = self.replicas.all[replica as usize].leaf.is_some();
        self.process_gone(replica);
        self.forget_volume(replica);
        let now = self.now();
        let it = &mut self.replicas.all[replica as usize];
        let app = &self.scenario.apps[it.app.0 as usize];
        (it.slowdown, it.placed) = (1.0, None);
        let host = match std::mem::replace(&mut it.place, Place::Nowhere) {
            Place::Nowhere => None,
            Place::Node { node, .. } => {
                let need = Resources::new(app.cpu.request, app.memory.request);
                self.nodes.pool.give(BinId(node), need);
                Some(self.nodes.all[node as usize].host)
            }
            Place::Unit { .. } => unreachable!("the control plane ends these"),
            Place::Vm { host, .. } => {
                if let (true, Some(vm)) = (had_process, &self.cluster.vm) {
                    self.recorder.vm_ended(now, vm.vcpus, vm.guest.own_memory());
                }
                host
            }
        };
        if let Some(host) = host {
            self.replicas.on_host[it.app.0 as usize][host.index()] -= 1;
        }
        if it.standing == Standing::Leaving {
            self.replicas.forget(replica);
        }
    }

    /// How long the next start of a replica's container takes.
    pub(super) fn container_start(&mut self, replica: u32) -> SimDuration {
        let app = self.replicas.all[replica as usize].app;
        let laws = &mut self.replicas.laws[app.0 as usize];
        laws.container.sample(&mut laws.platform)
    }
}
