//! Independent replications of one system, as many as it takes.
//!
//! * The start is cut off: a run begins empty and forgets that by a factor of e in each relaxation time,
//!   so after [`WARM_UP`] of them less than a hundred-thousandth of the error is left.
//! * Each replication is long compared with the relaxation time, so that its quantiles, whose error
//!   does not average out over replications, are nearly unbiased.
//! * Replications are added in rounds of fixed size until every half-width is small enough or the
//!   budget of jobs is spent. Seeds come from the seed of the whole, the name of the system and the
//!   number of the replication, so neither other rows nor the number of threads change a result.

use std::path::Path;

use rayon::prelude::*;

use super::metric::Metric;
use super::system::{Course, System};
use crate::experiment::statistics::{Estimate, estimate};
use crate::metrics::summary::ClusterSummary;
use crate::scenario::{self, Scenario};
use crate::workload::TraceError;
use crate::world::World;

/// Relaxation times that are simulated before measurement begins.
const WARM_UP: f64 = 12.0;
/// Relaxation times that a replication lasts where the budget allows, and at least.
const LONG: f64 = 1500.0;
const SHORT: f64 = 100.0;
/// Jobs of a replication, at least.
const FEWEST_JOBS: f64 = 1e5;
/// Replications of a round: the fewest there are.
const ROUND: u32 = 20;
/// Confidence of intervals.
const CONFIDENCE: f64 = 0.99;
/// Half-width that is enough, as a part of what the tolerance is a part of.
const ENOUGH: f64 = 0.005;
/// Longest simulated time: what a scenario allows, ten years, and some to spare.
const LONGEST: f64 = 3e8;

/// How much is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Seed of everything.
    pub seed: u64,
    /// Jobs that may be simulated for each system, warm-up not counted. Few systems need that many; one
    /// with long memory takes more when that is not even enough for 20 short replications.
    pub jobs: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { seed: 42, jobs: 40_000_000 }
    }
}

/// Why a system could not be simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The parameters lead to a scenario that cannot be.
    #[error("its scenario is refused:\n{0}")]
    Refused(String),
    /// A run came to nothing.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A run gave no value for a metric.
    #[error("a run ended without any measurement")]
    Empty,
}

/// What is to be measured, and how well.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What.
    pub metric: Metric,
    /// What its precision is a part of.
    pub scale: f64,
}

/// One system to simulate.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The system.
    pub system: &'a System,
    /// Its name: part of the seeds.
    pub name: &'a str,
    /// What is measured.
    pub targets: &'a [Target],
    /// How much is simulated.
    pub effort: Effort,
}

/// Times of one replication in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Length {
    warm_up: f64,
    measured: f64,
    jobs: f64,
}

impl Length {
    fn of(rate: f64, relaxation: f64, budget: u64) -> Self {
        let share = budget as f64 / f64::from(ROUND);
        let wanted = (LONG * relaxation).max(FEWEST_JOBS / rate);
        let measured = wanted.min(share / rate).max(SHORT * relaxation);
        let warm_up = (WARM_UP * relaxation).min(LONGEST / 2.0);
        let measured = measured.min(LONGEST - warm_up);
        Self { warm_up, measured, jobs: measured * rate }
    }
}

impl Plan<'_> {
    /// An estimate for each target.
    ///
    /// # Errors
    /// When the scenario is refused or a run comes to nothing.
    pub fn run(&self) -> Result<Vec<Estimate>, SimulationError> {
        match self.system.course {
            Course::Once(duration) => {
                let scenario = self.scenario(0.0, duration)?;
                let values = self.measure(&scenario, 0)?;
                Ok(values.iter().map(|&value| estimate(&[value], CONFIDENCE)).collect())
            }
            Course::Steady { rate, relaxation } => {
                let length = Length::of(rate, relaxation, self.effort.jobs);
                let scenario = self.scenario(length.warm_up, length.warm_up + length.measured)?;
                self.replicate(&scenario, length)
            }
        }
    }

    fn replicate(
        &self,
        scenario: &Scenario,
        length: Length,
    ) -> Result<Vec<Estimate>, SimulationError> {
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); self.targets.len()];
        let mut count = 0;
        loop {
            let round = (count..count + ROUND).into_par_iter().with_max_len(1);
            let found: Result<Vec<Vec<f64>>, SimulationError> =
                round.map(|number| self.measure(scenario, number)).collect();
            for run in found? {
                for (values, value) in values.iter_mut().zip(run) {
                    values.push(value);
                }
            }
            count += ROUND;
            let estimates: Vec<Estimate> =
                values.iter().map(|values| estimate(values, CONFIDENCE)).collect();
            let spent = f64::from(count + ROUND) * length.jobs > self.effort.jobs as f64;
            if spent || self.precise(&estimates) {
                return Ok(estimates);
            }
        }
    }

    fn precise(&self, estimates: &[Estimate]) -> bool {
        let pairs = estimates.iter().zip(self.targets);
        pairs.into_iter().all(|(found, target)| found.half_width <= ENOUGH * target.scale)
    }

    fn scenario(&self, warm_up: f64, duration: f64) -> Result<Scenario, SimulationError> {
        let text = self.system.setup.scenario(warm_up, duration);
        let loaded = scenario::parse(&text, "scenario", Path::new(""));
        loaded
            .map(|loaded| loaded.scenario)
            .map_err(|problems| SimulationError::Refused(problems.render(false)))
    }

    /// One replication.
    fn measure(&self, scenario: &Scenario, number: u32) -> Result<Vec<f64>, SimulationError> {
        let cluster = &scenario.clusters[0];
        let seed = seed(self.effort.seed, self.name, number);
        let world = World::new(scenario, cluster, seed)?;
        let summary: ClusterSummary = world.run(&mut |_| ())?.summary;
        let read = |target: &Target| target.metric.read(&summary).ok_or(SimulationError::Empty);
        self.targets.iter().map(read).collect()
    }
}

/// The seed of a replication: a hash (FNV-1a, finished by the mixer of SplitMix64).
fn seed(seed: u64, name: &str, number: u32) -> u64 {
    let bytes = seed.to_le_bytes().into_iter().chain(name.bytes()).chain(number.to_le_bytes());
    let folded = bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (folded ^ folded >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replication_is_long_for_its_system_and_within_the_budget_where_that_can_be() {
        // quick to forget: the fewest jobs
        assert_eq!(Length::of(2.0, 1.0, 40_000_000).jobs, 1e5);
        // slower: so many relaxation times
        assert_eq!(Length::of(1.0, 400.0, 40_000_000).measured, 600_000.0);
        // a budget too small for that, and one too small for anything
        assert_eq!(Length::of(1.0, 400.0, 2_000_000).jobs, 1e5);
        assert_eq!(Length::of(1.0, 400.0, 10).measured, 40_000.0);
        // no longer than a scenario may be
        let slow = Length::of(1e-6, 1e3, 40_000_000);
        assert_eq!(slow.warm_up + slow.measured, LONGEST);
    }

    #[test]
    fn seeds_differ_by_seed_name_and_number() {
        let seeds =
            [seed(1, "a", 0), seed(2, "a", 0), seed(1, "b", 0), seed(1, "a", 1), seed(1, "a", 0)];
        assert_eq!(seeds[0], seeds[4]);
        for (index, one) in seeds[..4].iter().enumerate() {
            assert!(!seeds[..index].contains(one));
        }
    }
}
