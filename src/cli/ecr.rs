//! `ecr`: the container registry of Amazon Web Services.

mod lifecycle;

use super::{Failure, Outcome};

/// Amazon ECR: what a lifecycle policy would do to the images of a repository.
#[derive(Debug, clap::Args)]
pub(super) struct Ecr {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    // documented there, at length
    Lifecycle(lifecycle::Lifecycle),
}

impl Ecr {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        match &self.action {
            Action::Lifecycle(lifecycle) => lifecycle.execute(),
        }
    }
}
