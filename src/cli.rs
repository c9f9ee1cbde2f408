//! The command line: one file per subcommand, and what they have in common.
//!
//! Results go to standard output, progress and errors to standard error. Exit status: 0 done, 1 the
//! answer is no (an objective missed), 2 unusable input or arguments, 3 results could not be
//! written, 130 interrupted.

mod catalog;
mod compare;
mod conformance;
mod density;
mod ecr;
mod explain;
mod listing;
mod placement;
mod progress;
mod run;
mod scenario;
mod schedule;
mod size;
mod sweep;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// How much can this fleet carry? A discrete-event simulator of container clusters and virtual
/// machines.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, propagate_version = true, infer_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate all clusters of a scenario and compare them
    Run(run::Run),
    /// Find how many replicas one host carries while the objective holds, per cluster
    Density(density::Density),
    // documented there, at length
    Explain(explain::Explain),
    // documented there, at length
    Compare(compare::Compare),
    /// List the runs of a sweep: the values of a scenario varied as its `[sweep]` says
    Sweep(sweep::Sweep),
    // documented there, at length
    Size(size::Size),
    // documented there, at length
    Schedule(schedule::Schedule),
    // documented there, at length
    Placement(Box<placement::Placement>),
    /// Amazon ECR: what a lifecycle policy would do to the images of a repository
    Ecr(ecr::Ecr),
    /// Compare simulations with values known in closed form, or decisions with those of Kubernetes
    Conformance(conformance::Conformance),
    /// Check a scenario without simulating it
    Validate(scenario::Validate),
    /// Write a commented scenario to start from
    Init(scenario::Init),
    /// Print the JSON Schema of scenarios for editors, or all their keys for people
    Schema(scenario::Schema),
    /// List the policies a scenario can choose from
    Policies(listing::Policies),
    /// List host shapes and images to start from, or instance types of EC2 by name
    Catalog(catalog::Catalog),
    /// Print the completion script of a shell
    Completions(Completions),
}

/// Print the completion script of a shell.
#[derive(Debug, clap::Args)]
struct Completions {
    /// Which shell
    shell: clap_complete::Shell,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for people
    #[default]
    Table,
    /// JSON with a `schema_version`
    Json,
    /// CSV, one value per line
    Csv,
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// What was asked for is done.
    Done,
    /// The answer is no.
    No,
}

/// Why a command came to nothing, as it is shown.
#[derive(Debug)]
enum Failure {
    /// Unusable input; the text is complete.
    Input(String),
    /// Results could not be written.
    Output(String),
    /// Standard output was closed by whoever read it, who has seen enough.
    Closed,
}

/// Parses the arguments of the process and does what they say.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // help and version come this way too, with a status of 0
            let status = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(status);
        }
    };
    let result = match &arguments.command {
        Command::Run(run) => run.execute(),
        Command::Density(density) => density.execute(),
        Command::Explain(explain) => explain.execute(),
        Command::Compare(compare) => compare.execute(),
        Command::Sweep(sweep) => sweep.execute(),
        Command::Size(size) => size.execute(),
        Command::Schedule(schedule) => schedule.execute(),
        Command::Placement(placement) => placement.execute(),
        Command::Ecr(ecr) => ecr.execute(),
        Command::Conformance(conformance) => conformance.execute(),
        Command::Validate(validate) => validate.execute(),
        Command::Init(init) => init.execute(),
        Command::Schema(schema) => schema.execute(),
        Command::Policies(policies) => policies.execute(),
        Command::Catalog(catalog) => catalog.execute(),
        Command::Completions(completions) => completions.execute(),
    };
    match result {
        Ok(Outcome::Done) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Err(Failure::Input(text)) => {
            eprint_text(&text);
            ExitCode::from(2)
        }
        Err(Failure::Output(text)) => {
            eprint_text(&text);
            ExitCode::from(3)
        }
    }
}

impl Completions {
    fn execute(&self) -> Result<Outcome, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "plimsoll", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}

/// Prints a result to standard output. It is no error if the reader has gone.
fn print(text: &str) -> Result<Outcome, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::Closed),
        Err(error) => Err(Failure::Output(format!("error: cannot write the result: {error}\n"))),
    }
}

fn eprint_text(text: &str) {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let _ = write!(std::io::stderr().lock(), "{text}{end}");
}

/// Whether standard error takes colours: a terminal, and nobody set `NO_COLOR`.
fn colour_on_stderr() -> bool {
    let silenced = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !silenced
}
