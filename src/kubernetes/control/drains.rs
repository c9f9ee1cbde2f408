//! Nodes that are drained, as `kubectl drain --ignore-daemonsets --delete-emptydir-data --force`
//! does it.
//!
//! Source: Kubernetes v1.36, `staging/src/k8s.io/kubectl/pkg/drain/drain.go` (`evictPods`) and
//! `filters.go`. The node is cordoned; all pods that are on it then, but for those of DaemonSets,
//! are evicted at once, and those that a budget keeps are asked again every 5 s.

use std::collections::BTreeMap;

use super::log::Entry;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Phase, Schedule, SimDuration, Tag};
use crate::kubernetes::objects::{NodeId, PodId, WorkloadKind};

/// After a budget has kept a pod, it is asked again.
const RETRY: SimDuration = SimDuration::from_secs(5);

/// Why pods of a drained node go.
const REASON: &str = "its node is drained (eviction)";

/// Nodes under drain.
#[derive(Debug, Default)]
pub(super) struct Drains {
    /// Why the pods of each go.
    nodes: BTreeMap<NodeId, Box<str>>,
}

impl ControlPlane {
    /// Has a node take no more pods and those on it go.
    pub fn drain<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.cordon(node, true, around);
        self.empty(node, REASON, &[], around);
    }

    /// Has the pods on a node go that are neither of DaemonSets nor among those that are kept, for
    /// this reason. It takes others for as long as nobody keeps them away.
    pub(super) fn empty<S>(
        &mut self,
        node: NodeId,
        reason: &str,
        kept: &[PodId],
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.drains.nodes.contains_key(&node) {
            return;
        }
        self.drains.nodes.insert(node, reason.into());
        let pods = self.objects.node(node).map_or(Vec::new(), |node| node.pods.clone());
        for pod in pods {
            if !self.is_of_daemon_set(pod) && !kept.contains(&pod) {
                self.drain_pod(pod, reason, around);
            }
        }
        self.settle(around);
    }

    /// A drain is over, however far it has come: the node takes pods again.
    pub fn end_drain<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.drains.nodes.remove(&node);
        self.cordon(node, false, around);
        self.settle(around);
    }

    /// The pods that are to leave a drained node and have not been told to go yet.
    pub fn kept_from_drain(&self, node: NodeId) -> usize {
        let pods = self.objects.node(node).map_or(&[][..], |node| &node.pods);
        let kept = |pod: &&PodId| {
            self.objects.pod(**pod).deleted.is_none() && !self.is_of_daemon_set(**pod)
        };
        pods.iter().filter(kept).count()
    }

    /// Whether a node has no pod left that would have to leave it.
    pub fn is_drained(&self, node: NodeId) -> bool {
        let pods = self.objects.node(node).map_or(&[][..], |node| &node.pods);
        pods.iter().all(|&pod| self.is_of_daemon_set(pod))
    }

    pub(super) fn is_of_daemon_set(&self, pod: PodId) -> bool {
        let owner = self.objects.pod(pod).owner;
        owner.is_some_and(|owner| {
            matches!(self.objects.workload(owner).kind, WorkloadKind::DaemonSet(_))
        })
    }

    /// Asks for the eviction of a pod of a node under drain, again.
    pub(super) fn drain_again<S>(&mut self, tag: Tag, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(pod) = self.objects.tagged(tag) else { return };
        let known = self.objects.pod(pod);
        let reason = known.node.and_then(|node| self.drains.nodes.get(&node)).cloned();
        if let Some(reason) = reason.filter(|_| known.deleted.is_none()) {
            self.drain_pod(pod, &reason, around);
        }
    }

    fn drain_pod<S>(&mut self, pod: PodId, reason: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let (tag, uid) = (self.objects.tag(pod), self.objects.pod(pod).uid);
        if self.request_eviction(pod, reason, around).is_err() {
            let now = around.now();
            self.log.add(now, Entry::NotEvicted { pod: uid });
            around.at(now.saturating_add(RETRY), Phase::Decide, ControlEvent::Drain(tag));
        }
    }
}
