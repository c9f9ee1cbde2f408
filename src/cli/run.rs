//! `run`: simulate a scenario.

use std::path::PathBuf;
use std::time::Instant;

use super::progress::Bars;
use super::scenario::Source;
use super::{Failure, Format, Outcome, eprint_text, print};
use crate::experiment::{self, Progress, RunOptions};
use crate::metrics::{RunResult, Speed};
use crate::report;

/// Simulate all clusters of a scenario and compare them.
#[derive(Debug, clap::Args)]
pub(super) struct Run {
    #[command(flatten)]
    source: Source,
    /// Folder that results are written into, in a folder of their own
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// How the comparison is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// No progress, and no notes beside the result
    #[arg(long, short)]
    quiet: bool,
    /// Leave out the charts and the page: figures alone are written
    #[arg(long)]
    no_report: bool,
    /// Only print the comparison: no files
    #[arg(long)]
    no_files: bool,
    /// Leave out the search for the density
    #[arg(long)]
    no_density: bool,
}

impl Run {
    #[expect(clippy::disallowed_methods, reason = "how long a run takes is told to its user")]
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let loaded = self.source.load()?;
        let scenario = &loaded.scenario;
        let seed = scenario.simulation.seed;
        let bars = (!self.quiet).then(|| Bars::new(scenario));
        let progress: &dyn Progress = match &bars {
            Some(bars) => bars,
            None => &(),
        };
        let started = Instant::now();
        let options = RunOptions { seed, density: !self.no_density };
        let folder = self.out.join(&scenario.simulation.name).join(run_name(scenario, seed));
        let result = experiment::run(scenario, options, &folder, progress)
            .map_err(|error| Failure::Input(format!("error: {error}\n")))?;
        let speed = speed(&result, started.elapsed().as_secs_f64());
        if let Some(bars) = &bars {
            bars.finish();
        }
        if !self.no_files {
            let options = report::WriteOptions { report: !self.no_report, speed: Some(speed) };
            report::write(&folder, &result, &options)
                .map_err(|error| Failure::Output(format!("error: {error}\n")))?;
        }
        print(&self.render(&result))?;
        if !self.quiet {
            self.close(&folder, &speed);
        }
        Ok(verdict(&result))
    }

    fn render(&self, result: &RunResult) -> String {
        match self.format {
            Format::Table => report::table(result, &report::TerminalOptions::of_stdout()),
            Format::Json => report::json(result),
            Format::Csv => report::csv(result),
        }
    }

    fn close(&self, folder: &std::path::Path, speed: &Speed) {
        eprint_text(&report::speed(speed));
        if self.no_files {
            return;
        }
        eprint_text(&match self.no_report {
            true => format!("Results: {}", folder.display()),
            false => format!("Report: {}", folder.join("report.html").display()),
        });
    }
}

fn speed(result: &RunResult, wall_seconds: f64) -> Speed {
    Speed {
        wall_seconds,
        events: result.recordings.iter().map(|recording| recording.events).sum(),
        requests: result.recordings.iter().map(|recording| recording.requests).sum(),
    }
}

/// Whether every objective was met everywhere.
fn verdict(result: &RunResult) -> Outcome {
    let apps = result.recordings.iter().flat_map(|recording| &recording.summary.apps);
    let missed = apps.flat_map(|app| &app.objectives).any(|objective| !objective.met);
    if missed { Outcome::No } else { Outcome::Done }
}

/// Name of the folder of a run: the seed, and a digest of the scenario, so that other scenarios of
/// the same name do not overwrite it and the same run does.
fn run_name(scenario: &crate::scenario::Scenario, seed: u64) -> String {
    let text = scenario.to_toml(std::path::Path::new("")).unwrap_or_default();
    format!("seed{seed}-{:08x}", digest(&text))
}

/// A short digest of a text, for names of folders: FNV-1a, folded.
pub(super) fn digest(text: &str) -> u32 {
    let digest = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    digest as u32 ^ (digest >> 32) as u32
}
