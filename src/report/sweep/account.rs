//! All that the report of a sweep is made of, as plain data.

use super::{Aggregates, Layout};
use crate::metrics::figures::Heading;
use crate::report::chart::finding::Finding;
use crate::scenario::{Design, Goal, Precision, SweepValue};

/// The results of a sweep, and how they were come by.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    pub layout: &'a Layout,
    pub aggregates: &'a Aggregates,
    /// What makes one point better than another, where anything does.
    pub goal: Option<&'a Goal>,
    /// The best point; `None` where none met its objectives.
    pub best: Option<&'a Best>,
    pub design: Design,
    /// Runs of each point, or with `precision` those to begin with.
    pub replications: u32,
    pub precision: Option<&'a Precision>,
    /// Of intervals, from 0 to 1.
    pub confidence: f64,
    /// Runs that the results are of, and those that are not there.
    pub runs: usize,
    pub missing: usize,
    /// What apps promise, unless it is varied itself.
    pub targets: &'a [Target],
    /// The scenario that is varied, in full.
    pub resolved: &'a str,
}

/// The best point.
#[derive(Clone, Debug, PartialEq)]
pub struct Best {
    /// Counted from 0.
    pub point: usize,
    /// The figure it leads by.
    pub heading: Heading,
    pub mean: f64,
}

/// An objective for the latency of an app.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub app: String,
    /// Such as `latency_p99`.
    pub metric: String,
    pub seconds: f64,
}

impl<'a> Account<'a> {
    /// The figures kept for charts, with their places among the means of points.
    pub fn headings(&self) -> impl Iterator<Item = (usize, &'a Heading)> + use<'a> {
        let figures = &self.layout.figures;
        self.aggregates.figures.iter().enumerate().map(|(place, &index)| (place, &figures[index]))
    }

    /// The place of a figure among the means of points.
    pub fn place(&self, wanted: &Heading) -> Option<usize> {
        self.headings().find(|(_, heading)| *heading == wanted).map(|(place, _)| place)
    }

    /// What a point, by its place in the list, says about a figure, by its place among the means.
    pub fn finding(&self, point: usize, place: usize) -> Option<Finding> {
        let means = &self.aggregates.points[point].means;
        let estimate = means[place]?.estimate;
        let Heading { cluster, metric, .. } = &self.layout.figures[self.aggregates.figures[place]];
        // of runs that met or did not meet something, the law of the mean is not near a normal one
        let has_interval = metric != "slo_met";
        Some(Finding {
            mean: estimate.mean,
            half_width: if has_interval { estimate.half_width } else { f64::INFINITY },
            runs: estimate.count,
            met: self.met(point, cluster),
        })
    }

    /// Share of the runs of a point in which a cluster met all objectives; `None` without any.
    pub fn met(&self, point: usize, cluster: &str) -> Option<f64> {
        let is_it = |heading: &Heading| heading.metric == "slo_met" && heading.cluster == cluster;
        let (place, _) = self.headings().find(|(_, heading)| is_it(heading))?;
        self.aggregates.points[point].means[place].map(|mean| mean.estimate.mean)
    }

    /// Names of the clusters.
    pub fn clusters(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for (_, heading) in self.headings() {
            if !names.contains(&heading.cluster.as_str()) {
                names.push(&heading.cluster);
            }
        }
        names
    }

    /// What the values of each point are called, by parameter.
    pub fn names(&self) -> Vec<Vec<String>> {
        let points = &self.aggregates.points;
        let values = |parameter: usize| points.iter().map(move |point| &point.values[parameter]);
        (0..self.layout.parameters.len()).map(|it| SweepValue::names(values(it))).collect()
    }
}
