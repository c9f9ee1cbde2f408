//! Pods that would find a place by themselves.
//!
//! Follows simulator/scheduling/hinting_simulator.go: a pod is tried first where it was put the
//! last time, then on all nodes in turn. Of pods that are alike, only one is tried in vain.

use std::collections::BTreeMap;
use std::ops::Range;

use super::simulation::Simulation;
use super::view::is_daemon;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::shape::ShapeId;

/// For so many kinds of pods of one controller it is remembered that they fit nowhere.
const ALIKE: usize = 10;

/// Where pods were put, in this scan and the last.
#[derive(Clone, Debug, Default)]
pub(super) struct Hints {
    now: BTreeMap<PodId, Hint>,
    before: BTreeMap<PodId, Hint>,
}

/// A place, and the shape of the pod that was put there: the number of a pod that is gone may be
/// another's now.
type Hint = (NodeId, ShapeId);

impl Hints {
    fn get(&self, pod: PodId, shape: ShapeId) -> Option<NodeId> {
        let known = self.now.get(&pod).or_else(|| self.before.get(&pod))?;
        (known.1 == shape).then_some(known.0)
    }

    /// Forgets what was not used since this was last called.
    pub fn drop_old(&mut self) {
        self.before = std::mem::take(&mut self.now);
    }
}

/// Kinds of pods that fit nowhere.
#[derive(Debug, Default)]
struct Homeless(Vec<ShapeId>);

impl Homeless {
    fn insert(&mut self, simulation: &Simulation, shape: ShapeId) {
        let cluster = simulation.cluster();
        let own = cluster.shape(shape);
        let of_same = |other: &&ShapeId| {
            let other = cluster.shape(**other);
            (&other.owner, &other.namespace) == (&own.owner, &own.namespace)
        };
        let known = self.0.iter().filter(of_same).count();
        if own.owner.is_some() && !is_daemon(own) && known < ALIKE {
            self.0.push(shape);
        }
    }
}

/// Puts pods on nodes, in this order, among nodes at these places that are acceptable. Those that
/// found a place, and it; the search may end with the first that does not.
pub(super) fn place(
    simulation: &mut Simulation,
    hints: &mut Hints,
    pods: &[PodId],
    among: &Range<usize>,
    all_or_none: bool,
    acceptable: impl Fn(NodeId) -> bool,
) -> Vec<(PodId, NodeId)> {
    let mut placed = Vec::new();
    let mut homeless = Homeless::default();
    for &pod in pods {
        let shape = simulation.cluster().pod(pod).shape;
        let hint = hints
            .get(pod, shape)
            .filter(|&node| simulation.cluster().get_node(node).is_some() && acceptable(node));
        let node = hint.filter(|&node| simulation.fits(shape, node).is_ok()).or_else(|| {
            if homeless.0.contains(&shape) {
                return None;
            }
            let found = simulation.find(shape, among.clone(), &acceptable);
            if found.is_none() {
                homeless.insert(simulation, shape);
            }
            found
        });
        match node {
            Some(node) => {
                simulation.put(node, pod, shape);
                hints.now.insert(pod, (node, shape));
                placed.push((pod, node));
            }
            None if all_or_none => break,
            None => {}
        }
    }
    placed
}
