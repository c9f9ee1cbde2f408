//! How a pod came to its node, or to none.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::cycle::Attempt;
use crate::kubernetes::scheduler::framework::Rejection;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::preemption::{Preemption, Victims};

/// All that is told about a pod.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The pod.
    pub entry: usize,
    /// What happened to it, in order. Attempts that found nothing are left out, but for the last.
    pub attempts: Vec<Explained>,
}

/// One attempt to place a pod.
#[derive(Clone, Debug)]
pub struct Explained {
    /// How it fared on every node.
    pub attempt: Attempt,
    /// The node it went to.
    pub chosen: Option<NodeId>,
    /// The node on which others were evicted for it.
    pub nominated: Option<NodeId>,
    /// Why the pod may not evict anyone, if it may not.
    pub ineligible: Option<&'static str>,
    /// Who would have to go on which node; none where evictions were not thought of.
    pub candidates: Vec<Candidate>,
    /// Nodes on which evictions would not help, and why.
    pub failures: Vec<(NodeId, Rejection)>,
}

/// Who would have to leave a node. The pods are named, as their numbers are used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The node.
    pub node: NodeId,
    /// The pods, the most important first.
    pub victims: Vec<Box<str>>,
    /// How many of them a disruption budget would keep.
    pub violations: usize,
}

impl Explanation {
    pub(super) fn new(entry: usize) -> Self {
        Self { entry, attempts: Vec::new() }
    }
}

impl Explained {
    pub(super) fn new(
        cluster: &Cluster,
        attempt: Attempt,
        chosen: Option<NodeId>,
        preemption: Option<&Preemption>,
    ) -> Self {
        let candidate = |victims: &Victims| Candidate {
            node: victims.node,
            victims: victims.pods.iter().map(|&pod| cluster.pod(pod).key.clone()).collect(),
            violations: victims.violations,
        };
        Self {
            attempt,
            chosen,
            nominated: None,
            ineligible: preemption.and_then(|found| found.ineligible),
            candidates: preemption
                .map(|found| found.candidates.iter().map(candidate).collect())
                .unwrap_or_default(),
            failures: preemption.map(|found| found.failures.clone()).unwrap_or_default(),
        }
    }
}
