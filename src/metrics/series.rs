//! Time series: a fixed number of equidistant points, however long the run.

use serde::Serialize;

use crate::engine::SimTime;

/// What the values of a series are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Plain numbers, such as replicas.
    Count,
    /// Per second.
    PerSecond,
    /// Seconds.
    Seconds,
    /// Shares of a whole, 1.0 being all of it.
    Fraction,
    /// Bytes.
    Bytes,
    /// Watts.
    Watts,
}

/// One quantity over time. A value describes the interval that ends at its time: a mean for
/// gauges, a rate for counters, a quantile for latencies. NaN where there was nothing to measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is, such as `p99`, `requests` or `cpu_utilisation`.
    pub name: String,
    /// The app it belongs to; `None` for the cluster as a whole.
    pub app: Option<String>,
    /// What the values are counted in.
    pub unit: Unit,
    /// One value per time of the table.
    pub values: Vec<f64>,
}

/// Series over one time axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeriesTable {
    /// End of each interval.
    pub times: Vec<SimTime>,
    /// All series, in the order of the report.
    pub series: Vec<Series>,
}

impl SeriesTable {
    /// The series of this name, of an app or of the whole cluster.
    pub fn find(&self, app: Option<&str>, name: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.app.as_deref() == app && series.name == name)
    }
}

/// Names of the series that charts are drawn from. A run may record others beside them.
pub mod names {
    /// Requests sent per second, by app.
    pub const REQUESTS: &str = "requests";
    /// Share of the requests that ended in the interval which got no answer, by app.
    pub const ERROR_SHARE: &str = "error_share";
    /// Of these, those given up after the last attempt timed out.
    pub const TIMED_OUT_SHARE: &str = "timed_out_share";
    /// Those given up after the last attempt was refused.
    pub const REFUSED_SHARE: &str = "refused_share";
    /// Those given up after the last attempt was cut off.
    pub const FAILED_SHARE: &str = "failed_share";
    /// 99th percentile of the latency of answered requests in seconds, by app.
    pub const P99: &str = "p99";
    /// Replicas in service, by app.
    pub const REPLICAS_READY: &str = "replicas_ready";
    /// Replicas there are to be, by app, where an autoscaler decides.
    pub const REPLICAS_WANTED: &str = "replicas_wanted";
    /// Nodes of a Kubernetes cluster that are ready.
    pub const NODES_READY: &str = "nodes_ready";
    /// Nodes of a Kubernetes cluster there are to be.
    pub const NODES_WANTED: &str = "nodes_wanted";
    /// Pods of a Kubernetes cluster that have no node.
    pub const PODS_PENDING: &str = "pods_pending";
    /// Pods of a Kubernetes cluster of which a container runs.
    pub const PODS_RUNNING: &str = "pods_running";
    /// Tasks that the services of a cluster of Amazon ECS want.
    pub const TASKS_DESIRED: &str = "tasks_desired";
    /// Of its tasks, those in RUNNING.
    pub const TASKS_RUNNING: &str = "tasks_running";
    /// Those in PENDING or ACTIVATING: placed, and not running yet.
    pub const TASKS_PENDING: &str = "tasks_pending";
    /// Those in PROVISIONING: without capacity.
    pub const TASKS_PROVISIONING: &str = "tasks_provisioning";
    /// Its container instances.
    pub const INSTANCES: &str = "instances";
    /// How much of the capacity of a provider is reserved (`CapacityProviderReservation`).
    pub fn reservation(provider: &str) -> String {
        format!("{RESERVATION}{provider}")
    }
    /// What names of those series begin with; the provider follows.
    pub const RESERVATION: &str = "reservation_";
    /// Addresses of a subnet that are taken, in a cluster of Amazon EKS.
    pub fn addresses(subnet: &str) -> String {
        format!("{ADDRESSES}{subnet}")
    }
    /// What names of those series begin with; the subnet follows.
    pub const ADDRESSES: &str = "addresses_";
    /// Hosts that have items, in a cluster that only places.
    pub const HOSTS_IN_USE: &str = "hosts_in_use";
    /// The least that these could be, however well items were packed.
    pub const HOSTS_IN_USE_BOUND: &str = "hosts_in_use_bound";
    /// Items of such a cluster that wait for a host.
    pub const ITEMS_WAITING: &str = "items_waiting";
    /// Share that items have of a kind of resource in such a cluster: `cpu`, `memory`, `gpus`, or
    /// what else there is.
    pub fn allocated(kind: &str) -> String {
        format!("{kind}_allocated")
    }
    /// Share of a kind of resource in such a cluster that is free, on hosts of which another kind
    /// is used up.
    pub fn stranded(kind: &str) -> String {
        format!("{kind}_stranded")
    }
    /// Hosts of such a cluster that take no items, as they failed or are drained.
    pub const HOSTS_CLOSED: &str = "hosts_closed";
    /// Items of such a cluster that are migrated.
    pub const ITEMS_MIGRATING: &str = "items_migrating";
    /// Share of the CPU capacity of hosts in use.
    pub const CPU_UTILISATION: &str = "cpu_utilisation";
    /// Share of the CPU of instances in use that are VMs on hosts of a cluster of Amazon ECS.
    pub const INSTANCE_CPU_UTILISATION: &str = "instance_cpu_utilisation";
    /// Electrical power of the hosts used, in watts.
    pub const POWER: &str = "power";
    /// Share of the time a virtual CPU was ready to run but got no core.
    pub const CPU_READY: &str = "cpu_ready";
}
