//! What a scan is shown, and what it decides.

use super::deletions::Deletion;
use super::group::{GroupId, NodeGroup};
use super::scale_up::ScaleUp;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::profile::Profile;

/// A pod for which the scheduler found no node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingPod {
    /// The pod.
    pub pod: PodId,
    /// The node on which others were evicted for it.
    pub nominated: Option<NodeId>,
}

/// What a scan is shown.
#[derive(Debug)]
pub struct Shown<'s, V> {
    /// How the scheduler is configured, of which only filters matter.
    pub profile: &'s Profile,
    /// All groups, in the same order at every scan.
    pub groups: &'s [NodeGroup],
    /// What is known of nodes and pods.
    pub view: &'s V,
    /// Pods for which the scheduler found no node, in the order of their creation.
    pub pending: &'s [PendingPod],
}

/// What a scan decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// Whether too many nodes are not ready to do anything.
    pub unhealthy: bool,
    /// Machines of groups that never became nodes and are to be given up: targets go down by so
    /// many.
    pub give_up: Vec<(GroupId, u32)>,
    /// Pods for which there is, or will be, room.
    pub schedulable: Vec<PodId>,
    /// What is to grow: targets of [`plan`](ScaleUp::plan) are to be set.
    pub scale_up: ScaleUp,
    /// Nodes to taint, drain and delete. Their group's target goes down by one each when the
    /// machine is deleted.
    pub delete: Vec<Deletion>,
}
