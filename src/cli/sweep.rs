//! `sweep`: a scenario many times, with other values.

mod merge;
mod output;
mod plan;
mod progress;
mod run;

use super::{Failure, Outcome, colour_on_stderr};
use crate::experiment::sweep::PlanError;

/// Vary the values of a scenario, as its `[sweep]` says.
#[derive(Debug, clap::Args)]
pub(super) struct Sweep {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    // documented there, at length
    Run(run::Make),
    Merge(merge::Merge),
    /// List the runs of a sweep without simulating them: values, seed, and the id of the result
    Plan(plan::List),
}

impl Sweep {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        match &self.action {
            Action::Run(make) => make.execute(),
            Action::Merge(merge) => merge.execute(),
            Action::Plan(list) => list.execute(),
        }
    }
}

fn failure(error: PlanError) -> Failure {
    Failure::Input(match error {
        PlanError::Scenario(problems) => problems.render(colour_on_stderr()),
        other => format!("error: {other}\n"),
    })
}
