//! `summary.json` and `--format json`: every figure of a run, for programs.
//!
//! Times are in seconds, sizes in bytes, shares from 0 to 1, energy in kilowatt hours, costs in US
//! dollars. `schema_version` grows when a field changes its meaning or goes away; new fields alone
//! do not change it.

use serde::Serialize;

use crate::metrics::RunResult;
use crate::metrics::summary::ClusterSummary;

/// Version of the layout of [`SummaryFile`].
pub const SCHEMA_VERSION: u32 = 1;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SummaryFile<'a> {
    pub schema_version: u32,
    /// Version of the simulator.
    pub plimsoll: &'static str,
    pub scenario: &'a str,
    pub seed: u64,
    /// In the order of the scenario.
    pub clusters: Vec<ClusterFile<'a>>,
}

/// One cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClusterFile<'a> {
    #[serde(flatten)]
    pub summary: &'a ClusterSummary,
    /// Events fired.
    pub events: u64,
    /// Requests simulated, warm-up included.
    pub requests: u64,
}

impl<'a> From<&'a RunResult> for SummaryFile<'a> {
    fn from(result: &'a RunResult) -> Self {
        let clusters = result.recordings.iter().map(|recording| ClusterFile {
            summary: &recording.summary,
            events: recording.events,
            requests: recording.requests,
        });
        Self {
            schema_version: SCHEMA_VERSION,
            plimsoll: super::VERSION,
            scenario: &result.scenario,
            seed: result.seed,
            clusters: clusters.collect(),
        }
    }
}

/// The run as indented JSON, with a newline at the end.
pub fn json(result: &RunResult) -> String {
    let mut text = serde_json::to_string_pretty(&SummaryFile::from(result))
        .expect("plain structs with text keys always serialise");
    text.push('\n');
    text
}
