//! New versions of services: another revision of their task definition, and a deployment of it.

use super::apps::{api_name, cpu_units, mebibytes};
use crate::aws::ecs::control::ServiceId;
use crate::aws::ecs::task_definition::TaskDefinition;
use crate::aws::ecs::task_definition::size::of_fargate;
use crate::aws::ecs::units::{CpuUnits, Mebibytes};
use crate::scenario::Rollout;
use crate::workload::AppId;
use crate::world::World;

impl World<'_> {
    /// The services that a rollout changes, in the order of their creation.
    pub(in crate::world) fn services_of_rollout(&self, rollout: &Rollout) -> Vec<ServiceId> {
        let Some(ecs) = &self.ecs else { return Vec::new() };
        // an app may have another name than the service that it is
        let mut apps = self.scenario.apps.iter().zip((0..).map(AppId));
        let app = apps.find(|(app, _)| app.name == rollout.deployment);
        if let Some(service) = app.and_then(|(_, id)| ecs.services[id.0 as usize]) {
            return vec![service];
        }
        let is_of = |id: &ServiceId| {
            let (namespace, name) = rollout.named();
            let name = if name.contains('*') { name.to_owned() } else { api_name(name) };
            let meant = Rollout { deployment: format!("{namespace}/{name}"), ..rollout.clone() };
            meant.is_of("default", &ecs.control.service(*id).name)
        };
        let all = ecs.control.services().filter(is_of);
        all.take(if rollout.is_of_several() { usize::MAX } else { 1 }).collect()
    }

    /// A service gets a new version.
    pub(in crate::world) fn change_service(&mut self, rollout: &Rollout, service: ServiceId) {
        if let Some(replicas) = rollout.replicas {
            self.with_ecs(|control, around| control.set_desired(service, replicas, around));
            self.service_scaled(service, replicas);
        }
        let Rollout { image, cpu, memory, .. } = rollout;
        if image.is_none() && cpu.is_none() && memory.is_none() {
            return;
        }
        let control = &self.ecs().control;
        let next = changed(control.definition(control.deployed(service)), rollout);
        let network = control.service(service).network.clone();
        let next = self.ecs_mut().control.define(next);
        self.judge_definition(next, network.as_ref());
        self.with_ecs(|control, around| control.deploy(service, next, around));
    }
}

/// The next revision of a task definition.
fn changed(of: &TaskDefinition, rollout: &Rollout) -> TaskDefinition {
    let mut next = TaskDefinition { revision: None, ..of.clone() };
    let named = |name: &str| rollout.container.as_ref().is_none_or(|wanted| wanted == name);
    let Some(container) = next.containers.iter_mut().find(|it| named(&it.name)) else {
        return next;
    };
    if let Some(image) = &rollout.image {
        container.image.clone_from(image);
    }
    if let Some(cpu) = rollout.cpu {
        container.cpu = cpu_units(cpu);
    }
    if let Some(memory) = rollout.memory {
        container.memory_reservation = Some(mebibytes(memory));
    }
    if next.for_fargate {
        let cpu = next.containers.iter().map(|it| it.cpu.0).sum();
        let memory = next.containers.iter().map(|it| it.reserved_memory().0).sum();
        // what is not to change stays, whatever its containers reserve of it
        let cpu = rollout.cpu.map(|_| CpuUnits(cpu)).or(next.cpu);
        let memory = rollout.memory.map(|_| Mebibytes(memory)).or(next.memory);
        if let Some((cpu, memory)) = cpu.zip(memory).and_then(|(cpu, it)| of_fargate(cpu, it)) {
            (next.cpu, next.memory) = (Some(cpu), Some(memory));
        }
    }
    next
}
