//! The instances of Amazon EC2 of a cluster.

use serde::{Deserialize, Serialize};

/// Instances of Auto Scaling groups over the measured time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ec2Summary {
    /// Instances in service in their groups, on average; they are so before they have booted.
    pub in_service: f64,
    /// The most of them at once.
    pub in_service_max: u32,
    /// Instances that EC2 launched, for the group or its warm pool.
    pub launched: u64,
    /// Launches, or starts from the warm pool, that were refused: `InsufficientInstanceCapacity`.
    pub launches_without_capacity: u64,
    /// Launches that were refused because a subnet had no address left.
    pub launches_without_address: u64,
    /// Spot instances that were recommended to be replaced.
    pub rebalance_recommendations: u64,
    /// Spot instances that were told that they end in two minutes.
    pub interruption_notices: u64,
    /// Spot instances that EC2 took back.
    pub interruptions: u64,
    /// How long instances were `running`, by type and market.
    pub hours: Vec<InstanceHours>,
}

/// Instances of one type, bought one way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceHours {
    /// As in `m5.large`.
    pub instance_type: String,
    /// Spot, or On-Demand.
    pub spot: bool,
    /// Their number times hours; what is charged is a minute a start at least.
    pub hours: f64,
}

impl InstanceHours {
    /// `spot` or `on-demand`.
    pub fn market(&self) -> &'static str {
        if self.spot { "spot" } else { "on-demand" }
    }
}

impl Ec2Summary {
    /// Hours of all types and markets.
    pub fn instance_hours(&self) -> f64 {
        self.hours.iter().map(|it| it.hours).sum()
    }
}
