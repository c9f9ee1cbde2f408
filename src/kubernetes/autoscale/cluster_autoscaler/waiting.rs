//! Pods that need nodes, once all is in place that is on its way.
//!
//! Follows core/static_autoscaler.go and the pod list processors (core/podlistprocessor) in their
//! order: expendable pods, pods of nodes that are drained, pods that find places by themselves,
//! pods of DaemonSets.

use super::group::NodeGroup;
use super::pending;
use super::registry;
use super::shown::{Decisions, PendingPod, Shown};
use super::simulation::Simulation;
use super::view::{Controller, View, is_daemon};
use super::{ClusterAutoscaler, ids};
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::resources::ResourceKind;
use crate::kubernetes::scheduler::shape::ShapeId;

/// If no pod has waited for longer, more may come in a moment, and nothing is done about them yet
/// (`unschedulablePodTimeBuffer`, core/static_autoscaler.go).
const NEW: SimDuration = SimDuration::from_secs(2);
/// The same for pods that request GPUs, for which one waits longer before paying
/// (`unschedulablePodWithGpuTimeBuffer`).
const NEW_WITH_GPU: SimDuration = SimDuration::from_secs(30);

impl ClusterAutoscaler {
    /// Makes the cluster what it will be: without pods that do not count, with all nodes that are
    /// on their way.
    pub(super) fn prepare<V: View>(
        &self,
        simulation: &mut Simulation,
        now: SimTime,
        shown: &Shown<V>,
    ) {
        self.lift_expendable(simulation);
        let nodes: Vec<NodeId> = simulation.cluster().nodes().map(|node| node.id).collect();
        for node in nodes {
            let facts = shown.view.node(node);
            if facts.group.is_some() && registry::is_starting(&self.settings, &facts, now) {
                simulation.remove_node(node);
            }
        }
        for id in ids(shown.groups) {
            let NodeGroup { name, template, .. } = &shown.groups[id.index()];
            for number in 0..self.registry.upcoming(shown.groups, id) {
                let spec = template.named(&format!("{name}-upcoming-{number}"));
                simulation.add_node(spec, &template.pods);
            }
        }
    }

    fn lift_expendable(&self, simulation: &mut Simulation) {
        let cutoff = self.settings.expendable_priority;
        let cluster = simulation.cluster();
        let mut shapes = (0..cluster.shape_count()).filter_map(|id| u32::try_from(id).ok());
        if shapes.all(|id| cluster.shape(ShapeId(id)).priority >= cutoff) {
            return;
        }
        let pods = cluster.nodes().flat_map(|node| node.pods.iter().map(|&pod| (node.id, pod)));
        let expendable = pods.filter(|(_, pod)| cluster.shape_of(*pod).priority < cutoff);
        for (node, pod) in expendable.collect::<Vec<_>>() {
            simulation.lift(node, pod);
        }
    }

    /// The pods that need nodes, after those that do not were put where they will be.
    pub(super) fn waiting<V: View>(
        &mut self,
        simulation: &mut Simulation,
        now: SimTime,
        shown: &Shown<V>,
        decisions: &mut Decisions,
    ) -> Vec<PodId> {
        let mut pods = Vec::new();
        for &PendingPod { pod, nominated } in shown.pending {
            let shape = simulation.cluster().pod(pod).shape;
            let node = nominated.filter(|&node| simulation.cluster().get_node(node).is_some());
            if simulation.cluster().shape(shape).priority < self.settings.expendable_priority {
                continue;
            }
            match node {
                Some(node) => simulation.put(node, pod, shape),
                None => pods.push(pod),
            }
        }
        self.add_drained(simulation.cluster(), shown.view, &mut pods);
        let cluster = simulation.cluster();
        pods.sort_by_key(|&pod| std::cmp::Reverse(cluster.shape_of(pod).priority));
        let everywhere = simulation.everywhere();
        let staying = |node: NodeId| !self.deletions.contains(node);
        let placed =
            pending::place(simulation, &mut self.hints, &pods, &everywhere, false, staying);
        self.hints.drop_old();
        let mut placed: Vec<PodId> = placed.into_iter().map(|(pod, _)| pod).collect();
        decisions.schedulable.clone_from(&placed);
        placed.sort_unstable();
        let cluster = simulation.cluster();
        pods.retain(|pod| {
            let age = shown.view.pod(*pod).created.saturating_add(self.settings.new_pod_delay);
            placed.binary_search(pod).is_err() && !is_daemon(cluster.shape_of(*pod)) && age <= now
        });
        pods
    }

    /// Pods that will need another place because their node is being drained.
    fn add_drained(&self, cluster: &Cluster, view: &impl View, pods: &mut Vec<PodId>) {
        for node in self.deletions.drained() {
            let Some(node) = cluster.get_node(node) else { continue };
            pods.extend(node.pods.iter().filter(|&&pod| {
                let facts = view.pod(pod);
                let daemon = facts.controller == Controller::DaemonSet;
                facts.deleted.is_none() && !daemon && !facts.mirror
            }));
        }
    }
}

/// Whether pods are so new that more may come in a moment: all of them, or all with GPUs.
pub(super) fn are_new<V: View>(
    cluster: &Cluster,
    now: SimTime,
    shown: &Shown<V>,
    pods: &[PodId],
) -> bool {
    let gpus: Vec<ResourceKind> = shown.groups.iter().filter_map(|group| group.gpu).collect();
    let has_gpu = |pod: &PodId| {
        let requests = &cluster.shape_of(*pod).requests;
        gpus.iter().any(|&gpu| requests.get(gpu) > 0)
    };
    let created = |pod: &PodId| shown.view.pod(*pod).created;
    let is_new = |oldest: Option<SimTime>, wait| {
        oldest.is_some_and(|oldest| oldest.saturating_add(wait) > now)
    };
    is_new(pods.iter().map(created).min(), NEW)
        || is_new(pods.iter().filter(|pod| has_gpu(pod)).map(created).min(), NEW_WITH_GPU)
}
