//! Figures of the nodes and pods of a Kubernetes cluster.

use super::{Better, Collected, Unit};
use crate::metrics::summary::NodesSummary;

impl Collected {
    /// Nodes and pods of a cluster of Kubernetes.
    pub(super) fn nodes(&mut self, of: &NodesSummary) {
        self.add("nodes_ready", Unit::Count, Better::Neither, of.ready);
        self.add("nodes_ready_max", Unit::Count, Better::Less, f64::from(of.ready_max));
        self.add("nodes_wanted", Unit::Count, Better::Less, of.wanted);
        self.add("node_hours", Unit::Count, Better::Less, of.node_hours);
        self.add("pods_pending", Unit::Count, Better::Less, of.pods_pending);
        self.add("pod_wait_mean", Unit::Seconds, Better::Less, of.waits.mean);
        self.add("pod_wait_p99", Unit::Seconds, Better::Less, of.waits.p99);
        self.add("pods_running", Unit::Count, Better::Neither, of.pods_running);
        if let Some(fargate) = &of.fargate {
            let (less, neither) = (Better::Less, Better::Neither);
            self.add("fargate_pods", Unit::Count, neither, fargate.pods);
            self.add("fargate_vcpus_asked", Unit::Count, neither, fargate.vcpus_asked);
            self.add("fargate_vcpus", Unit::Count, less, fargate.vcpus);
            self.add("fargate_memory_asked", Unit::Bytes, neither, fargate.memory_asked);
            self.add("fargate_memory", Unit::Bytes, less, fargate.memory);
        }
        if let Some(done) = &of.karpenter {
            self.count("karpenter_launched", done.launched as f64);
            self.add("karpenter_failed", Unit::Count, Better::Less, done.failed as f64);
            self.count("karpenter_empty", done.empty as f64);
            self.count("karpenter_underutilized", done.underutilized as f64);
            self.count("karpenter_drifted", done.drifted as f64);
            self.count("karpenter_expired", done.expired as f64);
            self.count("karpenter_interrupted", done.interrupted as f64);
        }
        if let Some(scaling) = &of.autoscaler {
            self.count("node_scale_ups", scaling.scale_ups as f64);
            self.count("nodes_added", scaling.added as f64);
            self.count("nodes_removed", scaling.removed as f64);
            self.add("nodes_given_up", Unit::Count, Better::Less, scaling.given_up as f64);
            let failed = scaling.removals_failed as f64;
            self.add("node_removals_failed", Unit::Count, Better::Less, failed);
        }
    }
}
