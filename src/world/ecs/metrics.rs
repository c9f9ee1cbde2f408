//! What services use, minute by minute, as CloudWatch has it of ECS and of load balancers.
//!
//! `ECSServiceAverageCPUUtilization` is what the tasks of a service used of what they reserve, and
//! can be more than all of it; `ALBRequestCountPerTarget` are the requests of a minute for each
//! target. A task counts with what it did in the minute, from its start on.

use std::collections::BTreeMap;

use crate::aws::ecs::control::Usage;
use crate::aws::ecs::task_definition::TaskDefinition;
use crate::workload::AppId;
use crate::world::World;
use crate::world::autoscaler::Measured;
use crate::world::replicas::Place;
use crate::world::units::Unit;

/// What each replica's process had had when the last minute ended: CPU and requests, in billionths.
#[derive(Debug, Default)]
pub(super) struct Meters {
    before: BTreeMap<u32, [(u32, u64); 2]>,
}

impl World<'_> {
    /// A minute ends: what services used in it.
    pub(super) fn meter_services(&mut self) {
        let before = std::mem::take(&mut self.ecs_mut().meters.before);
        let mut after = BTreeMap::new();
        let apps: Vec<_> = self.ecs().apps.iter().map(|(&service, &app)| (service, app)).collect();
        for (service, app) in apps {
            let usage = self.meter_app(app, &before, &mut after);
            let all = &mut self.ecs_mut().usage;
            if all.len() <= service.0 as usize {
                all.resize(service.0 as usize + 1, Usage::default());
            }
            all[service.0 as usize] = usage;
        }
        self.ecs_mut().meters.before = after;
    }

    /// The task definition of the task that a replica is in.
    fn definition_of_replica(&self, replica: u32) -> Option<&TaskDefinition> {
        let Place::Unit { unit: Unit::Task(task), .. } = self.replicas.all[replica as usize].place
        else {
            return None;
        };
        let control = &self.ecs().control;
        Some(control.definition(control.definition_of(task)))
    }

    fn meter_app(
        &mut self,
        app: AppId,
        before: &BTreeMap<u32, [(u32, u64); 2]>,
        after: &mut BTreeMap<u32, [(u32, u64); 2]>,
    ) -> Usage {
        let (mut reserved, mut tasks) = ([0.0; 2], 0.0);
        let (mut cpu, mut memory, mut requests) = (0.0, 0.0, 0.0);
        for replica in self.replicas.wanted_of(app).to_vec() {
            let totals = [Measured::Cpu, Measured::Requests]
                .map(|of| self.replica_total(replica, of).map(|it| (it.process, it.amount)));
            let [Some(own), Some(received)] = totals else { continue };
            after.insert(replica, [own, received]);
            let [own_before, received_before] = before.get(&replica).copied().unwrap_or_default();
            let since = |now: (u32, u64), then: (u32, u64)| {
                let then = if now.0 == then.0 { then.1 } else { 0 };
                now.1.saturating_sub(then) as f64 / 1e9
            };
            cpu += since(own, own_before);
            requests += since(received, received_before);
            let uses = self.replica_total(replica, Measured::Memory);
            memory += uses.map_or(0.0, |it| it.amount as f64);
            let Some(definition) = self.definition_of_replica(replica) else { continue };
            reserved[0] += definition.reserved_cpu().millicores().cores() * 60.0;
            reserved[1] += definition.reserved_memory().bytes().0 as f64;
            tasks += 1.0;
        }
        let share = |used: f64, of: f64| (of > 0.0).then(|| used / of * 100.0);
        Usage {
            cpu: share(cpu, reserved[0]),
            memory: share(memory, reserved[1]),
            requests_per_target: (tasks > 0.0).then(|| requests / tasks),
        }
    }
}
