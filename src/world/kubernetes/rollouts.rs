//! New versions of workloads, at their times.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::engine::{Phase, SimTime};
use crate::scenario::Rollout;
use crate::workload::AppId;
use crate::world::{Event, World};

impl World<'_> {
    /// Schedules all rollouts of a cluster of Kubernetes.
    pub(in crate::world) fn await_rollouts(&mut self) {
        if self.kubernetes.is_none() {
            return;
        }
        for (index, rollout) in (0..).zip(&self.scenario.rollouts) {
            let time = SimTime::ZERO.saturating_add(rollout.at);
            self.calendar.push(time, Phase::Decide, Event::Rollout(index));
        }
    }

    /// A deployment is changed.
    pub(in crate::world) fn begin_rollout(&mut self, rollout: u16) {
        let rollout = &self.scenario.rollouts[usize::from(rollout)];
        let named = rollout.deployment.split_once('/');
        let (namespace, name) = named.unwrap_or(("default", &rollout.deployment));
        let mut apps = self.scenario.apps.iter().zip((0..).map(AppId));
        let app = apps.find(|(app, _)| app.name == rollout.deployment);
        let found = match app.and_then(|(_, id)| self.workload_of(id)) {
            Some(workload) => Some(workload),
            None => self.with_control(|control, _| control.find(None, namespace, name)),
        };
        let Some(workload) = found else {
            let warning = format!("there is no deployment {namespace}/{name} to roll out");
            return self.recorder.warn(warning);
        };
        let changed = self.with_control(|control, around| {
            if let Some(replicas) = rollout.replicas {
                control.scale(workload, replicas, None, around);
            }
            control.change(workload, |template| apply(rollout, template), around)
        });
        if let Err(rejected) = changed {
            self.recorder.warn(format!("{} was rejected: {}", rejected.object, rejected.reason));
        }
    }
}

fn apply(rollout: &Rollout, template: &mut PodTemplateSpec) {
    let Some(spec) = &mut template.spec else { return };
    let named = |one: &Container| rollout.container.as_ref().is_none_or(|name| *name == one.name);
    let Some(container) = spec.containers.iter_mut().find(|one| named(one)) else { return };
    if let Some(image) = &rollout.image {
        container.image = Some(image.clone());
    }
    let mut requests: BTreeMap<_, _> = BTreeMap::new();
    if let Some(cpu) = rollout.cpu {
        requests.insert("cpu".to_owned(), Quantity(format!("{}m", cpu.0)));
    }
    if let Some(memory) = rollout.memory {
        requests.insert("memory".to_owned(), Quantity(memory.0.to_string()));
    }
    if !requests.is_empty() {
        let resources = container.resources.get_or_insert_default();
        resources.requests.get_or_insert_default().append(&mut requests);
    }
}
