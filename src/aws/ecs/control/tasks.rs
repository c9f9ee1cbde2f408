//! Tasks: how they are made, and where they are in their life.
//!
//! A task goes from state to state by [`TaskState::next`]; here is what is done in each, and what
//! it waits for.

use std::net::Ipv4Addr;

use super::agent::Seat;
use super::kinds::KindId;
use super::log::Entry;
use super::{Around, ControlEvent, ControlPlane, Notice, TaskId};
use crate::aws::ecs::deployment::Health;
use crate::aws::ecs::placement::InstanceId;
use crate::aws::ecs::task::{Parts, Protection, StopReason, TaskState};
use crate::docker::{ContainerEvent, EngineId};
use crate::engine::{Phase, Schedule, SimTime};

/// A task.
#[derive(Debug)]
pub(super) struct Task {
    /// How many there were before it; younger tasks have higher numbers.
    pub number: u32,
    pub kind: KindId,
    pub created: SimTime,
    pub state: TaskState,
    pub wait: Wait,
    /// When what it waits for has come, if that is known.
    pub due: SimTime,
    /// When its next event fires.
    pub armed: SimTime,
    pub place: Option<Place>,
    /// Its own interface: the subnet, and the address in it.
    pub address: Option<(u32, Ipv4Addr)>,
    /// Its volume is attached, or it has none.
    pub has_volume: bool,
    /// Why it is to stop.
    pub stop: Option<Box<StopReason>>,
    /// Since when it runs, or has run.
    pub ran: Option<SimTime>,
    /// What its target groups think of it, once they do.
    pub target: Option<bool>,
    /// Its target groups were asked to let it go, and have not yet.
    pub deregistering: bool,
    /// A machine was asked for, and is not there yet.
    pub machine_wanted: bool,
    /// On Fargate: the zone that it is in, or that its machine is to be in.
    pub zone: Option<u32>,
    /// It is to go where it is.
    pub leaving: bool,
    pub protection: Protection,
    /// As its service counts it.
    pub counted: Option<Standing>,
    pub seats: Box<[Seat]>,
}

/// How a service counts one of its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub current: bool,
    pub leaving: bool,
    pub health: Health,
}

/// Where a task is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// None on Fargate.
    pub instance: Option<InstanceId>,
    pub machine: u32,
    pub engine: EngineId,
    pub zone: u32,
    /// What the log calls its instance.
    pub logged: u32,
}

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// That something is told.
    Told,
    /// Room on an instance, or that it is given up.
    Capacity,
    /// That Fargate may start it.
    Launch,
    /// Its interface.
    Interface,
    /// Its volume.
    Volume,
    /// That its agent has it.
    Agent,
    /// That its interface is detached.
    Detached,
}

impl Task {
    pub fn stops(&self) -> bool {
        self.stop.is_some()
    }

    /// Waits for something that comes then.
    pub fn wait(&mut self, wait: Wait, due: SimTime) {
        (self.wait, self.due) = (wait, due);
    }
}

impl ControlPlane {
    pub(super) fn task(&self, id: TaskId) -> &Task {
        &self.tasks[id.0]
    }

    pub(super) fn task_mut(&mut self, id: TaskId) -> &mut Task {
        &mut self.tasks[id.0]
    }

    /// Makes a task, which is in PROVISIONING and nowhere yet.
    pub(super) fn create<S>(&mut self, kind: KindId, around: &mut Around<'_, S>) -> TaskId
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let known = self.kind(kind);
        let (service, definition) = (known.service, known.definition);
        let parts = self.definitions.get(definition).containers.len();
        let now = around.now();
        let number = self.log.name_task(kind);
        let task = Task {
            number,
            kind,
            created: now,
            state: TaskState::Provisioning,
            wait: Wait::Told,
            due: SimTime::MAX,
            armed: SimTime::MAX,
            place: None,
            address: None,
            has_volume: false,
            stop: None,
            ran: None,
            target: None,
            deregistering: false,
            machine_wanted: false,
            zone: None,
            leaving: false,
            protection: Protection::default(),
            counted: None,
            seats: (0..parts).map(|_| Seat::default()).collect(),
        };
        let id = TaskId(self.tasks.insert(task));
        self.totals.created += 1;
        self.counts.enter(None, TaskState::Provisioning);
        self.log.add(now, Entry::Created { task: number });
        if let Some((service, _)) = service {
            self.services[service.0 as usize].tasks.insert(number, id);
        }
        self.refresh(id, around);
        around.tell(Notice::Created(id));
        id
    }

    /// A task has a place; there it gets its interface if it has one, and then its agent has it.
    pub(super) fn placed<S>(&mut self, id: TaskId, place: Place, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let task = self.task_mut(id);
        task.place = Some(place);
        task.wait(Wait::Told, SimTime::MAX);
        let (number, machine, instance) = (task.number, place.machine, place.logged);
        self.log.add(around.now(), Entry::Placed { task: number, instance });
        around.tell(Notice::Placed { task: id, machine });
        if self.parts(id).interface {
            self.attach(id, place.zone, around);
        } else {
            self.advance(id, around);
        }
        self.arm(id, around);
    }

    pub(super) fn parts(&self, id: TaskId) -> Parts {
        self.kind(self.task(id).kind).parts
    }

    /// What a task waited for by itself has come.
    fn came<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let task = self.task_mut(id);
        task.due = SimTime::MAX;
        match std::mem::replace(&mut task.wait, Wait::Told) {
            Wait::Told | Wait::Volume => {}
            Wait::Capacity => self.gives_up_waiting(id, around),
            Wait::Launch => self.want_machine(id, around),
            Wait::Interface | Wait::Detached => self.advance(id, around),
            Wait::Agent => self.agent_has(id, around),
        }
    }

    /// Something is due for a task.
    pub(super) fn task_due<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let task = self.task_mut(id);
        if task.armed > now || task.state >= TaskState::Stopped {
            return;
        }
        task.armed = SimTime::MAX;
        if task.due <= now {
            self.came(id, around);
        }
        self.containers_due(id, around);
        self.protection_due(id, around);
        self.refresh(id, around);
        self.arm(id, around);
    }

    /// Has the next event of a task fire in time.
    pub(super) fn arm<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let task = self.task(id);
        if task.state >= TaskState::Stopped {
            return;
        }
        let protection = task.protection.until().unwrap_or(SimTime::MAX);
        let next = task.due.min(self.next_of_containers(id)).min(self.next_of_health(id));
        let next = next.min(protection);
        let next = next.max(around.now());
        if next < self.task(id).armed && next < SimTime::MAX {
            self.task_mut(id).armed = next;
            let tag = self.tasks.tag(id.0);
            around.at(next, Phase::Release, ControlEvent::Task(tag));
        }
    }

    /// The next state of a task, and what is done in it.
    pub(super) fn advance<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.waits_for_volume(id, around) {
            return;
        }
        let parts = self.parts(id);
        let task = self.task_mut(id);
        let before = task.state;
        task.state = before.next(parts, task.stops());
        task.wait(Wait::Told, SimTime::MAX);
        let (number, state) = (task.number, task.state);
        self.counts.enter(Some(before), state);
        self.log.state(around.now(), number, state);
        match state {
            TaskState::Pending => {
                let due = around.now() + (around.draw)(super::Delay::Agent);
                self.task_mut(id).wait(Wait::Agent, due);
                around.tell(Notice::Attached(id));
            }
            TaskState::Activating => {
                around.tell(Notice::Registered(id));
                self.advance(id, around);
            }
            TaskState::Running => self.runs(id, around),
            TaskState::Deactivating => {
                self.deregister(id, around);
                if self.stops_at_once(id) {
                    self.advance(id, around);
                }
            }
            TaskState::Stopping => self.stop_containers(id, around),
            TaskState::Deprovisioning => self.detach(id, around),
            TaskState::Stopped => self.stopped(id, around),
            TaskState::Provisioning | TaskState::Deleted => unreachable!("no task comes there"),
        }
    }

    fn runs<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.task_mut(id).ran = Some(around.now());
        self.service_sees_running(id);
        self.refresh(id, around);
        self.arm(id, around);
    }
}
