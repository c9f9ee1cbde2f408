//! `[[fault]]`: hosts that fail, at random or on schedule, are slow or are drained for maintenance,
//! and registries and API servers that cannot be reached.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Law;
use crate::engine::SimDuration;
use crate::units::Fraction;

/// `[[fault]]`
///
/// What was on a host of a `placement` cluster that fails comes again by `retry`, or is lost.
/// Faults of such a cluster happen within `duration` of `[simulation]`, however long its items
/// take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only in this cluster. Default: in all.
    pub cluster: Option<String>,
    /// Only these hosts, counted from 0; a cluster with fewer leaves out the others. Machines of a
    /// cloud come after the hosts, numbered as they first come; one that takes the place of
    /// another that was terminated has its number. Instances on `hosts` of an ECS cluster are none
    /// of these: they fail with their host. Default: all.
    pub hosts: Option<Vec<u32>>,
    /// Only the hosts in this zone of the cluster, counted from 0. Default: in all.
    pub zone: Option<u32>,
    /// What happens.
    pub kind: FaultKind,
}

/// How hosts fail or are drained, or what else does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FaultKind {
    /// `random = { time_to_failure, time_to_repair }`: each host on its own, again and again.
    Random {
        /// Time from when the host is up again, its boot included, to the next failure.
        time_to_failure: Law,
        /// Time from a failure until the host is powered on again.
        time_to_repair: Law,
    },
    /// `drain = { at, duration }`: maintenance. The VMs of the hosts are migrated to others while
    /// they run, as `[cluster.migration]` says, and the hosts take no new ones. A VM that no other
    /// host has room for stays. Containers on bare metal cannot be migrated, and stay, but for
    /// hosts that are nodes of a Kubernetes cluster: they are drained as `kubectl drain` does it,
    /// cordoned and their pods evicted as disruption budgets allow; and for instances of an ECS
    /// cluster, which are `DRAINING` meanwhile: tasks of services leave them, within the limits of
    /// their deployments, and standalone tasks stay. Items of a `placement` cluster are migrated as
    /// VMs are, but for those with GPUs, which stay until they leave.
    Drain {
        /// When the maintenance begins.
        at: SimDuration,
        /// Time until the hosts take VMs, pods or tasks again. Default: to the end of the run.
        duration: Option<SimDuration>,
    },
    /// `scheduled = { at, duration }`
    Scheduled {
        /// When the hosts fail.
        at: SimDuration,
        /// Time until they are powered on again.
        duration: SimDuration,
    },
    /// `slow = { at, duration, speed }`: the CPUs of the hosts do only a part of what they should,
    /// as with a failing fan or a noisy neighbour. What a request began before goes on as it was.
    Slow {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// Part of the speed that is left, such as 30%.
        speed: Fraction,
    },
    /// `api-outage = { at, duration }`: nobody can reach the API server of a Kubernetes cluster.
    /// What runs goes on running and is routed to as it was; nothing is scheduled, scaled, replaced
    /// or taken out of service meanwhile.
    ApiOutage {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
    },
    /// `registry-outage = { registry, at, duration }`: nobody can reach a registry. Calls to it
    /// fail after its `timeout`, and downloads from it break off. Caches of it have what they
    /// have.
    RegistryOutage {
        /// Name of the registry.
        registry: String,
        /// When it begins.
        at: SimDuration,
        /// Time until the registry answers again.
        duration: SimDuration,
    },
}
