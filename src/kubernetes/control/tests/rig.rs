//! A cluster of nodes with engines and nothing else: images are there, processes do as told.

use std::sync::Arc;

use k8s_openapi::api::core::v1::PodTemplateSpec;

use crate::docker::samples::{linux, policy};
use crate::docker::{
    Catalog, ContainerEvent, ContainerId, ContainerNotice, Context, EnginePolicy, EngineSpec,
    Engines, ExitCode, ImageId, MemoryUse, Owners, Registries,
};
use crate::engine::{Calendar, Phase, SimDuration, SimTime};
use crate::kubernetes::api::{defaults, read_text};
use crate::kubernetes::control::limiter::{Limits, Rate};
use crate::kubernetes::control::log::Entry;
use crate::kubernetes::control::{Around, ControlEvent, ControlPlane, NewNode, Notice, Rejected};
use crate::kubernetes::objects::{NodeId, NodeMemory, PodId, WorkloadId};
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::queue::Settings;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::ties::TieBreak;
use crate::scenario;
use crate::sharing::flows::{FlowEvent, FlowNetwork};
use crate::units::{Bandwidth, Bytes};

/// Images that all nodes have.
const IMAGES: [&str; 4] = ["app:1", "app:2", "task:1", "broken:1"];

#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Control(ControlEvent),
    Docker(ContainerEvent),
    Flow(FlowEvent),
    /// A process ends by itself, if it is still the same.
    Exit(ContainerId, i32),
}

impl From<ControlEvent> for Event {
    fn from(event: ControlEvent) -> Self {
        Self::Control(event)
    }
}

impl From<ContainerEvent> for Event {
    fn from(event: ContainerEvent) -> Self {
        Self::Docker(event)
    }
}

impl From<FlowEvent> for Event {
    fn from(event: FlowEvent) -> Self {
        Self::Flow(event)
    }
}

/// How long the process of a container runs, in milliseconds, and with which code it ends: by its
/// image and the name of its pod. None for one that serves until it is stopped.
pub(super) type Lives = fn(&str, &str) -> Option<(u64, i32)>;

/// What each image does: tasks run for a minute, what is broken fails after three seconds.
fn lives(image: &str, _pod: &str) -> Option<(u64, i32)> {
    match image {
        "task:1" => Some((60_000, 0)),
        "broken:1" => Some((3_000, 1)),
        _ => None,
    }
}

/// A running cluster.
pub(super) struct Rig {
    pub control: ControlPlane,
    pub lives: Lives,
    /// How long an app takes to end when it is told to, in milliseconds.
    pub stops: u64,
    /// What the process of a container of this image uses, in MiB.
    pub uses: fn(&str) -> u64,
    /// What the process of a container of this image writes, in MB a second.
    pub writes: fn(&str) -> u64,
    /// `uid`s of pods that requests come to.
    pub routed: Vec<u32>,
    calendar: Calendar<Event>,
    network: FlowNetwork,
    engines: Engines,
    told: Vec<ContainerNotice>,
    notices: Vec<Notice>,
    nodes: u32,
    /// Entries of the log that were looked at.
    seen: usize,
}

pub(super) fn at(millis: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_millis(millis)
}

const OWNERS: Owners = Owners { token: |number| number, of: |token| token };

impl Rig {
    /// A cluster with so many nodes, of 4 cores and 8 GiB each, which joined at 0.
    pub fn new(nodes: u32) -> Self {
        let limits = Limits {
            controller: Rate { qps: 1e6, burst: 1_000_000 },
            scheduler: Rate { qps: 1e6, burst: 1_000_000 },
            endpoint_delay: SimDuration::from_millis(500),
            node_monitor_grace: SimDuration::from_secs(50),
            // Monday, 2024-01-01 00:00 UTC
            epoch: 1_704_067_200,
        };
        let mut rig = Self::with_limits(limits);
        for _ in 0..nodes {
            rig.join();
        }
        rig
    }

    pub fn with_limits(limits: Limits) -> Self {
        let mut network = FlowNetwork::new();
        let images: Vec<_> = IMAGES.iter().map(|name| image(name)).collect();
        let registry = scenario::Registry::default();
        let registries = Registries::new(&[registry], &images, None, &mut network);
        let catalog = Arc::new(Catalog::new(&images).expect("the images agree"));
        let control =
            ControlPlane::new(Profile::default(), Settings::default(), TieBreak::Heap, limits);
        Self {
            control,
            lives,
            stops: 0,
            uses: |_| 0,
            writes: |_| 0,
            routed: Vec::new(),
            calendar: Calendar::new(),
            network,
            engines: Engines::new(catalog, registries),
            told: Vec::new(),
            notices: Vec::new(),
            nodes: 0,
            seen: 0,
        }
    }

    /// A node `n0`, `n1`, … joins now.
    pub fn join(&mut self) -> NodeId {
        self.join_in(0)
    }

    /// A node joins in this zone.
    pub fn join_in(&mut self, zone: u32) -> NodeId {
        let number = self.nodes;
        self.nodes += 1;
        let nic = self.network.add_link(Bandwidth(125e6));
        let disk = self.network.add_link(Bandwidth(1e9));
        let spec = EngineSpec {
            os: linux(),
            route: vec![nic],
            disk,
            disk_size: Bytes(100_000_000_000),
            policy: EnginePolicy { stop_timeout: SimDuration::from_secs(30), ..policy() },
        };
        let engine = self.engines.add_engine(&spec);
        for image in (0..).map(ImageId).take(IMAGES.len()) {
            self.engines.preload(engine, image).expect("it has room");
        }
        let name = format!("n{number}");
        let zone_name = format!("z{zone}");
        let labels = [
            ("kubernetes.io/hostname", name.as_str()),
            ("topology.kubernetes.io/zone", zone_name.as_str()),
        ];
        let mut allocatable = Resources::default();
        allocatable.milli_cpu = 4_000;
        allocatable.memory = 8 << 30;
        allocatable.ephemeral_storage = 100 << 30;
        let spec = NodeSpec {
            name: name.as_str().into(),
            labels: labels.into_iter().collect(),
            allocatable,
            allowed_pods: 110,
            ..NodeSpec::default()
        };
        let memory = NodeMemory { all: Bytes(9 << 30), pods: Bytes(8 << 30), is_paged: false };
        let new = NewNode { spec, machine: number, engine, pool: 0, zone, memory };
        self.with(|control, around| control.join(new, around))
    }

    /// The machine of a node is lost now.
    pub fn fail(&mut self, node: NodeId) {
        self.with(|control, around| {
            let engine = control.objects().node(node).expect("it is there").engine;
            around.engines.kill_all(engine, &mut around.docker);
            control.node_failed(node, around);
        });
    }

    /// It works again.
    pub fn back(&mut self, node: NodeId) {
        let engine = self.control.objects().node(node).expect("it is there").engine;
        self.engines.boot(engine);
        self.with(|control, around| control.node_back(node, around));
    }

    /// Applies manifests.
    pub fn apply(&mut self, text: &str) {
        self.try_apply(text).expect("they are admitted");
    }

    pub fn try_apply(&mut self, text: &str) -> Result<(), Rejected> {
        let read = read_text("test.yaml", text).unwrap_or_else(|error| panic!("{error}"));
        let mut objects: Vec<_> = read.objects.into_iter().map(|one| one.object).collect();
        objects.iter_mut().for_each(defaults::apply);
        self.with(|control, around| control.apply(&objects, around))
    }

    /// A workload by its name in the namespace `default`.
    pub fn workload(&self, name: &str) -> WorkloadId {
        self.control.find(None, "default", name).expect("it was applied")
    }

    /// Names of all pods there are, each with its node, in order of their names.
    pub fn pods(&self) -> Vec<String> {
        let objects = self.control.objects();
        let mut pods: Vec<_> = objects
            .pods()
            .map(|(id, pod)| {
                let node = pod.node.map_or("-", |node| self.control.log().node_name(node));
                format!("{} {node}", objects.pod_name(id))
            })
            .collect();
        pods.sort();
        pods
    }

    /// Pods that are ready and not on their way out.
    pub fn ready(&self) -> usize {
        let pods = self.control.objects().pods();
        pods.filter(|(_, pod)| pod.ready.is_some() && pod.is_active()).count()
    }

    /// Calls the control plane as a world would, and does what it tells.
    pub fn with<R>(
        &mut self,
        act: impl FnOnce(&mut ControlPlane, &mut Around<'_, Calendar<Event>>) -> R,
    ) -> R {
        let writes = self.writes;
        let mut around = Around {
            engines: &mut self.engines,
            docker: Context {
                calendar: &mut self.calendar,
                network: &mut self.network,
                notices: &mut self.told,
            },
            notices: &mut self.notices,
            owner: OWNERS,
            container_start: &mut || SimDuration::from_secs(1),
            requests_memory: &|_| Bytes(0),
            writes: &|objects, pod, container| {
                let template = &objects.template(objects.pod(pod).template).pod;
                let image = template.all().nth(container as usize).map(|one| &*one.image);
                image.map_or(0, writes) * 1_000_000
            },
        };
        let result = act(&mut self.control, &mut around);
        self.network.rearm(&mut self.calendar);
        self.deliver();
        result
    }

    fn deliver(&mut self) {
        loop {
            if let Some(told) = (!self.told.is_empty()).then(|| self.told.remove(0)) {
                let id = told.container();
                let owner = self.engines.spec(id).expect("it was not removed").owner;
                let goes_on = matches!(
                    told,
                    ContainerNotice::Running { .. } | ContainerNotice::PullsAgain { .. }
                );
                if !goes_on {
                    self.engines.remove(id, self.calendar.now());
                }
                self.with(|control, around| control.container_told(owner, told, around));
            } else if let Some(notice) = (!self.notices.is_empty()).then(|| self.notices.remove(0))
            {
                self.notice(notice);
            } else if self.engines.has_low_disks() {
                for engine in self.engines.take_low_disks() {
                    self.with(|control, around| control.disk_is_short(engine, around));
                }
            } else {
                return;
            }
        }
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Runs { pod, container } => self.runs(pod, container),
            Notice::Stops { pod, container } => {
                if let Some(id) = self.control.container(pod, container) {
                    self.exits_after(self.stops, id, 0);
                }
            }
            Notice::Routed { uid, .. } => self.routed.push(uid),
            Notice::Leaving { uid } | Notice::Unrouted { uid } => {
                self.routed.retain(|&other| other != uid);
            }
            Notice::Created(_)
            | Notice::Reserved(_)
            | Notice::Bound(_)
            | Notice::Mounted(_)
            | Notice::Ended { .. }
            | Notice::Completed(_)
            | Notice::NodesChanged
            | Notice::Cordoned { .. }
            | Notice::Disconnected { .. }
            | Notice::EndpointsChanged(_) => {}
            Notice::Gone(pod) => self.control.forgotten(pod),
            Notice::Connect(_) => unreachable!("pods of a rig are connected at once"),
            Notice::Evicted { .. } | Notice::PressureRelieved { .. } => {}
            Notice::NodesWanted { .. }
            | Notice::MachineGivenUp { .. }
            | Notice::ClaimMade { .. }
            | Notice::ClaimUnneeded { .. }
            | Notice::NodeUnneeded { .. } => unreachable!("nothing scales the nodes of a rig"),
            Notice::VolumeWanted { .. }
            | Notice::VolumeAttach { .. }
            | Notice::VolumeDetach { .. }
            | Notice::VolumeUnwanted { .. } => unreachable!("a rig has no driver of volumes"),
        }
    }

    fn runs(&mut self, pod: PodId, container: u32) {
        let Some(id) = self.control.container(pod, container) else { return };
        self.with(|control, around| control.answers(pod, container, true, around));
        let objects = self.control.objects();
        let Some(known) = objects.get_pod(pod) else { return };
        let template = &objects.template(known.template).pod;
        let image = template.all().nth(container as usize).map_or("", |one| &one.image);
        let base = Bytes((self.uses)(image) << 20);
        self.engines.uses(id, MemoryUse { base, ..MemoryUse::default() }, self.calendar.now());
        if let Some((millis, code)) = (self.lives)(image, &objects.pod_name(pod)) {
            self.exits_after(millis, id, code);
        }
    }

    fn exits_after(&mut self, millis: u64, id: ContainerId, code: i32) {
        let time = self.calendar.now() + SimDuration::from_millis(millis);
        self.calendar.push(time, Phase::Release, Event::Exit(id, code));
    }

    /// Lets the simulation run to an instant, in milliseconds.
    pub fn run_to(&mut self, millis: u64) {
        while let Some((now, event)) = self.calendar.pop_until(at(millis)) {
            match event {
                Event::Control(event) => self.with(|control, around| control.on(event, around)),
                Event::Docker(event) => {
                    self.with(|_, around| around.engines.on(event, &mut around.docker));
                }
                Event::Exit(id, code) => {
                    self.with(|_, around| {
                        around.engines.exit(id, ExitCode(code), &mut around.docker)
                    });
                }
                Event::Flow(event) => {
                    let mut done = Vec::new();
                    self.network.on(event, now, &mut done);
                    for token in done {
                        self.with(|_, around| {
                            around.engines.flow_completed(token, &mut around.docker);
                        });
                    }
                    self.network.rearm(&mut self.calendar);
                }
            }
        }
    }

    /// Runs to an instant and returns what happened since the last call, of those entries that
    /// `tells` has a text for: `seconds text`.
    pub fn told_until(
        &mut self,
        millis: u64,
        tells: impl Fn(&Self, Entry) -> Option<String>,
    ) -> Vec<String> {
        self.run_to(millis);
        let entries = &self.control.log().entries()[self.seen..];
        let told = entries.iter().filter_map(|&(time, entry)| {
            let text = tells(self, entry)?;
            Some(format!("{} {text}", time.as_nanos() as f64 / 1e9))
        });
        let told = told.collect();
        self.seen = self.control.log().entries().len();
        told
    }

    /// What an entry says of how a pod comes, works and goes.
    pub fn life(&self, entry: Entry) -> Option<String> {
        let (pod, what) = match entry {
            Entry::Created { pod, .. } => (pod, "created"),
            Entry::Ready { pod } => (pod, "ready"),
            Entry::Gone { pod } => (pod, "gone"),
            _ => return None,
        };
        Some(format!("{} {what}", self.name(pod)))
    }

    /// Another image for the pods of a workload.
    pub fn change(&mut self, name: &str, image: &str) {
        let id = self.workload(name);
        let changed = self.with(|control, around| {
            let change = |template: &mut PodTemplateSpec| {
                let spec = template.spec.get_or_insert_default();
                spec.containers[0].image = Some(image.to_owned());
            };
            control.change(id, change, around)
        });
        changed.expect("it is admitted");
    }

    /// The name of a pod that is or was in the namespace `default`.
    pub fn name(&self, uid: u32) -> &str {
        self.control.log().pod_name(uid).trim_start_matches("default/")
    }
}

fn image(name: &str) -> scenario::Image {
    let layer =
        scenario::Layer { size: Bytes(1_000_000), unpacked: None, digest: Some(name.to_owned()) };
    scenario::Image {
        name: name.to_owned(),
        layers: Some(vec![layer]),
        ..scenario::Image::default()
    }
}
