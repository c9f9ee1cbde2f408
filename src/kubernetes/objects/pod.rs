//! Pods: what the API server keeps of each, in as few bytes as it takes.

pub use crate::kubernetes::autoscale::hpa::Phase;

use super::node::NodeId;
use super::template::TemplateId;
use super::workload::WorkloadId;
use crate::engine::SimTime;
use crate::kubernetes::scheduler::pod::PodId as ScheduledId;

/// A pod of a cluster. The number of one that is gone is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodId(pub u32);

impl PodId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A pod.
#[derive(Clone, Debug)]
pub struct Pod {
    /// What it is like.
    pub template: TemplateId,
    /// Its controller.
    pub owner: Option<WorkloadId>,
    /// Its ordinal or index where it has one; otherwise it counts the pods of its owner.
    pub number: u32,
    /// Counts all pods there ever were.
    pub uid: u32,
    /// What the scheduler calls it, as long as it takes room.
    pub scheduled: Option<ScheduledId>,
    /// Its node.
    pub node: Option<NodeId>,
    /// Where it is in its life.
    pub phase: Phase,
    /// When it came.
    pub created: SimTime,
    /// Since when it has been ready.
    pub ready: Option<SimTime>,
    /// When it was told to go (`metadata.deletionTimestamp`, less the grace).
    pub deleted: Option<SimTime>,
    /// How often its containers were started again.
    pub restarts: u32,
}

const _: () = assert!(size_of::<Option<Pod>>() <= 96, "150,000 pods are to stay small");

impl Pod {
    /// Whether it counts for its controller: neither over nor on its way out
    /// (`pkg/controller/controller_utils.go`, `IsPodActive`).
    pub fn is_active(&self) -> bool {
        !self.is_over() && self.deleted.is_none()
    }

    /// Whether nothing of it will run again.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }
}
