//! `[[app]]`: a service that answers requests, the same on every platform.

use super::{Law, Traffic};
use crate::engine::SimDuration;
use crate::units::{Bytes, Fraction, Millicores};

/// `[[app]]`
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    /// Name, unique among apps.
    pub name: String,
    /// Image its containers run.
    pub image: String,
    /// Number of replicas. Default 1.
    pub replicas: u32,
    /// CPU request (scheduling, weight) and limit (quota).
    pub cpu: AppCpu,
    /// Memory request, limit and use.
    pub memory: AppMemory,
    /// Traffic from outside. An app without traffic is only called by others.
    pub traffic: Option<Traffic>,
    /// CPU time of one request, at a core of speed 1.0. Default constant 0s.
    pub demand: Law,
    /// Time of one request that is spent off the CPU, before it. Default constant 0s.
    pub wait: Law,
    /// Cores one request can use at once. Default 1.
    pub parallelism: u32,
    /// Requests a replica works on at once; further ones wait in its backlog. Default: no limit.
    pub concurrency: Option<u32>,
    /// Requests that may wait in a replica's backlog; further ones are refused. Default: no limit.
    pub backlog: Option<u32>,
    /// Apps called after the request's own work: stages one after another, the calls within a
    /// stage at once. The request keeps its place in `concurrency` until all have answered.
    pub calls: Vec<Vec<String>>,
    /// How requests are spread over the replicas. Default round-robin.
    pub balance: Balance,
    /// A client gives up after this time. The server, which does not notice, works on. Default: never.
    pub timeout: Option<SimDuration>,
    /// How often a client tries again after a timeout or refusal. Default 0.
    pub retries: u32,
    /// Pause before a retry, doubled for each further one. Default 100ms.
    pub retry_backoff: SimDuration,
    /// Time from the start of the process to the first answer. Default constant 1s.
    pub start: Law,
    /// What becomes of a container that ends. Default always.
    pub restart: RestartPolicy,
    /// Service level objective.
    pub slo: Option<Slo>,
    /// Replicas that must be up for the service to count as available. Default 1.
    pub quorum: u32,
    /// At most one replica per host. Default false.
    pub spread: bool,
}

/// CPU of one replica.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AppCpu {
    /// What placement reserves, and the weight under contention.
    pub request: Millicores,
    /// CFS quota per period. Default: none.
    pub limit: Option<Millicores>,
    /// CFS period. Default 100ms.
    pub period: SimDuration,
}

/// Memory of one replica.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AppMemory {
    /// What placement reserves.
    pub request: Bytes,
    /// Above this the kernel kills the container. Default: none.
    pub limit: Option<Bytes>,
    /// Memory an idle replica uses. Default: half of `request`.
    pub base: Option<Bytes>,
    /// Memory each request in the replica adds. Default 0.
    pub per_request: Bytes,
}

/// How a load balancer chooses among ready replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Balance {
    RoundRobin,
    LeastOutstanding,
    Random,
    /// The less loaded of two drawn at random.
    PowerOfTwo,
}

/// Docker's restart policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RestartPolicy {
    No,
    OnFailure,
    Always,
}

/// A service level objective; every part that is given must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Slo {
    pub p50: Option<SimDuration>,
    pub p95: Option<SimDuration>,
    pub p99: Option<SimDuration>,
    pub mean: Option<SimDuration>,
    /// Share of requests that are answered.
    pub availability: Option<Fraction>,
}
