//! The garbage collector of pods, which looks every 20 s; here only while there is something.

use std::collections::BTreeSet;

use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Phase, Schedule, SimTime};
use crate::kubernetes::controllers::pod_gc::PodGc;
use crate::kubernetes::objects::{NodeId, PodId};

/// The collector, and what makes it look.
#[derive(Debug, Default)]
pub(super) struct Collector {
    gc: PodGc,
    /// Pods that have ended and are there.
    ended: usize,
    /// Nodes that are gone, while pods of theirs are there.
    missing: BTreeSet<NodeId>,
    /// When it looks next.
    next: Option<SimTime>,
}

impl Collector {
    /// A pod has ended.
    pub fn ended(&mut self) {
        self.ended += 1;
    }

    /// A pod that had ended is gone.
    pub fn gone(&mut self) {
        self.ended -= 1;
    }
}

impl ControlPlane {
    /// A node with pods is gone.
    pub(super) fn miss_node<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.collector.missing.insert(node);
        self.collect_later(around);
    }

    /// Has the collector look, if there is anything for it.
    pub(super) fn collect_later<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let config = self.collector.gc.config();
        let too_many = config.threshold > 0 && self.collector.ended > config.threshold;
        if (!too_many && self.collector.missing.is_empty()) || self.collector.next.is_some() {
            return;
        }
        let period = config.period.as_nanos();
        let looks = around.now().as_nanos() / period + 1;
        let next = SimTime::from_nanos(looks * period);
        self.collector.next = Some(next);
        around.at(next, Phase::Decide, ControlEvent::Collect);
    }

    /// One look at all pods.
    pub(super) fn collect<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.collector.next = None;
        let ids: Vec<PodId> = self.objects.pods().map(|(id, _)| id).collect();
        let pods: Vec<_> = ids.iter().map(|&id| self.view(id)).collect();
        let Self { collector, objects, .. } = self;
        let is_node = |node| objects.node(NodeId(node)).is_some();
        let gone = collector.gc.look(&pods, is_node, |_| false, around.now());
        for pod in gone {
            // without grace, and without asking the kubelet
            self.remove_pod(PodId(pod), around);
        }
        let left: BTreeSet<NodeId> = self.objects.pods().filter_map(|(_, pod)| pod.node).collect();
        self.collector.missing.retain(|node| left.contains(node));
        self.collect_later(around);
    }
}
