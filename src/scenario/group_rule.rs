//! What items that belong together ask of their hosts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What items of one group ask of their hosts. It is kept at every moment: a host that would break
/// it is as good as full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GroupRule {
    /// All are on one host.
    #[serde(alias = "collocation")]
    Affinity,
    /// All are on different hosts.
    #[serde(alias = "anti-collocation")]
    AntiAffinity,
    /// Items with different numbers in the column `domain` share no rack; those with the same
    /// number may be on one rack or on several.
    #[serde(alias = "fault_domain")]
    FaultDomain,
}

impl GroupRule {
    /// By a name that it has here or in the tables of Huawei Cloud.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "affinity" | "collocation" => Some(Self::Affinity),
            "anti-affinity" | "anti-collocation" => Some(Self::AntiAffinity),
            "fault-domain" | "fault_domain" => Some(Self::FaultDomain),
            _ => None,
        }
    }
}
