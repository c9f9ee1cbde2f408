//! `sweep run`: make the runs of a sweep, or those of one shard.

use std::path::PathBuf;
use std::process;
use std::sync::Arc;

use super::super::{Failure, Format, Outcome, eprint_text};
use super::failure;
use super::output::{Shown, conclude, unwritable};
use super::progress::Bar;
use crate::experiment::sweep::{
    FailedRun, Outline, Plan, Selection, Shard, Store, SweepError, execute, write_outline,
};
use crate::report::folder::Folder;
use crate::scenario::Override;

/// Simulate all runs of a sweep, on all cores.
///
/// Every finished run is kept at once. A sweep that was stopped, by Ctrl-C or otherwise, goes on
/// where it was when it is run again; runs that were made before, by an earlier or smaller sweep,
/// are not made again.
#[derive(Debug, clap::Args)]
pub(super) struct Make {
    /// The scenario file
    scenario: PathBuf,
    /// Change a value of the scenario before it is varied, for example `--set simulation.seed=7`
    #[arg(long = "set", value_name = "PATH=VALUE")]
    settings: Vec<Override>,
    /// Only the part of one of N machines; `sweep merge` joins the parts
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Folder that results are written into, in a folder of their own
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Threads; default: one for each core
    #[arg(long, short, value_name = "N")]
    jobs: Option<usize>,
    /// How the means are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// No progress, and no notes beside the result
    #[arg(long, short)]
    quiet: bool,
}

impl Make {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        if let Some(jobs) = self.jobs {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
            let pool = pool.map_err(|error| Failure::Input(format!("error: --jobs: {error}\n")))?;
            return pool.install(|| self.make());
        }
        self.make()
    }

    fn make(&self) -> Result<Outcome, Failure> {
        let plan = Plan::read(&self.scenario, &self.settings).map_err(failure)?;
        let outline = &plan.outline;
        let folder = self.folder(outline).map_err(|error| unwritable(&error))?;
        let store = Store::open(&folder).map_err(|error| unwritable(&error))?;
        write_outline(outline, &folder).map_err(|error| unwritable(&error))?;
        let bar = Arc::new(Bar::new(outline, self.quiet));
        stop_with_a_word(&bar);
        let failed = execute(&plan, &store, self.shard, &*bar);
        bar.finish();
        let failed = failed.map_err(|error| match error {
            SweepError::Report(error) => unwritable(&error),
            error @ SweepError::NoSuchFigure { .. } => Failure::Input(format!("error: {error}\n")),
        })?;
        if !self.quiet {
            self.tell(&bar);
        }
        let selection = Selection::of(outline, &store);
        if !failed.is_empty() {
            return Err(Failure::Input(lost(outline, &failed)));
        }
        if selection.missing.is_empty() {
            let shown = Shown { format: self.format, quiet: self.quiet };
            return conclude(outline, &selection, &store, &folder, &shown);
        }
        if !self.quiet {
            let command = format!("plimsoll sweep merge {}", folder.path().display());
            eprint_text(&format!(
                "The other shards have {} runs; when they are done, join all: {command} …",
                selection.missing.len()
            ));
        }
        Ok(Outcome::Done)
    }

    fn folder(&self, outline: &Outline) -> Result<Folder, crate::report::ReportError> {
        Folder::create(self.out.join(&outline.scenario).join("sweep"))
    }

    fn tell(&self, bar: &Bar) {
        let (done, before) = bar.done();
        let shard = self.shard.map_or(String::new(), |shard| format!("Shard {shard}: "));
        let kept = match before {
            0 => String::new(),
            before => format!(", {before} of them before"),
        };
        eprint_text(&format!("{shard}{done} runs are done{kept}."));
    }
}

/// On Ctrl-C the process ends at once: what is done is kept.
fn stop_with_a_word(bar: &Arc<Bar>) {
    let bar = Arc::clone(bar);
    // only one handler can be set, and this is the only place that sets one
    let _ = ctrlc::set_handler(move || {
        bar.finish();
        let (done, _) = bar.done();
        eprint_text(&format!(
            "Stopped. {done} of {} runs are done and kept; the same command goes on from there.",
            bar.due()
        ));
        process::exit(130);
    });
}

/// Says which runs came to nothing; those that did are kept.
fn lost(outline: &Outline, failed: &[FailedRun]) -> String {
    const MOST: usize = 5;
    let mut text = format!("error: {} runs came to nothing; the others are kept\n", failed.len());
    for FailedRun { run, reason } in failed.iter().take(MOST) {
        let values = outline.parameters.iter().zip(&outline.points[run.point].values);
        let values: String =
            values.map(|(path, value)| format!(" {path}={}", value.plain())).collect();
        text += &format!("  point {} ({}seed {}): {reason}\n", run.point, space(&values), run.seed);
    }
    text
}

fn space(values: &str) -> String {
    if values.is_empty() { String::new() } else { format!("{}, ", values.trim_start()) }
}
