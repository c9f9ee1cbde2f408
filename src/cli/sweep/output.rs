//! What a sweep came to: tables in its folder, and an overview on standard output.

use std::path::Path;

use super::super::{Failure, Format, Outcome, eprint_text, print};
use super::progress::described;
use crate::experiment::sweep::{
    Outline, Results, Selection, Store, gather, summarise, write_outline,
};
use crate::report::folder::Folder;
use crate::report::sweep::Overview;
use crate::report::{self, ReportError};

/// Rows of the table on a terminal.
const ROWS: usize = 40;

/// How results are shown.
pub(super) struct Shown {
    pub format: Format,
    pub quiet: bool,
}

pub(super) fn unwritable(error: &ReportError) -> Failure {
    Failure::Output(format!("error: {error}\n"))
}

/// Writes tables, charts and page of the selected runs into `folder` and prints what is in them.
pub(super) fn conclude(
    outline: &Outline,
    selection: &Selection,
    store: &Store,
    folder: &Folder,
    shown: &Shown,
) -> Result<Outcome, Failure> {
    write_outline(outline, folder).map_err(|error| unwritable(&error))?;
    let results = gather(outline, selection, store, folder).map_err(|error| unwritable(&error))?;
    if selection.missing.is_empty() {
        store.sweep_parts();
    }
    summarise(outline, selection, &results, folder).map_err(|error| unwritable(&error))?;
    match shown.format {
        Format::Table => print(&table(outline, &results))?,
        Format::Json => print(&read(&folder.path().join("sweep.json"))?)?,
        Format::Csv => print(&read(&folder.path().join("aggregate.csv"))?)?,
    };
    if !shown.quiet {
        eprint_text(&format!(
            "{} runs: {}",
            report::quantity::count(selection.len() as u64),
            folder.path().join("results.csv").display()
        ));
    }
    Ok(Outcome::Done)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::Output(format!("error: cannot read {}: {error}\n", path.display()))
    })
}

fn table(outline: &Outline, results: &Results) -> String {
    let overview = Overview::of(&results.layout, &results.aggregates);
    let mut text = report::terminal::overview(&overview, ROWS);
    if let Some(leader) = results.contest.leader() {
        text += &format!("\nBest: {}\n", described(outline, &leader));
    } else if results.contest.goal().is_some() {
        text += "\nNo point met its objectives in all its runs.\n";
    }
    text
}
