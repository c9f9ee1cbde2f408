//! Addresses of pods on nodes of Amazon EKS: the Amazon VPC CNI plug-in on each Linux node, and for
//! each Windows node the VPC resource controller of the control plane (`windows`).
//!
//! ```text
//!   node joins ──▶ its daemon takes addresses of the subnet, and interfaces as they are needed
//!   sandbox of a pod ──▶ an address that is free ──▶ containers start
//!                   └──▶ none: FailedCreatePodSandBox, and the kubelet tries again
//! ```
//!
//! What the daemon does [`Ipamd`] decides; here its passes are made that may change something, so
//! that nodes on which pods neither come nor go cost nothing. All that is attached is taken from
//! the subnet until the instance has ended. Interfaces take slots of the instance, which its
//! volumes then have not ([`World::interfaces_change`]). Machines without the plug-in, as those of
//! Fargate, connect pods at once.

mod passes;
mod pods;
mod policies;
mod windows;

pub(in crate::world) use policies::policies as check_policies;
pub(super) use policies::{OS, WINDOWS};

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::ec2::catalogue::InstanceType;
use crate::aws::eks::node::pods::PodNetwork;
use crate::aws::eks::vpc_cni::branch::Branches;
use crate::aws::eks::vpc_cni::ipamd::{Asked, Change, Ipamd, Settings, Surroundings};
use crate::aws::eks::vpc_cni::policy::{Policies, RESOURCE};
use crate::aws::eks::vpc_cni::targets::Targets;
use crate::aws::eks::vpc_cni::windows_pool::keeper::Keeper;
use crate::engine::{SimDuration, SimTime, Stream, Streams};
use crate::kubernetes::api::Object;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::machine::HostId;
use crate::scenario::aws::VpcCni;
use crate::scenario::{Cluster, ClusterKind};
use crate::workload::Sampler;
use crate::world::subnets::Address;
use crate::world::{InputError, World};
use policies::Daemons;

/// Something about the addresses of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressEvent {
    /// A pass of the daemon on this machine is due, or a branch has cooled down.
    Pass(u32),
    /// The branch of the pod with this `uid` has been made.
    Branch(u32),
    /// The plug-in on a Windows node waits no longer for the address of the pod with this `uid`.
    GivesUp(u32),
}

/// The plug-in on all nodes.
#[derive(Debug)]
pub(in crate::world) struct Addresses {
    /// By machine.
    nodes: BTreeMap<u32, Node>,
    /// The machine that is on each host.
    machines: BTreeMap<HostId, u32>,
    /// Pods that have an address or wait for one, by `uid`.
    pods: BTreeMap<u32, pods::Seat>,
    /// Nodes whose instances shut down, by their own address.
    ending: BTreeMap<Address, Node>,
    /// Windows nodes whose subnet did not have what they lack.
    starved: BTreeSet<u32>,
    delays: Delays,
    policies: Policies,
    /// Pods that every node has besides those that are simulated.
    daemons: Daemons,
}

/// The plug-in on a node.
#[derive(Debug)]
struct Node {
    one: &'static InstanceType,
    keeps: Keeps,
    /// The subnet of pods, by its place.
    subnet: usize,
    /// The address of the node itself.
    address: Address,
    is_up: bool,
    /// The next pass that may change something.
    pass: Option<SimTime>,
    /// When the pending event is.
    armed: SimTime,
    refused: Option<Refused>,
}

/// Who keeps the addresses of a node.
#[derive(Debug)]
enum Keeps {
    /// The daemon on it; branches where there is a trunk.
    Daemon(Box<Ipamd>, Option<Branches>),
    /// The controller, as it runs Windows.
    Controller(Keeper),
}

/// Why the daemon did not get what it asked for last.
#[derive(Clone, Debug)]
enum Refused {
    /// The subnet has no address.
    Address(String),
    /// The instance has no slot.
    Slot(String),
}

/// How long EC2 takes, and the kubelet until it tries again.
#[derive(Debug)]
struct Delays {
    interface: Sampler,
    addresses: Sampler,
    branch: Sampler,
    retry: Sampler,
    draws: Stream,
}

impl Delays {
    fn sample(&mut self, asked: Asked) -> SimDuration {
        let law = match asked {
            Asked::Interface => &self.interface,
            Asked::Addresses => &self.addresses,
        };
        law.sample(&mut self.draws)
    }
}

/// How pods of a cluster get addresses.
pub(super) fn network(cluster: &Cluster) -> PodNetwork {
    let VpcCni { prefix_delegation, pod_subnets, .. } = &cluster.eks.vpc_cni;
    PodNetwork { has_prefixes: *prefix_delegation, is_custom: !pod_subnets.is_empty() }
}

fn settings(cluster: &Cluster, max_pods: u32) -> Settings {
    let cni = &cluster.eks.vpc_cni;
    Settings {
        network: network(cluster),
        targets: Targets {
            enis: cni.warm_eni_target,
            addresses: cni.warm_ip_target,
            least: cni.minimum_ip_target,
            prefixes: cni.warm_prefix_target,
        },
        max_pods,
        has_branches: cni.pod_eni,
        most_enis: cni.max_eni,
        cooldown: cni.ip_cooldown,
    }
}

impl Addresses {
    /// Of a cluster of EKS, without nodes.
    ///
    /// # Errors
    /// A file of a law or of policies cannot be used.
    pub fn new(
        cluster: &Cluster,
        manifests: &[Object],
        streams: Streams,
    ) -> Result<Option<Box<Self>>, InputError> {
        if cluster.kind != ClusterKind::Eks {
            return Ok(None);
        }
        let cni = &cluster.eks.vpc_cni;
        let delays = Delays {
            interface: Sampler::new(&cni.eni_attach)?,
            addresses: Sampler::new(&cni.ip_assign)?,
            branch: Sampler::new(&cni.branch_eni_attach)?,
            retry: Sampler::new(&cni.sandbox_retry)?,
            draws: streams.named("eks/addresses"),
        };
        Ok(Some(Box::new(Self {
            nodes: BTreeMap::new(),
            machines: BTreeMap::new(),
            pods: BTreeMap::new(),
            ending: BTreeMap::new(),
            starved: BTreeSet::new(),
            delays,
            policies: policies::policies(cluster)?,
            daemons: Daemons::beside(manifests),
        })))
    }
}

impl Node {
    fn new(one: &'static InstanceType, keeps: Keeps, subnet: usize, address: Address) -> Self {
        let (pass, armed, refused, is_up) = (None, SimTime::MAX, None, true);
        Self { one, keeps, subnet, address, is_up, pass, armed, refused }
    }

    /// Keeps why the daemon was refused something, until it gets something.
    fn note(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::NoAddresses(error) => {
                    self.refused = Some(Refused::Address(error.to_string()));
                }
                Change::NoInterface(error) => {
                    self.refused = Some(Refused::Slot(error.to_string()));
                }
                Change::Assigned(..) | Change::Attaching(..) => self.refused = None,
                Change::Attached(_) | Change::GivenBack(_) | Change::Detached(_) => {}
            }
        }
    }
}

impl World<'_> {
    /// The plug-in starts on a machine that joins as a node of so many pods. Gives how many
    /// branches the node offers.
    pub(super) fn plug_in_starts(&mut self, machine: u32, max_pods: u32) -> u32 {
        let (now, host) = (self.now(), self.nodes.all[machine as usize].host);
        let address = self.address_of(machine as usize).expect("an instance has an address");
        let (one, _) = self.instance_of(machine as usize).expect("it is an instance");
        let subnet = self.subnet_of_pods(address.subnet);
        let settings = settings(self.cluster, max_pods);
        let Self { kubernetes, subnets, volumes, .. } = self;
        let addresses = kubernetes.as_mut().and_then(|it| it.addresses.as_deref_mut());
        let Some(Addresses { nodes, machines, delays, .. }) = addresses else { return 0 };
        let mut changes = Vec::new();
        let mut around = Surroundings {
            subnet: &mut subnets.ranges[subnet],
            volumes: &|| volumes.on_host(host),
            delay: &mut |asked| delays.sample(asked),
        };
        let ipamd = Ipamd::start(one, settings, &mut around, now, &mut changes);
        let cooldown = self.cluster.eks.vpc_cni.branch_eni_cooldown;
        let branches = ipamd.has_trunk().then(|| Branches::new(one, cooldown));
        let offered = branches.as_ref().map_or(0, Branches::most);
        let keeps = Keeps::Daemon(Box::new(ipamd), branches);
        let mut node = Node::new(one, keeps, subnet, address);
        node.note(&changes);
        nodes.insert(machine, node);
        machines.insert(host, machine);
        self.passed(machine);
        offered
    }

    /// The subnet that pods on nodes in this one have addresses of.
    fn subnet_of_pods(&self, subnet: usize) -> usize {
        let named = &self.cluster.eks.vpc_cni.pod_subnets;
        let zone = self.subnets.places[subnet].1;
        let pods = self.subnets.places.iter();
        let mut pods = pods.map(|(name, at)| named.contains(name) && *at == zone);
        pods.position(|is_it| is_it).unwrap_or(subnet)
    }

    /// What a node of a group is, that offers so many branches, besides what its instance is.
    pub(super) fn complete_spec(&mut self, spec: &mut NodeSpec, branches: u32) {
        let Some(addresses) = &self.kubernetes().addresses else { return };
        let Daemons { pods, cpu } = addresses.daemons;
        spec.allowed_pods = (spec.allowed_pods - i64::from(pods)).max(0);
        spec.allocatable.milli_cpu = (spec.allocatable.milli_cpu - cpu.0 as i64).max(0);
        if branches > 0 {
            let resource = self.kubernetes_mut().control.resource(RESOURCE);
            spec.allocatable.set(resource, branches.into());
        }
    }

    /// The pods that each node has of which nothing else is simulated.
    pub(super) fn host_daemons(&self) -> Daemons {
        self.kubernetes().addresses.as_ref().map_or(Daemons::default(), |it| it.daemons)
    }

    /// How many branches a node of this type will offer.
    pub(super) fn branches_of(&self, one: &InstanceType) -> u32 {
        let has_branches = self.cluster.eks.vpc_cni.pod_eni;
        one.network.branch_enis.filter(|_| has_branches).unwrap_or(0)
    }

    /// The machine of a node is broken or stopped, or is up again: without pods then.
    pub(super) fn plug_in_is_up(&mut self, machine: u32, is_up: bool) {
        let now = self.now();
        let Some(node) = self.plug_in(machine) else { return };
        node.is_up = is_up;
        if let (Keeps::Daemon(ipamd, _), true) = (&mut node.keeps, is_up) {
            ipamd.restart(now);
        }
        self.await_pass(machine);
    }

    /// A node takes no more pods, or takes them again.
    pub(super) fn plug_in_is_cordoned(&mut self, machine: u32, is_cordoned: bool) {
        let Some(Node { keeps: Keeps::Daemon(ipamd, _), .. }) = self.plug_in(machine) else {
            return;
        };
        ipamd.cordon(is_cordoned);
        self.await_pass(machine);
    }

    /// The instance of a node shuts down: what it has of its subnet is free when it has ended.
    pub(super) fn plug_in_ends(&mut self, machine: u32) {
        let host = self.nodes.all[machine as usize].host;
        let Some(addresses) = &mut self.kubernetes_mut().addresses else { return };
        let Some(node) = addresses.nodes.remove(&machine) else { return };
        addresses.machines.remove(&host);
        addresses.starved.remove(&machine);
        addresses.ending.insert(node.address, node);
    }

    /// An instance with this address has ended: its interfaces have, too.
    pub(in crate::world) fn address_ends(&mut self, address: Address) {
        let kubernetes = self.kubernetes.as_deref_mut();
        let addresses = kubernetes.and_then(|it| it.addresses.as_deref_mut());
        let node = addresses.and_then(|addresses| addresses.ending.remove(&address));
        if let Some(Node { keeps, subnet, .. }) = node {
            let range = &mut self.subnets.ranges[subnet];
            match keeps {
                Keeps::Daemon(ipamd, branches) => {
                    ipamd.end(range);
                    branches.into_iter().for_each(|branches| branches.end(range));
                }
                Keeps::Controller(keeper) => keeper.end(range),
            }
            self.meter_subnet(subnet);
        }
    }

    /// A volume has left the instance on a host.
    pub(in crate::world) fn slot_is_free(&mut self, host: HostId) {
        let kubernetes = self.kubernetes.as_deref_mut();
        let Some(addresses) = kubernetes.and_then(|it| it.addresses.as_deref_mut()) else { return };
        let Some(&machine) = addresses.machines.get(&host) else { return };
        let node = addresses.nodes.get_mut(&machine);
        if let Some(Node { keeps: Keeps::Daemon(ipamd, _), .. }) = node {
            ipamd.slot_is_free();
            self.await_pass(machine);
        }
    }

    fn plug_in(&mut self, machine: u32) -> Option<&mut Node> {
        self.kubernetes_mut().addresses.as_mut()?.nodes.get_mut(&machine)
    }
}
