//! A pod as the scheduler sees it.

use super::node::NodeId;
use super::shape::ShapeId;

/// A pod of a [`Cluster`](super::cluster::Cluster). The number of a pod that is gone is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodId(pub u32);

/// A pod: one of its shape, with a name, an age and a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Namespace and name, `shop/web-0`.
    pub key: Box<str>,
    /// What it is like.
    pub shape: ShapeId,
    /// Where it runs, once it is bound.
    pub node: Option<NodeId>,
    /// When it was started, in nanoseconds of any clock (`status.startTime`).
    pub start: i64,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Whether it is being deleted to make room for another.
    pub preempted: bool,
}

impl Pod {
    /// A pod that waits for a node.
    #[must_use]
    pub fn pending(key: &str, shape: ShapeId) -> Self {
        Self { key: key.into(), shape, node: None, start: 0, terminating: false, preempted: false }
    }

    /// Its name, without the namespace.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.split_once('/').map_or(&*self.key, |(_, name)| name)
    }
}
