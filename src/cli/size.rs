//! `size`: the smallest or cheapest fleet that meets the objectives.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::run::digest;
use super::scenario::Source;
use super::{Failure, Format, Outcome, colour_on_stderr, eprint_text, print};
use crate::experiment::size::{Request, SizeError, Stage, Step, size};
use crate::report;
use crate::report::size::Sizing;
use crate::scenario::{Override, SweepValue};

/// Find the smallest or cheapest fleet that meets the objectives, with a stated confidence.
///
/// What is searched for stands in the scenario's `[size]`, or is named here. Every fleet is
/// simulated as often as it takes to show whether it meets all objectives; one that cannot be
/// shown to in `--max-replications` runs counts as one that does not.
#[derive(Debug, clap::Args)]
pub(super) struct Size {
    #[command(flatten)]
    source: Source,
    /// The whole number to search for, such as `app.web.replicas` or `cluster.web.hosts.count`
    #[arg(long, value_name = "PATH")]
    vary: Option<String>,
    /// Smallest number that is allowed
    #[arg(long, value_name = "N")]
    from: Option<u32>,
    /// Largest number that is allowed
    #[arg(long, value_name = "N")]
    to: Option<u32>,
    /// Something else that may be chosen, with its values:
    /// `--choose 'cluster.web.hosts.shape=["small", "large"]'`
    #[arg(long, value_name = "PATH=[VALUES]")]
    choose: Vec<Override>,
    /// Size this cluster only
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// What the best fleet has least of: `cost` or `number`
    #[arg(long, value_name = "WHAT")]
    minimise: Option<String>,
    /// How likely everything stated is true at once, such as `99%`
    #[arg(long, value_name = "SHARE")]
    confidence: Option<String>,
    /// Fewest runs of a fleet
    #[arg(long, value_name = "N")]
    min_replications: Option<u32>,
    /// Most runs of a fleet
    #[arg(long, value_name = "N")]
    max_replications: Option<u32>,
    /// Folder that results are written into, in a folder of their own
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// No progress, and no notes beside the result
    #[arg(long, short)]
    quiet: bool,
    /// Only print the answer: no files, no chart
    #[arg(long, alias = "no-report")]
    no_files: bool,
}

impl Size {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let request = Request::read(&self.source.scenario, &self.settings()).map_err(failure)?;
        let bar = (!self.quiet).then(spinner);
        let names = choice_names(&request);
        let tell = |step: Step| {
            if let Some(bar) = &bar {
                bar.set_message(doing(&names, step));
                bar.tick();
            }
        };
        let sizing = size(&request, &tell).map_err(failure)?;
        if let Some(bar) = &bar {
            bar.finish_and_clear();
        }
        let folder = self.folder(&request);
        if !self.no_files {
            let scenario = scenario_text(&request, &sizing, &folder)?;
            report::size::write(&folder, &sizing, &scenario)
                .map_err(|error| Failure::Output(format!("error: {error}\n")))?;
        }
        print(&match self.format {
            Format::Table => {
                report::size::terminal::text(&sizing, &report::TerminalOptions::of_stdout())
            }
            Format::Json => report::size::json(&sizing),
            Format::Csv => report::size::csv(&sizing),
        })?;
        if !self.quiet && !self.no_files {
            eprint_text(&format!("Results: {}", folder.display()));
        }
        Ok(if sizing.answer.is_some() { Outcome::Done } else { Outcome::No })
    }

    /// What the options change in the scenario: they are settings of its `[size]`.
    fn settings(&self) -> Vec<Override> {
        let text = |value: &String| toml::Value::from(value.as_str()).to_string();
        let number = |value: &u32| value.to_string();
        let options = [
            ("size.vary", self.vary.as_ref().map(text)),
            ("size.from", self.from.as_ref().map(number)),
            ("size.to", self.to.as_ref().map(number)),
            ("size.cluster", self.cluster.as_ref().map(text)),
            ("size.minimise", self.minimise.as_ref().map(text)),
            ("size.confidence", self.confidence.as_ref().map(text)),
            ("size.replications.min", self.min_replications.as_ref().map(number)),
            ("size.replications.max", self.max_replications.as_ref().map(number)),
            ("simulation.seed", self.source.seed.map(|seed| seed.to_string())),
        ];
        let options =
            options.into_iter().filter_map(|(path, value)| Some(Override::new(path, value?)));
        let mut settings = self.source.settings.clone();
        settings.extend(options);
        if !self.choose.is_empty() {
            let entry = |choice: &Override| {
                format!("{} = {}", toml::Value::from(choice.path.as_str()), choice.value)
            };
            let entries: Vec<_> = self.choose.iter().map(entry).collect();
            settings.push(Override::new("size.choices", format!("{{ {} }}", entries.join(", "))));
        }
        settings
    }

    fn folder(&self, request: &Request) -> PathBuf {
        let simulation = &request.scenario.simulation;
        let text = request.scenario.to_toml(Path::new("")).unwrap_or_default();
        let asked = format!("{text}{:?}", request.size);
        let name = format!("size-seed{}-{:08x}", simulation.seed, digest(&asked));
        self.out.join(&simulation.name).join(name)
    }
}

/// The scenario of the best fleet; without one, the scenario as it stands.
fn scenario_text(request: &Request, sizing: &Sizing, folder: &Path) -> Result<String, Failure> {
    let best = sizing.answer.map(|answer| {
        let number = sizing.choices[answer.choice].fleets[answer.fleet].number;
        request.fleet(answer.choice, number)
    });
    let scenario = best.transpose().map_err(failure)?;
    let scenario = scenario.as_ref().unwrap_or(&request.scenario);
    scenario.to_toml(folder).map_err(|error| {
        Failure::Output(format!(
            "error: the scenario cannot be written into the results: {error}\n"
        ))
    })
}

fn failure(error: SizeError) -> Failure {
    Failure::Input(match error {
        SizeError::Scenario(problems) => problems.render(colour_on_stderr()),
        other => format!("error: {other}\n"),
    })
}

fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {elapsed:>4}  {msg}");
    let style = style.expect("the template is a constant");
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}

fn choice_names(request: &Request) -> Vec<String> {
    let name = |values: &Vec<SweepValue>| {
        values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    request.choices.iter().map(name).collect()
}

fn doing(names: &[String], step: Step) -> String {
    let name = &names[step.choice];
    let of = if name.is_empty() { String::new() } else { format!(" × {name}") };
    let what = match step.stage {
        Stage::Guess => "looking for the neighbourhood".to_owned(),
        Stage::Decide => format!("up to {} runs", step.replication),
    };
    format!("{} runs done; {}{of}: {what}", step.runs, step.number)
}
