//! New versions of workloads.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::kubernetes::objects::WorkloadId;
use crate::metrics::events::Kind;
use crate::scenario::Rollout;
use crate::workload::AppId;
use crate::world::World;

impl World<'_> {
    /// The workloads that a rollout changes, as they came.
    pub(in crate::world) fn workloads_of_rollout(&self, rollout: &Rollout) -> Vec<WorkloadId> {
        let Some(kubernetes) = &self.kubernetes else { return Vec::new() };
        // an app may have another name than the workload that it is
        let mut apps = self.scenario.apps.iter().zip((0..).map(AppId));
        let app = apps.find(|(app, _)| app.name == rollout.deployment);
        if let Some(workload) = app.and_then(|(_, id)| self.workload_of(id)) {
            return vec![workload];
        }
        let all = kubernetes.control.objects().workloads();
        let named =
            all.filter(|(_, it)| it.owner.is_none() && rollout.is_of(&it.namespace, &it.name));
        let several = rollout.is_of_several();
        let meant = named.filter(|(_, it)| {
            let kinds = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];
            !several || kinds.contains(&it.kind.kind())
        });
        meant.map(|(id, _)| id).take(if several { usize::MAX } else { 1 }).collect()
    }

    /// A workload gets a new version.
    pub(in crate::world) fn change_workload(&mut self, rollout: &Rollout, workload: WorkloadId) {
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
