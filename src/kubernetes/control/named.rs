//! Pods that name their node (`spec.nodeName`): no scheduler looks at them.
//!
//! The API server takes such a pod for bound, and the kubelet of the node looks for itself whether
//! it fits: at requests, at selectors and affinity, at taints that evict; not at those that only
//! keep pods away, and not at other pods (`generalFilter`, `pkg/kubelet/lifecycle/predicate.go`,
//! Kubernetes v1.36). One that does not has failed for good. So has any pod that says it is for
//! another system than the node's (`spec.os`).
//!
//! Names of nodes are known only when they are there: a pod whose node is not waits for it, where
//! the garbage collector of pods would have deleted it after a while.

use super::log::Entry;
use super::workloads::daemon_set::{fits, tolerates};
use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::engine::Schedule;
use crate::kubernetes::autoscale::hpa::Phase;
use crate::kubernetes::objects::{NodeId, PodId};
use crate::kubernetes::scheduler::plugins::node_affinity;
use crate::kubernetes::scheduler::resources::ResourceKind;
use crate::kubernetes::scheduler::shape::Effect;

/// What the kubelet says of taints with which it would evict a pod (`ErrReasonNotMatch`,
/// `pkg/scheduler/framework/plugins/tainttoleration`).
const TAINTS: &str = "node(s) had taints that the pod didn't tolerate";
/// Why a kubelet does not take a pod on that is for another system.
pub(super) const OF_SYSTEM: &str = "PodOSNotSupported: Pod was rejected: Failed to admit pod as \
                                    the OS field doesn't match node OS";

impl ControlPlane {
    /// A pod has come that names its node.
    pub(super) fn named_pod_came<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let name = self.name_of_node(pod);
        let node = self.cluster.nodes().find(|node| Some(&node.spec.name) == name.as_ref());
        match (node.map(|node| node.id), name) {
            (Some(node), _) => self.seat_named(pod, node, around),
            (None, name) => {
                self.named.insert(pod);
                let name = name.unwrap_or_default();
                let message = self.log.text(&format!("there is no node named `{name}` yet"));
                let uid = self.objects.pod(pod).uid;
                self.log.add(around.now(), Entry::Unschedulable { pod: uid, message });
            }
        }
    }

    /// A node has come: pods that name it are on it.
    pub(super) fn named_node_came<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let name = self.objects.node(node).map(|node| node.name.clone());
        let named = self.named.iter().copied();
        let named: Vec<PodId> = named.filter(|&pod| self.name_of_node(pod) == name).collect();
        for pod in named {
            self.named.remove(&pod);
            self.seat_named(pod, node, around);
        }
    }

    fn name_of_node(&self, pod: PodId) -> Option<Box<str>> {
        let scheduled = self.objects.pod(pod).scheduled?;
        self.cluster.shape_of(scheduled).node_name.clone()
    }

    fn seat_named<S>(&mut self, pod: PodId, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let refusal = self.refusal(pod, node);
        let scheduled = self.objects.pod(pod).scheduled.expect("a pod that waits takes room");
        self.scheduler.pod_placed(&mut self.cluster, scheduled, node, around.now());
        match refusal {
            None => self.bound(pod, node, around),
            Some(message) => {
                self.objects.bind(pod, node);
                let uid = self.objects.pod(pod).uid;
                self.log.add(around.now(), Entry::Scheduled { pod: uid, node });
                around.notices.push(Notice::Bound(pod));
                self.not_admitted(pod, &message, around);
            }
        }
    }

    /// Why the kubelet of a node would not take a pod on.
    fn refusal(&self, pod: PodId, id: NodeId) -> Option<String> {
        if self.is_for_another_system(id, pod) {
            return Some(OF_SYSTEM.to_owned());
        }
        let (node, scheduled) = (self.cluster.node(id), self.objects.pod(pod).scheduled?);
        let shape = self.cluster.shape_of(scheduled);
        let short = |name: &str, wanted: i64, used: i64, all: i64| {
            (used + wanted > all).then(|| {
                format!(
                    "OutOf{name}: Pod was rejected: Node didn't have enough resource: {name}, \
                     requested: {wanted}, used: {used}, capacity: {all}"
                )
            })
        };
        let pods = short("pods", 1, node.pods.len() as i64, node.spec.allowed_pods);
        let lacks = |(kind, wanted): (ResourceKind, i64)| {
            let (used, all) = (node.requested.get(kind), node.spec.allocatable.get(kind));
            // what the node does not know of is not its matter
            let is_unknown = matches!(kind, ResourceKind::Extended(_)) && all == 0;
            if wanted == 0 || is_unknown {
                return None;
            }
            short(self.cluster.resource_name(kind), wanted, used, all)
        };
        let predicate = |name: &str, why: &str| {
            format!("{name}: Pod was rejected: Predicate {name} failed: {why}")
        };
        let affinity =
            || (!fits(shape, &node.spec)).then(|| predicate("NodeAffinity", node_affinity::REASON));
        let taints = || {
            let stays = tolerates(shape, &node.spec, |effect| effect == Effect::NoExecute);
            (!stays).then(|| predicate("TaintToleration", TAINTS))
        };
        pods.or_else(|| shape.requests.iter().find_map(lacks)).or_else(affinity).or_else(taints)
    }

    /// Whether a pod says that it is for another system than that of a node.
    pub(super) fn is_for_another_system(&self, node: NodeId, pod: PodId) -> bool {
        let source = &self.objects.template(self.objects.pod(pod).template).source;
        let named = source.spec.as_ref().and_then(|spec| spec.os.as_ref());
        named.is_some_and(|os| {
            let label = self.cluster.node(node).spec.labels.get("kubernetes.io/os");
            label.is_some_and(|label| *label != *os.name)
        })
    }

    /// The kubelet of its node does not take a pod on, which has failed by that.
    pub(super) fn not_admitted<S>(&mut self, pod: PodId, why: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let (uid, message) = (self.objects.pod(pod).uid, self.log.text(why));
        self.log.add(around.now(), Entry::Evicted { pod: uid, message });
        self.pod_completed(pod, Phase::Failed, around);
    }
}
