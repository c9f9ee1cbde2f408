//! `aggregate.csv`: for every point and figure the mean over replications, with its Student-t
//! interval, in long form.

use super::{Layout, Row};
use crate::metrics::figures::placement::names::ALLOCATED;
use crate::report::ReportError;
use crate::report::csv_text::{csv_text, plain};
use crate::report::folder::PartFile;
use crate::scenario::SweepValue;
use crate::statistics::{Estimate, deviation, estimate};

/// What the replications of one point say about one figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aggregate {
    /// Mean and half-width, which is infinite for a single run.
    pub estimate: Estimate,
    /// Of the runs, not of the mean; `None` for a single run.
    pub deviation: Option<f64>,
    pub minimum: f64,
    pub maximum: f64,
}

impl Aggregate {
    /// That of the values of so many runs; `None` without any.
    pub fn of(values: &[f64], confidence: f64) -> Option<Self> {
        (!values.is_empty()).then(|| Self {
            estimate: estimate(values, confidence),
            deviation: deviation(values),
            minimum: values.iter().copied().fold(f64::INFINITY, f64::min),
            maximum: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

/// All points of a sweep: for each, a mean for each figure of the layout.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aggregates {
    /// Places of the figures below in [`Layout::figures`]: those people ask for first.
    pub figures: Vec<usize>,
    pub points: Vec<PointMeans>,
}

/// One point.
#[derive(Clone, Debug, PartialEq)]
pub struct PointMeans {
    /// Counted from 0.
    pub point: usize,
    /// A value for each parameter.
    pub values: Vec<SweepValue>,
    /// Runs it has.
    pub runs: usize,
    /// For each of [`Aggregates::figures`].
    pub means: Vec<Option<Aggregate>>,
}

/// Metrics that are kept for charts and tables.
const HEADLINES: [&str; 32] = [
    "density",
    "hosts_needed",
    "slo_met",
    "latency_mean",
    "latency_p50",
    "latency_p95",
    "latency_p99",
    "success_ratio",
    "availability",
    "throughput",
    "queue_wait_mean",
    "waited",
    "replicas_ready",
    "start_up_p50",
    "start_up_max",
    "turnaround_mean",
    "turnaround_p99",
    "cpu_ready",
    "cpu_utilisation",
    "hosts_used",
    "energy",
    "cost_per_hour",
    "gpus_allocated",
    "gpu_fragments",
    "items_rejected_share",
    "host_hours",
    "host_hours_ratio",
    "hosts_max",
    "cost",
    "memory_stranded",
    "items_lost",
    "drain_time_mean",
];

/// Whether a metric is kept: those above, and what is allocated on the way of GPUs.
fn is_headline(metric: &str) -> bool {
    HEADLINES.contains(&metric) || metric.starts_with(ALLOCATED)
}

/// The file while it is written.
pub struct AggregateCsv<'a> {
    file: PartFile,
    layout: &'a Layout,
    confidence: f64,
    /// The point whose runs are coming in, with the values of each figure.
    current: Option<PointMeans>,
    columns: Vec<Vec<f64>>,
    aggregates: Aggregates,
}

impl<'a> AggregateCsv<'a> {
    pub fn begin(
        mut file: PartFile,
        layout: &'a Layout,
        confidence: f64,
    ) -> Result<Self, ReportError> {
        let parameters = layout.parameters.iter().map(|parameter| parameter.name.as_str());
        let header = ["point"].into_iter().chain(parameters).chain([
            "cluster",
            "app",
            "metric",
            "unit",
            "runs",
            "mean",
            "half_width",
            "lower",
            "upper",
            "standard_deviation",
            "minimum",
            "maximum",
        ]);
        file.put(csv_text([header.map(str::to_owned).collect()]).as_bytes())?;
        let headline = |&index: &usize| is_headline(&layout.figures[index].metric);
        let figures = (0..layout.figures.len()).filter(headline).collect();
        Ok(Self {
            file,
            layout,
            confidence,
            current: None,
            columns: vec![Vec::new(); layout.figures.len()],
            aggregates: Aggregates { figures, points: Vec::new() },
        })
    }

    pub fn add(&mut self, row: &Row) -> Result<(), ReportError> {
        if self.current.as_ref().is_none_or(|current| current.point != row.point) {
            self.close()?;
            self.current = Some(PointMeans {
                point: row.point,
                values: row.values.to_vec(),
                runs: 0,
                means: Vec::new(),
            });
        }
        if let Some(current) = &mut self.current {
            current.runs += 1;
        }
        for (column, value) in self.columns.iter_mut().zip(row.figures) {
            column.extend(value);
        }
        Ok(())
    }

    /// Writes the means of the point that is complete.
    fn close(&mut self) -> Result<(), ReportError> {
        let Some(mut point) = self.current.take() else { return Ok(()) };
        let confidence = self.confidence;
        let means: Vec<Option<Aggregate>> =
            self.columns.iter().map(|values| Aggregate::of(values, confidence)).collect();
        self.columns.iter_mut().for_each(Vec::clear);
        let lines = self.layout.figures.iter().zip(&means);
        let lines = lines.filter_map(|(heading, mean)| {
            let first = [point.point.to_string()].into_iter();
            let values = point.values.iter().map(SweepValue::plain);
            let of = [&heading.cluster, &heading.app, &heading.metric, heading.unit.name()];
            let numbers = numbers(mean.as_ref()?);
            Some(first.chain(values).chain(of.map(str::to_owned)).chain(numbers).collect())
        });
        self.file.put(csv_text(lines).as_bytes())?;
        point.means = self.aggregates.figures.iter().map(|&index| means[index]).collect();
        self.aggregates.points.push(point);
        Ok(())
    }

    pub fn finish(mut self) -> Result<Aggregates, ReportError> {
        self.close()?;
        self.file.finish()?;
        Ok(self.aggregates)
    }
}

/// Runs, mean, half-width, ends of the interval, standard deviation, least and most.
fn numbers(of: &Aggregate) -> [String; 8] {
    let Estimate { mean, half_width, count } = of.estimate;
    let deviation = of.deviation.unwrap_or(f64::NAN);
    let [mean_text, half, lower, upper, deviation, minimum, maximum] =
        [mean, half_width, mean - half_width, mean + half_width, deviation, of.minimum, of.maximum]
            .map(plain);
    [count.to_string(), mean_text, half, lower, upper, deviation, minimum, maximum]
}
