//! Tasks that move from zones with many of their service to zones with few.

use super::kinds::{KindId, On};
use super::{Around, ControlEvent, ControlPlane, ServiceId, TaskId};
use crate::aws::ecs::deployment::rebalance;
use crate::docker::ContainerEvent;
use crate::engine::Schedule;

impl ControlPlane {
    /// Has a task move from the zone with most tasks of a service to the one with fewest, where
    /// that has room.
    pub(super) fn rebalance<S>(&mut self, id: ServiceId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let service = &self.services[id.0 as usize];
        let [share] = service.deployment().kinds[..] else { return };
        let limits = service.limits();
        // without room for one more it would never come about
        if !service.spec.rebalancing || limits.upper <= limits.desired {
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
