//! Tasks on Fargate: when they may start, in which zone, and on what machine.

use std::collections::BTreeMap;

use super::kinds::On;
use super::tasks::{Place, Wait};
use super::{Around, ControlEvent, ControlPlane, Notice, TaskId};
use crate::aws::ecs::fargate::{self, Launches};
use crate::aws::ecs::task::{StopReason, TaskState};
use crate::docker::{ContainerEvent, EngineId};
use crate::engine::Schedule;

/// What is known of Fargate.
#[derive(Debug, Default)]
pub(super) struct Fargate {
    launches: Launches,
    /// Tasks by their machines.
    pub machines: BTreeMap<u32, TaskId>,
    /// Of standalone tasks, how many are in each zone.
    zones: Vec<u32>,
}

impl ControlPlane {
    /// A task is started as soon as the account may start one more.
    pub(super) fn launch<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let due = self.fargate.launches.next(around.now());
        self.task_mut(id).wait(Wait::Launch, due);
        if due <= around.now() {
            self.task_mut(id).wait(Wait::Told, crate::engine::SimTime::MAX);
            self.want_machine(id, around);
        }
        self.arm(id, around);
    }

    /// A machine is asked for, in the zone where the fewest tasks are of those that are spread with
    /// this one: of its service, or of all that are standalone.
    pub(super) fn want_machine<S>(&mut self, id: TaskId, around: &mut Around<'_, S>) {
        let kind = self.kind(self.task(id).kind);
        let mut zones: Vec<u32> =
            kind.subnets.iter().map(|&subnet| self.settings.subnets[subnet as usize].1).collect();
        zones.sort_unstable();
        zones.dedup();
        let counts = self.spread_with(id);
        let tasks: Vec<u32> =
            zones.iter().map(|&zone| counts.get(zone as usize).copied().unwrap_or(0)).collect();
        let zone = zones[fargate::zone(&tasks)];
        self.task_mut(id).machine_wanted = true;
        self.task_mut(id).zone = Some(zone);
        self.count_zone(id, true);
        around.notices.push(Notice::MachineWanted { task: id, zone });
    }

    fn spread_with(&self, id: TaskId) -> &[u32] {
        match self.service_of(id) {
            Some(service) => &self.services[service.0 as usize].zones,
            None => &self.fargate.zones,
        }
    }

    /// A task on Fargate is in its zone from now on, or is not meant to be there any more.
    pub(super) fn count_zone(&mut self, id: TaskId, comes: bool) {
        let Some(zone) = self.task(id).zone.map(|zone| zone as usize) else { return };
        let zones = match self.service_of(id) {
            Some(service) => &mut self.services[service.0 as usize].zones,
            None => &mut self.fargate.zones,
        };
        if zones.len() <= zone {
            zones.resize(zone + 1, 0);
        }
        if comes { zones[zone] += 1 } else { zones[zone] -= 1 }
    }

    /// Of a task on Fargate whether it is on Fargate Spot; none of others.
    pub fn is_on_spot(&self, task: TaskId) -> Option<bool> {
        match self.kind(self.task(task).kind).on {
            On::Fargate { spot } => Some(spot),
            On::Instances | On::Provider(_) => None,
        }
    }

    /// The machine of a task on Fargate is up. It is released at once if the task has been stopped
    /// meanwhile.
    pub fn machine_up<S>(
        &mut self,
        task: TaskId,
        machine: u32,
        engine: EngineId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let known = self.task_mut(task);
        assert!(known.machine_wanted, "a machine came that no task waits for");
        known.machine_wanted = false;
        let zone = known.zone.expect("a machine was wanted in a zone");
        if known.state == TaskState::Provisioning {
            self.fargate.machines.insert(machine, task);
            let logged = self.log.name_instance("Fargate");
            self.placed(task, Place { instance: None, machine, engine, zone, logged }, around);
        } else {
            around.tell(Notice::MachineReleased { machine });
            self.gone_if_answered(task, around);
        }
        self.settle(around);
    }

    /// Fargate Spot takes back the machine of a task, in two minutes: its containers are asked to
    /// stop at once, and killed after their `stopTimeout`, of two minutes at most. The caller
    /// switches the machine off when it is released.
    pub fn spot_notice<S>(&mut self, machine: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if let Some(task) = self.fargate.machines.get(&machine).copied() {
            self.stop(task, StopReason::SpotInterruption, around);
        }
        self.settle(around);
    }
}
