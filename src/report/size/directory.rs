//! The folder of a search: `size.json`, `fleets.csv`, the scenario, and the chart of cost and
//! latency.

use std::path::Path;

use super::{Sizing, csv, json, page};
use crate::report::ReportError;
use crate::report::chart::pareto;
use crate::report::directory::write_charts;
use crate::report::folder::Folder;

/// Writes all results of a search into `dir`, which is created where it does not exist; `scenario`
/// is the text of the scenario, as TOML, of the best fleet, or of the scenario as it stands where
/// there is none.
///
/// # Errors
/// When a folder or file cannot be written; files written until then stay.
pub fn write(dir: &Path, sizing: &Sizing, scenario: &str) -> Result<(), ReportError> {
    let folder = Folder::create(dir.to_owned())?;
    folder.file("scenario.toml", scenario)?;
    folder.file("size.json", json(sizing))?;
    folder.file("fleets.csv", csv(sizing))?;
    let charts: Vec<_> = pareto::chart(sizing).into_iter().collect();
    write_charts(&folder, &charts)?;
    folder.file("report.html", page::page(sizing, &charts, scenario).html())
}
