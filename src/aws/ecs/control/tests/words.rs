//! Entries of the log, briefly.

use crate::aws::ecs::control::log::{Entry, Log, Said};

/// What an entry says of how a task comes, works and goes.
pub(super) fn life(log: &Log, entry: Entry) -> Option<String> {
    Some(match entry {
        Entry::Created { task } => format!("t{task} created"),
        Entry::Placed { task, instance } => format!("t{task} on {}", log.instance_name(instance)),
        Entry::Running { task } => format!("t{task} runs"),
        Entry::Stopping { task, reason } => format!("t{task} stopping: {}", log.text_of(reason)),
        Entry::Stopped { task, code } => format!("t{task} stopped: {code}"),
        Entry::Exited { task, container, code, .. } => {
            format!("t{task} container {container} exits {code}")
        }
        _ => return None,
    })
}

/// The events of services.
pub(super) fn events(log: &Log, entry: Entry) -> Option<String> {
    Some(match entry {
        Entry::Said { said: Said::Unplaced, a, .. } => {
            format!("unplaced: {}", log.text_at(a))
        }
        Entry::Said { said, a, .. } => format!("{said:?} {a}"),
        Entry::Scaled { from, to, .. } => format!("scaled {from} to {to}"),
        Entry::Refused { tasks, reason } => format!("refused {tasks}: {}", log.text_of(reason)),
        _ => return None,
    })
}
