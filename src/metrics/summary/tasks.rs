//! The tasks and instances of a cluster of Amazon ECS.

use serde::{Deserialize, Serialize};

use super::Account;

/// Tasks and container instances of a cluster of Amazon ECS over the measured time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TasksSummary {
    /// Tasks that services want, on average.
    pub desired: f64,
    /// The most they wanted at once.
    pub desired_max: u32,
    /// Tasks in RUNNING, on average.
    pub running: f64,
    /// The most of them at once.
    pub running_max: u32,
    /// Tasks in PENDING or ACTIVATING, on average.
    pub pending: f64,
    /// The most of them at once.
    pub pending_max: u32,
    /// Tasks in PROVISIONING, which wait for capacity, on average.
    pub provisioning: f64,
    /// The most of them at once.
    pub provisioning_max: u32,
    /// Container instances that are registered, on average.
    pub instances: f64,
    /// The most of them at once.
    pub instances_max: u32,
    /// Container instances, times hours.
    pub instance_hours: f64,
    /// Its capacity providers whose groups are scaled, in their order.
    pub providers: Vec<ProviderSummary>,
    /// Tasks by how they ended; of the whole run.
    pub account: TaskAccount,
}

/// A capacity provider whose group is scaled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProviderSummary {
    pub name: String,
    /// What `CapacityProviderReservation` is kept at, as a share of the capacity.
    pub target: f64,
    /// What it was, on average over the measured time; none where it was never found.
    pub reservation: Option<f64>,
}

/// Tasks, by where they are at the end; those that have stopped by their stop code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskAccount {
    /// Tasks that were created.
    pub created: u64,
    pub provisioning: u64,
    /// Pending or activating.
    pub pending: u64,
    pub running: u64,
    /// From deactivating to deprovisioning.
    pub stopping: u64,
    /// `TaskFailedToStart`
    pub failed_to_start: u64,
    /// `EssentialContainerExited`
    pub essential_exited: u64,
    /// `UserInitiated`
    pub stopped_by_user: u64,
    /// `ServiceSchedulerInitiated`
    pub stopped_by_service: u64,
    /// `SpotInterruption`
    pub spot_interrupted: u64,
    /// `TerminationNotice`
    pub instance_gone: u64,
    /// Beside those created: what `run-task` was asked for and did not create, for want of a place.
    pub not_placed: u64,
}

impl TaskAccount {
    /// Tasks that have stopped.
    pub fn stopped(&self) -> u64 {
        self.failed_to_start
            + self.essential_exited
            + self.stopped_by_user
            + self.stopped_by_service
            + self.spot_interrupted
            + self.instance_gone
    }
}

impl Account for TaskAccount {
    fn balances(&self) -> bool {
        let alive = self.provisioning + self.pending + self.running + self.stopping;
        self.created == alive + self.stopped()
    }
}
