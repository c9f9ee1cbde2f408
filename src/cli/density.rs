//! `density`: how many replicas fit on one host while the objective holds.

use comfy_table::{Table, presets};

use super::progress::Bars;
use super::scenario::Source;
use super::{Failure, Format, Outcome, print};
use crate::experiment::Progress;
use crate::experiment::density::{self, Found};
use crate::metrics::summary::DensitySummary;
use crate::report::quantity;
use crate::scenario::Scenario;
use rayon::prelude::*;

/// Find how many replicas one host carries while the objective holds, per cluster.
#[derive(Debug, clap::Args)]
pub(super) struct Density {
    #[command(flatten)]
    source: Source,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// No progress
    #[arg(long, short)]
    quiet: bool,
    /// Print every probe of the search
    #[arg(long)]
    probes: bool,
}

/// The answer for one cluster.
struct Answer {
    cluster: String,
    density: DensitySummary,
}

impl Density {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let loaded = self.source.load()?;
        let scenario = &loaded.scenario;
        if scenario.apps.is_empty() {
            let name = loaded.name;
            return Err(Failure::Input(format!(
                "error: {name} has no `[[app]]`, so there are no replicas to pack\n"
            )));
        }
        let answers = self.search(scenario)?;
        print(&self.render(&answers))?;
        let none = answers.iter().any(|answer| answer.density.replicas_per_host == 0);
        Ok(if none { Outcome::No } else { Outcome::Done })
    }

    fn search(&self, scenario: &Scenario) -> Result<Vec<Answer>, Failure> {
        let bars = (!self.quiet).then(|| Bars::new(scenario));
        let progress: &dyn Progress = match &bars {
            Some(bars) => bars,
            None => &(),
        };
        let asked = scenario.density.clone();
        let settings = asked.unwrap_or_default();
        let seed = scenario.simulation.seed;
        let found: Result<Vec<Found>, _> = (0..scenario.clusters.len())
            .into_par_iter()
            .map(|index| {
                let cluster = &scenario.clusters[index];
                density::search(scenario, cluster, &settings, seed, &|share, replicas| {
                    progress.at(index, share, &format!("{replicas} replicas on one host"));
                })
            })
            .collect();
        if let Some(bars) = &bars {
            bars.finish();
        }
        let found = found.map_err(|error| Failure::Input(format!("error: {error}\n")))?;
        let named = scenario.clusters.iter().zip(found);
        Ok(named
            .map(|(cluster, found)| Answer {
                cluster: cluster.name.clone(),
                density: found.summary,
            })
            .collect())
    }

    fn render(&self, answers: &[Answer]) -> String {
        match self.format {
            Format::Table => self.table(answers),
            Format::Json => json(answers),
            Format::Csv => csv(answers),
        }
    }

    fn table(&self, answers: &[Answer]) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["cluster", "app", "replicas per host", "hosts needed", "limited by"]);
        for Answer { cluster, density } in answers {
            table.add_row([
                cluster.clone(),
                density.app.clone(),
                density.replicas_per_host.to_string(),
                density.hosts_needed.map_or("-".to_owned(), |hosts| hosts.to_string()),
                density.limited_by.clone(),
            ]);
        }
        let mut text = format!("{}\n", table.trim_fmt());
        if self.probes {
            for answer in answers {
                text += &probes(answer);
            }
        }
        text
    }
}

fn probes(answer: &Answer) -> String {
    let mut text = format!("\n{}\n", answer.cluster);
    for probe in &answer.density.probes {
        let p99 = probe.p99.map_or("-".to_owned(), quantity::duration);
        let verdict = if probe.met { "met" } else { "missed" };
        let placed = if probe.placed { "" } else { ", not all placed" };
        text += &format!(
            "  {:>6} replicas  p99 {p99:>9}  CPU {:>7}  {verdict}{placed}\n",
            probe.replicas,
            quantity::percent(probe.cpu_utilisation),
        );
    }
    text
}

fn json(answers: &[Answer]) -> String {
    let clusters: Vec<_> = answers
        .iter()
        .map(|answer| serde_json::json!({ "cluster": answer.cluster, "density": answer.density }))
        .collect();
    let whole = serde_json::json!({ "schema_version": 1, "clusters": clusters });
    format!("{whole:#}\n")
}

fn csv(answers: &[Answer]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["cluster", "app", "replicas", "placed", "p99_s", "cpu_utilisation", "met"];
    writer.write_record(header).expect("writing to memory does not fail");
    for Answer { cluster, density } in answers {
        for probe in &density.probes {
            let row = [
                cluster.clone(),
                density.app.clone(),
                probe.replicas.to_string(),
                probe.placed.to_string(),
                probe.p99.map_or(String::new(), |p99| p99.to_string()),
                probe.cpu_utilisation.to_string(),
                probe.met.to_string(),
            ];
            writer.write_record(row).expect("writing to memory does not fail");
        }
    }
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("all fields were text")
}
