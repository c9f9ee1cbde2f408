//! Where the time of an app's starts went.

use serde::{Deserialize, Serialize};

use super::Account;
use crate::metrics::starts::{Phase, StartKind};

/// The starts of an app's replicas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StartsSummary {
    /// What its containers run; `None` in virtual machines.
    pub image: Option<String>,
    /// Replicas that were asked for, without those that the run ended for, or that were not wanted
    /// any more, before they had had as long as others needed.
    pub replicas: u64,
    pub account: StartAccount,
    /// Of starts that became ready, by what they are alike in; kinds without any are left out.
    pub kinds: Vec<StartBreakdown>,
    /// Why others failed.
    pub failures: Vec<StartFailure>,
}

impl StartsSummary {
    /// The phases of all starts that became ready, other than restarts in place.
    pub fn phases(&self) -> Vec<PhaseMean> {
        let kinds = || self.kinds.iter().filter(|it| it.kind != StartKind::Restart);
        let starts: u64 = kinds().map(|it| it.count).sum();
        let weighted = |mean: f64, count: u64| mean * count as f64 / starts as f64;
        let whole: f64 = kinds().map(|it| weighted(it.mean, it.count)).sum();
        let of = |phase: Phase| {
            let parts = kinds().filter_map(|it| Some(weighted(it.mean_of(phase)?, it.count)));
            parts.reduce(|sum, part| sum + part)
        };
        let share = |mean: f64| if whole > 0.0 { mean / whole } else { 0.0 };
        let means = Phase::ALL.into_iter().filter_map(|phase| Some((phase, of(phase)?)));
        means.map(|(phase, mean)| PhaseMean { phase, mean, share: share(mean) }).collect()
    }

    /// The starts of one kind, if there were any.
    pub fn of(&self, kind: StartKind) -> Option<&StartBreakdown> {
        self.kinds.iter().find(|it| it.kind == kind)
    }
}

impl StartBreakdown {
    /// How long a phase took on average, in seconds, if any start went through it.
    pub fn mean_of(&self, phase: Phase) -> Option<f64> {
        self.phases.iter().find(|it| it.phase == phase).map(|it| it.mean)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn breakdown(kind: StartKind, count: u64, phases: &[(Phase, f64)]) -> StartBreakdown {
        let mean = phases.iter().map(|(_, mean)| mean).sum();
        let phases = phases.iter();
        StartBreakdown {
            kind,
            count,
            mean,
            max: mean,
            pull_share: 0.0,
            phases: phases.map(|&(phase, mean)| PhaseMean { phase, mean, share: 0.0 }).collect(),
            bytes_pulled: None,
            layers_pulled: None,
            layers_present: None,
            layers_joined: None,
        }
    }

    #[test]
    fn phases_of_all_kinds_are_weighted_by_their_starts_and_restarts_left_out() {
        let starts = StartsSummary {
            kinds: vec![
                breakdown(StartKind::Cold, 1, &[(Phase::Download, 4.0), (Phase::App, 2.0)]),
                breakdown(StartKind::Warm, 3, &[(Phase::Download, 0.0), (Phase::App, 2.0)]),
                breakdown(StartKind::Restart, 9, &[(Phase::BackOff, 60.0)]),
            ],
            ..StartsSummary::default()
        };
        let phases = starts.phases();
        let means: Vec<_> = phases.iter().map(|it| (it.phase, it.mean)).collect();
        assert_eq!(means, [(Phase::Download, 1.0), (Phase::App, 2.0)]);
        assert!((phases[0].share - 1.0 / 3.0).abs() < 1e-12, "{phases:?}");
        assert!(StartsSummary::default().phases().is_empty());
    }
}
