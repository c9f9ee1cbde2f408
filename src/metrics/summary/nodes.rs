//! The nodes and pods of a Kubernetes cluster.

use serde::{Deserialize, Serialize};

/// Nodes and pods of a Kubernetes cluster over the measured time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodesSummary {
    /// Nodes that were ready, on average.
    pub ready: f64,
    /// The most that were ready at once.
    pub ready_max: u32,
    /// Nodes there were to be, on average.
    pub wanted: f64,
    /// The most there were to be at once.
    pub wanted_max: u32,
    /// Nodes there were to be, times hours.
    pub node_hours: f64,
    /// Price of the machines while they were switched on, in US dollars.
    pub cost: f64,
    /// Pods without a node, on average.
    pub pods_pending: f64,
    /// The most of them at once.
    pub pods_pending_max: u32,
    /// How long pods waited for a node that got one.
    pub waits: WaitsSummary,
    /// Pods that ran, on average.
    pub pods_running: f64,
    /// Those on AWS Fargate; `None` where there is no profile for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fargate: Option<FargateSummary>,
    /// What the Cluster Autoscaler did; `None` where there is none.
    pub autoscaler: Option<NodeScalingSummary>,
    /// What Karpenter did; `None` where there is none.
    pub karpenter: Option<KarpenterSummary>,
}

/// How long pods waited for a node, from their creation, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WaitsSummary {
    /// Pods that got a node.
    pub pods: u64,
    /// On average; 0 where there were none.
    pub mean: f64,
    /// A half of them waited no longer.
    pub p50: f64,
    /// 99 of 100 waited no longer.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// What Karpenter did in the measured time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KarpenterSummary {
    /// Nodes that it launched.
    pub launched: u64,
    /// Nodes for which EC2 had no instance.
    pub failed: u64,
    /// Nodes taken away because they were empty.
    pub empty: u64,
    /// Nodes taken away because their pods would do with less.
    pub underutilized: u64,
    /// Nodes taken away because they were not what their pool asks for.
    pub drifted: u64,
    /// Nodes taken away because they were too old.
    pub expired: u64,
    /// Nodes emptied because EC2 was to take them back.
    pub interrupted: u64,
}

/// Pods on AWS Fargate over the measured time, on average: what is paid for is more than what they
/// ask for, because a size has what Kubernetes needs and is rounded up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FargateSummary {
    /// Pods that had a machine.
    pub pods: f64,
    /// The most of them at once.
    pub pods_max: u32,
    /// vCPUs that their containers asked for.
    pub vcpus_asked: f64,
    /// vCPUs that were paid for.
    pub vcpus: f64,
    /// Memory that their containers asked for, in bytes.
    pub memory_asked: f64,
    /// Memory that was paid for, in bytes.
    pub memory: f64,
}

/// What the Cluster Autoscaler did in the measured time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeScalingSummary {
    /// Decisions for more nodes.
    pub scale_ups: u64,
    /// Nodes that were asked for.
    pub added: u64,
    /// Nodes that were removed.
    pub removed: u64,
    /// Nodes that were asked for and did not come in time.
    pub given_up: u64,
    /// Nodes that could not be emptied to remove them.
    pub removals_failed: u64,
}
