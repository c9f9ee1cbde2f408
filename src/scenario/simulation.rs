//! `[simulation]`, `[prices]` and `[density]`: the run as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::units::{DataPrice, EnergyPrice, StoragePrice, Usd};

/// `[simulation]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// Name of the scenario: the folder of its results is called so. Letters, digits, `-`, `_`,
    /// `.`.
    pub name: String,
    /// How long a time is simulated, from the start of the start-up of the replicas.
    pub duration: SimDuration,
    /// Measurement starts after this time; what happens before is simulated but not counted.
    /// Default 0. Must be shorter than `duration`.
    #[serde(default)]
    pub warm_up: SimDuration,
    /// The run ends, after the warm-up and before `duration`, as soon as no request and no job will
    /// come any more and all that came have ended. Default false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends_when_done: bool,
    /// Seed of all random streams. Default 42.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Number of points of each recorded time series, however long the run. Default 240.
    #[serde(default = "default_points")]
    pub points: u32,
}

fn default_seed() -> u64 {
    42
}

fn default_points() -> u32 {
    240
}

/// `[prices]`
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Prices {
    /// Price of electricity. Default 0.
    pub electricity: EnergyPrice,
    /// Storage in registries of kind `ecr`: of each layer once in each repository. Default that of
    /// Amazon ECR, $0.10/GB-month.
    pub ecr_storage: StoragePrice,
    /// What registries of kind `ecr` send to another region. Default that of Amazon ECR in
    /// us-east-1, $0.02/GB.
    pub ecr_cross_region: DataPrice,
    /// What registries of kind `ecr` send out of AWS. Default that of Amazon ECR in us-east-1,
    /// $0.09/GB.
    pub ecr_internet: DataPrice,
    /// A scan of an image in a registry of kind `ecr`. Default 0: ECR's basic scans are free, those
    /// of Amazon Inspector are paid for each image.
    pub ecr_scan: Usd,
    /// What engines pull from registries of kind `hub`, as through a NAT gateway ($0.045/GB in
    /// us-east-1). Default 0.
    pub nat: DataPrice,
    /// What requests and answers carry from one zone of a cluster to another, for those apps whose
    /// `payload` is known. It is paid twice, going out of one zone and coming into the other, as at
    /// AWS ($0.01/GB each way in a region). Default 0.
    pub cross_zone: DataPrice,
}

/// Amazon ECR pricing and AWS data transfer, us-east-1.
impl Default for Prices {
    fn default() -> Self {
        Self {
            electricity: EnergyPrice(0.0),
            ecr_storage: StoragePrice(0.10),
            ecr_cross_region: DataPrice(0.02),
            ecr_internet: DataPrice(0.09),
            ecr_scan: Usd(0.0),
            nat: DataPrice(0.0),
            cross_zone: DataPrice(0.0),
        }
    }
}

/// `[density]`: the search for the largest number of replicas on one host that meets the SLO.
/// Each replica gets the share of the app's traffic that it has in the scenario
/// (traffic / replicas), so load grows with density. Of Kubernetes a host is one node, of the first
/// pool or node group that the app selects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DensitySearch {
    /// App to pack. Default: the first app that has an `slo`.
    pub app: Option<String>,
    /// Upper end of the search. Default 1000.
    pub maximum: u32,
    /// Simulated time of each probe. Default: that of the scenario.
    pub duration: Option<SimDuration>,
    /// Number of seeds each probe must meet the SLO with. Default 1.
    pub replications: u32,
}

impl Default for DensitySearch {
    fn default() -> Self {
        Self { app: None, maximum: 1000, duration: None, replications: 1 }
    }
}
