//! Nodes.

use k8s_openapi::api::core::v1 as core;

use super::affinity::taint;
use super::requests;
use crate::kubernetes::api::quantity;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeSpec;

/// What a node is.
pub fn node_spec(cluster: &mut Cluster, node: &core::Node) -> NodeSpec {
    let labels = node.metadata.labels.iter().flatten();
    let spec = node.spec.as_ref();
    let status = node.status.as_ref();
    let allocatable = status.and_then(|status| status.allocatable.as_ref());
    let pods = allocatable.and_then(|list| list.get("pods"));
    NodeSpec {
        name: node.metadata.name.as_deref().unwrap_or_default().into(),
        labels: labels.map(|(key, value)| (key.as_str(), value.as_str())).collect(),
        taints: spec
            .and_then(|spec| spec.taints.as_ref())
            .into_iter()
            .flatten()
            .filter_map(taint)
            .collect(),
        unschedulable: spec.and_then(|spec| spec.unschedulable) == Some(true),
        allocatable: requests::list(cluster, allocatable),
        allowed_pods: pods.map_or(0, quantity::value),
        images: status.map(images).unwrap_or_default(),
    }
}

/// Every name of every image once.
fn images(status: &core::NodeStatus) -> Vec<(Box<str>, i64)> {
    let mut known: Vec<(Box<str>, i64)> = Vec::new();
    for image in status.images.iter().flatten() {
        for name in image.names.iter().flatten() {
            if known.iter().all(|(known, _)| **known != **name) {
                known.push((name.as_str().into(), image.size_bytes.unwrap_or(0)));
            }
        }
    }
    known
}
