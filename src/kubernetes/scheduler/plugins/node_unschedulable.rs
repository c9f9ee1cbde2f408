//! NodeUnschedulable: a cordoned node takes no pods, unless they tolerate that.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/nodeunschedulable.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Filter, Prepared, Rejection, Scope, Verdict};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::{Effect, PodShape, Taint};

/// Why a cordoned node is out.
pub const REASON: &str = "node(s) were unschedulable";

#[derive(Debug)]
struct NodeUnschedulable {
    tolerated: bool,
}

pub(super) fn filter(shape: &PodShape) -> Prepared {
    let cordon = Taint {
        key: "node.kubernetes.io/unschedulable".into(),
        value: "".into(),
        effect: Effect::NoSchedule,
    };
    let tolerated = shape.tolerations.iter().any(|toleration| toleration.tolerates(&cordon));
    Prepared::Filter(Box::new(NodeUnschedulable { tolerated }))
}

impl Filter for NodeUnschedulable {
    fn scope(&self) -> Scope {
        Scope::Node
    }

    fn filter(&self, _: &Cluster, node: &Node) -> Verdict {
        if node.spec.unschedulable && !self.tolerated {
            return Err(Rejection::unresolvable(REASON));
        }
        Ok(())
    }
}
