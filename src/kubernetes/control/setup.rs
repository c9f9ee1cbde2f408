//! Manifests become objects, and the cluster begins to act on them.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::scheduling::v1::PriorityClass;

use super::pods::Identity;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Schedule, SimTime};
use crate::kubernetes::api::Object;
use crate::kubernetes::api::expand::template::{Owner, pod};
use crate::kubernetes::api::expand::{daemon_set, job, replica_set_of};
use crate::kubernetes::objects::read::{self, Unadmitted};
use crate::kubernetes::objects::{TemplateId, Workload, WorkloadId, WorkloadKind};
use crate::kubernetes::scheduler::read as scheduling;

/// An object that cannot be had in a cluster with what else there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The object, as `Deployment default/web`.
    pub object: String,
    /// Why.
    pub reason: String,
}

impl ControlPlane {
    /// Takes in all objects of a cluster, as `kubectl apply` would, with their defaults.
    ///
    /// # Errors
    /// The first object that admission would reject.
    pub fn apply<S>(
        &mut self,
        objects: &[Object],
        around: &mut Around<'_, S>,
    ) -> Result<(), Rejected>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        for object in objects {
            if let Object::PriorityClass(class) = object {
                self.classes.push((**class).clone());
            } else {
                scheduling::add_object(&mut self.cluster, object);
            }
        }
        for object in objects {
            self.apply_workload(object, around).map_err(|error| Rejected {
                object: object.title(),
                reason: format!("there is no priority class `{}`", error.class),
            })?;
        }
        self.settle(around);
        Ok(())
    }

    fn apply_workload<S>(
        &mut self,
        object: &Object,
        around: &mut Around<'_, S>,
    ) -> Result<(), Unadmitted>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let kind = match object {
            Object::Deployment(one) => {
                let id = self.apply_deployment(one, now)?;
                self.deployments.insert(id, (**one).clone());
                return Ok(());
            }
            Object::StatefulSet(one) => {
                let Some(spec) = &one.spec else { return Ok(()) };
                let owner = Owner::new("apps/v1", "StatefulSet", &one.metadata);
                let template = self.template(pod(&spec.template, &owner, "0"))?;
                WorkloadKind::StatefulSet(read::stateful_set(spec, template))
            }
            Object::DaemonSet(one) => {
                let Some(spec) = &one.spec else { return Ok(()) };
                let owner = Owner::new("apps/v1", "DaemonSet", &one.metadata);
                let mut pod = pod(&spec.template, &owner, "x");
                daemon_set::tolerate(pod.spec.get_or_insert_default());
                let template = self.template(pod)?;
                WorkloadKind::DaemonSet(read::daemon_set(spec, template))
            }
            Object::Job(one) => {
                let Some(spec) = &one.spec else { return Ok(()) };
                let owner = Owner::new("batch/v1", "Job", &one.metadata);
                let mut pod = pod(&spec.template, &owner, "x");
                job::label(&mut pod, object.name());
                let template = self.template(pod)?;
                WorkloadKind::Job(read::job(spec, template))
            }
            Object::CronJob(one) => {
                let spec = &one.spec;
                let Some(inner) = &spec.job_template.spec else { return Ok(()) };
                let owner = Owner::new("batch/v1", "Job", &one.metadata);
                let template = self.template(pod(&inner.template, &owner, "x"))?;
                WorkloadKind::CronJob(read::cron_job(spec, template))
            }
            Object::Pod(one) => {
                let template = self.template((**one).clone())?;
                self.create_pod(None, template, Identity::None, around);
                return Ok(());
            }
            _ => return Ok(()),
        };
        let id = self.add_workload(workload(object, kind, now));
        if let Object::StatefulSet(one) = object {
            self.stateful_sets.insert(id, (**one).clone());
        }
        Ok(())
    }

    fn apply_deployment(
        &mut self,
        one: &Deployment,
        now: SimTime,
    ) -> Result<WorkloadId, Unadmitted> {
        let spec = one.spec.clone().unwrap_or_default();
        let (template, set_name) = self.set_of(one)?;
        let kind = WorkloadKind::Deployment(read::deployment(&spec, template, &set_name));
        let object = Object::from(one.clone());
        Ok(self.add_workload(workload(&object, kind, now)))
    }

    /// Template and name of the replica set of a deployment as it is now.
    fn set_of(&mut self, one: &Deployment) -> Result<(TemplateId, String), Unadmitted> {
        let spec = one.spec.clone().unwrap_or_default();
        let set = replica_set_of(&one.metadata, &spec);
        let template = set.spec.as_ref().and_then(|spec| spec.template.clone());
        let owner = Owner::new("apps/v1", "ReplicaSet", &set.metadata);
        let template = self.template(pod(&template.unwrap_or_default(), &owner, "x"))?;
        Ok((template, owner.name().to_owned()))
    }

    fn template(&mut self, pod: core::Pod) -> Result<TemplateId, Unadmitted> {
        let revision = read::revision(&mut self.cluster, &self.classes, pod)?;
        Ok(self.objects.add_template(revision))
    }

    /// Changes a deployment, as `kubectl apply` of another manifest does: what it wants of its pods
    /// is another from now on, and a rollout begins.
    ///
    /// # Errors
    /// When admission would reject its pods; then nothing is changed.
    pub fn change<S>(
        &mut self,
        id: WorkloadId,
        change: impl FnOnce(&mut core::PodTemplateSpec),
        around: &mut Around<'_, S>,
    ) -> Result<(), Rejected>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(mut changed) = self.deployments.get(&id).cloned() else { return Ok(()) };
        change(&mut changed.spec.get_or_insert_default().template);
        let (template, set_name) = self.set_of(&changed).map_err(|error| Rejected {
            object: Object::from(changed.clone()).title(),
            reason: format!("there is no priority class `{}`", error.class),
        })?;
        if let WorkloadKind::Deployment(it) = &mut self.objects.workload_mut(id).kind {
            (it.template, it.set_name) = (template, set_name.into());
        }
        self.deployments.insert(id, changed);
        self.touch(Some(id));
        self.settle(around);
        Ok(())
    }

    /// The workload of this namespace and name, of any kind that users write.
    pub fn find(&self, namespace: &str, name: &str) -> Option<WorkloadId> {
        let mut all = self.objects.workloads();
        let named = |one: &Workload| &*one.namespace == namespace && &*one.name == name;
        all.find(|(_, one)| one.owner.is_none() && named(one)).map(|(id, _)| id)
    }

    /// The priority classes there are.
    pub fn classes(&self) -> &[PriorityClass] {
        &self.classes
    }
}

fn workload(object: &Object, kind: WorkloadKind, now: SimTime) -> Workload {
    Workload {
        namespace: object.namespace().unwrap_or("default").into(),
        name: object.name().into(),
        owner: None,
        created: now,
        pods: Vec::new(),
        children: Vec::new(),
        made: 0,
        gone: false,
        kind,
    }
}
