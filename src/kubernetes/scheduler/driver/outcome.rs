//! What a trial came to.

use std::rc::Rc;

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::cycle::Attempt;
use crate::kubernetes::scheduler::message;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::preemption::{Preemption, Victims};

/// What a trial came to.
#[derive(Debug)]
pub enum Outcome {
    /// The pod is on a node.
    Bound {
        /// The pod.
        pod: PodId,
        /// Where it is.
        node: NodeId,
    },
    /// No node will have the pod.
    Unschedulable(Box<Failed>),
    /// There is no pod to try.
    Idle,
}

/// A trial that found no node.
#[derive(Debug)]
pub struct Failed {
    /// The pod.
    pub pod: PodId,
    /// What was found out about every node.
    pub attempt: Rc<Attempt>,
    /// What came of the search for pods to evict.
    pub preemption: Rc<Preemption>,
    /// The node that the pod is nominated for now, and who has to leave it.
    pub chosen: Option<Victims>,
    /// Pods to be deleted, with their grace period: those of `chosen` that were not on their way
    /// out. The cluster has them marked already.
    pub evicted: Vec<PodId>,
}

impl Failed {
    pub(super) fn without_nodes(pod: PodId) -> Self {
        Self {
            pod,
            attempt: Rc::default(),
            preemption: Rc::default(),
            chosen: None,
            evicted: Vec::new(),
        }
    }

    /// The message that users see; of the cluster as it was tried.
    #[must_use]
    pub fn message(&self, cluster: &Cluster) -> String {
        message::failed(cluster.node_count(), &self.attempt, Some(&self.preemption))
    }
}
