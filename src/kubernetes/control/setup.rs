//! Manifests become objects, and the cluster begins to act on them.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::CronJob;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::scheduling::v1::PriorityClass;

use super::pods::Identity;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Schedule, SimTime};
use crate::kubernetes::api::Object;
use crate::kubernetes::api::defaults::admission;
use crate::kubernetes::api::expand::template::{Owner, pod};
use crate::kubernetes::api::expand::{daemon_set, job, replica_set_of};
use crate::kubernetes::controllers::cron_job;
use crate::kubernetes::objects::read;
use crate::kubernetes::objects::store::Revision;
use crate::kubernetes::objects::workload::{self, Job, ReplicaSet};
use crate::kubernetes::objects::{TemplateId, Workload, WorkloadId, WorkloadKind};
use crate::kubernetes::scheduler::cluster::PodSelection;
use crate::kubernetes::scheduler::read as scheduling;
use crate::metrics::events::Kind;

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
            self.apply_other(object);
        }
        self.know_volumes(around);
        // claims find their classes and volumes wherever those were written
        for object in objects {
            if let Object::PersistentVolumeClaim(claim) = object {
                self.apply_claim(claim, around);
            }
        }
        for object in objects {
            self.apply_workload(object, around)
                .map_err(|reason| Rejected { object: object.title(), reason })?;
        }
        self.settle(around);
        Ok(())
    }

    /// What makes no pods itself.
    fn apply_other(&mut self, object: &Object) {
        match object {
            Object::PriorityClass(class) => self.classes.push((**class).clone()),
            Object::StorageClass(class) => self.storage_classes.push((**class).clone()),
            Object::PersistentVolumeClaim(_) => return,
            _ => {}
        }
        scheduling::add_object(&mut self.cluster, object);
        if let Object::PodDisruptionBudget(budget) = object {
            self.add_budget(budget);
        }
    }

    fn apply_claim<S>(&mut self, claim: &core::PersistentVolumeClaim, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let mut claim = claim.clone();
        admission::set_storage_class(&mut claim, &self.storage_classes);
        let object = Object::from(claim);
        self.add_claim(&object, around);
    }

    fn apply_workload<S>(
        &mut self,
        object: &Object,
        around: &mut Around<'_, S>,
    ) -> Result<(), String>
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
            Object::ReplicaSet(one) => {
                let Some(spec) = &one.spec else { return Ok(()) };
                let owner = Owner::new("apps/v1", "ReplicaSet", &one.metadata);
                let of = spec.template.clone().unwrap_or_default();
                let template = self.template(pod(&of, &owner, "x"))?;
                let min_ready = spec.min_ready_seconds;
                WorkloadKind::ReplicaSet(read::replica_set(spec.replicas, min_ready, template))
            }
            Object::ReplicationController(one) => {
                let Some(spec) = &one.spec else { return Ok(()) };
                let owner = Owner::new("v1", "ReplicationController", &one.metadata);
                let of = spec.template.clone().unwrap_or_default();
                let template = self.template(pod(&of, &owner, "x"))?;
                let min_ready = spec.min_ready_seconds;
                let set = read::replica_set(spec.replicas, min_ready, template);
                WorkloadKind::ReplicaSet(ReplicaSet { is_controller: true, ..set })
            }
            Object::StatefulSet(one) => {
                let template = self.template_of_stateful_set(one)?;
                let spec = one.spec.clone().unwrap_or_default();
                WorkloadKind::StatefulSet(read::stateful_set(&spec, template))
            }
            Object::DaemonSet(one) => {
                let template = self.template_of_daemon_set(one)?;
                let spec = one.spec.clone().unwrap_or_default();
                WorkloadKind::DaemonSet(read::daemon_set(&spec, template))
            }
            Object::Job(one) => {
                let Some(spec) = &one.spec else { return Ok(()) };
                let owner = Owner::new("batch/v1", "Job", &one.metadata);
                let mut pod = pod(&spec.template, &owner, "x");
                job::label(&mut pod, object.name());
                let template = self.template(pod)?;
                WorkloadKind::Job(Job::new(read::job(spec), template, now))
            }
            Object::CronJob(one) => self.cron_job(one, now)?,
            Object::Pod(one) => return self.bare_pod(one, around),
            _ => return Ok(()),
        };
        let id = self.add_workload(new_workload(object, kind, now));
        match object {
            Object::StatefulSet(one) => {
                self.stateful_sets.insert(id, (**one).clone());
            }
            Object::DaemonSet(one) => {
                self.daemon_sets.insert(id, (**one).clone());
            }
            _ => {}
        }
        Ok(())
    }

    /// A pod without a controller.
    fn bare_pod<S>(&mut self, one: &core::Pod, around: &mut Around<'_, S>) -> Result<(), String>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let template = self.template(one.clone())?;
        self.objects.name_pod(self.bare + 1, &one.metadata);
        self.create_pod(None, template, Identity::None, around);
        Ok(())
    }

    fn template_of_stateful_set(&mut self, one: &StatefulSet) -> Result<TemplateId, String> {
        let owner = Owner::new("apps/v1", "StatefulSet", &one.metadata);
        let spec = one.spec.clone().unwrap_or_default();
        self.template(pod(&spec.template, &owner, "0"))
    }

    fn template_of_daemon_set(&mut self, one: &DaemonSet) -> Result<TemplateId, String> {
        let owner = Owner::new("apps/v1", "DaemonSet", &one.metadata);
        let spec = one.spec.clone().unwrap_or_default();
        let mut pod = pod(&spec.template, &owner, "x");
        daemon_set::tolerate(pod.spec.get_or_insert_default());
        self.template(pod)
    }

    /// The jobs of a cron job share one template without the labels of a job, unless its pods look
    /// at these (`create_job`).
    fn cron_job(&mut self, one: &CronJob, now: SimTime) -> Result<WorkloadKind, String> {
        let inner = one.spec.job_template.spec.clone().unwrap_or_default();
        let owner = Owner::new("batch/v1", "Job", &one.metadata);
        let template = self.template(pod(&inner.template, &owner, "x"))?;
        let spec = read::cron_job(&one.spec)?;
        let state = cron_job::CronJob::new(spec, self.limits.epoch, now);
        Ok(WorkloadKind::CronJob(workload::CronJob { state, job: read::job(&inner), template }))
    }

    fn apply_deployment(&mut self, one: &Deployment, now: SimTime) -> Result<WorkloadId, String> {
        let spec = one.spec.clone().unwrap_or_default();
        let (template, set_name) = self.set_of(one)?;
        let kind = WorkloadKind::Deployment(read::deployment(&spec, template, &set_name));
        let object = Object::from(one.clone());
        Ok(self.add_workload(new_workload(&object, kind, now)))
    }

    /// Template and name of the replica set of a deployment as it is now.
    fn set_of(&mut self, one: &Deployment) -> Result<(TemplateId, String), String> {
        let spec = one.spec.clone().unwrap_or_default();
        let set = replica_set_of(&one.metadata, &spec);
        self.select(&Object::from(set.clone()));
        let template = set.spec.as_ref().and_then(|spec| spec.template.clone());
        let owner = Owner::new("apps/v1", "ReplicaSet", &set.metadata);
        let template = self.template(pod(&template.unwrap_or_default(), &owner, "x"))?;
        Ok((template, owner.name().to_owned()))
    }

    /// Has the scheduler know which pods a replica set selects, each set once.
    fn select(&mut self, set: &Object) {
        let mut known = self.cluster.objects().controllers.iter();
        let same = |one: &PodSelection| {
            *one.kind == *"ReplicaSet"
                && Some(&*one.namespace) == set.namespace()
                && *one.name == *set.name()
        };
        if !known.any(same) {
            scheduling::add_object(&mut self.cluster, set);
        }
    }

    /// The template of which a pod is an example.
    pub(super) fn template(&mut self, pod: core::Pod) -> Result<TemplateId, String> {
        let revision = self.revision(pod)?;
        Ok(self.objects.add_template(revision))
    }

    /// What pods like this one are kept as.
    pub(super) fn revision(&mut self, mut pod: core::Pod) -> Result<Revision, String> {
        self.elsewhere.admit(&mut pod);
        let revision = read::revision(&mut self.cluster, &self.classes, pod);
        revision.map_err(|error| format!("there is no priority class `{}`", error.class))
    }

    /// Changes a deployment, a stateful set or a daemon set, as `kubectl apply` of another manifest
    /// does: what it wants of its pods is another from now on, and a rollout begins.
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
        let changed = if let Some(mut one) = self.deployments.get(&id).cloned() {
            change(&mut one.spec.get_or_insert_default().template);
            Object::from(one)
        } else if let Some(mut one) = self.stateful_sets.get(&id).cloned() {
            change(&mut one.spec.get_or_insert_default().template);
            Object::from(one)
        } else if let Some(mut one) = self.daemon_sets.get(&id).cloned() {
            change(&mut one.spec.get_or_insert_default().template);
            Object::from(one)
        } else {
            return Ok(());
        };
        let title = changed.title();
        self.replace(id, changed).map_err(|reason| Rejected { object: title, reason })?;
        self.touch(Some(id));
        self.settle(around);
        Ok(())
    }

    /// Another manifest of a workload.
    fn replace(&mut self, id: WorkloadId, changed: Object) -> Result<(), String> {
        match changed {
            Object::Deployment(one) => {
                let (template, set_name) = self.set_of(&one)?;
                if let WorkloadKind::Deployment(it) = &mut self.objects.workload_mut(id).kind {
                    (it.template, it.set_name) = (template, set_name.into());
                }
                self.deployments.insert(id, *one);
            }
            Object::StatefulSet(one) => {
                let template = self.template_of_stateful_set(&one)?;
                if let WorkloadKind::StatefulSet(it) = &mut self.objects.workload_mut(id).kind {
                    it.template = template;
                }
                self.stateful_sets.insert(id, *one);
            }
            Object::DaemonSet(one) => {
                let template = self.template_of_daemon_set(&one)?;
                if let WorkloadKind::DaemonSet(it) = &mut self.objects.workload_mut(id).kind {
                    it.spec.template = template.0;
                }
                self.daemon_sets.insert(id, *one);
            }
            _ => {}
        }
        Ok(())
    }

    /// The workload of this namespace and name, of this kind or the first of any, that a user
    /// wrote.
    pub fn find(&self, kind: Option<Kind>, namespace: &str, name: &str) -> Option<WorkloadId> {
        let named = |one: &Workload| &*one.namespace == namespace && &*one.name == name;
        let is_it = |one: &Workload| named(one) && kind.is_none_or(|kind| one.kind.kind() == kind);
        let mut all = self.objects.workloads();
        all.find(|(_, one)| one.owner.is_none() && is_it(one)).map(|(id, _)| id)
    }

    /// The priority classes there are.
    pub fn classes(&self) -> &[PriorityClass] {
        &self.classes
    }
}

fn new_workload(object: &Object, kind: WorkloadKind, now: SimTime) -> Workload {
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
