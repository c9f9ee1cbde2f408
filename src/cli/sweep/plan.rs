//! `sweep plan`: which runs a sweep has.

use std::path::PathBuf;

use comfy_table::{Table, presets};

use super::super::{Failure, Format, Outcome, print};
use super::failure;
use crate::experiment::sweep::{Outline, Plan, Run, Shard};
use crate::scenario::{Override, SweepValue};

/// List the runs of a sweep without simulating them.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// The scenario file
    scenario: PathBuf,
    /// Change a value of the scenario before it is varied, for example `--set simulation.seed=7`
    #[arg(long = "set", value_name = "PATH=VALUE")]
    settings: Vec<Override>,
    /// Only every N-th run, beginning with the I-th: the part of one of N machines
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// How the list is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl List {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let plan = Plan::read(&self.scenario, &self.settings).map_err(failure)?.outline;
        let runs: Vec<&Run> = match self.shard {
            Some(shard) => plan.shard(shard).collect(),
            None => plan.runs.iter().collect(),
        };
        print(&match self.format {
            Format::Table => table(&plan, &runs),
            Format::Json => json(&plan, &runs),
            Format::Csv => csv(&plan, &runs),
        })
    }
}

/// A run as a row: point, replication, seed, values, id.
fn row(plan: &Outline, run: &Run) -> Vec<String> {
    let first = [run.point.to_string(), run.replication.to_string(), run.seed.to_string()];
    let values = plan.points[run.point].values.iter().map(SweepValue::plain);
    first.into_iter().chain(values).chain([run.id.to_string()]).collect()
}

fn header(plan: &Outline) -> Vec<String> {
    let first = ["point", "replication", "seed"].map(str::to_owned);
    first.into_iter().chain(plan.parameters.clone()).chain(["id".to_owned()]).collect()
}

fn table(plan: &Outline, runs: &[&Run]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header(plan));
    for run in runs {
        table.add_row(row(plan, run));
    }
    format!("{}\n", table.trim_fmt())
}

fn json(plan: &Outline, runs: &[&Run]) -> String {
    let run_json = |run: &&Run| {
        let values = plan.parameters.iter().zip(&plan.points[run.point].values);
        let values: serde_json::Map<_, _> =
            values.map(|(path, value)| (path.clone(), serde_json::json!(value))).collect();
        serde_json::json!({
            "point": run.point,
            "replication": run.replication,
            "seed": run.seed,
            "values": values,
            "id": run.id.to_string(),
        })
    };
    let runs: Vec<_> = runs.iter().map(run_json).collect();
    let whole =
        serde_json::json!({ "schema_version": 1, "parameters": plan.parameters, "runs": runs });
    format!("{whole:#}\n")
}

fn csv(plan: &Outline, runs: &[&Run]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header(plan)).expect("writing to memory does not fail");
    for run in runs {
        writer.write_record(row(plan, run)).expect("writing to memory does not fail");
    }
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("all fields were text")
}
