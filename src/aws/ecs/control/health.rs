//! How a task is, as its service sees it.
//!
//! A task that runs is healthy when its essential containers are, as far as they have checks, and
//! when its target groups find it so; without any checks, after [`SETTLING`]. What checks find
//! within the grace period of the service does not make it unhealthy. (Developer Guide, "Service
//! definition parameters", `healthCheckGracePeriodSeconds`; "Container health checks".)

use super::tasks::Standing;
use super::{Around, ControlEvent, ControlPlane, TaskId};
use crate::aws::ecs::deployment::Health;
use crate::aws::ecs::deployment::rolling::SETTLING;
use crate::aws::ecs::task::{StopReason, TaskState};
use crate::aws::ecs::task_definition::order::ContainerState;
use crate::docker::ContainerEvent;
use crate::engine::{Schedule, SimDuration, SimTime};

/// What the checks of a task have found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// There are none.
    NoChecks,
    /// Some have not found anything yet.
    Nothing,
    Healthy,
    /// One has failed: of containers, or of a target group.
    Unhealthy(Failed),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    Container,
    Target,
}

impl ControlPlane {
    fn found(&self, id: TaskId) -> Found {
        let task = self.task(id);
        let checked = self.containers_of(id).iter().zip(&task.seats);
        let checked = checked
            .filter(|(container, _)| container.essential && container.health_check.is_some());
        let balanced = self.parts(id).balanced;
        let (mut any, mut all) = (balanced, !balanced || task.target == Some(true));
        for (_, seat) in checked {
            any = true;
            match seat.state {
                ContainerState::Unhealthy => return Found::Unhealthy(Failed::Container),
                ContainerState::Healthy => {}
                _ => all = false,
            }
        }
        match (any, all) {
            (false, _) => Found::NoChecks,
            _ if balanced && task.target == Some(false) => Found::Unhealthy(Failed::Target),
            (true, true) => Found::Healthy,
            (true, false) => Found::Nothing,
        }
    }

    fn grace(&self, id: TaskId) -> SimDuration {
        let service = self.service_of(id);
        service.map_or(SimDuration::ZERO, |id| self.services[id.0 as usize].spec.health_grace)
    }

    /// How a task is now.
    pub(super) fn health(&self, id: TaskId, now: SimTime) -> Health {
        let task = self.task(id);
        let Some(ran) = task.ran.filter(|_| task.state == TaskState::Running) else {
            return if task.stops() { Health::Stopping } else { Health::Pending };
        };
        match self.found(id) {
            _ if task.stops() => Health::Stopping,
            Found::NoChecks if now >= ran.saturating_add(SETTLING) => Health::Healthy,
            Found::NoChecks | Found::Nothing => Health::Running,
            Found::Healthy => Health::Healthy,
            Found::Unhealthy(_) if now < ran.saturating_add(self.grace(id)) => Health::Running,
            Found::Unhealthy(_) => Health::Unhealthy,
        }
    }

    /// When a task becomes healthy or unhealthy by time alone.
    pub(super) fn next_of_health(&self, id: TaskId) -> SimTime {
        let task = self.task(id);
        let Some(ran) = task.ran.filter(|_| task.counted.is_some() && !task.stops()) else {
            return SimTime::MAX;
        };
        let counted = task.counted.map(|standing| standing.health);
        let waits = counted == Some(Health::Running);
        match self.found(id) {
            Found::NoChecks if waits => ran.saturating_add(SETTLING),
            Found::Unhealthy(_) if waits => ran.saturating_add(self.grace(id)),
            _ => SimTime::MAX,
        }
    }

    /// Why a task that is unhealthy is replaced.
    pub(super) fn why_unhealthy(&self, id: TaskId) -> StopReason {
        match (self.found(id), self.service_of(id)) {
            (Found::Unhealthy(Failed::Target), Some(service)) => {
                let groups = &self.services[service.0 as usize].spec.load_balancers;
                let group = groups.first().map_or("", |group| &group.target_group);
                StopReason::UnhealthyTarget(group.to_owned())
            }
            _ => StopReason::UnhealthyContainers,
        }
    }

    /// Has the service of a task count it as it is now, and look at that if it is another.
    pub(super) fn refresh<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let task = self.task(id);
        let Some((service, deployment)) = self.kind(task.kind).service else { return };
        let now = (task.state < TaskState::Stopped).then(|| {
            let current = self.services[service.0 as usize].rollouts.definition() == deployment;
            Standing { current, leaving: task.leaving, health: self.health(id, around.now()) }
        });
        let before = std::mem::replace(&mut self.task_mut(id).counted, now);
        if before != now {
            let tally = &mut self.services[service.0 as usize].tally;
            before.inspect(|standing| tally.count(*standing, false));
            now.inspect(|standing| tally.count(*standing, true));
            self.touch(service, around);
        }
    }

    /// A target group finds a task healthy, or does not.
    pub fn target_health<S>(&mut self, task: TaskId, healthy: bool, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(known) = self.tasks.get_mut(task.0) else { return };
        known.target = Some(healthy);
        self.refresh(task, around);
        self.arm(task, around);
        self.settle(around);
    }
}
