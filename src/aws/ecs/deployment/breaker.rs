//! The deployment circuit breaker.
//!
//! In its first stage it counts tasks that fail to reach RUNNING; from the first that does reach
//! it, it counts tasks that fail the checks of containers or load balancers instead. At half the
//! desired tasks, rounded up, but at 3 at least and 200 at most, the deployment has failed: nothing
//! more is started for it, and if that is asked for, the last deployment that completed comes back.
//! (Developer Guide, "Deployment circuit breaker"; its bounds were 10 and 200 in 2023, and are 3
//! and 200 since.)

/// Failures that a deployment may have.
const LEAST: u32 = 3;
const MOST: u32 = 200;

/// The breaker of one deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    threshold: u32,
    stage: Stage,
    failures: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No task has run yet.
    Starting,
    /// One has.
    Checking,
}

/// What becomes of a service whose deployment has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// Nothing more is started; what runs goes on.
    Stops,
    /// This deployment comes back.
    RollsBack {
        /// The last that completed.
        to: u32,
    },
}

impl Breaker {
    /// The breaker of a new deployment of a service with so many desired tasks.
    pub fn new(desired: u32) -> Self {
        let threshold = desired.div_ceil(2).clamp(LEAST, MOST);
        Self { threshold, stage: Stage::Starting, failures: 0 }
    }

    /// Failures at which the deployment has failed.
    pub fn threshold(&self) -> u32 {
        self.threshold
    }

    /// A task of the deployment has reached RUNNING.
    pub fn task_runs(&mut self) {
        if self.stage == Stage::Starting {
            self.stage = Stage::Checking;
            self.failures = 0;
        }
    }

    /// A task of the deployment has stopped before it ran.
    pub fn task_failed_to_start(&mut self) {
        self.failures += u32::from(self.stage == Stage::Starting);
    }

    /// A task of the deployment was replaced, as its checks failed.
    pub fn task_failed_its_checks(&mut self) {
        self.failures += u32::from(self.stage == Stage::Checking);
    }

    /// What its failures are, in the words of the events of a service.
    pub fn cause(&self) -> &'static str {
        match self.stage {
            Stage::Starting => "tasks failed to start",
            Stage::Checking => "tasks failed their health checks",
        }
    }

    /// Whether the deployment has failed.
    pub fn is_open(&self) -> bool {
        self.failures >= self.threshold
    }
}

/// What becomes of a service whose deployment `current` has failed. One that has itself come back,
/// or has none before it that completed, only stops.
pub(super) fn failed(current: u32, rollback: bool, last_completed: Option<u32>) -> Failed {
    match last_completed.filter(|&last| rollback && last != current) {
        Some(to) => Failed::RollsBack { to },
        None => Failed::Stops,
    }
}
