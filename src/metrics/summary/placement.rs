//! What a cluster that only places has come to.

use serde::{Deserialize, Serialize};

use super::Account;

/// Shares of kinds of resource by their names; none of what no host has.
pub type Shares = Vec<(String, Option<f64>)>;

/// Items of a trace on a fleet, over the whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlacementSummary {
    /// How hosts were chosen.
    pub policy: String,
    /// Items that came.
    pub arrived: u64,
    /// Rows of the table that are not among them: of a type that is not known, or of an item that
    /// left before the start.
    #[serde(default)]
    pub left_out: u64,
    /// Of those that came, turned away.
    pub rejected: u64,
    /// Why.
    #[serde(default)]
    pub rejections: Rejections,
    /// Of those that came, without a host in the end.
    pub waiting: u64,
    /// Without a host at most, at once.
    #[serde(default)]
    pub waiting_max: u32,
    /// On a host in the end.
    pub running: u64,
    /// Gone after they had a host.
    pub departed: u64,
    /// How often one was evicted by a more important one; then it came again or was turned away.
    #[serde(default)]
    pub preempted: u64,
    /// Of those that came, gone with a host that failed, for good.
    #[serde(default)]
    pub lost: u64,
    /// How often one was on a host that failed; then it came again or was lost.
    #[serde(default)]
    pub interrupted: u64,
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
    pub shares: Shares,
    /// The same at most, at once.
    #[serde(default)]
    pub shares_max: Shares,
    /// Shares of what all hosts have that are free and stranded, in the mean over the run.
    #[serde(default)]
    pub stranded: Shares,
    /// The same in the end.
    #[serde(default)]
    pub stranded_end: Shares,
    /// Hosts that failed, where there are faults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failures: Option<FailureSummary>,
    /// Hosts that were drained, where there are faults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drains: Option<DrainSummary>,
    /// Resizes of items, where there is a table of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resizes: Option<ResizeAccount>,
    /// GPUs, where there are any.
    pub gpus: Option<GpuSummary>,
    /// Which item went where: h = 1469598103934665603, then for each item that is placed or
    /// migrated, in order, h = (h xor id) x 1099511628211 and h = (h xor host) x 1099511628211,
    /// modulo 2^64, in hexadecimal digits; hosts are counted from 0.
    pub placement_hash: String,
}

/// Items that were turned away, by what was in the way when they last came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejections {
    /// No host had room for all of it.
    pub room: u64,
    /// Hosts had room in sum, but not within NUMA nodes.
    pub nodes: u64,
    /// Hosts had room, but their groups did not allow any of these.
    pub group: u64,
}

impl Rejections {
    /// Whether anything else than room was in the way.
    pub fn has_reasons(&self) -> bool {
        self.nodes + self.group > 0
    }

    /// All of them.
    pub fn sum(&self) -> u64 {
        self.room + self.nodes + self.group
    }
}

/// Failures of hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FailureSummary {
    /// How often one failed.
    pub failures: u64,
    /// Hosts that were down, times hours.
    pub host_hours_down: f64,
}

/// Maintenance of hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrainSummary {
    /// How often one began.
    pub begun: u64,
    /// Of these, all items had left before the end.
    pub emptied: u64,
    /// Items were still there at the end, or were lost as the host failed.
    pub not_emptied: u64,
    /// Not over, with items that are still there.
    pub under_way: u64,
    /// Time until all items had left, in seconds, in the mean over those where they did.
    pub time_mean: Option<f64>,
    /// The longest of these.
    pub time_max: f64,
}

/// Resizes of items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResizeAccount {
    /// That were asked for.
    pub asked: u64,
    /// Done where the item was.
    pub in_place: u64,
    /// Done by a migration.
    pub migrated: u64,
    /// Of items that waited for a host.
    pub waiting: u64,
    /// Not done: there was no room, or the item was on its way.
    pub refused: u64,
    /// Of items that were not there.
    pub gone: u64,
}

impl ResizeAccount {
    /// Counts more of them.
    pub fn add(&mut self, more: Self) {
        self.asked += more.asked;
        self.in_place += more.in_place;
        self.migrated += more.migrated;
        self.waiting += more.waiting;
        self.refused += more.refused;
        self.gone += more.gone;
    }
}

impl Account for DrainSummary {
    fn balances(&self) -> bool {
        self.begun == self.emptied + self.not_emptied + self.under_way
    }
}

impl Account for ResizeAccount {
    fn balances(&self) -> bool {
        self.asked == self.in_place + self.migrated + self.waiting + self.refused + self.gone
    }
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
    /// Items that these are means over: those that fell on this percent, or where none did, on one
    /// of those beside it. Where there is none either, nothing is known, and all of these are 0.
    #[serde(default)]
    pub items: u32,
}

impl PlacementSummary {
    /// Of the items that came, those that had a host.
    pub fn placed(&self) -> u64 {
        self.running + self.departed + self.lost
    }

    /// Share of the items that came which were turned away.
    pub fn rejected_share(&self) -> Option<f64> {
        (self.arrived > 0).then(|| self.rejected as f64 / self.arrived as f64)
    }

    /// Host-hours as a multiple of the least they could have been.
    pub fn host_hours_ratio(&self) -> Option<f64> {
        (self.host_hours_bound > 0.0).then(|| self.host_hours / self.host_hours_bound)
    }
}

impl GpuSummary {
    /// Share of the GPUs that is allocated.
    pub fn allocated_share(&self) -> f64 {
        self.allocated / self.count
    }

    /// Share of the GPUs that is free, and of no use to the typical workload.
    pub fn fragments_share(&self) -> f64 {
        self.fragments / self.count
    }

    /// The points of the way at which something is known.
    pub fn known(&self) -> impl Iterator<Item = &CurvePoint> {
        self.curve.iter().filter(|point| point.items > 0)
    }

    /// That at which so many percent of the GPUs had been asked for.
    pub fn at(&self, arrived_percent: u32) -> Option<&CurvePoint> {
        self.known().find(|point| point.arrived_percent == arrived_percent)
    }
}

impl Account for PlacementSummary {
    fn balances(&self) -> bool {
        let ended = self.rejected + self.departed + self.lost;
        self.arrived == ended + self.waiting + self.running
    }
}
