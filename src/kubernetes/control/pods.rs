//! Pods: made, told to go, and gone.

use k8s_openapi::api::core::v1 as core;

use super::log::Entry;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::engine::{Schedule, SimDuration};
use crate::kubernetes::api::expand::{daemon_set, job, stateful_set};
use crate::kubernetes::objects::store::Revision;
use crate::kubernetes::objects::{
    NodeId, Phase, Pod, PodId, TemplateId, Workload, WorkloadId, WorkloadKind,
};
use crate::kubernetes::scheduler::pod::Pod as ScheduledPod;
use crate::kubernetes::scheduler::read;
use crate::kubernetes::scheduler::shape::ShapeId;

/// What tells a pod from the others of its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing.
    None,
    /// Its ordinal or its index.
    Number(u32),
    /// The node it is for.
    Node(NodeId),
}

impl ControlPlane {
    /// Has pods like this one be created, which no Service selects.
    ///
    /// # Errors
    /// When admission would reject them.
    pub fn admit(&mut self, pod: core::Pod) -> Result<TemplateId, String> {
        let revision = self.revision(pod)?;
        Ok(self.objects.add_template(Revision { served: false, ..revision }))
    }

    /// Makes a pod without a controller.
    pub fn create<S>(&mut self, template: TemplateId, around: &mut Around<'_, S>) -> PodId
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pod = self.create_pod(None, template, Identity::None, around);
        self.settle(around);
        pod
    }

    /// A user deletes a pod.
    pub fn remove<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.delete_pod(pod, None, around);
        self.settle(around);
    }

    /// Makes a pod; it waits for a node.
    pub(super) fn create_pod<S>(
        &mut self,
        owner: Option<WorkloadId>,
        template: TemplateId,
        identity: Identity,
        around: &mut Around<'_, S>,
    ) -> PodId
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let made = match owner {
            Some(owner) => self.objects.workload(owner).made,
            None => {
                self.bare += 1;
                self.bare
            }
        };
        let number = if let Identity::Number(number) = identity { number } else { made };
        let pod = Pod {
            template,
            owner,
            number,
            uid: 0,
            scheduled: None,
            node: None,
            phase: Phase::Pending,
            created: now,
            ready: None,
            deleted: None,
            restarts: 0,
        };
        let id = self.objects.add_pod(pod);
        let namespace = &self.objects.template(template).namespace;
        let key: Box<str> = [&**namespace, "/", &self.objects.pod_name(id)].concat().into();
        let shape = self.shape_of(owner, template, identity, number);
        let scheduled = self.cluster.add_pod(ScheduledPod::pending(&key, shape));
        let uid = self.log.name_pod(key, template);
        self.objects.change_pod(id, |pod| (pod.uid, pod.scheduled) = (uid, Some(scheduled)));
        let place = scheduled.0 as usize;
        if self.of_scheduled.len() <= place {
            self.of_scheduled.resize(place + 1, id);
        }
        self.of_scheduled[place] = id;
        self.budget_pod(id);
        self.gate_pod(id);
        let is_named = self.cluster.shape(shape).node_name.is_some();
        if !is_named && !self.is_elsewhere(id) {
            self.scheduler.pod_added(&self.cluster, scheduled, now);
        }
        self.log.add(now, Entry::Created { pod: uid, owner });
        around.notices.push(Notice::Created(id));
        if is_named && !self.is_elsewhere(id) {
            self.named_pod_came(id, around);
        }
        self.schedule_soon(around);
        id
    }

    /// What the scheduler sees in a pod: what it sees in all of its template, unless the pod has
    /// labels, claims or a node of its own.
    fn shape_of(
        &mut self,
        owner: Option<WorkloadId>,
        template: TemplateId,
        identity: Identity,
        number: u32,
    ) -> ShapeId {
        let revision = self.objects.template(template);
        if identity == Identity::None {
            return revision.shape;
        }
        let mut pod = (*revision.source).clone();
        let workload = owner.map(|owner| self.objects.workload(owner));
        match (workload.map(|workload| &workload.kind), identity) {
            (Some(WorkloadKind::StatefulSet(_)), _) => {
                let set = owner.and_then(|owner| self.stateful_sets.get(&owner));
                if let Some(spec) = set.and_then(|set| set.spec.as_ref()) {
                    let name = workload.map_or("", |workload| &workload.name);
                    pod.metadata.name = Some(format!("{name}-{number}"));
                    stateful_set::identify(&mut pod, spec, number as i32);
                }
            }
            (Some(WorkloadKind::Job(_)), _) => {
                let labels = pod.metadata.labels.get_or_insert_default();
                labels.insert(job::INDEX.to_owned(), number.to_string());
            }
            (_, Identity::Node(node)) => {
                let node = self.objects.node(node).map_or("", |node| &node.name);
                daemon_set::pin(pod.spec.get_or_insert_default(), node);
            }
            _ => {}
        }
        read::shape(&mut self.cluster, &pod)
    }

    /// Tells a pod to go, and notes why.
    pub(super) fn delete_because<S>(&mut self, id: PodId, reason: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pod = self.objects.pod(id);
        if pod.deleted.is_none() {
            let (uid, reason) = (pod.uid, self.log.text(reason));
            self.log.add(around.now(), Entry::Deleted { pod: uid, reason });
            self.delete_pod(id, None, around);
        }
    }

    /// Tells a pod to go, within the grace of its template unless another is given.
    pub(super) fn delete_pod<S>(
        &mut self,
        id: PodId,
        grace: Option<SimDuration>,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        if self.objects.pod(id).deleted.is_some() {
            return;
        }
        self.objects.change_pod(id, |pod| pod.deleted = Some(now));
        let pod = self.objects.pod(id);
        let (template, owner) = (pod.template, pod.owner);
        if pod.node.is_none() || pod.is_over() {
            self.remove_pod(id, around);
            return;
        }
        if let Some(scheduled) = pod.scheduled
            && !self.cluster.pod(scheduled).terminating
        {
            self.cluster.terminate(scheduled);
        }
        if let Some(node) = self.objects.pod(id).node {
            self.pod_moved(id, node, around);
        }
        self.route_changed(id, around);
        self.touch(owner);
        let grace = grace.unwrap_or(self.objects.template(template).pod.grace);
        self.kubelet_stops(id, grace, around);
    }

    /// All containers of a pod have ended, and are not started again: it takes no room any more.
    pub(super) fn pod_completed<S>(&mut self, id: PodId, phase: Phase, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        self.objects.set_phase(id, phase);
        let pod = self.objects.pod(id);
        let (uid, owner) = (pod.uid, pod.owner);
        let succeeded = phase == Phase::Succeeded;
        self.log.add(now, Entry::Completed { pod: uid, succeeded });
        around.notices.push(Notice::Completed(id));
        self.pod_ended(owner, id, now);
        self.release_volumes(id, around);
        self.collector.ended();
        self.collect_later(around);
        self.leave_scheduler(id, around);
        if let Some(node) = self.objects.pod(id).node {
            self.pod_moved(id, node, around);
            self.release_if_empty(node, around);
        }
        self.route_changed(id, around);
        self.touch(owner);
    }

    /// A pod takes no room any more; others may have it.
    pub(super) fn leave_scheduler<S>(&mut self, id: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if let Some(scheduled) = self.objects.change_pod(id, |pod| pod.scheduled.take()) {
            self.scheduler.remove_pod(&mut self.cluster, scheduled, around.now());
            self.unplaced.remove(&id);
            self.elsewhere.forget(id);
            self.named.remove(&id);
            self.schedule_soon(around);
        }
    }

    /// A pod is gone for good.
    pub(super) fn remove_pod<S>(&mut self, id: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.release_volumes(id, around);
        self.leave_scheduler(id, around);
        self.forget_route(id, around);
        self.kubelet_forgets(id, around);
        self.budgets.forget(id);
        self.gates.forget(id);
        let pod = self.objects.remove_pod(id);
        self.claims_go_with(&pod, around);
        if pod.is_over() {
            self.collector.gone();
        }
        self.log.add(around.now(), Entry::Gone { pod: pod.uid });
        around.notices.push(Notice::Gone(id));
        self.touch(pod.owner);
        if let Some(node) = pod.node {
            self.release_if_empty(node, around);
        }
    }

    /// Everybody has dealt with what was told of a pod that is gone. Until then no other has its
    /// number, or what is told of the one would be taken for news of the other: a pod may come and
    /// go in one instant.
    pub fn forgotten(&mut self, id: PodId) {
        self.objects.free_pod(id);
    }

    /// Has the controller of a workload look at it, and its owner's too.
    pub(super) fn touch(&mut self, workload: Option<WorkloadId>) {
        self.budgets.touch(workload);
        let mut next = workload;
        while let Some(id) = next {
            if self.queued.len() <= id.index() {
                self.queued.resize(id.index() + 1, false);
            }
            if !std::mem::replace(&mut self.queued[id.index()], true) {
                self.queue.push_back(id);
            }
            next = self.objects.workload(id).owner;
        }
    }

    /// Adds a workload, and has its controller look at it.
    pub(super) fn add_workload(&mut self, workload: Workload) -> WorkloadId {
        let id = self.objects.add_workload(workload);
        self.touch(Some(id));
        id
    }
}
