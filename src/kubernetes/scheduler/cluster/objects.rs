//! Objects beside nodes, pods and volumes that decide about places.

use super::super::labels::{Labels, Selector};

/// What selects pods of a namespace: a ReplicaSet, StatefulSet or ReplicationController.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSelection {
    /// `ReplicaSet`, `StatefulSet` or `ReplicationController`.
    pub kind: Box<str>,
    /// Its namespace.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Which pods it selects.
    pub selector: Selector,
}

/// A Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its namespace.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Labels of the pods it selects; none where it selects none.
    pub selector: Option<Labels>,
}

/// A PodDisruptionBudget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Its namespace.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Which pods it protects.
    pub selector: Selector,
    /// How many of them may go (`status.disruptionsAllowed`).
    pub allowed: i32,
    /// Names of pods whose eviction is under way (`status.disruptedPods`).
    pub disrupted: Vec<Box<str>>,
}

/// Objects beside nodes, pods and volumes, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// Namespaces and their labels.
    pub namespaces: Vec<(Box<str>, Labels)>,
    /// Services.
    pub services: Vec<Service>,
    /// Controllers that select pods.
    pub controllers: Vec<PodSelection>,
    /// Disruption budgets.
    pub budgets: Vec<Budget>,
}

impl Objects {
    /// The labels of a namespace, if it is known.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Option<&Labels> {
        self.namespaces.iter().find(|(known, _)| **known == *name).map(|(_, labels)| labels)
    }
}
