//! Small sweeps for tests: grids whose figures are given as functions of the point.

use super::{Account, Aggregate, Aggregates, Best, Kind, Layout, Parameter, Target};
use crate::metrics::figures::{Better, Heading, Unit};
use crate::report::sweep::aggregate::PointMeans;
use crate::scenario::{Design, Goal, SweepValue};

/// All that an account borrows from.
pub struct Sweep {
    pub layout: Layout,
    pub aggregates: Aggregates,
    pub goal: Option<Goal>,
    pub best: Option<Best>,
    pub design: Design,
    pub targets: Vec<Target>,
    pub missing: usize,
}

/// A grid over parameters whose values are lists of TOML; the last changes fastest.
pub fn grid(parameters: &[(&str, &str)]) -> Sweep {
    let mut points: Vec<Vec<SweepValue>> = vec![Vec::new()];
    let mut layout = Layout::default();
    for (name, list) in parameters {
        let table: toml::Table = toml::from_str(&format!("v = {list}")).unwrap();
        let values: Vec<_> =
            table["v"].as_array().unwrap().iter().cloned().map(SweepValue).collect();
        let kind = Kind::of(values.iter());
        layout.parameters.push(Parameter { name: (*name).into(), kind });
        let with = |point: &Vec<SweepValue>| {
            let point = point.clone();
            values.iter().map(move |value| [point.clone(), vec![value.clone()]].concat())
        };
        points = points.iter().flat_map(with).collect::<Vec<_>>();
    }
    let points = points.into_iter().enumerate();
    let points = points.map(|(point, values)| PointMeans { point, values, runs: 2, means: vec![] });
    Sweep {
        layout,
        aggregates: Aggregates { figures: Vec::new(), points: points.collect() },
        goal: None,
        best: None,
        design: Design::Grid,
        targets: Vec::new(),
        missing: 0,
    }
}

pub fn heading(cluster: &str, app: &str, metric: &str, unit: Unit) -> Heading {
    let [cluster, app, metric] = [cluster, app, metric].map(str::to_owned);
    Heading { cluster, app, metric, unit, better: Better::Less }
}

impl Sweep {
    /// With a figure whose two runs are a tenth below and above the value at each point.
    pub fn figure(mut self, heading: Heading, value: impl Fn(usize) -> Option<f64>) -> Self {
        self.aggregates.figures.push(self.layout.figures.len());
        self.layout.figures.push(heading);
        for (index, point) in self.aggregates.points.iter_mut().enumerate() {
            let runs = value(index).map(|mean| [mean * 0.9, mean * 1.1]);
            point.means.push(runs.and_then(|runs| Aggregate::of(&runs, 0.95)));
        }
        self
    }

    /// With the share of runs that met all objectives.
    pub fn met(mut self, cluster: &str, share: impl Fn(usize) -> [f64; 2]) -> Self {
        self.aggregates.figures.push(self.layout.figures.len());
        self.layout.figures.push(heading(cluster, "", "slo_met", Unit::Fraction));
        for (index, point) in self.aggregates.points.iter_mut().enumerate() {
            point.means.push(Aggregate::of(&share(index), 0.95));
        }
        self
    }

    /// With the least of a figure at a point.
    pub fn best(mut self, point: usize, heading: Heading) -> Self {
        self.goal = Some(Goal::Least(heading.metric.clone()));
        let place = self.layout.figures.iter().position(|figure| *figure == heading).unwrap();
        let mean = self.aggregates.points[point].means[place].unwrap().estimate.mean;
        self.best = Some(Best { point, heading, mean });
        self
    }

    pub fn account(&self) -> Account<'_> {
        Account {
            scenario: "small",
            layout: &self.layout,
            aggregates: &self.aggregates,
            goal: self.goal.as_ref(),
            best: self.best.as_ref(),
            design: self.design,
            replications: 2,
            precision: None,
            confidence: 0.95,
            runs: 2 * self.aggregates.points.len() - self.missing,
            missing: self.missing,
            targets: &self.targets,
            resolved: "[simulation]\n",
        }
    }
}
