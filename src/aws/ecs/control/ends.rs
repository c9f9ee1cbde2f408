//! How tasks end: told to stop, deregistered, stopped, and gone.
//!
//! One that has stopped keeps its number until everyone who was asked something about it has
//! answered: a balancer that deregisters it, whoever makes a machine for it.

use super::kinds::On;
use super::log::Entry;
use super::tasks::Wait;
use super::{Around, ControlEvent, ControlPlane, Notice, TaskId};
use crate::aws::ecs::task::{StopCode, StopReason, TaskState};
use crate::docker::ContainerEvent;
use crate::engine::{Schedule, SimTime};

impl ControlPlane {
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
    pub(super) fn stopped<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
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

    /// Whether the agent stops a task by itself: it does not wait for target groups then.
    pub(super) fn stops_at_once(&self, id: TaskId) -> bool {
        let scheduled = [StopCode::UserInitiated, StopCode::ServiceSchedulerInitiated];
        let reason = self.task(id).stop.as_deref();
        reason.is_some_and(|reason| !scheduled.contains(&reason.code()))
    }
}
