//! `sweep plan`: which runs a sweep has.

use std::path::PathBuf;

use comfy_table::{Table, presets};

use super::{Failure, Format, Outcome, colour_on_stderr, print};
use crate::experiment::sweep::{Plan, PlanError, Run, Shard};
use crate::scenario::{Override, SweepValue};

/// Vary the values of a scenario, as its `[sweep]` says.
#[derive(Debug, clap::Args)]
pub(super) struct Sweep {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the runs of a sweep without simulating them: values, seed, and the id of the result
    Plan(List),
}

/// List the runs of a sweep without simulating them.
#[derive(Debug, clap::Args)]
struct List {
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

impl Sweep {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let Action::Plan(list) = &self.action;
        list.execute()
    }
}

impl List {
    fn execute(&self) -> Result<Outcome, Failure> {
        let plan = Plan::read(&self.scenario, &self.settings).map_err(failure)?;
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

fn failure(error: PlanError) -> Failure {
    Failure::Input(match error {
        PlanError::Scenario(problems) => problems.render(colour_on_stderr()),
        other => format!("error: {other}\n"),
    })
}

/// A run as a row: point, replication, seed, values, id.
fn row(plan: &Plan, run: &Run) -> Vec<String> {
    let first = [run.point.to_string(), run.replication.to_string(), run.seed.to_string()];
    let values = plan.points[run.point].values.iter().map(plain);
    first.into_iter().chain(values).chain([run.id.to_string()]).collect()
}

fn header(plan: &Plan) -> Vec<String> {
    let first = ["point", "replication", "seed"].map(str::to_owned);
    first.into_iter().chain(plan.parameters.clone()).chain(["id".to_owned()]).collect()
}

/// Text without its quotes; anything else as TOML.
fn plain(value: &SweepValue) -> String {
    match value.0.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}

fn table(plan: &Plan, runs: &[&Run]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header(plan));
    for run in runs {
        table.add_row(row(plan, run));
    }
    format!("{}\n", table.trim_fmt())
}

fn json(plan: &Plan, runs: &[&Run]) -> String {
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

fn csv(plan: &Plan, runs: &[&Run]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header(plan)).expect("writing to memory does not fail");
    for run in runs {
        writer.write_record(row(plan, run)).expect("writing to memory does not fail");
    }
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("all fields were text")
}
