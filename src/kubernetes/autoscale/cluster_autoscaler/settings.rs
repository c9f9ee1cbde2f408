//! What an administrator may set, with the defaults of the Cluster Autoscaler.

use super::expander::Expander;
use crate::engine::SimDuration;

/// Settings (config/flags/flags.go and config/const.go of the Cluster Autoscaler 1.36). Where a
/// flag has a name of its own, it stands behind the meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Time between two scans (`scan-interval`).
    pub scan_interval: SimDuration,
    /// How one of several groups is chosen, each among those that the one before left over; chance
    /// decides in the end (`expander`).
    pub expanders: Vec<Expander>,
    /// Whether new nodes are shared out among similar groups (`balance-similar-node-groups`).
    pub balance_similar: bool,
    /// Labels in which similar groups may differ, beside those of hosts, zones and regions
    /// (`balancing-ignore-label`).
    pub ignored_labels: Vec<Box<str>>,
    /// The share by which the memory of similar groups may differ (`memory-difference-ratio`).
    pub memory_difference: f64,
    /// The same for what pods may take (`max-allocatable-difference-ratio`).
    pub allocatable_difference: f64,
    /// The same for what is left of it (`max-free-difference-ratio`).
    pub free_difference: f64,
    /// Nodes that the cluster may have, if that is limited (`max-nodes-total`).
    pub max_nodes: Option<u32>,
    /// Thousandths of a core that the cluster may have (`cores-total`).
    pub max_milli_cpu: i64,
    /// Bytes of memory that it may have (`memory-total`).
    pub max_memory: i64,
    /// Nodes that one scale-up adds at most (`max-nodes-per-scaleup`).
    pub max_nodes_per_scale_up: u32,
    /// How old a pod has to be to bring about a scale-up (`new-pod-scale-up-delay`).
    pub new_pod_delay: SimDuration,
    /// Pods of lower priority neither bring about a scale-up nor hold up a scale-down
    /// (`expendable-pods-priority-cutoff`).
    pub expendable_priority: i32,
    /// After this time a node that was asked for is given up (`max-node-provision-time`).
    pub max_provision_time: SimDuration,
    /// So long a node may take from its registration to its being ready.
    pub max_startup_time: SimDuration,
    /// For how long a group is left alone whose scale-up failed
    /// (`initial-node-group-backoff-duration`).
    pub backoff_initial: SimDuration,
    /// The longest such time (`max-node-group-backoff-duration`).
    pub backoff_max: SimDuration,
    /// After this time without a failure all is forgotten (`node-group-backoff-reset-timeout`).
    pub backoff_reset: SimDuration,
    /// Nodes that may be unready whatever their share (`ok-total-unready-count`).
    pub ok_unready: u32,
    /// The share of unready nodes, in percent, above which nothing is done
    /// (`max-total-unready-percentage`).
    pub max_unready_percent: f64,
    /// What concerns scale-downs.
    pub scale_down: ScaleDownSettings,
}

/// Settings of scale-downs.
#[derive(Clone, Debug, PartialEq)]
pub struct ScaleDownSettings {
    /// Whether there are any (`scale-down-enabled`).
    pub enabled: bool,
    /// The wait after a scale-up (`scale-down-delay-after-add`).
    pub delay_after_add: SimDuration,
    /// The wait after a deletion (`scale-down-delay-after-delete`).
    pub delay_after_delete: SimDuration,
    /// The wait after one that failed (`scale-down-delay-after-failure`).
    pub delay_after_failure: SimDuration,
    /// How long a node has to be unneeded (`scale-down-unneeded-time`).
    pub unneeded_time: SimDuration,
    /// The same for one that is not ready (`scale-down-unready-time`).
    pub unready_time: SimDuration,
    /// Whether nodes that are not ready are removed (`scale-down-unready-enabled`).
    pub unready_enabled: bool,
    /// A node of which a larger share is requested is needed
    /// (`scale-down-utilization-threshold`).
    pub threshold: f64,
    /// The same for nodes with GPUs, of which only these count
    /// (`scale-down-gpu-utilization-threshold`).
    pub gpu_threshold: f64,
    /// For how long a node is not looked at that could not be removed
    /// (`unremovable-node-recheck-timeout`).
    pub recheck_timeout: SimDuration,
    /// Nodes that are deleted at once (`max-scale-down-parallelism`).
    pub parallelism: u32,
    /// Nodes that are drained at once (`max-drain-parallelism`).
    pub drain_parallelism: u32,
    /// Whether empty nodes are tried first, then those that were not needed at the last scan, as
    /// the program has it; if not, nodes are tried in their order, as its planner by itself does.
    pub empty_first: bool,
    /// Whether requests of DaemonSets are left out (`ignore-daemonsets-utilization`).
    pub ignore_daemon_sets: bool,
    /// Whether requests of static pods are left out (`ignore-mirror-pods-utilization`).
    pub ignore_mirror_pods: bool,
    /// Which pods hold their node.
    pub drain: DrainSettings,
    /// How nodes are deleted: this is for the caller, who does it.
    pub actuation: Actuation,
}

/// How a node is deleted: it is tainted `ToBeDeletedByClusterAutoscaler` (NoSchedule) and cordoned,
/// its pods are evicted, and at last the machine is deleted (core/scaledown/actuation).
#[derive(Clone, Debug, PartialEq)]
pub struct Actuation {
    /// Whether it is cordoned too (`cordon-node-before-terminating`).
    pub cordon: bool,
    /// How long after the taint pods are evicted (`node-delete-delay-after-taint`).
    pub delay_after_taint: SimDuration,
    /// The longest that a pod may take to end, whatever it asks for
    /// (`max-graceful-termination-sec`).
    pub max_grace: SimDuration,
    /// For how long evictions are tried again that budgets forbid (`max-pod-eviction-time`): then
    /// the [deletion has failed](super::ClusterAutoscaler::deletion_failed).
    pub eviction_time: SimDuration,
    /// Whether pods of DaemonSets are evicted too, as far as that goes, from nodes with other pods
    /// (`daemonset-eviction-for-occupied-nodes`).
    pub evict_daemons: bool,
    /// The same from empty nodes (`daemonset-eviction-for-empty-nodes`).
    pub evict_daemons_of_empty: bool,
    /// So many nodes a scan get, or lose, the taint of those that are not needed
    /// (`max-bulk-soft-taint-count`).
    pub soft_taints: u32,
}

/// Settings that say which pods hold their node.
#[derive(Clone, Debug, PartialEq)]
pub struct DrainSettings {
    /// Whether pods of `kube-system` without a disruption budget do
    /// (`skip-nodes-with-system-pods`).
    pub system_pods: bool,
    /// For how long they do, from their creation on (`blocking-system-pod-distruption-timeout`).
    pub system_pod_timeout: SimDuration,
    /// Whether pods with local storage do (`skip-nodes-with-local-storage`).
    pub local_storage: bool,
    /// Whether pods of controllers that are not Kubernetes' own do
    /// (`skip-nodes-with-custom-controller-pods`).
    pub custom_controllers: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let minutes = |minutes: u64| SimDuration::from_secs(60 * minutes);
        Self {
            scan_interval: SimDuration::from_secs(10),
            expanders: vec![Expander::LeastWaste],
            balance_similar: false,
            ignored_labels: Vec::new(),
            memory_difference: 0.015,
            allocatable_difference: 0.05,
            free_difference: 0.05,
            max_nodes: None,
            max_milli_cpu: 320_000 * 1_000,
            max_memory: 6_400_000 << 30,
            max_nodes_per_scale_up: 1_000,
            new_pod_delay: SimDuration::ZERO,
            expendable_priority: -10,
            max_provision_time: minutes(15),
            max_startup_time: minutes(15),
            backoff_initial: minutes(5),
            backoff_max: minutes(30),
            backoff_reset: minutes(180),
            ok_unready: 3,
            max_unready_percent: 45.0,
            scale_down: ScaleDownSettings::default(),
        }
    }
}

impl Default for ScaleDownSettings {
    fn default() -> Self {
        let minutes = |minutes: u64| SimDuration::from_secs(60 * minutes);
        Self {
            enabled: true,
            delay_after_add: minutes(10),
            delay_after_delete: SimDuration::ZERO,
            delay_after_failure: minutes(3),
            unneeded_time: minutes(10),
            unready_time: minutes(20),
            unready_enabled: true,
            threshold: 0.5,
            gpu_threshold: 0.5,
            recheck_timeout: minutes(5),
            parallelism: 10,
            drain_parallelism: 1,
            empty_first: true,
            ignore_daemon_sets: false,
            ignore_mirror_pods: false,
            drain: DrainSettings::default(),
            actuation: Actuation::default(),
        }
    }
}

impl Default for Actuation {
    fn default() -> Self {
        Self {
            cordon: true,
            delay_after_taint: SimDuration::from_secs(5),
            max_grace: SimDuration::from_secs(600),
            eviction_time: SimDuration::from_secs(120),
            evict_daemons: true,
            evict_daemons_of_empty: false,
            soft_taints: 10,
        }
    }
}

impl Default for DrainSettings {
    fn default() -> Self {
        Self {
            system_pods: true,
            system_pod_timeout: SimDuration::from_secs(3_600),
            local_storage: true,
            custom_controllers: true,
        }
    }
}
