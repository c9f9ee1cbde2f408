//! Tasks that move from zones with many of their service to zones with few.

use super::kinds::{KindId, On};
use super::{Around, ControlEvent, ControlPlane, ServiceId, TaskId};
use crate::aws::ecs::deployment::rebalance;
use crate::docker::ContainerEvent;
use crate::engine::Schedule;

impl ControlPlane {
    /// Has tasks move from the zone with most of a service to those with fewest, as many as these
    /// have room for and the service may have more than desired.
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
        let mut tasks: Vec<TaskId> = service
            .tasks
            .values()
            .copied()
            .filter(|&task| zone(task) == Some(zones[from]))
            .collect();
        if !self.would_go_to(share, zones[to]) {
            return;
        }
        let excess = rebalance::excess(&counts).min(limits.upper - limits.desired);
        let other = |zone| zone != zones[from];
        for _ in 0..excess.min(self.room_in(share, other)).max(1) {
            let Some(task) = self.next_to_go(id, &tasks, around.now()) else { return };
            tasks.retain(|&other| other != task);
            self.task_mut(task).leaving = true;
            self.refresh(task, around);
        }
    }

    /// How many tasks of a kind there is room for in these zones, constraints aside.
    fn room_in(&self, kind: KindId, zones: impl Fn(u32) -> bool) -> u32 {
        let kind = self.kind(kind);
        if let On::Fargate { .. } = kind.on {
            return u32::MAX;
        }
        let hosts = self.hosts.by_machine.values().filter(|host| !host.draining);
        let instances = hosts.filter(|host| zones(host.zone)).map(|host| host.instance);
        let left = instances.filter_map(|it| Some(self.fleet.get(it)?.left()));
        left.fold(0, |sum, left| sum.saturating_add(left.tasks(&kind.demand.need)))
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
