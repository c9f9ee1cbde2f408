//! `[[cluster.node_group.update]]`: a managed node group gets new nodes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;

/// `[[cluster.node_group.update]]`: the group gets another version of its launch template or its
/// machine image, so that all its nodes are replaced (`UpdateNodegroupVersion`, strategy
/// `DEFAULT`). Nothing else changes: new nodes are as the old ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeGroupUpdate {
    /// When it begins.
    pub at: SimDuration,
    /// Nodes that may be unavailable at a time (`maxUnavailable`), 1 to 100. Default 1.
    pub max_unavailable: Option<u32>,
    /// The same as hundredths of the group, 1 to 100, rounded up to whole nodes, of which 100 are
    /// the most (`maxUnavailablePercentage`).
    pub max_unavailable_percentage: Option<u32>,
    /// Whether pods that have not left a node after 15 minutes are deleted; without, the update
    /// fails (`PodEvictionFailure`). Default false.
    #[serde(default)]
    pub force: bool,
}
