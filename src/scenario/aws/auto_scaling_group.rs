//! `[[cluster.auto_scaling_group]]`: instances of EC2 that are alike, as many as are wanted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    GroupPolicy, InstanceMarket, LifecycleHook, ScheduledSize, Shortage, TerminationPolicy, Volume,
    WarmPool, ZoneStrategy,
};
use crate::engine::SimDuration;
use crate::scenario::{Law, OperatingSystem};
use crate::units::Bytes;

/// `[[cluster.auto_scaling_group]]`: instances of EC2, each a machine of its own. A vCPU is a
/// hardware thread; the network has the peak bandwidth of the type while its credits last; prices
/// are those of us-east-1, by the second and at least a minute. Power is not counted: nobody
/// publishes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoScalingGroup {
    /// Name, unique among the groups of the cluster.
    pub name: String,
    /// Types of its instances, such as `m6i.large`; of several the first is preferred, or what its
    /// strategies say. `plimsoll catalog` lists them.
    pub instance_types: Vec<String>,
    /// What an instance of each of its types counts, in their order, in the unit of `min`, `max`
    /// and `desired`: 1 to 999. Default: 1 each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<u32>,
    /// What runs on its instances; the architecture is that of their type. Windows has a licence,
    /// and is slower to boot.
    #[serde(default)]
    pub os: OperatingSystem,
    /// Memory of each instance that its system uses, beside what its kernel does not have and what
    /// its container engine uses. Default 200MiB.
    #[serde(default = "system_memory")]
    pub system_memory: Bytes,
    /// Fewest instances. Default 0.
    #[serde(default)]
    pub min: u32,
    /// Most instances.
    pub max: u32,
    /// Instances at the start. Default: `min`.
    pub desired: Option<u32>,
    /// What is On-Demand of it and what Spot, and of which types.
    #[serde(default)]
    pub market: InstanceMarket,
    /// Names of the subnets it launches into. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
    /// Names of the security groups of its instances. Default: none, by which all is let through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
    /// Credits of burstable types. Default: what the type has (`unlimited` but for T2).
    pub credits: Option<CreditOption>,
    /// Root volume of its instances. Default: gp3 of 30GiB.
    #[serde(default = "Volume::root")]
    pub volume: Volume,
    /// From the launch to the state `running`. Default: what was measured of EC2.
    pub launch: Option<Law>,
    /// From `running` to an operating system that is up. Default: what was measured of EC2.
    pub boot: Option<Law>,
    /// From the call that ends an instance to its end, when its address is free again. Default:
    /// what is usual.
    pub shutdown: Option<Law>,
    /// What is done where a zone has no capacity. Default balanced-best-effort.
    #[serde(default)]
    pub zone_strategy: ZoneStrategy,
    /// For how long instances that came into service count as warming up, in which its policies do
    /// not look at them (`DefaultInstanceWarmup`). Default 0s.
    #[serde(default)]
    pub warmup: SimDuration,
    /// For how long a step policy waits after the last scaling (`DefaultCooldown`). Default 300s.
    #[serde(default = "five_minutes")]
    pub cooldown: SimDuration,
    /// For how long the health of instances that came into service does not matter
    /// (`HealthCheckGracePeriod`). Default 300s.
    #[serde(default = "five_minutes")]
    pub grace: SimDuration,
    /// How long an instance fails its status check before it counts as unhealthy, and is replaced.
    /// Default 3min.
    #[serde(default = "three_minutes")]
    pub status_check: SimDuration,
    /// Whether new instances are protected from scale-in (`NewInstancesProtectedFromScaleIn`).
    /// Default false.
    #[serde(default)]
    pub scale_in_protection: bool,
    /// Which instances go first, the first policy before the others. Default: `default` alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub termination_policies: Vec<TerminationPolicy>,
    /// Lifecycle hooks: what holds instances before they serve, or before they end.
    #[serde(default, rename = "hook", skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<LifecycleHook>,
    /// Instances that wait beside the group. Default: none.
    pub warm_pool: Option<WarmPool>,
    /// Scheduled actions: sizes that change by the calendar, which begins at the `epoch` of the
    /// cluster.
    #[serde(default, rename = "schedule", skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<ScheduledSize>,
    /// Policies by which its size follows the CPU of its instances. A capacity provider changes it
    /// too, unless it says `managed_scaling = false`.
    #[serde(default, rename = "policy", skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<GroupPolicy>,
    /// Times without capacity: launches fail with `InsufficientInstanceCapacity`.
    #[serde(default, rename = "shortage", skip_serializing_if = "Vec::is_empty")]
    pub shortages: Vec<Shortage>,
}

impl AutoScalingGroup {
    /// A group without anything but a name and a size.
    pub fn new(name: &str, max: u32) -> Self {
        Self {
            name: name.to_owned(),
            instance_types: Vec::new(),
            weights: Vec::new(),
            os: OperatingSystem::default(),
            system_memory: system_memory(),
            min: 0,
            max,
            desired: None,
            market: InstanceMarket::default(),
            subnets: Vec::new(),
            security_groups: Vec::new(),
            credits: None,
            volume: Volume::root(),
            launch: None,
            boot: None,
            shutdown: None,
            zone_strategy: ZoneStrategy::default(),
            warmup: SimDuration::ZERO,
            cooldown: five_minutes(),
            grace: five_minutes(),
            status_check: three_minutes(),
            scale_in_protection: false,
            termination_policies: Vec::new(),
            hooks: Vec::new(),
            warm_pool: None,
            schedules: Vec::new(),
            policies: Vec::new(),
            shortages: Vec::new(),
        }
    }

    /// Instances at the start.
    pub fn desired(&self) -> u32 {
        self.desired.unwrap_or(self.min)
    }
}

fn system_memory() -> Bytes {
    Bytes(200 << 20)
}

fn five_minutes() -> SimDuration {
    SimDuration::from_secs(300)
}

fn three_minutes() -> SimDuration {
    SimDuration::from_secs(180)
}

/// What burstable types do without credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CreditOption {
    /// They are slowed down to their baseline.
    Standard,
    /// They go on, and the surplus is paid for.
    Unlimited,
}
