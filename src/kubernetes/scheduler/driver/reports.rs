//! What happens in the cluster, as the scheduler learns of it.

use super::{Scheduler, start_time};
use crate::engine::SimTime;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::{NodeId, NodeSpec};
use crate::kubernetes::scheduler::pod::{Pod, PodId};
use crate::kubernetes::scheduler::queue::{Context, Event};
use crate::kubernetes::scheduler::shape::ShapeId;

impl Scheduler {
    /// A pod came to the cluster: one that has a node may help others, one that has none is to be
    /// scheduled.
    ///
    /// # Panics
    /// When it came before.
    pub fn pod_added(&mut self, cluster: &Cluster, pod: PodId, now: SimTime) {
        let Pod { shape, node, .. } = *cluster.pod(pod);
        if node.is_some() {
            self.happened(cluster, &Event::PodAdded(shape), now);
        } else {
            let context = Context { profile: &self.profile, cluster };
            self.queue.add(&context, pod, shape, now);
        }
    }

    /// Another scheduler gave a pod that this one does not know of its node.
    ///
    /// # Panics
    /// When the pod is gone or has a node.
    pub fn pod_placed(&mut self, cluster: &mut Cluster, pod: PodId, node: NodeId, now: SimTime) {
        self.bind_volumes(cluster, pod, node, now);
        cluster.bind(pod, node, start_time(now));
        self.happened(cluster, &Event::PodAdded(cluster.pod(pod).shape), now);
    }

    /// Changes a pod: its labels, its requests, its tolerations, its gates.
    ///
    /// # Panics
    /// When the pod is gone.
    pub fn update_pod(&mut self, cluster: &mut Cluster, pod: PodId, shape: ShapeId, now: SimTime) {
        let Pod { shape: old, node, .. } = *cluster.pod(pod);
        cluster.reshape(pod, shape);
        if node.is_some() {
            self.happened(cluster, &Event::PodUpdated { old, new: shape }, now);
        } else {
            let context = Context { profile: &self.profile, cluster };
            self.queue.update(&context, pod, shape, now);
        }
    }

    /// Removes a pod, and lets others have its place.
    ///
    /// # Panics
    /// When the pod is gone.
    pub fn remove_pod(&mut self, cluster: &mut Cluster, pod: PodId, now: SimTime) -> Pod {
        let nominated = self.nominations.node(pod).is_some();
        self.nominations.remove(pod);
        self.queue.remove(pod);
        let removed = cluster.remove_pod(pod);
        if removed.node.is_some() {
            self.happened(cluster, &Event::PodDeleted(removed.shape), now);
        } else if nominated {
            self.happened(cluster, &Event::NominationCleared(removed.shape), now);
        }
        removed
    }

    /// Adds a node.
    pub fn add_node(&mut self, cluster: &mut Cluster, spec: NodeSpec, now: SimTime) -> NodeId {
        let event = Event::NodeAdded(Box::new(spec.clone()));
        let node = cluster.add_node(spec);
        self.happened(cluster, &event, now);
        node
    }

    /// Changes a node.
    ///
    /// # Panics
    /// When it was removed.
    pub fn update_node(
        &mut self,
        cluster: &mut Cluster,
        node: NodeId,
        spec: NodeSpec,
        now: SimTime,
    ) {
        let old = Box::new(cluster.node(node).spec.clone());
        let event = Event::NodeUpdated { old, new: Box::new(spec.clone()) };
        cluster.update_node(node, spec);
        self.happened(cluster, &event, now);
    }

    /// Removes a node and the pods that are still on it.
    ///
    /// # Panics
    /// When it was removed before.
    pub fn remove_node(&mut self, cluster: &mut Cluster, node: NodeId, now: SimTime) {
        let known = cluster.node(node);
        let event = Event::NodeRemoved(Box::new(known.spec.clone()));
        for pod in known.pods.clone() {
            self.remove_pod(cluster, pod, now);
        }
        cluster.remove_node(node);
        self.happened(cluster, &event, now);
    }

    /// Anything else happened that may help waiting pods; the cluster knows of it already.
    pub fn happened(&mut self, cluster: &Cluster, event: &Event, now: SimTime) {
        let context = Context { profile: &self.profile, cluster };
        self.queue.happened(&context, event, now);
    }

    /// Has a pod tried again at once, whatever rejected it.
    pub fn activate(&mut self, pod: PodId) {
        self.queue.activate(pod);
    }
}
