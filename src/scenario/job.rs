//! `[[job]]`: a stream of batch jobs; each is one container that ends when its work is done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AppCpu, AppMemory, Arrivals, Law};

/// `[[job]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Name, unique among jobs.
    pub name: String,
    /// Image its containers run.
    pub image: String,
    /// When jobs are submitted.
    pub arrivals: Arrivals,
    /// CPU time of one thread of a job, at a core of speed 1.0. Needed, unless the `arrivals` are a
    /// `trace`: those jobs are pods of clusters of Kubernetes, each with one container that runs
    /// for its `duration`, and is removed when it has ended.
    #[serde(default)]
    pub demand: Law,
    /// Threads, each with a demand of its own. Default 1.
    #[serde(default = "default_threads")]
    pub threads: u32,
    /// CPU request and limit. Needed, unless a `trace` says it.
    #[serde(default)]
    pub cpu: AppCpu,
    /// CPU weight under contention. Default: the CPU request in millicores.
    pub weight: Option<f64>,
    /// Memory request and limit. Needed, unless a `trace` says it.
    #[serde(default)]
    pub memory: AppMemory,
    /// Whether a job that fits nowhere waits (first come, first served) or is rejected. Default
    /// true.
    #[serde(default = "default_queue")]
    pub queue: bool,
}

fn default_threads() -> u32 {
    1
}

fn default_queue() -> bool {
    true
}
