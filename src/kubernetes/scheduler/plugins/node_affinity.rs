//! NodeAffinity: a pod goes where the labels of nodes are as it wants them.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/nodeaffinity. What the profile demands of
//! every pod (`addedAffinity`) is asked about first, and with a reason of its own. A pod that
//! names the nodes it may go to in every one of its terms is asked about with no other node.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{
    Candidate, Filter, GroupKey, Prepared, Rejection, Scope, Score, Verdict, normalise_by_highest,
};
use crate::kubernetes::scheduler::labels::{Labels, Operator};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::{NodeSelector, NodeTerm, PodShape, Weighted};

/// Why a node is out that is not as the pod wants it.
pub const REASON: &str = "node(s) didn't match Pod's node affinity/selector";
/// Why a node is out that is not as the profile wants it.
pub const REASON_ENFORCED: &str = "node(s) didn't match scheduler-enforced node affinity";
/// Why a pod is out that names nodes in a way that no node can be named.
pub const REASON_CONFLICT: &str = "pod affinity terms conflict";

/// Affinity of every pod of the profile, beside its own (`addedAffinity`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// What must hold.
    pub required: Option<NodeSelector>,
    /// What should hold.
    pub preferred: Vec<Weighted<NodeTerm>>,
}

#[derive(Debug)]
struct Required {
    enforced: Option<NodeSelector>,
    labels: Labels,
    own: Option<NodeSelector>,
}

pub(super) fn filter(args: &Args, shape: &PodShape) -> Prepared {
    let labels = &shape.node_selector;
    if args.required.is_none() && labels.iter().next().is_none() && shape.required_nodes.is_none() {
        return Prepared::Skip;
    }
    let own = shape.required_nodes.clone();
    let filter = Required { enforced: args.required.clone(), labels: labels.clone(), own };
    match shape.required_nodes.as_ref().and_then(named_nodes) {
        Some(names) if names.is_empty() => {
            Prepared::Reject(Rejection::unresolvable(REASON_CONFLICT))
        }
        Some(names) => Prepared::Only(names, Some(Box::new(filter))),
        None => Prepared::Filter(Box::new(filter)),
    }
}

/// The names of all nodes that come into question, if every term names some.
fn named_nodes(selector: &NodeSelector) -> Option<Vec<Box<str>>> {
    let mut all: Vec<Box<str>> = Vec::new();
    for term in &selector.0 {
        all.extend(named_by(term)?);
    }
    all.sort_unstable();
    all.dedup();
    (!selector.0.is_empty()).then_some(all)
}

/// The names that all requirements of a term on the name have in common. Only `In` names nodes.
fn named_by(term: &NodeTerm) -> Option<Vec<Box<str>>> {
    let mut lists = term.name.iter().filter_map(|one| match &one.operator {
        Operator::In(values) => Some(values),
        _ => None,
    });
    let mut names = lists.next()?.clone();
    for list in lists {
        names.retain(|name| list.contains(name));
    }
    Some(names)
}

impl Filter for Required {
    fn scope(&self) -> Scope {
        Scope::Node
    }

    fn filter(&self, _: &Cluster, node: &Node) -> Verdict {
        let (name, labels) = (&node.spec.name, &node.spec.labels);
        let selects = |selector: &NodeSelector| selector.matches(name, labels);
        if !self.enforced.as_ref().is_none_or(selects) {
            return Err(Rejection::unresolvable(REASON_ENFORCED));
        }
        let labelled = self.labels.iter().all(|(key, value)| labels.get(key) == Some(value));
        if !labelled || !self.own.as_ref().is_none_or(selects) {
            return Err(Rejection::unresolvable(REASON));
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Preferred {
    terms: Vec<Weighted<NodeTerm>>,
}

pub(super) fn score(args: &Args, shape: &PodShape) -> Option<Box<dyn Score>> {
    let terms: Vec<_> = args.preferred.iter().chain(&shape.preferred_nodes).cloned().collect();
    if terms.is_empty() {
        return None;
    }
    Some(Box::new(Preferred { terms }))
}

impl Score for Preferred {
    fn scope(&self) -> Scope {
        Scope::Node
    }

    fn score(&self, _: &Cluster, node: &Node) -> i64 {
        let (name, labels) = (&node.spec.name, &node.spec.labels);
        let met = self.terms.iter().filter(|one| one.term.matches(name, labels));
        met.map(|one| i64::from(one.weight)).sum()
    }

    fn normalises(&self) -> bool {
        true
    }

    fn normalise(&self, _: &Cluster, _: &[Candidate], scores: &mut [i64]) {
        normalise_by_highest(scores, false);
    }

    fn key(&self, cluster: &Cluster, node: &Node, key: &mut GroupKey) {
        key.push(self.score(cluster, node) as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cluster, labelled, named, prepared, scores, verdicts};
    use super::*;
    use crate::kubernetes::scheduler::labels::Requirement;

    fn is_in(key: &str, values: &[&str]) -> Requirement {
        let values = values.iter().map(|&value| value.into()).collect();
        Requirement { key: key.into(), operator: Operator::In(values) }
    }

    fn tier(value: &str) -> NodeTerm {
        NodeTerm { labels: vec![is_in("tier", &[value])], name: Vec::new() }
    }

    fn on(lists: &[&[&str]]) -> NodeTerm {
        let name = lists.iter().map(|names| is_in("metadata.name", names)).collect();
        NodeTerm { labels: Vec::new(), name }
    }

    fn requiring(terms: Vec<NodeTerm>) -> PodShape {
        PodShape { required_nodes: Some(NodeSelector(terms)), ..PodShape::default() }
    }

    fn names(shape: &PodShape) -> Vec<Box<str>> {
        match filter(&Args::default(), shape) {
            Prepared::Only(names, Some(_)) => names,
            other => panic!("{other:?} names no nodes"),
        }
    }

    #[test]
    fn selector_and_one_term_have_to_be_met() {
        let nodes = [
            labelled("a", [("tier", "web"), ("disk", "ssd")]),
            labelled("b", [("tier", "db"), ("disk", "ssd")]),
            labelled("c", [("tier", "web"), ("disk", "hdd")]),
            labelled("d", [("tier", "batch"), ("disk", "ssd")]),
        ];
        let cluster = cluster(nodes);
        let selector = [("disk", "ssd")].into_iter().collect();
        let terms = requiring(vec![tier("web"), tier("db")]);
        let shape = PodShape { node_selector: selector, ..terms };
        let filter = prepared(filter(&Args::default(), &shape));
        let out = || Err(Rejection::unresolvable(REASON));
        assert_eq!(verdicts(&cluster, &*filter), [Ok(()), Ok(()), out(), out()]);
    }

    #[test]
    fn no_terms_and_an_empty_term_are_met_by_no_node() {
        let cluster = cluster([named("a")]);
        for terms in [vec![], vec![NodeTerm::default()]] {
            let filter = prepared(filter(&Args::default(), &requiring(terms)));
            assert_eq!(verdicts(&cluster, &*filter), [Err(Rejection::unresolvable(REASON))]);
        }
    }

    #[test]
    fn what_the_profile_demands_is_asked_about_first() {
        let cluster = cluster([labelled("a", [("tier", "web")]), named("b")]);
        let required = Some(NodeSelector(vec![tier("web")]));
        let args = Args { required, preferred: Vec::new() };
        let enforced = || Err(Rejection::unresolvable(REASON_ENFORCED));
        let anywhere = prepared(filter(&args, &PodShape::default()));
        assert_eq!(verdicts(&cluster, &*anywhere), [Ok(()), enforced()]);
        let nowhere = prepared(filter(&args, &requiring(vec![tier("db")])));
        let own = Err(Rejection::unresolvable(REASON));
        assert_eq!(verdicts(&cluster, &*nowhere), [own, enforced()]);
    }

    #[test]
    fn terms_that_all_name_nodes_leave_only_these() {
        assert_eq!(
            names(&requiring(vec![on(&[&["b"]]), on(&[&["a", "b"]])])),
            ["a", "b"].map(Box::from)
        );
        // all requirements of one term have to be met
        assert_eq!(names(&requiring(vec![on(&[&["a", "b"], &["b", "c"]])])), ["b"].map(Box::from));
    }

    #[test]
    fn one_term_that_names_no_node_leaves_all() {
        let shape = requiring(vec![on(&[&["a"]]), tier("web")]);
        assert!(matches!(filter(&Args::default(), &shape), Prepared::Filter(_)));
        let others = Requirement {
            key: "metadata.name".into(),
            operator: Operator::NotIn(vec!["a".into()]),
        };
        let shape = requiring(vec![NodeTerm { labels: Vec::new(), name: vec![others] }]);
        assert!(matches!(filter(&Args::default(), &shape), Prepared::Filter(_)));
    }

    #[test]
    fn names_that_contradict_each_other_rule_out_all_nodes() {
        let shape = requiring(vec![on(&[&["a"], &["b"]])]);
        let Prepared::Reject(rejection) = filter(&Args::default(), &shape) else {
            panic!("no node can have two names");
        };
        assert_eq!(rejection, Rejection::unresolvable(REASON_CONFLICT));
        // another term can still be met
        let shape = requiring(vec![on(&[&["a"], &["b"]]), on(&[&["c"]])]);
        assert_eq!(names(&shape), ["c"].map(Box::from));
    }

    #[test]
    fn weights_of_met_terms_add_up_and_the_highest_sum_is_100() {
        let cluster = cluster([
            labelled("a", [("tier", "web"), ("disk", "ssd")]),
            labelled("b", [("tier", "web")]),
            named("c"),
        ]);
        let ssd = NodeTerm { labels: vec![is_in("disk", &["ssd"])], name: Vec::new() };
        let args = Args { required: None, preferred: vec![Weighted { weight: 10, term: ssd }] };
        let own = vec![Weighted { weight: 20, term: tier("web") }];
        let shape = PodShape { preferred_nodes: own, ..PodShape::default() };
        let score = score(&args, &shape).expect("there are terms");
        let mut all = scores(&cluster, &*score);
        assert_eq!(all, [30, 20, 0]);
        score.normalise(&cluster, &[], &mut all);
        // 20 of 30 are 66.7 of 100, cut off
        assert_eq!(all, [100, 66, 0]);
    }

    #[test]
    fn without_terms_it_says_nothing() {
        assert!(score(&Args::default(), &PodShape::default()).is_none());
        assert!(matches!(filter(&Args::default(), &PodShape::default()), Prepared::Skip));
    }
}
