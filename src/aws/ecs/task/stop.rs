//! Why a task stopped: the code and the sentence that `describe-tasks` shows.
//!
//! Source: API reference, `Task`, `stopCode`; Developer Guide, "Stopped task error codes"; the
//! sentences are those seen in outputs of the command line.

use std::fmt;

/// `stopCode`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopCode {
    /// It never ran.
    TaskFailedToStart,
    /// A container that the task is there for has ended.
    EssentialContainerExited,
    /// Somebody stopped it.
    UserInitiated,
    /// Its service stopped it.
    ServiceSchedulerInitiated,
    /// Fargate took the capacity back.
    SpotInterruption,
    /// Its instance is going.
    TerminationNotice,
}

impl StopCode {
    /// All codes, in order.
    pub const ALL: [Self; 6] = [
        Self::TaskFailedToStart,
        Self::EssentialContainerExited,
        Self::UserInitiated,
        Self::ServiceSchedulerInitiated,
        Self::SpotInterruption,
        Self::TerminationNotice,
    ];
}

/// Why a task stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Its image could not be pulled; what the registry said.
    CannotPullContainer(String),
    /// What it needs before its containers could not be had: secrets, logs, volumes.
    ResourceInitialization(String),
    /// No instance had room for it in time, or this resource was missing: `RESOURCE:MEMORY`.
    NoCapacity(String),
    /// A container could not be created or started; what the engine said.
    CannotStartContainer(String),
    /// A container that others wait for did not become what it has to be.
    DependencyFailed {
        /// The container that waited.
        container: String,
    },
    /// An essential container has ended.
    EssentialContainerExited {
        /// Which.
        container: String,
        /// How; none where it was killed from outside.
        exit_code: Option<i32>,
        /// Whether it was killed for want of memory.
        out_of_memory: bool,
    },
    /// `stop-task`, with the reason given.
    User(String),
    /// Its service has fewer tasks or another deployment now.
    Scheduler {
        /// The deployment: `ecs-svc/1234567890123456789`.
        deployment: String,
    },
    /// A health check of its containers has failed.
    UnhealthyContainers,
    /// A load balancer finds it unhealthy, in this target group.
    UnhealthyTarget(String),
    /// Fargate Spot took the capacity back.
    SpotInterruption,
    /// Its instance was terminated, by its name in EC2.
    HostTerminated(String),
    /// The machine that Fargate ran it on failed.
    MachineFailed,
}

impl StopReason {
    /// The code.
    pub fn code(&self) -> StopCode {
        match self {
            Self::CannotPullContainer(_)
            | Self::ResourceInitialization(_)
            | Self::NoCapacity(_)
            | Self::CannotStartContainer(_)
            | Self::DependencyFailed { .. } => StopCode::TaskFailedToStart,
            Self::EssentialContainerExited { .. } => StopCode::EssentialContainerExited,
            Self::User(_) => StopCode::UserInitiated,
            Self::Scheduler { .. } | Self::UnhealthyContainers | Self::UnhealthyTarget(_) => {
                StopCode::ServiceSchedulerInitiated
            }
            Self::SpotInterruption => StopCode::SpotInterruption,
            Self::HostTerminated(_) | Self::MachineFailed => StopCode::TerminationNotice,
        }
    }
}

/// As the API writes it.
impl fmt::Display for StopCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::TaskFailedToStart => "TaskFailedToStart",
            Self::EssentialContainerExited => "EssentialContainerExited",
            Self::UserInitiated => "UserInitiated",
            Self::ServiceSchedulerInitiated => "ServiceSchedulerInitiated",
            Self::SpotInterruption => "SpotInterruption",
            Self::TerminationNotice => "TerminationNotice",
        })
    }
}

/// `stoppedReason`
impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotPullContainer(why) => write!(f, "CannotPullContainerError: {why}"),
            Self::ResourceInitialization(why) => write!(f, "ResourceInitializationError: {why}"),
            Self::NoCapacity(why) => f.pad(why),
            Self::CannotStartContainer(why) => write!(f, "CannotStartContainerError: {why}"),
            Self::DependencyFailed { container } => {
                write!(f, "container {container} could not start: a dependency failed")
            }
            Self::EssentialContainerExited { .. } => f.pad("Essential container in task exited"),
            Self::User(why) => f.pad(why),
            Self::Scheduler { deployment } => {
                write!(f, "Scaling activity initiated by (deployment {deployment})")
            }
            Self::UnhealthyContainers => f.pad("Task failed container health checks"),
            Self::UnhealthyTarget(group) => {
                write!(f, "Task failed ELB health checks in (target-group {group})")
            }
            Self::SpotInterruption => f.pad("Your Spot Task was interrupted."),
            Self::HostTerminated(instance) => {
                write!(f, "Host EC2 (instance {instance}) terminated.")
            }
            Self::MachineFailed => f.pad("The machine of the task on Fargate failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_their_codes_and_words() {
        let scheduler = StopReason::Scheduler { deployment: "ecs-svc/1".to_owned() };
        let exited = StopReason::EssentialContainerExited {
            container: "app".to_owned(),
            exit_code: Some(1),
            out_of_memory: false,
        };
        let cases = [
            (scheduler, "ServiceSchedulerInitiated", "initiated by (deployment ecs-svc/1)"),
            (exited, "EssentialContainerExited", "Essential container in task exited"),
            (
                StopReason::CannotPullContainer("not found".to_owned()),
                "TaskFailedToStart",
                "CannotPullContainerError: not found",
            ),
            (StopReason::SpotInterruption, "SpotInterruption", "interrupted"),
            (
                StopReason::HostTerminated("i-0abc".to_owned()),
                "TerminationNotice",
                "Host EC2 (instance i-0abc) terminated.",
            ),
            (StopReason::User("deploy".to_owned()), "UserInitiated", "deploy"),
        ];
        for (reason, code, words) in cases {
            assert_eq!(reason.code().to_string(), code);
            assert!(reason.to_string().contains(words), "{reason}");
        }
    }
}
