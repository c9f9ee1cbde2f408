//! Where the time of an app's starts went.

use serde::{Deserialize, Serialize};

use super::Account;
use crate::metrics::starts::{Phase, StartKind};

/// The starts of an app's replicas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StartsSummary {
    pub account: StartAccount,
    /// Of starts that became ready, by what they are alike in; kinds without any are left out.
    pub kinds: Vec<StartBreakdown>,
    /// Why others failed.
    pub failures: Vec<StartFailure>,
}

/// Starts, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartAccount {
    pub begun: u64,
    pub ready: u64,
    pub failed: u64,
    /// The replica was not wanted any more before it was ready.
    pub withdrawn: u64,
    /// Still under way at the end.
    pub unfinished: u64,
}

impl StartAccount {
    /// Those of which something has become.
    pub fn ended(&self) -> u64 {
        self.ready + self.failed + self.withdrawn + self.unfinished
    }
}

impl Account for StartAccount {
    fn balances(&self) -> bool {
        self.begun == self.ended()
    }
}

/// Starts of one kind that became ready: from being wanted to being ready, on average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartBreakdown {
    pub kind: StartKind,
    pub count: u64,
    /// Seconds; the sum of the phases.
    pub mean: f64,
    /// The slowest, in seconds.
    pub max: f64,
    /// Share of downloading and extracting the image in the mean.
    pub pull_share: f64,
    /// In their order; those that none went through are left out.
    pub phases: Vec<PhaseMean>,
    /// Compressed bytes pulled, on average; `None` where no engine counted them.
    pub bytes_pulled: Option<f64>,
    pub layers_pulled: Option<f64>,
    pub layers_present: Option<f64>,
    pub layers_joined: Option<f64>,
}

/// A phase of starts, on average over all of their kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseMean {
    pub phase: Phase,
    /// Seconds.
    pub mean: f64,
    /// Of the whole start.
    pub share: f64,
}

/// A reason for which starts failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartFailure {
    pub reason: String,
    pub count: u64,
}
