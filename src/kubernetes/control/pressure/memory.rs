//! Memory of a node as its kubelet sees it, and whom the kernel kills without it.

use crate::engine::SimTime;
use crate::kubernetes::control::ControlPlane;
use crate::kubernetes::control::log::Entry;
use crate::kubernetes::kubelet::eviction::{Observation, Signal, Threshold};
use crate::kubernetes::kubelet::oom;
use crate::kubernetes::objects::{Node, NodeId, PodId};
use crate::units::Bytes;

impl ControlPlane {
    /// What the pods of a node may use together of its memory before its kubelet evicts.
    pub fn eviction_begins(&self, node: NodeId) -> Option<Bytes> {
        let node = self.objects.node(node)?;
        let observations = observations(node, Bytes(0));
        let above = |threshold: &Threshold| {
            let of = observations.iter().find(|one| one.signal == threshold.signal)?;
            Some(Bytes(of.available.0.saturating_sub(threshold.value.of(of.capacity).0)))
        };
        let settings = self.pressures.settings.of(Some(node));
        settings.thresholds.iter().filter_map(above).min()
    }

    /// The `oom_score_adj` of a container, on a node of so much memory.
    pub fn oom_score_adj(&self, pod: PodId, container: u32, capacity: Bytes) -> i64 {
        let template = self.objects.get_pod(pod).map(|pod| self.objects.template(pod.template));
        let template = template.map(|template| &template.pod);
        let found = template.and_then(|it| Some((it, it.all().nth(container as usize)?)));
        found.map_or(0, |(pod, container)| oom::oom_score_adj(pod, container, capacity))
    }

    /// The kernel of a node kills a container of a pod because the node has no memory left.
    pub fn system_oom(&mut self, node: NodeId, pod: PodId, container: u32, now: SimTime) {
        if let Some(known) = self.objects.get_pod(pod) {
            let uid = known.uid;
            self.log.add(now, Entry::SystemOom { node, pod: uid, container });
        }
    }
}

/// What is available on a node whose pods use so much. What is reserved for its system is what that
/// uses, so that both signals of memory say the same.
pub(super) fn observations(node: &Node, used: Bytes) -> [Observation; 2] {
    let available = Bytes(node.memory.pods.0.saturating_sub(used.0));
    let of = |signal, capacity| Observation { signal, available, capacity };
    [
        of(Signal::MemoryAvailable, node.memory.all),
        of(Signal::AllocatableMemoryAvailable, node.memory.pods),
    ]
}
