//! What the limits of a pool leave.
//!
//! Follows `filterByRemainingResources`, `subtractMax` and `updateRemainingResources` in
//! pkg/controllers/provisioning/scheduling/scheduler.go of Karpenter 1.x. Which type a claim will
//! be is open, so that the largest is taken off; that makes some batches take several rounds.

use super::Pool;
use crate::kubernetes::autoscale::karpenter::instance::InstanceType;
use crate::kubernetes::autoscale::karpenter::requirements::{INSTANCE_TYPE, NODE_POOL};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::resources::ResourceKind;

/// What is left, of the resources and the number of nodes that are limited.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    left: Vec<(ResourceKind, i64)>,
    nodes: Option<i64>,
}

impl Limits {
    /// Those of a pool, with what its nodes have now but for those that are taken to be gone.
    pub fn of(cluster: &mut Cluster, pool: &Pool, without: &[NodeId]) -> Self {
        let mut all = Self::default();
        if pool.spec.limits.is_empty() {
            return all;
        }
        let (mut used, mut nodes) = (pool.used.clone(), pool.nodes);
        for &node in without {
            let labels = &cluster.node(node).spec.labels;
            if labels.get(NODE_POOL) == Some(&*pool.spec.name) {
                nodes -= 1;
                let name = labels.get(INSTANCE_TYPE);
                let gone = pool.types.iter().find(|one| Some(&*one.name) == name);
                gone.into_iter().for_each(|gone| used.add(&gone.capacity, -1));
            }
        }
        for (name, limit) in &pool.spec.limits {
            if **name == *"nodes" {
                all.nodes = Some(limit.value() - nodes);
                continue;
            }
            let kind = cluster.resource(name);
            let limit = match kind {
                ResourceKind::Cpu => limit.milli_value(),
                _ => limit.value(),
            };
            all.left.push((kind, limit - used.get(kind)));
        }
        all
    }

    /// The types, of these, that they still allow.
    pub fn within(&self, fitting: &[usize], types: &[InstanceType]) -> Vec<usize> {
        if self.nodes.is_some_and(|left| left <= 0) {
            return Vec::new();
        }
        let fits = |&place: &usize| {
            let capacity = &types[place].capacity;
            self.left.iter().all(|&(kind, left)| capacity.get(kind) <= left)
        };
        fitting.iter().copied().filter(fits).collect()
    }

    /// Takes off a node that may be of any of these types.
    pub fn take(&mut self, among: &[usize], types: &[InstanceType]) {
        for (kind, left) in &mut self.left {
            let each = among.iter().map(|&place| types[place].capacity.get(*kind));
            *left -= each.max().unwrap_or(0);
        }
        if let Some(left) = &mut self.nodes {
            *left -= 1;
        }
    }
}
