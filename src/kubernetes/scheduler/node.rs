//! A node as the scheduler sees it: what it has, and what the pods on it take.
//!
//! Follows `framework.NodeInfo` (Kubernetes v1.36, pkg/scheduler/framework/types.go). Pods are also
//! counted by shape, since nearly every rule asks for "how many pods like these" only.

use super::labels::Labels;
use super::pod::PodId;
use super::resources::Resources;
use super::shape::{PodShape, ShapeId, Taint};

/// A node, by the order in which a [`Cluster`](super::cluster::Cluster) met them. The number of a
/// node that was removed is not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    /// As an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node is, as its API object says. What pods may take comes first: see [`Node`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct NodeSpec {
    /// How many pods it may run (`status.allocatable.pods`).
    pub allowed_pods: i64,
    /// What pods may take of it (`status.allocatable`).
    pub allocatable: Resources,
    /// Its name.
    pub name: Box<str>,
    /// Its labels.
    pub labels: Labels,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Whether it is cordoned (`spec.unschedulable`).
    pub unschedulable: bool,
    /// Images on it: every name with the size in bytes.
    pub images: Vec<(Box<str>, i64)>,
}

/// The label of the zone of a node.
const ZONE: &str = "topology.kubernetes.io/zone";

impl NodeSpec {
    /// Gives it its zone under another label, too.
    pub fn label_zone(&mut self, key: &str) {
        let Some(zone) = self.labels.get(ZONE) else { return };
        self.labels = self.labels.iter().chain([(key, zone)]).collect();
    }
}

/// How many pods of a shape a node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The shape.
    pub shape: ShapeId,
    /// All of them.
    pub present: i32,
    /// Those that are not being deleted.
    pub alive: i32,
}

/// A change to the number of pods of a shape on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    /// To all of them.
    pub present: i32,
    /// To those that are not being deleted.
    pub alive: i32,
}

impl Delta {
    /// A pod came.
    pub const ADDED: Self = Self { present: 1, alive: 1 };
    /// A pod that was there is being deleted now.
    pub const TERMINATING: Self = Self { present: 0, alive: -1 };

    /// A pod that is, or is not, being deleted came.
    #[must_use]
    pub fn added(terminating: bool) -> Self {
        Self { present: 1, alive: i32::from(!terminating) }
    }

    /// The opposite change.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { present: -self.present, alive: -self.alive }
    }
}

/// A node and what is on it.
///
/// Its fields are laid out as they are named: whether a node has room for a pod, and how well the
/// pod would fit there, is asked of all nodes again and again, and what that is answered from (the
/// number of pods, and CPU and memory of the next three amounts) is within the first 128 bytes, two
/// lines of a cache.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Node {
    /// Its pods. Their order decides which of two equally important ones is evicted, so it is
    /// that of `NodeInfo.Pods`: new ones come last, and the last takes the place of one that goes.
    pub pods: Vec<PodId>,
    /// The sum of its pods' requests, where a container without a request counts 100m and 200 MiB:
    /// only for scores.
    pub scored: Resources,
    /// The sum of its pods' requests.
    pub requested: Resources,
    /// What it is.
    pub spec: NodeSpec,
    /// Its pods by shape, in no particular order; no shape is named without a pod.
    pub tallies: Vec<Tally>,
    /// Its number.
    pub id: NodeId,
}

impl Node {
    /// A node without pods.
    #[must_use]
    pub fn new(id: NodeId, spec: NodeSpec) -> Self {
        Self {
            pods: Vec::new(),
            scored: Resources::default(),
            requested: Resources::default(),
            spec,
            tallies: Vec::new(),
            id,
        }
    }

    /// Puts a pod on it.
    pub fn add(&mut self, pod: PodId, id: ShapeId, shape: &PodShape, terminating: bool) {
        self.pods.push(pod);
        self.requested.add(&shape.requests, 1);
        self.scored.add(&shape.scored_requests, 1);
        self.count(id, Delta::added(terminating));
    }

    /// Takes a pod off it.
    ///
    /// # Panics
    /// When it is not there.
    pub fn remove(&mut self, pod: PodId, id: ShapeId, shape: &PodShape, terminating: bool) {
        let place = self.pods.iter().position(|&known| known == pod);
        self.pods.swap_remove(place.expect("a pod is taken off the node it is on"));
        self.requested.add(&shape.requests, -1);
        self.scored.add(&shape.scored_requests, -1);
        self.count(id, Delta::added(terminating).reversed());
    }

    /// Puts one of its pods last: that is what becomes of the order when the object of a pod
    /// changes (`updatePod` of pkg/scheduler/backend/cache removes it and adds it).
    pub(super) fn move_last(&mut self, pod: PodId) {
        if let Some(place) = self.pods.iter().position(|&known| known == pod) {
            self.pods.swap_remove(place);
            self.pods.push(pod);
        }
    }

    /// Counts a change to its pods of a shape.
    pub(super) fn count(&mut self, shape: ShapeId, delta: Delta) {
        let place = match self.tallies.iter().position(|tally| tally.shape == shape) {
            Some(place) => place,
            None => {
                self.tallies.push(Tally { shape, present: 0, alive: 0 });
                self.tallies.len() - 1
            }
        };
        let tally = &mut self.tallies[place];
        tally.present += delta.present;
        tally.alive += delta.alive;
        debug_assert!(tally.present >= tally.alive && tally.alive >= 0);
        if tally.present == 0 {
            self.tallies.swap_remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;

    #[test]
    fn what_is_asked_again_and_again_lies_together() {
        assert!(offset_of!(Node, pods) + size_of::<Vec<PodId>>() <= 128);
        let pair = 2 * size_of::<i64>();
        for amounts in [offset_of!(Node, scored), offset_of!(Node, requested)] {
            assert!(amounts + pair <= 128);
        }
        let spec = offset_of!(Node, spec);
        assert!(spec + offset_of!(NodeSpec, allowed_pods) + 8 <= 128);
        assert!(spec + offset_of!(NodeSpec, allocatable) + pair <= 128);
        assert_eq!(align_of::<Node>(), 64);
    }
}
