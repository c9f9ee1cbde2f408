//! The results of a sweep: `results.csv` with one run a line, and `sweep.json`, which says what its
//! columns are.

use std::path::Path;

use serde::Deserialize;

use super::{Contents, FolderError, TABLE, read_text};
use crate::experiment::compare::{Key, Observation};
use crate::metrics::figures::{Figure, Heading};

const LAYOUT: &str = "sweep.json";

/// What `sweep.json` says of the columns.
#[derive(Debug, Deserialize)]
struct Layout {
    scenario: String,
    parameters: Vec<String>,
    figures: Vec<Column>,
}

/// A column of figures.
#[derive(Debug, Deserialize)]
struct Column {
    column: String,
    #[serde(flatten)]
    heading: Heading,
}

/// Reads the results of a sweep.
///
/// # Errors
/// Where one of the two files is missing or not what it should be.
pub(super) fn read(folder: &Path) -> Result<Contents, FolderError> {
    let path = folder.join(LAYOUT);
    let layout: Layout = serde_json::from_str(&read_text(&path)?)
        .map_err(|error| FolderError::Malformed { path, why: error.to_string() })?;
    Ok(Contents {
        scenario: layout.scenario,
        runs: runs(&folder.join(TABLE), &layout.parameters, &layout.figures)?,
        parameters: layout.parameters,
    })
}

fn runs(
    path: &Path,
    parameters: &[String],
    figures: &[Column],
) -> Result<Vec<Observation>, FolderError> {
    let malformed = |why: String| FolderError::Malformed { path: path.to_owned(), why };
    let text = read_text(path)?;
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let header = table.headers().map_err(|error| malformed(error.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|column| column == name);
    let needed = |name: &str| column(name).ok_or_else(|| malformed(format!("no column `{name}`")));
    let seed = needed("seed")?;
    let parameters: Vec<usize> =
        parameters.iter().map(|name| needed(name)).collect::<Result<_, _>>()?;
    let figures: Vec<(usize, &Heading)> = figures
        .iter()
        .map(|Column { column, heading }| Ok((needed(column)?, heading)))
        .collect::<Result<_, FolderError>>()?;
    let mut runs = Vec::new();
    for row in table.records() {
        let row = row.map_err(|error| malformed(error.to_string()))?;
        let line = row.position().map_or(0, csv::Position::line);
        let number = |text: &str| {
            let wrong = || malformed(format!("line {line}: `{text}` is not a number"));
            text.parse::<f64>().map_err(|_| wrong())
        };
        let field = |column: usize| row.get(column).unwrap_or_default();
        let wrong = |_| malformed(format!("line {line}: `{}` is not a seed", field(seed)));
        let key = Key {
            seed: field(seed).parse().map_err(wrong)?,
            values: parameters.iter().map(|column| field(*column).to_owned()).collect(),
        };
        let present = figures.iter().filter(|(column, _)| !field(*column).is_empty());
        let read = present.map(|(column, heading)| {
            let value = number(field(*column))?;
            Ok(Figure { heading: (*heading).clone(), value })
        });
        runs.push(Observation { key, figures: read.collect::<Result<_, FolderError>>()? });
    }
    Ok(runs)
}
