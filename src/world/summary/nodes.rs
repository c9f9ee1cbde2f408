//! Figures of the nodes and pods of a Kubernetes cluster.

use crate::engine::SimTime;
use crate::kubernetes::control::ScalingCounts;
use crate::metrics::summary::{NodeScalingSummary, NodesSummary};
use crate::world::World;

impl World<'_> {
    /// Nodes and pods over the measured time, where there is a Kubernetes cluster.
    pub(super) fn nodes_summary(&self, now: SimTime) -> Option<NodesSummary> {
        self.kubernetes.as_ref()?;
        let record = &self.recorder.nodes;
        let paid = self.recorder.powered.iter().zip(&self.shapes);
        let cost = paid.map(|(on, shape)| on.integral(now) / 3600.0 * shape.price.0).sum();
        Some(NodesSummary {
            ready: record.ready.mean(now),
            ready_max: record.ready.maximum() as u32,
            wanted: record.wanted.mean(now),
            wanted_max: record.wanted.maximum() as u32,
            node_hours: record.wanted.integral(now) / 3600.0,
            cost,
            pods_pending: record.pending.mean(now),
            pods_pending_max: record.pending.maximum() as u32,
            pods_running: record.running.mean(now),
            fargate: self.fargate_summary(now),
            autoscaler: self.scaling_counts().map(|counts| since(counts, record.before)),
        })
    }
}

fn since(counts: ScalingCounts, before: ScalingCounts) -> NodeScalingSummary {
    NodeScalingSummary {
        scale_ups: counts.scale_ups - before.scale_ups,
        added: counts.nodes_added - before.nodes_added,
        removed: counts.nodes_removed - before.nodes_removed,
        given_up: counts.nodes_given_up - before.nodes_given_up,
        removals_failed: counts.removals_failed - before.removals_failed,
    }
}
