//! A cluster of Amazon ECS in motion: documents in, behaviour over time out.
//!
//! [`ControlPlane`] is the component. It owns task definitions, services, tasks, container
//! instances and capacity providers, and acts on container engines that its caller owns. Calls go
//! down, [`Notice`]s come up: that a task was made, that a process starts or is to end, that a load
//! balancer is to know, that a group is to have another size.

use super::placement::Registration;
use super::service::{RunTask, Service};
use super::task::StopReason;
use super::task_definition::TaskDefinition;
use crate::aws::ec2::subnet::Subnet;
use crate::aws::ecs::capacity_provider::managed_scaling::ManagedScaling;
use crate::aws::ecs::placement::Left;
use crate::aws::scaling::Bounds;
use crate::aws::scaling::scaler::{Policy, Suspended};
use crate::aws::scaling::scheduled::ScheduledAction;
use crate::docker::{
    ContainerEvent, ContainerId, ContainerNotice, Context, EngineId, Engines, Owners,
};
use crate::engine::{Schedule, SimDuration, SimTime, Stream, Tag};
use crate::units::Instant;

/// A revision of a task definition, in the order of registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefinitionId(pub u32);

/// A service, in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceId(pub u32);

/// A task that has not been forgotten; numbers are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId(pub u32);

/// Something that the cluster does later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlEvent {
    /// The service scheduler looks at a service.
    Turn(ServiceId),
    /// Something is due for a task.
    Task(Tag),
    /// A minute ends: metrics are taken, and alarms looked at.
    Minute,
    /// A scheduled action of a service, by its place.
    Scheduled(u32),
}

/// What the cluster tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A task was created.
    Created(TaskId),
    /// A task got an instance, or a machine of its own on Fargate.
    Placed {
        /// The task.
        task: TaskId,
        /// The caller's number of the machine.
        machine: u32,
    },
    /// A task on Fargate is to have a machine of its own; to be answered, at any time, with
    /// [`ControlPlane::machine_up`].
    MachineWanted {
        /// The task.
        task: TaskId,
        /// The zone it is to be in.
        zone: u32,
    },
    /// The machine of a task on Fargate is not needed any more.
    MachineReleased {
        /// The machine.
        machine: u32,
    },
    /// A container runs: its process starts.
    Runs {
        /// The task.
        task: TaskId,
        /// Which of its containers.
        container: u32,
    },
    /// A container was asked to stop.
    Stops {
        /// The task.
        task: TaskId,
        /// Which of its containers.
        container: u32,
    },
    /// The process of a container is gone.
    Ended {
        /// The task.
        task: TaskId,
        /// Which of its containers.
        container: u32,
    },
    /// A task is registered with the target groups of its service; what those think of it is to be
    /// told with [`ControlPlane::target_health`].
    Registered(TaskId),
    /// A task is deregistered from its target groups; to be answered with
    /// [`ControlPlane::deregistered`].
    Deregisters(TaskId),
    /// A task has stopped: its number may be used again.
    Gone(TaskId),
    /// The group of a provider is to have so many instances.
    CapacityWanted {
        /// The provider, by its place.
        provider: u32,
        /// Instances.
        instances: u32,
    },
    /// Whether a group may terminate an instance when it shrinks (managed termination protection).
    Protects {
        /// Its machine.
        machine: u32,
        /// Whether it may not.
        protected: bool,
    },
    /// An instance that is drained for its end has no tasks any more (managed draining).
    Drained {
        /// Its machine.
        machine: u32,
    },
    /// A service is scaled: the number of its tasks is another.
    Scaled {
        /// The service.
        service: ServiceId,
        /// Its tasks from now on.
        desired: u32,
    },
}

/// A time that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// From a place for a task to its agent having it.
    Agent,
    /// To attach a network interface.
    Interface,
    /// To attach one of a trunk.
    TrunkInterface,
    /// From an unpacked image to a running process.
    Container,
}

/// The Auto Scaling group of a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupView {
    /// Instances in service.
    pub in_service: u32,
    /// What it is meant to have.
    pub desired: u32,
}

/// What a service used in the minute that ends, against what it reserves; none where nothing was
/// measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// `ECSServiceAverageCPUUtilization`, in percent.
    pub cpu: Option<f64>,
    /// `ECSServiceAverageMemoryUtilization`, in percent.
    pub memory: Option<f64>,
    /// `ALBRequestCountPerTarget`: requests of the minute for each target.
    pub requests_per_target: Option<f64>,
}

/// What the cluster needs of everything else.
#[expect(missing_debug_implementations, reason = "it borrows functions")]
pub struct Around<'w, S> {
    /// Engines of all machines.
    pub engines: &'w mut Engines,
    /// What they need: the calendar and the network.
    pub docker: Context<'w, S>,
    /// For what the cluster tells.
    pub notices: &'w mut Vec<Notice>,
    /// How the engines are told whose a container is.
    pub owner: Owners,
    /// The subnets, by their places in [`Settings::subnets`].
    pub subnets: &'w mut [Subnet],
    /// Draws a time.
    pub draw: &'w mut dyn FnMut(Delay) -> SimDuration,
    /// The group of a provider.
    pub group: &'w dyn Fn(u32) -> GroupView,
    /// What a service used in the minute that ends.
    pub usage: &'w mut dyn FnMut(ServiceId) -> Usage,
    /// Why tasks of a definition cannot start, where the roles of it do not allow what that takes.
    pub denied: &'w dyn Fn(DefinitionId) -> Option<StopReason>,
    /// What the process in a container of a task writes into it, in bytes per second.
    pub writes: &'w dyn Fn(TaskId, u32) -> u64,
}

/// How a cluster is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// The name of each zone, such as `us-east-1a`.
    pub zones: Vec<String>,
    /// Name and zone of each subnet.
    pub subnets: Vec<(String, u32)>,
    /// Its capacity providers on Auto Scaling groups.
    pub providers: Vec<Provider>,
    /// What tasks get that do not say where they run.
    pub default_strategy: Vec<super::service::ProviderShare>,
    /// How long tasks wait for capacity.
    pub provisioning_timeout: SimDuration,
    /// From SIGTERM to SIGKILL, for containers that do not say.
    pub stop_timeout: SimDuration,
    /// Whether interfaces of tasks are those of a trunk.
    pub trunking: bool,
    /// The calendar at the beginning.
    pub epoch: Instant,
    /// Whether what happens is kept.
    pub events: bool,
}

/// A capacity provider on an Auto Scaling group.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// How its group is scaled; none where it is not.
    pub scaling: Option<ManagedScaling>,
    /// Managed termination protection.
    pub termination_protection: bool,
    /// Managed draining.
    pub draining: bool,
    /// What an empty instance of each type of its group offers.
    pub types: Vec<Left>,
}

/// How a service is scaled.
#[derive(Clone, Debug)]
pub struct Scaling {
    /// Between which numbers of tasks.
    pub bounds: Bounds,
    /// What is switched off.
    pub suspended: Suspended,
    /// Its policies.
    pub policies: Vec<Policy>,
    /// Its scheduled actions.
    pub scheduled: Vec<ScheduledAction>,
}

/// An instance that joins.
#[derive(Clone, Debug)]
pub struct NewInstance {
    /// The caller's number of its machine.
    pub machine: u32,
    /// Its engine.
    pub engine: EngineId,
    /// The provider whose group it is of, by its place; none of others.
    pub provider: Option<u32>,
    /// Its zone.
    pub zone: u32,
    /// What it registers with.
    pub registration: Registration,
}

/// How many there are of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tasks that services want.
    pub desired: u32,
    /// Tasks in PROVISIONING.
    pub provisioning: u32,
    /// Tasks in PENDING or ACTIVATING.
    pub pending: u32,
    /// Tasks in RUNNING.
    pub running: u32,
    /// Tasks from DEACTIVATING to DEPROVISIONING.
    pub stopping: u32,
    /// Container instances.
    pub instances: u32,
}

/// A cluster of Amazon ECS; see the [module documentation](self).
#[derive(Debug)]
pub struct ControlPlane {
    settings: Settings,
}

impl ControlPlane {
    /// A cluster without instances and services. `lots` decides among equals.
    pub fn new(settings: Settings, lots: Stream) -> Self {
        let _ = lots;
        Self { settings }
    }

    /// Handles an event of its own.
    pub fn on<S>(&mut self, event: ControlEvent, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (event, around, &self.settings);
        todo!()
    }

    /// Begins: the first minute is counted from now.
    pub fn start<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = around;
        todo!()
    }

    /// Registers a revision of a task definition.
    pub fn define(&mut self, definition: TaskDefinition) -> DefinitionId {
        let _ = definition;
        todo!()
    }

    /// The task definition that a name means: `web` for its last revision, `web:3`, or an ARN.
    pub fn find_definition(&self, name: &str) -> Option<DefinitionId> {
        let _ = name;
        todo!()
    }

    /// A task definition.
    pub fn definition(&self, id: DefinitionId) -> &TaskDefinition {
        let _ = id;
        todo!()
    }

    /// Creates a service.
    ///
    /// # Errors
    /// Why it cannot be, in the words of the API.
    pub fn create_service<S>(
        &mut self,
        service: Service,
        around: &mut Around<'_, S>,
    ) -> Result<ServiceId, String>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (service, around);
        todo!()
    }

    /// The service of a name.
    pub fn find_service(&self, name: &str) -> Option<ServiceId> {
        let _ = name;
        todo!()
    }

    /// A service has another task definition from now on, or the same anew (`update-service`,
    /// `--force-new-deployment`).
    pub fn deploy<S>(&mut self, id: ServiceId, to: DefinitionId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (id, to, around);
        todo!()
    }

    /// A service is to have so many tasks.
    pub fn set_desired<S>(&mut self, id: ServiceId, desired: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (id, desired, around);
        todo!()
    }

    /// How many tasks a service is to have.
    pub fn desired(&self, id: ServiceId) -> u32 {
        let _ = id;
        todo!()
    }

    /// Runs standalone tasks: those of one call. Returns those that could be created.
    pub fn run_task<S>(&mut self, call: &RunTask, around: &mut Around<'_, S>) -> Vec<TaskId>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (call, around);
        todo!()
    }

    /// An instance has registered.
    pub fn join<S>(&mut self, new: NewInstance, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (new, around);
        todo!()
    }

    /// An instance is drained: before its end ([`Notice::Drained`] tells when it is empty), or
    /// because its owner wants that.
    pub fn drain<S>(&mut self, machine: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (machine, around);
        todo!()
    }

    /// A machine is no more, with all that was on it: an instance, or that of a task on Fargate.
    pub fn machine_lost<S>(&mut self, machine: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (machine, around);
        todo!()
    }

    /// The machine of a task on Fargate is up.
    pub fn machine_up<S>(
        &mut self,
        task: TaskId,
        machine: u32,
        engine: EngineId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (task, machine, engine, around);
        todo!()
    }

    /// Fargate Spot takes back the machine of a task, in two minutes.
    pub fn spot_notice<S>(&mut self, machine: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (machine, around);
        todo!()
    }

    /// An engine tells of the container with this owner.
    pub fn container_told<S>(
        &mut self,
        owner: u32,
        notice: ContainerNotice,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (owner, notice, around);
        todo!()
    }

    /// The process in a container answers from now on, or does not: what its health check finds.
    pub fn answers<S>(
        &mut self,
        task: TaskId,
        container: u32,
        answers: bool,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (task, container, answers, around);
        todo!()
    }

    /// A target group finds a task healthy, or does not.
    pub fn target_health<S>(&mut self, task: TaskId, healthy: bool, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (task, healthy, around);
        todo!()
    }

    /// No target group has a task any more.
    pub fn deregistered<S>(&mut self, task: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (task, around);
        todo!()
    }

    /// What an engine calls a container of a task, while there is one.
    pub fn container(&self, task: TaskId, container: u32) -> Option<ContainerId> {
        let _ = (task, container);
        todo!()
    }

    /// The service of a task; none of one that is standalone.
    pub fn service_of(&self, task: TaskId) -> Option<ServiceId> {
        let _ = task;
        todo!()
    }

    /// The task definition of a task.
    pub fn definition_of(&self, task: TaskId) -> DefinitionId {
        let _ = task;
        todo!()
    }

    /// When a task was created.
    pub fn created(&self, task: TaskId) -> SimTime {
        let _ = task;
        todo!()
    }

    /// How a service is scaled from now on.
    pub fn scale_by<S>(&mut self, id: ServiceId, scaling: Scaling, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let _ = (id, scaling, around);
        todo!()
    }

    /// The task and the container of it that have this owner.
    pub fn slot(&self, owner: u32) -> Option<(TaskId, u32)> {
        let _ = owner;
        todo!()
    }

    /// The machine that a task is on, once it has one.
    pub fn machine_of(&self, task: TaskId) -> Option<u32> {
        let _ = task;
        todo!()
    }

    /// Whether a task that has stopped did what it was there for: its essential containers ended
    /// by themselves with exit code 0.
    pub fn succeeded(&self, task: TaskId) -> bool {
        let _ = task;
        todo!()
    }

    /// How many there are of what.
    pub fn counts(&self) -> Counts {
        todo!()
    }

    /// `CapacityProviderReservation` of a provider in percent, as it was at the end of the last
    /// minute.
    pub fn reservation(&self, provider: u32) -> Option<f64> {
        let _ = provider;
        todo!()
    }
}
