//! `[[cluster.target_group]]`: targets of a load balancer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::load_balancer_controller::TargetType;
use crate::engine::SimDuration;

/// `[[cluster.target_group]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetGroup {
    /// Name, unique among the groups of the cluster; services name it by this or by an ARN with it.
    pub name: String,
    /// Name of the `[[cluster.load_balancer]]` that sends to it.
    pub load_balancer: String,
    /// Name of the app whose requests go through it, to the tasks of its service. Default: the app
    /// in the tasks of the service of documents that names the group, and without one the group
    /// gets no requests. `eks`: its pods, or their nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Hosts of requests that it is for, of which `*` and `?` stand for others; behind load
    /// balancers of kind `application`. Default: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Paths of requests that it is for, such as `/api/*`. Default: any. The group without hosts
    /// and paths gets what no other does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Which groups come before this one where several fit: those of lower priority. 1 to 50000.
    /// Default: its place among the groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// `eks`: what its targets are. Default: what `[cluster.eks.load_balancer_controller]` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_type: Option<TargetType>,
    /// The port that its targets listen on, for security groups. Default 80.
    #[serde(default = "http")]
    pub port: u16,
    /// How a target is chosen, behind load balancers of kind `application`; those of kind `network`
    /// choose by a hash of the connection. Default round-robin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<BalancingAlgorithm>,
    /// How targets are checked.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub health_check: HealthCheckOptions,
    /// How long a target that is deregistered has for what it has to answer; the rest gets a 502.
    /// Amazon ECS stops a task only then. Up to 1h. Default 5min.
    #[serde(default = "five_minutes")]
    pub deregistration_delay: SimDuration,
    /// In what time a new target comes to get its full share of the requests, 30s to 15min; 0 where
    /// at once. Default 0s.
    #[serde(default)]
    pub slow_start: SimDuration,
    /// How long a client stays with the target of its first request, 1s to 7 days, by a cookie.
    /// Needs `clients`. Default: it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stickiness: Option<SimDuration>,
    /// Whether nodes send to the targets of all zones instead of those of their own. Default: of
    /// kind `application` yes, of kind `network` no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_zone: Option<bool>,
    /// From a registration to the first check. Default: of kind `application` 0s, of kind `network`
    /// 3min.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<SimDuration>,
    /// How many targets of a zone must be healthy so that DNS names the zone's node.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub dns_failover: HealthyTargets,
    /// With fewer healthy targets than that, requests go to all, be they healthy or not.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub routing_failover: HealthyTargets,
    /// How many clients the requests come from. Each keeps a connection open, which a load balancer
    /// of kind `network` has pinned to a target, and remembers its cookies. Default: each request
    /// is that of a client of its own, who opens a connection for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients: Option<u32>,
}

/// How a target is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BalancingAlgorithm {
    /// One after another.
    #[default]
    RoundRobin,
    /// The one with the fewest requests that are not answered.
    LeastOutstandingRequests,
    /// Any, with equal chance.
    WeightedRandom,
    /// Any, but those less often that err more than others (anomaly mitigation).
    AnomalyMitigation,
}

/// How targets are checked. Defaults are those of AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HealthCheckOptions {
    /// From one check to the next, 5s to 5min. Default 30s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<SimDuration>,
    /// How long to wait for an answer, 2s to 2min, at most the interval. Default: of kind
    /// `application` 5s, of kind `network` 10s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<SimDuration>,
    /// Successes in a row that make an unhealthy target healthy, 2 to 10; a new target needs one.
    /// Default 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthy_threshold: Option<u32>,
    /// Failures in a row that make a target unhealthy, 2 to 10. Default 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unhealthy_threshold: Option<u32>,
}

/// How many targets must be healthy: both must be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HealthyTargets {
    /// So many; 0 where it does not matter. Default 1.
    pub count: u32,
    /// So many of a hundred; 0 where it does not matter. Default 0.
    pub percent: u32,
}

impl Default for HealthyTargets {
    fn default() -> Self {
        Self { count: 1, percent: 0 }
    }
}

impl TargetGroup {
    /// Whether a service that names this means the group: by its name, or by an ARN such as
    /// `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/73e2d6bc24d8a067`.
    pub fn is_named(&self, arn: &str) -> bool {
        let resource = arn.split_once(":targetgroup/").map(|(_, resource)| resource);
        resource.map_or(arn, |it| it.split('/').next().unwrap_or(it)) == self.name
    }

    /// A group of an app with nothing but defaults.
    pub fn usual(name: &str, load_balancer: &str, app: &str) -> Self {
        Self {
            name: name.to_owned(),
            load_balancer: load_balancer.to_owned(),
            app: Some(app.to_owned()),
            hosts: Vec::new(),
            paths: Vec::new(),
            priority: None,
            target_type: None,
            port: http(),
            algorithm: None,
            health_check: HealthCheckOptions::default(),
            deregistration_delay: five_minutes(),
            slow_start: SimDuration::ZERO,
            stickiness: None,
            cross_zone: None,
            registration: None,
            dns_failover: HealthyTargets::default(),
            routing_failover: HealthyTargets::default(),
            clients: None,
        }
    }
}

fn http() -> u16 {
    80
}

fn five_minutes() -> SimDuration {
    SimDuration::from_secs(300)
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
