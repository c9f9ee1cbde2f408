//! The states of a task, why it stopped, and what protects it.
//!
//! A task has the state it is in (`lastStatus`) and the one that it is meant to reach
//! (`desiredStatus`). States follow one another in one direction; a task that is to stop leaves out
//! those in between. (Amazon ECS Developer Guide, "Task lifecycle", "Stopped task error codes";
//! API reference, `Task`.)

mod protection;
mod stop;

pub use protection::Protection;
pub use stop::{StopCode, StopReason};

use crate::engine::SimDuration;

/// Where a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskState {
    /// It waits for capacity, or for its network interface.
    Provisioning,
    /// It has its place and its interface; its agent gets it, and prepares its containers.
    Pending,
    /// It is registered at load balancers and with service discovery.
    Activating,
    /// It runs.
    Running,
    /// It is deregistered, and answers what is under way.
    Deactivating,
    /// Its containers are asked to stop, and killed if they do not.
    Stopping,
    /// Its network interface is detached.
    Deprovisioning,
    /// It has stopped.
    Stopped,
    /// It is forgotten.
    Deleted,
}

impl TaskState {
    /// All states, in order.
    pub const ALL: [Self; 9] = [
        Self::Provisioning,
        Self::Pending,
        Self::Activating,
        Self::Running,
        Self::Deactivating,
        Self::Stopping,
        Self::Deprovisioning,
        Self::Stopped,
        Self::Deleted,
    ];

    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Activating => "ACTIVATING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopping => "STOPPING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Stopped => "STOPPED",
            Self::Deleted => "DELETED",
        }
    }

    /// The state after this one for a task that has load balancers, an interface of its own, both
    /// or neither; and that is meant to stop, or is not.
    ///
    /// Steps that there is nothing to do in are left out: a task without load balancer is not
    /// activated, one without interface not provisioned but for capacity.
    pub fn next(self, parts: Parts, stops: bool) -> Self {
        match self {
            // nothing runs yet: what was attached is detached again
            Self::Provisioning if stops => Self::Deprovisioning.skipping(parts),
            Self::Provisioning => Self::Pending,
            Self::Pending if stops => Self::Stopping,
            Self::Pending => Self::Activating.skipping(parts),
            Self::Activating if !stops => Self::Running,
            Self::Activating | Self::Running => Self::Deactivating.skipping(parts),
            Self::Deactivating => Self::Stopping,
            Self::Stopping => Self::Deprovisioning.skipping(parts),
            Self::Deprovisioning => Self::Stopped,
            Self::Stopped | Self::Deleted => Self::Deleted,
        }
    }

    /// This state, or the next one that there is something to do in.
    fn skipping(self, parts: Parts) -> Self {
        match self {
            Self::Activating if !parts.balanced => Self::Running,
            Self::Deactivating if !parts.balanced => Self::Stopping,
            Self::Deprovisioning if !parts.interface => Self::Stopped,
            state => state,
        }
    }

    /// Whether its containers may run in it.
    pub fn has_containers(self) -> bool {
        (Self::Pending..=Self::Stopping).contains(&self)
    }
}

/// What a task has that takes time to attach and to detach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Whether it is registered at a load balancer or with service discovery.
    pub balanced: bool,
    /// Whether it has a network interface of its own.
    pub interface: bool,
}

/// What agents do unless they are told otherwise. How they pull and clean up images is
/// [`docker`](crate::docker)'s part. (aws/amazon-ecs-agent @8dfcec, README.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentDefaults {
    /// From SIGTERM to SIGKILL: `ECS_CONTAINER_STOP_TIMEOUT`.
    pub stop_timeout: SimDuration,
    /// For a container to be created: `ECS_CONTAINER_CREATE_TIMEOUT`.
    pub create_timeout: SimDuration,
    /// For a container to start: `ECS_CONTAINER_START_TIMEOUT`.
    pub start_timeout: SimDuration,
    /// For which stopped containers are kept: `ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION`.
    pub cleanup_wait: SimDuration,
}

impl AgentDefaults {
    /// Those of agents on Linux, or on Windows.
    pub fn on(windows: bool) -> Self {
        Self {
            stop_timeout: SimDuration::from_secs(30),
            create_timeout: SimDuration::from_secs(4 * 60),
            start_timeout: SimDuration::from_secs(if windows { 8 * 60 } else { 3 * 60 }),
            cleanup_wait: SimDuration::from_secs(3 * 60 * 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The states of a task that stops once it has come this far.
    fn way(parts: Parts, stops_at: TaskState) -> Vec<&'static str> {
        let mut state = TaskState::Provisioning;
        let mut names = vec![state.name()];
        while state != TaskState::Stopped {
            state = state.next(parts, state >= stops_at);
            names.push(state.name());
        }
        names
    }

    #[test]
    fn a_task_goes_through_what_it_has() {
        let all = Parts { balanced: true, interface: true };
        let names = TaskState::ALL.map(TaskState::name);
        assert_eq!(way(all, TaskState::Running), names[..8]);
        let plain = ["PROVISIONING", "PENDING", "RUNNING", "STOPPING", "STOPPED"];
        assert_eq!(way(Parts::default(), TaskState::Running), plain);
    }

    #[test]
    fn a_task_that_is_to_stop_leaves_out_what_comes_between() {
        let all = Parts { balanced: true, interface: true };
        let early = ["PROVISIONING", "DEPROVISIONING", "STOPPED"];
        assert_eq!(way(all, TaskState::Provisioning), early);
        let pending = ["PROVISIONING", "PENDING", "STOPPING", "DEPROVISIONING", "STOPPED"];
        assert_eq!(way(all, TaskState::Pending), pending);
        assert!(TaskState::Stopping.has_containers() && !TaskState::Provisioning.has_containers());
        assert_eq!(TaskState::Stopped.next(all, true), TaskState::Deleted);
    }
}
