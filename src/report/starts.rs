//! Where start-up time comes from: the starts of a run, told to people and programs.
//!
//! * [`mod@file`]: `starts.csv`, written and read.
//! * [`words`]: what phases and kinds of starts are called.
//! * [`story`]: one start, and what would shorten it.
//! * [`terminal`], [`json`]: both, as `plimsoll explain` prints them; [`section`]: on a page.

pub mod file;
pub mod json;
pub mod section;
pub mod story;
pub mod terminal;
pub mod words;

use crate::metrics::starts::{Fate, StartRecord};
use crate::metrics::summary::StartsSummary;
use crate::metrics::{Finding, RunResult};

/// All starts of a run, as far as they were kept one by one.
#[derive(Clone, Debug, PartialEq)]
pub struct Starts {
    /// `simulation.name`.
    pub scenario: String,
    pub seed: u64,
    pub clusters: Vec<ClusterStarts>,
}

/// Those of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterStarts {
    pub name: String,
    /// In words.
    pub platform: String,
    /// What stood in the way in it.
    pub findings: Vec<Finding>,
    pub apps: Vec<AppStarts>,
}

/// Those of an app in a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct AppStarts {
    pub name: String,
    pub summary: StartsSummary,
    /// In the order in which they ended.
    pub records: Vec<StartRecord>,
}

impl Starts {
    /// Those of a run that was just made.
    pub fn of(result: &RunResult) -> Self {
        let clusters = result.recordings.iter().map(|recording| {
            let summary = &recording.summary;
            let apps = (0..).zip(&summary.apps).map(|(index, app)| AppStarts {
                name: app.name.clone(),
                summary: app.starts.clone(),
                records: recording.starts.records().filter(|it| it.app == index).cloned().collect(),
            });
            ClusterStarts {
                name: summary.cluster.clone(),
                platform: summary.platform.clone(),
                findings: summary.findings.clone(),
                apps: apps.collect(),
            }
        });
        Self { scenario: result.scenario.clone(), seed: result.seed, clusters: clusters.collect() }
    }
}

impl AppStarts {
    /// The start that took longest until its replica was ready; of equals the first. Where none
    /// became ready, of all.
    pub fn slowest(&self) -> Option<&StartRecord> {
        let ready = self.records.iter().filter(|it| it.fate == Fate::Ready);
        longest(ready).or_else(|| longest(self.records.iter()))
    }
}

/// The longest of these starts; of equals the first.
pub fn longest<'a>(starts: impl Iterator<Item = &'a StartRecord>) -> Option<&'a StartRecord> {
    starts.reduce(|longest, it| if it.total() > longest.total() { it } else { longest })
}
