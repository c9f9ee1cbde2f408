//! What a cluster that only places has come to.

use serde::{Deserialize, Serialize};

use super::Account;

/// Items of a trace on a fleet, over the whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlacementSummary {
    /// How hosts were chosen.
    pub policy: String,
    /// Items that came.
    pub arrived: u64,
    /// Of those, turned away.
    pub rejected: u64,
    /// Of those that came, without a host in the end.
    pub waiting: u64,
    /// On a host in the end.
    pub running: u64,
    /// Gone after they had a host.
    pub departed: u64,
    /// How often one was evicted by a more important one; then it came again or was turned away.
    #[serde(default)]
    pub preempted: u64,
    /// When the last thing happened, in seconds.
    pub makespan: f64,
    /// When items left, in seconds, in the mean over those that did.
    pub mean_finish: Option<f64>,
    /// Hosts there are.
    pub hosts: u32,
    /// Hosts in use at most, at once.
    pub hosts_max: u32,
    /// Hosts that would have been needed at the worst instant, however well items were packed.
    pub hosts_max_bound: u32,
    /// Hosts in use, times hours.
    pub host_hours: f64,
    /// The least that these could have been, by the volume of what was in use.
    pub host_hours_bound: f64,
    /// Shares of what all hosts have that items had, in the mean over the run: CPU, memory, and
    /// what else there is, by name. None of what no host has.
    pub shares: Vec<(String, Option<f64>)>,
    /// GPUs, where there are any.
    pub gpus: Option<GpuSummary>,
    /// Which item went where: h = 1469598103934665603, then for each placed item in order
    /// h = (h xor id) x 1099511628211 and h = (h xor host) x 1099511628211, modulo 2^64, in
    /// hexadecimal digits; hosts are counted from 0.
    pub placement_hash: String,
}

/// GPUs of a fleet in the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GpuSummary {
    /// How many there are.
    pub count: f64,
    /// Allocated.
    pub allocated: f64,
    /// Free, and of no use to the typical workload.
    pub fragments: f64,
    /// The way there, by whole percents of what had been asked for.
    pub curve: Vec<CurvePoint>,
}

/// A point of the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// GPUs that all items so far have asked for, in percent of all GPUs.
    pub arrived_percent: u32,
    /// GPUs that are allocated, in percent of all.
    pub allocated_percent: f64,
    /// Free GPUs that the typical workload cannot use, in percent of all.
    pub fragments_percent: f64,
    /// The same in percent of the free ones.
    pub fragments_of_free_percent: f64,
}

impl Account for PlacementSummary {
    fn balances(&self) -> bool {
        self.arrived == self.rejected + self.waiting + self.running + self.departed
    }
}
