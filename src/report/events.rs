//! What happened in clusters of Kubernetes and why, told to people and programs.
//!
//! * [`mod@file`]: `events.jsonl`, written and read; [`packed`]: the same compressed.
//! * [`trace`]: `trace.json.gz`, a picture of all nodes and pods over time.
//! * [`message`]: events in the words of `kubectl get events`.
//! * [`names`]: the objects that a user means.
//! * [`story`]: what happened to one pod, node or workload, from begin to end.
//! * [`terminal`], [`json`]: stories, as `plimsoll explain` prints them.

pub mod file;
pub mod json;
pub mod message;
pub mod names;
pub mod packed;
pub mod story;
pub mod terminal;
pub mod trace;

use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::folder::{Folder, ReportError};
use crate::metrics::RunResult;
use crate::metrics::events::EventLog;

pub use file::EventsError;

/// More events than that are written compressed: they take some 50 MB as they are.
const PLAIN: usize = 200_000;

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
    let (events, trace) = rayon::join(
        || write_events(folder, &shown, PLAIN),
        || {
            let mut part = folder.begin(trace::NAME)?;
            part.fill(|out| trace::write(out, &result.scenario, &shown))?;
            part.finish()
        },
    );
    events.and(trace)
}

/// Writes all events, compressed if there are more than `plain`.
fn write_events(folder: &Folder, shown: &[Shown<'_>], plain: usize) -> Result<(), ReportError> {
    let events: usize = shown.iter().map(|it| it.log.events.len()).sum();
    let compressed = events > plain;
    let mut part = folder.begin(if compressed { packed::NAME } else { file::NAME })?;
    part.fill(|out| match compressed {
        true => packed::write(out, shown),
        false => file::write(out, shown),
    })?;
    part.finish()
}

/// Reads the events of the run in a folder; none where there is no file of them. `ends` are the
/// names of all clusters, and when they ended.
///
/// # Errors
/// When the file cannot be read, or a line of it is not an event.
pub fn read(folder: &Path, ends: &[(String, f64)]) -> Result<Vec<ClusterEvents>, EventsError> {
    let open = |name: &str| match File::open(folder.join(name)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    };
    if let Some(plain) = open(file::NAME)? {
        return file::read(BufReader::new(plain), ends);
    }
    if let Some(compressed) = open(packed::NAME)? {
        let lines = MultiGzDecoder::new(BufReader::new(compressed));
        return file::read(BufReader::with_capacity(1 << 16, lines), ends);
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests;
