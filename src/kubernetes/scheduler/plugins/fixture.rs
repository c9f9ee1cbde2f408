//! Small clusters for the tests of plugins.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Filter, Prepared, Score, Verdict};
use crate::kubernetes::scheduler::node::{NodeId, NodeSpec};
use crate::kubernetes::scheduler::pod::{Pod, PodId};
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::PodShape;

/// A node with nothing but a name and room for 110 pods.
pub fn named(name: &str) -> NodeSpec {
    NodeSpec { name: name.into(), allowed_pods: 110, ..NodeSpec::default() }
}

/// A node with labels.
pub fn labelled<const N: usize>(name: &str, labels: [(&str, &str); N]) -> NodeSpec {
    NodeSpec { labels: labels.into_iter().collect(), ..named(name) }
}

/// A node of so many thousandths of a core and bytes.
pub fn sized(name: &str, milli_cpu: i64, memory: i64) -> NodeSpec {
    NodeSpec { allocatable: amounts(milli_cpu, memory), ..named(name) }
}

/// CPU in thousandths and memory in bytes.
pub fn amounts(milli_cpu: i64, memory: i64) -> Resources {
    let mut amounts = Resources::default();
    (amounts.milli_cpu, amounts.memory) = (milli_cpu, memory);
    amounts
}

/// A pod that names both requests.
pub fn requesting(milli_cpu: i64, memory: i64) -> PodShape {
    let requests = amounts(milli_cpu, memory);
    PodShape { scored_requests: requests.clone(), requests, ..PodShape::default() }
}

/// A cluster of these nodes.
pub fn cluster(nodes: impl IntoIterator<Item = NodeSpec>) -> Cluster {
    let mut cluster = Cluster::new();
    for node in nodes {
        cluster.add_node(node);
    }
    cluster
}

/// Puts a pod on a node.
pub fn place(cluster: &mut Cluster, shape: &PodShape, node: u32) -> PodId {
    let shape = cluster.intern(shape.clone());
    cluster.add_pod(Pod { node: Some(NodeId(node)), ..Pod::pending("default/placed", shape) })
}

/// The filter that was prepared.
pub fn prepared(prepared: Prepared) -> Box<dyn Filter> {
    match prepared {
        Prepared::Filter(filter) | Prepared::Only(_, Some(filter)) => filter,
        other => panic!("{other:?} is no filter"),
    }
}

/// What a filter says of all nodes.
pub fn verdicts(cluster: &Cluster, filter: &dyn Filter) -> Vec<Verdict> {
    cluster.nodes().map(|node| filter.filter(cluster, node)).collect()
}

/// The raw scores of all nodes.
pub fn scores(cluster: &Cluster, score: &dyn Score) -> Vec<i64> {
    cluster.nodes().map(|node| score.score(cluster, node)).collect()
}
