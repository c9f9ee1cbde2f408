//! NodeName: a pod that names its node goes nowhere else.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/nodename.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Filter, Prepared, Rejection, Scope, Verdict};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::PodShape;

/// Why another node is out.
pub const REASON: &str = "node(s) didn't match the requested node name";

#[derive(Debug)]
struct NodeName {
    wanted: Box<str>,
}

pub(super) fn filter(shape: &PodShape) -> Prepared {
    match &shape.node_name {
        Some(wanted) => Prepared::Filter(Box::new(NodeName { wanted: wanted.clone() })),
        None => Prepared::Skip,
    }
}

impl Filter for NodeName {
    fn scope(&self) -> Scope {
        Scope::Node
    }

    fn filter(&self, _: &Cluster, node: &Node) -> Verdict {
        if node.spec.name != self.wanted {
            return Err(Rejection::unresolvable(REASON));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cluster, named, prepared, verdicts};
    use super::*;

    #[test]
    fn only_the_named_node_will_do() {
        let cluster = cluster([named("a"), named("b")]);
        let shape = PodShape { node_name: Some("b".into()), ..PodShape::default() };
        let filter = prepared(filter(&shape));
        let elsewhere = Err(Rejection::unresolvable(REASON));
        assert_eq!(verdicts(&cluster, &*filter), [elsewhere, Ok(())]);
    }

    #[test]
    fn a_pod_that_names_no_node_may_go_anywhere() {
        assert!(matches!(filter(&PodShape::default()), Prepared::Skip));
    }
}
