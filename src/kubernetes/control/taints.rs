//! Pods leave nodes that are not heard of: a few nodes at a time, each pod when its patience is
//! over.
//!
//! Source: Kubernetes v1.36, `pkg/controller/nodelifecycle/node_lifecycle_controller.go`
//! (`processTaintBaseEviction`) and `pkg/controller/tainteviction/taint_eviction.go`
//! (`getMinTolerationTime`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::limiter::{Limiter, Rate};
use super::nodes::UNREACHABLE;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Phase, Schedule, SimDuration};
use crate::kubernetes::objects::{NodeId, PodId};
use crate::kubernetes::scheduler::shape::{Effect, Taint};

/// Nodes a second of a zone (`--node-eviction-rate`), one at once.
const RATE: Rate = Rate { qps: 0.1, burst: 1 };

/// Nodes that are not heard of.
#[derive(Debug, Default)]
pub(super) struct Taints {
    zones: BTreeMap<u32, Zone>,
    tainted: BTreeSet<NodeId>,
}

#[derive(Debug)]
struct Zone {
    limiter: Limiter,
    waiting: VecDeque<NodeId>,
}

impl Taints {
    /// A node is heard of again, or is gone.
    pub fn forget(&mut self, node: NodeId) {
        self.tainted.remove(&node);
        for zone in self.zones.values_mut() {
            zone.waiting.retain(|&other| other != node);
        }
    }

    /// Whether pods are to leave a node.
    pub fn is_tainted(&self, node: NodeId) -> bool {
        self.tainted.contains(&node)
    }
}

impl ControlPlane {
    /// A node is tainted when it is its turn in its zone.
    pub(super) fn taint_in_turn<S>(&mut self, node: NodeId, zone: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let new = || Zone { limiter: Limiter::new(RATE), waiting: VecDeque::new() };
        let queue = self.taints.zones.entry(zone).or_insert_with(new);
        queue.waiting.push_back(node);
        if queue.waiting.len() == 1 {
            self.taint_next(zone, around);
        }
    }

    /// Taints the nodes of a zone whose turn it is.
    pub(super) fn taint_next<S>(&mut self, zone: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        while let Some(queue) = self.taints.zones.get_mut(&zone) {
            let Some(&node) = queue.waiting.front() else { return };
            if !queue.limiter.take(now) {
                let next = queue.limiter.next(now);
                around.at(next, Phase::Decide, ControlEvent::Taint(zone));
                return;
            }
            queue.waiting.pop_front();
            self.taints.tainted.insert(node);
            self.taint(node, UNREACHABLE, Effect::NoExecute, now);
            self.evict_from(node, around);
        }
    }

    fn evict_from<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pods = self.objects.node(node).map_or(Vec::new(), |node| node.pods.clone());
        for pod in pods {
            if let Some(patience) = self.patience(pod) {
                let time = around.now().saturating_add(patience);
                let tag = self.objects.tag(pod);
                around.at(time, Phase::Decide, ControlEvent::Evict(tag));
            }
        }
    }

    /// How long a pod puts up with a node that is not heard of; none for ever.
    fn patience(&self, pod: PodId) -> Option<SimDuration> {
        let key = UNREACHABLE.into();
        let taint = Taint { key, value: "".into(), effect: Effect::NoExecute };
        let template = self.objects.template(self.objects.pod(pod).template);
        let mut tolerated = template.tolerations.iter().filter(|(one, _)| one.tolerates(&taint));
        let Some((_, first)) = tolerated.next() else { return Some(SimDuration::ZERO) };
        first.iter().copied().chain(tolerated.filter_map(|(_, patience)| *patience)).min()
    }
}
