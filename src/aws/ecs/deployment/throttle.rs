//! How fast a service starts tasks.
//!
//! A service whose tasks stop before they run waits longer and longer between attempts, 15 min at
//! most. The guide does not say by which law the wait grows: [`StartThrottle`] does. Tasks that
//! stop after they ran are not slowed down, however soon they do. A new task definition, or a task
//! that runs, ends the wait. (Developer Guide, "Service throttle logic".)

use crate::engine::{SimDuration, SimTime};
use crate::scenario::aws::StartThrottle;

/// The attempts of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    growth: StartThrottle,
    /// The last wait; none while nothing has failed.
    wait: Option<SimDuration>,
    until: SimTime,
}

impl Throttle {
    /// A service that has not failed to start anything.
    pub fn new(growth: StartThrottle) -> Self {
        Self { growth, ..Self::default() }
    }

    /// The last wait.
    pub fn wait(&self) -> SimDuration {
        self.wait.unwrap_or(SimDuration::ZERO)
    }

    /// When the next task may be started.
    pub fn until(&self) -> SimTime {
        self.until
    }

    /// A task has stopped before it ran. Of those that fail while the service waits anyway, none
    /// makes it wait longer.
    pub fn task_failed_to_start(&mut self, now: SimTime) {
        if now < self.until {
            return;
        }
        let StartThrottle { first, factor, most } = self.growth;
        let wait = self.wait.map_or(first, |wait| {
            SimDuration::from_nanos(wait.as_nanos().saturating_mul(u64::from(factor)))
        });
        let wait = wait.min(most);
        self.wait = Some(wait);
        self.until = now.saturating_add(wait);
    }

    /// A task runs, or there is a new task definition.
    pub fn reset(&mut self) {
        *self = Self::new(self.growth);
    }
}

/// Tasks that a service may start in a minute. (Developer Guide, "Amazon ECS service quotas": 500,
/// in small regions 125 on Fargate.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    per_minute: u32,
    minute: u64,
    started: u32,
}

/// In most regions.
pub const TASKS_PER_MINUTE: u32 = 500;
const MINUTE: u64 = 60_000_000_000;

impl Default for Pace {
    fn default() -> Self {
        Self { per_minute: TASKS_PER_MINUTE, minute: 0, started: 0 }
    }
}

impl Pace {
    /// Of so many tasks, those that may start now; they count as started.
    pub fn take(&mut self, now: SimTime, wanted: u32) -> u32 {
        let minute = now.as_nanos() / MINUTE;
        if minute != self.minute {
            (self.minute, self.started) = (minute, 0);
        }
        let allowed = wanted.min(self.per_minute - self.started);
        self.started += allowed;
        allowed
    }

    /// When more may start, after all of this minute have.
    pub fn next(&self) -> SimTime {
        SimTime::from_nanos((self.minute + 1) * MINUTE)
    }
}
