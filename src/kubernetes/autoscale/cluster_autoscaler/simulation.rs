//! The cluster as it would be: nodes that come and go, pods that move.
//!
//! What the Cluster Autoscaler calls a snapshot with forks (simulator/clustersnapshot). Here the
//! cluster itself is changed, every change is remembered, and all are taken back in the end: a fork
//! costs nothing, and taking one back what was done in it. Pods are put on nodes by filters alone:
//! nothing is scored and nobody evicted.

use std::ops::Range;

use super::kept::KeptFilters;
use crate::kubernetes::scheduler::cluster::{Change, Cluster, Lifted};
use crate::kubernetes::scheduler::filters::{Filters, Refusal};
use crate::kubernetes::scheduler::framework::Rejection;
use crate::kubernetes::scheduler::node::{Delta, Node, NodeId, NodeSpec};
use crate::kubernetes::scheduler::plugins::Plugin;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::shape::{PodShape, ShapeId};

/// Stands for every pod that comes with a template node.
const NO_POD: PodId = PodId(u32::MAX);

/// What is kept from scan to scan.
#[derive(Debug, Default)]
pub(in crate::kubernetes::autoscale) struct Memory {
    filters: KeptFilters,
    /// Where the last search for a node ended: the next begins behind it.
    last: usize,
}

/// Something that was tried.
#[derive(Debug)]
enum Step {
    NodeCame,
    NodeWent(Box<Node>),
    PodCame(NodeId, PodId, ShapeId),
    PodWent(Lifted),
}

/// How far trials had gone.
#[derive(Clone, Copy, Debug)]
pub(in crate::kubernetes::autoscale) struct Mark(usize);

/// A cluster in which things are tried.
#[derive(Debug)]
pub(in crate::kubernetes::autoscale) struct Simulation<'a> {
    cluster: &'a mut Cluster,
    profile: &'a Profile,
    memory: &'a mut Memory,
    steps: Vec<Step>,
    /// All nodes: those that were there, then those that are tried.
    order: Vec<NodeId>,
    /// How many were there.
    there: usize,
    /// The number from which on nodes are only tried.
    first: usize,
    /// Whether nodes have to have room for what pods request.
    fit: bool,
}

impl<'a> Simulation<'a> {
    /// Begins with the cluster as it is.
    pub fn new(cluster: &'a mut Cluster, profile: &'a Profile, memory: &'a mut Memory) -> Self {
        memory.filters.begin(cluster);
        let order: Vec<NodeId> = cluster.nodes().map(|node| node.id).collect();
        let there = order.len();
        let fit = profile.filters.contains(&Plugin::NodeResourcesFit);
        let first = cluster.node_places();
        Self { cluster, profile, memory, steps: Vec::new(), order, there, first, fit }
    }

    /// The cluster, as it would be.
    pub fn cluster(&self) -> &Cluster {
        self.cluster
    }

    /// The places of the nodes that are there.
    pub fn there(&self) -> Range<usize> {
        0..self.there
    }

    /// Whether a node was there from the start.
    pub fn is_there(&self, node: NodeId) -> bool {
        node.index() < self.first
    }

    /// The places of all nodes.
    pub fn everywhere(&self) -> Range<usize> {
        0..self.order.len()
    }

    /// How far trials have gone.
    pub fn mark(&self) -> Mark {
        Mark(self.steps.len())
    }

    /// Adds a node and the pods that come with it.
    pub fn add_node(&mut self, spec: NodeSpec, pods: &[ShapeId]) -> NodeId {
        let node = self.cluster.try_node(spec);
        self.order.push(node);
        self.steps.push(Step::NodeCame);
        self.memory.filters.node_came(self.cluster, self.cluster.node(node));
        for &shape in pods {
            self.put(node, NO_POD, shape);
        }
        node
    }

    /// Takes a node out, and all its pods with it.
    pub fn remove_node(&mut self, node: NodeId) {
        self.clear_node(node);
        self.memory.filters.node_goes(self.cluster, self.cluster.node(node));
        let aside = self.cluster.set_node_aside(node);
        self.steps.push(Step::NodeWent(Box::new(aside)));
    }

    /// Takes all pods off a node.
    pub fn clear_node(&mut self, node: NodeId) {
        while let Some(&pod) = self.cluster.node(node).pods.last() {
            self.lift(node, pod);
        }
    }

    /// Puts a pod on a node, whether or not it fits.
    pub fn put(&mut self, node: NodeId, pod: PodId, shape: ShapeId) {
        self.cluster.try_pod(node, pod, shape);
        self.steps.push(Step::PodCame(node, pod, shape));
        self.changed(node, shape, Delta::ADDED);
    }

    /// Takes a pod off a node.
    pub fn lift(&mut self, node: NodeId, pod: PodId) {
        let shape = self.cluster.pod(pod).shape;
        let lifted = self.cluster.lift_pod(node, pod, shape);
        self.steps.push(Step::PodWent(lifted));
        self.changed(node, shape, Delta::added(lifted.terminating).reversed());
    }

    fn changed(&mut self, node: NodeId, shape: ShapeId, delta: Delta) {
        self.memory.filters.changed(self.cluster, Change { node, shape, delta });
    }

    /// Takes back all that was tried since.
    pub fn revert(&mut self, mark: Mark) {
        while self.steps.len() > mark.0 {
            let Some(step) = self.steps.pop() else { return };
            match step {
                Step::NodeCame => {
                    let last = self.order.pop().expect("the node was added to the order");
                    self.memory.filters.node_goes(self.cluster, self.cluster.node(last));
                    self.cluster.untry_node();
                }
                Step::NodeWent(node) => {
                    let id = node.id;
                    self.cluster.put_node_back(*node);
                    self.memory.filters.node_came(self.cluster, self.cluster.node(id));
                }
                Step::PodCame(node, pod, shape) => {
                    self.cluster.untry_pod(node, pod, shape);
                    self.changed(node, shape, Delta::ADDED.reversed());
                }
                Step::PodWent(lifted) => {
                    self.cluster.put_pod_back(lifted);
                    self.changed(lifted.node, lifted.shape, Delta::added(lifted.terminating));
                }
            }
        }
    }

    /// Whether a pod of a shape may run on a node.
    ///
    /// # Errors
    /// The first plugin that will not have it there.
    pub fn fits(&mut self, shape: ShapeId, node: NodeId) -> Result<(), Refusal> {
        let filters = self.memory.filters.get(self.profile, self.cluster, shape);
        let nowhere = || Refusal { plugin: None, rejection: Rejection::unresolvable("nowhere") };
        let filters = filters.ok_or_else(nowhere)?;
        filters.verdict(self.cluster, self.cluster.node(node))
    }

    /// The first node on which a pod of a shape may run, among nodes at these places that are
    /// acceptable. The search goes round, from behind where the last one ended.
    pub fn find(
        &mut self,
        shape: ShapeId,
        among: Range<usize>,
        acceptable: impl Fn(NodeId) -> bool,
    ) -> Option<NodeId> {
        let filters = self.memory.filters.get(self.profile, self.cluster, shape)?;
        let wanted = self.cluster.shape(shape);
        let next = (self.memory.last + 1) % self.order.len().max(1);
        let first = if among.contains(&next) { next } else { among.start };
        let round = (first..among.end).chain(among.start..first);
        let will_do = |place: &usize| {
            let Some(node) = self.cluster.get_node(self.order[*place]) else { return false };
            acceptable(node.id)
                && !node.spec.unschedulable
                && (!self.fit || has_room(node, wanted))
                && passes(filters, self.cluster, node)
        };
        let place = round.into_iter().find(will_do)?;
        self.memory.last = place;
        Some(self.order[place])
    }
}

fn passes(filters: &Filters, cluster: &Cluster, node: &Node) -> bool {
    filters.verdict(cluster, node).is_ok()
}

/// Whether a node has room by what nearly always decides: asked before all filters, since a refusal
/// that is not explained costs nothing.
fn has_room(node: &Node, shape: &PodShape) -> bool {
    let (free, taken, wanted) = (&node.spec.allocatable, &node.requested, &shape.requests);
    let enough = |wanted: i64, free: i64| wanted == 0 || wanted <= free;
    (node.pods.len() as i64) < node.spec.allowed_pods
        && enough(wanted.milli_cpu, free.milli_cpu - taken.milli_cpu)
        && enough(wanted.memory, free.memory - taken.memory)
}

impl Drop for Simulation<'_> {
    fn drop(&mut self) {
        self.revert(Mark(0));
        self.memory.filters.end(self.cluster);
    }
}

#[cfg(test)]
impl Memory {
    /// Forgets all filters, which have to be found anew.
    pub fn forget(&mut self) {
        self.filters = KeptFilters::default();
    }
}
