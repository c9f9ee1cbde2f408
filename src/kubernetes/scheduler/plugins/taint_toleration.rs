//! TaintToleration: a pod stays off nodes whose taints it does not tolerate, or prefers others.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/tainttoleration.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{
    Candidate, Filter, GroupKey, Prepared, Rejection, Scope, Score, Verdict, normalise_by_highest,
};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::{Effect, PodShape, Toleration};

/// Why a node with a taint is out.
pub const REASON: &str = "node(s) had untolerated taint(s)";

#[derive(Debug)]
struct TaintToleration {
    tolerations: Vec<Toleration>,
}

impl TaintToleration {
    fn untolerated(&self, node: &Node, matters: impl Fn(Effect) -> bool) -> usize {
        let taints = node.spec.taints.iter().filter(|taint| matters(taint.effect));
        taints.filter(|taint| !self.tolerations.iter().any(|one| one.tolerates(taint))).count()
    }
}

pub(super) fn filter(shape: &PodShape) -> Prepared {
    Prepared::Filter(Box::new(TaintToleration { tolerations: shape.tolerations.clone() }))
}

/// Only tolerations of the effect, or of all effects, count for scores.
pub(super) fn score(shape: &PodShape) -> Option<Box<dyn Score>> {
    let counts =
        |one: &&Toleration| one.effect.is_none() || one.effect == Some(Effect::PreferNoSchedule);
    let tolerations = shape.tolerations.iter().filter(counts).cloned().collect();
    Some(Box::new(TaintToleration { tolerations }))
}

impl Filter for TaintToleration {
    fn scope(&self) -> Scope {
        Scope::Node
    }

    fn filter(&self, _: &Cluster, node: &Node) -> Verdict {
        match self.untolerated(node, |effect| effect != Effect::PreferNoSchedule) {
            0 => Ok(()),
            _ => Err(Rejection::unresolvable(REASON)),
        }
    }
}

impl Score for TaintToleration {
    fn scope(&self) -> Scope {
        Scope::Node
    }

    fn score(&self, _: &Cluster, node: &Node) -> i64 {
        self.untolerated(node, |effect| effect == Effect::PreferNoSchedule) as i64
    }

    fn normalises(&self) -> bool {
        true
    }

    fn normalise(&self, _: &Cluster, _: &[Candidate], scores: &mut [i64]) {
        normalise_by_highest(scores, true);
    }

    fn key(&self, cluster: &Cluster, node: &Node, key: &mut GroupKey) {
        key.push(self.score(cluster, node) as u32);
    }
}
