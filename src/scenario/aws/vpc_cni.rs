//! `[cluster.eks.vpc_cni]`: how pods of an Amazon EKS cluster get their addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::scenario::Law;

/// `[cluster.eks.vpc_cni]`: the Amazon VPC CNI plug-in, whose pods have addresses of the subnets of
/// their nodes. Defaults are those of the plug-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VpcCni {
    /// Network interfaces that a node keeps attached for pods to come (`WARM_ENI_TARGET`), unless
    /// it counts by addresses or has prefixes. Default 1.
    pub warm_eni_target: u32,
    /// Addresses that a node keeps for pods to come (`WARM_IP_TARGET`). Default: 0, which is none;
    /// it counts by interfaces, or by prefixes.
    pub warm_ip_target: u32,
    /// Addresses that a node has at least, those of its pods included (`MINIMUM_IP_TARGET`).
    /// Default: 0, which is none.
    pub minimum_ip_target: u32,
    /// Whether interfaces have blocks of 16 addresses in place of single ones, on instances of
    /// Nitro (`ENABLE_PREFIX_DELEGATION`). Default false.
    pub prefix_delegation: bool,
    /// Blocks that a node keeps for pods to come, where it has blocks and does not count by
    /// addresses (`WARM_PREFIX_TARGET`). Default 1.
    pub warm_prefix_target: u32,
    /// Interfaces of a node at most (`MAX_ENI`). Default: as many as its type has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_eni: Option<u32>,
    /// Time from the end of a pod until another one has its address (`IP_COOLDOWN_PERIOD`), on
    /// Linux nodes. Default 30s.
    pub ip_cooldown: SimDuration,
    /// Custom networking (`AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG`): names of the subnets that pods
    /// have addresses of, one in each zone with nodes. The first interface of a node has no pods
    /// then. Default: the subnet of their node.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pod_subnets: Vec<String>,
    /// Security groups for pods (`ENABLE_POD_ENI`): nodes have a trunk, and pods that a
    /// SecurityGroupPolicy among the manifests selects an interface each that branches off it.
    /// Default false.
    pub pod_eni: bool,
    /// Time from the end of such a pod until its branch is deleted, at least 30s
    /// (`branch-eni-cooldown`). Default 60s.
    pub branch_eni_cooldown: SimDuration,
    /// Of Windows nodes: addresses that a node has for pods to come (`windows-warm-ip-target` of
    /// the ConfigMap `amazon-vpc-cni`), at least 1. Default 3, with `prefix_delegation` 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows_warm_ip_target: Option<u32>,
    /// Of Windows nodes: addresses that a node has at least, those of its pods included
    /// (`windows-minimum-ip-target`). Default 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows_minimum_ip_target: Option<u32>,
    /// Of Windows nodes with `prefix_delegation` and neither of the two: blocks of which no pod has
    /// an address (`windows-warm-prefix-target`). Default: none, it counts by addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows_warm_prefix_target: Option<u32>,
    /// Time to attach an interface. Default constant 10s, which is the longest that the plug-in
    /// reckons with.
    pub eni_attach: Law,
    /// Time to give an interface more addresses. Default constant 0s.
    pub ip_assign: Law,
    /// Time to make the branch of a pod. Default lognormal, mean 2s, cv 0.3.
    pub branch_eni_attach: Law,
    /// Time until the kubelet tries again to connect a pod that got no address. Default uniform,
    /// 10s to 15s (`backOffPeriod` and its jitter in `pkg/kubelet/pod_workers.go`).
    pub sandbox_retry: Law,
}

impl Default for VpcCni {
    fn default() -> Self {
        let seconds = SimDuration::from_secs;
        Self {
            warm_eni_target: 1,
            warm_ip_target: 0,
            minimum_ip_target: 0,
            prefix_delegation: false,
            warm_prefix_target: 1,
            max_eni: None,
            ip_cooldown: seconds(30),
            pod_subnets: Vec::new(),
            pod_eni: false,
            branch_eni_cooldown: seconds(60),
            windows_warm_ip_target: None,
            windows_minimum_ip_target: None,
            windows_warm_prefix_target: None,
            eni_attach: Law::Constant(seconds(10)),
            ip_assign: Law::Constant(SimDuration::ZERO),
            branch_eni_attach: Law::Lognormal { mean: seconds(2), cv: 0.3 },
            sandbox_retry: Law::Uniform { min: seconds(10), max: seconds(15) },
        }
    }
}
