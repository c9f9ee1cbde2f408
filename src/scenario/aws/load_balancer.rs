//! `[[cluster.load_balancer]]` and `[[cluster.target_group]]`: Elastic Load Balancing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[[cluster.load_balancer]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    /// Name, unique among the balancers of the cluster.
    pub name: String,
    /// Which kind. Default application.
    #[serde(default)]
    pub kind: LoadBalancerKind,
    /// Names of the subnets that its nodes are in, one a zone. Default: the first of each zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
    /// Names of its security groups. Default: none, by which all is let through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
}

/// A kind of load balancer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LoadBalancerKind {
    /// An Application Load Balancer: each request is sent to a target.
    #[default]
    Application,
    /// A Network Load Balancer: each connection is.
    Network,
}

/// `[[cluster.target_group]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetGroup {
    /// Name, unique among the groups of the cluster; services name it by this or by an ARN with it.
    pub name: String,
    /// Name of the `[[cluster.load_balancer]]` that sends to it.
    pub load_balancer: String,
}
