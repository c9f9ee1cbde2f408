//! `[[cluster.auto_scaling_group]]`: instances of EC2 that are alike, as many as are wanted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Volume;
use crate::scenario::Law;

/// `[[cluster.auto_scaling_group]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoScalingGroup {
    /// Name, unique among the groups of the cluster.
    pub name: String,
    /// Types of its instances, such as `m6i.large`; of several the first is preferred, or what its
    /// strategies say. `plimsoll catalog` lists them.
    pub instance_types: Vec<String>,
    /// Fewest instances. Default 0.
    #[serde(default)]
    pub min: u32,
    /// Most instances.
    pub max: u32,
    /// Instances at the start. Default: `min`.
    pub desired: Option<u32>,
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
