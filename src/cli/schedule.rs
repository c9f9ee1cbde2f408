//! `schedule`: where would Kubernetes put these pods?

mod csv;
mod explain;
mod input;
mod json;
mod nodes;
mod pick;
mod placements;
pub(super) mod text;

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Failure, Format, Outcome, eprint_text, print};
use crate::experiment::what_if::{Answer, Place, Settings, Ties, WhatIf};
use crate::kubernetes::api::scheduler_configuration::{self, SchedulerConfiguration};
use input::Read;

/// Width of a page where nothing else is known.
const USUAL_WIDTH: usize = 100;

/// Find out where Kubernetes would put pods, from manifests or a dump of a cluster.
///
/// Nodes and all else come from the --cluster files, such as the output of `kubectl get
/// nodes,pods,ns,svc,rs,sts,pvc,pv,sc,csinodes,pdb,priorityclasses -A -o json`. Pods in them that
/// have no node yet are placed too; workloads in them create no pods. The --pods files are applied:
/// pods, and workloads with the pods they lack.
///
/// Decides as kube-scheduler v1.36 does when it scores all nodes: by priority, then in the order of
/// appearance. Evicted pods are gone at once, and those of a controller are placed anew.
///
/// Exit status 1 if a pod has no node at the end.
#[derive(Debug, clap::Args)]
pub(super) struct Schedule {
    /// Manifests of the cluster: files, directories, or - for standard input
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    cluster: Vec<String>,
    /// Manifests of what is to come: pods and workloads, and what they need
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pods: Vec<String>,
    /// A KubeSchedulerConfiguration, as kube-scheduler reads it; pods choose a profile by
    /// `schedulerName`
    #[arg(long, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
    /// Which of several nodes with the highest score is taken
    #[arg(long, value_enum, default_value_t)]
    tie_break: TieBreak,
    /// Seed of random choices
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// Evict nobody
    #[arg(long)]
    no_preemption: bool,
    /// Tell how this pod fared on every node: its name, with or without namespace, or that of its
    /// workload; can be given several times
    #[arg(long, value_name = "POD")]
    explain: Vec<String>,
    /// Find out how many more of each pod in the --pods files fit
    #[arg(long, requires = "pods")]
    headroom: bool,
    /// Stop counting there
    #[arg(long, value_name = "N", requires = "headroom")]
    limit: Option<usize>,
    /// Every pod and every node on a line of its own, however many there are
    #[arg(long)]
    full: bool,
    /// How the answer is printed; CSV has a line per pod or, with --headroom, per node that takes
    /// more
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// No progress and no notes; warnings stay
    #[arg(long, short)]
    quiet: bool,
}

/// Which of several nodes with the highest score is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum TieBreak {
    /// The one with the smallest name
    #[default]
    Name,
    /// The one that kube-scheduler takes, by where nodes stand in its list
    Heap,
    /// Any of them, drawn by the seed
    Random,
}

impl Schedule {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let Read { inputs, skipped, warnings } = input::read(&self.cluster, &self.pods)?;
        if !warnings.is_empty() {
            eprint_text(&warnings);
        }
        let configuration = self.configuration()?;
        let colour = super::colour_on_stderr();
        let what_if = WhatIf::new(inputs).map_err(|errors| {
            let texts: Vec<String> = errors.iter().map(|one| one.render(colour)).collect();
            Failure::Input(texts.join("\n"))
        })?;
        let explained = pick::pods(&what_if, &self.explain)?;
        let settings = self.settings(configuration);
        let bar = self.bar();
        let answer = what_if.answer(&settings, &explained, &|done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        if !self.quiet {
            for note in &answer.seen.notes {
                eprint_text(&text::printable(&format!("note: {note}")));
            }
        }
        match self.format {
            Format::Table => print(&self.table(&answer))?,
            Format::Json => print(&json::render(&answer, &settings, &skipped))?,
            Format::Csv => print(&csv::render(&answer, self.headroom))?,
        };
        let waits = answer.pods.iter().any(|entry| entry.place == Place::Waiting);
        Ok(if waits { Outcome::No } else { Outcome::Done })
    }

    fn configuration(&self) -> Result<SchedulerConfiguration, Failure> {
        let Some(path) = &self.config else { return Ok(SchedulerConfiguration::default()) };
        scheduler_configuration::read_file(path)
            .map_err(|errors| Failure::Input(errors.render(super::colour_on_stderr())))
    }

    fn settings(&self, configuration: SchedulerConfiguration) -> Settings {
        Settings {
            configuration,
            ties: match self.tie_break {
                TieBreak::Name => Ties::Name,
                TieBreak::Heap => Ties::Heap,
                TieBreak::Random => Ties::Random(self.seed),
            },
            preemption: !self.no_preemption,
            headroom: self.headroom.then_some(self.limit),
        }
    }

    fn table(&self, answer: &Answer) -> String {
        let width = width();
        let parts = [
            placements::headline(answer),
            placements::table(answer, self.full),
            placements::evictions(answer, self.full, width),
            placements::pending(answer, self.full, width),
            placements::headroom(answer, width),
            nodes::table(answer, self.full),
            explain::render(answer, width),
        ];
        let shown: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        text::printable(&shown.join("\n"))
    }

    /// Progress on standard error: how many pods are through.
    fn bar(&self) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{bar:30} {pos} of {len} pods  {elapsed}");
        let style = style.expect("the template is a constant").progress_chars("━━─");
        ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style)
    }
}

/// Columns of the window, or of a page where there is none.
fn width() -> usize {
    let known = if std::io::stdout().is_terminal() { terminal_size::terminal_size() } else { None };
    known.map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0).max(40))
}
