//! One turn of the service scheduler: what [`deployment`](crate::aws::ecs::deployment) decides is
//! done, as fast as the service may.

use super::log::{Entry, Said};
use super::troubles::Trouble;
use super::{Around, ControlEvent, ControlPlane, Notice, ServiceId, TaskId};
use crate::aws::ecs::deployment::{Rollback, RolloutEvent, Standing, Step, TaskView, rolling};
use crate::docker::ContainerEvent;
use crate::engine::{Schedule, SimDuration, SimTime};

/// Whoever has waited so long to look for a place again has looked for minutes: instances that are
/// started meanwhile would have come.
const LONG_SEARCH: SimDuration = SimDuration::from_secs(128);

impl ControlPlane {
    /// The scheduler looks at a service.
    pub(super) fn turn<S>(&mut self, id: ServiceId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.services[id.0 as usize].turn = SimTime::MAX;
        let standing = if self.is_daemon(id) {
            self.daemon_turn(id, around)
        } else {
            self.replica_turn(id, around)
        };
        let service = &mut self.services[id.0 as usize];
        let breaker =
            service.spec.deployment.circuit_breaker.map(|breaker| rollback(breaker.rollback));
        let desired = service.desired;
        let why = service.rollouts.breaker().cause();
        let event = service.rollouts.turn(standing, breaker, desired);
        self.rollout(id, event, Trigger::Breaker(why), around);
        let service = &mut self.services[id.0 as usize];
        if service.standing.replace(standing) != Some(standing) {
            service.even = false;
            let deadlock = service.limits().is_deadlock();
            match standing {
                Standing::Steady => self.say(id, Said::Steady, 0, 0, around),
                Standing::Blocked if deadlock => self.say(id, Said::Deadlock, 0, 0, around),
                Standing::Blocked | Standing::Moving => {}
            }
        }
        let even = std::mem::replace(&mut self.services[id.0 as usize].even, true);
        if standing == Standing::Steady && !even {
            self.rebalance(id, around);
        }
    }

    /// An event of a service.
    pub(super) fn say<S>(
        &mut self,
        id: ServiceId,
        said: Said,
        a: u32,
        b: u32,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.log.add(around.now(), Entry::Said { service: id.0 as u16, said, a, b });
        let trouble = match said {
            Said::Deadlock => Trouble::Blocked(id),
            Said::Failed => Trouble::Failed { service: id, rolls_back: false, why: b },
            Said::RollsBack => Trouble::Failed { service: id, rolls_back: true, why: b },
            Said::Unplaced if self.services[id.0 as usize].search.wait() >= LONG_SEARCH => {
                Trouble::Unplaced(id, a)
            }
            _ => return,
        };
        around.tell(Notice::Troubled(trouble));
    }

    /// What has become of a deployment.
    fn rollout<S>(
        &mut self,
        id: ServiceId,
        event: Option<RolloutEvent>,
        trigger: Trigger,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let number = self.services[id.0 as usize].rollouts.definition();
        let totals = &mut self.service_totals.deployments;
        match event {
            None => {}
            Some(RolloutEvent::Completed) => {
                totals.completed += 1;
                self.say(id, Said::Completed, number, 0, around);
            }
            Some(RolloutEvent::Failed) => {
                totals.failed += 1;
                let why = self.log.text(trigger.words());
                self.say(id, Said::Failed, number, why.0, around);
            }
            Some(RolloutEvent::RolledBack { to }) => {
                match trigger {
                    Trigger::Breaker(_) => totals.rolled_back_by_breaker += 1,
                    Trigger::Alarm => totals.rolled_back_by_alarm += 1,
                }
                // what comes back is a deployment of its own
                totals.begun += 1;
                let why = self.log.text(trigger.words());
                self.say(id, Said::RollsBack, to, why.0, around);
                self.deployment_changed(id, around);
            }
        }
    }

    /// An alarm that a deployment of a service is watched by is raised.
    pub fn deployment_alarm<S>(&mut self, id: ServiceId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let service = &mut self.services[id.0 as usize];
        let Some(alarms) = &service.spec.deployment.alarms else { return };
        let event = service.rollouts.alarm(rollback(alarms.rollback), service.desired);
        self.rollout(id, event, Trigger::Alarm, around);
        self.settle(around);
    }

    fn replica_turn<S>(&mut self, id: ServiceId, around: &mut Around<'_, S>) -> Standing
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let service = &self.services[id.0 as usize];
        let limits = service.limits();
        let step = service.tally.step(&limits).unwrap_or_else(|| {
            // the youngest goes first
            let views: Vec<TaskView> =
                service.tasks.values().rev().filter_map(|&task| self.view(task)).collect();
            rolling::step(&limits, &views)
        });
        let Step { start, stop, stop_old, stop_surplus, standing } = step;
        let mut stopped = 0;
        for task in stop.into_iter().map(TaskId) {
            stopped += u32::from(self.stop_unwell(id, task, around));
        }
        stopped += self.stop_well(id, true, stop_old, around);
        stopped += self.stop_well(id, false, stop_surplus, around);
        if stopped > 0 {
            self.say(id, Said::Stopped, stopped, 0, around);
        }
        self.start_tasks(id, start, around);
        standing
    }
}

/// Why a deployment is given up.
#[derive(Clone, Copy, Debug)]
enum Trigger {
    /// Its circuit breaker is open, for a cause.
    Breaker(&'static str),
    /// An alarm that it is watched by is raised.
    Alarm,
}

impl Trigger {
    fn words(self) -> &'static str {
        match self {
            Self::Breaker(cause) => cause,
            Self::Alarm => "an alarm of the deployment is raised",
        }
    }
}

fn rollback(rollback: bool) -> Rollback {
    if rollback { Rollback::Yes } else { Rollback::No }
}
