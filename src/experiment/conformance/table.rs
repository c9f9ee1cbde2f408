//! The table of reference values: one row per value, in a CSV file.
//!
//! Columns `model`, `inputs`, `metric` and `expected` are needed; others, such as `source`, are
//! for the reader.

use std::path::Path;

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Line of the file, for messages.
    pub line: u64,
    /// Name of the system, such as `M/M/c`.
    pub model: String,
    /// Its parameters, such as `lambda=0.5;mu=1;c=1`.
    pub inputs: String,
    /// What of it the value is of, such as `mean_wait`.
    pub metric: String,
    /// The value.
    pub expected: f64,
}

/// Why a table of reference values cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be read, or is not CSV.
    #[error("cannot read `{file}`: {cause}")]
    Unreadable {
        /// The file.
        file: String,
        /// What is wrong with it.
        cause: csv::Error,
    },
    /// A column that is needed is not there.
    #[error("`{file}` has no column `{column}`; it needs model, inputs, metric and expected")]
    NoColumn {
        /// The file.
        file: String,
        /// The column.
        column: &'static str,
    },
    /// A value to compare with is no number.
    #[error("`{file}`, line {line}: the expected value `{text}` is not a number")]
    NoNumber {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// What stands there.
        text: String,
    },
    /// There is nothing to check.
    #[error("`{file}` has no rows")]
    Empty {
        /// The file.
        file: String,
    },
}

/// Reads a table.
///
/// # Errors
/// When the file cannot be read, lacks a column, holds an expected value that is no number, or has no
/// row.
pub fn read(path: &Path) -> Result<Vec<Row>, TableError> {
    let file = || path.display().to_string();
    let unreadable = |cause| TableError::Unreadable { file: file(), cause };
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(unreadable)?;
    let headers = reader.headers().map_err(unreadable)?.clone();
    let column = |name: &'static str| {
        let found = headers.iter().position(|header| header == name);
        found.ok_or_else(|| TableError::NoColumn { file: file(), column: name })
    };
    let (model, inputs) = (column("model")?, column("inputs")?);
    let (metric, expected) = (column("metric")?, column("expected")?);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let number = record[expected].parse().ok().filter(|value: &f64| value.is_finite());
        let expected = number.ok_or_else(|| TableError::NoNumber {
            file: file(),
            line,
            text: record[expected].to_owned(),
        })?;
        rows.push(Row {
            line,
            model: record[model].to_owned(),
            inputs: record[inputs].to_owned(),
            metric: record[metric].to_owned(),
            expected,
        });
    }
    if rows.is_empty() {
        return Err(TableError::Empty { file: file() });
    }
    Ok(rows)
}
