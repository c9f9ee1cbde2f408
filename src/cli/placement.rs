//! `placement`: items of a table on hosts of a table, or on so many that are alike.

mod columns;
mod described;
mod flags;

use std::path::Path;

use described::Described;
use flags::{Hosts, Items, Rules};

use super::{Failure, Format, Outcome, print};
use crate::experiment::{RunOptions, run};
use crate::metrics::summary::CurvePoint;
use crate::metrics::{Recording, RunResult};
use crate::report;
use crate::scenario::parse;

/// Place the items of a table on hosts, and show what becomes of the fleet.
///
/// Items are virtual machines, containers or pods. Tables are CSV (gz, too) or the first sheet of a
/// workbook (xlsx); `--columns` and `--host-columns` say which column is what, as `KEY=COLUMN`
/// or `KEY=COLUMN:UNIT`. Without them the columns are those of the Alibaba GPU trace of 2023. What
/// the keys and units are: `plimsoll schema --markdown`, `[cluster.replay.items.columns]`.
///
/// Items that have an arrival are replayed. Pods of the GPU trace come in an `--order`, or by
/// chance to a `--load`, as in the FGD experiment (Weng et al., USENIX ATC 2023).
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Placement {
    #[command(flatten)]
    items: Items,
    #[command(flatten)]
    hosts: Hosts,
    #[command(flatten)]
    rules: Rules,
    /// How the result is printed; CSV is what was in use over time, or where all items come at once
    /// what is allocated and what is of no use, by whole percents of the GPUs asked for
    #[arg(long, value_enum, default_value_t, help_heading = "Result")]
    format: Format,
    /// Print what the flags say as a scenario, to keep or to go on from, and place nothing
    #[arg(long, help_heading = "Result")]
    print_scenario: bool,
}

const EXAMPLES: &str = "\
Examples:
  Virtual machines that come and leave, on 1000 hosts, with three policies compared:
    plimsoll placement --pods vms.csv.gz \\
      --columns name=id,cpu=cores,memory=ram_gib:1GiB,arrival=start_s,lifetime=life_s \\
      --hosts 1000 --host-cpu 64 --host-memory 256GiB --policy first-fit,best-fit,worst-fit

  One order of the FGD experiment:
    plimsoll placement --nodes nodes.csv --pods pods.csv --order orders.jsonl.gz --policy FGD";

impl Placement {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let mut described = Described::new(self.rules.seed);
        self.hosts.describe_shape(&self.items, &mut described)?;
        for policy in self.rules.policies(&self.items) {
            self.rules.describe(policy, &self.items, &mut described);
            self.hosts.describe(&mut described)?;
            self.items.describe(&mut described)?;
        }
        if self.print_scenario {
            return print(described.text());
        }
        let loaded = parse(described.text(), "these flags", Path::new(""))
            .map_err(|problems| Failure::Input(described.explain(&problems)))?;
        let options = RunOptions { seed: self.rules.seed, density: false };
        let mut result = run(&loaded.scenario, options, Path::new(""), &())
            .map_err(|error| Failure::Input(format!("error: {error}\n")))?;
        result.scenario = file_stem(self.items.file());
        print(&self.render(&result)?)
    }

    fn render(&self, result: &RunResult) -> Result<String, Failure> {
        Ok(match self.format {
            Format::Table => report::table(result, &report::TerminalOptions::of_stdout()),
            Format::Json => report::json(result),
            Format::Csv => csv(&result.recordings)?,
        })
    }
}

/// What a table is about, by its name.
fn file_stem(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// The way of each policy; where there are several, the first column names them.
fn csv(recordings: &[Recording]) -> Result<String, Failure> {
    if let [alone] = recordings {
        return way(alone);
    }
    let mut all = String::new();
    for recording in recordings {
        let way = way(recording)?;
        let (header, lines) = way.split_once('\n').unwrap_or((&way, ""));
        if all.is_empty() {
            all = format!("policy,{header}\n");
        }
        let name = &recording.summary.cluster;
        all.extend(lines.lines().map(|line| format!("{name},{line}\n")));
    }
    Ok(all)
}

/// By what had been asked for where all came at once, else over time.
fn way(recording: &Recording) -> Result<String, Failure> {
    let placement = recording.summary.placement.as_ref();
    let gpus = placement.filter(|it| it.makespan == 0.0).and_then(|it| it.gpus.as_ref());
    match gpus {
        Some(gpus) => Ok(curve(&gpus.curve)),
        None if recording.series.times.is_empty() => Err(Failure::Input(
            "error: `--format csv`: nothing happens over time, and no host has a GPU\n  \
             help: `--format json` has all figures; `--columns arrival=COLUMN` says when items \
             come\n"
                .to_owned(),
        )),
        None => Ok(report::series_csv(&recording.series)),
    }
}

fn curve(points: &[CurvePoint]) -> String {
    let lines = points.iter().map(|point| {
        format!(
            "{},{:.2},{:.2},{:.2}\n",
            point.arrived_percent,
            point.allocated_percent,
            point.fragments_percent,
            point.fragments_of_free_percent
        )
    });
    let header = "arrived_pct,alloc_pct,frag_pct,frag_ratio_pct\n".to_owned();
    std::iter::once(header).chain(lines).collect()
}
