//! `[[cluster]]`: a platform on hosts of its own.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aws::{
    AutoScalingGroup, CapacityProvider, EbsOptions, EcsOptions, EksOptions, FargateProfile,
    Karpenter, LoadBalancer, NodeGroup, PodIdentityAssociation, Role, RunTasks, Subnet,
    TargetGroup,
};
use super::security_group::PrefixList;
use super::{
    ClusterAutoscaler, EngineOptions, Guest, Identity, KubernetesOptions, MigrationOptions,
    NodePool, PullClient, Replay, SecurityGroup, VmMemory, VmShape,
};
use crate::engine::SimDuration;
use crate::units::{Bandwidth, Bytes, Fraction};

/// `[[cluster]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Name, unique among clusters.
    pub name: String,
    /// Which system runs it.
    pub kind: ClusterKind,
    /// Its machines. Required for `docker` and `hypervisor`; node pools of `kubernetes` say that
    /// themselves. `ecs`: the hosts that its instances are VMs on, in turn in its zones. A launch
    /// that finds no room on those of its zone is refused with InsufficientInstanceCapacity.
    /// Default there: EC2 has as many instances as are asked for.
    pub hosts: Option<HostPool>,
    /// `kubernetes`: its nodes; at least one pool.
    #[serde(default, rename = "node_pool")]
    pub node_pools: Vec<NodePool>,
    /// `kubernetes`: options of its control plane.
    #[serde(default)]
    pub kubernetes: KubernetesOptions,
    /// `kubernetes`: what adds and removes nodes of its pools. Default: nothing does.
    pub cluster_autoscaler: Option<ClusterAutoscaler>,
    /// `ecs`: what runs on it, and how it is set up.
    #[serde(default)]
    pub ecs: EcsOptions,
    /// How long volumes of Amazon EBS take to come and go.
    #[serde(default)]
    pub ebs: EbsOptions,
    /// `ecs`: its capacity providers. Default: one for each Auto Scaling group, of its name.
    #[serde(default, rename = "capacity_provider", skip_serializing_if = "Vec::is_empty")]
    pub capacity_providers: Vec<CapacityProvider>,
    /// `ecs`: groups of instances. Default: none; tasks run on Fargate.
    #[serde(default, rename = "auto_scaling_group", skip_serializing_if = "Vec::is_empty")]
    pub auto_scaling_groups: Vec<AutoScalingGroup>,
    /// `eks`: how it is set up.
    #[serde(default)]
    pub eks: EksOptions,
    /// `eks`: nodes that Karpenter launches. Default: none.
    pub karpenter: Option<Karpenter>,
    /// `eks`: its node groups; at least one where nothing else gives it nodes.
    #[serde(default, rename = "node_group", skip_serializing_if = "Vec::is_empty")]
    pub node_groups: Vec<NodeGroup>,
    /// `eks`: pods that run on Fargate. Default: none.
    #[serde(default, rename = "fargate_profile", skip_serializing_if = "Vec::is_empty")]
    pub fargate_profiles: Vec<FargateProfile>,
    /// `ecs`: standalone tasks of documents. A `[[job]]` is such tasks without a document.
    #[serde(default, rename = "run_task", skip_serializing_if = "Vec::is_empty")]
    pub run_tasks: Vec<RunTasks>,
    /// `ecs`: its subnets. Default: one of 4,091 addresses in each zone, `subnet-0`, `subnet-1`, ….
    #[serde(default, rename = "subnet", skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<Subnet>,
    /// `ecs`: load balancers. Default: for each app that gets requests an Application Load Balancer
    /// of its own. `eks`: those that its AWS Load Balancer Controller makes, beside those of
    /// manifests. Default there: none, requests come to pods directly.
    #[serde(default, rename = "load_balancer", skip_serializing_if = "Vec::is_empty")]
    pub load_balancers: Vec<LoadBalancer>,
    /// `ecs`, `eks`: target groups of the load balancers.
    #[serde(default, rename = "target_group", skip_serializing_if = "Vec::is_empty")]
    pub target_groups: Vec<TargetGroup>,
    /// `ecs`: security groups. Where a load balancer, tasks or instances have some, only what a
    /// rule lets through comes through: requests to load balancers on port 80, from outside from
    /// an address that no narrower rule than 0.0.0.0/0 means; those of load balancers to tasks on
    /// the port of their container, or the port of the instance that it is mapped to, any from
    /// 32768 to 60999 where ECS chooses it; those of tasks and instances to registries and
    /// endpoints of AWS, on port 443 of 0.0.0.0/0. What has none lets all through.
    #[serde(default, rename = "security_group", skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<SecurityGroup>,
    /// `ecs`: a file with more security groups, relative to the scenario, as `aws ec2
    /// describe-security-groups` prints it. Interfaces and rules name them by ID, or by a name that
    /// only one has. Default: none.
    pub security_groups_file: Option<PathBuf>,
    /// `ecs`: lists of addresses that rules of security groups name.
    #[serde(default, rename = "prefix_list", skip_serializing_if = "Vec::is_empty")]
    pub prefix_lists: Vec<PrefixList>,
    /// `ecs`, `eks`: roles of IAM.
    #[serde(default, rename = "role", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// `eks`: roles of service accounts.
    #[serde(default, rename = "pod_identity_association", skip_serializing_if = "Vec::is_empty")]
    pub pod_identity_associations: Vec<PodIdentityAssociation>,
    /// VMs between the hosts and the apps. `hypervisor`: required where there are apps; one VM per
    /// replica. `docker`: engines run in VMs instead of on the hosts.
    pub vm: Option<VmShape>,
    /// AWS region it is in, such as `us-east-1`, or `internet` where it is in none: registries of
    /// kind `ecr` are paid for what they send there from another. Default: not known, all
    /// transfers are free.
    pub region: Option<String>,
    /// Zones that the hosts are spread over in turn, each behind a link of its own that all pulls
    /// of the zone share. Default: one, whose link bounds nothing.
    pub zones: Option<Zones>,
    /// How replicas and VMs are placed. Default first-fit.
    #[serde(default)]
    pub placement: PlacementPolicy,
    /// `placement`: what is placed, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// How far placement may promise more than there is.
    #[serde(default)]
    pub overcommit: Overcommit,
    /// `ecs` on `hosts`: what virtualisation takes of each instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overhead: Option<Overhead>,
    /// Memory techniques of the hypervisor.
    #[serde(default)]
    pub vm_memory: VmMemory,
    /// Live migration, of which a `drain` makes use, and `resizes` of a `placement` cluster.
    #[serde(default)]
    pub migration: MigrationOptions,
    /// The container engine.
    #[serde(default)]
    pub engine: EngineOptions,
    /// Name of the `[[registry]]` that its engines pull all images from, such as a mirror. Default:
    /// each image's own.
    pub registry: Option<String>,
    /// As whom its engines pull from registries of kind `ecr`, whose policies then decide; on ECS
    /// and EKS the role of the instances. Default: no one in particular, who is denied nothing.
    pub identity: Option<Identity>,
}

/// Which system a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClusterKind {
    /// Containers on Docker engines, on bare metal or in VMs.
    Docker,
    /// One virtual machine per replica, or VMs as the workload.
    Hypervisor,
    /// A Kubernetes cluster: its scheduler, controllers, kubelets and autoscalers.
    Kubernetes,
    /// An Amazon ECS cluster: services and tasks on instances of EC2 or on Fargate.
    Ecs,
    /// An Amazon EKS cluster: Kubernetes on instances of EC2 and on Fargate.
    Eks,
    /// Hosts that items of a table are placed on, and nothing else.
    Placement,
}

impl Cluster {
    /// Whose rules its pulls follow.
    pub fn client(&self) -> PullClient {
        let usual = match self.kind {
            ClusterKind::Kubernetes | ClusterKind::Eks => PullClient::Kubelet,
            ClusterKind::Ecs => PullClient::EcsAgent,
            ClusterKind::Docker | ClusterKind::Hypervisor | ClusterKind::Placement => {
                PullClient::Docker
            }
        };
        self.engine.client.unwrap_or(usual)
    }

    /// Its groups of instances of EC2: those of ECS, or what its node groups are made of.
    pub fn instance_groups(&self) -> Vec<AutoScalingGroup> {
        match self.kind {
            ClusterKind::Eks => self.node_groups.iter().map(NodeGroup::scaling_group).collect(),
            _ => self.auto_scaling_groups.clone(),
        }
    }

    /// Part of the memory of its instances that their kernels do not have.
    pub fn kernel_memory(&self) -> Fraction {
        match self.kind {
            ClusterKind::Eks => self.eks.kernel_memory,
            _ => self.ecs.kernel_memory,
        }
    }

    /// Its container engines, with the client that follows from its kind.
    pub fn engines(&self) -> EngineOptions {
        EngineOptions { client: Some(self.client()), ..self.engine.clone() }
    }
}

impl ClusterKind {
    /// Whether a control plane of its own says where replicas are, and how they start and end.
    pub fn is_orchestrated(self) -> bool {
        matches!(self, Self::Kubernetes | Self::Ecs | Self::Eks)
    }

    /// Whether its control plane is that of Kubernetes.
    pub fn is_kubernetes(self) -> bool {
        matches!(self, Self::Kubernetes | Self::Eks)
    }

    /// Whether its machines are instances of EC2.
    pub fn is_on_ec2(self) -> bool {
        matches!(self, Self::Ecs | Self::Eks)
    }

    /// Whether its replicas are containers.
    pub fn runs_containers(self) -> bool {
        self != Self::Hypervisor
    }
}

/// A cluster's hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostPool {
    /// Name of a `[[host]]`.
    pub shape: String,
    /// How many. Default 1.
    #[serde(default = "default_count")]
    pub count: u32,
}

fn default_count() -> u32 {
    1
}

/// How a cluster's network is divided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zones {
    /// How many. Default 1.
    #[serde(default = "default_count")]
    pub count: u32,
    /// Bandwidth between a zone and the registries, such as that of a NAT gateway (100Gbit/s).
    pub uplink: Bandwidth,
    /// What a request and its answer take longer on their way when they go to another zone, both
    /// ways together (0.5ms to 2ms in a region of a cloud). Default 0s; within a zone there is no
    /// such time beside the `network_latency` of guests.
    #[serde(default)]
    pub latency: SimDuration,
}

/// Where the next replica or VM goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlacementPolicy {
    /// The first host with room.
    #[default]
    FirstFit,
    /// The host with the least room left over.
    BestFit,
    /// The host with the most room.
    WorstFit,
    /// First fit from where the last search ended.
    NextFit,
    /// The host whose free resources point most in the direction of the request.
    DotProduct,
    /// The host whose free resources have most nearly the proportions of the request.
    CosineSimilarity,
    /// The host with the least left over by the sum of squares.
    L2Norm,
}

/// Limits of what placement promises, relative to what there is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Overcommit {
    /// vCPUs (or CPU requests) per hardware thread. Default 1.0.
    pub cpu: f64,
    /// Memory promised per memory present. Default 1.0.
    pub memory: f64,
}

impl Default for Overcommit {
    fn default() -> Self {
        Self { cpu: 1.0, memory: 1.0 }
    }
}

/// What virtualisation takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Overhead {
    /// CPU time lost to it. Default 2%, as of the guests of other clusters.
    pub cpu: Fraction,
    /// Memory of the host that it needs for each VM beside the VM's own. Default 130MiB, likewise.
    pub memory: Bytes,
}

impl Default for Overhead {
    fn default() -> Self {
        let Guest { cpu_overhead, hypervisor_memory, .. } = Guest::default();
        Self { cpu: cpu_overhead, memory: hypervisor_memory }
    }
}
