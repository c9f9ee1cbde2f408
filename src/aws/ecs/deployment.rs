//! Deployments: what a service starts and stops now, and when a deployment has failed.
//!
//! * [`rolling`]: services of replicas, between `minimumHealthyPercent` and `maximumPercent`;
//! * [`daemon`]: services with a task on each instance;
//! * [`breaker`]: the deployment circuit breaker;
//! * [`rollout`]: deployments one after the other, and what one that fails rolls back to;
//! * [`throttle`]: tasks that fail to start are started less and less often, and none too fast;
//! * [`rebalance`]: tasks that are moved to even out zones.
//!
//! Each is one turn of the service scheduler, a function of what there is; only throttles and
//! breakers remember anything. Source: Amazon ECS Developer Guide, "Amazon ECS services", "Rolling
//! update", "Deployment circuit breaker" (2023-05).

pub mod breaker;
pub mod daemon;
pub mod rebalance;
pub mod rolling;
pub mod rollout;
#[cfg(test)]
mod tests;
pub mod throttle;

pub use breaker::Breaker;
pub use rolling::{Health, Step, TaskView};
pub use rollout::{RolloutEvent, RolloutState, Rollouts};
pub use throttle::{Pace, Throttle};

/// How many tasks a service may have while it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tasks that are wanted.
    pub desired: u32,
    /// Healthy tasks that must stay: the minimum, rounded up.
    pub lower: u32,
    /// Tasks that there may be, those that stop included: the maximum, rounded down.
    pub upper: u32,
}

/// How far a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has what it should, and nothing else.
    Steady,
    /// It is on its way.
    Moving,
    /// It never gets there: nothing may be stopped, nothing started, and nothing changes.
    Blocked,
}

/// Whether the last deployment that completed takes the place of one that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollback {
    /// It does.
    Yes,
    /// What runs goes on, and nothing more is started.
    No,
}

impl Limits {
    /// The limits of so many tasks.
    pub fn new(desired: u32, min_healthy_percent: u32, max_percent: u32) -> Self {
        let part = |percent: u32| u64::from(desired) * u64::from(percent);
        let whole = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            desired,
            lower: whole(part(min_healthy_percent).div_ceil(100)),
            upper: whole(part(max_percent) / 100),
        }
    }

    /// Whether a healthy task can never be replaced: none may stop before another is healthy, and
    /// none may start before another has stopped. So it is with 100 and 100 per cent, and for a
    /// single task with 100 and 150.
    pub fn is_deadlock(&self) -> bool {
        self.desired > 0 && self.lower >= self.desired && self.upper <= self.desired
    }
}
