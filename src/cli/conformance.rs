//! `conformance`: does the simulator give what theory says, or decide as the real system did?

mod goldens;

use std::path::PathBuf;

use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Failure, Format, Outcome, eprint_text, print};
use crate::experiment::conformance::{self, Effort, Verdict};

/// Compare simulations with values known in closed form, or decisions with those of Kubernetes.
///
/// A FILE is a table of queueing theory. Every row of it is simulated; it agrees when the simulated
/// value is within 1 % of the expected one or within the half-width of its 99 % confidence
/// interval.
///
/// A DIR holds recorded decisions of the real Kubernetes, `NAME.case.json` with `NAME.result.json`
/// beside it. Every case is decided again; an attempt agrees when all that was recorded is the
/// same.
///
/// Exit status 1 unless all agree.
#[derive(Debug, clap::Args)]
pub(super) struct Conformance {
    /// CSV file with the columns model, inputs, metric and expected; or a folder of recorded cases
    #[arg(value_name = "FILE|DIR")]
    table: PathBuf,
    /// Seed of all random streams
    #[arg(long, value_name = "N", default_value_t = Effort::default().seed)]
    seed: u64,
    /// Jobs (requests, VMs, failures) simulated for each system at most, as long as that is enough
    /// for 40 short replications
    #[arg(long, value_name = "N", default_value_t = Effort::default().jobs)]
    jobs: u64,
    /// How the rows are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// No progress
    #[arg(long, short)]
    quiet: bool,
}

impl Conformance {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        if self.table.is_dir() {
            return goldens::execute(self);
        }
        let input = |text: String| Failure::Input(format!("error: {text}\n"));
        let name = self.table.display();
        let rows = conformance::read(&self.table).map_err(|error| input(error.to_string()))?;
        let bar = self.bar("systems");
        let effort = Effort { seed: self.seed, jobs: self.jobs };
        let verdicts = conformance::check(&rows, effort, &|done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        let verdicts = verdicts.map_err(|error| input(format!("`{name}`, {error}")))?;
        let agree = verdicts.iter().filter(|verdict| verdict.ok).count();
        let share = 100.0 * agree as f64 / verdicts.len() as f64;
        let last = format!("conformance: {agree} of {} rows agree ({share:.4}%)", verdicts.len());
        let last = last.replace(".0000%", "%");
        match self.format {
            Format::Table => print(&format!("{}\n{last}\n", table(&verdicts)))?,
            Format::Json => print(&json(&verdicts, agree))?,
            Format::Csv => print(&csv(&verdicts))?,
        };
        if self.format != Format::Table && !self.quiet {
            eprint_text(&last);
        }
        Ok(if agree == verdicts.len() { Outcome::Done } else { Outcome::No })
    }

    /// Progress on standard error: how many of them are done.
    fn bar(&self, of: &str) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template(&format!(
            "{{bar:30}} {{pos}} of {{len}} {of}  {{elapsed}}"
        ));
        let style = style.expect("the template is a constant").progress_chars("━━─");
        ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style)
    }
}

const COLUMNS: [&str; 7] =
    ["model", "inputs", "metric", "expected", "simulated", "half-width (99 %)", "ok"];

fn table(verdicts: &[Verdict]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(COLUMNS);
    for verdict in verdicts {
        let row = &verdict.row;
        table.add_row([
            row.model.clone(),
            row.inputs.clone(),
            row.metric.clone(),
            digits(row.expected, 10),
            simulated(verdict),
            verdict.half_width.map_or("exact".to_owned(), |width| digits(width, 2)),
            if verdict.ok { "yes" } else { "NO" }.to_owned(),
        ]);
    }
    for column in 3..6 {
        let column = table.column_mut(column).expect("the table has these columns");
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

fn simulated(verdict: &Verdict) -> String {
    let count = if verdict.half_width.is_some() { 6 } else { 10 };
    digits(verdict.simulated, count)
}

/// A number with so many significant digits, without zeros at the end.
fn digits(value: f64, count: usize) -> String {
    let text = format!("{value:.*e}", count - 1);
    let rounded: f64 = text.parse().expect("what was written is a number");
    if rounded != 0.0 && rounded.abs() < 1e-3 {
        format!("{rounded:e}")
    } else {
        rounded.to_string()
    }
}

fn json(verdicts: &[Verdict], agree: usize) -> String {
    let rows: Vec<_> = verdicts
        .iter()
        .map(|verdict| {
            serde_json::json!({
                "model": verdict.row.model,
                "inputs": verdict.row.inputs,
                "metric": verdict.row.metric,
                "expected": verdict.row.expected,
                "simulated": verdict.simulated,
                "half_width": verdict.half_width,
                "replications": verdict.replications,
                "ok": verdict.ok,
            })
        })
        .collect();
    let whole = serde_json::json!({
        "schema_version": 1,
        "agree": agree,
        "of": verdicts.len(),
        "rows": rows,
    });
    format!("{whole:#}\n")
}

fn csv(verdicts: &[Verdict]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["model", "inputs", "metric", "expected", "simulated", "half_width", "ok"];
    writer.write_record(header).expect("writing to memory does not fail");
    for verdict in verdicts {
        let row = &verdict.row;
        let fields = [
            row.model.clone(),
            row.inputs.clone(),
            row.metric.clone(),
            row.expected.to_string(),
            verdict.simulated.to_string(),
            verdict.half_width.map_or(String::new(), |width| width.to_string()),
            verdict.ok.to_string(),
        ];
        writer.write_record(fields).expect("writing to memory does not fail");
    }
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("all fields were text")
}
