//! The deployments of a service, one after the other: under way, completed, failed, rolled back.
//!
//! A deployment has completed when the service is steady with it. One under way fails when its
//! circuit breaker opens or an alarm of the deployment is raised: nothing more is started for it,
//! and if that is asked for, the last deployment that completed comes back as a new one, with a
//! breaker of its own. (Developer Guide, "Deployment circuit breaker", "CloudWatch alarms".)

use super::breaker::{Breaker, Failed, failed};
use super::{Rollback, Standing};

/// The state of a deployment: `rolloutState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RolloutState {
    /// It is under way.
    InProgress,
    /// The service was steady with it.
    Completed,
    /// It was given up.
    Failed,
}

/// What has become of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RolloutEvent {
    /// It has completed.
    Completed,
    /// It was given up, and nothing more is started.
    Failed,
    /// It was given up, and this task definition comes back.
    RolledBack {
        /// That of the last deployment that completed.
        to: u32,
    },
}

/// The deployments of a service.
#[derive(Clone, Copy, Debug)]
pub struct Rollouts {
    definition: u32,
    state: RolloutState,
    breaker: Breaker,
    last_completed: Option<u32>,
}

impl Rollouts {
    /// A new service: its first deployment is under way, with this task definition, which the
    /// caller numbers.
    pub fn new(definition: u32, desired: u32) -> Self {
        Self {
            definition,
            state: RolloutState::InProgress,
            breaker: Breaker::new(desired),
            last_completed: None,
        }
    }

    /// A new deployment begins, whatever has become of the one before.
    pub fn begin(&mut self, definition: u32, desired: u32) {
        *self = Self { last_completed: self.last_completed, ..Self::new(definition, desired) };
    }

    /// The task definition of the present deployment.
    pub fn definition(&self) -> u32 {
        self.definition
    }

    /// The state of the present deployment.
    pub fn state(&self) -> RolloutState {
        self.state
    }

    /// Whether tasks are still started for the present deployment.
    pub fn may_start(&self) -> bool {
        self.state != RolloutState::Failed
    }

    /// The breaker of the present deployment, to be told of its tasks.
    pub fn breaker(&mut self) -> &mut Breaker {
        &mut self.breaker
    }

    /// The end of a turn of the scheduler, with a breaker that is enabled or is not: what has
    /// become of the deployment, if anything.
    pub fn turn(
        &mut self,
        standing: Standing,
        breaker: Option<Rollback>,
        desired: u32,
    ) -> Option<RolloutEvent> {
        if self.state != RolloutState::InProgress {
            return None;
        }
        if let Some(rollback) = breaker
            && self.breaker.is_open()
        {
            return Some(self.fail(rollback, desired));
        }
        if standing == Standing::Steady {
            self.state = RolloutState::Completed;
            self.last_completed = Some(self.definition);
            return Some(RolloutEvent::Completed);
        }
        None
    }

    /// An alarm of the deployment is raised. Nothing happens unless it is under way.
    pub fn alarm(&mut self, rollback: Rollback, desired: u32) -> Option<RolloutEvent> {
        (self.state == RolloutState::InProgress).then(|| self.fail(rollback, desired))
    }

    fn fail(&mut self, rollback: Rollback, desired: u32) -> RolloutEvent {
        match failed(self.definition, rollback == Rollback::Yes, self.last_completed) {
            Failed::RollsBack { to } => {
                self.begin(to, desired);
                RolloutEvent::RolledBack { to }
            }
            Failed::Stops => {
                self.state = RolloutState::Failed;
                RolloutEvent::Failed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rollback;
    use super::*;

    const ON: Option<Rollback> = Some(Rollback::Yes);

    fn fails(rollouts: &mut Rollouts, times: u32) {
        (0..times).for_each(|_| rollouts.breaker().task_failed_to_start());
    }

    #[test]
    fn a_deployment_that_fails_gives_way_to_the_last_that_completed() {
        let mut rollouts = Rollouts::new(1, 4);
        assert_eq!(rollouts.turn(Standing::Moving, ON, 4), None);
        assert_eq!(rollouts.turn(Standing::Steady, ON, 4), Some(RolloutEvent::Completed));
        assert_eq!(rollouts.turn(Standing::Steady, ON, 4), None);
        rollouts.begin(2, 4);
        fails(&mut rollouts, 2);
        assert_eq!(rollouts.turn(Standing::Moving, ON, 4), None);
        fails(&mut rollouts, 1);
        let back = RolloutEvent::RolledBack { to: 1 };
        assert_eq!(rollouts.turn(Standing::Moving, ON, 4), Some(back));
        assert_eq!(rollouts.state(), RolloutState::InProgress);
        assert_eq!(rollouts.definition(), 1);
        // it has a breaker of its own, and nothing to go back to but itself
        fails(&mut rollouts, 3);
        assert_eq!(rollouts.turn(Standing::Moving, ON, 4), Some(RolloutEvent::Failed));
        assert!(!rollouts.may_start());
        rollouts.begin(3, 4);
        assert!(rollouts.may_start());
    }

    #[test]
    fn without_a_breaker_a_deployment_goes_on_for_ever() {
        let mut rollouts = Rollouts::new(1, 4);
        fails(&mut rollouts, 100);
        assert_eq!(rollouts.turn(Standing::Moving, None, 4), None);
        assert_eq!(rollouts.alarm(Rollback::Yes, 4), Some(RolloutEvent::Failed));
        assert_eq!(rollouts.alarm(Rollback::Yes, 4), None);
        let mut first = Rollouts::new(1, 4);
        fails(&mut first, 3);
        let event = first.turn(Standing::Moving, Some(Rollback::No), 4);
        assert_eq!(event, Some(RolloutEvent::Failed));
    }
}
