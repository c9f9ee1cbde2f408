//! How a cluster is set up, and what it needs of everything else.

use super::{ControlEvent, DefinitionId, Notice, ServiceId, TaskId};
use crate::aws::ec2::subnet::Subnet;
use crate::aws::ecs::capacity_provider::ManagedScaling;
use crate::aws::ecs::placement::{Left, Registration};
use crate::aws::ecs::service::ProviderShare;
use crate::aws::ecs::task::StopReason;
use crate::aws::scaling::Metric;
use crate::docker::{ContainerEvent, Context, EngineId, Engines, Owners};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::scenario::aws::StartThrottle;
use crate::units::Instant;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Instances in service.
    pub in_service: u32,
    /// What it is meant to have.
    pub desired: u32,
    /// The fewest it may be meant to have.
    pub min: u32,
    /// The most.
    pub max: u32,
}

/// A group that has nothing and may have anything.
impl Default for GroupView {
    fn default() -> Self {
        Self { in_service: 0, desired: 0, min: 0, max: u32::MAX }
    }
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

impl Usage {
    /// The value of a metric; none of one that is no service's.
    pub fn of(&self, metric: &Metric) -> Option<f64> {
        match metric {
            Metric::Cpu => self.cpu,
            Metric::Memory => self.memory,
            Metric::RequestsPerTarget => self.requests_per_target,
            Metric::Custom(_) => None,
        }
    }
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
    /// Whether each task of a service has a volume that is made and attached for it.
    pub volume: &'w dyn Fn(ServiceId) -> bool,
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
    pub default_strategy: Vec<ProviderShare>,
    /// How long tasks wait for capacity.
    pub provisioning_timeout: SimDuration,
    /// How much later a service tries again whose tasks stop before they run.
    pub start_throttle: StartThrottle,
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

impl<S: Schedule<ControlEvent> + Schedule<ContainerEvent>> Around<'_, S> {
    pub(super) fn now(&self) -> SimTime {
        Schedule::<ControlEvent>::now(self.docker.calendar)
    }

    pub(super) fn at(&mut self, time: SimTime, phase: Phase, event: ControlEvent) {
        self.docker.calendar.at(time, phase, event);
    }

    pub(super) fn tell(&mut self, notice: Notice) {
        self.notices.push(notice);
    }
}
