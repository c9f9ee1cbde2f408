//! What a pod wants of its node's labels and of its neighbours'.

use crate::kubernetes::scheduler::labels::{Labels, Requirement, Selector};
use crate::kubernetes::scheduler::topology::TopologyId;

/// Something wanted so much.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Weighted<T> {
    /// From 1 to 100.
    pub weight: i32,
    /// What is wanted.
    pub term: T,
}

/// Requirements on a node, all of which have to be met. A term without any is met by no node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NodeTerm {
    /// On its labels.
    pub labels: Vec<Requirement>,
    /// On its fields, of which there is one: `metadata.name`.
    pub name: Vec<Requirement>,
}

impl NodeTerm {
    /// Whether a node of this name with these labels meets the term. Nothing is asked of the name
    /// where it is empty, which is how volumes ask for labels alone (`extractNodeFields`).
    #[must_use]
    pub fn matches(&self, name: &str, labels: &Labels) -> bool {
        let empty = self.labels.is_empty() && self.name.is_empty();
        !empty
            && self.labels.iter().all(|one| one.matches(labels))
            && (name.is_empty() || self.name.iter().all(|one| one.admits(Some(name))))
    }
}

/// Terms of which one has to be met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NodeSelector(pub Vec<NodeTerm>);

impl NodeSelector {
    /// Whether a node of this name with these labels is selected.
    #[must_use]
    pub fn matches(&self, name: &str, labels: &Labels) -> bool {
        self.0.iter().any(|term| term.matches(name, labels))
    }
}

/// Pods to be near to, or away from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AffinityTerm {
    /// Which pods, by their labels.
    pub selector: Selector,
    /// In which namespaces, by name. Where nothing was said, the pod's own.
    pub namespaces: Vec<Box<str>>,
    /// In which other namespaces, by their labels.
    pub namespace_selector: Selector,
    /// What counts as near: nodes of one value of this label.
    pub topology: TopologyId,
}

/// Affinity, or anti-affinity, of a pod to other pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PodAffinity {
    /// Terms that must hold.
    pub required: Vec<AffinityTerm>,
    /// Terms that should hold.
    pub preferred: Vec<Weighted<AffinityTerm>>,
}

impl PodAffinity {
    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.required.is_empty() && self.preferred.is_empty()
    }
}
