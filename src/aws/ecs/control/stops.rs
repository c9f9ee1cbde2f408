//! What a service stops: tasks that are not well, and of those that are the ones that it can best
//! do without.

use super::log::Said;
use super::{Around, ControlEvent, ControlPlane, ServiceId, TaskId};
use crate::aws::ecs::capacity_provider::distribution;
use crate::aws::ecs::deployment::{Health, TaskView};
use crate::aws::ecs::placement::{Running, next_to_stop};
use crate::aws::ecs::task::StopReason;
use crate::docker::ContainerEvent;
use crate::engine::{Schedule, SimTime};

impl ControlPlane {
    pub(super) fn view(&self, id: TaskId) -> Option<TaskView> {
        let counted = self.task(id).counted?;
        let super::tasks::Standing { current, leaving, health } = counted;
        Some(TaskView { task: id.0, current, leaving, health })
    }

    /// A task stops that is not healthy; whether it does.
    pub(super) fn stop_unwell<S>(
        &mut self,
        id: ServiceId,
        task: TaskId,
        around: &mut Around<'_, S>,
    ) -> bool
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let known = self.task(task);
        let Some(counted) = known.counted else { return false };
        let unhealthy = counted.health == Health::Unhealthy;
        // one that is protected stays unless it is unhealthy
        if known.protection.holds(around.now()) && !unhealthy {
            return false;
        }
        let reason = if unhealthy {
            let number = known.number;
            if counted.current {
                self.services[id.0 as usize].rollouts.breaker().task_failed_its_checks();
            }
            let why = self.why_unhealthy(task);
            let text = self.log.text(&why.to_string());
            self.say(id, Said::Unhealthy, number, text.0, around);
            why
        } else {
            self.scheduler_stops(id)
        };
        self.stop(task, reason, around);
        true
    }

    pub(super) fn scheduler_stops(&self, id: ServiceId) -> StopReason {
        let number = self.services[id.0 as usize].rollouts.definition();
        StopReason::Scheduler { deployment: super::log::deployment(id, number) }
    }

    /// So many healthy tasks stop: of those that are to go, or of those of the present deployment.
    /// Returns how many do.
    pub(super) fn stop_well<S>(
        &mut self,
        id: ServiceId,
        old: bool,
        most: u32,
        around: &mut Around<'_, S>,
    ) -> u32
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let mut stopped = 0;
        while stopped < most {
            let candidates = self.healthy(id, old);
            let reason = self.scheduler_stops(id);
            if old && candidates.len() as u32 <= most - stopped {
                // all go, but for those that are protected
                for task in candidates {
                    if !self.task(task).protection.holds(around.now()) {
                        self.stop(task, reason.clone(), around);
                        stopped += 1;
                    }
                }
                break;
            }
            let candidates = if old { candidates } else { self.of_fullest_share(id, candidates) };
            let Some(task) = self.next_to_go(id, &candidates, around.now()) else { break };
            self.stop(task, reason, around);
            stopped += 1;
        }
        stopped
    }

    /// The healthy tasks of a service that are to go, or those that are not.
    fn healthy(&self, id: ServiceId, old: bool) -> Vec<TaskId> {
        let is = |&task: &TaskId| {
            self.view(task).is_some_and(|view| {
                let is_old = view.leaving || !view.current;
                view.health == Health::Healthy && is_old == old
            })
        };
        self.tasks_of(id).filter(is).collect()
    }

    /// Of these tasks the one to stop next; none where all are protected.
    pub(super) fn next_to_go(
        &mut self,
        id: ServiceId,
        tasks: &[TaskId],
        now: SimTime,
    ) -> Option<TaskId> {
        let views: Vec<Running<'_>> = tasks
            .iter()
            .map(|&task| {
                let known = &self.tasks[task.0];
                Running {
                    task: known.number,
                    instance: known.place.and_then(|place| place.instance),
                    zone: known.zone.map(|zone| self.settings.zones[zone as usize].as_str()),
                    need: &self.kinds[known.kind.0 as usize].demand.need,
                    protected: known.protection.holds(now),
                }
            })
            .collect();
        let strategies = self.services[id.0 as usize].strategies();
        let place = next_to_stop(&self.fleet, strategies, &views, &mut self.lots)?;
        Some(tasks[place])
    }

    /// Of these tasks those on the provider that is to give one up.
    fn of_fullest_share(&self, id: ServiceId, tasks: Vec<TaskId>) -> Vec<TaskId> {
        let shares = &self.services[id.0 as usize].shares;
        if shares.len() == 1 {
            return tasks;
        }
        let counts = self.share_counts(id);
        match distribution::next_to_leave(shares, &counts) {
            Some(share) => {
                let of: Vec<TaskId> = tasks
                    .iter()
                    .copied()
                    .filter(|&task| self.share_of(id, task) == share)
                    .collect();
                if of.is_empty() { tasks } else { of }
            }
            None => tasks,
        }
    }

    fn share_of(&self, id: ServiceId, task: TaskId) -> usize {
        let kind = self.task(task).kind;
        let (_, deployment) = self.kind(kind).service.expect("a task of a service");
        let kinds = &self.services[id.0 as usize].deployments[deployment as usize].kinds;
        kinds.iter().position(|&known| known == kind).expect("a kind of its deployment")
    }

    /// Tasks of a service that are meant to run, on each of its shares.
    pub(super) fn share_counts(&self, id: ServiceId) -> Vec<u32> {
        let service = &self.services[id.0 as usize];
        let mut counts = vec![0; service.shares.len()];
        for &task in service.tasks.values().filter(|&&task| !self.task(task).stops()) {
            counts[self.share_of(id, task)] += 1;
        }
        counts
    }
}
