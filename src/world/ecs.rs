//! An Amazon ECS cluster in the world: its control plane among machines, engines and apps.
//!
//! The control plane decides what runs where; here its instances are machines of the world, and the
//! processes in its containers those of apps and jobs. An app's own container has a process on the
//! CPU of its machine and a server that answers requests; a job's works and ends; any other is
//! there and waits, and one of a standalone task ends by itself.

mod access;
mod alarms;
mod apps;
mod billing;
mod bindings;
mod connections;
mod documents;
mod images;
mod instances;
mod jobs;
mod metrics;
mod outside_calls;
mod protection;
mod rollouts;
mod scaling;
mod setup;
mod tasks;

use std::collections::BTreeMap;

use super::{Event, Owner, World};
use crate::aws::ecs::control::{
    Around, ControlEvent, ControlPlane, DefinitionId, Delay, GroupView, Notice, ServiceId, Told,
    Trouble, Usage,
};
use crate::aws::ecs::service::Service;
use crate::aws::ecs::task::StopReason;
use crate::docker::{ContainerNotice, Context, Owners};
use crate::engine::{Calendar, SimDuration, Stream, Streams};
use crate::metrics::events::EventLog;
use crate::metrics::starts::Phase as StartPhase;
use crate::metrics::{Finding, FindingKind};
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, Law, Scenario};
use crate::workload::{AppId, Sampler};
use crate::world::InputError;
use crate::world::subnets::Subnets;
pub(super) use billing::{Billing, providers};
pub(super) use bindings::Binding;
use bindings::JobBinding;
pub(super) use documents::Documents;
pub(super) use images::names as image_names;
pub use instances::InstanceEvent;
use tasks::Content;
pub use tasks::{TaskEvent, TaskProcessEvent};

/// An Amazon ECS cluster, and what of it is what in the world.
pub(super) struct Ecs {
    control: ControlPlane,
    documents: Documents,
    /// What each app is here.
    bindings: Vec<Binding>,
    /// What each job is here, and its task definition once that is registered.
    jobs: Vec<(JobBinding, Option<DefinitionId>)>,
    /// The apps that are these services.
    apps: BTreeMap<ServiceId, AppId>,
    /// The service of each app, once it is created.
    services: Vec<Option<ServiceId>>,
    /// What is in each task, by its number.
    contents: Vec<Content>,
    /// Task definitions that run as long as a `[[cluster.run_task]]` says.
    lasting: BTreeMap<DefinitionId, usize>,
    /// The group of each provider.
    groups: Vec<Option<u16>>,
    /// How often each machine had been an instance that was up.
    lives: Vec<u32>,
    /// When Fargate Spot takes machines back.
    spots: Stream,
    /// How many instances have registered.
    registered: u32,
    /// Why tasks of a definition do not start, where they do not.
    denied: BTreeMap<DefinitionId, StopReason>,
    /// What security groups let through.
    connections: connections::Connections,
    laws: Laws,
    meters: metrics::Meters,
    /// What services used in the minute that ends.
    usage: Vec<Usage>,
    /// Alarms that deployments are watched by.
    alarms: Vec<alarms::Watch>,
    notices: Vec<Notice>,
}

/// Times that are drawn, with their streams.
struct Laws {
    agent: (Sampler, Stream),
    interface: (Sampler, Stream),
    trunk_interface: (Sampler, Stream),
    container: (Sampler, Stream),
    fargate: (Sampler, Stream),
    registration: (Sampler, Stream),
    task: (Sampler, Stream),
    /// Of each `[[cluster.run_task]]` that says so.
    runs: Vec<Option<(Sampler, Stream)>>,
}

impl Laws {
    fn new(cluster: &Cluster, streams: Streams) -> Result<Self, InputError> {
        let options = &cluster.ecs;
        let law = |law: &Law, name: &str| -> Result<(Sampler, Stream), InputError> {
            Ok((Sampler::new(law)?, streams.named(&format!("ecs/{name}"))))
        };
        let runs = cluster.run_tasks.iter().enumerate();
        let run = |(place, run): (usize, &crate::scenario::aws::RunTasks)| {
            run.duration.as_ref().map(|it| law(it, &format!("run/{place}"))).transpose()
        };
        Ok(Self {
            agent: law(&options.agent, "agent")?,
            interface: law(&options.interface, "interface")?,
            trunk_interface: law(&options.trunk_interface, "trunk-interface")?,
            container: law(&cluster.engine.start, "container")?,
            fargate: law(&options.fargate, "fargate")?,
            registration: law(&options.registration, "registration")?,
            task: law(&options.task_duration, "task")?,
            runs: runs.map(run).collect::<Result<_, _>>()?,
        })
    }

    fn draw(&mut self, delay: Delay) -> SimDuration {
        let (law, draws) = match delay {
            Delay::Agent => &mut self.agent,
            Delay::Interface => &mut self.interface,
            Delay::TrunkInterface => &mut self.trunk_interface,
            Delay::Container => &mut self.container,
        };
        law.sample(draws)
    }
}

/// How engines are told whose a container of a task is.
const OWNERS: Owners = Owners {
    token: |number| Owner::Unit(number).token(),
    of: |token| match Owner::of(token) {
        Owner::Unit(number) => number,
        _ => unreachable!("the token of a task's container"),
    },
};

/// The documents of a cluster; none of another kind.
///
/// # Errors
/// The first that cannot be used.
pub(super) fn documents(scenario: &Scenario, cluster: &Cluster) -> Result<Documents, InputError> {
    match cluster.kind {
        ClusterKind::Ecs => Documents::read(scenario, cluster),
        _ => Ok(Documents::default()),
    }
}

/// The cluster of a scenario, if it is one of ECS, before anything has happened.
///
/// # Errors
/// The first document, app or job that cannot be used.
pub(super) fn check(
    scenario: &Scenario,
    cluster: &Cluster,
    at: &Path,
) -> Result<Option<Box<Ecs>>, InputError> {
    let subnets = Subnets::new(cluster, at)?;
    let documents = documents(scenario, cluster)?;
    let ecs = Ecs::new(scenario, cluster, documents, &subnets, Streams::new(0))?;
    if let Some(ecs) = &ecs {
        protection::check(ecs, cluster, at)?;
    }
    Ok(ecs)
}

impl Ecs {
    /// Of each app, the service of documents whose tasks it is in.
    pub fn written(&self) -> Vec<Option<&Service>> {
        self.bindings.iter().map(|it| it.is_written.then_some(&it.service)).collect()
    }
}

impl World<'_> {
    fn ecs(&self) -> &Ecs {
        self.ecs.as_deref().expect("the cluster is one of ECS")
    }

    /// What an app is on a cluster of ECS.
    pub(super) fn service_binding(&self, app: AppId) -> Option<&Binding> {
        Some(&self.ecs.as_ref()?.bindings[app.0 as usize])
    }

    fn ecs_mut(&mut self) -> &mut Ecs {
        self.ecs.as_deref_mut().expect("the cluster is one of ECS")
    }

    /// Lets `act` work on the control plane, and sees to what that changed in the network.
    fn with_ecs<R>(
        &mut self,
        act: impl FnOnce(&mut ControlPlane, &mut Around<'_, Calendar<Event>>) -> R,
    ) -> R {
        let ec2 = self.ec2.as_deref();
        let ecs = self.ecs.as_deref_mut().expect("the cluster is one of ECS");
        let Ecs {
            control,
            groups,
            denied,
            laws,
            usage,
            notices,
            contents,
            bindings,
            apps: owners,
            ..
        } = ecs;
        let (replicas, apps) = (&self.replicas, &self.scenario.apps);
        let mut around = Around {
            engines: &mut self.engines,
            docker: Context {
                calendar: &mut self.calendar,
                network: &mut self.network,
                notices: &mut self.inbox.containers,
            },
            notices,
            owner: OWNERS,
            subnets: &mut self.subnets.ranges,
            draw: &mut |delay| laws.draw(delay),
            group: &|provider| {
                let group = groups.get(provider as usize).copied().flatten();
                ec2.zip(group).map_or(GroupView::default(), |(ec2, group)| ec2.view(group))
            },
            usage: &mut |service| usage.get(service.0 as usize).copied().unwrap_or_default(),
            denied: &|definition| denied.get(&definition).cloned(),
            volume: &|service| tasks::has_volume(owners, apps, service),
            writes: &|task, container| {
                tasks::writes(contents, bindings, replicas, apps, task, container)
            },
        };
        let result = act(control, &mut around);
        self.recorder.tasks_and_instances(self.calendar.now(), control);
        self.network_changed();
        result
    }

    /// What happened in the cluster; it is told once.
    pub(super) fn take_ecs_events(&mut self) -> EventLog {
        self.ecs_mut().control.take_events()
    }

    /// Handles an event of the control plane.
    pub(super) fn on_ecs(&mut self, event: ControlEvent) {
        if event == ControlEvent::Minute {
            self.meter_services();
            self.alarms_look();
        }
        self.with_ecs(|control, around| control.on(event, around));
    }

    /// An engine tells of a container of a task.
    pub(super) fn on_task_container(&mut self, number: u32, notice: ContainerNotice) {
        self.with_ecs(|control, around| control.container_told(number, notice, around));
    }

    /// Whether the control plane has told something that nobody has dealt with yet.
    pub(super) fn has_ecs_notices(&self) -> bool {
        self.ecs.as_ref().is_some_and(|ecs| !ecs.notices.is_empty())
    }

    /// Hands on what the control plane tells.
    pub(super) fn deliver_ecs_notices(&mut self) {
        let Some(ecs) = &mut self.ecs else { return };
        for notice in std::mem::take(&mut ecs.notices) {
            match notice {
                Notice::Created(task) => self.task_created(task),
                Notice::Placed { task, machine } => self.task_placed(task, machine),
                Notice::Attached(task) => self.task_passes(task, StartPhase::Attach),
                Notice::MachineWanted { task, zone } => self.machine_wanted(task, zone),
                Notice::MachineReleased { machine } => self.machine_released(machine),
                Notice::VolumeWanted(task) => self.task_volume_wanted(task),
                Notice::Runs { task, container } => self.task_container_runs(task, container),
                Notice::Stops { task, container } => self.task_container_stops(task, container),
                Notice::Ended { task, container } => self.task_container_ended(task, container),
                Notice::Registered(task) => self.task_registered(task),
                Notice::Deregisters(task) => self.task_deregisters(task),
                Notice::Gone(task) => self.task_gone(task),
                Notice::CapacityWanted { provider, instances } => {
                    self.capacity_wanted(provider, instances);
                }
                Notice::Protects { machine, protected } => self.protect(machine, protected),
                Notice::Drained { machine } => self.instance_drained(machine),
                Notice::Scaled { service, desired } => self.service_scaled(service, desired),
                Notice::Troubled(trouble) => self.service_troubled(trouble),
            }
        }
    }

    /// Somebody should look after a service.
    fn service_troubled(&mut self, trouble: Trouble) {
        let Told { about, title, advice } = self.ecs().control.told(trouble);
        let kind = match trouble {
            Trouble::Blocked(_) | Trouble::Failed { .. } => FindingKind::Deployment,
            Trouble::Unplaced(..) | Trouble::Unplaceable(_) | Trouble::Full { .. } => {
                FindingKind::Capacity
            }
        };
        self.find(Finding { kind, about, title, advice });
    }
}
