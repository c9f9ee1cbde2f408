//! The world: one cluster of a scenario, alive. The only file that knows everyone.
//!
//! It owns every component, pops events off the calendar and hands each to the component whose it
//! is, and delivers what components tell (their notices) to whom it concerns:
//!
//! ```text
//!   hypervisor ──VM runs / ended──▶ nodes, replicas, fleet
//!   docker ──container runs / ended──▶ replicas, jobs
//!   services ──more requests than allowed, drained──▶ replicas
//!   autoscaler ──how many──▶ replicas
//!   hosts ──work done──▶ services, jobs
//! ```
//!
//! Each cluster of a scenario is a world of its own, on hosts of its own, under the same random
//! streams: what differs between two results is the platform.

mod access;
mod ahead;
mod autoscaler;
mod balancers;
mod bandwidth;
mod checks;
mod containers;
mod credits;
mod disks;
mod done;
mod drains;
mod ec2;
mod ecs;
mod event;
mod fargate;
mod faults;
mod findings;
mod firewall;
mod fleet;
mod inbox;
mod input;
mod jobs;
mod kubernetes;
mod machines;
mod memory;
mod migrations;
mod nodes;
mod one_host;
mod owner;
mod pushes;
mod recorder;
mod replicas;
mod rollouts;
mod shares;
mod subnets;
mod summary;
mod tenants;
mod units;
mod unknown_images;
mod vms;
mod volumes;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::docker::Engines;
use crate::engine::{Calendar, Phase, Schedule, SimDuration, SimTime, Streams};
use crate::hypervisor::{HostSpec, Hypervisor, MemoryRules};
use crate::machine::{Host, HostEvent, HostId, Hosts};
use crate::metrics::Recording;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, HostShape, Image, Scenario};
use crate::sharing::flows::FlowNetwork;
use crate::workload::storage::DeviceId;
use crate::workload::{AppId, Services, Surroundings, Work};
pub use checks::check_files;
pub use event::Event;
use inbox::Inbox;
pub use input::{InputError, Unbound, Unfit};
pub use one_host::{OneHost, one_host};
use owner::Owner;
use recorder::Recorder;

/// One cluster of a scenario, alive; see the [module documentation](self).
pub struct World<'a> {
    scenario: &'a Scenario,
    cluster: &'a Cluster,
    /// Of each host.
    shapes: Vec<Arc<HostShape>>,
    seed: u64,
    end: SimTime,
    /// The run ends where measuring would begin, unless all replicas are ready then.
    only_if_ready: bool,
    calendar: Calendar<Event>,
    hosts: Hosts<Work>,
    hypervisor: Hypervisor,
    network: FlowNetwork,
    engines: Engines,
    nodes: nodes::Nodes,
    machines: machines::Machines,
    /// The disk of each host on which something is read or written.
    disks: BTreeMap<HostId, DeviceId>,
    volumes: volumes::Volumes,
    tenants: tenants::Tenants,
    credits: credits::Credits,
    cards: bandwidth::Cards,
    access: access::Access<'a>,
    pushes: pushes::Pushes,
    services: Services,
    replicas: replicas::Replicas,
    autoscalers: autoscaler::Autoscalers,
    recommenders: autoscaler::Recommenders,
    jobs: jobs::Jobs,
    /// The Kubernetes cluster, if it is one.
    kubernetes: Option<Box<kubernetes::Kubernetes>>,
    /// Subnets, where there are any.
    subnets: subnets::Subnets,
    firewalls: firewall::Firewalls,
    /// Groups of instances, where the cluster is on EC2.
    ec2: Option<Box<ec2::Ec2>>,
    /// The cluster of ECS, if it is one.
    ecs: Option<Box<ecs::Ecs>>,
    fleet: fleet::Fleet,
    faults: faults::Faults,
    migrations: migrations::Migrations,
    recorder: Recorder,
    inbox: Inbox,
    done: Vec<Work>,
}

impl<'a> World<'a> {
    /// The named cluster of a loaded scenario, before anything has happened.
    ///
    /// # Errors
    /// When a file of arrivals, demands, recorded VMs or policies cannot be used.
    pub fn new(
        scenario: &'a Scenario,
        cluster: &'a Cluster,
        seed: u64,
    ) -> Result<Self, InputError> {
        let at = place(scenario, cluster);
        let subnets = subnets::Subnets::new(cluster, &at)?;
        let shapes = nodes::shapes(scenario, cluster);
        let streams = Streams::new(seed);
        let mut network = FlowNetwork::new();
        let manifests = kubernetes::manifests(&cluster.kubernetes)?;
        let bindings = kubernetes::bind(scenario, cluster, &manifests).map_err(Box::new)?;
        let (pools, fleets) = kubernetes::fleets(cluster, &at)?;
        let documents = ecs::documents(scenario, cluster)?;
        let unknown = unknown_images::of(scenario, cluster, &manifests, &documents);
        let images: Vec<Image> = scenario.images.iter().chain(&unknown).cloned().collect();
        let (mut engines, nodes) =
            nodes::build(scenario, &images, cluster, &shapes, &mut network, streams);
        let access = access::Access::decide(scenario, cluster, &mut engines)?;
        let pushes = pushes::Pushes::new(scenario, &engines)?;
        let (autoscalers, idle) = autoscaler::Autoscalers::new(scenario, &bindings, &manifests);
        let recorder = Recorder::new(scenario, cluster, |app| autoscalers.scales(app));
        let mut services = Services::new(scenario, cluster, streams)?;
        let ecs = ecs::Ecs::new(scenario, cluster, documents, &subnets, streams)?;
        let units = (ecs.as_deref(), &manifests[..], &bindings[..]);
        let fronts = balancers::add(scenario, cluster, units, &at, &mut services)?;
        let world = Self {
            scenario,
            cluster,
            seed,
            end: SimTime::ZERO + scenario.simulation.duration,
            only_if_ready: false,
            calendar: Calendar::new(),
            hosts: hosts(cluster, &shapes),
            machines: machines::Machines::new(shapes.len(), nodes.all.len()),
            hypervisor: hypervisor(cluster, &shapes),
            shapes,
            network,
            engines,
            nodes,
            disks: BTreeMap::new(),
            volumes: volumes::Volumes::new(&cluster.ebs, streams)?,
            tenants: tenants::Tenants::new(cluster.host_count() as usize),
            credits: credits::Credits::default(),
            cards: bandwidth::Cards::default(),
            access,
            pushes,
            services,
            replicas: replicas::Replicas::new(scenario, cluster, streams)?,
            autoscalers,
            recommenders: autoscaler::Recommenders::new(scenario),
            jobs: jobs::Jobs::new(scenario, streams)?,
            kubernetes: kubernetes::Kubernetes::new(
                cluster, manifests, bindings, pools, fronts, streams,
            )?,
            ec2: ec2::Ec2::new(scenario, cluster, &subnets, &fleets, streams, &at)?,
            firewalls: firewall::Firewalls::new(cluster, &subnets, &at)?,
            ecs,
            subnets,
            fleet: fleet::Fleet::new(scenario, streams)?,
            faults: faults::Faults::new(scenario, cluster, streams)?,
            migrations: migrations::Migrations::default(),
            recorder,
            inbox: Inbox::default(),
            done: Vec::new(),
        };
        world.begin(idle, &unknown)
    }

    /// Sees to what is so from the beginning.
    fn begin(mut self, idle: Vec<String>, unknown: &[Image]) -> Result<Self, InputError> {
        self.warn_of_idle(idle, unknown);
        self.look_at_rules()?;
        self.start();
        Ok(self)
    }

    /// Warns of what the scenario says and nothing comes of, and of what it does not say.
    fn warn_of_idle(&mut self, autoscalers: Vec<String>, unknown: &[Image]) {
        let idle = access::idle_regions(self.scenario, self.cluster).into_iter();
        let idle = idle.chain(self.idle_pushes()).chain(self.idle_keys()).chain(self.idle_jobs());
        for warning in idle.chain(autoscalers).collect::<Vec<_>>() {
            self.recorder.warn(warning);
        }
        self.warn_of_unknown(unknown);
    }

    /// Has the run end where measuring would begin, unless all replicas are ready then: for those
    /// who only want to know whether they find room. Without a warm-up measuring begins with the
    /// run, when nobody can be ready yet, and it plays to its end.
    pub fn only_if_ready(self) -> Self {
        Self { only_if_ready: true, ..self }
    }

    /// Whether all replicas of all apps are ready.
    fn all_ready(&self) -> bool {
        let mut apps = (0..self.scenario.apps.len() as u32).map(AppId);
        apps.all(|id| {
            let wanted = match self.replicas.wanted(id) {
                // they have not been asked for yet
                0 => self.replicas_at_start(id) as usize,
                wanted => wanted,
            };
            self.services.ready(id) >= wanted
        })
    }

    /// Plays the world to its end and returns its record. `progress` is told of the simulated time
    /// now and then.
    ///
    /// # Errors
    /// When a file of arrivals broke after it was opened.
    pub fn run(mut self, progress: &mut dyn FnMut(SimTime)) -> Result<Recording, InputError> {
        const STRIDE: u32 = 1 << 16;
        let mut until_report = STRIDE;
        while !self.is_done()
            && let Some((now, event)) = self.calendar.pop_until(self.end)
        {
            self.fetch_ahead();
            self.handle(now, event);
            until_report -= 1;
            if until_report == 0 {
                until_report = STRIDE;
                progress(now);
            }
        }
        self.end_if_done();
        if cfg!(debug_assertions) {
            self.audit();
        }
        match self.services.take_failure().or_else(|| self.jobs.take_failure()) {
            Some(failure) => Err(failure.into()),
            None => Ok(self.into_recording()),
        }
    }

    fn start(&mut self) {
        let warm_up = self.scenario.simulation.warm_up;
        if !warm_up.is_zero() {
            self.calendar.push(SimTime::ZERO + warm_up, Phase::Observe, Event::Measure);
        }
        let first = self.recorder.first_tick();
        self.calendar.push(first, Phase::Observe, Event::Tick);
        self.start_nodes();
        self.services.start(&mut self.calendar);
        self.jobs.start(&mut self.calendar);
        self.fleet.start(&mut self.calendar);
        self.faults.start(&mut self.calendar);
        self.start_ec2();
        self.await_rollouts();
        self.pushes.start(self.scenario, &mut self.calendar);
        self.deliver();
    }

    fn handle(&mut self, now: SimTime, event: Event) {
        match event {
            Event::Host(event) => self.on_host(event, now),
            Event::Service(event) => {
                let (services, mut around) = self.split();
                services.on(event, &mut around);
            }
            Event::Vm(event) => {
                self.hypervisor.on(event, &mut self.calendar, &mut self.inbox.vms);
            }
            Event::Container(event) => self.on_container(event),
            Event::Flow(event) => self.on_flow(event, now),
            Event::Push(event) => self.on_push(event),
            Event::Registry(event) => self.on_registry(event),
            Event::Replica(event) => self.on_replica(event),
            Event::Job(event) => self.on_job(event),
            Event::Fleet(event) => self.on_fleet(event),
            Event::Fault(event) => self.on_fault(event),
            Event::Autoscaler(event) => self.on_autoscaler(event),
            Event::Recommender(event) => self.on_recommender(event),
            Event::Control(event) => self.on_control(event),
            Event::Process(event) => self.on_process(event),
            Event::Ecs(event) => self.on_ecs(event),
            Event::Task(event) => self.on_task_run(event),
            Event::TaskProcess(event) => self.on_task_process(event),
            Event::Instance(event) => self.on_instance(event),
            Event::Rollout(rollout) => self.on_rollout(rollout),
            Event::Machine(event) => self.on_machine(event),
            Event::Update(event) => self.on_update(event),
            Event::Fargate(event) => self.on_fargate(event),
            Event::Address(event) => self.on_address(event),
            Event::Balancing(event) => self.on_balancing(event),
            Event::Ec2(event) => self.on_ec2(event),
            Event::Memory(event) => self.on_memory(event),
            Event::Volume(event) => self.on_volume(event),
            Event::Credit(event) => self.on_credit(event),
            Event::Bandwidth(event) => self.on_bandwidth(event),
            Event::Tick => self.on_tick(),
            Event::Measure => self.on_measure(),
        }
        self.deliver();
    }

    /// Work on a host's CPU is done.
    fn on_host(&mut self, event: HostEvent, now: SimTime) {
        if event.is_demand() {
            return self.demand_changed(event.host);
        }
        let mut done = std::mem::take(&mut self.done);
        self.hosts[event.host.index()].on(event, now, &mut done);
        for work in done.drain(..) {
            match work {
                Work::Request(slot) => {
                    let (services, mut around) = self.split();
                    services.computed(slot, &mut around);
                }
                Work::Process(job) => self.job_thread_done(job),
            }
        }
        self.done = done;
        self.hosts[event.host.index()].arm(&mut self.calendar);
    }

    /// The services, and what they need of everything else.
    fn split(&mut self) -> (&mut Services, Surroundings<'_, Calendar<Event>>) {
        let around = Surroundings {
            hosts: &mut self.hosts,
            schedule: &mut self.calendar,
            notices: &mut self.inbox.services,
        };
        (&mut self.services, around)
    }

    /// Checks the books of every part against each other.
    ///
    /// # Panics
    /// When a book is wrong.
    fn audit(&self) {
        self.hypervisor.audit();
        if let Err(imbalance) = self.engines.check() {
            panic!("{imbalance}");
        }
        self.services.audit();
        self.pushes.audit();
        self.audit_nodes();
        self.audit_instances();
        self.audit_fargate();
        self.audit_places();
    }

    fn now(&self) -> SimTime {
        self.calendar.now()
    }

    /// Schedules an event of the world's own parts.
    fn after<E>(&mut self, delay: SimDuration, phase: Phase, event: E)
    where
        Event: From<E>,
    {
        self.calendar.after(delay, phase, event);
    }
}

/// The hosts of a cluster. Those of ECS are divided among instances.
fn hosts(cluster: &Cluster, shapes: &[Arc<HostShape>]) -> Hosts<Work> {
    let host = match cluster.kind {
        ClusterKind::Ecs => Host::divided,
        _ => Host::new,
    };
    (0..).map(HostId).zip(shapes).map(|(id, shape)| host(id, shape)).collect()
}

/// The hypervisor of a cluster, and hosts for it.
fn hypervisor(cluster: &Cluster, shapes: &[Arc<HostShape>]) -> Hypervisor {
    let rules = MemoryRules::from(cluster.vm_memory);
    let specs = shapes.iter().map(|shape| HostSpec::of(shape, cluster.overcommit));
    Hypervisor::new(cluster.placement, rules, specs)
}

/// Where a cluster stands in its scenario.
fn place(scenario: &Scenario, cluster: &Cluster) -> Path {
    let place = scenario.clusters.iter().position(|it| it.name == cluster.name);
    Path::element("cluster", place.unwrap_or_default())
}
