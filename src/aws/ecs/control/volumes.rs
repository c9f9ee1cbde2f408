//! Volumes of tasks: one for each task of a service that asks for it, made and attached before its
//! agent has the task, and gone with it.
//!
//! A task whose volume cannot be attached stops before it runs. (Amazon ECS Developer Guide, "Use
//! Amazon EBS volumes with Amazon ECS".)

use super::tasks::Wait;
use super::{Around, ControlEvent, ControlPlane, Notice, TaskId};
use crate::aws::ecs::task::{StopReason, TaskState};
use crate::docker::ContainerEvent;
use crate::engine::{Schedule, SimTime};

impl ControlPlane {
    /// Whether a task that is about to be handed to its agent has to wait for its volume first,
    /// which is asked for then.
    pub(super) fn waits_for_volume<S>(&mut self, id: TaskId, around: &mut Around<'_, S>) -> bool
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let task = self.task(id);
        let comes = task.state == TaskState::Provisioning && !task.stops() && !task.has_volume;
        let service = self.service_of(id).filter(|_| comes);
        let waits = service.is_some_and(|service| (around.volume)(service));
        if waits {
            self.task_mut(id).wait(Wait::Volume, SimTime::MAX);
            around.tell(Notice::VolumeWanted(id));
        }
        waits
    }

    /// The volume of a task is attached.
    pub fn volume_attached<S>(&mut self, task: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.task(task).wait == Wait::Volume {
            self.task_mut(task).has_volume = true;
            self.advance(task, around);
            self.arm(task, around);
            self.settle(around);
        }
    }

    /// The volume of a task cannot be attached, for this reason.
    pub fn volume_refused<S>(&mut self, task: TaskId, why: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.task(task).wait == Wait::Volume {
            let why = format!("unable to attach the volume: {why}");
            self.stop(task, StopReason::ResourceInitialization(why), around);
            self.settle(around);
        }
    }

    /// Network interfaces of the instance that a task is on: its own, and those of tasks that have
    /// one each; 1 on Fargate.
    pub fn interfaces_beside(&self, task: TaskId) -> u32 {
        let instance = self.task(task).place.and_then(|place| place.instance);
        let instance = instance.and_then(|instance| self.fleet.get(instance));
        let of_tasks = instance.map_or(0, |instance| {
            instance.registration().capacity.interfaces - instance.left().interfaces
        });
        1 + if self.settings.trunking { of_tasks.min(1) } else { of_tasks }
    }
}
