//! `compare`: whether variants, clusters or two folders of results differ, beyond what is luck.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Failure, Format, Outcome, colour_on_stderr, eprint_text, print};
use crate::experiment::Origin;
use crate::experiment::compare::{
    self, Condition, Question, Replications, Samples, ScenarioError, Selection,
};
use crate::report::TerminalOptions;
use crate::report::difference::{Comparison, files, terminal};
use crate::scenario::Override;
use crate::units::Fraction;

/// Compare variants, clusters or two folders of results, with confidence intervals
///
/// A scenario with `[[variant]]`s is run as it stands, called `base`, and with each of them; one
/// without has its clusters compared with the first. All are run under the same seeds, and every
/// figure is compared pair by pair. Two folders of results (of runs or sweeps) are paired by seed
/// and parameters; the first is the baseline.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Compare {
    /// A scenario file, or two folders of results
    #[arg(value_name = "FILE | FOLDER FOLDER", required = true, num_args = 1..=2)]
    inputs: Vec<PathBuf>,
    /// What the others are compared with: `base`, a variant, a cluster or a folder
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// Runs of each variant, each under a seed of its own
    #[arg(long, value_name = "N", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    replications: u32,
    /// Of intervals and verdicts
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = confidence)]
    confidence: Fraction,
    /// Compare these figures instead of the usual ones: `p99,web.throughput,cost_per_hour`
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with = "all_metrics")]
    metrics: Vec<String>,
    /// Compare all figures; the more there are, the larger a difference must be to be shown
    #[arg(long)]
    all_metrics: bool,
    /// Exit with status 1 if this is shown: `p99 > +5%`, `web.p99 > +20ms`, `cost_per_hour > $2`
    #[arg(long, value_name = "CONDITION")]
    fail_on: Vec<String>,
    /// Exit with status 1 also where a condition is undecided
    #[arg(long)]
    strict: bool,
    /// Change a value of the scenario, for example `--set app.web.replicas=12`
    #[arg(long = "set", value_name = "PATH=VALUE")]
    settings: Vec<Override>,
    /// Seed of the first replication, instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Folder that results are written into, in a folder of their own
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// How the comparison is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// No progress, and no notes beside the result
    #[arg(long, short)]
    quiet: bool,
    /// Only print the comparison: no files
    #[arg(long, alias = "no-report")]
    no_files: bool,
    /// Leave out the search for the density
    #[arg(long)]
    no_density: bool,
}

fn confidence(text: &str) -> Result<Fraction, String> {
    match text.parse::<Fraction>() {
        Ok(share) if (0.5..=0.9999).contains(&share.0) => Ok(share),
        Ok(_) => Err("a confidence is from 50% to 99.99%; 95% and 99% are usual".into()),
        Err(error) => Err(error.to_string()),
    }
}

impl Compare {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let question = self.question()?;
        let samples = self.samples(&question)?;
        let comparison = compare::between(&samples, &question).map_err(input)?;
        let folder = if self.no_files {
            None
        } else {
            let written = files::write(&self.out, &comparison);
            Some(written.map_err(|error| Failure::Output(format!("error: {error}\n")))?)
        };
        print(&self.render(&comparison))?;
        if let Some(folder) = folder.filter(|_| !self.quiet) {
            eprint_text(&format!("Report: {}", folder.join("report.html").display()));
        }
        Ok(if comparison.fails(self.strict) { Outcome::No } else { Outcome::Done })
    }

    fn question(&self) -> Result<Question, Failure> {
        let conditions = self.fail_on.iter().map(|text| text.parse::<Condition>());
        Ok(Question {
            baseline: self.baseline.clone(),
            confidence: self.confidence.0,
            selection: match (self.all_metrics, self.metrics.as_slice()) {
                (true, _) => Selection::All,
                (false, []) => Selection::Usual,
                (false, names) => Selection::Named(names.to_vec()),
            },
            conditions: conditions.collect::<Result<_, _>>().map_err(input)?,
        })
    }

    /// The runs to compare: made now, or read.
    fn samples(&self, question: &Question) -> Result<Samples, Failure> {
        match self.inputs.as_slice() {
            [first, second] if first.is_dir() && second.is_dir() => {
                self.only_for_scenarios()?;
                compare::folders(first, second).map_err(input)
            }
            [folder] if folder.is_dir() => Err(input(format!(
                "{} is one folder: name another to compare it with, or a scenario file",
                folder.display()
            ))),
            [scenario] => self.simulated(scenario, question),
            inputs => {
                let file = inputs.iter().find(|path| !path.is_dir()).unwrap_or(&inputs[0]);
                Err(input(format!(
                    "{} is no folder of results; give two of these, or one scenario with \
                     `[[variant]]`s",
                    file.display()
                )))
            }
        }
    }

    fn only_for_scenarios(&self) -> Result<(), Failure> {
        let given = [("--set", !self.settings.is_empty()), ("--seed", self.seed.is_some())];
        match given.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(input(format!(
                "`{option}` changes a scenario, and these are results that are there already"
            ))),
            None => Ok(()),
        }
    }

    fn simulated(&self, path: &Path, question: &Question) -> Result<Samples, Failure> {
        let origin = Origin::read(path, &self.settings);
        let origin = origin.map_err(|problems| scenario_failure(problems.into()))?;
        let replications = Replications {
            count: self.replications,
            seed: self.seed.unwrap_or(origin.scenario.simulation.seed),
            density: !self.no_density,
        };
        let bar = if self.quiet { ProgressBar::hidden() } else { bar() };
        let tell = |done: usize, all: usize| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        };
        let samples = if origin.scenario.variants.is_empty() {
            compare::clusters(&origin, replications, question, &tell)
        } else {
            compare::variants(&origin, replications, question, &tell)
        };
        bar.finish_and_clear();
        samples.map_err(scenario_failure)
    }

    fn render(&self, comparison: &Comparison) -> String {
        match self.format {
            Format::Table => terminal::table(comparison, &TerminalOptions::of_stdout()),
            Format::Json => files::json(comparison),
            Format::Csv => files::csv(comparison),
        }
    }
}

/// Runs that are done, of all.
fn bar() -> ProgressBar {
    let style = "{bar:30} {pos} of {len} runs  {eta:>4} left";
    let style = ProgressStyle::with_template(style).expect("the template is a constant");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    bar.with_style(style.progress_chars("━━─"))
}

fn input(error: impl std::fmt::Display) -> Failure {
    Failure::Input(format!("error: {error}\n"))
}

fn scenario_failure(error: ScenarioError) -> Failure {
    match error {
        ScenarioError::Scenario(problems) => Failure::Input(problems.render(colour_on_stderr())),
        other => input(other),
    }
}
