//! Results that are there already: of a run, of several runs of one scenario, or of a sweep.
//!
//! * a folder with `summary.json` is one run;
//! * one with `results.csv` is a sweep, whose `sweep.json` says which columns are parameters and
//!   which are figures;
//! * one with folders of runs has them all, each under another seed.

pub mod sweep;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::{Key, Observation, SampleArm, Samples};
use crate::metrics::events::EventLog;
use crate::metrics::figures::figures;
use crate::metrics::starts::StartLog;
use crate::metrics::summary::ClusterSummary;
use crate::metrics::{Recording, RunResult, SeriesTable};

const SUMMARY: &str = "summary.json";
const TABLE: &str = "results.csv";

/// Why folders cannot be compared.
#[derive(Debug, Error)]
pub enum FolderError {
    /// Something cannot be read.
    #[error("cannot read {path}: {error}", path = path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A folder has no results.
    #[error(
        "there are no results in {path}: a folder of a run has {SUMMARY}, one of a sweep {TABLE}",
        path = .0.display()
    )]
    NoResults(PathBuf),
    /// A file is not what it should be.
    #[error("{path} is not what this version writes: {why}", path = path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Two runs of a folder have the same seed.
    #[error(
        "{one} and {other} in {path} have the same seed {seed}: name one of them instead",
        path = path.display()
    )]
    SameSeed {
        /// The folder.
        path: PathBuf,
        /// The first run.
        one: String,
        /// The second.
        other: String,
        /// Of both.
        seed: u64,
    },
    /// Two sweeps vary different things.
    #[error("{one} varies {first}, {other} varies {second}: their runs do not pair")]
    OtherParameters {
        /// The first folder.
        one: String,
        /// What it varies.
        first: String,
        /// The second folder.
        other: String,
        /// What it varies.
        second: String,
    },
}

/// What is in a folder.
#[derive(Clone, Debug, Default)]
struct Contents {
    scenario: String,
    parameters: Vec<String>,
    runs: Vec<Observation>,
}

/// Reads two folders of results, the first of which is the baseline.
///
/// # Errors
/// Where a folder has no results, or they cannot be read.
pub fn folders(first: &Path, second: &Path) -> Result<Samples, FolderError> {
    let (one, other) = (read(first)?, read(second)?);
    let [first, second] = names(first, second);
    if one.parameters != other.parameters {
        return Err(FolderError::OtherParameters {
            one: first,
            first: listed(&one.parameters),
            other: second,
            second: listed(&other.parameters),
        });
    }
    let arms = [(first, one.runs), (second, other.runs)];
    Ok(Samples {
        name: one.scenario,
        parameters: one.parameters,
        arms: arms.map(|(name, runs)| SampleArm { name, runs }).into(),
        scenario: None,
    })
}

fn listed(parameters: &[String]) -> String {
    if parameters.is_empty() { "nothing".into() } else { parameters.join(", ") }
}

/// The last parts of the paths; all of them where these are the same.
fn names(first: &Path, second: &Path) -> [String; 2] {
    let short = |path: &Path| {
        path.file_name().map_or(path.display().to_string(), |name| name.to_string_lossy().into())
    };
    match (short(first), short(second)) {
        (one, other) if one != other => [one, other],
        _ if first != second => [first, second].map(|path| path.display().to_string()),
        (one, other) => [one, format!("{other} (again)")],
    }
}

fn read(folder: &Path) -> Result<Contents, FolderError> {
    if folder.join(SUMMARY).exists() {
        return run(folder);
    }
    if folder.join(TABLE).exists() {
        return sweep::read(folder);
    }
    let mut contents = Contents::default();
    let mut seen: Vec<(u64, String)> = Vec::new();
    for path in run_folders(folder)? {
        let one = run(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for run in &one.runs {
            let seed = run.key.seed;
            if let Some((_, earlier)) = seen.iter().find(|(other, _)| *other == seed) {
                let (path, one) = (folder.to_owned(), earlier.clone());
                return Err(FolderError::SameSeed { path, one, other: name, seed });
            }
            seen.push((seed, name.clone()));
        }
        contents.scenario = one.scenario;
        contents.runs.extend(one.runs);
    }
    if contents.runs.is_empty() {
        return Err(FolderError::NoResults(folder.to_owned()));
    }
    Ok(contents)
}

/// The folders of runs in a folder, by name.
fn run_folders(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let unreadable = |error| FolderError::Unreadable { path: folder.to_owned(), error };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.join(SUMMARY).exists() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// `summary.json`, as far as figures are made of it.
#[derive(Debug, Deserialize)]
struct Summary {
    scenario: String,
    seed: u64,
    clusters: Vec<Cluster>,
}

#[derive(Debug, Deserialize)]
struct Cluster {
    #[serde(flatten)]
    summary: ClusterSummary,
    events: u64,
    requests: u64,
}

fn run(folder: &Path) -> Result<Contents, FolderError> {
    let path = folder.join(SUMMARY);
    let text = read_text(&path)?;
    let summary: Summary = serde_json::from_str(&text)
        .map_err(|error| FolderError::Malformed { path, why: error.to_string() })?;
    let recording = |cluster: Cluster| Recording {
        summary: cluster.summary,
        series: SeriesTable::default(),
        latency: Vec::new(),
        waits: Vec::new(),
        start_up: Vec::new(),
        starts: StartLog::default(),
        log: EventLog::default(),
        events: cluster.events,
        requests: cluster.requests,
    };
    let result = RunResult {
        scenario: summary.scenario,
        resolved: String::new(),
        seed: summary.seed,
        recordings: summary.clusters.into_iter().map(recording).collect(),
    };
    let run = Observation { key: Key::seed(result.seed), figures: figures(&result) };
    Ok(Contents { scenario: result.scenario, parameters: Vec::new(), runs: vec![run] })
}

fn read_text(path: &Path) -> Result<String, FolderError> {
    fs::read_to_string(path)
        .map_err(|error| FolderError::Unreadable { path: path.to_owned(), error })
}
