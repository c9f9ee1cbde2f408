//! Which replicas a request may go to by where it comes from, and how much it carries there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::Bytes;

/// Which replicas a load balancer chooses among, on clusters of several zones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Routing {
    /// All.
    #[default]
    Any,
    /// Those in the zone of the caller; all, where there is none (a Service's
    /// `trafficDistribution: PreferSameZone`, which was called `PreferClose`).
    PreferSameZone,
    /// Those that are allotted to the zone of the caller, by the CPU of each zone's nodes; all,
    /// where there are fewer replicas than zones or some would get 20% too much (the annotation
    /// `service.kubernetes.io/topology-mode: Auto`).
    TopologyAware,
}

/// Where requests from outside come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// In none of the cluster's zones: they prefer no replica, and cross no border that is counted
    /// (an Application Load Balancer, whose way to another zone is free).
    #[default]
    Outside,
    /// In any of the zones, each with equal chance (a Network Load Balancer with a node in each, or
    /// users who are there).
    Zones,
}

/// How much one request and its answer carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    /// A request.
    pub request: Bytes,
    /// Its answer.
    pub response: Bytes,
}
