//! `sweep merge`: one sweep out of its shards.

use std::path::PathBuf;

use super::super::{Failure, Format, Outcome};
use super::output::{Shown, conclude, unwritable};
use crate::experiment::sweep::{MergeError, Outline, Selection, Store, collect, common_outline};
use crate::report::folder::Folder;

/// Join the parts of a sweep that several machines made.
///
/// The files are the same, byte for byte, as if one machine had made all runs.
#[derive(Debug, clap::Args)]
pub(super) struct Merge {
    /// Folders that `sweep run` wrote into, such as `results/density/sweep`
    #[arg(required = true, value_name = "DIR")]
    parts: Vec<PathBuf>,
    /// Folder of the whole; default: the first of the parts
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Make tables of the runs there are, though some are missing
    #[arg(long)]
    partial: bool,
    /// How the means are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// No notes beside the result
    #[arg(long, short)]
    quiet: bool,
}

impl Merge {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let outline = common_outline(&self.parts).map_err(failure)?;
        let out = self.out.as_ref().unwrap_or(&self.parts[0]);
        let folder = Folder::create(out.clone()).map_err(|error| unwritable(&error))?;
        let store = Store::open(&folder).map_err(|error| unwritable(&error))?;
        collect(&outline, &self.parts, &store).map_err(|error| unwritable(&error))?;
        let selection = Selection::of(&outline, &store);
        if !selection.missing.is_empty() && (!self.partial || selection.is_empty()) {
            return Err(Failure::Input(missing(&outline, &selection)));
        }
        let shown = Shown { format: self.format, quiet: self.quiet };
        conclude(&outline, &selection, &store, &folder, &shown)
    }
}

fn failure(error: MergeError) -> Failure {
    match error {
        MergeError::Report(error) => unwritable(&error),
        error => Failure::Input(format!("error: {error}\n")),
    }
}

/// Which runs are missing, and what to do.
fn missing(outline: &Outline, selection: &Selection) -> String {
    const MOST: usize = 5;
    let first: Vec<_> = selection
        .missing
        .iter()
        .take(MOST)
        .map(|run| format!("  point {}, replication {} ({})", run.point, run.replication, run.id))
        .collect();
    let more = if selection.missing.len() > MOST { "\n  …" } else { "" };
    format!(
        "error: {} runs of {} are missing:\n{}{more}\n\
         run the shards they belong to, or make tables of what there is with `--partial`\n",
        selection.missing.len(),
        outline.scenario,
        first.join("\n")
    )
}
