//! New versions of workloads and services, at their times.

use super::{Event, World};
use crate::aws::ecs::control::ServiceId;
use crate::engine::{Phase, SimDuration, SimTime};
use crate::kubernetes::objects::WorkloadId;
use crate::scenario::Rollout;

/// The change of a workload by a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RolloutEvent {
    /// Index of the rollout.
    rollout: u16,
    /// Which of its workloads.
    nth: u32,
}

/// What is changed.
#[derive(Clone, Copy, Debug)]
enum Target {
    Workload(WorkloadId),
    Service(ServiceId),
}

impl World<'_> {
    /// Schedules all rollouts, where the cluster has any use for them.
    pub(super) fn await_rollouts(&mut self) {
        if !self.cluster.kind.is_orchestrated() {
            return;
        }
        for (rollout, it) in (0..).zip(&self.scenario.rollouts) {
            let time = SimTime::ZERO.saturating_add(it.at);
            let event = RolloutEvent { rollout, nth: 0 };
            self.calendar.push(time, Phase::Decide, Event::Rollout(event));
        }
    }

    /// A workload is changed; with the first the others' turns are known.
    pub(super) fn on_rollout(&mut self, event: RolloutEvent) {
        let RolloutEvent { rollout: index, nth } = event;
        let rollout = &self.scenario.rollouts[usize::from(index)];
        let all = self.rolled_out(rollout);
        let Some(&target) = all.get(nth as usize) else {
            let warning = match self.ecs.is_some() {
                true => format!("there is no service `{}` to roll out", rollout.named().1),
                false => {
                    let (namespace, name) = rollout.named();
                    format!("there is no deployment {namespace}/{name} to roll out")
                }
            };
            return self.recorder.warn(warning);
        };
        if nth == 0 {
            let over = u128::from(rollout.over.unwrap_or_default().as_nanos());
            let count = all.len() as u32;
            for nth in 1..count {
                let wait = over * u128::from(nth) / u128::from(count);
                let wait = SimDuration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX));
                let event = RolloutEvent { rollout: index, nth };
                self.after(wait, Phase::Decide, Event::Rollout(event));
            }
        }
        match target {
            Target::Workload(workload) => self.change_workload(rollout, workload),
            Target::Service(service) => self.change_service(rollout, service),
        }
    }

    /// What a rollout changes, as it came.
    fn rolled_out(&self, rollout: &Rollout) -> Vec<Target> {
        let workloads = self.workloads_of_rollout(rollout).into_iter().map(Target::Workload);
        let services = self.services_of_rollout(rollout).into_iter().map(Target::Service);
        workloads.chain(services).collect()
    }
}
