//! Runs of a scenario for a comparison: of its variants, or of its clusters.
//!
//! The replications have the seeds that a sweep gives them, so that the first is the run which
//! `run` makes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use thiserror::Error;

use super::{Key, Observation, SampleArm, Samples};
use crate::experiment::run::{RunError, RunOptions, run};
use crate::experiment::sweep::replicated;
use crate::metrics::RunResult;
use crate::metrics::figures::{Figure, figures};
use crate::scenario::load::source;
use crate::scenario::variant::BASE;
use crate::scenario::{self, Diagnostics, Override, Scenario, Variant};

/// A scenario and what it was made from.
#[derive(Clone, Debug)]
pub struct Origin {
    text: String,
    name: String,
    folder: PathBuf,
    settings: Vec<Override>,
    /// What it says, settings included.
    pub scenario: Scenario,
}

/// How the runs are made.
#[derive(Clone, Copy, Debug)]
pub struct Replications {
    /// Runs of each arm.
    pub count: u32,
    /// Seed of the first.
    pub seed: u64,
    /// Whether to search for the density where the scenario asks for it.
    pub density: bool,
}

/// Who is told how many of how many runs are done.
pub type Tell<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Why there are no runs.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// The scenario is not in order.
    #[error(transparent)]
    Scenario(#[from] Diagnostics),
    /// A variant is not, with the settings that were made beside the file.
    #[error("variant `{variant}` cannot be simulated:\n{problems}")]
    Variant {
        /// Which.
        variant: String,
        /// What is wrong with it.
        problems: Diagnostics,
    },
    /// There is one cluster, and no variant.
    #[error(
        "{0} has nothing to compare: it has one cluster and no variant; add some:\n\n  \
         [[variant]]\n  name = \"more\"\n  set = {{ \"app.web.replicas\" = 8 }}"
    )]
    NothingToCompare(String),
    /// A run came to nothing.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Origin {
    /// Reads a scenario file, after `settings` were made to it.
    ///
    /// # Errors
    /// All problems of the file and the settings at once.
    pub fn read(path: &Path, settings: &[Override]) -> Result<Self, ScenarioError> {
        let text = source::read_text(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::new(&text, &path.display().to_string(), folder, settings)
    }

    /// Reads the text of a scenario that is called `name` in messages and whose paths are relative
    /// to `folder`.
    ///
    /// # Errors
    /// All problems of the text and the settings at once.
    pub fn new(
        text: &str,
        name: &str,
        folder: &Path,
        settings: &[Override],
    ) -> Result<Self, ScenarioError> {
        let scenario = scenario::parse_with(text, name, folder, settings)?.scenario;
        Ok(Self {
            text: text.to_owned(),
            name: name.to_owned(),
            folder: folder.to_owned(),
            settings: settings.to_vec(),
            scenario,
        })
    }

    fn variant(&self, variant: &Variant) -> Result<Scenario, ScenarioError> {
        let own = variant.set.iter().map(|(path, value)| Override::new(path, value.to_string()));
        let settings: Vec<Override> = self.settings.iter().cloned().chain(own).collect();
        let loaded = scenario::parse_point(&self.text, &self.name, &self.folder, &settings);
        loaded
            .map(|loaded| loaded.scenario)
            .map_err(|problems| ScenarioError::Variant { variant: variant.name.clone(), problems })
    }
}

/// Runs a scenario as it stands and with each of its variants, under the same seeds.
///
/// # Errors
/// Where a variant is not in order, or a run comes to nothing.
pub fn variants(
    origin: &Origin,
    replications: Replications,
    tell: Tell<'_>,
) -> Result<Samples, ScenarioError> {
    let mut arms = vec![(BASE.to_owned(), origin.scenario.clone())];
    for variant in &origin.scenario.variants {
        arms.push((variant.name.clone(), origin.variant(variant)?));
    }
    let scenarios: Vec<&Scenario> = arms.iter().map(|(_, scenario)| scenario).collect();
    let runs = runs(&scenarios, replications, tell)?;
    let per_arm = runs.chunks(replications.count as usize).map(|runs| {
        let one = |run: &(u64, Vec<Figure>)| observation(run.0, run.1.clone());
        runs.iter().map(one).collect()
    });
    let arms = arms.iter().zip(per_arm);
    Ok(Samples {
        name: origin.scenario.simulation.name.clone(),
        parameters: Vec::new(),
        arms: arms.map(|((name, _), runs)| SampleArm { name: name.clone(), runs }).collect(),
    })
}

/// Runs a scenario with several clusters: each of them is an arm.
///
/// # Errors
/// Where there is only one cluster, or a run comes to nothing.
pub fn clusters(
    origin: &Origin,
    replications: Replications,
    tell: Tell<'_>,
) -> Result<Samples, ScenarioError> {
    let scenario = &origin.scenario;
    if scenario.clusters.len() < 2 {
        return Err(ScenarioError::NothingToCompare(origin.name.clone()));
    }
    let runs = runs(&[scenario], replications, tell)?;
    let arm = |cluster: &scenario::Cluster| {
        let own = |(seed, figures): &(u64, Vec<Figure>)| {
            let figures = figures.iter().filter(|figure| figure.heading.cluster == cluster.name);
            observation(*seed, figures.map(without_cluster).collect())
        };
        SampleArm { name: cluster.name.clone(), runs: runs.iter().map(own).collect() }
    };
    Ok(Samples {
        name: scenario.simulation.name.clone(),
        parameters: Vec::new(),
        arms: scenario.clusters.iter().map(arm).collect(),
    })
}

fn observation(seed: u64, figures: Vec<Figure>) -> Observation {
    Observation { key: Key::seed(seed), figures }
}

fn without_cluster(figure: &Figure) -> Figure {
    let mut figure = figure.clone();
    figure.heading.cluster.clear();
    figure
}

/// Seed and figures of all replications of all scenarios, of one scenario after another.
fn runs(
    scenarios: &[&Scenario],
    replications: Replications,
    tell: Tell<'_>,
) -> Result<Vec<(u64, Vec<Figure>)>, ScenarioError> {
    let Replications { count, seed, density } = replications;
    let all: Vec<(&Scenario, u64)> = scenarios
        .iter()
        .flat_map(|scenario| (0..count).map(move |index| (*scenario, replicated(seed, index))))
        .collect();
    let done = AtomicUsize::new(0);
    let one = |(scenario, seed): &(&Scenario, u64)| {
        let options = RunOptions { seed: *seed, density };
        let result: RunResult = run(scenario, options, Path::new(""), &())?;
        tell(done.fetch_add(1, Ordering::Relaxed) + 1, all.len());
        Ok((*seed, figures(&result)))
    };
    all.par_iter().map(one).collect()
}
