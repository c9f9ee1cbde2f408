//! Which pods a rule about neighbours counts, and on which nodes.
//!
//! Follows pkg/controllers/provisioning/scheduling/topologynodefilter.go of Karpenter 1.x, and
//! `selects` of topologygroup.go there.

use crate::kubernetes::autoscale::karpenter::requirements::Requirements;
use crate::kubernetes::autoscale::karpenter::wish::Wish;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::labels::Selector;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::shape::{
    AffinityTerm, Inclusion, PodShape, SpreadConstraint, Taint, Toleration,
};

/// The pods that are counted.
#[derive(Clone, Debug, PartialEq)]
pub enum Counted {
    /// Those of one namespace that are selected.
    Like { namespace: Box<str>, selector: Selector },
    /// Those that a term of affinity is about.
    Near(AffinityTerm),
}

impl Counted {
    /// Whether pods of a shape are. A namespace of which nothing is known is selected only where
    /// all are.
    pub fn has(&self, cluster: &Cluster, shape: &PodShape) -> bool {
        let term = match self {
            Self::Like { namespace, selector } => {
                return *namespace == shape.namespace && selector.matches(&shape.labels);
            }
            Self::Near(term) => term,
        };
        let known = || cluster.objects().namespace(&shape.namespace);
        let of_namespace = term.namespaces.contains(&shape.namespace)
            || term.namespace_selector.is_everything()
            || known().is_some_and(|labels| term.namespace_selector.matches(labels));
        of_namespace && term.selector.matches(&shape.labels)
    }
}

/// The nodes on which they are counted: spread may leave out those that would not do for the pod
/// itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFilter {
    /// Of which one has to be met, where node affinity is honoured.
    affinity: Option<Vec<Requirements>>,
    /// What has to put up with the taints, where these are honoured.
    tolerations: Option<Vec<Toleration>>,
}

impl NodeFilter {
    /// All nodes, as for affinity to pods.
    pub fn everywhere() -> Self {
        Self { affinity: None, tolerations: None }
    }

    /// As a constraint of a pod says.
    pub fn of(constraint: &SpreadConstraint, wish: &Wish) -> Self {
        let honoured = |policy: Inclusion| policy == Inclusion::Honor;
        Self {
            affinity: honoured(constraint.node_affinity).then(|| wish.alternatives()),
            tolerations: honoured(constraint.node_taints).then(|| wish.tolerations()),
        }
    }

    /// Whether pods count on a node with these taints, of whose labels this is known. A label of
    /// which nothing is known is missing, also on a node that is to be made.
    pub fn admits(&self, taints: &[Taint], labels: &Requirements) -> bool {
        let affinity = self.affinity.as_ref();
        affinity.is_none_or(|all| all.iter().any(|one| labels.meet(one))) && self.tolerates(taints)
    }

    /// The same of a node that is there.
    pub fn admits_node(&self, node: &NodeSpec) -> bool {
        let meets = |one: &Requirements| one.are_met_by(&node.labels, &node.name);
        let affinity = self.affinity.as_ref();
        affinity.is_none_or(|all| all.iter().any(meets)) && self.tolerates(&node.taints)
    }

    /// Whether taints do not keep a node out.
    pub fn tolerates(&self, taints: &[Taint]) -> bool {
        let puts_up = |all: &Vec<Toleration>, taint| all.iter().any(|one| one.tolerates(taint));
        let tolerations = self.tolerations.as_ref();
        tolerations.is_none_or(|all| taints.iter().all(|taint| puts_up(all, taint)))
    }
}
