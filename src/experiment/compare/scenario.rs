//! Runs of a scenario for a comparison: of its variants, or of its clusters.
//!
//! The replications have the seeds that a sweep gives them, so that the first is the run which
//! `run` makes.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use thiserror::Error;

use super::{Key, Observation, Question, QuestionError, SampleArm, Samples, between, selection};
use crate::experiment::origin::{Origin, settings};
use crate::experiment::run::{RunError, RunOptions, run};
use crate::experiment::sweep::replicated;
use crate::metrics::figures::{Figure, figures};
use crate::scenario::variant::BASE;
use crate::scenario::{Cluster, Diagnostics, Scenario, Variant};

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
    /// The question names what is not there.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// A run came to nothing.
    #[error(transparent)]
    Run(#[from] RunError),
}

fn variant_of(origin: &Origin, variant: &Variant) -> Result<Scenario, ScenarioError> {
    let scenario = origin.with(&settings(variant.set.keys(), variant.set.values()));
    scenario.map_err(|problems| ScenarioError::Variant { variant: variant.name.clone(), problems })
}

/// Runs a scenario as it stands and with each of its variants, under the same seeds.
///
/// # Errors
/// Where a variant is not in order, or a run comes to nothing.
pub fn variants(
    origin: &Origin,
    replications: Replications,
    question: &Question,
    tell: Tell<'_>,
) -> Result<Samples, ScenarioError> {
    let mut arms = vec![(BASE.to_owned(), origin.scenario.clone())];
    for variant in &origin.scenario.variants {
        arms.push((variant.name.clone(), variant_of(origin, variant)?));
    }
    let scenarios: Vec<&Scenario> = arms.iter().map(|(_, scenario)| scenario).collect();
    let name = &origin.scenario.simulation.name;
    let sampled = |runs: &[Replication]| {
        let arm = |(index, (name, _)): (usize, &(String, Scenario))| SampleArm {
            name: name.clone(),
            runs: runs
                .iter()
                .map(|one| observation(one.seed, one.figures[index].clone()))
                .collect(),
        };
        let arms = arms.iter().enumerate().map(arm).collect();
        let scenario = origin.resolved().ok();
        Samples { name: name.clone(), parameters: Vec::new(), arms, scenario }
    };
    samples(&scenarios, replications, question, tell, &sampled)
}

/// Runs a scenario with several clusters: each of them is an arm.
///
/// # Errors
/// Where there is only one cluster, or a run comes to nothing.
pub fn clusters(
    origin: &Origin,
    replications: Replications,
    question: &Question,
    tell: Tell<'_>,
) -> Result<Samples, ScenarioError> {
    let scenario = &origin.scenario;
    if scenario.clusters.len() < 2 {
        return Err(ScenarioError::NothingToCompare(origin.name().to_owned()));
    }
    let sampled = |runs: &[Replication]| {
        let arm = |cluster: &Cluster| {
            let own = |one: &Replication| {
                let all = one.figures[0].iter();
                let own = all.filter(|figure| figure.heading.cluster == cluster.name);
                observation(one.seed, own.map(without_cluster).collect())
            };
            SampleArm { name: cluster.name.clone(), runs: runs.iter().map(own).collect() }
        };
        let name = scenario.simulation.name.clone();
        let arms = scenario.clusters.iter().map(arm).collect();
        Samples { name, parameters: Vec::new(), arms, scenario: origin.resolved().ok() }
    };
    samples(&[scenario], replications, question, tell, &sampled)
}

fn observation(seed: u64, figures: Vec<Figure>) -> Observation {
    Observation { key: Key::seed(seed), figures }
}

fn without_cluster(figure: &Figure) -> Figure {
    let mut figure = figure.clone();
    figure.heading.cluster.clear();
    figure
}

/// All scenarios under one seed.
struct Replication {
    seed: u64,
    /// Of each scenario.
    figures: Vec<Vec<Figure>>,
}

/// Makes all runs. Those of the first replication are made first and the question is held against
/// them: who misspelt a figure need not wait for all the others to be told.
fn samples(
    scenarios: &[&Scenario],
    replications: Replications,
    question: &Question,
    tell: Tell<'_>,
    sampled: &dyn Fn(&[Replication]) -> Samples,
) -> Result<Samples, ScenarioError> {
    let done = AtomicUsize::new(0);
    let all = scenarios.len() * replications.count as usize;
    let batch = |range: Range<u32>| {
        let seeds: Vec<u64> = range.map(|index| replicated(replications.seed, index)).collect();
        let under = |&seed: &u64| {
            let one = |scenario: &&Scenario| {
                let options = RunOptions { seed, density: replications.density };
                let result = run(scenario, options, Path::new(""), &())?;
                tell(done.fetch_add(1, Ordering::Relaxed) + 1, all);
                Ok(figures(&result))
            };
            let figures: Result<_, RunError> = scenarios.par_iter().map(one).collect();
            Ok(Replication { seed, figures: figures? })
        };
        seeds.par_iter().map(under).collect::<Result<Vec<_>, RunError>>()
    };
    let mut runs = batch(0..1)?;
    match between(&sampled(&runs), question) {
        // a figure of the usual ones may be in later runs
        Err(QuestionError::Figure { name, .. }) if selection::is_usual(&name) => {}
        checked => drop(checked?),
    }
    runs.extend(batch(1..replications.count)?);
    Ok(sampled(&runs))
}
