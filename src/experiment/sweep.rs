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

pub mod design;
pub mod identity;
pub mod shard;

use std::path::{Path, PathBuf};

use thiserror::Error;

pub use identity::{FileDigest, FileDigests, RESULTS_VERSION, RunId};
pub use shard::{InvalidShard, Shard};

use crate::engine::Streams;
use crate::scenario::load::source;
use crate::scenario::{self, Diagnostics, Override, Scenario, Sweep, SweepValue, files};

/// All runs of a sweep, in their order: by point, and at each point by replication.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Paths of the parameters, in the order of their names.
    pub parameters: Vec<String>,
    /// The points; the last parameter of a grid changes fastest.
    pub points: Vec<Point>,
    /// The runs.
    pub runs: Vec<Run>,
    origin: Origin,
}

/// One combination of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// A value for each parameter.
    pub values: Vec<SweepValue>,
}

/// One run: a point under one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its point, counted from 0.
    pub point: usize,
    /// Its replication, counted from 0.
    pub replication: u32,
    /// Seed of all random streams.
    pub seed: u64,
    /// What its result is filed under. Points that came out alike have runs of the same id.
    pub id: RunId,
}

/// What the points are made from.
#[derive(Clone, Debug)]
struct Origin {
    text: String,
    name: String,
    folder: PathBuf,
    settings: Vec<Override>,
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
        let text = source::read_text(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::new(&text, &path.display().to_string(), folder, settings)
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
        let scenario = scenario::parse_with(text, name, folder, settings)?.scenario;
        let Some(sweep) = scenario.sweep else {
            return Err(PlanError::NoSweep(name.to_owned()));
        };
        let seed = scenario.simulation.seed;
        let origin = Origin {
            text: text.to_owned(),
            name: name.to_owned(),
            folder: folder.to_owned(),
            settings: settings.to_vec(),
        };
        let mut plan = Self {
            parameters: sweep.parameters.keys().cloned().collect(),
            points: design::points(&sweep, seed),
            runs: Vec::new(),
            origin,
        };
        plan.runs = plan.all_runs(&sweep, seed)?;
        Ok(plan)
    }

    /// The settings that make the scenario of a point.
    ///
    /// # Panics
    /// When there is no such point.
    pub fn settings(&self, point: usize) -> Vec<Override> {
        let values = self.parameters.iter().zip(&self.points[point].values);
        values.map(|(path, value)| Override::new(path, value.to_string())).collect()
    }

    /// The scenario of a point.
    ///
    /// # Errors
    /// Where it is not in order, which is found when the plan is made.
    ///
    /// # Panics
    /// When there is no such point.
    pub fn scenario(&self, point: usize) -> Result<Scenario, PlanError> {
        let Origin { text, name, folder, settings } = &self.origin;
        let settings = [settings.clone(), self.settings(point)].concat();
        let loaded = scenario::parse_point(text, name, folder, &settings);
        loaded
            .map(|loaded| loaded.scenario)
            .map_err(|problems| PlanError::Point { point, problems })
    }

    fn all_runs(&self, sweep: &Sweep, seed: u64) -> Result<Vec<Run>, PlanError> {
        let seeds: Vec<u64> =
            (0..sweep.replications).map(|index| replicated(seed, index)).collect();
        let mut digests = FileDigests::default();
        let mut runs = Vec::with_capacity(self.points.len() * seeds.len());
        for point in 0..self.points.len() {
            let scenario = self.scenario(point)?;
            let contents = contents(&scenario, &mut digests)?;
            let resolved = scenario.to_toml(&self.origin.folder);
            let resolved = resolved.map_err(|error| PlanError::Resolved { point, error })?;
            for (replication, &seed) in (0..).zip(&seeds) {
                runs.push(Run {
                    point,
                    replication,
                    seed,
                    id: RunId::of(&resolved, &contents, seed),
                });
            }
        }
        Ok(runs)
    }
}

/// Digests of the files a scenario names.
fn contents(scenario: &Scenario, digests: &mut FileDigests) -> Result<Vec<FileDigest>, PlanError> {
    let digest = |path: PathBuf| digests.of(&path).map_err(|error| PlanError::File { path, error });
    files::named(scenario).into_iter().map(digest).collect()
}

/// The seed of a replication, the same at every point. The first has the seed of the scenario, so
/// that it is the run which `run` makes.
pub(super) fn replicated(seed: u64, replication: u32) -> u64 {
    if replication == 0 {
        return seed;
    }
    let mut stream = Streams::new(seed).numbered("sweep/replication", replication.into());
    // a seed of TOML has no more than 63 bits
    rand_chacha::rand_core::Rng::next_u64(&mut stream) >> 1
}

#[cfg(test)]
mod tests;
