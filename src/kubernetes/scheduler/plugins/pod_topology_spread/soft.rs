//! Soft constraints: scoring.go.

use super::counts::Counts;
use crate::kubernetes::scheduler::cluster::{Change, Cluster};
use crate::kubernetes::scheduler::framework::{Candidate, GroupKey, MAX_SCORE, Scope, Score};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::plugins::by_domain::{ByDomain, Place};
use crate::kubernetes::scheduler::shape::{ShapeId, SpreadConstraint};
use crate::kubernetes::scheduler::topology::TopologyId;

/// The soft constraints of a shape.
#[derive(Debug)]
pub(super) struct Soft {
    counts: Counts,
    /// By constraint: what a pod weighs, the more the more domains there are to choose from, so
    /// that the few pods of each of many domains are not outweighed by the many of a few.
    weights: Vec<f64>,
}

impl Soft {
    /// Where `all_keys` is set, nodes that lack a label of any constraint are ignored.
    pub(super) fn prepare(
        cluster: &Cluster,
        shape: ShapeId,
        constraints: Vec<SpreadConstraint>,
        all_keys: bool,
    ) -> Self {
        let counts = Counts::prepare(cluster, shape, constraints, all_keys, |_, _| {});
        Self { counts, weights: Vec::new() }
    }

    /// The pods that count for a node alone although others have its label too: under
    /// `kubernetes.io/hostname` every node is scored by its own pods.
    fn own(&self, cluster: &Cluster, node: &Node, place: usize, pods: &ByDomain) -> Option<i64> {
        if pods.topology() != TopologyId::HOSTNAME {
            return None;
        }
        match pods.place(cluster, node.id) {
            Place::Shared(_) => Some(self.counts.on(node, place)),
            Place::Alone(_) | Place::Nowhere => None,
        }
    }

    /// How many domains the candidates that are not ignored have. Having none counts as one;
    /// under `kubernetes.io/hostname` every node counts, whatever its label.
    fn domains(&self, cluster: &Cluster, candidates: &[Candidate], pods: &ByDomain) -> u32 {
        let (mut alone, mut nowhere, mut shared) = (0, 0, Vec::new());
        for candidate in candidates.iter().filter(|one| self.counts.takes(cluster, one.node)) {
            match pods.place(cluster, candidate.node) {
                _ if pods.topology() == TopologyId::HOSTNAME => alone += candidate.nodes,
                Place::Alone(_) => alone += candidate.nodes,
                Place::Nowhere => nowhere = 1,
                Place::Shared(domain) => shared.push(domain),
            }
        }
        shared.sort_unstable();
        shared.dedup();
        let shared = u32::try_from(shared.len()).expect("there are no more domains than nodes");
        alone + nowhere + shared
    }
}

impl Score for Soft {
    fn scope(&self) -> Scope {
        Scope::Domain
    }

    fn observe(&mut self, cluster: &Cluster, candidates: &[Candidate]) -> bool {
        let all = self.counts.iter();
        let domains = all.map(|(_, pods)| self.domains(cluster, candidates, pods));
        self.weights = domains.map(|domains| libm::log(f64::from(domains + 2))).collect();
        true
    }

    fn score(&self, cluster: &Cluster, node: &Node) -> i64 {
        if !self.counts.takes(cluster, node.id) {
            return 0;
        }
        let mut score = 0.0;
        let all = self.counts.iter().zip(&self.weights).enumerate();
        for (place, ((constraint, pods), weight)) in all {
            let pods = match self.own(cluster, node, place, pods) {
                Some(own) => Some(own),
                None => pods.of(cluster, node.id),
            };
            if let Some(pods) = pods {
                score += pods as f64 * weight + f64::from(constraint.max_skew - 1);
            }
        }
        score.round() as i64
    }

    fn normalises(&self) -> bool {
        true
    }

    /// The node with the fewest pods gets most; nodes that are ignored get nothing.
    fn normalise(&self, cluster: &Cluster, candidates: &[Candidate], scores: &mut [i64]) {
        let takes = |candidate: &Candidate| self.counts.takes(cluster, candidate.node);
        let taken = || candidates.iter().zip(&*scores).filter(|(one, _)| takes(one));
        let lowest = taken().map(|(_, &score)| score).min().unwrap_or(0);
        let highest = taken().map(|(_, &score)| score).max().unwrap_or(0);
        for (candidate, score) in candidates.iter().zip(scores) {
            *score = match highest {
                _ if !takes(candidate) => 0,
                0 => MAX_SCORE,
                _ => MAX_SCORE * (highest + lowest - *score) / highest,
            };
        }
    }

    fn minds(&mut self, cluster: &Cluster, other: ShapeId) -> bool {
        self.counts.mind(cluster, other)
    }

    fn changed(&mut self, cluster: &Cluster, change: Change) {
        self.counts.changed(cluster, change, |_| {});
    }

    fn key(&self, cluster: &Cluster, node: &Node, key: &mut GroupKey) {
        if !self.counts.takes(cluster, node.id) {
            // it scores nothing, whatever is on it
            return self.counts.iter().for_each(|_| key.extend([3, 0]));
        }
        for (place, (_, pods)) in self.counts.iter().enumerate() {
            if let Some(own) = self.own(cluster, node, place, pods) {
                key.extend([1, own as u32]);
                continue;
            }
            match pods.place(cluster, node.id) {
                Place::Nowhere => key.extend([0, 0]),
                Place::Alone(domain) => key.extend([1, pods.get(domain) as u32]),
                Place::Shared(domain) => key.extend([2, domain.0]),
            }
        }
    }
}
