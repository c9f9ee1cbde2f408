//! The results of a sweep as tables: one row a run (CSV and Parquet), and means with intervals; and
//! as charts and a page.
//!
//! Rows are handed in one by one in the order of the plan, so that a sweep of any length takes no
//! more memory than its widest point; nothing but the rows decides about the bytes.

mod account;
pub mod aggregate;
mod charts;
mod metrics;
pub mod overview;
mod page;
mod parquet;
mod runs;

use super::ReportError;
use super::directory::write_charts;
use super::folder::Folder;
use crate::metrics::figures::Heading;
use crate::scenario::SweepValue;

pub use account::{Account, Best, Target};
pub use aggregate::{Aggregate, Aggregates};
pub use overview::Overview;

/// The columns of the results of a sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// What was varied.
    pub parameters: Vec<Parameter>,
    /// What came of it.
    pub figures: Vec<Heading>,
}

/// A column of values that were set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Path in the scenario.
    pub name: String,
    pub kind: Kind,
}

/// What all values of a parameter are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Whole,
    /// Numbers.
    Number,
    /// `true` or `false`.
    Truth,
    /// Anything else, as text.
    Text,
}

impl Kind {
    /// That of a parameter with these values.
    pub fn of<'a>(values: impl Iterator<Item = &'a SweepValue> + Clone) -> Self {
        let all = |is: fn(&toml::Value) -> bool| values.clone().all(|value| is(&value.0));
        if all(toml::Value::is_integer) {
            Self::Whole
        } else if all(|value| value.is_integer() || value.is_float()) {
            Self::Number
        } else if all(toml::Value::is_bool) {
            Self::Truth
        } else {
            Self::Text
        }
    }
}

/// The results of one run.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub point: usize,
    pub replication: u32,
    pub seed: u64,
    /// What the result is filed under.
    pub id: &'a str,
    /// One for each parameter.
    pub values: &'a [SweepValue],
    /// One for each figure; `None` where the run has none.
    pub figures: &'a [Option<f64>],
}

/// Writes `results.csv`, `results.parquet` and `aggregate.csv` at once.
pub struct Tables<'a> {
    runs: runs::RunsCsv,
    parquet: parquet::RunsParquet<'a>,
    aggregate: aggregate::AggregateCsv<'a>,
}

impl<'a> Tables<'a> {
    /// Begins the files; intervals have this confidence (such as 0.95).
    ///
    /// # Errors
    /// Where a file cannot be made.
    pub fn begin(
        folder: &Folder,
        layout: &'a Layout,
        confidence: f64,
    ) -> Result<Self, ReportError> {
        Ok(Self {
            runs: runs::RunsCsv::begin(folder.begin("results.csv")?, layout)?,
            parquet: parquet::RunsParquet::begin(folder.begin("results.parquet")?, layout)?,
            aggregate: aggregate::AggregateCsv::begin(
                folder.begin("aggregate.csv")?,
                layout,
                confidence,
            )?,
        })
    }

    /// Adds a run. Those of one point come one after another.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn add(&mut self, row: &Row) -> Result<(), ReportError> {
        self.runs.add(row)?;
        self.parquet.add(row)?;
        self.aggregate.add(row)
    }

    /// Puts the files into their places, and gives the means.
    ///
    /// # Errors
    /// Where that fails.
    pub fn finish(self) -> Result<Aggregates, ReportError> {
        self.runs.finish()?;
        self.parquet.finish()?;
        self.aggregate.finish()
    }
}

/// Writes the charts of a sweep and `report.html`.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(account: &Account, folder: &Folder) -> Result<(), ReportError> {
    let (charts, more) = charts::charts(account);
    write_charts(&folder.folder("charts")?, &charts)?;
    folder.file("report.html", page::page(account, charts, more).html())
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
