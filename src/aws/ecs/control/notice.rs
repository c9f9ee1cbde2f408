//! What a cluster tells its caller.

use super::troubles::Trouble;
use super::{ServiceId, TaskId};

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
    /// [`ControlPlane::machine_up`](super::ControlPlane::machine_up), also if the task has been
    /// stopped meanwhile: it is not gone before.
    MachineWanted {
        /// The task.
        task: TaskId,
        /// The zone it is to be in.
        zone: u32,
    },
    /// The machine of a task on Fargate is not needed any more; it may be lost already.
    MachineReleased {
        /// The machine.
        machine: u32,
    },
    /// A task has its interface and its volume, as far as it is to have them: its agent is to have
    /// it next (PENDING).
    Attached(TaskId),
    /// The volume of a task is to be attached to its machine; to be answered with
    /// [`ControlPlane::volume_attached`](super::ControlPlane::volume_attached) or
    /// [`ControlPlane::volume_refused`](super::ControlPlane::volume_refused).
    VolumeWanted(TaskId),
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
    /// told with [`ControlPlane::target_health`](super::ControlPlane::target_health).
    Registered(TaskId),
    /// A task is deregistered from its target groups; to be answered with
    /// [`ControlPlane::deregistered`](super::ControlPlane::deregistered), also where its machine is
    /// lost: it is not gone before.
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
    /// Somebody should look after it.
    Troubled(Trouble),
}
