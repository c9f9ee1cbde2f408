//! The plan of a sweep: which runs it has, made before any of them is.
//!
//! A plan is a function of the scenario and the files it names, so that every machine that has
//! them has the same plan, and takes its part of it without asking another. A run is known by a
//! [`RunId`] made from all that decides its result: one that was done before, on whatever machine,
//! in whatever sweep, need not be done again.
//!
//! Runs of the same replication have the same seed at every point (common random numbers): what
//! differs between two points is then less by chance (Law, Simulation Modeling and Analysis,
//! chapter 11).

pub mod best;
pub mod design;
pub mod execute;
pub mod gather;
pub mod identity;
pub mod merge;
pub mod outline;
pub mod precision;
pub mod shard;
pub mod standing;
pub mod store;
pub mod summarise;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use thiserror::Error;

pub use best::{Contest, Leader};
pub use execute::{FailedRun, SweepError, Watcher, execute};
pub use gather::{Results, Selection, gather};
pub use identity::{FileDigest, FileDigests, RESULTS_VERSION, RunId};
pub use merge::{MergeError, collect, common_outline, read_outline, write_outline};
pub use outline::{Outline, Point, Run};
pub use shard::{InvalidShard, Shard};
pub use store::{Record, Store};
pub use summarise::summarise;

use crate::engine::Streams;
use crate::experiment::origin::{self, Origin};
use crate::scenario::{Diagnostics, Override, Scenario, Sweep, files};
use crate::world::InputError;
use crate::world::check_files;

/// A plan, and what its points are made from.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The plan as data.
    pub outline: Outline,
    origin: Origin,
}

/// Why there is no plan.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The scenario is not in order.
    #[error(transparent)]
    Scenario(#[from] Diagnostics),
    /// There is nothing to plan.
    #[error("{0} has no table `[sweep]`, which says what is varied")]
    NoSweep(String),
    /// One point of the sweep is not a scenario in order.
    #[error("point {point} of the sweep cannot be simulated:\n{problems}")]
    Point {
        /// Counted from 0.
        point: usize,
        /// What is wrong with it.
        problems: Diagnostics,
    },
    /// A file that a point names cannot be read.
    #[error("{path} cannot be read: {error}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A policy that the scenario names cannot be used.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The scenario that is varied cannot be written.
    #[error("the scenario cannot be written as TOML: {0}")]
    Base(toml::ser::Error),
    /// A resolved scenario cannot be written.
    #[error("point {point} of the sweep cannot be written as TOML: {error}")]
    Resolved {
        /// Counted from 0.
        point: usize,
        /// Why.
        error: toml::ser::Error,
    },
}

impl Plan {
    /// Plans the sweep of a scenario file, after `settings` were made to it.
    ///
    /// # Errors
    /// Where the file, its sweep, or any of its points is not in order.
    pub fn read(path: &Path, settings: &[Override]) -> Result<Self, PlanError> {
        Self::of(Origin::read(path, settings)?)
    }

    /// Plans the sweep of the text of a scenario that is called `name` in messages and whose paths
    /// are relative to `folder`.
    ///
    /// # Errors
    /// Where the text, its sweep, or any of its points is not in order.
    pub fn new(
        text: &str,
        name: &str,
        folder: &Path,
        settings: &[Override],
    ) -> Result<Self, PlanError> {
        Self::of(Origin::new(text, name, folder, settings)?)
    }

    fn of(origin: Origin) -> Result<Self, PlanError> {
        check_files(&origin.scenario)?;
        let resolved = origin.resolved().map_err(PlanError::Base)?;
        let Some(sweep) = origin.scenario.sweep.clone() else {
            return Err(PlanError::NoSweep(origin.name().to_owned()));
        };
        let seed = origin.scenario.simulation.seed;
        let outline = Outline {
            schema_version: outline::SCHEMA_VERSION,
            results_version: RESULTS_VERSION,
            scenario: origin.scenario.simulation.name.clone(),
            parameters: sweep.parameters.keys().cloned().collect(),
            replications: sweep.first_replications(),
            confidence: sweep.confidence.0,
            points: design::points(&sweep, seed),
            runs: Vec::new(),
            precision: sweep.precision.clone(),
            best: sweep.best.clone(),
            design: sweep.design,
            resolved,
        };
        let mut plan = Self { outline, origin };
        plan.outline.runs = plan.all_runs(&seeds(&sweep, seed))?;
        Ok(plan)
    }

    /// The settings that make the scenario of a point.
    ///
    /// # Panics
    /// When there is no such point.
    pub fn settings(&self, point: usize) -> Vec<Override> {
        let Outline { parameters, points, .. } = &self.outline;
        origin::settings(parameters, &points[point].values)
    }

    /// The scenario of a point.
    ///
    /// # Errors
    /// Where it is not in order, which is found when the plan is made.
    ///
    /// # Panics
    /// When there is no such point.
    pub fn scenario(&self, point: usize) -> Result<Scenario, PlanError> {
        let scenario = self.origin.with(&self.settings(point));
        scenario.map_err(|problems| PlanError::Point { point, problems })
    }

    /// Where paths of the scenario start from.
    pub fn folder(&self) -> &Path {
        self.origin.folder()
    }

    fn all_runs(&self, seeds: &[u64]) -> Result<Vec<Run>, PlanError> {
        let digests = Mutex::new(FileDigests::default());
        let points = 0..self.outline.points.len();
        // of several errors the first is reported, however many threads there are
        let runs: Vec<_> =
            points.into_par_iter().map(|point| self.runs_of(point, seeds, &digests)).collect();
        runs.into_iter().collect::<Result<Vec<_>, _>>().map(|runs| runs.concat())
    }

    fn runs_of(
        &self,
        point: usize,
        seeds: &[u64],
        digests: &Mutex<FileDigests>,
    ) -> Result<Vec<Run>, PlanError> {
        let scenario = self.scenario(point)?;
        let contents = {
            let mut digests = digests.lock().unwrap_or_else(PoisonError::into_inner);
            contents(&scenario, &mut digests)?
        };
        let resolved = scenario.to_toml(self.folder());
        let resolved = resolved.map_err(|error| PlanError::Resolved { point, error })?;
        let run = |(replication, &seed)| {
            let id = RunId::of(&resolved, &contents, seed);
            Run { point, replication, seed, id }
        };
        Ok((0..).zip(seeds).map(run).collect())
    }
}

/// Digests of the files a scenario names.
fn contents(scenario: &Scenario, digests: &mut FileDigests) -> Result<Vec<FileDigest>, PlanError> {
    let digest = |path: PathBuf| digests.of(&path).map_err(|error| PlanError::File { path, error });
    files::named(scenario).into_iter().map(digest).collect()
}

/// The seeds of all runs of a point: those of the sweep, or those drawn from that of the scenario.
fn seeds(sweep: &Sweep, seed: u64) -> Vec<u64> {
    match sweep.seeds.is_empty() {
        true => (0..sweep.most_replications()).map(|index| replicated(seed, index)).collect(),
        false => sweep.seeds.clone(),
    }
}

/// The seed of a replication, the same at every point. The first has the seed of the scenario, so
/// that it is the run which `run` makes.
pub fn replicated(seed: u64, replication: u32) -> u64 {
    if replication == 0 {
        return seed;
    }
    let mut stream = Streams::new(seed).numbered("sweep/replication", replication.into());
    // a seed of TOML has no more than 63 bits
    rand_chacha::rand_core::Rng::next_u64(&mut stream) >> 1
}

#[cfg(test)]
mod tests;
