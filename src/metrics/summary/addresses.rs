//! The addresses of the subnets of a cluster of Amazon EKS.

use serde::{Deserialize, Serialize};

use super::Durations;

/// Addresses of subnets, and pods that waited for one, over the measured time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AddressesSummary {
    pub subnets: Vec<SubnetSummary>,
    /// Pods that got no address at once.
    pub pods_waited: u64,
    /// How often the sandbox of a pod could not be made for want of an address.
    pub sandboxes_failed: u64,
    /// How long those waited that got one in the end.
    pub waits: Durations,
    /// Pods that had none at the end.
    pub pods_waiting: u64,
}

/// One subnet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SubnetSummary {
    pub name: String,
    /// Addresses that there are without those that AWS keeps.
    pub addresses: u32,
    /// Those that were taken, on average: by nodes, by their interfaces, whether a pod had them or
    /// not, and by others.
    pub taken: f64,
    /// The most that were at once.
    pub taken_max: u32,
}
