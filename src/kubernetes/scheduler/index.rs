//! The fast way to find a node: results about shapes are kept, and brought up to date.
//!
//! All pods of one shape fare alike, so what plugins make of a node is kept for each shape (a
//! `Class`) until something changes on that node. Nodes that get the same answers from all
//! plugins that look beyond the node itself form a group; which of them are best by themselves is
//! known, so only one node of each group is asked about when a pod comes. What is chosen is what
//! [`cycle`](super::cycle) would choose, to the last digit of every sum, at a cost that hardly
//! grows with the number of nodes.

mod class;
mod group;
mod groups;
mod listed;
mod order;
mod refresh;
mod sample;
mod seats;
#[cfg(test)]
mod tests;

use super::cluster::Cluster;
use super::node::NodeId;
use super::nominations::Nominations;
use super::pod::PodId;
use super::profile::Profile;
use super::sampling::Sampling;
use super::shape::ShapeId;
use super::ties::TieBreak;
use class::Class;
use order::Order;

/// Results are kept for so many pairs of a shape and a node, of about 8 bytes each.
const KEPT: usize = 8 << 20;

/// What is kept about shapes.
#[derive(Debug, Default)]
pub struct Index {
    order: Order,
    classes: Vec<Option<Box<Class>>>,
    /// By shape: when it was last asked about, counted in questions.
    asked: Vec<u64>,
    questions: u64,
    kept: usize,
}

/// What the index knows about a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It goes to this node.
    Node(NodeId),
    /// No node will have it.
    Nowhere,
    /// The index does not keep results about such pods: nodes have to be asked one by one.
    Unknown,
}

impl Index {
    /// The node that a pod goes to.
    pub fn ask(
        &mut self,
        profile: &Profile,
        cluster: &Cluster,
        nominations: &Nominations,
        pod: PodId,
        ties: &mut TieBreak,
    ) -> Answer {
        self.ask_some(profile, cluster, nominations, pod, ties, None)
    }

    /// The node that a pod goes to, where not all nodes may be looked at.
    pub fn ask_some(
        &mut self,
        profile: &Profile,
        cluster: &Cluster,
        nominations: &Nominations,
        pod: PodId,
        ties: &mut TieBreak,
        sampling: Option<&mut Sampling>,
    ) -> Answer {
        let shape = cluster.pod(pod).shape;
        if !cluster.shape(shape).volumes.is_empty() {
            return Answer::Unknown;
        }
        if !self.order.update(cluster, ties) {
            (0..self.classes.len()).for_each(|place| self.forget(place));
        }
        let nodes = cluster.node_count();
        let sampling = match sampling {
            Some(sampling) if sampling.wanted(nodes) < nodes => Some(sampling),
            // where all nodes are looked at, it matters only to a heap with which one begins
            all => {
                let start = all.map_or(0, |sampling| sampling.advance(nodes, nodes));
                self.order.start_at(start);
                None
            }
        };
        let Some(class) = self.class(profile, cluster, shape) else { return Answer::Unknown };
        let order = &self.order;
        let class = self.classes[class].as_mut().expect("it was just made");
        class.choose(cluster, nominations, pod, order, ties, sampling)
    }

    /// The sum of weighted scores of the node that a pod of a shape went to last, where there was
    /// a choice to make, and nothing changed since.
    pub fn highest(&mut self, cluster: &Cluster, shape: ShapeId) -> Option<i64> {
        self.classes.get_mut(shape.0 as usize)?.as_mut()?.highest(cluster)
    }

    /// The results about a shape, up to date; none where a plugin rejects it everywhere.
    fn class(&mut self, profile: &Profile, cluster: &Cluster, shape: ShapeId) -> Option<usize> {
        let place = shape.0 as usize;
        if self.classes.len() <= place {
            self.classes.resize_with(place + 1, || None);
            self.asked.resize(place + 1, 0);
        }
        self.questions += 1;
        self.asked[place] = self.questions;
        let known = self.classes[place].as_mut();
        if known.is_some_and(|class| class.catch_up(cluster, &self.order)) {
            return Some(place);
        }
        self.forget(place);
        self.make_room(cluster.node_places());
        let class = Class::new(profile, cluster, shape, &self.order)?;
        self.kept += class.nodes();
        self.classes[place] = Some(Box::new(class));
        Some(place)
    }

    fn forget(&mut self, place: usize) {
        if let Some(class) = self.classes[place].take() {
            self.kept -= class.nodes();
        }
    }

    /// Forgets the shapes that were not asked about for the longest time.
    fn make_room(&mut self, nodes: usize) {
        while self.kept > 0 && self.kept + nodes > KEPT {
            let kept = (0..self.classes.len()).filter(|&place| self.classes[place].is_some());
            let oldest = kept.min_by_key(|&place| self.asked[place]);
            self.forget(oldest.expect("something is kept"));
        }
    }
}
