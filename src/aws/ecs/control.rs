//! A cluster of Amazon ECS in motion: documents in, behaviour over time out.
//!
//! [`ControlPlane`] is the component. It owns task definitions, services, tasks, container
//! instances and capacity providers, and acts on container engines that its caller owns. Calls go
//! down, [`Notice`]s come up: that a task was made, that a process starts or is to end, that a load
//! balancer is to know, that a group is to have another size.
//!
//! * `definitions`, `services`, `standalone`: what the API is asked for; `kinds`: what tasks have
//!   in common.
//! * `turns`: the service scheduler looks at a service; `starts`, `stops`, `zones`: what it does;
//!   `daemons`: services with a task on each instance; `tally`: tasks counted by how they are.
//! * `tasks`: a task from state to state; `ends`: how it ends; `health`: how its service sees it;
//!   `asked`: what others ask of it.
//! * `agent`, `engine_told`, `checks`: its containers; `interfaces`: its network interface.
//! * `instances`: container instances join, are drained and lost; `waiting`: tasks that wait for
//!   them; `providers`: groups that grow and shrink for these; `fargate`: tasks without instances.
//! * `autoscaling`: services that grow and shrink.
//! * [`log`]: what happened, and why; `counts`: how many there are of what.
//!
//! The API answers at once, and the scheduler sees a change in the instant in which it is made; in
//! fact it looks every few seconds. What takes longer by design is modelled where it happens, or
//! drawn by the caller ([`Delay`]).

mod agent;
mod asked;
mod autoscaling;
mod checks;
mod counts;
mod daemons;
mod definitions;
mod ends;
mod engine_told;
mod fargate;
mod health;
mod instances;
mod interfaces;
mod kinds;
pub mod log;
mod notice;
mod providers;
mod services;
mod settings;
mod standalone;
mod starts;
mod stops;
mod tally;
mod tasks;
#[cfg(test)]
mod tests;
mod troubles;
mod turns;
mod volumes;
mod waiting;
mod zones;

use std::collections::BTreeSet;

use super::placement::Fleet;
use crate::docker::ContainerEvent;
use crate::engine::{Phase, Schedule, SimDuration, Slab, Stream, Tag};
use agent::Slot;
use log::Log;
use tasks::Task;

pub use counts::{Counts, ServiceTotals, Totals, Unplaced};
pub use kinds::KindId;
pub use notice::Notice;
pub use settings::{Around, Delay, GroupView, NewInstance, Provider, Settings, Usage};
pub use troubles::{Told, Trouble};

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

const MINUTE: SimDuration = SimDuration::from_secs(60);

/// A cluster of Amazon ECS; see the [module documentation](self).
#[derive(Debug)]
pub struct ControlPlane {
    settings: Settings,
    definitions: definitions::Definitions,
    services: Vec<services::ServiceState>,
    kinds: Vec<kinds::Kind>,
    /// Of these, those of standalone tasks.
    standalone: Vec<kinds::KindId>,
    tasks: Slab<Task>,
    /// Tasks that are gone, and of which the caller may not have heard yet.
    graves: Vec<TaskId>,
    /// What the owner tokens of containers stand for.
    slots: Slab<Slot>,
    fleet: Fleet,
    hosts: instances::Hosts,
    waiting: waiting::Waiting,
    fargate: fargate::Fargate,
    providers: providers::Providers,
    /// Scheduled actions of services.
    scheduled: Vec<autoscaling::Scheduled>,
    /// Services that find no place for a task.
    searching: BTreeSet<ServiceId>,
    /// Whether there may be more room on instances than there was.
    room: bool,
    /// Decides among equals.
    lots: Stream,
    counts: Counts,
    totals: Totals,
    service_totals: ServiceTotals,
    log: Log,
}

impl ControlPlane {
    /// A cluster without instances and services. `lots` decides among equals.
    pub fn new(settings: Settings, lots: Stream) -> Self {
        Self {
            log: Log::new(settings.events),
            providers: providers::Providers::new(&settings),
            scheduled: Vec::new(),
            settings,
            definitions: definitions::Definitions::default(),
            services: Vec::new(),
            kinds: Vec::new(),
            standalone: Vec::new(),
            tasks: Slab::default(),
            graves: Vec::new(),
            slots: Slab::default(),
            fleet: Fleet::default(),
            hosts: instances::Hosts::default(),
            waiting: waiting::Waiting::default(),
            fargate: fargate::Fargate::default(),
            searching: BTreeSet::new(),
            room: false,
            lots,
            counts: Counts::default(),
            totals: Totals::default(),
            service_totals: ServiceTotals::default(),
        }
    }

    /// How it is set up.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Begins: the first minute is counted from now.
    pub fn start<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        around.docker.calendar.after(MINUTE, Phase::Observe, ControlEvent::Minute);
    }

    /// Handles an event of its own.
    pub fn on<S>(&mut self, event: ControlEvent, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        // the caller has heard of these by now
        for task in self.graves.drain(..) {
            self.tasks.remove(task.0);
        }
        match event {
            ControlEvent::Turn(id) => {
                if self.services[id.0 as usize].turn <= around.now() {
                    self.turn(id, around);
                }
            }
            ControlEvent::Task(tag) => {
                if let Some(task) = self.tasks.current(tag) {
                    self.task_due(TaskId(task), around);
                }
            }
            ControlEvent::Minute => {
                self.minute_of_providers(around);
                self.minute_of_services(around);
                around.docker.calendar.after(MINUTE, Phase::Observe, ControlEvent::Minute);
            }
            ControlEvent::Scheduled(place) => self.scheduled(place, around),
        }
        self.settle(around);
    }

    /// Has those that wait for room look for it, where there may be more of it than before.
    fn settle<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        while std::mem::take(&mut self.room) {
            self.place_waiting(around);
            for service in std::mem::take(&mut self.searching) {
                self.touch(service, around);
            }
        }
    }

    /// How many there are of what.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many tasks there were, and how they ended.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// What services went through.
    pub fn service_totals(&self) -> &ServiceTotals {
        &self.service_totals
    }

    /// What happened.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The name of a task, as the API would give it one: 32 hexadecimal digits.
    pub fn name_of(&self, task: TaskId) -> String {
        log::task(self.task(task).number)
    }
}
