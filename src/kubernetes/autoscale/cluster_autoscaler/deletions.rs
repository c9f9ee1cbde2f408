//! Nodes on their way out.
//!
//! Follows core/scaledown/budgets/budgets.go: empty nodes go first, several at once; of those that
//! have to be drained fewer at a time.

use std::collections::BTreeMap;

use super::group::GroupId;
use super::planner::Unneeded;
use super::settings::ScaleDownSettings;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;

/// A node to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The node.
    pub node: NodeId,
    /// Its pods to evict first, but for those of DaemonSets; none of an empty node.
    pub evict: Vec<PodId>,
}

/// A deletion under way.
#[derive(Clone, Copy, Debug)]
struct Started {
    group: Option<GroupId>,
    drained: bool,
}

/// All deletions under way.
#[derive(Debug, Default)]
pub(super) struct Deletions(BTreeMap<NodeId, Started>);

impl Deletions {
    /// Forgets nodes that are gone.
    pub fn settle(&mut self, cluster: &Cluster) {
        self.0.retain(|&node, _| cluster.get_node(node).is_some());
    }

    pub fn contains(&self, node: NodeId) -> bool {
        self.0.contains_key(&node)
    }

    /// How many of a group there are.
    pub fn of(&self, group: GroupId) -> u32 {
        let of_group = self.0.values().filter(|started| started.group == Some(group));
        u32::try_from(of_group.count()).unwrap_or(u32::MAX)
    }

    /// Nodes that are being drained.
    pub fn drained(&self) -> impl Iterator<Item = NodeId> {
        self.0.iter().filter(|(_, started)| started.drained).map(|(&node, _)| node)
    }

    pub fn end(&mut self, node: NodeId) {
        self.0.remove(&node);
    }

    /// Begins to delete as many of these nodes as may be deleted at once. `evict` says which pods
    /// are to be evicted, if the node can go as it is now.
    pub fn start(
        &mut self,
        settings: &ScaleDownSettings,
        unneeded: &BTreeMap<NodeId, Unneeded>,
        removable: &[NodeId],
        group: impl Fn(NodeId) -> Option<GroupId>,
        mut evict: impl FnMut(NodeId) -> Option<Vec<PodId>>,
    ) -> Vec<Deletion> {
        let mut all = (settings.parallelism as usize).saturating_sub(self.0.len());
        let mut drains =
            (settings.drain_parallelism as usize).saturating_sub(self.drained().count());
        let mut deletions = Vec::new();
        for &node in removable {
            let Some(unneeded) = unneeded.get(&node) else { continue };
            let drained = !unneeded.pods.is_empty();
            if all == 0 || (drained && drains == 0) {
                continue;
            }
            let Some(evict) = evict(node) else { continue };
            all -= 1;
            drains -= usize::from(drained);
            self.0.insert(node, Started { group: group(node), drained });
            deletions.push(Deletion { node, evict });
        }
        deletions
    }
}
