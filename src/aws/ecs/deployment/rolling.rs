//! The rolling update, and everything else that a service of replicas does: it starts, replaces
//! and stops tasks within its limits.
//!
//! * Tasks may be stopped while more are healthy than the lower limit, and started while there are
//!   fewer than the upper one, those that stop included.
//! * Tasks of former deployments that are not healthy stop at once, as do those that have not begun
//!   to run on an instance that is drained: nothing is lost with them.
//! * An unhealthy task of the present deployment stops when another is healthy in its place; at
//!   once, if there is no room to start that.

use super::{Limits, Standing};
use crate::engine::SimDuration;

/// A task of the service that has not stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskView {
    /// Its number.
    pub task: u32,
    /// Whether it is of the present deployment.
    pub current: bool,
    /// Whether it is to go where it is: its instance is drained, or its zone has too many.
    pub leaving: bool,
    /// How it is.
    pub health: Health,
}

/// How a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It has not begun to run.
    Pending,
    /// It runs, and is not known to be healthy.
    Running,
    /// It runs; its containers and its load balancer find it healthy. Without checks of either, it
    /// has run for [`SETTLING`].
    Healthy,
    /// It runs, and its checks fail.
    Unhealthy,
    /// It is meant to stop.
    Stopping,
}

/// After this time a running task without any checks counts as healthy. (Developer Guide, "Service
/// definition parameters", `minimumHealthyPercent`.)
pub const SETTLING: SimDuration = SimDuration::from_secs(40);

/// What is done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Tasks of the present deployment to start.
    pub start: u32,
    /// These tasks stop.
    pub stop: Vec<u32>,
    /// Of the healthy tasks that are of former deployments or leaving, so many stop;
    /// [`next_to_stop`](crate::aws::ecs::placement::next_to_stop) says which.
    pub stop_old: u32,
    /// Of the healthy tasks of the present deployment, so many stop, as there are too many.
    pub stop_surplus: u32,
    /// How far the service is.
    pub standing: Standing,
}

/// Tasks by what can be done with them.
#[derive(Default)]
struct Counts {
    total: u32,
    healthy: u32,
    /// Of the present deployment, where they may stay, and not unhealthy.
    good: u32,
    good_healthy: u32,
    old_healthy: u32,
}

impl TaskView {
    fn is_old(&self) -> bool {
        !self.current || self.leaving
    }
}

/// One turn of the service scheduler.
///
/// Tasks that are not healthy stop in the order in which they are handed in.
pub fn step(limits: &Limits, tasks: &[TaskView]) -> Step {
    let counts = count(tasks);
    let wanted = limits.desired.saturating_sub(counts.good);
    let room = limits.upper.saturating_sub(counts.total);
    let start = wanted.min(room);

    let mut stop = Vec::new();
    let mut surplus = counts.good.saturating_sub(limits.desired);
    // unhealthy tasks in whose place others are, and those that stand in the way of others
    let mut replaced =
        if counts.good_healthy >= limits.desired { u32::MAX } else { wanted - start };
    // of those that are not healthy, the ones that have not begun go first
    for health in [Health::Pending, Health::Running, Health::Unhealthy] {
        for task in tasks.iter().filter(|task| task.health == health) {
            let goes = match (task.is_old(), health) {
                // what runs on a drained instance may still become healthy before it is replaced
                (true, Health::Running) if task.current => counts.good_healthy >= limits.desired,
                (true, _) => true,
                (false, Health::Unhealthy) => take_one(&mut replaced),
                (false, _) => take_one(&mut surplus),
            };
            if goes {
                stop.push(task.task);
            }
        }
    }
    let spare = counts.healthy.saturating_sub(limits.lower);
    let stop_old = spare.min(counts.old_healthy);
    let stop_surplus = surplus.min(spare - stop_old);

    let idle = start + stop_old + stop_surplus == 0 && stop.is_empty();
    let steady = counts.good_healthy == limits.desired && counts.total == limits.desired;
    let waits = tasks
        .iter()
        .any(|task| matches!(task.health, Health::Pending | Health::Running | Health::Stopping));
    let standing = match (idle, steady) {
        (true, true) => Standing::Steady,
        (true, false) if !waits => Standing::Blocked,
        _ => Standing::Moving,
    };
    Step { start, stop, stop_old, stop_surplus, standing }
}

fn take_one(allowance: &mut u32) -> bool {
    let some = *allowance > 0;
    *allowance -= u32::from(some);
    some
}

fn count(tasks: &[TaskView]) -> Counts {
    let mut counts = Counts::default();
    for task in tasks {
        let healthy = u32::from(task.health == Health::Healthy);
        let lives = !matches!(task.health, Health::Unhealthy | Health::Stopping);
        let good = u32::from(!task.is_old() && lives);
        counts.total += 1;
        counts.healthy += healthy;
        counts.good += good;
        counts.good_healthy += good * healthy;
        counts.old_healthy += u32::from(task.is_old()) * healthy;
    }
    counts
}
