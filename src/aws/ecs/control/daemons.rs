//! Services with a task on each instance.

use super::log::Said;
use super::{Around, ControlEvent, ControlPlane, ServiceId, TaskId};
use crate::aws::ecs::deployment::daemon::{self, DaemonView, InstanceState, InstanceView};
use crate::aws::ecs::deployment::{Health, Standing};
use crate::aws::ecs::placement::{InstanceId, Refusal};
use crate::docker::ContainerEvent;
use crate::engine::Schedule;

impl ControlPlane {
    /// One turn for a service with a task on each instance.
    pub(super) fn daemon_turn<S>(&mut self, id: ServiceId, around: &mut Around<'_, S>) -> Standing
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let instances = self.daemon_instances(id);
        let eligible = instances.iter().filter(|it| it.state == InstanceState::Eligible).count();
        let tasks: Vec<DaemonView> = self
            .tasks_of(id)
            .filter_map(|task| {
                let known = self.task(task);
                let (counted, place) = (known.counted?, known.place?);
                let instance = place.instance?.0;
                let (current, health) = (counted.current, counted.health);
                Some(DaemonView { task: task.0, instance, current, health })
            })
            .collect();
        let service = &mut self.services[id.0 as usize];
        let before = std::mem::replace(&mut service.desired, eligible as u32);
        self.counts.desired = self.counts.desired - before + eligible as u32;
        let least = service.spec.deployment.min_healthy_percent;
        let step = daemon::step(least, &instances, &tasks);
        let stopped = step.stop.len() as u32;
        for task in step.stop.into_iter().map(TaskId) {
            let counted = self.task(task).counted;
            let unhealthy = counted.is_some_and(|counted| counted.health == Health::Unhealthy);
            let reason =
                if unhealthy { self.why_unhealthy(task) } else { self.scheduler_stops(id) };
            self.stop(task, reason, around);
        }
        if stopped > 0 {
            self.say(id, Said::Stopped, stopped, 0, around);
        }
        self.start_daemons(id, step.start, around);
        step.standing
    }

    /// An instance has joined, and gets its task before others are placed there.
    pub(super) fn daemon_joins<S>(
        &mut self,
        id: ServiceId,
        instance: InstanceId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let kind = self.services[id.0 as usize].deployment().kinds[0];
        let plan = self.plan(kind);
        if self.fleet.refusal(plan, instance).is_none() {
            self.start_daemons(id, vec![instance.0], around);
        }
        self.touch(id, around);
    }

    fn daemon_instances(&mut self, id: ServiceId) -> Vec<InstanceView> {
        let kind = self.services[id.0 as usize].deployment().kinds[0];
        let plan = self.plan(kind);
        let view = |&instance: &InstanceId| {
            let host = self.hosts.of(instance)?;
            let state = match self.fleet.refusal(plan, instance) {
                Some(Refusal::Draining) => InstanceState::Draining { others: host.others },
                Some(Refusal::Attribute | Refusal::Zone | Refusal::MemberOf | Refusal::Agent) => {
                    InstanceState::Excluded
                }
                // whether there is room is seen when it starts
                _ => InstanceState::Eligible,
            };
            Some(InstanceView { instance: instance.0, state })
        };
        let all: Vec<InstanceId> = self.fleet.instances().map(|(instance, _)| instance).collect();
        all.iter().filter_map(view).collect()
    }

    fn start_daemons<S>(&mut self, id: ServiceId, on: Vec<u32>, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let service = &self.services[id.0 as usize];
        if on.is_empty() || !service.rollouts.may_start() {
            return;
        }
        let until = service.throttle.until();
        if until > now {
            return self.touch_at(id, until, around);
        }
        let kind = service.deployment().kinds[0];
        let plan = self.plan(kind);
        let mut started = 0;
        for instance in on.into_iter().map(InstanceId) {
            if self.fleet.refusal(plan, instance).is_some() {
                self.finds_no_place(id, kind, around);
                continue;
            }
            let pace = &mut self.services[id.0 as usize].pace;
            if pace.take(now, 1) == 0 {
                let next = pace.next();
                self.touch_at(id, next, around);
                break;
            }
            self.fleet.put(plan, instance);
            let task = self.create(kind, around);
            self.placed_on(task, instance, around);
            started += 1;
        }
        if started > 0 {
            self.say(id, Said::Started, started, 0, around);
        }
    }
}
