//! Which of several nodes with the highest score is taken.
//!
//! Kubernetes v1.36 puts the scored nodes into a heap and takes its root (`selectHost`,
//! pkg/scheduler/schedule_one.go); only with extenders is chance involved. Which of several equals
//! is the root follows from the order of nodes alone, so it is found here without a heap.

use rand::RngExt;

use super::cluster::Cluster;
use super::node::NodeId;
use crate::engine::Stream;

/// How equals are told apart.
#[derive(Debug)]
pub enum TieBreak {
    /// By name: the smallest. Depends on nothing else, so that answers can be compared.
    Name,
    /// As kube-scheduler v1.36 does, with one worker: by where nodes stand in its list.
    Heap,
    /// At random, each with the same probability: as schedulers up to v1.33 did.
    Random(Box<Stream>),
}

impl TieBreak {
    /// One of the best among nodes that passed; none of none.
    pub fn choose(
        &mut self,
        cluster: &Cluster,
        feasible: &[NodeId],
        best: &[NodeId],
    ) -> Option<NodeId> {
        self.choose_from(&zone_by_zone(cluster), cluster, feasible, best)
    }

    /// The same, where nodes were looked at in this order.
    pub fn choose_from(
        &mut self,
        list: &[NodeId],
        cluster: &Cluster,
        feasible: &[NodeId],
        best: &[NodeId],
    ) -> Option<NodeId> {
        match self {
            Self::Name => best.iter().copied().min_by_key(|&node| &cluster.node(node).spec.name),
            Self::Random(stream) => random(best, stream),
            Self::Heap => {
                let passed = list.iter().copied();
                let passed = passed.filter(|node| feasible.binary_search(node).is_ok());
                root(passed.map(|node| (node, best.binary_search(&node).is_ok())))
            }
        }
    }
}

/// One of several, each with the same probability; none of none.
pub(in crate::kubernetes) fn random<T: Copy>(equals: &[T], stream: &mut Stream) -> Option<T> {
    if equals.is_empty() {
        return None;
    }
    Some(equals[stream.random_range(0..equals.len())])
}

/// The root of a heap of nodes of which some are the best: given in the order in which they are put
/// in, each with whether it is one of those.
///
/// While a heap is made, a node gives way only to a child that is better than it, and of equal
/// children to the left one. So among the best the root is the one that is met first when the tree
/// is walked from the top, left before right.
pub(super) fn root(nodes: impl Iterator<Item = (NodeId, bool)>) -> Option<NodeId> {
    let places = (1_u64..).zip(nodes);
    let best = places.filter(|(_, (_, best))| *best);
    best.min_by_key(|&(place, _)| walked(place)).map(|(_, (node, _))| node)
}

/// Sorts the places of a binary tree, the top being 1 and the children of `n` being `2 n` and
/// `2 n + 1`, as they are met: the way from the top, then its length.
pub(super) fn walked(place: u64) -> (u64, u32) {
    (place << place.leading_zeros(), u64::BITS - place.leading_zeros())
}

/// The nodes as kube-scheduler lists them: one from each zone in turn (`nodeTree.list`,
/// pkg/scheduler/backend/cache/node_tree.go); zones, and the nodes of each, as they came.
pub(super) fn zone_by_zone(cluster: &Cluster) -> Vec<NodeId> {
    let mut zones: Vec<((&str, &str), Vec<NodeId>)> = Vec::new();
    for node in cluster.nodes() {
        let label = |key, old| {
            let labels = &node.spec.labels;
            labels.get(key).or_else(|| labels.get(old)).unwrap_or_default()
        };
        let zone = (
            label("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"),
            label("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"),
        );
        match zones.iter_mut().find(|(known, _)| *known == zone) {
            Some((_, nodes)) => nodes.push(node.id),
            None => zones.push((zone, vec![node.id])),
        }
    }
    let longest = zones.iter().map(|(_, nodes)| nodes.len()).max().unwrap_or(0);
    let turns = (0..longest).flat_map(|turn| zones.iter().map(move |(_, nodes)| nodes.get(turn)));
    turns.flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::scheduler::node::NodeSpec;

    /// A heap as Go's container/heap makes one, plainly; returns the root.
    fn heaped(scores: &[i32]) -> usize {
        let mut heap: Vec<usize> = (0..scores.len()).collect();
        let better =
            |heap: &[usize], left: usize, right: usize| scores[heap[left]] > scores[heap[right]];
        for start in (0..heap.len() / 2).rev() {
            let mut place = start;
            loop {
                let left = 2 * place + 1;
                if left >= heap.len() {
                    break;
                }
                let right = left + 1;
                let child =
                    if right < heap.len() && better(&heap, right, left) { right } else { left };
                if !better(&heap, child, place) {
                    break;
                }
                heap.swap(place, child);
                place = child;
            }
        }
        heap[0]
    }

    proptest::proptest! {
        #[test]
        fn the_root_is_found_without_a_heap(
            scores in proptest::collection::vec(0..4_i32, 1..80),
        ) {
            let highest = *scores.iter().max().unwrap();
            let nodes = scores.iter().enumerate();
            let nodes = nodes.map(|(node, score)| (NodeId(node as u32), *score == highest));
            proptest::prop_assert_eq!(root(nodes), Some(NodeId(heaped(&scores) as u32)));
        }
    }

    #[test]
    fn zones_take_turns() {
        let mut cluster = Cluster::new();
        for zone in ["a", "a", "b", "a", "c"] {
            let labels = [("topology.kubernetes.io/zone", zone)].into_iter().collect();
            cluster.add_node(NodeSpec { labels, ..NodeSpec::default() });
        }
        let listed: Vec<u32> = zone_by_zone(&cluster).iter().map(|node| node.0).collect();
        assert_eq!(listed, [0, 2, 4, 1, 3]);
    }
}
