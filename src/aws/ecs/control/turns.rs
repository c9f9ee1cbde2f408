//! One turn of the service scheduler: what [`deployment`](crate::aws::ecs::deployment) decides is
//! done, as fast as the service may.

use super::kinds::{KindId, On};
use super::log::{Entry, Said};
use super::{Around, ControlEvent, ControlPlane, ServiceId, TaskId};
use crate::aws::ecs::capacity_provider::{MOST_PROVISIONING, distribution};
use crate::aws::ecs::deployment::{
    Health, Rollback, RolloutEvent, RolloutState, Standing, Step, TaskView, rebalance, rolling,
};
use crate::aws::ecs::placement::{Running, closest, next_to_stop};
use crate::aws::ecs::task::{StopCode, StopReason};
use crate::docker::ContainerEvent;
use crate::engine::{Schedule, SimTime};

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
        let event = service.rollouts.turn(standing, breaker, desired);
        self.rollout(id, event, around);
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
    }

    /// What has become of a deployment.
    fn rollout<S>(&mut self, id: ServiceId, event: Option<RolloutEvent>, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let number = self.services[id.0 as usize].rollouts.definition();
        match event {
            None => {}
            Some(RolloutEvent::Completed) => self.say(id, Said::Completed, number, 0, around),
            Some(RolloutEvent::Failed) => self.say(id, Said::Failed, number, 0, around),
            Some(RolloutEvent::RolledBack { to }) => {
                self.say(id, Said::RollsBack, to, 0, around);
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
        self.rollout(id, event, around);
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

    fn view(&self, id: TaskId) -> Option<TaskView> {
        let counted = self.task(id).counted?;
        let super::tasks::Standing { current, leaving, health } = counted;
        Some(TaskView { task: id.0, current, leaving, health })
    }

    /// A task stops that is not healthy; whether it does.
    fn stop_unwell<S>(&mut self, id: ServiceId, task: TaskId, around: &mut Around<'_, S>) -> bool
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
            self.say(id, Said::Unhealthy, number, 0, around);
            self.why_unhealthy(task)
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
    fn stop_well<S>(
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
            let candidates: Vec<TaskId> = self.services[id.0 as usize]
                .tasks
                .values()
                .copied()
                .filter(|&task| {
                    self.view(task).is_some_and(|view| {
                        let is_old = view.leaving || !view.current;
                        view.health == Health::Healthy && is_old == old
                    })
                })
                .collect();
            let now = around.now();
            let candidates = if old { candidates } else { self.of_fullest_share(id, candidates) };
            let Some(task) = self.next_to_go(id, &candidates, now) else { break };
            let reason = self.scheduler_stops(id);
            self.stop(task, reason, around);
            stopped += 1;
        }
        stopped
    }

    /// Of these tasks the one to stop next; none where all are protected.
    fn next_to_go(&mut self, id: ServiceId, tasks: &[TaskId], now: SimTime) -> Option<TaskId> {
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
    fn share_counts(&self, id: ServiceId) -> Vec<u32> {
        let service = &self.services[id.0 as usize];
        let mut counts = vec![0; service.shares.len()];
        for &task in service.tasks.values().filter(|&&task| !self.task(task).stops()) {
            counts[self.share_of(id, task)] += 1;
        }
        counts
    }

    /// Starts so many tasks of the present deployment, as far as there is room and the service may.
    fn start_tasks<S>(&mut self, id: ServiceId, wanted: u32, around: &mut Around<'_, S>)
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
            counts[share] += 1;
            started += 1;
        }
        if started > 0 {
            self.services[id.0 as usize].search.reset();
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
        let why = self.why_unplaced(kind);
        let text = self.log.text(&why);
        self.say(id, Said::Unplaced, text.0, 0, around);
        let search = &mut self.services[id.0 as usize].search;
        search.task_failed_to_start(now);
        let until = search.until();
        self.touch_at(id, until, around);
    }

    /// Why no instance takes a task of a kind, as events of services say it.
    pub(super) fn why_unplaced(&mut self, kind: KindId) -> String {
        if let On::Provider(_) = self.kind(kind).on
            && self.waiting.len() >= MOST_PROVISIONING
        {
            return format!("there are {MOST_PROVISIONING} tasks in PROVISIONING already");
        }
        let plan = self.plan(kind);
        match closest(&self.fleet.refusals(plan)) {
            None => "No Container Instances were found in your cluster.".to_owned(),
            Some((instance, refusal)) => {
                let known = self.fleet.get(instance).expect("it refused");
                let name = &known.registration().ec2_instance_id;
                format!(
                    "no container instance met all of its requirements. The closest matching \
                     container instance {name} {}.",
                    refusal.event()
                )
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

    /// Has a task move from the zone with most tasks of a service to the one with fewest, where that
    /// has room.
    fn rebalance<S>(&mut self, id: ServiceId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let service = &self.services[id.0 as usize];
        let [share] = service.deployment().kinds[..] else { return };
        if !service.spec.rebalancing {
            return;
        }
        let mut zones: Vec<u32> = match self.kind(share).subnets.as_slice() {
            [] => self
                .hosts
                .by_machine
                .values()
                .filter(|host| !host.draining)
                .map(|host| host.zone)
                .collect(),
            subnets => subnets.iter().map(|&it| self.settings.subnets[it as usize].1).collect(),
        };
        zones.sort_unstable();
        zones.dedup();
        let zone = |task: TaskId| self.task(task).place.map(|place| place.zone);
        let count = |&of: &u32| {
            service.tasks.values().filter(|&&task| zone(task) == Some(of)).count() as u32
        };
        let counts: Vec<u32> = zones.iter().map(count).collect();
        let Some((from, to)) = rebalance::uneven(&counts) else { return };
        let tasks: Vec<TaskId> = service
            .tasks
            .values()
            .copied()
            .filter(|&task| zone(task) == Some(zones[from]))
            .collect();
        if !self.would_go_to(share, zones[to]) {
            return;
        }
        if let Some(task) = self.next_to_go(id, &tasks, around.now()) {
            self.task_mut(task).leaving = true;
            self.refresh(task, around);
        }
    }

    /// Whether the next task of a kind would be in this zone.
    fn would_go_to(&mut self, kind: KindId, zone: u32) -> bool {
        match self.kind(kind).on {
            On::Fargate { .. } => true,
            On::Instances | On::Provider(_) => {
                let plan = self.plan(kind);
                let chosen = self.fleet.choose(plan, &mut self.lots);
                let host = chosen.and_then(|instance| self.hosts.of(instance));
                host.is_some_and(|host| host.zone == zone)
            }
        }
    }
}

fn rollback(rollback: bool) -> Rollback {
    if rollback { Rollback::Yes } else { Rollback::No }
}
