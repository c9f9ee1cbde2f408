//! What is to be sized, as the scenario and the command line say, and the scenario of each fleet.

use std::path::Path;

use crate::experiment::origin::{self, Origin};
use crate::experiment::sweep::design;
use crate::report::size::{Objective, Sense};
use crate::scenario::{App, Cluster, Diagnostics, Minimise, Override, Scenario, Size, SweepValue};

use super::SizeError;

/// A scenario with what is searched for in it.
#[derive(Clone, Debug)]
pub struct Request {
    origin: Origin,
    /// The scenario as it stands.
    pub scenario: Scenario,
    /// What is searched for.
    pub size: Size,
    /// Paths of what can be chosen.
    pub choice_paths: Vec<String>,
    /// Every combination of their values.
    pub choices: Vec<Vec<SweepValue>>,
}

impl Request {
    /// Reads a scenario file, after `settings` were made to it.
    ///
    /// # Errors
    /// Where the file or what is searched for is not in order.
    pub fn read(path: &Path, settings: &[Override]) -> Result<Self, SizeError> {
        Self::of(Origin::read(path, settings)?)
    }

    /// Reads the text of a scenario that is called `name` in messages and whose paths are relative
    /// to `folder`.
    ///
    /// # Errors
    /// Where the text or what is searched for is not in order.
    pub fn new(
        text: &str,
        name: &str,
        folder: &Path,
        settings: &[Override],
    ) -> Result<Self, SizeError> {
        Self::of(Origin::new(text, name, folder, settings)?)
    }

    fn of(origin: Origin) -> Result<Self, SizeError> {
        let mut scenario = origin.scenario.clone();
        let Some(size) = scenario.size.take() else {
            return Err(SizeError::NothingToSize(origin.name().to_owned()));
        };
        // what is varied elsewhere is of no concern here
        scenario.sweep = None;
        scenario.variants = Vec::new();
        let points = design::combinations(&size.choices);
        Ok(Self {
            origin,
            scenario,
            choice_paths: size.choices.keys().cloned().collect(),
            size,
            choices: points.into_iter().map(|point| point.values).collect(),
        })
    }

    /// The scenario of the fleet of so many of a choice.
    ///
    /// # Errors
    /// Where it is not in order.
    pub fn fleet(&self, choice: usize, number: u32) -> Result<Scenario, SizeError> {
        let mut further = origin::settings(&self.choice_paths, &self.choices[choice]);
        further.push(Override::new(&self.size.vary, number.to_string()));
        let scenario = self.origin.with(&further);
        scenario.map_err(|problems| SizeError::Fleet { number, problems: Box::new(problems) })
    }

    /// Whether the cheapest fleet is asked for.
    pub fn by_cost(&self) -> bool {
        let scenario = &self.scenario;
        let any_price = scenario.prices.electricity.0 > 0.0
            || scenario.hosts.iter().any(|host| host.price.0 > 0.0);
        match self.size.minimise {
            Some(minimise) => minimise == Minimise::Cost,
            None => !self.choice_paths.is_empty() && any_price,
        }
    }

    /// Whether a cluster is one of those that are sized.
    pub fn concerns(&self, cluster: &Cluster) -> bool {
        self.size.cluster.as_ref().is_none_or(|name| *name == cluster.name)
    }

    /// All that must be met: the objectives of each app in each cluster, and that all its replicas
    /// become ready at some time, without which there is no room for them.
    pub fn objectives(&self, scenario: &Scenario) -> Vec<Objective> {
        let clusters = scenario.clusters.iter().filter(|cluster| self.concerns(cluster));
        let both = clusters.flat_map(|cluster| scenario.apps.iter().map(move |app| (cluster, app)));
        both.flat_map(|(cluster, app)| objectives(cluster, app)).collect()
    }
}

fn objectives(cluster: &Cluster, app: &App) -> Vec<Objective> {
    let objective = |metric: &str, sense, target| Objective {
        cluster: cluster.name.clone(),
        app: app.name.clone(),
        metric: metric.to_owned(),
        sense,
        target,
    };
    let slo = app.slo.unwrap_or_default();
    let latencies = [("p50", slo.p50), ("p95", slo.p95), ("p99", slo.p99), ("mean", slo.mean)];
    let latencies = latencies.into_iter().filter_map(|(metric, target)| {
        Some(objective(metric, Sense::AtMost, target?.as_secs_f64()))
    });
    let availability =
        slo.availability.map(|target| objective("availability", Sense::AtLeast, target.0));
    let replicas = objective("replicas", Sense::AtLeast, 1.0);
    latencies.chain(availability).chain([replicas]).collect()
}

/// Problems of a scenario are problems of what is sized in it.
impl From<Diagnostics> for SizeError {
    fn from(problems: Diagnostics) -> Self {
        Self::Scenario(Box::new(problems))
    }
}
