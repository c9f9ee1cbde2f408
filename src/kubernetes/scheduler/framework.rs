//! What a plugin is.
//!
//! Follows the scheduling framework of Kubernetes v1.36
//! (staging/src/k8s.io/kube-scheduler/framework): a *filter* says on which nodes a pod may run and
//! a *score* on which it should. A plugin prepares what it needs to know about one shape of pods
//! (PreFilter, PreScore); what it prepared can then be kept and brought up to date as pods come and
//! go, by the number of pods of each shape on the nodes that changed, so that nothing is looked at
//! twice.

use std::borrow::Cow;
use std::fmt::Debug;

use super::cluster::{Change, Cluster};
use super::node::{Node, NodeId};
use super::shape::ShapeId;

/// The highest score a plugin gives, after normalisation (`MaxNodeScore`).
pub const MAX_SCORE: i64 = 100;

/// Whether evicting pods might help a pod that was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// It might.
    Unschedulable,
    /// It cannot.
    UnschedulableAndUnresolvable,
}

/// One reason, as users know it: `Insufficient cpu`.
pub type Reason = Cow<'static, str>;

/// Why a plugin will not have a pod on a node, or at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Whether evictions might help.
    pub code: Code,
    /// All reasons.
    pub reasons: Vec<Reason>,
}

impl Rejection {
    /// Evicting pods might help.
    #[must_use]
    pub fn unschedulable(reason: impl Into<Reason>) -> Self {
        Self { code: Code::Unschedulable, reasons: vec![reason.into()] }
    }

    /// Evicting pods cannot help.
    #[must_use]
    pub fn unresolvable(reason: impl Into<Reason>) -> Self {
        Self { code: Code::UnschedulableAndUnresolvable, reasons: vec![reason.into()] }
    }
}

/// What a filter says of a node.
pub type Verdict = Result<(), Rejection>;

/// What the answers of a plugin for one node depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// On what the node is.
    Node,
    /// On that and on the pods on it.
    Pods,
    /// On pods on other nodes too. Nodes of one [key](GroupKey) get one answer.
    Domain,
}

/// What tells nodes apart for the plugins whose answers are not a matter of the one node alone:
/// nodes for which every plugin pushed the same numbers get the same answers from all of them. A
/// plugin pushes equally many for every node; if their number changes, all keys have to be made
/// anew.
pub type GroupKey = Vec<u32>;

/// A filter prepared for one shape of pods.
pub trait Filter: Debug {
    /// What its answers depend on, as long as it is kept.
    fn scope(&self) -> Scope;

    /// Whether a pod of the shape may run on a node. The node may differ from the one in the
    /// cluster by pods that were reported to [`changed`](Self::changed).
    ///
    /// # Errors
    /// Why it may not.
    fn filter(&self, cluster: &Cluster, node: &Node) -> Verdict;

    /// The same of several nodes: takes away from `passed` those that will not have it.
    fn pass(&self, cluster: &Cluster, nodes: &[NodeId], passed: &mut [bool]) {
        for (passed, &node) in passed.iter_mut().zip(nodes) {
            *passed = *passed && self.filter(cluster, cluster.node(node)).is_ok();
        }
    }

    /// Whether pods of a shape mean anything to it: if not, it need not be told of them.
    /// That never changes.
    fn minds(&mut self, _cluster: &Cluster, _other: ShapeId) -> bool {
        false
    }

    /// Brings it up to date with a change on a node. Changes can be taken back by their opposite.
    fn changed(&mut self, _cluster: &Cluster, _change: Change) {}

    /// The same for a pod that is only tried on a node, or off it, and taken back (`AddPod` and
    /// `RemovePod` of `PreFilterExtensions`): some plugins count such pods by other rules than
    /// those that are there.
    fn tried(&mut self, cluster: &Cluster, change: Change) {
        self.changed(cluster, change);
    }

    /// Brings it up to date with a node without pods that came.
    fn node_came(&mut self, _cluster: &Cluster, _node: &Node) {}

    /// Brings it up to date with a node without pods that is about to go.
    fn node_goes(&mut self, _cluster: &Cluster, _node: &Node) {}

    /// Pushes what tells nodes apart, where its scope is [`Scope::Domain`].
    fn key(&self, _cluster: &Cluster, _node: &Node, _key: &mut GroupKey) {}
}

/// A node that passed all filters, and how many nodes it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The node.
    pub node: NodeId,
    /// How many nodes of its [key](GroupKey) passed, itself included: 1 where every node is looked
    /// at.
    pub nodes: u32,
}

/// A score prepared for one shape of pods.
pub trait Score: Debug {
    /// What its answers depend on, as long as it is kept.
    fn scope(&self) -> Scope;

    /// Told of all nodes that passed, before any is scored; says whether it has anything to say
    /// about them (PreScore: `false` is Skip, and the plugin takes no part).
    fn observe(&mut self, _cluster: &Cluster, _candidates: &[Candidate]) -> bool {
        true
    }

    /// The raw score of a node.
    fn score(&self, cluster: &Cluster, node: &Node) -> i64;

    /// Adds the raw scores of several nodes, so many times each, to a sum for each.
    fn add(&self, cluster: &Cluster, nodes: &[NodeId], weight: i64, sums: &mut [i64]) {
        for (sum, &node) in sums.iter_mut().zip(nodes) {
            *sum += weight * self.score(cluster, cluster.node(node));
        }
    }

    /// Turns the raw scores of all candidates, in their order, into scores from 0 to
    /// [`MAX_SCORE`]. The default leaves them as they are.
    fn normalise(&self, _cluster: &Cluster, _candidates: &[Candidate], _scores: &mut [i64]) {}

    /// Whether [`normalise`](Self::normalise) does anything: if so, [`key`](Self::key) has to tell
    /// apart nodes of different raw scores.
    fn normalises(&self) -> bool;

    /// Whether pods of a shape mean anything to it, as for a [filter](Filter::minds).
    fn minds(&mut self, _cluster: &Cluster, _other: ShapeId) -> bool {
        false
    }

    /// Brings it up to date with a change on a node.
    fn changed(&mut self, _cluster: &Cluster, _change: Change) {}

    /// Pushes what tells nodes apart, where raw scores are normalised or its scope is
    /// [`Scope::Domain`].
    fn key(&self, _cluster: &Cluster, _node: &Node, _key: &mut GroupKey) {}
}

/// What became of the preparation of a filter (PreFilter).
#[derive(Debug)]
pub enum Prepared {
    /// It has nothing to say about the shape.
    Skip,
    /// No node will do.
    Reject(Rejection),
    /// Nodes have to be asked about.
    Filter(Box<dyn Filter>),
    /// The same, but only nodes of these names come into question at all (`PreFilterResult`).
    Only(Vec<Box<str>>, Option<Box<dyn Filter>>),
}

/// Normalises as most plugins do (`DefaultNormalizeScore`): in proportion to the highest, and the
/// other way round where high is bad.
pub fn normalise_by_highest(scores: &mut [i64], reverse: bool) {
    let highest = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        if highest > 0 {
            *score = MAX_SCORE * *score / highest;
        }
        if reverse {
            *score = if highest > 0 { MAX_SCORE - *score } else { MAX_SCORE };
        }
    }
}
