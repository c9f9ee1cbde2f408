//! `[[cluster.capacity_provider]]`: an Auto Scaling group that tasks of Amazon ECS run on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;

/// `[[cluster.capacity_provider]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapacityProvider {
    /// Name, unique among the providers of the cluster. `FARGATE` and `FARGATE_SPOT` are there
    /// without being written.
    pub name: String,
    /// Name of its `[[cluster.auto_scaling_group]]`.
    pub group: String,
    /// Whether the size of the group follows the tasks (`managedScaling`). Default true.
    #[serde(default = "yes")]
    pub managed_scaling: bool,
    /// What `CapacityProviderReservation` is kept at, in percent: 1 to 100. Default 100.
    #[serde(default = "hundred")]
    pub target_capacity: u32,
    /// The fewest instances that are added at once. Default 1.
    #[serde(default = "one")]
    pub min_step: u32,
    /// The most instances that are added at once. Default 10000.
    #[serde(default = "most_steps")]
    pub max_step: u32,
    /// How long an instance takes to take part. Default 300s (`instanceWarmupPeriod`).
    #[serde(default = "warmup")]
    pub warmup: SimDuration,
    /// Whether only instances without tasks are terminated when the group shrinks
    /// (`managedTerminationProtection`). Default false.
    #[serde(default)]
    pub termination_protection: bool,
    /// Whether instances are drained before they are terminated (`managedDraining`). Default true.
    #[serde(default = "yes")]
    pub managed_draining: bool,
}

/// A provider in a strategy: `{ provider = "FARGATE_SPOT", weight = 3 }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderWeight {
    /// Name of a `[[cluster.capacity_provider]]`, `FARGATE` or `FARGATE_SPOT`.
    pub provider: String,
    /// Tasks that it gets before others get any; of one provider only. Default 0.
    #[serde(default)]
    pub base: u32,
    /// Its part of the others, in proportion to all weights. Default 1.
    #[serde(default = "one")]
    pub weight: u32,
}

fn yes() -> bool {
    true
}

fn hundred() -> u32 {
    100
}

fn one() -> u32 {
    1
}

fn most_steps() -> u32 {
    10_000
}

fn warmup() -> SimDuration {
    SimDuration::from_secs(300)
}

impl CapacityProvider {
    /// The provider of a group for which none is written: one of its name, as the API makes it.
    pub fn of_group(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            group: name.to_owned(),
            managed_scaling: true,
            target_capacity: hundred(),
            min_step: one(),
            max_step: most_steps(),
            warmup: warmup(),
            termination_protection: false,
            managed_draining: true,
        }
    }
}
