//! A Kubernetes cluster in motion: objects in, behaviour over time out.
//!
//! [`ControlPlane`] is the component. It owns the API server's objects, the scheduler and what it
//! knows, the controllers and the kubelets of all nodes, and acts on container engines that its
//! caller owns. Calls go down, [`Notice`]s come up: that an app's container runs, is to end or has
//! ended, that a pod is to get requests or no more, that a node is wanted.
//!
//! * `setup`: manifests become objects, and the cluster begins to act.
//! * `scheduling`: the scheduler, as fast as it may bind; [`elsewhere`]: pods that another places;
//!   `named`: those that name their node.
//! * `pods`: how a pod is made, told to go, and gone.
//! * `kubelets`: what a node does with its pods; `refusals`: what keeps it from that.
//! * `network`: how pods come to be connected.
//! * `nodes`: nodes join, fail, come back and leave; `health`: when that is noticed, and what
//!   becomes of their pods; `collector`: pods that nobody else removes.
//! * `pressure`: nodes that run short of memory evict pods and take no more.
//! * `budgets`, `drains`: evictions that ask disruption budgets, and nodes emptied by them.
//! * `claims`: storage of stateful sets; `storage`: volumes that a driver makes and attaches.
//! * `autoscaling`: the Cluster Autoscaler has nodes come and go; `karpenter`: Karpenter does.
//! * `routes`: who gets requests, after the time it takes for all to know.
//! * `gates`: pods that are ready only when somebody else finds so.
//! * `workloads` and below: what each controller does to its objects, by the decisions of
//!   [`controllers`](super::controllers).
//! * [`limiter`]: how many calls a client may make to the API server.
//! * [`log`]: what happened, and why.
//!
//! The API server answers at once, and everyone sees a change in the instant in which it is made:
//! on a healthy cluster that takes milliseconds, which nothing here resolves. What takes longer by
//! design is modelled where it happens.

mod autoscaling;
mod budgets;
mod claims;
mod collector;
mod drains;
pub mod elsewhere;
mod gates;
mod health;
mod karpenter;
mod kubelets;
pub mod limiter;
pub mod log;
mod named;
mod network;
mod nodes;
mod notice;
mod pods;
mod pressure;
mod refusals;
mod routes;
mod scheduling;
mod setup;
mod storage;
#[cfg(test)]
mod tests;
mod updates;
mod workloads;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::StorageClass;

use super::objects::{NodeId, Objects, PodId, WorkloadId};
use super::scheduler::cluster::Cluster;
use super::scheduler::driver::Scheduler;
use super::scheduler::profile::Profile;
use super::scheduler::queue::Settings;
use super::scheduler::ties::TieBreak;
use crate::docker::{ContainerEvent, Context, Engines, Owners};
use crate::engine::{Phase, Schedule, SimDuration, SimTime, Tag};
use crate::metrics::events::EventLog;
use crate::units::Bytes;
use limiter::{Limiter, Limits};
use log::{Log, TextId};

pub use autoscaling::ScalingCounts;
pub use budgets::NotEvicted;
pub use karpenter::{ClaimLabels, KarpenterCounts, KarpenterEvent, KarpenterSettings, Launched};
pub use nodes::NewNode;
pub use notice::Notice;
pub use setup::Rejected;
pub use storage::{Driver, Order, VolumeCounts, VolumeId};
pub use updates::EXCLUDED;
pub use workloads::Controller;

/// Something that the cluster does later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlEvent {
    /// The scheduler looks for places.
    Schedule,
    /// A controller looks at one of its workloads.
    Sync(WorkloadId),
    /// A controller may make its next call.
    Calls(Controller),
    /// A node does something with a pod.
    Kubelet(Tag),
    /// All nodes know whether the pod of this `uid` is to get requests.
    Route(u32),
    /// The node lifecycle controller looks at nodes.
    Look,
    /// The garbage collector looks at pods.
    Collect,
    /// The next node of a zone is tainted.
    Taint(u32),
    /// A pod leaves a node that is not heard of.
    Evict(Tag),
    /// A pod is asked again to leave a node that is drained.
    Drain(Tag),
    /// The Cluster Autoscaler looks at the cluster.
    Scan,
    /// The removal of a node goes on.
    Removal(NodeId),
    /// Karpenter does something.
    Karpenter(KarpenterEvent),
    /// The provisioner tries again to make volumes.
    Provision,
    /// A kubelet looks at the memory and the disk of its node.
    Pressure(NodeId),
    /// A kubelet writes whether its node is under pressure.
    Condition(NodeId),
    /// Whoever has to do with a volume looks at it.
    Volume(VolumeId),
    /// A kubelet mounts the volumes of a pod.
    Mount(Tag),
}

/// What the cluster needs of everything else.
#[expect(missing_debug_implementations, reason = "it borrows a function")]
pub struct Around<'w, S> {
    /// Engines of all machines.
    pub engines: &'w mut Engines,
    /// What they need: the calendar and the network.
    pub docker: Context<'w, S>,
    /// For what the cluster tells.
    pub notices: &'w mut Vec<Notice>,
    /// How the engines are told whose a container is.
    pub owner: Owners,
    /// Draws how long the next container takes from an unpacked image to a running process.
    pub container_start: &'w mut dyn FnMut() -> SimDuration,
    /// What the requests that the app of a pod holds add to its memory.
    pub requests_memory: &'w dyn Fn(PodId) -> Bytes,
    /// What the process in this container of a pod writes into it, in bytes per second.
    pub writes: &'w dyn Fn(&Objects, PodId, u32) -> u64,
}

impl<S: Schedule<ControlEvent> + Schedule<ContainerEvent>> Around<'_, S> {
    fn now(&self) -> SimTime {
        Schedule::<ControlEvent>::now(self.docker.calendar)
    }

    fn at(&mut self, time: SimTime, phase: Phase, event: ControlEvent) {
        self.docker.calendar.at(time, phase, event);
    }
}

/// A Kubernetes cluster; see the [module documentation](self).
#[derive(Debug)]
pub struct ControlPlane {
    objects: Objects,
    cluster: Cluster,
    scheduler: Scheduler,
    /// When the scheduler runs next.
    scheduling: Option<SimTime>,
    /// What the scheduler may send.
    binds: Limiter,
    /// What each controller may send.
    calls: workloads::Calls,
    /// Pods by the numbers the scheduler knows them by.
    of_scheduled: Vec<PodId>,
    /// The pods that the scheduler found no place for, and why.
    unplaced: BTreeMap<PodId, TextId>,
    elsewhere: elsewhere::Elsewhere,
    /// Pods that name a node which is not there yet.
    named: BTreeSet<PodId>,
    /// Workloads that their controllers are to look at.
    queue: VecDeque<WorkloadId>,
    queued: Vec<bool>,
    /// By workload: when its controller looks at it next by itself, where that is to come.
    looks: Vec<SimTime>,
    /// What users wrote, where it is needed again.
    deployments: BTreeMap<WorkloadId, Deployment>,
    stateful_sets: BTreeMap<WorkloadId, StatefulSet>,
    daemon_sets: BTreeMap<WorkloadId, DaemonSet>,
    storage_classes: Vec<StorageClass>,
    classes: Vec<PriorityClass>,
    /// Counts the pods without a controller.
    bare: u32,
    kubelets: kubelets::Kubelets,
    routes: routes::Routes,
    gates: gates::Gates,
    health: health::Health,
    pressures: pressure::Pressures,
    collector: collector::Collector,
    claims: claims::Claims,
    budgets: budgets::Budgets,
    drains: drains::Drains,
    storage: storage::Storage,
    /// The Cluster Autoscaler, if there is one.
    scaling: Option<Box<autoscaling::NodeScaling>>,
    /// Karpenter, if there is one.
    karpenter: Option<Box<karpenter::Karpenter>>,
    limits: Limits,
    /// Whether nobody can reach the API server.
    paused: bool,
    /// What was to happen meanwhile.
    postponed: Vec<ControlEvent>,
    log: Log,
}

impl ControlPlane {
    /// A cluster without nodes and objects.
    pub fn new(profile: Profile, settings: Settings, ties: TieBreak, limits: Limits) -> Self {
        Self {
            objects: Objects::default(),
            cluster: Cluster::new(),
            scheduler: Scheduler::new(profile, settings, ties),
            scheduling: None,
            binds: Limiter::new(limits.scheduler),
            calls: workloads::Calls::new(limits.controller),
            of_scheduled: Vec::new(),
            unplaced: BTreeMap::new(),
            elsewhere: elsewhere::Elsewhere::default(),
            named: BTreeSet::new(),
            queue: VecDeque::new(),
            queued: Vec::new(),
            looks: Vec::new(),
            deployments: BTreeMap::new(),
            stateful_sets: BTreeMap::new(),
            daemon_sets: BTreeMap::new(),
            storage_classes: Vec::new(),
            classes: Vec::new(),
            bare: 0,
            kubelets: kubelets::Kubelets::default(),
            routes: routes::Routes::default(),
            gates: gates::Gates::default(),
            health: health::Health::new(limits.node_monitor_grace),
            pressures: pressure::Pressures::default(),
            collector: collector::Collector::default(),
            claims: claims::Claims::default(),
            budgets: budgets::Budgets::default(),
            drains: drains::Drains::default(),
            storage: storage::Storage::default(),
            scaling: None,
            karpenter: None,
            limits,
            paused: false,
            postponed: Vec::new(),
            log: Log::default(),
        }
    }

    /// Its objects.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// What happened in it.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// What happened in it, for reports; its own log is empty from now on.
    ///
    /// `pools` are the names of its pools of nodes.
    pub fn take_events(&mut self, pools: &[&str]) -> EventLog {
        std::mem::take(&mut self.log).into_events(&self.objects, pools)
    }

    /// Keeps no log.
    pub fn without_log(mut self) -> Self {
        self.log.discard();
        self
    }

    /// What the scheduler knows.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Handles an event of its own.
    pub fn on<S>(&mut self, event: ControlEvent, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let local = matches!(event, ControlEvent::Kubelet(_) | ControlEvent::Pressure(_));
        if self.paused && !local {
            self.postponed.push(event);
            return;
        }
        match event {
            ControlEvent::Schedule => self.schedule(around),
            ControlEvent::Sync(workload) => self.touch(Some(workload)),
            ControlEvent::Calls(controller) => self.continue_calls(controller, around),
            ControlEvent::Kubelet(tag) => {
                if let Some(pod) = self.objects.tagged(tag) {
                    self.kubelet_wakes(pod, around);
                }
            }
            ControlEvent::Route(uid) => self.route(uid, around),
            ControlEvent::Look => self.look(around),
            ControlEvent::Collect => self.collect(around),
            ControlEvent::Taint(zone) => self.taint_next(zone, around),
            ControlEvent::Evict(tag) => {
                if let Some(pod) = self.objects.tagged(tag) {
                    self.evict(pod, around);
                }
            }
            ControlEvent::Drain(tag) => self.drain_again(tag, around),
            ControlEvent::Scan => self.scan(around),
            ControlEvent::Removal(node) => self.continue_removal(node, around),
            ControlEvent::Karpenter(event) => self.on_karpenter(event, around),
            ControlEvent::Provision => self.provision_again(around),
            ControlEvent::Pressure(node) => self.look_at_pressure(node, around),
            ControlEvent::Condition(node) => self.write_condition(node, around),
            ControlEvent::Volume(volume) => self.reconcile(volume, around),
            ControlEvent::Mount(tag) => {
                if let Some(pod) = self.objects.tagged(tag) {
                    self.mount(pod, around);
                }
            }
        }
        self.settle(around);
    }

    /// Has the controllers look at all that changed, until nothing does any more.
    pub(super) fn settle<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.paused {
            return;
        }
        while let Some(workload) = self.queue.pop_front() {
            self.queued[workload.index()] = false;
            if !self.objects.workload(workload).gone {
                self.sync(workload, around);
            }
        }
    }

    /// The API server cannot be reached, or can be again: nothing is decided meanwhile, and what
    /// runs goes on running.
    pub fn pause<S>(&mut self, paused: bool, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.paused = paused;
        if !paused {
            for event in std::mem::take(&mut self.postponed) {
                self.on(event, around);
            }
            self.settle(around);
            self.schedule_soon(around);
        }
    }
}
