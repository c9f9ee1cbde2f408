//! Laws: distributions of durations.

use std::path::PathBuf;

use crate::engine::SimDuration;

/// A distribution of durations, written with its name as the key: `{ exponential = { mean = "18ms" } }`.
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// `constant = "18ms"`
    Constant(SimDuration),
    /// `uniform = { min, max }`
    Uniform { min: SimDuration, max: SimDuration },
    /// `exponential = { mean }`
    Exponential { mean: SimDuration },
    /// `erlang = { mean, stages }`: sum of `stages` exponentials; squared coefficient of variation 1 / stages.
    Erlang { mean: SimDuration, stages: u32 },
    /// `hyperexponential = { mean, scv }`: two exponential branches of balanced means; squared
    /// coefficient of variation `scv` > 1.
    Hyperexponential { mean: SimDuration, scv: f64 },
    /// `lognormal = { mean, cv }`: coefficient of variation `cv` (standard deviation / mean).
    Lognormal { mean: SimDuration, cv: f64 },
    /// `pareto = { minimum, shape, maximum }`: truncated at `maximum`, which is required since a shape
    /// of 1 or less has no mean otherwise.
    Pareto {
        minimum: SimDuration,
        shape: f64,
        maximum: SimDuration,
    },
    /// `weibull = { scale, shape }`
    Weibull { scale: SimDuration, shape: f64 },
    /// `empirical = { file, column, unit }`: each value of a column of a CSV file equally likely.
    Empirical(TableColumn),
}

/// A column of durations in a CSV file.
#[derive(Clone, Debug, PartialEq)]
pub struct TableColumn {
    /// Path, relative to the scenario file. `.gz` is read too.
    pub file: PathBuf,
    /// Name of the column.
    pub column: String,
    /// What one unit of the column stands for. Default 1s.
    pub unit: SimDuration,
}
