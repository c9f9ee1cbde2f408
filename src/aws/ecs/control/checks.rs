//! The health check of a container: when it finds that the container is healthy, or is not.
//!
//! It looks at fixed intervals from the start of the process on. The first look that finds an
//! answer makes the container healthy; so many in a row that find none make it unhealthy, those
//! within the start period left out while the container has not been healthy yet. (API reference,
//! `HealthCheck`; Docker's health checks, which the agent uses.) There is no event for each look:
//! the one at which the verdict changes is reckoned from when the process began or ceased to
//! answer. A look takes no time, whether it fails at once or after its time-out.

use super::{Around, ControlEvent, ControlPlane, TaskId};
use crate::aws::ecs::task_definition::HealthCheck;
use crate::docker::ContainerEvent;
use crate::engine::{Schedule, SimDuration, SimTime};

/// The health check of a container that runs, if it has one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Check {
    rule: Option<Rule>,
    answers: bool,
    /// The last verdict.
    healthy: Option<bool>,
    /// When it changes, if nothing else does.
    changes: Option<SimTime>,
}

#[derive(Clone, Copy, Debug)]
struct Rule {
    check: HealthCheck,
    began: SimTime,
}

impl Rule {
    /// The first look at or after this time.
    fn look(&self, time: SimTime) -> SimTime {
        let every = self.check.interval.as_nanos().max(1);
        let looks = time.since(self.began).as_nanos().div_ceil(every).max(1);
        self.began.saturating_add(SimDuration::from_nanos(every.saturating_mul(looks)))
    }
}

impl Check {
    /// Of a process that has begun, and does not answer yet.
    pub fn new(check: Option<HealthCheck>, now: SimTime) -> Self {
        let rule = check.map(|check| Rule { check, began: now });
        let mut new = Self { rule, ..Self::default() };
        new.forecast(now);
        new
    }

    /// When the verdict changes if nothing else does.
    pub fn verdict(&self) -> SimTime {
        self.changes.unwrap_or(SimTime::MAX)
    }

    /// The new verdict, if it changes now.
    pub fn due(&mut self, now: SimTime) -> Option<bool> {
        self.changes.take_if(|changes| *changes <= now)?;
        self.healthy = Some(self.answers);
        self.healthy
    }

    fn answers(&mut self, answers: bool, now: SimTime) {
        if self.answers != answers {
            self.answers = answers;
            self.forecast(now);
        }
    }

    fn forecast(&mut self, now: SimTime) {
        let Some(rule) = self.rule else { return };
        let due = self.changes.take_if(|changes| *changes <= now).is_some();
        // a verdict of this very instant is not lost
        if due {
            self.healthy = Some(!self.answers);
        }
        self.changes = match (self.answers, self.healthy) {
            (true, Some(true)) | (false, Some(false)) => None,
            (true, _) => Some(rule.look(now)),
            (false, healthy) => {
                let grace = rule.began.saturating_add(rule.check.start_period);
                let from = if healthy.is_none() { now.max(grace) } else { now };
                let further = u64::from(rule.check.retries.max(1) - 1);
                let span = rule.check.interval.as_nanos().saturating_mul(further);
                Some(rule.look(from).saturating_add(SimDuration::from_nanos(span)))
            }
        };
    }
}

impl ControlPlane {
    /// The process in a container answers from now on, or does not: what its health check finds.
    pub fn answers<S>(
        &mut self,
        task: TaskId,
        container: u32,
        answers: bool,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(known) = self.tasks.get_mut(task.0) else { return };
        if let Some(seat) = known.seats.get_mut(container as usize).filter(|seat| seat.runs()) {
            seat.check.answers(answers, now);
            self.arm(task, around);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(number: u64) -> SimTime {
        SimTime::from_nanos(number * 1_000_000_000)
    }

    fn check(start_period: u64) -> Check {
        let rule = HealthCheck {
            interval: SimDuration::from_secs(10),
            timeout: SimDuration::from_secs(5),
            retries: 3,
            start_period: SimDuration::from_secs(start_period),
        };
        Check::new(Some(rule), second(100))
    }

    #[test]
    fn the_first_answer_makes_healthy_and_three_failures_make_unhealthy() {
        let mut check = check(0);
        // looks at 110, 120, 130
        assert_eq!(check.verdict(), second(130));
        check.answers(true, second(112));
        assert_eq!((check.verdict(), check.due(second(120))), (second(120), Some(true)));
        assert_eq!(check.verdict(), SimTime::MAX);
        check.answers(false, second(125));
        assert_eq!(check.verdict(), second(150));
        // an answer in between begins the row anew
        check.answers(true, second(145));
        check.answers(false, second(151));
        assert_eq!((check.verdict(), check.due(second(180))), (second(180), Some(false)));
        check.answers(true, second(181));
        assert_eq!(check.verdict(), second(190));
    }

    #[test]
    fn failures_of_the_start_period_do_not_count() {
        // the looks at 140, 150 and 160 count
        assert_eq!(check(40).verdict(), second(160));
        assert_eq!(check(35).verdict(), second(160));
        let mut check = check(40);
        check.answers(true, second(105));
        assert_eq!((check.verdict(), check.due(second(110))), (second(110), Some(true)));
        // one that has been healthy is past its start
        check.answers(false, second(111));
        assert_eq!(check.verdict(), second(140));
    }
}
