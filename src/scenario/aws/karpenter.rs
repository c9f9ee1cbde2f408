//! `[cluster.karpenter]`: nodes of an Amazon EKS cluster that Karpenter launches.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::node_group::{discount, interruptions, joining, system_memory};
use super::{NodeGroup, Shortage};
use crate::engine::SimDuration;
use crate::scenario::Law;
use crate::units::{Bytes, Fraction};

/// `[cluster.karpenter]`: nodes that Karpenter launches for pods that wait, each of a type of its
/// choice, and takes away or replaces when they are not worth their price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Karpenter {
    /// Files with its NodePools and EC2NodeClasses, in YAML or JSON.
    pub node_pools: Vec<PathBuf>,
    /// Nodes are planned when no pod came for so long (`BATCH_IDLE_DURATION`). Default 1s.
    #[serde(default = "batch_idle")]
    pub batch_idle: SimDuration,
    /// They are planned so long after the first pod at the latest (`BATCH_MAX_DURATION`). Default
    /// 10s.
    #[serde(default = "batch_max")]
    pub batch_max: SimDuration,
    /// Whether Spot nodes are replaced by cheaper ones (feature gate `SpotToSpotConsolidation`).
    /// Default false.
    #[serde(default)]
    pub spot_to_spot: bool,
    /// Whether nodes are emptied when EC2 gives notice that it takes them back
    /// (`INTERRUPTION_QUEUE`). Default true.
    #[serde(default = "yes")]
    pub interruption_queue: bool,
    /// Part of a type's memory that it takes for hidden (`VM_MEMORY_OVERHEAD_PERCENT`). Default
    /// 7.5%.
    #[serde(default = "memory_overhead")]
    pub memory_overhead: Fraction,
    /// Network interfaces of each node that Karpenter takes to have no pods (`RESERVED_ENIS`): 1
    /// where pods have subnets of their own, or security groups. Default 0.
    #[serde(default)]
    pub reserved_enis: u32,
    /// How long startup taints of nodes stay. Default 5s.
    #[serde(default = "startup")]
    pub startup: Law,
    /// What Spot takes off the price. Default 65%.
    #[serde(default = "discount")]
    pub spot_discount: Fraction,
    /// Part of Spot instances that are interrupted within a month of 730 hours; below 100%. Default
    /// 5%.
    #[serde(default = "interruptions")]
    pub spot_interruptions: Fraction,
    /// From the launch to the state `running`. Default: what was measured of EC2.
    pub launch: Option<Law>,
    /// From `running` to an operating system that is up. Default: what was measured of EC2.
    pub boot: Option<Law>,
    /// From an operating system that is up to a node that is `Ready`. Default lognormal with cv 0.3
    /// and mean 27s, so that a node is there 40 s to 70 s after the launch.
    #[serde(default = "joining")]
    pub join: Law,
    /// From the call that ends an instance to its end, when its addresses are free again. Default:
    /// what is usual.
    pub shutdown: Option<Law>,
    /// Memory of each node that its system uses, beside what its kernel does not have and what its
    /// container engine uses. Default 200MiB.
    #[serde(default = "system_memory")]
    pub system_memory: Bytes,
    /// Times without capacity: launches fail with `InsufficientInstanceCapacity`.
    #[serde(default, rename = "shortage", skip_serializing_if = "Vec::is_empty")]
    pub shortages: Vec<Shortage>,
    /// Times from which nodes that are there are not what their NodePools ask for any more.
    #[serde(default, rename = "drift", skip_serializing_if = "Vec::is_empty")]
    pub drifts: Vec<KarpenterDrift>,
}

/// `[[cluster.karpenter.drift]]`: a new machine image comes, or another EC2NodeClass: nodes that
/// were launched before have drifted. They are replaced one after the other, as far as disruption
/// budgets for `Drifted` let them go; sizes and prices of new ones are as before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KarpenterDrift {
    /// When Karpenter knows of it.
    pub at: SimDuration,
    /// The NodePools whose nodes drift. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub node_pools: Vec<String>,
}

fn batch_idle() -> SimDuration {
    SimDuration::from_secs(1)
}

fn batch_max() -> SimDuration {
    SimDuration::from_secs(10)
}

fn yes() -> bool {
    true
}

fn memory_overhead() -> Fraction {
    Fraction(0.075)
}

fn startup() -> Law {
    Law::Constant(SimDuration::from_secs(5))
}

impl Karpenter {
    /// What the nodes of one of its NodePools have in common with those of a node group: how their
    /// instances are launched and end. The rest is for the NodePool to say.
    pub fn nodes_of(&self, pool: &str) -> NodeGroup {
        NodeGroup {
            managed: false,
            spot_discount: self.spot_discount,
            spot_interruptions: self.spot_interruptions,
            launch: self.launch.clone(),
            boot: self.boot.clone(),
            join: Some(self.join.clone()),
            shutdown: self.shutdown.clone(),
            system_memory: Some(self.system_memory),
            shortages: self.shortages.clone(),
            ..NodeGroup::new(pool, u32::MAX)
        }
    }
}
