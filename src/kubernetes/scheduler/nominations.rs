//! Pods that evicted others from a node and wait for their place there.
//!
//! Follows the nominator of Kubernetes v1.36 (pkg/scheduler/backend/queue/nominator.go) and
//! `RunFilterPluginsWithNominatedPods` (pkg/scheduler/framework/runtime/framework.go): a pod that
//! is not more important must leave room for them, whether or not they will come.

use std::collections::BTreeMap;

use super::cluster::Cluster;
use super::node::NodeId;
use super::pod::PodId;

/// Nominated pods by node, in the order of their nomination.
#[derive(Clone, Debug, Default)]
pub struct Nominations {
    nodes: BTreeMap<NodeId, Vec<PodId>>,
    pods: BTreeMap<PodId, NodeId>,
}

impl Nominations {
    /// Nominates a pod for a node; an earlier nomination of it is forgotten.
    pub fn add(&mut self, pod: PodId, node: NodeId) {
        self.remove(pod);
        self.nodes.entry(node).or_default().push(pod);
        self.pods.insert(pod, node);
    }

    /// Forgets the nomination of a pod.
    pub fn remove(&mut self, pod: PodId) {
        let Some(node) = self.pods.remove(&pod) else { return };
        let there = self.nodes.get_mut(&node).expect("both maps agree");
        there.retain(|&known| known != pod);
        if there.is_empty() {
            self.nodes.remove(&node);
        }
    }

    /// The node a pod is nominated for.
    #[must_use]
    pub fn node(&self, pod: PodId) -> Option<NodeId> {
        self.pods.get(&pod).copied()
    }

    /// All pods nominated for a node.
    #[must_use]
    pub fn on(&self, node: NodeId) -> &[PodId] {
        self.nodes.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Nodes that pods are nominated for.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.keys().copied()
    }

    /// Pods nominated for a node that a pod has to leave room for.
    pub fn before(
        &self,
        cluster: &Cluster,
        pod: PodId,
        node: NodeId,
    ) -> impl Iterator<Item = PodId> {
        let priority = cluster.shape_of(pod).priority;
        let on = self.on(node).iter().copied();
        on.filter(move |&other| other != pod && cluster.shape_of(other).priority >= priority)
    }
}
