//! The scenario: what the user wrote, as plain validated data.
//!
//! A scenario file is read into [`Scenario`] once, checked as a whole, and never changed
//! afterwards; every other part of the program reads it. Names that refer to other parts of the
//! file (an app's image, a cluster's host shape) are known to resolve once a scenario was loaded.

pub mod access;
pub mod app;
pub mod app_io;
pub mod autoscale;
pub mod aws;
mod aws_calls;
pub mod check;
pub mod choices;
pub mod cluster;
mod cluster_autoscaler;
mod container_engine;
pub mod diagnostic;
pub mod eviction;
pub mod fault;
pub mod files;
pub mod group_rule;
pub mod hardware;
pub mod image;
pub mod job;
pub mod kubernetes;
pub mod law;
pub mod load;
pub mod migration;
pub mod node_pool;
pub mod path;
pub mod reference;
pub mod registry;
pub mod replay;
pub mod replay_events;
pub mod resolved;
pub mod rollout;
pub mod routing;
pub mod rows;
pub mod schema;
pub mod security_group;
pub mod shorthand;
pub mod simulation;
pub mod size;
pub mod starter;
pub mod sweep;
pub mod trace;
pub mod traffic;
pub mod type_table;
pub mod variant;
pub mod vm;
pub mod workload;

pub use access::{Identity, MANAGED_POLICIES, PolicyName, Repository};
pub use app::{App, AppCpu, AppMemory, Balance, RestartPolicy, Slo};
pub use app_io::{AppIo, Operations, VolumeOn, VolumePer};
pub use autoscale::{Autoscale, AutoscaleMetric, ScalePolicy, ScaleRules, ScaleSelect};
pub use aws_calls::AwsCall;
pub use choices::{Choice, Choices, choices};
pub use cluster::{Cluster, ClusterKind, HostPool, Overcommit, Overhead, PlacementPolicy, Zones};
pub use cluster_autoscaler::{ClusterAutoscaler, NodeExpander, NodeScaleDown};
pub use container_engine::{Cleanup, EngineOptions, PullClient, PullPolicy, Unpack};
pub use diagnostic::{Diagnostics, Problem};
pub use eviction::Eviction;
pub use fault::{Fault, FaultKind};
pub use group_rule::GroupRule;
pub use hardware::{
    Architecture, Disk, HostShape, KernelFeature, OperatingSystem, OsFamily, Power, WINDOWS_2019,
    WINDOWS_2022,
};
pub use image::{Image, Layer, PlatformBuild};
pub use job::Job;
pub use kubernetes::KubernetesOptions;
pub use law::{Law, TableColumn};
pub use load::{
    InvalidOverride, Loaded, Override, absent_files, load, load_with, parse, parse_point,
    parse_with, point_out,
};
pub use migration::MigrationOptions;
pub use node_pool::{Machines, NodePool};
pub use reference::reference;
pub use registry::{CallLimit, CallLimits, INTERNET, Push, Registry, RegistryKind, Replication};
pub use replay::{BatchOrder, HostTable, ItemTable, Replay, ReplayPolicy, Retry};
pub use replay_events::{IdleHosts, Interrupted, ResizeColumns, Resizes, SmallestItem};
pub use rollout::Rollout;
pub use routing::{Entry, Payload, Routing};
pub use schema::schema;
pub use security_group::SecurityGroup;
pub use simulation::{DensitySearch, Prices, Simulation};
pub use size::{Minimise, ReplicationLimits, Size};
pub use starter::starter;
pub use sweep::{Design, Goal, Parameter, Precision, Sweep, SweepValue};
pub use trace::{ArrivalTable, Column, HostColumns, ItemColumns, NodeColumns};
pub use traffic::{Arrivals, CountTable, Traffic};
pub use type_table::{Origin, TypeKey, TypeTable, UnknownType};
pub use variant::Variant;
pub use vm::{Guest, VmMemory, VmShape, VmStream, VmUsage};
pub use workload::{ServiceKind, WorkloadName};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything a scenario file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// `[simulation]`: name, length, seed.
    pub simulation: Simulation,
    /// `[prices]`: what is paid beside the hosts.
    #[serde(default)]
    pub prices: Prices,
    /// `[registry]`: where images are pulled from; `[[registry]]` with names for several, of which
    /// the first is the default.
    #[serde(rename = "registry", default = "registry::only_default", with = "registry")]
    #[schemars(schema_with = "registry::schema")]
    pub registries: Vec<Registry>,
    /// `[[host]]`: shapes of physical machines.
    #[serde(default, rename = "host", skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostShape>,
    /// `[[image]]`: container images.
    #[serde(default, rename = "image", skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// `[[app]]`: platform-neutral services that answer requests.
    #[serde(default, rename = "app", skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<App>,
    /// `[[job]]`: streams of batch jobs, one container each.
    #[serde(default, rename = "job", skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<Job>,
    /// `[[vm]]`: streams or recorded fleets of virtual machines.
    #[serde(default, rename = "vm", skip_serializing_if = "Vec::is_empty")]
    pub vms: Vec<VmStream>,
    /// `[[cluster]]`: the platforms to compare. Each is simulated on hosts of its own with the
    /// same apps, jobs and VMs, under the same random numbers.
    #[serde(rename = "cluster")]
    pub clusters: Vec<Cluster>,
    /// `[[rollout]]`: new versions of apps and workloads on Kubernetes, and when.
    #[serde(default, rename = "rollout", skip_serializing_if = "Vec::is_empty")]
    pub rollouts: Vec<Rollout>,
    /// `[[fault]]`: what breaks, and when.
    #[serde(default, rename = "fault", skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// `[density]`: how the search for the density at the SLO is done; without it `run` does none.
    pub density: Option<DensitySearch>,
    /// `[sweep]`: the values that `sweep` simulates the scenario with; `run` does not look at it.
    pub sweep: Option<Sweep>,
    /// `[size]`: the smallest or cheapest fleet that meets the objectives, which `size` searches
    /// for; `run` does not look at it.
    pub size: Option<Size>,
    /// `[[variant]]`: changes that `compare` holds against the scenario; `run` does not look at
    /// them.
    #[serde(default, rename = "variant", skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}
