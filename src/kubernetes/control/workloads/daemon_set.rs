//! Daemon sets.

use std::collections::BTreeMap;

use super::{Call, Controller};
use crate::engine::Schedule;
use crate::kubernetes::control::pods::Identity;
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::kubernetes::controllers::daemon_set::{self, DaemonSetSpec, NodeView};
use crate::kubernetes::controllers::pod::{PodView, next_availability};
use crate::kubernetes::objects::{NodeId, PodId, TemplateId, WorkloadId, WorkloadKind};
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::shape::{Effect, PodShape, Taint};

impl ControlPlane {
    /// One turn of the DaemonSet controller.
    pub(super) fn sync_daemon_set<S>(&mut self, id: WorkloadId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let pods = self.views(id);
        let kind = &mut self.objects.workload_mut(id).kind;
        let WorkloadKind::DaemonSet(set) = kind else { return };
        let spec = set.spec;
        let mut failed = std::mem::take(&mut set.failed);
        let (of_node, strays) = self.by_target(id, &pods);
        let views = self.node_views(&spec, &of_node);
        let change = daemon_set::sync(&spec, &views, &mut failed, now);
        if let WorkloadKind::DaemonSet(set) = &mut self.objects.workload_mut(id).kind {
            set.failed = failed;
        }
        self.sync_at(id, change.retry, around);
        if !spec.min_ready.is_zero() {
            self.sync_at(id, next_availability(&pods, spec.min_ready, now), around);
        }
        let template = TemplateId(spec.template);
        let create = change.create.iter().map(|&node| {
            let identity = Identity::Node(NodeId(node));
            Call::Create(template, identity)
        });
        let delete = change.delete.iter().copied().chain(strays);
        let calls = create.chain(delete.map(|pod| Call::Delete(PodId(pod)))).collect();
        self.make_calls(Controller::DaemonSet, id, calls, around);
    }

    /// The pods of a daemon set by the node they are on or for; and those that wait for a node that
    /// is gone, which the controller deletes (`getUnscheduledPodsWithoutNode`).
    fn by_target(
        &self,
        id: WorkloadId,
        pods: &[PodView],
    ) -> (BTreeMap<u32, Vec<PodView>>, Vec<u32>) {
        let (mut of_node, mut strays) = (BTreeMap::<u32, Vec<PodView>>::new(), Vec::new());
        let WorkloadKind::DaemonSet(set) = &self.objects.workload(id).kind else {
            return (of_node, strays);
        };
        for &pod in pods {
            let target = set.targets.get(&PodId(pod.id)).map(|node| node.0);
            let Some(node) = pod.node.or(target) else { continue };
            if self.objects.node(NodeId(node)).is_some() {
                of_node.entry(node).or_default().push(pod);
            } else if pod.node.is_none() && !pod.terminating {
                strays.push(pod.id);
            }
        }
        (of_node, strays)
    }

    fn node_views<'a>(
        &self,
        spec: &DaemonSetSpec,
        of_node: &'a BTreeMap<u32, Vec<PodView>>,
    ) -> Vec<NodeView<'a>> {
        let shape = self.cluster.shape(self.objects.template(TemplateId(spec.template)).shape);
        let nodes = self.objects.nodes();
        nodes
            .map(|(id, _)| {
                let node = &self.cluster.node(id).spec;
                NodeView {
                    id: id.0,
                    fits: fits(shape, node),
                    tolerates: tolerates(shape, node, |effect| effect != Effect::PreferNoSchedule),
                    tolerates_no_execute: tolerates(shape, node, |effect| {
                        effect == Effect::NoExecute
                    }),
                    pods: of_node.get(&id.0).map_or(&[], Vec::as_slice),
                }
            })
            .collect()
    }

    /// A daemon set's pod is for this node.
    pub(super) fn target(&mut self, set: WorkloadId, pod: PodId, node: NodeId) {
        if let WorkloadKind::DaemonSet(set) = &mut self.objects.workload_mut(set).kind {
            set.targets.insert(pod, node);
        }
    }
}

/// Whether a pod of a template would come with a node.
pub fn comes_with(shape: &PodShape, node: &NodeSpec) -> bool {
    fits(shape, node) && tolerates(shape, node, |effect| effect != Effect::PreferNoSchedule)
}

/// Whether name, node selector and required affinity of a template admit a node.
pub(in crate::kubernetes::control) fn fits(shape: &PodShape, node: &NodeSpec) -> bool {
    let named = shape.node_name.as_ref().is_none_or(|name| *name == node.name);
    let mut selector = shape.node_selector.iter();
    let required = shape.required_nodes.as_ref();
    named
        && selector.all(|(key, value)| node.labels.get(key) == Some(value))
        && required.is_none_or(|required| required.matches(&node.name, &node.labels))
}

/// Whether a template tolerates the taints of a node with effects that count.
pub(in crate::kubernetes::control) fn tolerates(
    shape: &PodShape,
    node: &NodeSpec,
    counts: impl Fn(Effect) -> bool,
) -> bool {
    let tolerated = |taint: &Taint| shape.tolerations.iter().any(|one| one.tolerates(taint));
    node.taints.iter().filter(|taint| counts(taint.effect)).all(tolerated)
}
