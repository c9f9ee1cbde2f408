//! `[cluster.cluster_autoscaler]`: nodes that come and go with the pods there are.
//!
//! Names and defaults are those of the flags of the Cluster Autoscaler 1.36
//! (`config/flags/flags.go`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::units::Fraction;

/// `[cluster.cluster_autoscaler]`: the Cluster Autoscaler 1.36, which adds nodes to pools where
/// pods find no place, up to `max` of the pool, and removes nodes that are not needed, down to
/// `min`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterAutoscaler {
    /// Time between two looks at the cluster. Default 10s (`--scan-interval`).
    pub scan_interval: SimDuration,
    /// How one of several pools is chosen, each among those that the one before left over; chance
    /// decides in the end. Default least-waste (`--expander`).
    pub expanders: Vec<NodeExpander>,
    /// Whether new nodes are shared out among pools that are alike. Default false
    /// (`--balance-similar-node-groups`).
    pub balance_similar: bool,
    /// A node that was asked for and has not come after this time is given up, and its pool left
    /// alone for a while. Default 15min (`--max-node-provision-time`).
    pub max_node_provision_time: SimDuration,
    /// How old a pod has to be to bring about new nodes. Default 0s (`--new-pod-scale-up-delay`).
    pub new_pod_delay: SimDuration,
    /// Most nodes of all pools together. Default: only pools have limits (`--max-nodes-total`).
    pub max_nodes: Option<u32>,
    /// How nodes are removed.
    pub scale_down: NodeScaleDown,
}

/// How the Cluster Autoscaler chooses one of several pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeExpander {
    /// By chance.
    Random,
    /// The pool whose new nodes would take most of the pods.
    MostPods,
    /// The pool of whose new nodes the least would be left over.
    LeastWaste,
    /// The pool that needs fewest new nodes.
    LeastNodes,
    /// The cheapest pool for what its pods are worth, by the `price` of its hosts.
    Price,
    /// The pool with the highest `priority`.
    Priority,
}

/// `[cluster.cluster_autoscaler.scale_down]`: how nodes are removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NodeScaleDown {
    /// Whether nodes are removed at all. Default true (`--scale-down-enabled`).
    pub enabled: bool,
    /// A node of which pods request a larger share, of CPU or of memory, is needed. Default 50%
    /// (`--scale-down-utilization-threshold`).
    pub utilization_threshold: Fraction,
    /// How long a node has to be unneeded before it is removed. Default 10min
    /// (`--scale-down-unneeded-time`).
    pub unneeded_time: SimDuration,
    /// The same for a node that is not ready. Default 20min (`--scale-down-unready-time`).
    pub unready_time: SimDuration,
    /// The wait after nodes were asked for. Default 10min (`--scale-down-delay-after-add`).
    pub delay_after_add: SimDuration,
    /// The wait after a node was removed. Default 0s (`--scale-down-delay-after-delete`).
    pub delay_after_delete: SimDuration,
    /// The wait after a removal that failed. Default 3min (`--scale-down-delay-after-failure`).
    pub delay_after_failure: SimDuration,
    /// Nodes that are removed at a time. Default 10 (`--max-scale-down-parallelism`).
    pub parallelism: u32,
    /// Of them, nodes with pods that have to go elsewhere. Default 1 (`--max-drain-parallelism`).
    pub drain_parallelism: u32,
    /// Most time that a pod gets to end. Default 10min (`--max-graceful-termination-sec`).
    pub max_graceful_termination: SimDuration,
    /// Whether pods of `kube-system` without a disruption budget hold their node. Default true
    /// (`--skip-nodes-with-system-pods`).
    pub skip_nodes_with_system_pods: bool,
    /// Whether pods with volumes on their host hold their node. Default true
    /// (`--skip-nodes-with-local-storage`).
    pub skip_nodes_with_local_storage: bool,
}

impl Default for ClusterAutoscaler {
    fn default() -> Self {
        Self {
            scan_interval: SimDuration::from_secs(10),
            expanders: vec![NodeExpander::LeastWaste],
            balance_similar: false,
            max_node_provision_time: SimDuration::from_secs(15 * 60),
            new_pod_delay: SimDuration::ZERO,
            max_nodes: None,
            scale_down: NodeScaleDown::default(),
        }
    }
}

impl Default for NodeScaleDown {
    fn default() -> Self {
        Self {
            enabled: true,
            utilization_threshold: Fraction(0.5),
            unneeded_time: SimDuration::from_secs(10 * 60),
            unready_time: SimDuration::from_secs(20 * 60),
            delay_after_add: SimDuration::from_secs(10 * 60),
            delay_after_delete: SimDuration::ZERO,
            delay_after_failure: SimDuration::from_secs(3 * 60),
            parallelism: 10,
            drain_parallelism: 1,
            max_graceful_termination: SimDuration::from_secs(10 * 60),
            skip_nodes_with_system_pods: true,
            skip_nodes_with_local_storage: true,
        }
    }
}
