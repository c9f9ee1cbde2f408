//! What happened in clusters of Kubernetes and why, told to people and programs.
//!
//! * [`mod@file`]: `events.jsonl`, written and read.
//! * [`trace`]: `trace.json.gz`, a picture of all nodes and pods over time.
//! * [`message`]: events in the words of `kubectl get events`.
//! * [`names`]: the objects that a user means.
//! * [`story`]: what happened to one pod, node or workload, from begin to end.
//! * [`terminal`], [`json`]: stories, as `plimsoll explain` prints them.

pub mod file;
pub mod json;
pub mod message;
pub mod names;
pub mod story;
pub mod terminal;
pub mod trace;

use super::folder::{Folder, ReportError};
use crate::metrics::RunResult;
use crate::metrics::events::EventLog;

/// The events of a cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterEvents {
    /// The cluster.
    pub cluster: String,
    /// When the run ended, in seconds.
    pub end: f64,
    /// What happened.
    pub log: EventLog,
}

/// The events of all clusters of a run that keep some.
pub fn of(result: RunResult) -> Vec<ClusterEvents> {
    let recordings = result.recordings.into_iter().filter(|it| !it.log.events.is_empty());
    let events = recordings.map(|it| ClusterEvents {
        cluster: it.summary.cluster,
        end: it.summary.simulated_seconds,
        log: it.log,
    });
    events.collect()
}

/// The events of a cluster, to be written.
#[derive(Clone, Copy, Debug)]
struct Shown<'a> {
    cluster: &'a str,
    /// When the run ended, in seconds.
    end: f64,
    log: &'a EventLog,
}

/// Writes the events of a run, where there are some.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write(folder: &Folder, result: &RunResult) -> Result<(), ReportError> {
    let recordings = result.recordings.iter().filter(|it| !it.log.events.is_empty());
    let shown = recordings.map(|it| Shown {
        cluster: &it.summary.cluster,
        end: it.summary.simulated_seconds,
        log: &it.log,
    });
    let shown: Vec<Shown<'_>> = shown.collect();
    if shown.is_empty() {
        return Ok(());
    }
    let mut part = folder.begin(file::NAME)?;
    part.fill(|out| file::write(out, &shown))?;
    part.finish()?;
    let mut part = folder.begin(trace::NAME)?;
    part.fill(|out| trace::write(out, &result.scenario, &shown))?;
    part.finish()
}

#[cfg(test)]
mod tests;
