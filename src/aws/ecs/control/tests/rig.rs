//! A cluster of instances with engines and nothing else: images are there, processes do as told.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::Event;
use crate::aws::ec2::subnet::Subnet;
use crate::aws::ecs::control::log::{Entry, Log};
use crate::aws::ecs::control::{
    Around, ControlPlane, DefinitionId, Delay, GroupView, NewInstance, Notice, Provider, ServiceId,
    Settings, TaskId, Usage,
};
use crate::aws::ecs::placement::{Left, Registration, ZONE};
use crate::aws::ecs::service::{RunTask, Service};
use crate::aws::ecs::task::StopReason;
use crate::aws::ecs::task_definition::TaskDefinition;
use crate::aws::ecs::units::Mebibytes;
use crate::docker::samples::{linux, policy};
use crate::docker::{
    Call, Catalog, ContainerNotice, Context, EngineId, EngineSpec, Engines, ExitCode, ImageId,
    Owners, Registries, RegistryError,
};
use crate::engine::{Calendar, Phase, SimDuration, SimTime, Streams};
use crate::metrics::summary::Account;
use crate::scenario;
use crate::scenario::aws::StartThrottle;
use crate::sharing::flows::FlowNetwork;
use crate::units::{Bandwidth, Bytes, Instant};

/// Images there are. All instances have them but the last, which the registry does not have.
const IMAGES: [&str; 6] = ["app:1", "app:2", "task:1", "broken:1", "sidecar:1", "missing:1"];

/// How long the process of a container runs, in milliseconds, and with which code it ends: by its
/// image. None for one that serves until it is stopped.
pub(super) type Lives = fn(&str) -> Option<(u64, i32)>;

/// What each image does: tasks run for a minute, what is broken fails after three seconds.
fn lives(image: &str) -> Option<(u64, i32)> {
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
    /// How long a process takes to end when it is told to, in milliseconds.
    pub stops: u64,
    /// Whether processes answer health checks, by image.
    pub answers: fn(&str) -> bool,
    /// After how many milliseconds target groups find a task healthy; none for never.
    pub healthy_after: Option<u64>,
    /// What groups have, by provider.
    pub groups: Vec<GroupView>,
    /// What services used.
    /// What the first service uses.
    pub usage: Usage,
    /// What all others do.
    pub usage_of_others: Usage,
    /// Why no task may start.
    pub denied: Option<StopReason>,
    /// Notices of capacity, protection, draining and scaling, with their seconds.
    pub heard: Vec<String>,
    pub subnets: Vec<Subnet>,
    calendar: Calendar<Event>,
    network: FlowNetwork,
    pub engines: Engines,
    told: Vec<ContainerNotice>,
    notices: Vec<Notice>,
    machines: u32,
    of_machine: BTreeMap<u32, EngineId>,
    /// Entries of the log that were looked at.
    seen: usize,
}

const OWNERS: Owners = Owners { token: |number| number, of: |token| token };

pub(super) fn at(millis: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_millis(millis)
}

/// What an instance of 2 vCPUs and so many MiB offers, with three interfaces.
pub(super) fn offers(vcpus: u32, memory: u32) -> Left {
    Left::registered(vcpus, Mebibytes(memory), Mebibytes(0), 0, 3)
}

/// Settings without providers: three zones, a subnet of eleven addresses in each.
pub(super) fn settings() -> Settings {
    let zone = |letter: char| format!("us-east-1{letter}");
    Settings {
        name: "test".to_owned(),
        zones: ['a', 'b', 'c'].map(zone).into(),
        subnets: ["subnet-a", "subnet-b", "subnet-c"]
            .map(str::to_owned)
            .into_iter()
            .zip(0..)
            .collect(),
        providers: Vec::new(),
        default_strategy: Vec::new(),
        provisioning_timeout: SimDuration::from_secs(1800),
        start_throttle: StartThrottle::default(),
        stop_timeout: SimDuration::from_secs(30),
        trunking: false,
        epoch: Instant::from_unix(1_704_067_200),
        events: true,
    }
}

impl Rig {
    /// A cluster with so many instances of 2 vCPUs and 4,000 MiB, in zones by turns.
    pub fn new(instances: u32) -> Self {
        let mut rig = Self::with(settings());
        for number in 0..instances {
            rig.join(number % 3, None, offers(2, 4000));
        }
        rig
    }

    pub fn with(settings: Settings) -> Self {
        let mut network = FlowNetwork::new();
        let images: Vec<_> = IMAGES.iter().map(|name| image(name)).collect();
        let latency = SimDuration::ZERO;
        let registry = scenario::Registry { latency, ..scenario::Registry::default() };
        let registries = Registries::new(&[registry], &images, None, &mut network);
        let catalog = Arc::new(Catalog::new(&images).expect("the images agree"));
        let groups = settings.providers.iter().map(|_| GroupView::default()).collect();
        let ranges = ["10.0.0.0/28", "10.0.1.0/28", "10.0.2.0/28"];
        let mut rig = Self {
            control: ControlPlane::new(settings, Streams::new(1).named("lots")),
            lives,
            stops: 0,
            answers: |_| true,
            healthy_after: Some(0),
            groups,
            usage: Usage::default(),
            usage_of_others: Usage::default(),
            denied: None,
            heard: Vec::new(),
            subnets: ranges.map(|range| Subnet::new(range).expect("a range")).into(),
            calendar: Calendar::new(),
            network,
            engines: Engines::new(catalog, registries),
            told: Vec::new(),
            notices: Vec::new(),
            machines: 0,
            of_machine: BTreeMap::new(),
            seen: 0,
        };
        let missing = ImageId(IMAGES.len() as u32 - 1);
        rig.engines.refuse_calls(missing, Call::Manifest, RegistryError::NotFound);
        rig.call(|control, around| control.start(around));
        rig
    }

    fn machine(&mut self) -> (u32, EngineId) {
        let number = self.machines;
        self.machines += 1;
        let nic = self.network.add_link(Bandwidth(125e6));
        let disk = self.network.add_link(Bandwidth(1e9));
        let spec = EngineSpec {
            os: linux(),
            route: vec![nic],
            disk,
            disk_size: Bytes(100_000_000_000),
            policy: policy(),
        };
        let engine = self.engines.add_engine(&spec);
        for image in (0..).map(ImageId).take(IMAGES.len() - 1) {
            self.engines.preload(engine, image).expect("it has room");
        }
        self.of_machine.insert(number, engine);
        (number, engine)
    }

    /// An instance `i-0`, `i-1`, … joins now. Returns its machine.
    pub fn join(&mut self, zone: u32, provider: Option<u32>, capacity: Left) -> u32 {
        let (machine, engine) = self.machine();
        let zone_name = format!("us-east-1{}", ['a', 'b', 'c'][zone as usize]);
        let registration = Registration {
            ec2_instance_id: format!("i-{machine}"),
            attributes: BTreeMap::from([(ZONE.to_owned(), Some(zone_name))]),
            capacity,
            ..Registration::default()
        };
        let new = NewInstance { machine, engine, provider, zone, registration };
        self.call(|control, around| control.join(new, around));
        machine
    }

    /// A machine is lost now.
    pub fn lose(&mut self, machine: u32) {
        let engine = self.of_machine[&machine];
        self.call(|control, around| {
            around.engines.kill_all(engine, &mut around.docker);
            control.machine_lost(machine, around);
        });
    }

    /// Registers a task definition `family` of one container `app` with this image, so many CPU
    /// units and MiB; `more` stands among the keys of the definition.
    pub fn define(
        &mut self,
        family: &str,
        image: &str,
        cpu: u32,
        memory: u32,
        more: &str,
    ) -> DefinitionId {
        self.define_json(&format!(
            r#"{{"family": "{family}", {more} "containerDefinitions": [{{"name": "app",
                "image": "{image}", "cpu": {cpu}, "memory": {memory}}}]}}"#
        ))
    }

    pub fn define_json(&mut self, text: &str) -> DefinitionId {
        let definition = TaskDefinition::from_json(text, "test.json");
        self.control.define(definition.unwrap_or_else(|wrong| panic!("{wrong}")))
    }

    /// Creates a service `web` of the task definition `web`; `more` stands among its keys.
    pub fn serve(&mut self, desired: u32, more: &str) -> ServiceId {
        self.serve_json(&format!(
            r#"{{"serviceName": "web", "taskDefinition": "web", {more} "desiredCount": {desired}}}"#
        ))
    }

    pub fn serve_json(&mut self, text: &str) -> ServiceId {
        let service = Service::from_json(text, "test.json", None);
        let service = service.unwrap_or_else(|wrong| panic!("{wrong}"));
        let made = self.call(|control, around| control.create_service(service, around));
        made.unwrap_or_else(|wrong| panic!("{wrong}"))
    }

    pub fn run_tasks(&mut self, text: &str) -> Vec<TaskId> {
        let call = RunTask::from_json(text, "test.json");
        let call = call.unwrap_or_else(|wrong| panic!("{wrong}"));
        self.call(|control, around| control.run_task(&call, around))
    }

    /// How many tasks each instance has that have not stopped, by machine.
    pub fn spread(&self, service: ServiceId) -> Vec<u32> {
        let mut counts = vec![0; self.machines as usize];
        for task in self.control.tasks_of(service) {
            if let Some(machine) = self.control.machine_of(task) {
                counts[machine as usize] += 1;
            }
        }
        counts
    }

    /// Calls the control plane as a world would, and does what it tells.
    pub fn call<R>(
        &mut self,
        act: impl FnOnce(&mut ControlPlane, &mut Around<'_, Calendar<Event>>) -> R,
    ) -> R {
        let (groups, denied) = (self.groups.clone(), self.denied.clone());
        let (usage, others) = (self.usage, self.usage_of_others);
        let mut around = Around {
            engines: &mut self.engines,
            docker: Context {
                calendar: &mut self.calendar,
                network: &mut self.network,
                notices: &mut self.told,
            },
            notices: &mut self.notices,
            owner: OWNERS,
            subnets: &mut self.subnets,
            draw: &mut |delay| match delay {
                Delay::Agent | Delay::Container => SimDuration::from_secs(1),
                Delay::Interface => SimDuration::from_secs(10),
                Delay::TrunkInterface => SimDuration::from_secs(2),
            },
            group: &|provider| groups[provider as usize],
            usage: &mut |service| if service == ServiceId(0) { usage } else { others },
            denied: &|_| denied.clone(),
            volume: &|_| false,
            writes: &|_, _| 0,
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
                self.call(|control, around| control.container_told(owner, told, around));
            } else if let Some(notice) = (!self.notices.is_empty()).then(|| self.notices.remove(0))
            {
                self.notice(notice);
            } else {
                return;
            }
        }
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Runs { task, container } => self.runs(task, container),
            Notice::Stops { task, container } => {
                if let Some(id) = self.control.container(task, container) {
                    self.push(self.stops, Event::Exit(id, 0));
                }
            }
            Notice::Registered(task) => {
                if let Some(after) = self.healthy_after {
                    self.push(after, Event::Healthy(task));
                }
            }
            Notice::Deregisters(task) => self.push(5_000, Event::Deregistered(task)),
            Notice::MachineWanted { task, zone } => {
                self.hear(format!("machine wanted in {zone}"));
                self.push(20_000, Event::Up(task));
            }
            Notice::MachineReleased { machine } => self.hear(format!("machine {machine} released")),
            Notice::CapacityWanted { provider, instances } => {
                self.groups[provider as usize].desired = instances;
                self.hear(format!("{instances} instances"));
            }
            Notice::Protects { machine, protected } => {
                self.hear(format!("i-{machine} {}", if protected { "protected" } else { "free" }));
            }
            Notice::Drained { machine } => self.hear(format!("i-{machine} drained")),
            Notice::Scaled { desired, .. } => self.hear(format!("{desired} tasks")),
            Notice::VolumeWanted(_) => unreachable!("no service of a rig has volumes"),
            Notice::Created(_)
            | Notice::Placed { .. }
            | Notice::Attached(_)
            | Notice::Ended { .. }
            | Notice::Gone(_)
            | Notice::Troubled(_) => {}
        }
    }

    fn hear(&mut self, what: String) {
        self.heard.push(format!("{} {what}", self.calendar.now().as_nanos() as f64 / 1e9));
    }

    fn push(&mut self, millis: u64, event: Event) {
        let time = self.calendar.now() + SimDuration::from_millis(millis);
        self.calendar.push(time, Phase::Release, event);
    }

    fn runs(&mut self, task: TaskId, container: u32) {
        let Some(id) = self.control.container(task, container) else { return };
        let definition = self.control.definition(self.control.definition_of(task));
        let image = definition.containers[container as usize].image.clone();
        let answers = (self.answers)(&image);
        self.call(|control, around| control.answers(task, container, answers, around));
        if let Some((millis, code)) = (self.lives)(&image) {
            self.push(millis, Event::Exit(id, code));
        }
    }

    /// Lets the simulation run to an instant, in milliseconds.
    pub fn run_to(&mut self, millis: u64) {
        // the calendar is not asked for what comes later: tests act before that
        self.calendar.push(at(millis), Phase::Observe, Event::Back(false));
        while let Some((now, event)) = self.calendar.pop() {
            match event {
                Event::Control(event) => self.call(|control, around| control.on(event, around)),
                Event::Docker(event) => {
                    self.call(|_, around| around.engines.on(event, &mut around.docker));
                }
                Event::Exit(id, code) => self.call(|_, around| {
                    around.engines.exit(id, ExitCode(code), &mut around.docker);
                }),
                Event::Deregistered(task) => {
                    self.call(|control, around| control.deregistered(task, around));
                }
                Event::Healthy(task) => {
                    self.call(|control, around| control.target_health(task, true, around));
                }
                Event::Up(task) => {
                    let (machine, engine) = self.machine();
                    self.call(|control, around| control.machine_up(task, machine, engine, around));
                }
                Event::Back(false) => self.calendar.push(now, Phase::Observe, Event::Back(true)),
                Event::Back(true) => break,
                Event::Flow(event) => {
                    let mut done = Vec::new();
                    self.network.on(event, now, &mut done);
                    for token in done {
                        self.call(|_, around| {
                            around.engines.flow_completed(token, &mut around.docker);
                        });
                    }
                    self.network.rearm(&mut self.calendar);
                }
            }
        }
        let (totals, counts) = (self.control.totals(), self.control.counts());
        assert!(totals.balances(&counts), "{totals:?} {counts:?}");
        let deployments = self.control.deployments();
        assert!(deployments.balances(), "{deployments:?}");
    }

    /// Runs to an instant and returns what happened since the last call, of those entries that
    /// `tells` has a text for: `seconds text`.
    pub fn told_until(
        &mut self,
        millis: u64,
        tells: impl Fn(&Log, Entry) -> Option<String>,
    ) -> Vec<String> {
        self.run_to(millis);
        let log = self.control.log();
        let told = log.entries()[self.seen..].iter().filter_map(|&(time, entry)| {
            let text = tells(log, entry)?;
            Some(format!("{} {text}", time.as_nanos() as f64 / 1e9))
        });
        let told = told.collect();
        self.seen = log.entries().len();
        told
    }
}

/// A provider with managed scaling.
pub(super) fn provider(types: Vec<Left>) -> Provider {
    Provider {
        name: "asg".to_owned(),
        scaling: Some(crate::aws::ecs::capacity_provider::ManagedScaling::default()),
        termination_protection: true,
        draining: true,
        types,
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
