//! The figures of one cluster at the end of a run.
//!
//! All times are in seconds, all sizes in bytes, so that `summary.json` needs no unit but its
//! field names. Every account states all the ways a thing can end, and [`Account::balances`]
//! proves that nothing was lost.

use serde::{Deserialize, Serialize};

mod addresses;
mod balancers;
mod cost;
mod ec2;
mod images;
mod io;
mod network;
mod nodes;
mod placement;
mod requests;
mod starts;
mod tasks;
mod volumes;

pub use self::addresses::{AddressesSummary, SubnetSummary};
pub use self::balancers::Undelivered;
pub use self::cost::{Cost, CostItem, CostSummary};
pub use self::ec2::{Ec2Summary, InstanceHours};
pub use self::images::{ImageAccount, LayersAccount, PullsAccount, PushesAccount, RegistryAccount};
pub use self::io::IoSummary;
pub use self::network::{NetworkSummary, ZoneTraffic};
pub use self::nodes::{
    FargateSummary, KarpenterSummary, NodeScalingSummary, NodesSummary, WaitsSummary,
};
pub use self::placement::{
    CurvePoint, DrainSummary, FailureSummary, GpuSummary, PlacementSummary, Rejections,
    ResizeAccount, Shares,
};
pub use self::requests::{Requested, RightSizing, TraceSummary};
pub use self::starts::{PhaseMean, StartAccount, StartBreakdown, StartFailure, StartsSummary};
pub use self::tasks::{
    DeploymentAccount, ProviderSummary, TaskAccount, TasksSummary, UnplacedTasks,
};
pub use self::volumes::VolumesSummary;
use super::{Finding, LatencyHistogram};
use crate::engine::SimDuration;

/// A count of things that came in and of every state they can be in at the end.
pub trait Account {
    /// Whether what came in equals the sum of what became of it.
    fn balances(&self) -> bool;
}

/// Requests as the client sees them: one, however many attempts it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestAccount {
    /// In flight when the measurement started.
    pub carried_in: u64,
    /// Sent since.
    pub arrived: u64,
    /// Answered in time.
    pub succeeded: u64,
    /// Given up after the last attempt timed out.
    pub timed_out: u64,
    /// Given up after the last attempt was refused: no ready replica, or a full backlog.
    pub refused: u64,
    /// Given up after the last attempt was cut off by the death of its replica or a failed call.
    pub failed: u64,
    /// Still in flight at the end.
    pub in_flight: u64,
}

/// Containers, by where they are at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerAccount {
    pub created: u64,
    pub waiting: u64,
    pub pulling: u64,
    pub starting: u64,
    pub running: u64,
    pub restarting: u64,
    pub stopping: u64,
    pub exited: u64,
    pub dead: u64,
    pub refused: u64,
}

/// Virtual machines, by where they are at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmAccount {
    pub requested: u64,
    pub rejected: u64,
    pub waiting: u64,
    pub provisioning: u64,
    pub booting: u64,
    pub running: u64,
    pub stopped: u64,
    pub failed: u64,
}

/// Live migrations of virtual machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MigrationAccount {
    /// Begun in the measured time, or under way at its start.
    pub started: u64,
    /// Done: the VM runs on the other host.
    pub completed: u64,
    /// Come to nothing: a host died, or the VM ended.
    pub failed: u64,
    /// Not done at the end.
    pub under_way: u64,
    /// Time VMs stood still for those that are done, in all, in seconds.
    pub downtime: f64,
    /// The longest of these.
    pub downtime_max: f64,
    /// Memory copied for those that are done, in bytes, what was sent again included.
    pub copied: u64,
}

/// Memory that the hypervisor takes back from its guests, mean over the measured time, in bytes
/// over all hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReclaimedMemory {
    /// Saved by page sharing.
    pub shared: f64,
    /// Taken by balloons.
    pub ballooned: f64,
    /// In the hypervisor's swap.
    pub swapped: f64,
}

impl Account for MigrationAccount {
    fn balances(&self) -> bool {
        self.started == self.completed + self.failed + self.under_way
    }
}

impl Account for RequestAccount {
    fn balances(&self) -> bool {
        self.carried_in + self.arrived
            == self.succeeded + self.timed_out + self.refused + self.failed + self.in_flight
    }
}

impl Account for ContainerAccount {
    fn balances(&self) -> bool {
        self.created
            == self.waiting
                + self.pulling
                + self.starting
                + self.running
                + self.restarting
                + self.stopping
                + self.exited
                + self.dead
                + self.refused
    }
}

impl Account for VmAccount {
    fn balances(&self) -> bool {
        self.requested
            == self.rejected
                + self.waiting
                + self.provisioning
                + self.booting
                + self.running
                + self.stopped
                + self.failed
    }
}

/// A distribution of durations in seconds; all `None` without values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Durations {
    pub count: u64,
    pub mean: Option<f64>,
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub p999: Option<f64>,
    pub max: Option<f64>,
}

impl From<&LatencyHistogram> for Durations {
    fn from(histogram: &LatencyHistogram) -> Self {
        let seconds = |value: Option<SimDuration>| value.map(SimDuration::as_secs_f64);
        let quantile = |share| seconds(histogram.quantile(share));
        Self {
            count: histogram.count(),
            mean: seconds(histogram.mean()),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max: seconds(histogram.maximum()),
        }
    }
}

/// One part of a service level objective and whether it was met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// `p50`, `p95`, `p99`, `mean` (seconds, to be at most the target) or `availability`
    /// (share, to be at least the target).
    pub metric: String,
    pub target: f64,
    /// `None` where there was nothing to measure, which counts as missed.
    pub actual: Option<f64>,
    pub met: bool,
}

/// One app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppSummary {
    pub name: String,
    /// Replicas asked for; with an autoscaler, at the start.
    pub replicas: u32,
    /// Replicas ready, on average over the measured time.
    pub replicas_ready: f64,
    pub requests: RequestAccount,
    /// Why its load balancer had no answer, where it is behind one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undelivered: Option<Undelivered>,
    /// Attempts beyond the first.
    pub retries: u64,
    /// Answered requests per second.
    pub throughput: f64,
    /// Time from the first attempt to the answer, of answered requests.
    pub latency: Durations,
    /// Time in a replica's backlog, of all attempts that got a place.
    pub queue_wait: Durations,
    /// Share of attempts that waited at all.
    pub waited: f64,
    /// Requests in the system, on average.
    pub in_flight: f64,
    /// Share of ended requests that were answered.
    pub success_ratio: Option<f64>,
    /// Share of time in which at least `quorum` replicas were ready.
    pub availability: f64,
    /// Time from being asked for to the first ready moment of each replica.
    pub start_up: Durations,
    /// What the autoscaler did; `None` for an app without one.
    pub autoscale: Option<AutoscaleSummary>,
    /// What its replicas request, and what they should; `None` where nobody watched.
    #[serde(default)]
    pub vpa: Option<RightSizing>,
    /// Where the time of starts went; those of the warm-up among them.
    #[serde(default)]
    pub starts: StartsSummary,
    /// Where its requests came from, on a cluster of several zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<ZoneTraffic>,
    /// What its requests read and wrote; `None` for an app without `io`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io: Option<IoSummary>,
    /// What its requests of a table came to; `None` for other traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceSummary>,
    /// Its part of what the cluster cost in the measured time.
    #[serde(default, skip_serializing_if = "Cost::is_zero")]
    pub cost: Cost,
    /// Parts of the objective; empty without an `slo`.
    pub objectives: Vec<Objective>,
}

impl AppSummary {
    /// Replicas there were to be, on average.
    pub fn replicas_wanted(&self) -> f64 {
        let fixed = f64::from(self.replicas);
        self.autoscale.map_or(fixed, |autoscale| autoscale.replicas_wanted)
    }
}

/// What an app's autoscaler did in the measured time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AutoscaleSummary {
    /// Replicas there were to be, on average.
    pub replicas_wanted: f64,
    /// The most there were to be at once.
    pub replicas_wanted_max: u32,
    /// Replicas there were to be, times hours.
    pub replica_hours: f64,
    /// Decisions for more replicas.
    pub scale_ups: u64,
    /// Decisions for fewer replicas.
    pub scale_downs: u64,
}

/// One stream of jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobSummary {
    pub name: String,
    pub submitted: u64,
    pub rejected: u64,
    pub waiting: u64,
    /// Starting or running.
    pub running: u64,
    pub completed: u64,
    pub failed: u64,
    /// Time from submission to completion.
    pub turnaround: Durations,
}

/// One stream of virtual machines, over the measured time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmStreamSummary {
    pub name: String,
    pub requested: u64,
    /// Of those, turned away.
    pub rejected: u64,
}

/// The hosts of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostSummary {
    pub count: u32,
    /// Hosts that carried anything.
    pub used: u32,
    /// Share of CPU capacity in use, mean over hosts used and measured time.
    pub cpu_utilisation: f64,
    /// Highest mean of any host.
    pub cpu_utilisation_max: f64,
    /// Share of memory in use, mean over hosts used.
    pub memory_utilisation: f64,
    /// Memory of the hosts used, bytes.
    pub memory_capacity: f64,
    /// Share of the time a virtual CPU was ready to run but got no core; `None` without VMs.
    pub cpu_ready: Option<f64>,
    /// Time containers were throttled by their CFS quota, share of their running time;
    /// those of batch jobs among them.
    pub throttled: f64,
    /// Virtual CPUs of running VMs, on average.
    pub vcpus: f64,
    /// Memory that guest systems and the hypervisor's own overhead hold, bytes over all hosts.
    pub guest_memory: f64,
    /// Energy of the measured time in kilowatt hours, hosts used only.
    pub energy_kwh: f64,
    /// Cost of one hour in US dollars: hosts used, electricity, registries and what requests carry
    /// from zone to zone.
    pub cost_per_hour: f64,
}

/// What a search for the density at the SLO found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DensitySummary {
    pub app: String,
    /// Most replicas on one host with the SLO met; 0 where not even one meets it.
    pub replicas_per_host: u32,
    /// What stands in the way of one more: a missed objective, CPU or memory of placement, or the
    /// search's maximum.
    pub limited_by: String,
    /// Hosts for all replicas at that density.
    pub hosts_needed: Option<u32>,
    /// All probes in the order made.
    pub probes: Vec<DensityProbe>,
}

/// One probe of a density search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DensityProbe {
    pub replicas: u32,
    /// Whether all replicas found room.
    pub placed: bool,
    /// 99th percentile of latency in seconds.
    pub p99: Option<f64>,
    pub cpu_utilisation: f64,
    pub met: bool,
}

/// Everything about one cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterSummary {
    pub cluster: String,
    /// In words: `containers on bare metal`, `one VM per replica`, `containers in VMs`, `VMs`.
    pub platform: String,
    pub seed: u64,
    pub simulated_seconds: f64,
    pub measured_seconds: f64,
    pub apps: Vec<AppSummary>,
    pub jobs: Vec<JobSummary>,
    pub hosts: HostSummary,
    /// Nodes and pods, where there is a Kubernetes cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<NodesSummary>,
    /// Tasks and instances, where there is a cluster of Amazon ECS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<TasksSummary>,
    /// Items of a trace on hosts, where it only places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<PlacementSummary>,
    /// Instances of EC2, where there are groups of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ec2: Option<Ec2Summary>,
    /// Addresses of its subnets, of a cluster of Amazon EKS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<AddressesSummary>,
    /// Volumes of claims, where a CSI driver makes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volumes: Option<VolumesSummary>,
    /// What it cost in the measured time, by what was paid for.
    #[serde(default, skip_serializing_if = "CostSummary::is_zero")]
    pub cost: CostSummary,
    /// Requests within and between zones, on a cluster of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkSummary>,
    pub containers: ContainerAccount,
    pub vms: VmAccount,
    pub migrations: MigrationAccount,
    pub reclaimed: ReclaimedMemory,
    /// What the engines pulled; of the whole run.
    #[serde(default)]
    pub images: ImageAccount,
    /// What each registry gave, in the order of the scenario; of the whole run.
    #[serde(default)]
    pub registries: Vec<RegistryAccount>,
    /// The `[[vm]]` streams in the order of the scenario.
    pub vm_streams: Vec<VmStreamSummary>,
    pub density: Option<DensitySummary>,
    /// Things a reader must know, such as replicas that found no room and why.
    pub warnings: Vec<String>,
    /// What stood in the way and what would be right; the sentence of each is a warning, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}
