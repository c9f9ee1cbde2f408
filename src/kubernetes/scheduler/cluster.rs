//! Everything the scheduler knows of a cluster.
//!
//! What kube-scheduler keeps in its cache and snapshot (Kubernetes v1.36,
//! pkg/scheduler/backend/cache): nodes, the pods on them, and the other API objects that decide
//! about places. Changes to nodes' pods are logged, so that whoever keeps results about a shape can
//! catch up with the few nodes that changed instead of looking at all of them.

mod images;
mod log;
mod objects;
mod shapes;
mod trial;

pub use images::Images;
pub use log::{Change, ChangeLog, Changes, Moment};
pub use objects::{Budget, Objects, PodSelection, Service};
pub use shapes::Shapes;
pub use trial::Lifted;

use super::labels::Labels;
use super::node::{Delta, Node, NodeId, NodeSpec};
use super::pod::{Pod, PodId};
use super::resources::{ExtendedId, ResourceKind};
use super::shape::{PodShape, ShapeId};
use super::topology::{DomainId, Topologies, TopologyId};
use super::volumes::Volumes;
use crate::engine::Slab;

/// The nodes, pods and other objects of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    nodes: Vec<Option<Node>>,
    alive: usize,
    pods: Slab<Pod>,
    shapes: Shapes,
    extended: Vec<Box<str>>,
    topologies: Topologies,
    images: Images,
    log: ChangeLog,
    objects: Objects,
    volumes: Volumes,
}

impl Cluster {
    /// An empty cluster.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // -- names ------------------------------------------------------------------------------

    /// The number of a topology key, for the terms of a shape.
    pub fn topology(&mut self, key: &str) -> TopologyId {
        let (topology, new) = self.topologies.intern(key);
        if new {
            for node in self.nodes.iter().flatten() {
                let value = node.spec.labels.get(key);
                self.topologies.place(topology, node.id.index(), value);
            }
        }
        topology
    }

    /// All topology keys and the domains of nodes.
    #[must_use]
    pub fn topologies(&self) -> &Topologies {
        &self.topologies
    }

    /// The domain of a node under a topology key.
    #[must_use]
    pub fn domain(&self, topology: TopologyId, node: NodeId) -> Option<DomainId> {
        self.topologies.domain(topology, node.index())
    }

    /// A resource by its name: `cpu`, `memory`, `ephemeral-storage` or an extended one.
    pub fn resource(&mut self, name: &str) -> ResourceKind {
        if let Some(kind) = self.known_resource(name) {
            return kind;
        }
        self.extended.push(name.into());
        let last = self.extended.len() - 1;
        ResourceKind::Extended(ExtendedId(u16::try_from(last).expect("resources are few")))
    }

    /// A resource by its name, if any node or pod named it.
    #[must_use]
    pub fn known_resource(&self, name: &str) -> Option<ResourceKind> {
        Some(match name {
            "cpu" => ResourceKind::Cpu,
            "memory" => ResourceKind::Memory,
            "ephemeral-storage" => ResourceKind::EphemeralStorage,
            _ => {
                let place = self.extended.iter().position(|known| **known == *name)?;
                ResourceKind::Extended(ExtendedId(u16::try_from(place).ok()?))
            }
        })
    }

    /// The name of a resource.
    #[must_use]
    pub fn resource_name(&self, kind: ResourceKind) -> &str {
        match kind {
            ResourceKind::Cpu => "cpu",
            ResourceKind::Memory => "memory",
            ResourceKind::EphemeralStorage => "ephemeral-storage",
            ResourceKind::Extended(id) => &self.extended[usize::from(id.0)],
        }
    }

    /// Keeps a shape; equal ones are kept once.
    pub fn intern(&mut self, shape: PodShape) -> ShapeId {
        self.shapes.intern(shape)
    }

    /// A shape.
    #[must_use]
    pub fn shape(&self, id: ShapeId) -> &PodShape {
        self.shapes.get(id)
    }

    /// How many shapes there are.
    #[must_use]
    pub fn shape_count(&self) -> usize {
        self.shapes.len()
    }

    // -- nodes ------------------------------------------------------------------------------

    /// Adds a node.
    pub fn add_node(&mut self, spec: NodeSpec) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("fewer than 2^32 nodes"));
        self.images.keep(self.nodes.iter().flatten());
        self.images.add(&spec.images);
        self.place(id, Some(&spec.labels));
        self.nodes.push(Some(Node::new(id, spec)));
        self.alive += 1;
        self.log.restructured();
        id
    }

    /// Replaces what a node is; its pods stay.
    ///
    /// # Panics
    /// When the node was removed.
    pub fn update_node(&mut self, id: NodeId, spec: NodeSpec) {
        self.place(id, Some(&spec.labels));
        self.images.renew(id);
        self.images.keep(self.nodes.iter().flatten());
        let node = self.nodes[id.index()].as_mut().expect("a node that is there is updated");
        // in this order: an image that no other node has takes the size that is reported now
        self.images.remove(&node.spec.images);
        self.images.add(&spec.images);
        node.spec = spec;
        self.log.restructured();
    }

    /// Removes a node and its pods, whose numbers it returns no more.
    ///
    /// # Panics
    /// When the node was removed before.
    pub fn remove_node(&mut self, id: NodeId) {
        let node = self.nodes[id.index()].take().expect("a node that is there is removed");
        self.images.keep(self.nodes.iter().flatten());
        for pod in node.pods {
            self.pods.remove(pod.0);
        }
        self.images.remove(&node.spec.images);
        self.place(id, None);
        self.alive -= 1;
        self.log.restructured();
    }

    fn place(&mut self, id: NodeId, labels: Option<&Labels>) {
        for topology in self.topologies.ids() {
            let value = labels.and_then(|labels| labels.get(self.topologies.key(topology)));
            let value = value.map(Box::<str>::from);
            self.topologies.place(topology, id.index(), value.as_deref());
        }
    }

    /// A node.
    ///
    /// # Panics
    /// When it was removed.
    #[must_use]
    #[inline]
    pub fn node(&self, id: NodeId) -> &Node {
        self.nodes[id.index()].as_ref().expect("the node was not removed")
    }

    /// A node by its number, if it was not removed.
    #[must_use]
    pub fn get_node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())?.as_ref()
    }

    /// All nodes, in the order in which they came.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().flatten()
    }

    /// How many nodes there are.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.alive
    }

    /// How many nodes there ever were: an upper bound of their numbers.
    #[must_use]
    pub fn node_places(&self) -> usize {
        self.nodes.len()
    }

    // -- pods -------------------------------------------------------------------------------

    /// Asks for the memory of a pod.
    #[inline]
    pub fn fetch_pod(&self, id: PodId) {
        self.pods.fetch(id.0);
    }

    /// Adds a pod; one that has a node is on it.
    pub fn add_pod(&mut self, pod: Pod) -> PodId {
        let (node, shape, terminating) = (pod.node, pod.shape, pod.terminating);
        let id = PodId(self.pods.insert(pod));
        if let Some(node) = node {
            self.enter(id, shape, node, terminating);
        }
        id
    }

    /// Puts a pod that waited on a node, where it starts now.
    ///
    /// # Panics
    /// When the pod is gone or has a node.
    pub fn bind(&mut self, id: PodId, node: NodeId, start: i64) {
        let pod = self.pods.get_mut(id.0).expect("a pod that is there is bound");
        assert!(pod.node.is_none(), "a pod is bound once");
        (pod.node, pod.start) = (Some(node), start);
        let (shape, terminating) = (pod.shape, pod.terminating);
        self.enter(id, shape, node, terminating);
    }

    fn enter(&mut self, id: PodId, shape: ShapeId, node: NodeId, terminating: bool) {
        let place = self.nodes[node.index()].as_mut().expect("pods go to nodes that are there");
        place.add(id, shape, self.shapes.get(shape), terminating);
        self.images.touch(node);
        self.log.push(Change { node, shape, delta: Delta::added(terminating) });
    }

    /// Changes what a pod is like.
    ///
    /// # Panics
    /// When the pod is gone.
    pub fn reshape(&mut self, id: PodId, shape: ShapeId) {
        let mut pod = self.remove_pod(id);
        pod.shape = shape;
        let (node, terminating) = (pod.node, pod.terminating);
        // the place that was just vacated is the next to be taken
        let again = self.pods.insert(pod);
        assert_eq!(again, id.0, "a pod keeps its number");
        if let Some(node) = node {
            self.enter(id, shape, node, terminating);
        }
    }

    /// Marks a pod as being deleted to make room for another.
    ///
    /// # Panics
    /// When the pod is gone.
    pub fn evict(&mut self, id: PodId) {
        let pod = self.pods.get_mut(id.0).expect("a pod that is there is evicted");
        // one that is being deleted already is left alone
        pod.preempted |= !pod.terminating;
        self.terminate(id);
    }

    /// Marks a pod as being deleted; it stays where it is until it is removed.
    ///
    /// # Panics
    /// When the pod is gone.
    pub fn terminate(&mut self, id: PodId) {
        let pod = self.pods.get_mut(id.0).expect("a pod that is there is deleted");
        if std::mem::replace(&mut pod.terminating, true) {
            return;
        }
        if let Some(node) = pod.node {
            let change = Change { node, shape: pod.shape, delta: Delta::TERMINATING };
            let place = self.nodes[node.index()].as_mut().expect("pods are on nodes");
            place.count(change.shape, change.delta);
            place.move_last(id);
            self.images.touch(node);
            self.log.push(change);
        }
    }

    /// Removes a pod.
    ///
    /// # Panics
    /// When the pod is gone.
    pub fn remove_pod(&mut self, id: PodId) -> Pod {
        let pod = self.pods.remove(id.0);
        if let Some(node) = pod.node {
            let place = self.nodes[node.index()].as_mut().expect("pods are on nodes");
            place.remove(id, pod.shape, self.shapes.get(pod.shape), pod.terminating);
            self.images.touch(node);
            let delta = Delta::added(pod.terminating).reversed();
            self.log.push(Change { node, shape: pod.shape, delta });
        }
        pod
    }

    /// A pod.
    ///
    /// # Panics
    /// When it is gone.
    #[must_use]
    pub fn pod(&self, id: PodId) -> &Pod {
        self.pods.get(id.0).expect("the pod is there")
    }

    /// The shape of a pod.
    #[must_use]
    pub fn shape_of(&self, id: PodId) -> &PodShape {
        self.shape(self.pod(id).shape)
    }

    /// All pods, bound or not.
    pub fn pods(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        self.pods.iter().map(|(id, pod)| (PodId(id), pod))
    }

    // -- other objects ----------------------------------------------------------------------

    /// Namespaces, services, controllers, disruption budgets.
    #[must_use]
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The same, to change them: whoever keeps results about shapes will find them anew.
    pub fn objects_mut(&mut self) -> &mut Objects {
        self.log.restructured();
        &mut self.objects
    }

    /// Persistent volumes and what belongs to them.
    #[must_use]
    pub fn volumes(&self) -> &Volumes {
        &self.volumes
    }

    /// The same, to change them.
    pub fn volumes_mut(&mut self) -> &mut Volumes {
        &mut self.volumes
    }

    // -- changes ----------------------------------------------------------------------------

    /// What changed since.
    #[must_use]
    pub fn changes(&self) -> &ChangeLog {
        &self.log
    }

    /// Begins an attempt as the real scheduler does, which sees nodes as they were when something
    /// last happened on them (see [`Images`]). It is to be called before every attempt, or never:
    /// then all is seen as it is.
    pub fn snapshot(&mut self) {
        self.images.snapshot(self.nodes.len());
    }

    /// The images on nodes.
    #[must_use]
    pub fn images(&self) -> &Images {
        &self.images
    }
}
