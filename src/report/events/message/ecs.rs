//! Events of Amazon ECS in words.
//!
//! What a service says is in the event already, in the words of its `events` (Amazon ECS Developer
//! Guide, "Service event messages").

use crate::metrics::events::Reason;

/// The message of an event of an object of this name; none of one that is not of ECS.
pub(super) fn message(reason: Reason, name: &str, related: &str, text: &str) -> Option<String> {
    Some(match reason {
        Reason::TaskCreated if related.is_empty() => "Created by run-task".into(),
        Reason::TaskCreated => format!("Created by service {related}"),
        Reason::TaskPlaced => format!("Placed on {related}"),
        Reason::TaskStateChange => format!("lastStatus is now {text}"),
        Reason::TaskRunning => "lastStatus is now RUNNING".into(),
        Reason::TaskStopping => format!("desiredStatus is now STOPPED: {text}"),
        Reason::TaskStopped => format!("lastStatus is now STOPPED ({text})"),
        Reason::InstanceRegistered => format!("Container instance {name} registered"),
        Reason::InstanceDraining => format!("Container instance {name} is now DRAINING"),
        Reason::InstanceActive => format!("Container instance {name} is now ACTIVE"),
        Reason::InstanceLost => format!("The machine of container instance {name} is gone"),
        Reason::RunTaskFailed
        | Reason::ServiceTasksStarted
        | Reason::ServiceTasksStopped
        | Reason::ServiceSteadyState
        | Reason::ServicePlacementFailure
        | Reason::ServiceStartImpaired
        | Reason::ServiceTaskUnhealthy
        | Reason::ServiceDeploymentBlocked
        | Reason::ServiceDeploymentInProgress
        | Reason::ServiceDeploymentCompleted
        | Reason::ServiceDeploymentFailed
        | Reason::ServiceDesiredCountUpdated
        | Reason::CapacityWanted => text.into(),
        _ => return None,
    })
}
