//! The processes in the containers of pods.
//!
//! An app is in the first regular container of the pods of its workload. There it starts, answers
//! once it has started, and on the stop signal takes no new requests, answers those it holds, and
//! ends: what a well-behaved server does. Requests that still come before all nodes know that it
//! goes are refused. Any other container does nothing: it answers its probes from its start, and
//! ends at the stop signal; an init container ends by itself after a second, and one of a job after
//! a minute.

use super::Kubernetes;
use crate::docker::{ContainerId, ExitCode};
use crate::engine::{Phase, SimDuration};
use crate::kubernetes::control::ControlPlane;
use crate::kubernetes::objects::{PodId, WorkloadKind};
use crate::metrics::starts::Phase as StartPhase;
use crate::sharing::Share;
use crate::units::Bytes;
use crate::workload::{AppId, ReplicaId};
use crate::world::World;
use crate::world::replicas::Place;

/// How long an init container of which nothing is known runs.
const INIT: SimDuration = SimDuration::from_secs(1);

/// How long a container of a job of which nothing is known runs.
const JOB: SimDuration = SimDuration::from_secs(60);

/// Something about a process that is not an app's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessEvent {
    /// It has done what it was started for.
    Done(ContainerId),
}

impl Kubernetes {
    /// The app that is in the pods of a workload, and its container there.
    fn app_of(&self, pod: PodId) -> Option<(AppId, u32)> {
        let objects = self.control.objects();
        let known = objects.get_pod(pod)?;
        let owner = known.owner?;
        let top = objects.workload(owner).owner.unwrap_or(owner);
        let app = self.apps.get(&top)?;
        let init = objects.template(known.template).pod.init.len();
        Some((*app, init as u32))
    }

    fn replica_of(&self, pod: PodId) -> Option<u32> {
        self.replicas.get(pod.index()).copied().flatten()
    }

    fn set_replica(&mut self, pod: PodId, replica: Option<u32>) {
        if self.replicas.len() <= pod.index() {
            self.replicas.resize(pod.index() + 1, None);
        }
        self.replicas[pod.index()] = replica;
    }
}

/// How long a container that is not an app's runs; none where it goes on.
fn lasts(control: &ControlPlane, pod: PodId, container: u32) -> Option<SimDuration> {
    let objects = control.objects();
    let known = objects.pod(pod);
    let template = &objects.template(known.template).pod;
    if let Some(init) = template.init.get(container as usize) {
        return (!init.sidecar).then_some(INIT);
    }
    let owner = known.owner.map(|owner| &objects.workload(owner).kind);
    matches!(owner, Some(WorkloadKind::Job(_))).then_some(JOB)
}

impl World<'_> {
    fn kubernetes(&self) -> &Kubernetes {
        self.kubernetes.as_deref().expect("the cluster is of Kubernetes")
    }

    fn kubernetes_mut(&mut self) -> &mut Kubernetes {
        self.kubernetes.as_deref_mut().expect("the cluster is of Kubernetes")
    }

    /// A pod was created.
    pub(super) fn pod_created(&mut self, pod: PodId) {
        if let Some((app, _)) = self.kubernetes().app_of(pod) {
            let asked = self.kubernetes().control.objects().pod(pod).created;
            let replica = self.new_replica(app, asked, Place::Pod { pod, node: None });
            self.kubernetes_mut().set_replica(pod, Some(replica));
        }
    }

    /// A pod got a node.
    pub(super) fn pod_bound(&mut self, pod: PodId) {
        let kubernetes = self.kubernetes();
        let Some(replica) = kubernetes.replica_of(pod) else { return };
        let objects = kubernetes.control.objects();
        let node = objects.get_pod(pod).and_then(|pod| pod.node);
        let Some(node) = node.and_then(|node| objects.node(node)) else { return };
        let machine = node.machine;
        let now = self.now();
        let it = &mut self.replicas.all[replica as usize];
        it.place = Place::Pod { pod, node: Some(machine) };
        it.placed_at(now);
        self.start_placed(replica, self.node_place(machine));
    }

    /// A container of a pod runs.
    pub(super) fn container_runs(&mut self, pod: PodId, container: u32) {
        let kubernetes = self.kubernetes();
        let Some(id) = kubernetes.control.container(pod, container) else { return };
        let app = kubernetes.app_of(pod).filter(|(_, at)| *at == container);
        if let (Some(replica), Some((app, _))) = (kubernetes.replica_of(pod), app) {
            self.app_runs(replica, app, id);
            return;
        }
        self.with_control(|control, around| control.answers(pod, container, true, around));
        let control = &self.kubernetes().control;
        if let Some(time) = lasts(control, pod, container) {
            self.after(time, Phase::Release, ProcessEvent::Done(id));
        }
    }

    fn app_runs(&mut self, replica: u32, app: AppId, container: ContainerId) {
        self.engine_tells_of(replica, container);
        self.start_passes(replica, StartPhase::Container);
        let Place::Pod { node: Some(node), .. } = self.replicas.all[replica as usize].place else {
            return;
        };
        let node = &self.nodes.all[node as usize];
        let (host, group) = (node.host, node.group.expect("a node that runs containers is up"));
        let request = self.scenario.apps[app.0 as usize].cpu.request;
        let share = Share::weighted(request.0.max(2) as f64);
        self.start_process(replica, host, group, share, true);
    }

    /// The app in a pod answers from now on.
    pub(in crate::world) fn pod_answers(&mut self, replica: u32, pod: PodId) {
        let Some((_, container)) = self.kubernetes().app_of(pod) else { return };
        if let Some(server) = self.replicas.all[replica as usize].service
            && let Some(site) = self.site_of(replica)
        {
            // requests come to it as they came to the process before
            let (services, mut around) = self.split();
            services.reopen(server, site, &mut around);
        }
        self.with_control(|control, around| control.answers(pod, container, true, around));
    }

    /// Requests come to a pod from now on.
    pub(super) fn pod_routed(&mut self, pod: PodId, uid: u32) {
        let Some(replica) = self.kubernetes().replica_of(pod) else { return };
        self.kubernetes_mut().routed.insert(uid, replica);
        self.replicas.all[replica as usize].routed = true;
        let now = self.now();
        match self.replicas.all[replica as usize].service {
            Some(server) => self.services.route(server, now),
            None => self.replica_serves(replica),
        }
    }

    /// Requests come to a pod only where no other is ready.
    pub(super) fn pod_leaves(&mut self, uid: u32) {
        let Some(&replica) = self.kubernetes().routed.get(&uid) else { return };
        if let Some(server) = self.replicas.all[replica as usize].service {
            let now = self.now();
            self.services.leave(server, now);
        }
    }

    /// No new requests come to a pod from now on.
    pub(super) fn pod_unrouted(&mut self, uid: u32) {
        let Some(replica) = self.kubernetes_mut().routed.remove(&uid) else { return };
        self.replicas.all[replica as usize].routed = false;
        let Some(server) = self.replicas.all[replica as usize].service else {
            return self.forget_if_gone(replica);
        };
        let now = self.now();
        if self.replicas.all[replica as usize].leaf.is_some() {
            // it answers what it holds
            self.services.unroute(server, now);
        } else {
            self.replicas.all[replica as usize].service = None;
            let (services, mut around) = self.split();
            services.replica_down(server, &mut around);
        }
        self.forget_if_gone(replica);
    }

    /// A container was told to stop.
    pub(super) fn container_stops(&mut self, pod: PodId, container: u32) {
        let kubernetes = self.kubernetes();
        let Some(id) = kubernetes.control.container(pod, container) else { return };
        let app = kubernetes.app_of(pod).filter(|(_, at)| *at == container);
        let replica = app.and_then(|_| kubernetes.replica_of(pod));
        let server = replica.and_then(|replica| self.replicas.all[replica as usize].service);
        let held = server.map_or(0, |server| self.services.shut(server));
        if let Some(replica) = replica {
            self.replica_leaves(replica);
        }
        if held == 0 {
            self.container_exits(id, ExitCode::SUCCESS);
        }
    }

    /// The container of the app in a pod, while there is one.
    pub(in crate::world) fn container_of_pod(&self, pod: PodId) -> Option<ContainerId> {
        let (_, container) = self.kubernetes().app_of(pod)?;
        self.kubernetes().control.container(pod, container)
    }

    /// An app that was told to stop has answered all it held.
    pub(in crate::world) fn pod_drained(&mut self, pod: PodId, server: ReplicaId) {
        let id = self.container_of_pod(pod);
        if let Some(id) = id.filter(|_| self.services.is_drained(server)) {
            self.container_exits(id, ExitCode::SUCCESS);
        }
    }

    /// Tells the kernel how much memory the app of a pod uses; returns whether it is killed
    /// for that.
    pub(in crate::world) fn pod_uses(&mut self, pod: PodId, memory: Bytes) -> bool {
        let id = self.container_of_pod(pod);
        id.is_some_and(|id| self.container_uses(id, memory))
    }

    /// The process of a container is gone.
    pub(super) fn container_ended(&mut self, pod: PodId, container: u32) {
        let kubernetes = self.kubernetes();
        let app = kubernetes.app_of(pod).filter(|(_, at)| *at == container);
        let Some(replica) = app.and_then(|_| kubernetes.replica_of(pod)) else { return };
        self.start_fails(replica, "its container ended");
        self.process_gone(replica);
    }

    /// A pod is gone.
    pub(super) fn pod_gone(&mut self, pod: PodId) {
        let Some(replica) = self.kubernetes().replica_of(pod) else { return };
        self.kubernetes_mut().set_replica(pod, None);
        self.replica_leaves(replica);
        self.process_gone(replica);
        self.replicas.all[replica as usize].place = Place::Nowhere;
        self.forget_if_gone(replica);
    }

    /// A replica whose pod is gone, and to which no requests come, is forgotten.
    fn forget_if_gone(&mut self, replica: u32) {
        let it = &self.replicas.all[replica as usize];
        if it.place == Place::Nowhere && it.service.is_none() && !it.routed {
            self.replicas.forget(replica);
        }
    }

    /// Handles an event of a process that is not an app's.
    pub(in crate::world) fn on_process(&mut self, event: ProcessEvent) {
        let ProcessEvent::Done(container) = event;
        self.container_exits(container, ExitCode::SUCCESS);
    }
}
