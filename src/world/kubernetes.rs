//! A Kubernetes cluster in the world: its control plane among the machines, engines and apps.
//!
//! The control plane decides what runs where; here its nodes are the machines of the world, and the
//! processes in its containers those of apps: an app's own container has a process on the CPU of
//! its host and a server that answers requests, every other one is there and waits.

mod addresses;
mod apps;
mod balancing;
mod bindings;
mod fargate;
mod images;
mod instances;
mod jobs;
mod karpenter;
mod machines;
mod memory;
mod node_scaling;
mod power;
mod processes;
mod roles;
mod rollouts;
mod services;
mod storage;
mod updates;

use std::collections::BTreeMap;

use super::inbox::put_back;
use super::{Event, Owner, World};
use crate::docker::{ContainerNotice, Context, Owners};
use crate::engine::{Calendar, Stream, Streams};
use crate::kubernetes::api::Object;
use crate::kubernetes::control::limiter::{Limits, Rate};
use crate::kubernetes::control::{Around, ControlEvent, ControlPlane, Notice, ScalingCounts};
use crate::kubernetes::kubelet::eviction::Amount;
use crate::kubernetes::objects::{NodeId, WorkloadId};
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::queue::Settings;
use crate::kubernetes::scheduler::ties::TieBreak;
use crate::metrics::events::EventLog;
use crate::metrics::starts::Phase as Start;
use crate::scenario::{Cluster, KubernetesOptions};
use crate::units::Bytes;
use crate::workload::{AppId, Sampler};
use crate::world::InputError;
pub use addresses::AddressEvent;
pub(super) use addresses::{Addresses, check_policies};
pub(super) use apps::manifests;
pub use balancing::BalancingEvent;
pub(super) use balancing::{Fronts, fronts};
pub(super) use bindings::{Binding, bind, bound};
pub use fargate::FargateEvent;
pub(super) use fargate::is_on_fargate;
pub(super) use images::names as image_names;
pub(super) use instances::group_takes;
pub(super) use karpenter::pools::{KarpenterPool, fleets};
pub use power::MachineEvent;
pub use processes::ProcessEvent;
pub use updates::UpdateEvent;

/// A Kubernetes cluster, and what of it is what in the world.
pub(super) struct Kubernetes {
    control: ControlPlane,
    /// Whose pool each machine is of.
    places: Vec<machines::Place>,
    /// Objects of users, until they are applied.
    manifests: Vec<Object>,
    /// The node that each machine is, while it is one.
    nodes: Vec<Option<NodeId>>,
    power: power::Power,
    /// Nodes that are instances of EC2.
    instances: instances::Instances,
    /// Node groups that are being updated.
    updates: updates::Updates,
    /// The EBS CSI driver on them.
    csi: storage::CsiDriver,
    /// The pools of Karpenter.
    pools: Vec<KarpenterPool>,
    /// How long startup taints of its nodes stay.
    startup: Option<Sampler>,
    startups: Stream,
    /// Pods of jobs of a table.
    jobs: jobs::JobPods,
    /// Pods on Fargate.
    fargate: fargate::Fargate,
    /// Addresses of pods, on EKS.
    addresses: Option<Box<Addresses>>,
    /// What puts load balancers in front of pods, where there are some.
    balancing: Option<balancing::Balancing>,
    /// What each app is here.
    bindings: Vec<Binding>,
    /// The apps that are the pods of these workloads.
    apps: BTreeMap<WorkloadId, AppId>,
    /// The workload of each app.
    workloads: Vec<Option<WorkloadId>>,
    /// Of pods that are an app's, by their number: the replica.
    replicas: Vec<Option<u32>>,
    /// Pods whose requests come to these replicas, by `uid`.
    routed: BTreeMap<u32, u32>,
    start: Sampler,
    starts: Stream,
    lasting: processes::Lasting,
    notices: Vec<Notice>,
}

impl Kubernetes {
    /// The cluster of a scenario, if it is one of Kubernetes.
    pub fn new(
        cluster: &Cluster,
        manifests: Vec<Object>,
        bindings: Vec<Binding>,
        pools: Vec<KarpenterPool>,
        fronts: Option<Fronts>,
        streams: Streams,
    ) -> Result<Option<Box<Self>>, InputError> {
        if !cluster.kind.is_kubernetes() {
            return Ok(None);
        }
        let places = machines::places(cluster);
        let limits = limits(&cluster.kubernetes);
        let control =
            ControlPlane::new(Profile::default(), Settings::default(), TieBreak::Heap, limits);
        let control = storage::with_driver(control, cluster);
        let startup = cluster.karpenter.as_ref().map(|karpenter| &karpenter.startup);
        let told = cluster.kubernetes.events;
        let eviction = memory::settings(&cluster.kubernetes.eviction);
        let windows =
            eviction.on_windows(Amount::Bytes(cluster.kubernetes.eviction.windows_memory));
        let control = control.with_eviction(eviction, windows);
        let control = if told { control } else { control.without_log() };
        let fargate = fargate::Fargate::new(cluster, bindings.len(), streams)?;
        let control = match fargate.webhook() {
            Some(webhook) => control.with_webhook(webhook),
            None => control,
        };
        let addresses = Addresses::new(cluster, &manifests, streams)?;
        let control = if addresses.is_some() { control.with_network() } else { control };
        Ok(Some(Box::new(Self {
            control,
            nodes: vec![None; places.len()],
            power: power::Power::new(places.len(), cluster.host_count() as usize, streams),
            instances: instances::Instances::new(cluster, &pools, streams)?,
            updates: updates::Updates::default(),
            csi: storage::CsiDriver::new(cluster, streams)?,
            pools,
            startup: startup.map(Sampler::new).transpose()?,
            startups: streams.named("eks/startup"),
            jobs: jobs::JobPods::default(),
            fargate,
            addresses,
            balancing: fronts.map(|fronts| balancing::Balancing::new(fronts, cluster)),
            places,
            manifests,
            apps: BTreeMap::new(),
            workloads: vec![None; bindings.len()],
            bindings,
            replicas: Vec::new(),
            routed: BTreeMap::new(),
            start: Sampler::new(&cluster.engine.start)?,
            starts: streams.named("kubernetes/container"),
            lasting: processes::Lasting::new(&cluster.kubernetes, streams)?,
            notices: Vec::new(),
        })))
    }
}

fn limits(options: &KubernetesOptions) -> Limits {
    Limits {
        controller: Rate { qps: options.controller_qps, burst: options.controller_burst },
        scheduler: Rate { qps: options.scheduler_qps, burst: options.scheduler_burst },
        endpoint_delay: options.endpoint_delay,
        node_monitor_grace: options.node_monitor_grace,
        epoch: options.epoch.unix(),
    }
}

/// How engines are told whose a container of a pod is.
const OWNERS: Owners = Owners {
    token: |number| Owner::Unit(number).token(),
    of: |token| match Owner::of(token) {
        Owner::Unit(number) => number,
        _ => unreachable!("the token of a pod's container"),
    },
};

impl World<'_> {
    /// Lets `act` work on the control plane, and sees to what that changed in the network.
    pub(super) fn with_control<R>(
        &mut self,
        act: impl FnOnce(&mut ControlPlane, &mut Around<'_, Calendar<Event>>) -> R,
    ) -> R {
        let kubernetes = self.kubernetes.as_deref_mut().expect("the cluster is one of Kubernetes");
        let Kubernetes {
            control, start, starts, notices, replicas, apps: owners, bindings, ..
        } = kubernetes;
        let (all, services, apps) = (&self.replicas, &self.services, &self.scenario.apps);
        let mut around = Around {
            engines: &mut self.engines,
            docker: Context {
                calendar: &mut self.calendar,
                network: &mut self.network,
                notices: &mut self.inbox.containers,
            },
            notices,
            owner: OWNERS,
            container_start: &mut || start.sample(starts),
            requests_memory: &|pod| {
                let replica = replicas.get(pod.index()).copied().flatten();
                replica.map_or(Bytes(0), |replica| all.requests_memory(replica, services, apps))
            },
            writes: &|objects, pod, container| {
                let app = processes::app_of(objects, owners, bindings, pod);
                let own = app.filter(|(_, own)| *own == container);
                own.map_or(0, |(app, _)| apps[app.0 as usize].writes.0 as u64)
            },
        };
        let result = act(control, &mut around);
        self.count_nodes();
        self.network_changed();
        result
    }

    /// Takes note of how many nodes and pods there are.
    fn count_nodes(&mut self) {
        let (now, kubernetes) = (self.now(), self.kubernetes.as_deref());
        let kubernetes = kubernetes.expect("the cluster is one of Kubernetes");
        self.recorder.nodes_and_pods(now, &kubernetes.control, kubernetes.fargate.nodes());
    }

    /// Has the kubelets know of disks that are short.
    pub(super) fn deliver_low_disks(&mut self) {
        for engine in self.engines.take_low_disks() {
            self.with_control(|control, around| control.disk_is_short(engine, around));
        }
    }

    /// What happened in the cluster; it is told once.
    pub(super) fn take_events(&mut self) -> EventLog {
        let pools = self.cluster.node_pools.iter().map(|it| it.name.as_str());
        let groups = self.cluster.node_groups.iter().map(|it| it.name.as_str());
        let pools: Vec<&str> = pools.chain(groups).collect();
        match (self.kubernetes.as_deref_mut(), self.ecs.is_some()) {
            (Some(kubernetes), _) => kubernetes.control.take_events(&pools),
            (None, true) => self.take_ecs_events(),
            (None, false) => EventLog::default(),
        }
    }

    /// What the Cluster Autoscaler has decided so far, if there is one.
    pub(super) fn scaling_counts(&self) -> Option<ScalingCounts> {
        self.kubernetes.as_ref()?.control.scaling_counts()
    }

    /// Handles an event of the control plane.
    pub(super) fn on_control(&mut self, event: ControlEvent) {
        self.with_control(|control, around| control.on(event, around));
    }

    /// An engine tells of a container of a pod.
    pub(super) fn on_pod_container(&mut self, number: u32, notice: ContainerNotice) {
        self.with_control(|control, around| control.container_told(number, notice, around));
    }

    /// Whether the control plane has told something that nobody has dealt with yet.
    pub(super) fn has_control_notices(&self) -> bool {
        self.kubernetes.as_ref().is_some_and(|kubernetes| !kubernetes.notices.is_empty())
            || self.has_ecs_notices()
    }

    /// Hands on what the control plane tells.
    pub(super) fn deliver_control_notices(&mut self) {
        let Some(kubernetes) = &mut self.kubernetes else { return };
        let mut notices = std::mem::take(&mut kubernetes.notices);
        for notice in notices.drain(..) {
            match notice {
                Notice::Created(pod) => self.pod_created(pod),
                Notice::Reserved(pod) => self.pod_passes(pod, &[Start::Place, Start::Machine]),
                Notice::Bound(pod) => self.pod_bound(pod),
                Notice::Connect(pod) => self.pod_connects(pod),
                Notice::Disconnected { uid } => self.pod_is_disconnected(uid),
                Notice::Mounted(pod) => self.pod_passes(pod, &[Start::Attach]),
                Notice::Runs { pod, container } => self.container_runs(pod, container),
                Notice::Stops { pod, container } => self.container_stops(pod, container),
                Notice::Ended { pod, container } => self.container_ended(pod, container),
                Notice::Routed { pod, uid } => self.pod_routed(pod, uid),
                Notice::Leaving { uid } => self.pod_leaves(uid),
                Notice::Unrouted { uid } => self.pod_unrouted(uid),
                Notice::NodesChanged => {
                    self.capacity_changed();
                    self.fargate_nodes_missed();
                    self.balanced_nodes_changed();
                }
                Notice::Cordoned { machine, cordoned } => {
                    self.plug_in_is_cordoned(machine, cordoned);
                }
                Notice::EndpointsChanged(pod) => self.endpoints_changed(pod),
                Notice::Completed(pod) => self.pod_completed(pod),
                Notice::Gone(pod) => {
                    self.pod_gone(pod);
                    self.job_pod_gone(pod);
                    self.fargate_pod_gone(pod);
                    self.kubernetes_mut().control.forgotten(pod);
                    self.nodes_leave();
                    self.updated_nodes_empty();
                }
                Notice::NodesWanted { pool, nodes } => self.nodes_wanted(pool, nodes),
                Notice::ClaimMade { claim } => self.claim_made(claim),
                Notice::ClaimUnneeded { claim, pool } => self.claim_unneeded(claim, pool),
                Notice::Evicted { pod, resource } => {
                    let app = self.kubernetes().app_of(pod).map(|(app, _)| app);
                    self.recorder.eviction(app, resource);
                }
                Notice::PressureRelieved { machine } => self.watch_node(machine),
                Notice::MachineGivenUp { machine } => self.machine_given_up(machine),
                Notice::NodeUnneeded { node, machine } => self.node_unneeded(node, machine),
                Notice::VolumeWanted { volume } => self.volume_wanted(volume),
                Notice::VolumeAttach { volume, machine } => {
                    self.attach_claimed(volume, machine as usize);
                }
                Notice::VolumeDetach { volume } => self.detach_claimed(volume),
                Notice::VolumeUnwanted { volume } => self.delete_claimed(volume),
            }
        }
        put_back(notices, &mut self.kubernetes_mut().notices);
    }
}
