//! What can be wrong with the files that a scenario names, in words for whoever has them.

use std::io;
use std::path::PathBuf;

use crate::kubernetes::api::ManifestErrors;
use crate::laboratory::ReplayError;
use crate::scenario::Diagnostics;
use crate::scenario::path::Path;
use crate::workload::TraceError;

/// Why a file that a scenario names cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A trace is not what the scenario says it is.
    #[error(transparent)]
    Trace(#[from] TraceError),

    /// A policy is not what IAM would take.
    #[error("{}", under_heading(&.0.to_string()))]
    Policy(Box<Diagnostics>),

    /// A document is not what AWS would take.
    #[error("{}", under_heading(&.0.to_string()))]
    Document(Box<Diagnostics>),

    /// A manifest is not what Kubernetes would take.
    #[error("{}", under_heading(&.0.render(false)))]
    Manifest(Box<ManifestErrors>),

    /// An app is to be a workload that the manifests of a cluster do not have.
    #[error(transparent)]
    Workload(#[from] Box<Unbound>),

    /// A value of the scenario is none that there can be.
    #[error(transparent)]
    Value(#[from] Box<Unfit>),

    /// A cluster cannot place what it is to place.
    #[error(transparent)]
    Replay(Box<ReplayError>),

    /// The file cannot be opened or read.
    #[error("cannot read `{}`: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Why an app cannot be a workload of a cluster's manifests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`app[{app}].{key}`: {title}; {help}")]
pub struct Unbound {
    /// Which app of the scenario, from 0.
    pub app: usize,
    /// The key of it that is wrong.
    pub key: &'static str,
    /// What is wrong.
    pub title: String,
    /// What would be right.
    pub help: String,
}

/// Why a value of the scenario cannot be: what the scenario by itself cannot know, such as the
/// types of instances there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{at}`: {title}; {help}")]
pub struct Unfit {
    /// Where it stands.
    pub at: Path,
    /// What is wrong.
    pub title: String,
    /// What would be right.
    pub help: String,
}

impl Unfit {
    /// What is wrong with the value at `at`, and what would be right.
    pub fn new(at: Path, title: impl Into<String>, help: impl Into<String>) -> Self {
        Self { at, title: title.into(), help: help.into() }
    }
}

impl From<Unfit> for InputError {
    fn from(unfit: Unfit) -> Self {
        Self::Value(Box::new(unfit))
    }
}

impl From<ReplayError> for InputError {
    fn from(error: ReplayError) -> Self {
        Self::Replay(Box::new(error))
    }
}

/// The problems as they stand below the `error: ` that all errors are shown with.
fn under_heading(problems: &str) -> String {
    problems.strip_prefix("error: ").unwrap_or(problems).to_owned()
}
