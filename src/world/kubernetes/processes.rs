//! The processes in the containers of pods.
//!
//! An app is in one regular container of the pods of its workload, where it does what apps do
//! ([`units`](crate::world::units)). Any other container does nothing: it answers its probes from
//! its start, and ends at the stop signal; an init container and one of a job end by themselves,
//! after the times that the cluster's options say.

use std::collections::BTreeMap;

use super::{Binding, Kubernetes};
use crate::docker::{ContainerId, ExitCode};
use crate::engine::{Phase, SimDuration, Stream, Streams};
use crate::kubernetes::autoscale::hpa::requests::request;
use crate::kubernetes::autoscale::hpa::{Metric, Milli, Pod, Ready, ReadyStatus};
use crate::kubernetes::objects::template::Container;
use crate::kubernetes::objects::{Objects, PodId, TemplateId, WorkloadId, WorkloadKind};
use crate::metrics::starts::Phase as Start;
use crate::scenario::KubernetesOptions;
use crate::units::{Bytes, Millicores};
use crate::workload::{AppId, Sampler};
use crate::world::InputError;
use crate::world::replicas::Place;
use crate::world::units::Unit;
use crate::world::{Owner, World};

/// How long containers of which nothing is known run.
pub(super) struct Lasting {
    init: (Sampler, Stream),
    job: (Sampler, Stream),
}

impl Lasting {
    /// As the options of a cluster say.
    pub fn new(options: &KubernetesOptions, streams: Streams) -> Result<Self, InputError> {
        Ok(Self {
            init: (Sampler::new(&options.init_duration)?, streams.named("kubernetes/init")),
            job: (Sampler::new(&options.job_duration)?, streams.named("kubernetes/job")),
        })
    }
}

/// Something about a process that is not an app's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessEvent {
    /// It has done what it was started for.
    Done(ContainerId),
}

/// The app that is in a pod, of those that are these workloads, and its container there.
pub(super) fn app_of(
    objects: &Objects,
    apps: &BTreeMap<WorkloadId, AppId>,
    bindings: &[Binding],
    pod: PodId,
) -> Option<(AppId, u32)> {
    let known = objects.get_pod(pod)?;
    let owner = known.owner?;
    let top = objects.workload(owner).owner.unwrap_or(owner);
    let app = *apps.get(&top)?;
    let template = &objects.template(known.template).pod;
    let name = &*bindings[app.0 as usize].container;
    // another version of the workload may have others: the first is the app then
    let place = template.containers.iter().position(|one| *one.name == *name).unwrap_or(0);
    Some((app, (template.init.len() + place) as u32))
}

impl Kubernetes {
    /// The app that is in the pods of a workload, and its container there.
    pub(super) fn app_of(&self, pod: PodId) -> Option<(AppId, u32)> {
        app_of(self.control.objects(), &self.apps, &self.bindings, pod)
    }

    /// What the manifest says of the app's container in a pod.
    fn app_container(&self, pod: PodId) -> Option<&Container> {
        let (_, container) = self.app_of(pod)?;
        let objects = self.control.objects();
        objects.template(objects.pod(pod).template).pod.all().nth(container as usize)
    }

    pub(super) fn replica_of(&self, pod: PodId) -> Option<u32> {
        self.replicas.get(pod.index()).copied().flatten()
    }

    fn set_replica(&mut self, pod: PodId, replica: Option<u32>) {
        if self.replicas.len() <= pod.index() {
            self.replicas.resize(pod.index() + 1, None);
        }
        self.replicas[pod.index()] = replica;
    }
}

impl Kubernetes {
    /// How long a container that is not an app's runs; none where it goes on.
    fn lasts(&mut self, pod: PodId, container: u32) -> Option<SimDuration> {
        let objects = self.control.objects();
        let known = objects.pod(pod);
        let template = &objects.template(known.template).pod;
        let init = template.init.get(container as usize);
        let owner = known.owner.map(|owner| &objects.workload(owner).kind);
        let (law, draws) = match (init, owner) {
            (Some(init), _) if init.sidecar => return None,
            (Some(_), _) => &mut self.lasting.init,
            (None, Some(WorkloadKind::Job(_))) => &mut self.lasting.job,
            (None, _) => return None,
        };
        Some(law.sample(draws))
    }
}

impl World<'_> {
    /// A container of a pod is about to end: asks for memory that is needed then.
    pub(in crate::world) fn fetch_process(
        &self,
        ProcessEvent::Done(id): ProcessEvent,
        step: usize,
    ) {
        let Some(kubernetes) = self.kubernetes.as_deref() else { return };
        if step == 0 {
            return self.engines.fetch_container(id);
        }
        let owner = self.engines.spec(id).map(|spec| Owner::of(spec.owner));
        let Some(Owner::Unit(slot)) = owner else { return };
        match step {
            1 => {
                self.engines.fetch_engine_of(id);
                kubernetes.control.fetch_slot(slot);
            }
            2 => {
                self.engines.fetch_last_beside(id);
                kubernetes.control.fetch_pod_of(slot);
            }
            _ => kubernetes.control.fetch_seat_of(slot),
        }
    }

    pub(super) fn kubernetes(&self) -> &Kubernetes {
        self.kubernetes.as_deref().expect("the cluster is of Kubernetes")
    }

    pub(super) fn kubernetes_mut(&mut self) -> &mut Kubernetes {
        self.kubernetes.as_deref_mut().expect("the cluster is of Kubernetes")
    }

    /// A pod was created.
    pub(super) fn pod_created(&mut self, pod: PodId) {
        if let Some((app, _)) = self.kubernetes().app_of(pod) {
            let asked = self.kubernetes().control.objects().pod(pod).created;
            let replica =
                self.new_replica(app, asked, Place::Unit { unit: Unit::Pod(pod), node: None });
            self.kubernetes_mut().set_replica(pod, Some(replica));
            self.balanced_pod_created(pod, app);
        }
        self.fargate_takes(pod);
    }

    /// A pod got a node.
    pub(super) fn pod_bound(&mut self, pod: PodId) {
        let now = self.now();
        let kubernetes = self.kubernetes.as_deref().expect("the cluster is of Kubernetes");
        if let Some(pod) = kubernetes.control.objects().get_pod(pod) {
            self.recorder.pod_waits.record(now.since(pod.created));
        }
        if let Some(job) = kubernetes.jobs.of(pod) {
            return self.job_pod_bound(job, pod);
        }
        let Some(replica) = kubernetes.replica_of(pod) else { return };
        let objects = kubernetes.control.objects();
        let node = objects.get_pod(pod).and_then(|pod| pod.node);
        let Some(node) = node.and_then(|node| objects.node(node)) else { return };
        let has_volumes = !kubernetes.control.volumes_of_pod(pod).is_empty();
        self.unit_placed(replica, Unit::Pod(pod), node.machine);
        if has_volumes {
            // what it waits for now is not its image
            self.pod_passes(pod, &[Start::Machine]);
        }
    }

    /// A container of a pod runs.
    pub(super) fn container_runs(&mut self, pod: PodId, container: u32) {
        let kubernetes = self.kubernetes();
        let Some(id) = kubernetes.control.container(pod, container) else { return };
        let app = kubernetes.app_of(pod).filter(|(_, at)| *at == container);
        if let (Some(replica), Some(_)) = (kubernetes.replica_of(pod), app) {
            self.app_runs(replica, pod, id);
            return self.balanced_pod_runs(pod);
        }
        self.with_control(|control, around| control.answers(pod, container, true, around));
        self.other_begins_to_use(pod, container, id);
        let lasts = match self.kubernetes().jobs.of(pod) {
            Some(job) => Some(self.jobs.lasts(job)),
            None => self.kubernetes_mut().lasts(pod, container),
        };
        if let Some(time) = lasts {
            self.after(time, Phase::Release, ProcessEvent::Done(id));
        }
    }

    fn app_runs(&mut self, replica: u32, pod: PodId, id: ContainerId) {
        let container = self.kubernetes().app_container(pod).expect("it is the app's that runs");
        let (request, limit) = (container.cpu_request, container.cpu_limit);
        let limit = self.kubernetes().fargate.limit(pod, limit);
        self.unit_runs(replica, id, request, limit);
    }

    /// The app in a pod answers from now on.
    pub(in crate::world) fn tell_that_pod_answers(&mut self, pod: PodId) {
        let Some((_, container)) = self.kubernetes().app_of(pod) else { return };
        self.with_control(|control, around| control.answers(pod, container, true, around));
    }

    /// Requests come to a pod from now on.
    pub(super) fn pod_routed(&mut self, pod: PodId, uid: u32) {
        let Some(replica) = self.kubernetes().replica_of(pod) else { return };
        self.kubernetes_mut().routed.insert(uid, replica);
        self.unit_routed(replica);
        self.routes_changed(replica);
    }

    /// Requests come to a pod only where no other is ready.
    pub(super) fn pod_leaves(&mut self, uid: u32) {
        let Some(&replica) = self.kubernetes().routed.get(&uid) else { return };
        if let Some(server) = self.replicas.all[replica as usize].service {
            let now = self.now();
            self.services.leave(server, now);
            self.routes_changed(replica);
        }
    }

    /// No new requests come to a pod from now on.
    pub(super) fn pod_unrouted(&mut self, uid: u32) {
        if let Some(replica) = self.kubernetes_mut().routed.remove(&uid) {
            let app = self.replicas.all[replica as usize].app();
            match self.is_target(uid) {
                true => self.unit_leaves_router(replica),
                false => self.unit_unrouted(replica),
            }
            self.routes_of_app_changed(app);
        }
    }

    /// A container was told to stop.
    pub(super) fn container_stops(&mut self, pod: PodId, container: u32) {
        let kubernetes = self.kubernetes();
        let Some(id) = kubernetes.control.container(pod, container) else { return };
        let app = kubernetes.app_of(pod).filter(|(_, at)| *at == container);
        let replica = app.and_then(|_| kubernetes.replica_of(pod));
        if let Some((app, _)) = app {
            self.balanced_pod_stops(pod, app);
        }
        self.unit_stops(id, replica);
    }

    /// The container of the app in a pod, while there is one.
    pub(in crate::world) fn container_of_pod(&self, pod: PodId) -> Option<ContainerId> {
        let (_, container) = self.kubernetes().app_of(pod)?;
        self.kubernetes().control.container(pod, container)
    }

    /// The version of its workload that a pod is of.
    pub(in crate::world) fn pod_template(&self, pod: PodId) -> Option<TemplateId> {
        Some(self.kubernetes().control.objects().get_pod(pod)?.template)
    }

    /// What a pod requests of what a metric measures, as the autoscaler counts it; none where a
    /// container does not say.
    pub(in crate::world) fn pod_request(&self, pod: PodId, metric: &Metric) -> Option<Milli> {
        let Metric::Resource { resource, container, .. } = metric else { return None };
        let template = self.kubernetes().control.objects().template(self.pod_template(pod)?);
        request(template.source.spec.as_ref()?, resource, container.as_deref()).ok()
    }

    /// What the app's container in a pod requests.
    pub(in crate::world) fn requests_of_pod(&self, pod: PodId) -> Option<(Millicores, Bytes)> {
        let container = self.kubernetes().app_container(pod)?;
        Some((container.cpu_request, container.memory_request))
    }

    /// How many containers a pod has, besides those that only prepare it.
    pub(in crate::world) fn containers_of_pod(&self, pod: PodId) -> Option<u64> {
        let template = self.kubernetes().control.objects().template(self.pod_template(pod)?);
        Some(template.pod.containers.len() as u64)
    }

    /// A pod as the autoscaler sees it, where the world knows of its replica as much as `seen`.
    pub(in crate::world) fn pod_as_seen(&self, pod: PodId, seen: Pod) -> Pod {
        let Some(known) = self.kubernetes().control.objects().get_pod(pod) else { return seen };
        let ready = match known.ready {
            Some(since) => Some(Ready { status: ReadyStatus::True, since }),
            None => seen.ready.map(|ready| Ready { status: ReadyStatus::False, ..ready }),
        };
        Pod { phase: known.phase, ready, ..seen }
    }

    /// The process of a container is gone.
    pub(super) fn container_ended(&mut self, pod: PodId, container: u32) {
        let kubernetes = self.kubernetes();
        let app = kubernetes.app_of(pod).filter(|(_, at)| *at == container);
        let Some(replica) = app.and_then(|_| kubernetes.replica_of(pod)) else { return };
        self.unit_ended(replica);
    }

    /// A pod is gone.
    pub(super) fn pod_gone(&mut self, pod: PodId) {
        let Some(replica) = self.kubernetes().replica_of(pod) else { return };
        self.kubernetes_mut().set_replica(pod, None);
        self.unit_gone(replica);
        self.balanced_pod_gone(pod);
    }

    /// Handles an event of a process that is not an app's.
    pub(in crate::world) fn on_process(&mut self, event: ProcessEvent) {
        let ProcessEvent::Done(container) = event;
        self.container_exits(container, ExitCode::SUCCESS);
    }
}
