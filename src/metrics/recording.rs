//! The record of a run, as reports and experiments take it.

use super::LatencyHistogram;
use super::events::EventLog;
use super::series::SeriesTable;
use super::starts::StartLog;
use super::summary::ClusterSummary;

/// Everything one cluster leaves behind.
#[derive(Clone, Debug)]
pub struct Recording {
    pub summary: ClusterSummary,
    pub series: SeriesTable,
    /// Latency of answered requests by app, in the order of the summary.
    pub latency: Vec<(String, LatencyHistogram)>,
    /// Time in the backlog of attempts that got a place, by app, in the order of the summary.
    pub waits: Vec<(String, LatencyHistogram)>,
    /// Time to the first ready moment of replicas by app, in the order of the summary.
    pub start_up: Vec<(String, LatencyHistogram)>,
    /// Starts of replicas, by the places of their apps in the summary.
    pub starts: StartLog,
    /// What happened in a cluster of Kubernetes.
    pub log: EventLog,
    /// Events fired.
    pub events: u64,
    /// Requests simulated, warm-up included.
    pub requests: u64,
}

impl Recording {
    /// A summary, and nothing beside it.
    pub fn of(summary: ClusterSummary) -> Self {
        Self {
            summary,
            series: SeriesTable::default(),
            latency: Vec::new(),
            waits: Vec::new(),
            start_up: Vec::new(),
            starts: StartLog::default(),
            log: EventLog::default(),
            events: 0,
            requests: 0,
        }
    }
}

/// All clusters of one run of a scenario.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// `simulation.name`.
    pub scenario: String,
    /// The scenario with all defaults filled in, as TOML.
    pub resolved: String,
    pub seed: u64,
    /// Clusters in the order of the scenario.
    pub recordings: Vec<Recording>,
}

/// How fast a run was, the only figures that differ between repetitions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Speed {
    pub wall_seconds: f64,
    pub events: u64,
    pub requests: u64,
}
