//! Nodes and pods that are only tried, and taken back.
//!
//! Whoever asks "what if" changes the cluster itself and undoes every change, in the opposite
//! order, before anyone else looks: that costs what was changed, and not the size of the cluster.
//! None of it is logged, since it will not have been; whoever keeps results about shapes for the
//! time of the trial brings them up to date by hand ([`Filters`](super::super::filters::Filters)).

use super::super::node::{Node, NodeId, NodeSpec};
use super::super::pod::PodId;
use super::super::shape::ShapeId;
use super::Cluster;

/// A pod that was taken off a node: what is needed to put it back exactly where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifted {
    /// The node.
    pub node: NodeId,
    /// The pod.
    pub pod: PodId,
    /// Its shape.
    pub shape: ShapeId,
    /// Whether it is being deleted.
    pub terminating: bool,
    place: usize,
}

impl Cluster {
    /// Adds a node as if it were there. Its images do not count.
    pub fn try_node(&mut self, spec: NodeSpec) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("fewer than 2^32 nodes"));
        self.place(id, Some(&spec.labels));
        self.nodes.push(Some(Node::new(id, spec)));
        self.alive += 1;
        id
    }

    /// Takes the node back that was tried last; its number will be used again.
    ///
    /// # Panics
    /// When there is none.
    pub fn untry_node(&mut self) {
        let last = self.nodes.pop().flatten().expect("the node that was tried last is there");
        self.place(last.id, None);
        self.alive -= 1;
    }

    /// Takes a node out as if it were not there.
    ///
    /// # Panics
    /// When it is not there.
    pub fn set_node_aside(&mut self, id: NodeId) -> Node {
        let node = self.nodes[id.index()].take().expect("a node that is there is set aside");
        self.place(id, None);
        self.alive -= 1;
        node
    }

    /// Puts back a node that was set aside.
    pub fn put_node_back(&mut self, node: Node) {
        let id = node.id;
        self.place(id, Some(&node.spec.labels));
        self.nodes[id.index()] = Some(node);
        self.alive += 1;
    }

    /// Puts a pod on a node as if it were there. The pod itself is not asked where it is.
    ///
    /// # Panics
    /// When the node is not there.
    pub fn try_pod(&mut self, node: NodeId, pod: PodId, shape: ShapeId) {
        let place = self.nodes[node.index()].as_mut().expect("pods go to nodes that are there");
        place.add(pod, shape, self.shapes.get(shape), false);
    }

    /// Takes a pod back that was tried last on a node.
    ///
    /// # Panics
    /// When the node is not there.
    pub fn untry_pod(&mut self, node: NodeId, pod: PodId, shape: ShapeId) {
        let place = self.nodes[node.index()].as_mut().expect("pods are on nodes that are there");
        debug_assert_eq!(place.pods.last(), Some(&pod), "trials are taken back in order");
        place.remove(pod, shape, self.shapes.get(shape), false);
    }

    /// Takes a pod off a node as if it were gone.
    ///
    /// # Panics
    /// When it is not there.
    pub fn lift_pod(&mut self, node: NodeId, pod: PodId, shape: ShapeId) -> Lifted {
        let terminating = self.pods.get(pod.0).is_some_and(|pod| pod.terminating);
        let from = self.nodes[node.index()].as_mut().expect("pods are on nodes that are there");
        let place = from.pods.iter().position(|&known| known == pod);
        let place = place.expect("a pod is taken off the node it is on");
        from.remove(pod, shape, self.shapes.get(shape), terminating);
        Lifted { node, pod, shape, terminating, place }
    }

    /// Puts a pod back that was taken off a node, where it was among the others.
    ///
    /// # Panics
    /// When the node is not there.
    pub fn put_pod_back(&mut self, lifted: Lifted) {
        let Lifted { node, pod, shape, terminating, place } = lifted;
        let onto = self.nodes[node.index()].as_mut().expect("pods are on nodes that are there");
        onto.add(pod, shape, self.shapes.get(shape), terminating);
        // the last had taken its place
        let last = onto.pods.len() - 1;
        onto.pods.swap(place, last);
    }
}
