//! Figures of the nodes and pods of a Kubernetes cluster.

use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::control::{KarpenterCounts, ScalingCounts};
use crate::metrics::LatencyHistogram;
use crate::metrics::summary::{KarpenterSummary, NodeScalingSummary, NodesSummary, WaitsSummary};
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
            waits: waits(&self.recorder.pod_waits),
            pods_running: record.running.mean(now),
            fargate: self.fargate_summary(now),
            autoscaler: self.scaling_counts().map(|counts| since(counts, record.before)),
            karpenter: self.karpenter_counts().map(|counts| done(counts, record.karpenter_before)),
        })
    }
}

fn waits(all: &LatencyHistogram) -> WaitsSummary {
    let secs = |value: Option<SimDuration>| value.map_or(0.0, |value| value.as_secs_f64());
    WaitsSummary {
        pods: all.count(),
        mean: secs(all.mean()),
        p50: secs(all.quantile(0.5)),
        p99: secs(all.quantile(0.99)),
        max: secs(all.maximum()),
    }
}

fn done(counts: KarpenterCounts, before: KarpenterCounts) -> KarpenterSummary {
    KarpenterSummary {
        launched: counts.launched - before.launched,
        failed: counts.failed - before.failed,
        empty: counts.empty - before.empty,
        underutilized: counts.underutilized - before.underutilized,
        drifted: counts.drifted - before.drifted,
        expired: counts.expired - before.expired,
        interrupted: counts.interrupted - before.interrupted,
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
