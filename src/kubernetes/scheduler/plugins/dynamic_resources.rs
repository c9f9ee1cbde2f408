//! DynamicResources: devices that pods claim. There are none here, so every node is as good.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/dynamicresources: it has no PreScore, so it
//! takes part even where a pod claims nothing, and then scores every node with 0.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Scope, Score};
use crate::kubernetes::scheduler::node::Node;

#[derive(Debug)]
struct DynamicResources;

pub(super) fn score() -> Option<Box<dyn Score>> {
    Some(Box::new(DynamicResources))
}

impl Score for DynamicResources {
    fn scope(&self) -> Scope {
        Scope::Node
    }

    fn score(&self, _: &Cluster, _: &Node) -> i64 {
        0
    }

    fn normalises(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cluster, named, scores};
    use super::*;

    #[test]
    fn every_node_scores_nothing_but_it_takes_part() {
        let cluster = cluster([named("a"), named("b")]);
        let score = score().expect("it always takes part");
        assert_eq!(scores(&cluster, &*score), [0, 0]);
    }
}
