//! The controllers of workloads: which looks at what, and how fast it can act.
//!
//! A controller decides by what it sees at one instant and then makes its calls one after another,
//! as fast as its client may; it does not look at the workload again before they are made
//! (`pkg/controller/controller_utils.go`, expectations). Workloads of one controller take turns.

mod cron_job;
pub(super) mod daemon_set;
mod deployment;
mod job;
mod replica_set;
mod stateful_set;

pub(super) use daemon_set::comes_with;

use std::collections::VecDeque;

use super::limiter::{Limiter, Rate};
use super::pods::Identity;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Phase, Schedule, SimTime};
use crate::kubernetes::controllers::pod::PodView;
use crate::kubernetes::objects::{PodId, TemplateId, WorkloadId, WorkloadKind};

/// A controller, which has a client of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Controller {
    /// Of deployments.
    Deployment,
    /// Of replica sets.
    ReplicaSet,
    /// Of stateful sets.
    StatefulSet,
    /// Of daemon sets.
    DaemonSet,
    /// Of jobs.
    Job,
    /// Of cron jobs.
    CronJob,
}

const CONTROLLERS: usize = 6;

/// A call that changes a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// Creates one.
    Create(TemplateId, Identity),
    /// Deletes one.
    Delete(PodId),
}

/// The calls that are still to be made.
#[derive(Debug)]
pub(super) struct Calls {
    clients: [Client; CONTROLLERS],
    /// Workloads with calls to be made.
    busy: Vec<bool>,
}

#[derive(Debug)]
struct Client {
    limiter: Limiter,
    /// Calls by workload, in the order of their turns.
    turns: VecDeque<(WorkloadId, VecDeque<Call>)>,
    /// When it goes on.
    next: Option<SimTime>,
}

impl Calls {
    /// Controllers that have made no calls yet.
    pub fn new(rate: Rate) -> Self {
        let client = |_| Client { limiter: Limiter::new(rate), turns: VecDeque::new(), next: None };
        Self { clients: std::array::from_fn(client), busy: Vec::new() }
    }

    fn is_busy(&self, workload: WorkloadId) -> bool {
        self.busy.get(workload.index()).copied().unwrap_or(false)
    }

    fn set_busy(&mut self, workload: WorkloadId, busy: bool) {
        if self.busy.len() <= workload.index() {
            self.busy.resize(workload.index() + 1, false);
        }
        self.busy[workload.index()] = busy;
    }
}

impl ControlPlane {
    /// The controller of a workload looks at it, unless it is still at what it decided before.
    pub(super) fn sync<S>(&mut self, id: WorkloadId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.calls.is_busy(id) {
            return;
        }
        match &self.objects.workload(id).kind {
            WorkloadKind::Deployment(_) => self.sync_deployment(id, around),
            WorkloadKind::ReplicaSet(_) => self.sync_replica_set(id, around),
            WorkloadKind::StatefulSet(_) => self.sync_stateful_set(id, around),
            WorkloadKind::DaemonSet(_) => self.sync_daemon_set(id, around),
            WorkloadKind::Job(_) => self.sync_job(id, around),
            WorkloadKind::CronJob(_) => self.sync_cron_job(id, around),
        }
    }

    /// Makes calls as fast as the controller may.
    pub(super) fn make_calls<S>(
        &mut self,
        controller: Controller,
        workload: WorkloadId,
        calls: VecDeque<Call>,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if calls.is_empty() {
            return;
        }
        self.calls.set_busy(workload, true);
        self.calls.clients[controller as usize].turns.push_back((workload, calls));
        self.continue_calls(controller, around);
    }

    /// Goes on with the calls of a controller.
    pub(super) fn continue_calls<S>(&mut self, controller: Controller, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        loop {
            let client = &mut self.calls.clients[controller as usize];
            let Some((workload, mut calls)) = client.turns.pop_front() else { return };
            let Some(call) = calls.pop_front() else {
                self.calls.set_busy(workload, false);
                self.touch(Some(workload));
                continue;
            };
            if !client.limiter.take(now) {
                calls.push_front(call);
                client.turns.push_front((workload, calls));
                let next = client.limiter.next(now);
                if client.next.is_none_or(|armed| armed <= now || next < armed) {
                    client.next = Some(next);
                    around.at(next, Phase::Decide, ControlEvent::Calls(controller));
                }
                return;
            }
            client.turns.push_back((workload, calls));
            self.make_call(workload, call, around);
        }
    }

    fn make_call<S>(&mut self, workload: WorkloadId, call: Call, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        match call {
            Call::Create(template, identity) if !self.objects.workload(workload).gone => {
                let pod = self.create_pod(Some(workload), template, identity, around);
                if let Identity::Node(node) = identity {
                    self.target(workload, pod, node);
                }
            }
            Call::Delete(pod) if self.is_owner(workload, pod) => {
                let owner = self.objects.workload(workload);
                let reason = format!("by its {} {}", owner.kind.kind().name(), owner.name);
                self.delete_because(pod, &reason, around);
            }
            // it is gone already
            Call::Create(..) | Call::Delete(_) => {}
        }
    }

    fn is_owner(&self, workload: WorkloadId, pod: PodId) -> bool {
        self.objects.get_pod(pod).is_some_and(|pod| pod.owner == Some(workload))
    }

    /// A workload is deleted, and with it its pods.
    fn delete_workload<S>(&mut self, id: WorkloadId, reason: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let workload = self.objects.workload(id);
        let (pods, owner) = (workload.pods.clone(), workload.owner);
        self.objects.remove_workload(id);
        for pod in pods {
            self.delete_because(pod, reason, around);
        }
        self.touch(owner);
    }

    /// The pods of a workload, as controllers see them.
    fn views(&self, workload: WorkloadId) -> Vec<PodView> {
        self.objects.workload(workload).pods.iter().map(|&pod| self.view(pod)).collect()
    }

    /// A pod, as controllers see it.
    pub(super) fn view(&self, id: PodId) -> PodView {
        let pod = self.objects.pod(id);
        PodView {
            id: id.0,
            node: pod.node.map(|node| node.0),
            phase: pod.phase,
            ready_since: pod.ready,
            created: pod.created,
            terminating: pod.deleted.is_some(),
            restarts: pod.restarts,
            deletion_cost: self.objects.template(pod.template).deletion_cost,
            template: pod.template.0,
        }
    }

    /// Has the controller of a workload look at it again then, if there is a then. Where it does so
    /// before that anyway, it will see by itself when it has to look again.
    fn sync_at<S>(&mut self, id: WorkloadId, time: Option<SimTime>, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(time) = time else { return };
        let (now, time) = (around.now(), time.max(around.now()));
        if self.looks.len() <= id.index() {
            self.looks.resize(id.index() + 1, SimTime::ZERO);
        }
        let next = &mut self.looks[id.index()];
        if *next <= now || time < *next {
            *next = time;
            around.at(time, Phase::Decide, ControlEvent::Sync(id));
        }
    }
}
