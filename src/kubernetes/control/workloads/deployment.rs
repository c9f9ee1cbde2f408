//! Deployments.

use crate::engine::{Schedule, SimTime};
use crate::kubernetes::control::log::Entry;
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::kubernetes::controllers::deployment::progress::Reason;
use crate::kubernetes::controllers::deployment::{self, Action, Marks, SetView};
use crate::kubernetes::objects::workload::ReplicaSet;
use crate::kubernetes::objects::{Tally, TemplateId, Workload, WorkloadId, WorkloadKind};

impl ControlPlane {
    /// One turn of the Deployment controller.
    pub(super) fn sync_deployment<S>(&mut self, id: WorkloadId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let mut sets = self.set_views(id, now);
        self.renew(id, &mut sets);
        let WorkloadKind::Deployment(it) = &mut self.objects.workload_mut(id).kind else { return };
        let actions = deployment::sync(&it.spec, &sets);
        let before = it.progress.condition().map(|condition| condition.reason);
        let again = it.progress.sync(&it.spec, &sets, &actions, now);
        let after = it.progress.condition().map(|condition| condition.reason);
        if before != after {
            match after {
                Some(Reason::NewReplicaSetCreated) => {
                    self.log.add(now, Entry::RolloutStarted { workload: id });
                }
                Some(Reason::NewReplicaSetAvailable) => {
                    self.log.add(now, Entry::RolloutComplete { workload: id });
                }
                Some(Reason::ProgressDeadlineExceeded) => {
                    self.log.add(now, Entry::DeadlineExceeded { workload: id });
                }
                _ => {}
            }
        }
        for action in actions {
            self.act(id, action, now);
        }
        self.sync_at(id, again, around);
    }

    fn act(&mut self, id: WorkloadId, action: Action, now: SimTime) {
        match action {
            Action::Create { replicas, marks } => self.create_set(id, replicas, marks, now),
            Action::Scale { set, replicas, marks } => {
                self.size_set(WorkloadId(set), replicas, marks, now);
            }
            Action::Delete { set } => self.objects.remove_workload(WorkloadId(set)),
        }
    }

    fn create_set(&mut self, id: WorkloadId, replicas: i32, marks: Marks, now: SimTime) {
        let revision = self.newest_revision(id) + 1;
        let workload = self.objects.workload(id);
        let WorkloadKind::Deployment(it) = &workload.kind else { return };
        let set = Workload {
            namespace: workload.namespace.clone(),
            name: it.set_name.clone(),
            owner: Some(id),
            created: now,
            pods: Vec::new(),
            children: Vec::new(),
            made: 0,
            gone: false,
            kind: WorkloadKind::ReplicaSet(ReplicaSet {
                replicas: replicas as u32,
                template: it.template,
                tally: Tally::new(it.min_ready),
                revision,
                marks: Some(marks),
                is_controller: false,
            }),
        };
        let set = self.add_workload(set);
        let to = replicas as u32;
        self.log.add(now, Entry::Scaled { workload: set, from: 0, to });
    }

    fn size_set(&mut self, id: WorkloadId, replicas: i32, marks: Option<Marks>, now: SimTime) {
        let WorkloadKind::ReplicaSet(set) = &mut self.objects.workload_mut(id).kind else { return };
        let (from, to) = (set.replicas, replicas as u32);
        let changed = from != to || marks != set.marks;
        (set.replicas, set.marks) = (to, marks);
        if from != to {
            self.log.add(now, Entry::Scaled { workload: id, from, to });
        }
        if changed {
            self.touch(Some(id));
        }
    }

    /// The replica sets of a deployment, as its controller sees them.
    fn set_views(&mut self, id: WorkloadId, now: SimTime) -> Vec<SetView> {
        let workload = self.objects.workload(id);
        let WorkloadKind::Deployment(it) = &workload.kind else { return Vec::new() };
        let (newest, sets) = (it.template, workload.children.clone());
        let sets = (0..).zip(sets);
        sets.filter_map(|(created, set)| self.set_view(set, created, newest, now)).collect()
    }

    fn set_view(
        &mut self,
        id: WorkloadId,
        created: u32,
        newest: TemplateId,
        now: SimTime,
    ) -> Option<SetView> {
        let kind = &mut self.objects.workload_mut(id).kind;
        let WorkloadKind::ReplicaSet(set) = kind else { return None };
        let pods = &mut set.tally;
        Some(SetView {
            id: id.0,
            created,
            revision: set.revision,
            is_new: set.template == newest,
            replicas: set.replicas as i32,
            current: pods.active() as i32,
            ready: pods.ready() as i32,
            available: pods.available(now) as i32,
            alive: pods.alive() as i32,
            marks: set.marks,
        })
    }

    fn newest_revision(&self, id: WorkloadId) -> u32 {
        let children = &self.objects.workload(id).children;
        let revisions = children.iter().map(|&child| match &self.objects.workload(child).kind {
            WorkloadKind::ReplicaSet(set) => set.revision,
            _ => 0,
        });
        revisions.max().unwrap_or(0)
    }

    /// A set that is of the present template again is the newest.
    fn renew(&mut self, id: WorkloadId, sets: &mut [SetView]) {
        let newest = self.newest_revision(id);
        for view in sets.iter_mut().filter(|view| view.is_new && view.revision < newest) {
            view.revision = newest + 1;
            let set = &mut self.objects.workload_mut(WorkloadId(view.id)).kind;
            if let WorkloadKind::ReplicaSet(set) = set {
                set.revision = view.revision;
            }
        }
    }

    /// Has a workload want so many pods: what `kubectl scale` does, and, where there is a `reason`,
    /// an autoscaler.
    pub fn scale<S>(
        &mut self,
        id: WorkloadId,
        replicas: u32,
        reason: Option<&str>,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        if self.paused {
            // nobody can say so
            return;
        }
        let workload = self.objects.workload_mut(id);
        let from = match &mut workload.kind {
            WorkloadKind::Deployment(it) => {
                std::mem::replace(&mut it.spec.replicas, replicas as i32) as u32
            }
            WorkloadKind::ReplicaSet(it) => std::mem::replace(&mut it.replicas, replicas),
            WorkloadKind::StatefulSet(it) => {
                std::mem::replace(&mut it.spec.replicas, replicas as i32) as u32
            }
            WorkloadKind::DaemonSet(_) | WorkloadKind::Job(_) | WorkloadKind::CronJob(_) => return,
        };
        if from != replicas {
            let entry = match reason.map(|reason| self.log.text(reason)) {
                Some(reason) => Entry::Rescaled { workload: id, from, to: replicas, reason },
                None => Entry::Scaled { workload: id, from, to: replicas },
            };
            self.log.add(now, entry);
            self.touch(Some(id));
            self.settle(around);
        }
    }
}
