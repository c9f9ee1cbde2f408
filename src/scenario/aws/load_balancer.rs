//! `[[cluster.load_balancer]]`: Elastic Load Balancing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::units::Rate;

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
    /// How long a connection may be silent: 1s to 4000s of kind `application`, where the client
    /// then gets a 504, 60s to 6000s of kind `network`. Default 60s, 350s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<SimDuration>,
    /// What a load balancer of kind `application` carries, and how it grows. Default: whatever
    /// comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<BalancerCapacity>,
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

/// How an Application Load Balancer grows with its load. AWS publishes no rule; what comes beyond
/// it gets a 503.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BalancerCapacity {
    /// Requests that it carries from the beginning, as one does that was warmed up or has a
    /// capacity reserved.
    pub least: Rate,
    /// In what time it grows twofold at most. Default 5min.
    #[serde(default = "five_minutes")]
    pub doubling: SimDuration,
    /// How many times its load it comes to carry. Default 2.
    #[serde(default = "two")]
    pub headroom: f64,
}

fn five_minutes() -> SimDuration {
    SimDuration::from_secs(300)
}

fn two() -> f64 {
    2.0
}
