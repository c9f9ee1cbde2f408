//! What a service starts: on which provider, as far as there is room, and as fast as it may.

use super::kinds::{KindId, On};
use super::log::Said;
use super::{Around, ControlEvent, ControlPlane, ServiceId, TaskId, Unplaced};
use crate::aws::ecs::capacity_provider::{MOST_PROVISIONING, distribution};
use crate::aws::ecs::deployment::RolloutState;
use crate::aws::ecs::placement::closest;
use crate::aws::ecs::task::{StopCode, StopReason};
use crate::docker::ContainerEvent;
use crate::engine::Schedule;

impl ControlPlane {
    /// Starts so many tasks of the present deployment, as far as there is room and the service may.
    pub(super) fn start_tasks<S>(&mut self, id: ServiceId, wanted: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let service = &self.services[id.0 as usize];
        if wanted == 0 || !service.rollouts.may_start() {
            return;
        }
        let until = service.throttle.until();
        if until > now {
            return self.touch_at(id, until, around);
        }
        let mut counts = match service.shares.len() {
            1 => vec![0],
            _ => self.share_counts(id),
        };
        let mut started = 0;
        while started < wanted {
            let service = &mut self.services[id.0 as usize];
            if service.pace.take(now, 1) == 0 {
                let next = service.pace.next();
                self.touch_at(id, next, around);
                break;
            }
            let share = distribution::next(&service.shares, &counts);
            let kind = service.deployment().kinds[share];
            if !self.start_task(id, kind, around) {
                break;
            }
            self.services[id.0 as usize].search.reset();
            counts[share] += 1;
            started += 1;
        }
        if started > 0 {
            self.say(id, Said::Started, started, 0, around);
        }
    }

    /// Starts a task of a service; whether there is room for it.
    fn start_task<S>(&mut self, id: ServiceId, kind: KindId, around: &mut Around<'_, S>) -> bool
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        match self.kind(kind).on {
            On::Instances => {
                let plan = self.plan(kind);
                let Some(instance) = self.fleet.place(plan, &mut self.lots) else {
                    self.finds_no_place(id, kind, around);
                    return false;
                };
                let task = self.create(kind, around);
                self.placed_on(task, instance, around);
            }
            On::Provider(_) => {
                if self.waiting.len() >= MOST_PROVISIONING {
                    self.finds_no_place(id, kind, around);
                    return false;
                }
                let task = self.create(kind, around);
                self.place_or_wait(task, around);
            }
            On::Fargate { .. } => {
                let task = self.create(kind, around);
                self.launch(task, around);
            }
        }
        true
    }

    /// There is no room for a task of a service: it says so, and tries again later and later, or
    /// when an instance joins or has more room.
    pub(super) fn finds_no_place<S>(
        &mut self,
        id: ServiceId,
        kind: KindId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        self.searching.insert(id);
        let search = &self.services[id.0 as usize].search;
        if search.until() > now {
            let until = search.until();
            return self.touch_at(id, until, around);
        }
        let (why, reason) = self.why_unplaced(kind);
        self.service_totals.finds_no_place(reason);
        let text = self.log.text(&why);
        self.say(id, Said::Unplaced, text.0, 0, around);
        let search = &mut self.services[id.0 as usize].search;
        search.task_failed_to_start(now);
        let until = search.until();
        self.touch_at(id, until, around);
    }

    /// Why no instance takes a task of a kind, as events of services say it, and what of that is
    /// the same whichever instance came closest.
    pub(super) fn why_unplaced(&mut self, kind: KindId) -> (String, Unplaced) {
        if let On::Provider(_) = self.kind(kind).on
            && self.waiting.len() >= MOST_PROVISIONING
        {
            let why = format!("Reason: {MOST_PROVISIONING} tasks are in PROVISIONING already.");
            return (why, Unplaced::TooManyWait);
        }
        let plan = self.plan(kind);
        match closest(&self.fleet.refusals(plan)) {
            None => (
                "Reason: No Container Instances were found in your cluster.".to_owned(),
                Unplaced::NoInstances,
            ),
            Some((instance, refusal)) => {
                let known = self.fleet.get(instance).expect("it refused");
                let name = &known.registration().ec2_instance_id;
                let why = refusal.event();
                let why = format!("The closest matching (container-instance {name}) {why}.");
                (why, Unplaced::Refused(refusal))
            }
        }
    }

    /// A task of a service runs.
    pub(super) fn service_sees_running(&mut self, id: TaskId) {
        let Some((service, deployment)) = self.kind(self.task(id).kind).service else { return };
        let service = &mut self.services[service.0 as usize];
        if service.rollouts.definition() == deployment {
            service.throttle.reset();
            service.rollouts.breaker().task_runs();
        }
    }

    /// A task has stopped. One that stopped before it ran, and not because it was told to, holds
    /// others of its deployment back.
    pub(super) fn service_sees_stopped<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let task = self.task(id);
        let Some((service, deployment)) = self.kind(task.kind).service else { return };
        let (number, code) = (task.number, task.stop.as_deref().map(StopReason::code));
        let why = task.stop.as_deref().map(StopReason::to_string).unwrap_or_default();
        let failed = task.ran.is_none()
            && matches!(
                code,
                Some(StopCode::TaskFailedToStart | StopCode::EssentialContainerExited)
            );
        let now = around.now();
        let known = &mut self.services[service.0 as usize];
        known.tasks.remove(&number);
        if failed && known.rollouts.definition() == deployment {
            let waits = known.throttle.until() > now;
            known.throttle.task_failed_to_start(now);
            known.rollouts.breaker().task_failed_to_start();
            if !waits && known.rollouts.state() != RolloutState::Failed {
                let why = self.log.text(&why);
                self.say(service, Said::Inconsistent, number, why.0, around);
            }
        }
        self.refresh(id, around);
    }
}
