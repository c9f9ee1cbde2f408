//! Nodes of Amazon EKS: instances of EC2 that join the cluster, and leave it.
//!
//! ```text
//!   operating system up ──join──▶ node, Ready ──drained──▶ its instance ends ──▶ node deleted
//! ```
//!
//! The control plane counts node groups as pools. A node is deleted when its instance ends, as the
//! cloud controller does; one whose machine is broken falls silent, and comes back with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::power::MachineEvent;
use super::{KarpenterPool, Kubernetes, addresses};
use crate::aws::ec2::catalogue::{InstanceType, instance_type};
use crate::aws::eks::karpenter::types::{self, devices};
use crate::aws::eks::node::labels::{Membership, NodeFacts, NodeSystem};
use crate::aws::eks::node::memory::{self, NodeSize};
use crate::aws::eks::node::pods::{KUBELET_DEFAULT, managed_limit};
use crate::aws::eks::node_group::CapacityType;
use crate::aws::eks::windows::{self, WindowsServer};
use crate::engine::{Phase, Stream, Streams};
use crate::kubernetes::control::NewNode;
use crate::kubernetes::kubelet::allocatable::{NodeAmounts, Reserved};
use crate::kubernetes::objects::{NodeId, NodeMemory};
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::resources::Resources;
use crate::machine::paging;
use crate::scenario::aws::{self, NodeGroup};
use crate::scenario::{App, Cluster, ClusterKind};
use crate::units::Bytes;
use crate::workload::Sampler;
use crate::world::one_host::tolerates;
use crate::world::subnets::{zone_id, zone_name};
use crate::world::{InputError, World};

/// Why the node of an instance that is no more is deleted.
pub(super) const GONE: &str = "Deleting node because it does not exist in the cloud provider";

/// The image of managed node groups, of which nothing depends.
const NO_IMAGE: &str = "ami-00000000000000000";

/// Why a node goes that Karpenter has emptied.
const GIVEN_BACK: &str = "its instance was terminated (Karpenter)";

/// What is known of instances as nodes.
#[derive(Debug)]
pub(super) struct Instances {
    /// Counts how often each machine came up or was lost.
    lives: Vec<u32>,
    /// Groups of nodes: the node groups, then those of Karpenter's pools.
    groups: Vec<Arc<NodeGroup>>,
    /// How long nodes of each take to join.
    join: Vec<Sampler>,
    draws: Stream,
    /// Nodes that were named.
    named: u32,
    /// Nodes that are drained because their instances are to end, and their machines.
    leaving: BTreeMap<NodeId, usize>,
}

impl Instances {
    /// None yet.
    ///
    /// # Errors
    /// A file of a law cannot be used.
    pub fn new(
        cluster: &Cluster,
        pools: &[KarpenterPool],
        streams: Streams,
    ) -> Result<Self, InputError> {
        let of_pools = pools.iter().map(|pool| &pool.nodes);
        let groups = cluster.node_groups.iter().chain(of_pools).cloned();
        let groups: Vec<Arc<NodeGroup>> = groups.map(Arc::new).collect();
        let join = groups.iter().map(|group| Sampler::new(&group.joins()));
        Ok(Self {
            lives: Vec::new(),
            join: join.collect::<Result<_, _>>()?,
            groups,
            draws: streams.named("eks/join"),
            named: 0,
            leaving: BTreeMap::new(),
        })
    }

    /// How often a machine came up or was lost.
    pub fn life(&self, machine: usize) -> u32 {
        self.lives.get(machine).copied().unwrap_or(0)
    }

    /// Counts that a machine is up, or is so no more.
    fn next_life(&mut self, machine: usize) -> u32 {
        if self.lives.len() <= machine {
            self.lives.resize(machine + 1, 0);
        }
        self.lives[machine] += 1;
        self.lives[machine]
    }
}

/// What pods may ask for on a node of a group that is an instance of this type.
fn size(one: &InstanceType, group: &NodeGroup, cluster: &Cluster) -> NodeSize {
    let volume = group.root().size;
    if group.is_windows() {
        let reserved = group.reserved_memory.unwrap_or(Bytes(0));
        let eviction = cluster.kubernetes.eviction.windows_memory;
        return windows::node_size(one, volume, reserved, eviction);
    }
    let mut size = memory::linux(one, cluster.eks.kernel_memory, volume);
    if let Some(reserved) = group.reserved_memory {
        let kube = NodeAmounts { memory: reserved, ..one.eks_reserved().kube };
        size.allocatable = Reserved { kube, ..one.eks_reserved() }.allocatable(size.capacity);
    }
    size
}

/// The memory of a node of a group that is an instance of this type. The kubelet of a Linux node
/// begins to evict before its pods use all that is not reserved; that of a Windows node by what the
/// whole node can still commit, page file included, its system and its engine counted.
fn node_memory(one: &InstanceType, group: &NodeGroup, cluster: &Cluster) -> NodeMemory {
    let all = size(one, group, cluster).capacity.memory;
    if !group.is_windows() {
        let kube = group.reserved_memory.unwrap_or(one.eks_reserved().kube.memory);
        return NodeMemory { all, pods: Bytes(all.0.saturating_sub(kube.0)), is_paged: false };
    }
    let file = group.page_file.unwrap_or(paging::page_file(all, group.root().size));
    let own = group.group().system_memory.0 + cluster.engine.memory.0;
    let pods = Bytes((all.0 + file.0).saturating_sub(own));
    NodeMemory { all, pods, is_paged: true }
}

/// Pods that the kubelet of a node of a group takes. That of Windows has its default: there are
/// fewer addresses, which the scheduler counts by themselves. That pods get prefixes is known to
/// those who set up nodes of managed groups, not to `nodeadm` nor to Karpenter (`ENILimitedPods` in
/// pkg/providers/instancetype/types.go of karpenter-provider-aws, whose issue 8210 is about it).
fn max_pods(one: &InstanceType, group: &NodeGroup, cluster: &Cluster) -> u32 {
    let mut network = addresses::network(cluster);
    network.has_prefixes &= group.managed;
    let pods = match group.is_windows() {
        true => KUBELET_DEFAULT,
        false => network.linux_pods(one),
    };
    let pods = group.max_pods.unwrap_or(pods);
    if group.managed { pods.min(managed_limit(one.vcpus)) } else { pods }
}

/// What the scheduler is to know of a node of a group, of this type, name and zone.
pub(super) fn spec(
    group: &NodeGroup,
    one: &InstanceType,
    name: &str,
    zone: u32,
    cluster: &Cluster,
) -> NodeSpec {
    let offered = size(one, group, cluster).allocatable;
    let mut allocatable = Resources::default();
    allocatable.milli_cpu = offered.cpu.0 as i64;
    allocatable.memory = offered.memory.0 as i64;
    allocatable.ephemeral_storage = offered.storage.0 as i64;
    let (zone, zone_id) = (zone_name(cluster, zone), zone_id(cluster, zone));
    let capacity = match group.capacity {
        aws::CapacityType::OnDemand => CapacityType::OnDemand,
        aws::CapacityType::Spot => CapacityType::Spot,
    };
    let facts = NodeFacts {
        name,
        instance: one,
        system: match WindowsServer::of(group.os.version.as_deref()) {
            Some(server) if group.is_windows() => NodeSystem::Windows(server),
            _ => NodeSystem::Linux,
        },
        region: cluster.region.as_deref().unwrap_or("us-east-1"),
        zone: &zone,
        zone_id: &zone_id,
        member: group.managed.then_some(Membership {
            group: &group.name,
            capacity,
            image: NO_IMAGE,
        }),
    };
    let given = facts.labels();
    let given = given.iter().map(|(key, value)| (*key, value.as_str()));
    let own = group.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    NodeSpec {
        name: name.into(),
        labels: given.chain(own).collect(),
        taints: super::machines::taints(&group.taints),
        unschedulable: false,
        allocatable,
        allowed_pods: max_pods(one, group, cluster).into(),
        images: Vec::new(),
    }
}

/// Whether an app selects nodes of a group, at least some of its types or zones.
fn selects(app: &App, group: &NodeGroup, cluster: &Cluster) -> bool {
    let zones = cluster.zones.map_or(1, |zones| zones.count);
    group.instance_types.iter().filter_map(|one| instance_type(one).ok()).any(|one| {
        (0..zones).any(|zone| {
            let labels = spec(group, one, &group.name, zone, cluster).labels;
            let mut selected = app.node_selector.iter();
            selected.all(|(key, value)| labels.get(key) == Some(value))
        })
    })
}

/// Whether pods of an app with a Deployment of its own may be on nodes of a group; of another one
/// it is taken that they may.
pub(in crate::world) fn group_takes(group: &NodeGroup, app: &App, cluster: &Cluster) -> bool {
    app.workload.is_some() || (selects(app, group, cluster) && tolerates(app, &group.taints))
}

/// Whether nodes that an app selects are of node groups with Windows alone.
pub(super) fn selects_windows(app: &App, cluster: &Cluster) -> bool {
    let Cluster { node_groups: groups, karpenter, fargate_profiles, .. } = cluster;
    let others = karpenter.is_some() || !fargate_profiles.is_empty();
    if cluster.kind != ClusterKind::Eks || (others && app.node_selector.is_empty()) {
        return false;
    }
    let mut selected = groups.iter().filter(|group| selects(app, group, cluster)).peekable();
    selected.peek().is_some() && selected.all(NodeGroup::is_windows)
}

impl Kubernetes {
    /// Pods of a node of this group, which is that of a pool of Karpenter.
    fn pods_by_karpenter(&self, one: &InstanceType, group: u16, cluster: &Cluster) -> u32 {
        let pool = &self.pools[usize::from(group) - cluster.node_groups.len()];
        types::pods(one, &pool.class, &pool.market)
    }

    /// The node that a machine is, while it is one.
    pub(super) fn node_of(&self, machine: usize) -> Option<NodeId> {
        self.nodes.get(machine).copied().flatten()
    }

    /// A machine is a node from now on, or is none.
    pub(super) fn set_node(&mut self, machine: usize, node: Option<NodeId>) {
        if self.nodes.len() <= machine {
            self.nodes.resize(machine + 1, None);
        }
        self.nodes[machine] = node;
    }
}

impl World<'_> {
    /// Warns of a cluster that would have no DNS: CoreDNS runs on Linux (Amazon EKS User Guide,
    /// "Deploy Windows nodes on EKS clusters").
    pub(in crate::world) fn warn_without_linux(&mut self) {
        let Cluster { node_groups: groups, karpenter, fargate_profiles, name, .. } = self.cluster;
        // Karpenter and Fargate have Linux
        let others = karpenter.is_some() || !fargate_profiles.is_empty();
        if !others && !groups.is_empty() && groups.iter().all(NodeGroup::is_windows) {
            self.recorder.warn(format!(
                "all nodes of `{name}` run Windows: CoreDNS, without which pods find no service, \
                 needs one with Linux"
            ));
        }
    }

    /// An instance of a node group is `running`: its node is to come.
    pub(in crate::world) fn node_comes(&mut self, machine: usize, group: u16) {
        let now = self.now();
        self.with_control(|control, _| {
            control.machine_asked(machine as u32, u32::from(group), now);
        });
    }

    /// The operating system of an instance is up: its kubelet starts, unless it is a node already,
    /// which is heard of again.
    pub(in crate::world) fn node_instance_up(&mut self, machine: usize, group: u16) {
        let kubernetes = self.kubernetes_mut();
        if let Some(node) = kubernetes.node_of(machine) {
            self.plug_in_is_up(machine as u32, true);
            self.with_control(|control, around| control.node_back(node, around));
            self.driver_starts(machine, node);
            return self.balanced_nodes_answer();
        }
        let instances = &mut kubernetes.instances;
        let delay = instances.join[usize::from(group)].sample(&mut instances.draws);
        let life = instances.next_life(machine);
        let event = MachineEvent::Joins { machine: machine as u32, group, life };
        self.after(delay, Phase::Release, event);
    }

    /// The kubelet of an instance has registered its node, unless the instance is no more.
    pub(super) fn instance_joins(&mut self, machine: u32, group: u16, life: u32) {
        if self.kubernetes_mut().instances.lives[machine as usize] != life {
            return;
        }
        let Some((one, subnet)) = self.instance_of(machine as usize) else { return };
        let zone = self.subnets.places[subnet].1;
        let (cluster, engine) = (self.cluster, self.nodes.all[machine as usize].engine);
        let claim = self.fleet_of_machine(machine as usize).map(|(_, claim)| claim);
        let kubernetes = self.kubernetes_mut();
        let number = claim.unwrap_or(kubernetes.instances.named);
        kubernetes.instances.named += u32::from(claim.is_none());
        let of = Arc::clone(&kubernetes.instances.groups[usize::from(group)]);
        let mut spec = spec(&of, one, &format!("{}-{number}", of.name), zone, cluster);
        if let Some(labels) = claim.and_then(|claim| kubernetes.control.claim_labels(claim)) {
            let given = spec.labels.iter().chain(labels.labels.iter());
            spec.labels = given.collect();
            spec.taints = labels.taints;
        }
        for (name, count) in devices(one) {
            let kind = kubernetes.control.resource(name);
            spec.allocatable.set(kind, count.into());
        }
        if claim.is_some() {
            spec.allowed_pods = kubernetes.pods_by_karpenter(one, group, cluster).into();
        }
        let pods = u32::try_from(spec.allowed_pods).unwrap_or(u32::MAX);
        if of.is_windows() {
            self.controller_starts(machine);
            self.complete_windows_spec(&mut spec, one);
        } else {
            let branches = self.plug_in_starts(machine, pods);
            self.complete_spec(&mut spec, branches);
        }
        let memory = node_memory(one, &of, cluster);
        let new = NewNode { spec, machine, engine, pool: group.into(), zone, memory };
        let node = self.with_control(|control, around| control.join(new, around));
        self.kubernetes_mut().set_node(machine as usize, Some(node));
        if let Some(claim) = claim {
            self.claim_joined(claim, node);
        }
        self.driver_starts(machine as usize, node);
        self.new_nodes_ready(group);
    }

    /// The machine of an instance is broken, or it ends: its node falls silent.
    pub(in crate::world) fn node_instance_lost(&mut self, machine: usize) {
        let kubernetes = self.kubernetes_mut();
        kubernetes.instances.next_life(machine);
        if let Some(node) = kubernetes.node_of(machine) {
            self.plug_in_is_up(machine as u32, false);
            self.with_control(|control, around| control.node_failed(node, around));
        }
        self.balanced_nodes_answer();
    }

    /// An instance is no more: so is its node.
    pub(in crate::world) fn node_instance_gone(&mut self, machine: usize) {
        let kubernetes = self.kubernetes_mut();
        let Some(node) = kubernetes.node_of(machine) else {
            return kubernetes.control.machine_ended(machine as u32);
        };
        kubernetes.set_node(machine, None);
        kubernetes.instances.leaving.remove(&node);
        let is_given_back = kubernetes.control.is_given_back(node);
        let why = if is_given_back { GIVEN_BACK } else { GONE };
        self.plug_in_ends(machine as u32);
        self.with_control(|control, around| control.delete_node(node, why, around));
    }

    /// An instance is about to end: its pods are to leave it.
    pub(in crate::world) fn node_leaves(&mut self, machine: usize) {
        let kubernetes = self.kubernetes_mut();
        let Some(node) = kubernetes.node_of(machine) else { return self.ec2_drained(machine) };
        kubernetes.instances.leaving.insert(node, machine);
        self.with_control(|control, around| control.drain(node, around));
        self.nodes_leave();
    }

    /// Lets instances go whose nodes have no pods left that would have to leave, nor their volumes:
    /// EKS waits for 60 s after a drain, in which these are detached (EKS User Guide, "Understand
    /// each phase of node updates").
    pub(super) fn nodes_leave(&mut self) {
        let Kubernetes { control, instances, .. } = self.kubernetes_mut();
        let empty = |(node, _): &(&NodeId, &usize)| {
            control.is_drained(**node) && control.volumes_on(**node) == 0
        };
        let empty: Vec<(NodeId, usize)> = instances
            .leaving
            .iter()
            .filter(empty)
            .map(|(&node, &machine)| (node, machine))
            .collect();
        for (node, machine) in empty {
            self.kubernetes_mut().instances.leaving.remove(&node);
            self.ec2_drained(machine);
        }
    }

    /// EC2 had no instance for a node group.
    pub(in crate::world) fn node_refused(&mut self, group: u16) {
        self.new_nodes_ready(group);
        // what an update has launched the group tries again, as the autoscaler asked for none of it
        if self.cluster.cluster_autoscaler.is_none() || self.is_updated(group) {
            return;
        }
        let now = self.now();
        self.with_control(|control, _| control.machines_refused(group.into(), 1, now));
        let desired = self.ec2_view(group).desired;
        self.group_set_desired(group, desired.saturating_sub(1));
    }
}
