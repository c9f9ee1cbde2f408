//! `[[cluster.subnet]]`: a range of addresses in a zone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[[cluster.subnet]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subnet {
    /// Name, unique among the subnets of the cluster: `subnet-0a1b` or any other.
    pub name: String,
    /// The zone it is in, counted from 0. Default 0.
    #[serde(default)]
    pub zone: u32,
    /// Its addresses, from a /16 to a /28: `10.0.1.0/24`. AWS keeps five of them.
    pub cidr: String,
    /// Addresses that others have already. Default 0.
    #[serde(default)]
    pub used: u32,
}
