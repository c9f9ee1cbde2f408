//! Hard constraints: filtering.go.

use super::counts::{Counts, Moved};
use super::minimum::Minimum;
use crate::kubernetes::scheduler::cluster::{Change, Cluster};
use crate::kubernetes::scheduler::framework::{Filter, GroupKey, Rejection, Scope, Verdict};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::plugins::by_domain::Place;
use crate::kubernetes::scheduler::shape::{ShapeId, SpreadConstraint};

/// Why a node with too many pods in its domain is out.
pub const SKEW: &str = "node(s) didn't match pod topology spread constraints";
/// Why a node without a label that divides nodes into domains is out.
pub const MISSING_LABEL: &str =
    "node(s) didn't match pod topology spread constraints (missing required label)";

/// The hard constraints of a shape.
#[derive(Debug)]
pub(super) struct Hard {
    counts: Counts,
    /// By constraint.
    minima: Vec<Minimum>,
    /// By constraint: 1 where pods of the shape are counted themselves, else 0.
    own: Vec<i64>,
}

impl Hard {
    pub(super) fn prepare(
        cluster: &Cluster,
        shape: ShapeId,
        constraints: Vec<SpreadConstraint>,
    ) -> Self {
        let labels = &cluster.shape(shape).labels;
        let own = constraints.iter().map(|one| i64::from(one.selector.matches(labels))).collect();
        let mut minima = vec![Minimum::default(); constraints.len()];
        // domains are reported before their last node was counted: pods come in afterwards
        let mut domains = Vec::new();
        let counts = Counts::prepare(cluster, shape, constraints, true, |constraint, domain| {
            domains.push((constraint, domain));
        });
        for (constraint, domain) in domains {
            if minima[constraint].include(domain) {
                let (_, pods) = counts.iter().nth(constraint).expect("constraints were numbered");
                minima[constraint].moved(0, pods.get(domain));
            }
        }
        Self { counts, minima, own }
    }
}

impl Filter for Hard {
    fn scope(&self) -> Scope {
        Scope::Domain
    }

    fn filter(&self, cluster: &Cluster, node: &Node) -> Verdict {
        for (place, (constraint, pods)) in self.counts.iter().enumerate() {
            let Some(pods) = pods.of(cluster, node.id) else {
                return Err(Rejection::unresolvable(MISSING_LABEL));
            };
            let minimum = &self.minima[place];
            let wanted = usize::try_from(constraint.min_domains).unwrap_or(0);
            let fewest = if minimum.domains() < wanted { 0 } else { minimum.fewest() };
            if pods + self.own[place] - fewest > i64::from(constraint.max_skew) {
                return Err(Rejection::unschedulable(SKEW));
            }
        }
        Ok(())
    }

    fn minds(&mut self, cluster: &Cluster, other: ShapeId) -> bool {
        self.counts.mind(cluster, other)
    }

    fn changed(&mut self, cluster: &Cluster, change: Change) {
        let minima = &mut self.minima;
        self.counts.changed(cluster, change, |Moved { constraint, from, to }| {
            minima[constraint].moved(from, to);
        });
    }

    fn tried(&mut self, cluster: &Cluster, change: Change) {
        let minima = &mut self.minima;
        self.counts.tried(cluster, change, |Moved { constraint, from, to }| {
            minima[constraint].moved(from, to);
        });
    }

    fn node_came(&mut self, cluster: &Cluster, node: &Node) {
        for (minimum, domain) in self.minima.iter_mut().zip(self.counts.domains(cluster, node)) {
            domain.map(|domain| minimum.include(domain));
        }
    }

    fn node_goes(&mut self, cluster: &Cluster, node: &Node) {
        for (minimum, domain) in self.minima.iter_mut().zip(self.counts.domains(cluster, node)) {
            domain.inspect(|&domain| minimum.exclude(domain));
        }
    }

    fn key(&self, cluster: &Cluster, node: &Node, key: &mut GroupKey) {
        for (_, pods) in self.counts.iter() {
            match pods.place(cluster, node.id) {
                Place::Nowhere => key.extend([0, 0]),
                Place::Alone(domain) => key.extend([1, pods.get(domain) as u32]),
                Place::Shared(domain) => key.extend([2, domain.0]),
            }
        }
    }
}
