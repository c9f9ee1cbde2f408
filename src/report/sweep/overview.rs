//! The results of a sweep at a glance: a row for each point, cluster and app, with the figures that
//! differ.

use super::{Aggregate, Aggregates, Layout};
use crate::metrics::figures::Heading;
use crate::report::quantity::{NOTHING, Quantity, count};
use crate::scenario::SweepValue;

/// Figures worth a column, and their titles.
const COLUMNS: [(&str, &str); 25] = [
    ("density", "replicas per host"),
    ("slo_met", "SLO met"),
    ("latency_p50", "p50"),
    ("latency_p99", "p99"),
    ("success_ratio", "success"),
    ("availability", "availability"),
    ("replicas_ready", "replicas ready"),
    ("turnaround_mean", "turnaround"),
    ("cpu_ready", "CPU ready"),
    ("hosts_used", "hosts"),
    ("cost_per_hour", "cost per hour"),
    ("hosts_max", "hosts, most"),
    ("host_hours", "host-hours"),
    ("cost", "cost"),
    ("items_rejected_share", "turned away"),
    ("items_lost", "lost"),
    ("drain_time_mean", "drained within"),
    ("memory_stranded", "memory stranded"),
    ("gpu_fragments", "GPUs of no use"),
    // GPUs allocated when so many had been asked for
    ("gpus_allocated_at_80", "GPUs at 80 %"),
    ("gpus_allocated_at_90", "GPUs at 90 %"),
    ("gpus_allocated_at_95", "GPUs at 95 %"),
    ("gpus_allocated_at_100", "GPUs at 100 %"),
    ("gpus_allocated_at_110", "GPUs at 110 %"),
    ("gpus_allocated_at_130", "GPUs at 130 %"),
];
/// Columns that are shown even where all rows are alike.
const ALWAYS: [&str; 2] = ["slo_met", "latency_p99"];

/// A table for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    pub columns: Vec<Column>,
    pub rows: Vec<Line>,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub title: String,
    /// Whether it holds figures.
    pub numeric: bool,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub point: usize,
    pub cluster: String,
    pub app: String,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// A cell, as it is read and as it is sorted by.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub text: String,
    pub value: Option<f64>,
}

impl Overview {
    /// That of the results.
    pub fn of(layout: &Layout, aggregates: &Aggregates) -> Self {
        let subjects = subjects(layout, aggregates);
        let mut overview = Self::default();
        for point in &aggregates.points {
            overview.rows.extend(subjects.iter().map(|(cluster, app)| Line {
                point: point.point,
                cluster: cluster.clone(),
                app: app.clone(),
                cells: Vec::new(),
            }));
        }
        overview.settings(layout, aggregates, &subjects);
        for (metric, title) in COLUMNS {
            overview.figures(layout, aggregates, &subjects, metric, title);
        }
        overview
    }

    /// What was varied, whose rows these are, and how many runs they are of.
    fn settings(
        &mut self,
        layout: &Layout,
        aggregates: &Aggregates,
        subjects: &[(String, String)],
    ) {
        let each = subjects.len();
        for (index, parameter) in layout.parameters.iter().enumerate() {
            let values = aggregates.points.iter().map(|point| &point.values[index]);
            let names = SweepValue::names(values);
            let cell = |row: usize| {
                let value = &aggregates.points[row / each].values[index].0;
                let number = value.as_float().or(value.as_integer().map(|whole| whole as f64));
                Cell { text: names[row / each].clone(), value: number }
            };
            self.column(&parameter.name, false, false, cell);
        }
        let text = |text: &String| Cell { text: text.clone(), value: None };
        self.column("cluster", false, false, |row| text(&subjects[row % each].0));
        self.column("app", false, false, |row| text(&subjects[row % each].1));
        self.column("runs", true, true, |row| {
            let runs = aggregates.points[row / each].runs as u64;
            Cell { text: count(runs), value: Some(runs as f64) }
        });
    }

    fn figures(
        &mut self,
        layout: &Layout,
        aggregates: &Aggregates,
        subjects: &[(String, String)],
        metric: &str,
        title: &str,
    ) {
        let heading = |place: usize| &layout.figures[aggregates.figures[place]];
        let of = |cluster: &str, app: &str| {
            (0..aggregates.figures.len()).find(|&place| {
                let Heading { cluster: its, app: whose, metric: name, .. } = heading(place);
                name == metric && its == cluster && (whose == app || whose.is_empty())
            })
        };
        let places: Vec<_> = subjects.iter().map(|(cluster, app)| of(cluster, app)).collect();
        if places.iter().all(Option::is_none) {
            return;
        }
        self.column(title, true, ALWAYS.contains(&metric), |row| {
            let place = places[row % subjects.len()];
            let mean = place.and_then(|place| {
                let mean = aggregates.points[row / subjects.len()].means[place]?;
                Some((heading(place), mean))
            });
            mean.map_or(Cell { text: NOTHING.into(), value: None }, |(heading, mean)| Cell {
                text: with_interval(heading, &mean),
                value: Some(mean.estimate.mean),
            })
        });
    }

    /// Adds a column, unless all rows are alike.
    fn column(&mut self, title: &str, numeric: bool, always: bool, cell: impl Fn(usize) -> Cell) {
        let cells: Vec<Cell> = (0..self.rows.len()).map(cell).collect();
        let differ = cells.windows(2).any(|pair| pair[0] != pair[1]);
        if !differ && !always {
            return;
        }
        self.columns.push(Column { title: title.to_owned(), numeric });
        for (row, cell) in self.rows.iter_mut().zip(cells) {
            row.cells.push(cell);
        }
    }
}

/// Whose figures there are: cluster and app, or a cluster without any.
fn subjects(layout: &Layout, aggregates: &Aggregates) -> Vec<(String, String)> {
    let mut subjects: Vec<(String, String)> = Vec::new();
    for heading in aggregates.figures.iter().map(|&index| &layout.figures[index]) {
        let subject = (heading.cluster.clone(), heading.app.clone());
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let has_apps: Vec<_> =
        subjects.iter().filter(|(_, app)| !app.is_empty()).map(|(name, _)| name.clone()).collect();
    subjects.retain(|(cluster, app)| !app.is_empty() || !has_apps.contains(cluster));
    subjects
}

/// `104 ms ± 1.20 ms`; the mean alone where all runs agree or there is one only.
pub fn with_interval(heading: &Heading, of: &Aggregate) -> String {
    let show = |value| Quantity::from(heading.unit).show(value);
    let mean = show(of.estimate.mean);
    match of.estimate.half_width {
        // a share of runs is no mean of a law that is near a normal one
        half if half.is_finite() && half > 0.0 && heading.metric != "slo_met" => {
            format!("{mean} ± {}", show(half))
        }
        _ => mean,
    }
}
