//! Arrivals: when requests, jobs and VMs turn up.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ArrivalTable, Entry, Law};
use crate::engine::SimDuration;
use crate::units::{Fraction, Rate};

/// An app's traffic from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// When requests arrive.
    pub arrivals: Arrivals,
    /// Factor on the rate. Default 1.0.
    #[serde(default = "default_scale")]
    pub scale: f64,
    /// Where they come in, on clusters of several zones. Default outside.
    #[serde(default)]
    pub enters: Entry,
}

fn default_scale() -> f64 {
    1.0
}

/// When things arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Arrivals {
    /// `poisson = "300/s"`: independent arrivals.
    Poisson(Rate),
    /// `deterministic = "300/s"`: equidistant arrivals, the first after one interval.
    Deterministic(Rate),
    /// `renewal = LAW`: independent intervals of any law.
    Renewal(Law),
    /// `mmpp = { rates = [...], sojourns = [...] }`: Poisson whose rate follows a Markov chain
    /// that goes round the states, staying an exponential time in each. Starts in the first state.
    Mmpp {
        /// Rate in each state.
        rates: Vec<Rate>,
        /// Mean time in each state.
        sojourns: Vec<SimDuration>,
    },
    /// `diurnal = { mean, amplitude, peak_at, period }`: Poisson with a sinusoidal rate
    /// mean * (1 + amplitude * cos(2 pi (t - peak_at) / period)).
    Diurnal {
        /// Mean rate over a period.
        mean: Rate,
        /// 0 (constant) to 1 (no arrivals at the low). Default 0.5.
        #[serde(default = "default_amplitude")]
        amplitude: Fraction,
        /// When the first peak is. Default 14h.
        #[serde(default = "default_peak_at")]
        peak_at: SimDuration,
        /// Time from one peak to the next. Default 24h.
        #[serde(default = "default_period")]
        period: SimDuration,
    },
    /// `counts = { file, … }`: a table of counts per interval; each count is met exactly, the
    /// arrivals uniform within their interval.
    Counts(CountTable),
    /// `users = { count, think }`: a closed loop: each user waits `think`, sends a request, waits
    /// for the answer, and so on. Only for traffic.
    Users {
        /// Number of users.
        count: u32,
        /// Time between an answer and the user's next request.
        think: Law,
    },
    /// `at = ["0s", "10min"]`: at these instants.
    At(Vec<SimDuration>),
    /// `trace = { file, arrival, … }`: a table of requests, each with its `demand` and its
    /// `replica`, or of jobs, each with its `duration`, `cpu` and `memory`. It is not scaled.
    Trace(ArrivalTable),
}

impl Arrivals {
    /// Whether there is always another to come.
    pub fn are_endless(&self) -> bool {
        match self {
            Self::Counts(_) | Self::At(_) | Self::Trace(_) => false,
            Self::Poisson(_)
            | Self::Deterministic(_)
            | Self::Renewal(_)
            | Self::Mmpp { .. }
            | Self::Diurnal { .. }
            | Self::Users { .. } => true,
        }
    }
}

fn default_amplitude() -> Fraction {
    Fraction(0.5)
}

fn default_peak_at() -> SimDuration {
    SimDuration::from_secs(14 * 3600)
}

fn default_period() -> SimDuration {
    SimDuration::from_secs(24 * 3600)
}

/// A CSV file with a number of arrivals per row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountTable {
    /// Path, relative to the scenario file. `.gz` is read too.
    pub file: PathBuf,
    /// Column with the count. Default `count`.
    #[serde(default = "default_column")]
    pub column: String,
    /// Time one row stands for. Default 1min.
    #[serde(default = "default_interval")]
    pub interval: SimDuration,
    /// Column that `from` is looked up in. Default: the first of the file.
    pub label: Option<String>,
    /// The first row used is the one whose label starts with this text. Default: the first row.
    pub from: Option<String>,
}

fn default_column() -> String {
    "count".to_owned()
}

fn default_interval() -> SimDuration {
    SimDuration::from_secs(60)
}
