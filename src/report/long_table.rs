//! `--format csv`: one figure a line (`cluster,app,metric,unit,value`), which spreadsheets pivot
//! and data frames read without knowing the run.

use super::csv_text::{csv_text, plain};
use crate::metrics::RunResult;
use crate::metrics::figures::figures;

/// The run in long form. Figures that do not exist have no line.
pub fn csv(result: &RunResult) -> String {
    let header = ["cluster", "app", "metric", "unit", "value"].map(String::from);
    let lines = figures(result).into_iter().map(|figure| {
        let (of, value) = (figure.heading, plain(figure.value));
        vec![of.cluster, of.app, of.metric, of.unit.name().to_owned(), value]
    });
    csv_text(std::iter::once(header.to_vec()).chain(lines))
}
