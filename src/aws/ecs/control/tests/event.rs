//! What happens in a rig.

use crate::aws::ecs::control::{ControlEvent, TaskId};
use crate::docker::{ContainerEvent, ContainerId};
use crate::sharing::flows::FlowEvent;

#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Control(ControlEvent),
    Docker(ContainerEvent),
    Flow(FlowEvent),
    /// A process ends by itself, if it is still the same.
    Exit(ContainerId, i32),
    /// Target groups have let a task go.
    Deregistered(TaskId),
    /// Target groups find a task healthy.
    Healthy(TaskId),
    /// A machine of Fargate is up.
    Up(TaskId),
    /// Time to return to the test, for the first time and then after all else of that instant.
    Back(bool),
}

impl From<ControlEvent> for Event {
    fn from(event: ControlEvent) -> Self {
        Self::Control(event)
    }
}

impl From<ContainerEvent> for Event {
    fn from(event: ContainerEvent) -> Self {
        Self::Docker(event)
    }
}

impl From<FlowEvent> for Event {
    fn from(event: FlowEvent) -> Self {
        Self::Flow(event)
    }
}
