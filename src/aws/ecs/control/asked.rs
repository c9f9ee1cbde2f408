//! What others ask of single tasks, and want of them.

use super::{Around, ControlEvent, ControlPlane, DefinitionId, ServiceId, TaskId};
use crate::aws::ecs::task::{StopReason, TaskState};
use crate::docker::ContainerEvent;
use crate::engine::{Schedule, SimTime};

impl ControlPlane {
    /// The protection of a task is over: its service may stop it.
    pub(super) fn protection_due<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
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

    /// The service of a task; none of one that is standalone.
    pub fn service_of(&self, task: TaskId) -> Option<ServiceId> {
        self.kind(self.task(task).kind).service.map(|(service, _)| service)
    }

    /// The task definition of a task.
    pub fn definition_of(&self, task: TaskId) -> DefinitionId {
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
