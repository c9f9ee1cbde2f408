//! Tasks: how they are made, where they are in their life, and how they end.
//!
//! A task goes from state to state by [`TaskState::next`]; here is what is done in each, and what
//! it waits for. One that has stopped keeps its number until everyone who was asked something about
//! it has answered: a balancer that deregisters it, whoever makes a machine for it.

use std::net::Ipv4Addr;

use super::agent::Seat;
use super::kinds::{KindId, On};
use super::log::Entry;
use super::{Around, ControlEvent, ControlPlane, Notice, ServiceId, TaskId};
use crate::aws::ecs::deployment::Health;
use crate::aws::ecs::placement::InstanceId;
use crate::aws::ecs::task::{Parts, Protection, StopCode, StopReason, TaskState};
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
        let (number, machine) = (task.number, place.machine);
        let instance = self.log.machine(machine);
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
            Wait::Told => {}
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

    /// The protection of a task is over: its service may stop it.
    fn protection_due<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let protection = &mut self.task_mut(id).protection;
        if protection.until().is_some_and(|until| until <= around.now()) {
            protection.end();
            if let Some(service) = self.service_of(id) {
                self.touch(service, around);
            }
        }
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
        let parts = self.parts(id);
        let task = self.task_mut(id);
        let before = task.state;
        task.state = before.next(parts, task.stops());
        task.wait(Wait::Told, SimTime::MAX);
        let state = task.state;
        self.counts.enter(Some(before), state);
        match state {
            TaskState::Pending => {
                let due = around.now() + (around.draw)(super::Delay::Agent);
                self.task_mut(id).wait(Wait::Agent, due);
            }
            TaskState::Activating => {
                around.tell(Notice::Registered(id));
                self.advance(id, around);
            }
            TaskState::Running => self.runs(id, around),
            TaskState::Deactivating => {
                self.deregister(id, around);
                if self.task(id).stop.as_deref().is_some_and(is_at_once) {
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
        let now = around.now();
        let task = self.task_mut(id);
        task.ran = Some(now);
        let number = task.number;
        self.log.add(now, Entry::Running { task: number });
        self.service_sees_running(id);
        self.refresh(id, around);
        self.arm(id, around);
    }

    /// Target groups are to let a task go.
    pub(super) fn deregister<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let balanced = self.parts(id).balanced;
        let task = self.task_mut(id);
        if balanced && task.ran.is_some() && !task.deregistering {
            task.deregistering = true;
            around.tell(Notice::Deregisters(id));
        }
    }

    /// A task is to stop, if it is not yet.
    pub(super) fn stop<S>(&mut self, id: TaskId, reason: StopReason, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if !self.is_to_stop(id, reason, around) {
            return;
        }
        let task = self.task(id);
        match task.state {
            // where something is stopped already, its containers have ended or are asked to
            TaskState::Provisioning
            | TaskState::Pending
            | TaskState::Activating
            | TaskState::Running => self.advance(id, around),
            _ => {}
        }
        self.refresh(id, around);
        self.arm(id, around);
    }

    /// Notes that a task is to stop; whether it was not to before.
    fn is_to_stop<S>(&mut self, id: TaskId, reason: StopReason, around: &mut Around<'_, S>) -> bool
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let task = &mut self.tasks[id.0];
        if task.stops() {
            return false;
        }
        let waited = task.wait == Wait::Capacity;
        let kind = task.kind;
        let entry =
            Entry::Stopping { task: task.number, reason: self.log.text(&reason.to_string()) };
        self.log.add(around.now(), entry);
        task.stop = Some(Box::new(reason));
        if let Some(instance) = task.place.and_then(|place| place.instance) {
            self.fleet.dismiss(instance, &self.kinds[kind.0 as usize].demand.group);
        }
        self.count_zone(id, false);
        if waited {
            self.waiting.leave(kind, self.tasks[id.0].number);
        }
        true
    }

    /// The machine of a task is gone, and it with that.
    pub(super) fn lose<S>(&mut self, id: TaskId, reason: StopReason, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.task(id).state >= TaskState::Stopped {
            return;
        }
        self.is_to_stop(id, reason, around);
        self.abandon_containers(id, around);
        self.deregister(id, around);
        let task = self.task_mut(id);
        let before = std::mem::replace(&mut task.state, TaskState::Stopped);
        self.counts.enter(Some(before), TaskState::Stopped);
        self.stopped(id, around);
    }

    /// A task has stopped: it gives back all it had.
    fn stopped<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.give_address_back(id, around);
        let task = &mut self.tasks[id.0];
        task.due = SimTime::MAX;
        let (number, place, kind) = (task.number, task.place, task.kind);
        let reason = task.stop.as_deref().expect("a task that has stopped was to stop");
        let (code, ran) = (reason.code(), task.ran.is_some());
        self.totals.stop(code, ran);
        self.log.add(around.now(), Entry::Stopped { task: number, code });
        self.service_sees_stopped(id, around);
        match (place, self.kinds[kind.0 as usize].on) {
            (Some(place), On::Fargate { .. }) => {
                self.fargate.machines.remove(&place.machine);
                around.tell(Notice::MachineReleased { machine: place.machine });
            }
            (Some(place), _) => self.leaves_instance(id, place, around),
            (None, _) => {}
        }
        self.gone_if_answered(id, around);
    }

    /// A task that has stopped is gone when nobody has to answer anything about it any more.
    pub(super) fn gone_if_answered<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let task = self.task_mut(id);
        let answered = !task.deregistering && !task.machine_wanted;
        if task.state == TaskState::Stopped && answered {
            task.state = TaskState::Deleted;
            around.tell(Notice::Gone(id));
            self.graves.push(id);
        }
    }

    /// No target group has a task any more.
    pub fn deregistered<S>(&mut self, task: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let known = self.task_mut(task);
        if !known.deregistering {
            return;
        }
        known.deregistering = false;
        if known.state == TaskState::Deactivating {
            self.advance(task, around);
            self.arm(task, around);
        }
        self.gone_if_answered(task, around);
        self.settle(around);
    }

    /// Somebody stops a task (`stop-task`).
    pub fn stop_task<S>(&mut self, task: TaskId, reason: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.stop(task, StopReason::User(reason.to_owned()), around);
        self.settle(around);
    }

    /// A task asks for protection from scale-in, for so many minutes or two hours.
    ///
    /// # Errors
    /// What is wrong with the minutes.
    pub fn protect<S>(
        &mut self,
        task: TaskId,
        minutes: Option<u32>,
        around: &mut Around<'_, S>,
    ) -> Result<(), String>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.task_mut(task).protection.protect(around.now(), minutes)?;
        self.arm(task, around);
        Ok(())
    }

    /// A task needs no protection any more.
    pub fn end_protection<S>(&mut self, task: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.task_mut(task).protection.end();
        if let Some(service) = self.service_of(task) {
            self.touch(service, around);
        }
    }

    /// Whether a task runs on Fargate Spot.
    pub fn is_spot(&self, task: TaskId) -> bool {
        self.kind(self.task(task).kind).on == On::Fargate { spot: true }
    }

    /// The service of a task; none of one that is standalone.
    pub fn service_of(&self, task: TaskId) -> Option<ServiceId> {
        self.kind(self.task(task).kind).service.map(|(service, _)| service)
    }

    /// The task definition of a task.
    pub fn definition_of(&self, task: TaskId) -> super::DefinitionId {
        self.kind(self.task(task).kind).definition
    }

    /// When a task was created.
    pub fn created(&self, task: TaskId) -> SimTime {
        self.task(task).created
    }

    /// The machine that a task is on, once it is on one.
    pub fn machine_of(&self, task: TaskId) -> Option<u32> {
        self.task(task).place.map(|place| place.machine)
    }

    /// Where a task is in its life.
    pub fn state(&self, task: TaskId) -> TaskState {
        self.task(task).state
    }

    /// Why a task stops or has stopped; none of one that does not.
    pub fn stop_reason(&self, task: TaskId) -> Option<&StopReason> {
        self.task(task).stop.as_deref()
    }
}

/// Whether the agent stops a task by itself: it does not wait for target groups then.
fn is_at_once(reason: &StopReason) -> bool {
    let scheduled = [StopCode::UserInitiated, StopCode::ServiceSchedulerInitiated];
    !scheduled.contains(&reason.code())
}
