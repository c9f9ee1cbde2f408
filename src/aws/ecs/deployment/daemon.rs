//! Services with a task on each instance.
//!
//! A daemon runs on every active instance that meets its constraints. It is there before other
//! tasks, and stops after them where an instance is drained. As there may never be two on an
//! instance, an update stops the old task before it starts the new one; how many may be without one
//! at a time is what `minimumHealthyPercent` says, 0 unless it is given. (Developer Guide, "Amazon
//! ECS services", daemon.)

use std::collections::{BTreeMap, BTreeSet};

use super::rolling::Health;
use super::{Limits, Standing};

/// An instance of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceView {
    /// Its number.
    pub instance: u32,
    /// Whether it is to have a daemon.
    pub state: InstanceState,
}

/// Whether an instance is to have a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceState {
    /// It is.
    Eligible,
    /// It is drained: the daemon stays while tasks that are none do.
    Draining {
        /// Tasks on it that are no daemons.
        others: u32,
    },
    /// It does not meet the constraints.
    Excluded,
}

/// A task of the service that has not stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonView {
    /// Its number.
    pub task: u32,
    /// Where it is.
    pub instance: u32,
    /// Whether it is of the present deployment.
    pub current: bool,
    /// How it is.
    pub health: Health,
}

/// What is done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonStep {
    /// Instances on which a task starts.
    pub start: Vec<u32>,
    /// Tasks that stop.
    pub stop: Vec<u32>,
    /// How far the service is.
    pub standing: Standing,
}

/// One turn of the service scheduler. Old tasks stop in the order in which they are handed in.
pub fn step(
    min_healthy_percent: u32,
    instances: &[InstanceView],
    tasks: &[DaemonView],
) -> DaemonStep {
    let eligible = |one: &&InstanceView| one.state == InstanceState::Eligible;
    let desired = instances.iter().filter(eligible).count() as u32;
    let limits = Limits::new(desired, min_healthy_percent, 100);
    let occupied: BTreeSet<u32> = tasks.iter().map(|task| task.instance).collect();
    let free = instances.iter().filter(eligible).filter(|one| !occupied.contains(&one.instance));
    let start: Vec<u32> = free.map(|one| one.instance).collect();

    let states: BTreeMap<u32, InstanceState> =
        instances.iter().map(|one| (one.instance, one.state)).collect();
    let state = |instance: u32| states.get(&instance).copied().unwrap_or(InstanceState::Excluded);
    let counts = |task: &&DaemonView| {
        task.health == Health::Healthy && state(task.instance) == InstanceState::Eligible
    };
    let healthy = tasks.iter().filter(counts).count() as u32;
    let mut spare = healthy.saturating_sub(limits.lower);
    let mut stop = Vec::new();
    for task in tasks.iter().filter(|task| task.health != Health::Stopping) {
        let goes = match state(task.instance) {
            InstanceState::Draining { others } => others == 0,
            InstanceState::Excluded => true,
            InstanceState::Eligible => match (task.current, task.health) {
                (true, health) => health == Health::Unhealthy,
                (false, Health::Healthy) => {
                    let allowed = spare > 0;
                    spare = spare.saturating_sub(1);
                    allowed
                }
                (false, _) => true,
            },
        };
        if goes {
            stop.push(task.task);
        }
    }
    let idle = start.is_empty() && stop.is_empty();
    let done = |task: &DaemonView| match state(task.instance) {
        InstanceState::Eligible => task.current && task.health == Health::Healthy,
        InstanceState::Draining { .. } => false,
        InstanceState::Excluded => false,
    };
    let waits = |task: &DaemonView| {
        matches!(task.health, Health::Pending | Health::Running | Health::Stopping)
            || matches!(state(task.instance), InstanceState::Draining { .. })
    };
    let standing = match idle {
        true if tasks.iter().all(done) => Standing::Steady,
        true if !tasks.iter().any(waits) => Standing::Blocked,
        _ => Standing::Moving,
    };
    DaemonStep { start, stop, standing }
}
