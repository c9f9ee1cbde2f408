//! The processes in the containers of tasks.
//!
//! An app is in one container of the tasks of its service, where it does what apps do
//! ([`units`](crate::world::units)), and a job in the only one of its. Any other container does
//! nothing: it answers its health checks from its start and ends at the stop signal; one of a
//! standalone task ends by itself, after the time that the cluster's options or its
//! `[[cluster.run_task]]` say.

use super::{Binding, Ecs};
use std::collections::BTreeMap;

use crate::aws::ecs::control::{ServiceId, TaskId};
use crate::aws::ecs::task::StopReason;
use crate::docker::{ContainerId, ExitCode, MemoryUse};
use crate::engine::{Phase, SimDuration};
use crate::metrics::starts::Phase as StartPhase;
use crate::metrics::{Finding, FindingKind};
use crate::scenario::{App, ClusterKind, VolumePer};
use crate::units::{Bytes, Growth, Millicores};
use crate::workload::{AppId, ReplicaId};
use crate::world::World;
use crate::world::replicas::{Place, Replicas};
use crate::world::units::Unit;

/// Standalone tasks are started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskEvent {
    /// Those of which `[[cluster.run_task]]`.
    pub run: u32,
}

/// Something about a process that is neither an app's nor a job's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskProcessEvent {
    /// It has done what it was started for.
    Done(ContainerId),
}

/// Most tasks of one call of `run-task`.
const TASKS_OF_A_CALL: u32 = 10;

/// What is in a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing that the scenario describes.
    #[default]
    Other,
    /// A replica of an app.
    Replica(u32),
    /// A job.
    Job(u32),
}

/// What the process in a container of a task writes into it, in bytes per second.
pub(super) fn writes(
    contents: &[Content],
    bindings: &[Binding],
    replicas: &Replicas,
    apps: &[App],
    task: TaskId,
    container: u32,
) -> u64 {
    let Some(&Content::Replica(replica)) = contents.get(task.0 as usize) else { return 0 };
    let app = replicas.all[replica as usize].app();
    let own = bindings[app.0 as usize].container == container as usize;
    if own { apps[app.0 as usize].writes.0 as u64 } else { 0 }
}

/// Whether each task of a service has a volume that is made for it.
pub(super) fn has_volume(
    apps: &BTreeMap<ServiceId, AppId>,
    all: &[App],
    service: ServiceId,
) -> bool {
    let app = apps.get(&service).map(|app| &all[app.0 as usize]);
    let io = app.and_then(|app| app.io.as_ref());
    io.is_some_and(|io| {
        io.volume_per == VolumePer::Replica && io.volume_on(ClusterKind::Ecs).is_some()
    })
}

impl Ecs {
    pub(super) fn content(&self, task: TaskId) -> Content {
        self.contents.get(task.0 as usize).copied().unwrap_or_default()
    }

    pub(super) fn set_content(&mut self, task: TaskId, content: Content) {
        if self.contents.len() <= task.0 as usize {
            self.contents.resize(task.0 as usize + 1, Content::Other);
        }
        self.contents[task.0 as usize] = content;
    }

    /// The app that is in a task, and its container there.
    pub(super) fn app_of(&self, task: TaskId) -> Option<(AppId, u32)> {
        let app = *self.apps.get(&self.control.service_of(task)?)?;
        let written = &self.bindings[app.0 as usize];
        let name = &written.definition.containers[written.container].name;
        // another revision may have other containers: the first is the app then
        let definition = self.control.definition(self.control.definition_of(task));
        let place = definition.containers.iter().position(|it| it.name == *name).unwrap_or(0);
        Some((app, place as u32))
    }

    /// The replica whose process is in a container of a task.
    fn replica_in(&self, task: TaskId, container: u32) -> Option<u32> {
        let Content::Replica(replica) = self.content(task) else { return None };
        self.app_of(task).filter(|(_, at)| *at == container).map(|_| replica)
    }

    /// How long a container that nobody describes runs; none where it goes on, as in services all
    /// do but those for whose end others wait.
    fn lasts(&mut self, task: TaskId, container: u32) -> Option<SimDuration> {
        let definition = self.control.definition_of(task);
        let ends = self.control.definition(definition).waits_for_end_of(container as usize);
        if self.control.service_of(task).is_some() && !ends {
            return None;
        }
        let run = self.lasting.get(&definition).copied();
        let own = run.and_then(|run| self.laws.runs[run].as_mut());
        let (law, draws) = own.unwrap_or(&mut self.laws.task);
        Some(law.sample(draws))
    }
}

impl World<'_> {
    /// A task was created.
    pub(super) fn task_created(&mut self, task: TaskId) {
        if let Some((app, _)) = self.ecs().app_of(task) {
            let asked = self.ecs().control.created(task);
            let place = Place::Unit { unit: Unit::Task(task), node: None };
            let replica = self.new_replica(app, asked, place);
            self.ecs_mut().set_content(task, Content::Replica(replica));
        }
    }

    /// A task got a machine.
    pub(super) fn task_placed(&mut self, task: TaskId, machine: u32) {
        self.bill_task_placed(task, machine);
        match self.ecs().content(task) {
            Content::Replica(replica) => self.unit_placed(replica, Unit::Task(task), machine),
            Content::Job(job) => self.job_placed(job, machine),
            Content::Other => {}
        }
        self.task_passes(task, StartPhase::Machine);
        self.place_waiting_jobs();
    }

    /// A phase of the start of what is in a task is over.
    pub(super) fn task_passes(&mut self, task: TaskId, phase: StartPhase) {
        if let Content::Replica(replica) = self.ecs().content(task) {
            self.start_passes(replica, phase);
        }
    }

    /// The volume of a task is to be attached to its machine.
    pub(super) fn task_volume_wanted(&mut self, task: TaskId) {
        let Content::Replica(replica) = self.ecs().content(task) else { return };
        let control = &self.ecs().control;
        let (machine, interfaces) = (control.machine_of(task), control.interfaces_beside(task));
        if let Some(machine) = machine {
            self.volume_for(replica, machine as usize, interfaces);
        }
    }

    /// The volume of a replica's task can be mounted.
    pub(in crate::world) fn volume_attached(&mut self, replica: u32) {
        if let Some(task) = self.task_of(replica) {
            self.with_ecs(|control, around| control.volume_attached(task, around));
        }
    }

    /// The volume of a replica's task cannot be attached, for this reason, in the words of EC2.
    pub(in crate::world) fn volume_refused(&mut self, replica: u32, reason: &str) {
        let app = &self.scenario.apps[self.replicas.all[replica as usize].app().0 as usize];
        self.find(Finding {
            kind: FindingKind::Slot,
            about: format!("app `{}`", app.name),
            title: format!("a volume of app `{}` could not be attached: {reason}", app.name),
            advice: "choose a type with more slots (`plimsoll catalog`), have fewer tasks on an \
                     instance, or give the group more instances"
                .to_owned(),
        });
        if let Some(task) = self.task_of(replica) {
            self.with_ecs(|control, around| control.volume_refused(task, reason, around));
        }
    }

    /// The task that a replica is in.
    fn task_of(&self, replica: u32) -> Option<TaskId> {
        match self.replicas.all[replica as usize].place {
            Place::Unit { unit: Unit::Task(task), .. } => Some(task),
            _ => None,
        }
    }

    /// A container of a task runs.
    pub(super) fn task_container_runs(&mut self, task: TaskId, container: u32) {
        let Some(id) = self.ecs().control.container(task, container) else { return };
        self.task_protects_itself(task);
        if let Some(replica) = self.ecs().replica_in(task, container) {
            let (request, limit) = self.ecs().cpu(task, container);
            self.unit_runs(replica, id, request, limit);
            if self.is_unbalanced(replica) && !self.replicas.all[replica as usize].routed {
                self.unit_routed(replica);
            }
            return;
        }
        self.with_ecs(|control, around| control.answers(task, container, true, around));
        if let Content::Job(job) = self.ecs().content(task) {
            return self.job_task_runs(job, id);
        }
        self.bystander_begins_to_use(task, container, id);
        if let Some(time) = self.ecs_mut().lasts(task, container) {
            self.after(time, Phase::Release, TaskProcessEvent::Done(id));
        }
    }

    /// Whether no load balancer is in front of a replica's app, so that requests come to it
    /// while it runs.
    fn is_unbalanced(&self, replica: u32) -> bool {
        self.services.balancer_of(self.replicas.all[replica as usize].app()).is_none()
    }

    /// A container was told to stop.
    pub(super) fn task_container_stops(&mut self, task: TaskId, container: u32) {
        if let Some(id) = self.ecs().control.container(task, container) {
            let replica = self.ecs().replica_in(task, container);
            if let Some(replica) = replica.filter(|&replica| self.is_unbalanced(replica)) {
                self.unit_unrouted(replica);
            }
            self.unit_stops(id, replica);
        }
    }

    /// The process of a container is gone.
    pub(super) fn task_container_ended(&mut self, task: TaskId, container: u32) {
        if let Some(replica) = self.ecs().replica_in(task, container) {
            self.unit_ended(replica);
        }
    }

    /// A task is registered with its target groups. Where no load balancer is in front of the app
    /// requests come to it from now on, as by service discovery.
    pub(super) fn task_registered(&mut self, task: TaskId) {
        let Content::Replica(replica) = self.ecs().content(task) else {
            // what nobody sends requests to is taken to be as healthy as it runs
            return self.with_ecs(|control, around| control.target_health(task, true, around));
        };
        self.unit_routed(replica);
        let app = self.replicas.all[replica as usize].app();
        let server = self.replicas.all[replica as usize].service;
        if let (Some(server), Some(_)) = (server, self.services.balancer_of(app)) {
            let zone = self.zone_of_replica(replica);
            let machine = self.ecs().control.machine_of(task);
            let reached = machine.is_none_or(|it| self.target_reachable(app, it as usize));
            let (services, mut around) = self.split();
            services.set_reachable(server, reached, &mut around);
            services.register_target(server, zone, &mut around);
        } else if self.replicas.answers(replica) {
            self.with_ecs(|control, around| control.target_health(task, true, around));
        }
    }

    /// A task gets no new requests from now on.
    pub(super) fn task_deregisters(&mut self, task: TaskId) {
        let Content::Replica(replica) = self.ecs().content(task) else {
            return self.with_ecs(|control, around| control.deregistered(task, around));
        };
        let app = self.replicas.all[replica as usize].app();
        let server = self.replicas.all[replica as usize].service;
        match (server, self.services.balancer_of(app)) {
            (Some(server), Some(_)) => {
                let (services, mut around) = self.split();
                services.deregister_target(server, &mut around);
            }
            _ => self.task_deregistered(task),
        }
    }

    /// No target group has a task any more.
    pub(in crate::world) fn task_deregistered(&mut self, task: TaskId) {
        if let Content::Replica(replica) = self.ecs().content(task) {
            self.unit_unrouted(replica);
        }
        self.with_ecs(|control, around| control.deregistered(task, around));
    }

    /// The load balancer in front of a task's app thinks otherwise of it than before.
    pub(in crate::world) fn target_of_task(&mut self, task: TaskId, healthy: bool) {
        self.with_ecs(|control, around| control.target_health(task, healthy, around));
    }

    /// The task whose replica has this server.
    pub(in crate::world) fn task_of_server(&self, server: ReplicaId) -> Option<TaskId> {
        let replica = self.replicas.of_server(server);
        let it = &self.replicas.all[replica as usize];
        match it.place {
            Place::Unit { unit: Unit::Task(task), .. } if it.service == Some(server) => Some(task),
            _ => None,
        }
    }

    /// The zone that a replica on a machine is in.
    fn zone_of_replica(&self, replica: u32) -> u32 {
        let place = self.replicas.all[replica as usize].leaf;
        place.map_or(0, |(host, _)| self.services.zone_of_host(host))
    }

    /// The app in a task answers from now on.
    pub(in crate::world) fn tell_that_task_answers(&mut self, task: TaskId) {
        let Some((app, container)) = self.ecs().app_of(task) else { return };
        self.with_ecs(|control, around| control.answers(task, container, true, around));
        let Content::Replica(replica) = self.ecs().content(task) else { return };
        let routed = self.replicas.all[replica as usize].routed;
        if routed && self.services.balancer_of(app).is_none() {
            self.with_ecs(|control, around| control.target_health(task, true, around));
        }
    }

    /// A task is gone.
    pub(super) fn task_gone(&mut self, task: TaskId) {
        self.bill_task_gone(task);
        self.tell_of_addresses(task);
        let ecs = self.ecs_mut();
        let content = ecs.content(task);
        ecs.set_content(task, Content::Other);
        match content {
            Content::Replica(replica) => {
                if self.replicas.all[replica as usize].routed {
                    self.unit_unrouted(replica);
                }
                self.unit_gone(replica);
            }
            Content::Job(job) => {
                let ended = self.ecs().control.stop_reason(task);
                let success = matches!(
                    ended,
                    Some(StopReason::EssentialContainerExited { exit_code: Some(0), .. })
                );
                self.job_ended(job, success);
            }
            Content::Other => {}
        }
    }

    /// Says so where a task stopped because its subnet had no address left.
    fn tell_of_addresses(&mut self, task: TaskId) {
        let Some(StopReason::NoCapacity(why)) = self.ecs().control.stop_reason(task) else {
            return;
        };
        if !why.contains("InsufficientFreeAddressesInSubnet") {
            return;
        }
        let subnet = why.split('\'').nth(1).unwrap_or_default().to_owned();
        let title = format!("tasks could not start: {why}");
        self.find_address(&subnet, title);
    }

    /// The container of the app in a task, while there is one.
    pub(in crate::world) fn container_of_task(&self, task: TaskId) -> Option<ContainerId> {
        let (_, container) = self.ecs().app_of(task)?;
        self.ecs().control.container(task, container)
    }

    /// The replica whose process is in the container of a task with this number.
    pub(in crate::world) fn replica_in_task(&self, number: u32) -> Option<u32> {
        let (task, container) = self.ecs().control.slot(number)?;
        self.ecs().replica_in(task, container)
    }

    /// What the app's container in a task reserves.
    pub(in crate::world) fn requests_of_task(&self, task: TaskId) -> Option<(Millicores, Bytes)> {
        let (_, container) = self.ecs().app_of(task)?;
        let control = &self.ecs().control;
        let container =
            &control.definition(control.definition_of(task)).containers[container as usize];
        Some((container.cpu.millicores(), container.reserved_memory().bytes()))
    }

    /// The process of a container that nobody describes begins to use memory.
    fn bystander_begins_to_use(&mut self, task: TaskId, container: u32, id: ContainerId) {
        let idle = self.cluster.ecs.idle_memory;
        let control = &self.ecs().control;
        let definition = control.definition(control.definition_of(task));
        let reserved = definition.containers[container as usize].reserved_memory().bytes();
        let base = if reserved > Bytes(0) { Bytes(reserved.0 / 2) } else { idle };
        if let Some(machine) = control.machine_of(task) {
            self.container_begins_to_use(id, machine, MemoryUse { base, growth: Growth::NONE });
        }
    }

    /// Handles an event of a process that nobody describes.
    pub(in crate::world) fn on_task_process(&mut self, event: TaskProcessEvent) {
        let TaskProcessEvent::Done(container) = event;
        self.container_exits(container, ExitCode::SUCCESS);
    }

    /// Standalone tasks are started, in as many calls as that takes.
    pub(in crate::world) fn on_task_run(&mut self, TaskEvent { run }: TaskEvent) {
        let mut call = self.ecs().documents.runs[run as usize].clone();
        let written = &self.cluster.run_tasks[run as usize];
        let mut left = written.count.unwrap_or(call.count);
        if let Some(definition) = self.ecs().control.find_definition(&call.task_definition) {
            self.ecs_mut().lasting.insert(definition, run as usize);
        }
        while left > 0 {
            call.count = left.min(TASKS_OF_A_CALL);
            left -= call.count;
            self.with_ecs(|control, around| control.run_task(&call, around));
        }
    }
}

impl Ecs {
    /// What a container of a task is weighed by on its CPU, and what it is limited to: a task's own
    /// CPU is a limit of all its containers together, which the app is taken to have for itself.
    fn cpu(&self, task: TaskId, container: u32) -> (Millicores, Option<Millicores>) {
        let definition = self.control.definition(self.control.definition_of(task));
        let own = definition.containers[container as usize].cpu.millicores();
        (own, definition.cpu.map(|cpu| cpu.millicores()))
    }
}
