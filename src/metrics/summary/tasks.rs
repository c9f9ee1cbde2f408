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
    /// Deployments of services by what became of them; of the whole run.
    #[serde(default)]
    pub deployments: DeploymentAccount,
    /// How often services found no place for a task, by the reason, the most common first; of the
    /// whole run.
    #[serde(default)]
    pub unplaced: Vec<UnplacedTasks>,
}

impl TasksSummary {
    /// How often services found no place for a task.
    pub fn placement_failures(&self) -> u64 {
        self.unplaced.iter().map(|it| it.times).sum()
    }
}

/// Why services found no place for tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnplacedTasks {
    /// What their events said, but for which container instance came closest.
    pub reason: String,
    /// Events that said so: one when no place is found, others while none is, later and later.
    pub times: u64,
}

/// Deployments of services, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentAccount {
    /// Deployments that began: with their service, with an update, or to come back.
    pub begun: u64,
    /// The service was steady with them.
    pub completed: u64,
    /// Given up by the circuit breaker or for an alarm, and no other came back.
    pub failed: u64,
    /// Given up by the circuit breaker, and the last that completed came back.
    pub rolled_back_by_breaker: u64,
    /// Given up for an alarm, and the last that completed came back.
    pub rolled_back_by_alarm: u64,
    /// Another was asked for before they had completed.
    pub replaced: u64,
    /// Not completed at the end.
    pub under_way: u64,
}

impl Account for DeploymentAccount {
    fn balances(&self) -> bool {
        let rolled_back = self.rolled_back_by_breaker + self.rolled_back_by_alarm;
        let ended = self.completed + self.failed + rolled_back + self.replaced;
        self.begun == ended + self.under_way
    }
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
