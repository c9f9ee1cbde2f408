//! `[[app]]`: a service that answers requests, the same on every platform.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AppIo, Autoscale, AwsCall, ClusterKind, Law, Payload, Routing, Traffic, WorkloadName};
use crate::engine::SimDuration;
use crate::units::{Bandwidth, Bytes, Fraction, Growth, Millicores};

/// `[[app]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Name, unique among apps.
    pub name: String,
    /// On clusters of Kubernetes: its pods are those of this workload of the cluster's manifests, a
    /// Deployment, StatefulSet, DaemonSet, ReplicaSet or ReplicationController: `name` in the
    /// namespace `default`, `namespace/name` or `kind/namespace/name`. What the manifest says
    /// counts there (replicas, image, CPU, memory, probes, grace, HorizontalPodAutoscalers), and
    /// the app's own `replicas`, `autoscale`, `image`, `cpu`, `memory.request`, `memory.limit`,
    /// `restart`, `spread`, `node_selector` and `tolerations` do not. On clusters of Amazon ECS:
    /// its tasks are those of the service of this name among the cluster's documents, likewise.
    /// Default: a Deployment or service of its own.
    #[schemars(with = "Option<String>")]
    pub workload: Option<WorkloadName>,
    /// With `workload`: the container of its pods that is the app. Default the first.
    pub container: Option<String>,
    /// Image its containers run. Needed, unless `workload` is given and all clusters are of
    /// Kubernetes.
    #[serde(default)]
    pub image: String,
    /// Number of replicas; with `autoscale`, at the start. Default 1.
    #[serde(default = "one")]
    pub replicas: u32,
    /// Changes the number of replicas with the load. Default: it stays what it is.
    pub autoscale: Option<Autoscale>,
    /// CPU request (scheduling, weight) and limit (quota). Needed like `image`.
    #[serde(default)]
    pub cpu: AppCpu,
    /// Memory request, limit and use. Needed like `image`.
    #[serde(default)]
    pub memory: AppMemory,
    /// Traffic from outside. An app without traffic is only called by others.
    pub traffic: Option<Traffic>,
    /// CPU time of one request, at a core of speed 1.0. Default constant 0s.
    #[serde(default)]
    pub demand: Law,
    /// Time of one request that is spent off the CPU, before it. Default constant 0s.
    #[serde(default)]
    pub wait: Law,
    /// What a request reads and writes, between its `wait` and its `demand`. Default: nothing.
    pub io: Option<AppIo>,
    /// Cores one request can use at once. Default 1.
    #[serde(default = "one")]
    pub parallelism: u32,
    /// Requests a replica works on at once; further ones wait in its backlog. Default: no limit.
    pub concurrency: Option<u32>,
    /// Requests that may wait in a replica's backlog; further ones are refused. Default: no limit.
    pub backlog: Option<u32>,
    /// Apps called after the request's own work: stages one after another, the calls within a
    /// stage at once. The request keeps its place in `concurrency` until all have answered.
    #[serde(default)]
    pub calls: Vec<Vec<String>>,
    /// `eks`: the service account of its pods, by which they have a role of AWS. Default `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// Calls of services of AWS that its requests make.
    #[serde(default, rename = "aws_call", skip_serializing_if = "Vec::is_empty")]
    pub aws_calls: Vec<AwsCall>,
    /// How requests are spread over the replicas; each is a choice of its own, as on connections
    /// that are not kept. Default: `random` on clusters of kind `kubernetes`, as kube-proxy
    /// chooses (iptables, nftables), `round-robin` on others.
    pub balance: Option<Balance>,
    /// Which replicas these are, on clusters of several zones. Default: what a Service among the
    /// manifests says that selects the app's pods, otherwise `any`.
    pub routing: Option<Routing>,
    /// How much a request and its answer carry, for the `cross_zone` price. Default: not known, so
    /// that only the requests are counted that go to another zone.
    pub payload: Option<Payload>,
    /// A client gives up after this time. The server, which does not notice, works on; a machine
    /// that is gone says nothing, so that this is also when requests to it end. Default: never, and
    /// at once where the machine is gone.
    pub timeout: Option<SimDuration>,
    /// How often a client tries again after a timeout, a refusal or a failure. Default 0.
    #[serde(default)]
    pub retries: u32,
    /// Pause before a retry, doubled for each further one. Default 100ms.
    #[serde(default = "default_retry_backoff")]
    pub retry_backoff: SimDuration,
    /// Time from the start of the process to the first answer. Default constant 1s.
    #[serde(default = "default_start")]
    pub start: Law,
    /// From the decision to end a pod to its stop signal, as by a `preStop` hook that sleeps, in
    /// whole seconds: requests that still come are answered meanwhile. Of other clusters, it has no
    /// effect. Default 0.
    #[serde(default)]
    pub pre_stop: SimDuration,
    /// On clusters of Kubernetes: labels of the nodes that its pods may be on (`nodeSelector`),
    /// such as `{ "kubernetes.io/os" = "windows" }`. On Amazon EKS that one is added where the
    /// labels leave node groups with Windows alone. Default: any node will do.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<String, String>,
    /// On clusters of Kubernetes: taints of nodes that its pods tolerate: `key=value:NoSchedule`,
    /// `key:NoSchedule` whatever its value, `key=value` or `key` with any effect. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerations: Vec<String>,
    /// What a process writes into its container (its writable layer), which takes the disk of its
    /// host until the container is removed. On Kubernetes a pod is evicted before the disk is full
    /// (`[cluster.kubernetes.eviction]`). Containers only. Default 0.
    #[serde(default)]
    pub writes: Bandwidth,
    /// What becomes of a container that ends. Default always.
    #[serde(default)]
    pub restart: RestartPolicy,
    /// Service level objective.
    pub slo: Option<Slo>,
    /// Replicas that must be up for the service to count as available. Default 1.
    #[serde(default = "one")]
    pub quorum: u32,
    /// At most one replica per host. Default false.
    #[serde(default)]
    pub spread: bool,
    /// Has the recommender of the Vertical Pod Autoscaler watch what the replicas use, once a
    /// minute, and say in the end what each should request. Nothing is changed. Default false.
    #[serde(default)]
    pub vpa: bool,
}

fn one() -> u32 {
    1
}

fn default_retry_backoff() -> SimDuration {
    SimDuration::from_millis(100)
}

fn default_start() -> Law {
    Law::Constant(SimDuration::from_secs(1))
}

/// CPU of one replica.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppCpu {
    /// What placement reserves, and the weight under contention.
    pub request: Millicores,
    /// CFS quota per period. Default: none.
    pub limit: Option<Millicores>,
    /// CFS period. Default 100ms.
    #[serde(default = "default_cpu_period")]
    pub period: SimDuration,
}

impl Default for AppCpu {
    fn default() -> Self {
        Self { request: Millicores(0), limit: None, period: default_cpu_period() }
    }
}

fn default_cpu_period() -> SimDuration {
    SimDuration::from_millis(100)
}

/// Memory of one replica.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppMemory {
    /// What placement reserves. Needed, unless the app's `workload` says it.
    #[serde(default)]
    pub request: Bytes,
    /// Above this the kernel kills the container; on Windows it gets no more memory, and its
    /// process ends. Default: none.
    pub limit: Option<Bytes>,
    /// Memory an idle replica uses. Default: half of `request`, of its container in the manifest
    /// where it is one of a `workload`.
    pub base: Option<Bytes>,
    /// Memory each request in the replica adds. Default 0.
    #[serde(default)]
    pub per_request: Bytes,
    /// Memory its process does not give back, from its start on: a leak, or a cache that nobody
    /// bounds. Default 0.
    #[serde(default)]
    pub leak: Growth,
}

/// How a load balancer chooses among ready replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// One after another.
    RoundRobin,
    /// The one with the fewest requests in it.
    LeastOutstanding,
    /// Any, with equal chance.
    Random,
    /// The less loaded of two drawn at random.
    PowerOfTwo,
}

/// Docker's restart policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RestartPolicy {
    /// It stays ended.
    No,
    /// It is started again when it failed.
    OnFailure,
    /// It is started again in any case.
    #[default]
    Always,
}

/// A service level objective; every part that is given must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Slo {
    /// Median of the latency.
    pub p50: Option<SimDuration>,
    /// 95th percentile of the latency.
    pub p95: Option<SimDuration>,
    /// 99th percentile of the latency.
    pub p99: Option<SimDuration>,
    /// Mean of the latency.
    pub mean: Option<SimDuration>,
    /// Share of requests that are answered.
    pub availability: Option<Fraction>,
}

impl Balance {
    /// How requests are spread where nothing is said: kube-proxy takes any endpoint with equal
    /// chance (Kubernetes v1.36, `pkg/proxy/iptables/proxier.go`, `--mode random`; `nftables`:
    /// `numgen random`).
    pub fn usual(kind: ClusterKind) -> Self {
        match kind {
            ClusterKind::Kubernetes | ClusterKind::Eks => Self::Random,
            ClusterKind::Docker
            | ClusterKind::Hypervisor
            | ClusterKind::Ecs
            | ClusterKind::Placement => Self::RoundRobin,
        }
    }
}

impl AppMemory {
    /// Memory an idle replica uses.
    pub fn idle(&self) -> Bytes {
        self.base.unwrap_or(Bytes(self.request.0 / 2))
    }

    /// Memory that so many requests in a replica add.
    pub fn of_requests(&self, requests: u32) -> Bytes {
        Bytes(self.per_request.0.saturating_mul(u64::from(requests)))
    }

    /// Whether a process uses more or less of it from one moment to the next.
    pub fn varies(&self) -> bool {
        self.per_request > Bytes(0) || self.leak > Growth(0)
    }
}
