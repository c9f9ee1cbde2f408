//! Node groups: what the cloud would add more of.

use crate::engine::SimTime;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::resources::{ResourceKind, Resources};
use crate::kubernetes::scheduler::shape::ShapeId;
use crate::units::HourlyPrice;

/// A node group, by its place among all: the same at every scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

impl GroupId {
    /// As an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A group of nodes of one kind, as the cloud describes it at a scan.
#[derive(Clone, Debug)]
pub struct NodeGroup {
    /// Its name.
    pub name: Box<str>,
    /// The fewest nodes it may have.
    pub min: u32,
    /// The most nodes it may have.
    pub max: u32,
    /// How many nodes the cloud has been asked to run, those that are on their way included.
    pub target: u32,
    /// What its nodes are like.
    pub template: Template,
    /// Since when there are machines of it that are not nodes yet.
    pub unregistered: Vec<SimTime>,
    /// What a node costs, for [`Expander::Price`](super::Expander::Price).
    pub price: Option<HourlyPrice>,
    /// What it is given by the configuration of
    /// [`Expander::Priority`](super::Expander::Priority); none where no pattern matches its name.
    pub priority: Option<i32>,
    /// The resource that its GPUs are, if it has any.
    pub gpu: Option<ResourceKind>,
}

/// What the nodes of a group are like.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The node: labels, taints, what pods may take. Its name and the label of its host are
    /// replaced.
    pub node: NodeSpec,
    /// What the machine has (`status.capacity`).
    pub capacity: Resources,
    /// Pods that come with every node: those of DaemonSets and static ones.
    pub pods: Vec<ShapeId>,
}

impl Template {
    /// A node of the template, of this name.
    pub(super) fn named(&self, name: &str) -> NodeSpec {
        let labels = self.node.labels.iter();
        let labels = labels.filter(|(key, _)| *key != HOSTNAME).chain([(HOSTNAME, name)]).collect();
        NodeSpec { name: name.into(), labels, ..self.node.clone() }
    }
}

/// The label that is a node's own.
const HOSTNAME: &str = "kubernetes.io/hostname";
