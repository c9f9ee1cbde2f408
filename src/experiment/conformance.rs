//! Conformance: does the simulator give what queueing theory says?
//!
//! A table of reference values, one per row, names systems whose answers are known in closed form.
//! For each system a scenario is written as TOML, read and checked like any other, simulated as a
//! [`World`](crate::world::World), and its summary compared with the table. Nothing is simulated by
//! other means, and no expected value takes part in it: rows are known by model and inputs alone,
//! so a table with other parameters works as well.
//!
//! Rows that come to the same scenario are one system, simulated once. Replications are added until
//! the interval is narrow for the value found; what chance brought in with the jobs is taken off
//! (`control`); a rare event that was never seen is not known well.
//!
//! A row agrees when the simulated value is within 1 % of the expected one or within the half-width
//! of its 99 % confidence interval. What is not random must be exact.

mod availability;
mod control;
mod inputs;
mod loss;
mod metric;
mod networks;
mod processor_sharing;
mod queues;
mod quota;
mod replicate;
mod sections;
mod setup;
mod system;
mod table;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::statistics::Estimate;
use metric::Metric;
use replicate::Plan;
pub use replicate::{Effort, SimulationError};
use system::{Course, System};
pub use table::{Row, TableError, read};

/// Part of the expected value that a simulated one may be off.
const TOLERANCE: f64 = 0.01;
/// Digits of the expected values of the table.
const DIGITS: f64 = 5e-10;

/// A row and what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The row.
    pub row: Row,
    /// The simulated value.
    pub simulated: f64,
    /// Half-width of its 99 % confidence interval; `None` where no chance was involved.
    pub half_width: Option<f64>,
    /// Replications it is the mean of.
    pub replications: usize,
    /// Whether it agrees.
    pub ok: bool,
}

/// Why a row cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum ConformanceError {
    /// Its model or inputs are not understood.
    #[error("line {line}: {model}; {inputs}: {problem}")]
    Unknown {
        /// Line of the table.
        line: u64,
        /// The model.
        model: String,
        /// Its inputs.
        inputs: String,
        /// What is the matter.
        problem: String,
    },
    /// It could not be simulated.
    #[error("line {line}: {model}; {inputs}: {cause}")]
    Simulation {
        /// Line of the table.
        line: u64,
        /// The model.
        model: String,
        /// Its inputs.
        inputs: String,
        /// What went wrong.
        cause: Box<SimulationError>,
    },
}

/// A system and the rows that are about it.
struct Task {
    system: System,
    rows: Vec<(usize, Metric)>,
}

/// Simulates every row. `progress` is told, from any thread, of the share of systems done.
///
/// # Errors
/// When any row is not understood, before anything is simulated; or when one cannot be simulated.
pub fn check(
    rows: &[Row],
    effort: Effort,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Verdict>, ConformanceError> {
    let tasks = tasks(rows)?;
    let done = std::sync::atomic::AtomicUsize::new(0);
    let found: Result<Vec<Vec<(usize, Verdict)>>, ConformanceError> = tasks
        .par_iter()
        .with_max_len(1)
        .map(|task| {
            let verdicts = verdicts(task, rows, effort)?;
            let count = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            progress(count, tasks.len());
            Ok(verdicts)
        })
        .collect();
    let mut all: Vec<_> = found?.into_iter().flatten().collect();
    all.sort_by_key(|(index, _)| *index);
    Ok(all.into_iter().map(|(_, verdict)| verdict).collect())
}

/// The systems of the table; rows that come to the same scenario are one, under whatever name.
fn tasks(rows: &[Row]) -> Result<Vec<Task>, ConformanceError> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let unknown = |problem| ConformanceError::Unknown {
            line: row.line,
            model: row.model.clone(),
            inputs: row.inputs.clone(),
            problem,
        };
        let system = System::recognise(&row.model, &row.inputs).map_err(unknown)?;
        let metric = system.metric(&row.metric).ok_or_else(|| {
            let names: Vec<&str> = system.metrics.iter().map(|(name, _)| name.as_str()).collect();
            unknown(format!("there is no metric `{}`, only {}", row.metric, names.join(", ")))
        })?;
        let key = system.setup.text().to_owned();
        let task = *known.entry(key).or_insert_with(|| {
            tasks.push(Task { system, rows: Vec::new() });
            tasks.len() - 1
        });
        tasks[task].rows.push((index, metric));
    }
    Ok(tasks)
}

fn verdicts(
    task: &Task,
    rows: &[Row],
    effort: Effort,
) -> Result<Vec<(usize, Verdict)>, ConformanceError> {
    let first = &rows[task.rows[0].0];
    let metrics: Vec<Metric> = task.rows.iter().map(|&(_, metric)| metric).collect();
    let estimates = Plan { system: &task.system, metrics: &metrics, effort }.run();
    let estimates = estimates.map_err(|cause| ConformanceError::Simulation {
        line: first.line,
        model: first.model.clone(),
        inputs: first.inputs.clone(),
        cause: Box::new(cause),
    })?;
    let judged = task.rows.iter().zip(estimates).map(|(&(index, metric), estimate)| {
        (index, verdict(&rows[index], metric, task.system.course, estimate))
    });
    Ok(judged.collect())
}

fn verdict(row: &Row, metric: Metric, course: Course, estimate: Estimate) -> Verdict {
    let off = (estimate.mean - row.expected).abs();
    let (half_width, ok) = match course {
        // the digits that the table has; and what ends within a nanosecond is seen at its end
        Course::Once(_) => (None, off <= DIGITS * row.expected.abs() + 1e-9),
        Course::Steady { .. } => {
            let tolerance = TOLERANCE * metric.scale(row.expected);
            (Some(estimate.half_width), off <= tolerance.max(estimate.half_width))
        }
    };
    Verdict {
        row: row.clone(),
        simulated: estimate.mean,
        half_width,
        replications: estimate.count,
        ok,
    }
}
