//! `[cluster.kubernetes]`: what runs on a Kubernetes cluster, and how its control plane is set up.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Eviction, Law};
use crate::engine::SimDuration;
use crate::units::{Bytes, Instant};

/// `[cluster.kubernetes]`: options of a cluster of kind `kubernetes`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KubernetesOptions {
    /// Files of objects (YAML or JSON, as for `kubectl apply -f`) that are there from the
    /// beginning, beside what the scenario's apps become. Relative to the scenario.
    pub manifests: Vec<PathBuf>,
    /// Compressed size of an image that a manifest names and the scenario does not, which the run
    /// warns of. Default 100MB.
    pub unknown_image: Bytes,
    /// Requests a second that each controller may send to the API server. Default 20
    /// (kube-controller-manager's `--kube-api-qps`).
    pub controller_qps: f64,
    /// Requests that a controller may send at once. Default 30 (`--kube-api-burst`).
    pub controller_burst: u32,
    /// Pods a second that the scheduler may bind. Default 50 (`clientConnection.qps`).
    pub scheduler_qps: f64,
    /// Pods that the scheduler may bind at once. Default 100 (`clientConnection.burst`).
    pub scheduler_burst: u32,
    /// Between two probes of whether a pod of an app of the scenario is ready, in whole seconds.
    /// Default 10s (`periodSeconds` of a probe).
    pub readiness_period: SimDuration,
    /// From a change of a pod to the last node that routes by it, through EndpointSlices and
    /// kube-proxy. Default 1s (kube-proxy's `minSyncPeriod`).
    pub endpoint_delay: SimDuration,
    /// How long a node may not be heard of before it counts as not ready. Default 50s
    /// (kube-controller-manager's `--node-monitor-grace-period`).
    pub node_monitor_grace: SimDuration,
    /// When its kubelets evict pods for want of memory or disk.
    pub eviction: Eviction,
    /// Memory of a container of which the scenario says nothing, and which requests none; one that
    /// requests some uses half of that. Default 32Mi.
    pub idle_memory: Bytes,
    /// How long an init container runs. Default constant 1s.
    pub init_duration: Law,
    /// How long a container of a job of a manifest runs. Default constant 60s.
    pub job_duration: Law,
    /// Whether what happens in the cluster is kept, for `events.jsonl`, `trace.json.gz` and
    /// `plimsoll explain --pod`. Default true; false saves memory and disk with very many pods.
    pub events: bool,
    /// The instant of the calendar at which the run begins, from which CronJobs follow. Default
    /// 2024-01-01T00:00:00Z, a Monday.
    pub epoch: Instant,
}

impl Default for KubernetesOptions {
    fn default() -> Self {
        Self {
            manifests: Vec::new(),
            unknown_image: Bytes(100_000_000),
            controller_qps: 20.0,
            controller_burst: 30,
            scheduler_qps: 50.0,
            scheduler_burst: 100,
            readiness_period: SimDuration::from_secs(10),
            endpoint_delay: SimDuration::from_secs(1),
            node_monitor_grace: SimDuration::from_secs(50),
            eviction: Eviction::default(),
            idle_memory: Bytes(32 << 20),
            init_duration: Law::Constant(SimDuration::from_secs(1)),
            job_duration: Law::Constant(SimDuration::from_secs(60)),
            events: true,
            epoch: Instant::from_unix(1_704_067_200),
        }
    }
}
