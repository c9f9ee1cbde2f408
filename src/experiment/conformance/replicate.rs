//! Independent replications of one system, as many as it takes.
//!
//! * The start is cut off: a run begins empty and forgets that by a factor of e in each relaxation
//!   time, so after [`WARM_UP`] of them 0.03 % of the difference is left, for one relaxation time
//!   of at least [`SHORT`].
//! * Replications are added in rounds of fixed size until every half-width is small enough or the
//!   budget of jobs is spent. What is enough is a part of the value found, never of the value to be
//!   compared with. Seeds come from the seed of the whole, the scenario and the number of the
//!   replication, so neither other systems nor the number of threads change a result.

use std::path::Path;

use rayon::prelude::*;

use super::metric::{Metric, Pool};
use super::sections::{Run, Sections};
use super::system::{Course, System};
use crate::metrics::{LatencyHistogram, Recording};
use crate::scenario::{self, Scenario};
use crate::statistics::Estimate;
use crate::world::InputError;
use crate::world::World;

/// Relaxation times that are simulated before measurement begins.
const WARM_UP: f64 = 8.0;
/// Relaxation times that a replication lasts where the budget allows, and at least.
const LONG: f64 = 300.0;
const SHORT: f64 = 50.0;
/// Jobs of a replication, at least.
const FEWEST_JOBS: f64 = 5e4;
/// Replications of a round: the fewest there are, and the sections they are gathered into.
const ROUND: u32 = 40;
/// Half-width that is enough, as a part of the value: 1 % is then more than four standard errors,
/// which chance exceeds once in ten thousand times.
const ENOUGH: f64 = 0.006;
/// Longest simulated time: what a scenario allows, ten years, and some to spare.
const LONGEST: f64 = 3e8;

/// How much is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Seed of everything.
    pub seed: u64,
    /// Jobs that may be simulated for each system, warm-up not counted. Few systems need that many;
    /// one with long memory takes more when that is not even enough for 40 short replications.
    pub jobs: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { seed: 42, jobs: 30_000_000 }
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
    Input(#[from] InputError),
    /// A run gave no value for a metric.
    #[error("a run ended without any measurement")]
    Empty,
}

/// One system to simulate.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The system.
    pub system: &'a System,
    /// What is measured.
    pub metrics: &'a [Metric],
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
    /// An estimate for each metric.
    ///
    /// # Errors
    /// When the scenario is refused or a run comes to nothing.
    pub fn run(&self) -> Result<Vec<Estimate>, SimulationError> {
        match self.system.course {
            Course::Once(duration) => {
                let scenario = self.scenario(0.0, duration)?;
                let values = self.measure(&scenario, 0)?.values.into_iter();
                let alone = |mean| Estimate { mean, half_width: f64::INFINITY, count: 1 };
                Ok(values.map(alone).collect())
            }
            Course::Steady { rate, relaxation } => {
                let length = Length::of(rate, relaxation, self.effort.jobs);
                let scenario = self.scenario(length.warm_up, length.warm_up + length.measured)?;
                self.replicate(&scenario, length, relaxation.max(1.0 / rate))
            }
        }
    }

    fn replicate(
        &self,
        scenario: &Scenario,
        length: Length,
        memory: f64,
    ) -> Result<Vec<Estimate>, SimulationError> {
        let mut sections = Sections::new(self.round(scenario, 0)?);
        let mut count = ROUND;
        loop {
            let memories = f64::from(count) * length.measured / memory;
            let estimates = sections.estimates(self.metrics, memories);
            let spent = f64::from(count + ROUND) * length.jobs > self.effort.jobs as f64;
            if spent || self.precise(&estimates) {
                return Ok(estimates);
            }
            sections.add(self.round(scenario, count)?);
            count += ROUND;
        }
    }

    fn round(&self, scenario: &Scenario, first: u32) -> Result<Vec<Run>, SimulationError> {
        let round = (first..first + ROUND).into_par_iter().with_max_len(1);
        round.map(|number| self.measure(scenario, number)).collect()
    }

    /// Whether it is enough. What was never seen is never enough: its scale is nothing.
    fn precise(&self, estimates: &[Estimate]) -> bool {
        let pairs = estimates.iter().zip(self.metrics);
        pairs
            .into_iter()
            .all(|(found, metric)| found.half_width <= ENOUGH * metric.scale(found.mean))
    }

    fn scenario(&self, warm_up: f64, duration: f64) -> Result<Scenario, SimulationError> {
        let text = self.system.setup.scenario(warm_up, duration);
        let loaded = scenario::parse(&text, "scenario", Path::new(""));
        loaded
            .map(|loaded| loaded.scenario)
            .map_err(|problems| SimulationError::Refused(problems.render(false)))
    }

    /// One replication.
    fn measure(&self, scenario: &Scenario, number: u32) -> Result<Run, SimulationError> {
        let cluster = &scenario.clusters[0];
        let seed = seed(self.effort.seed, self.system.setup.text(), number);
        let recording: Recording = World::new(scenario, cluster, seed)?.run(&mut |_| ())?;
        let summary = &recording.summary;
        let read = |metric: &Metric| metric.read(summary).ok_or(SimulationError::Empty);
        let values: Result<Vec<f64>, SimulationError> = self.metrics.iter().map(read).collect();
        let controls = self.system.controls.iter();
        Ok(Run {
            values: values?,
            controls: controls.map(|control| control.excess(summary)).collect(),
            waits: self.kept(Pool::Waits, &recording.waits),
            responses: self.kept(Pool::Responses, &recording.latency),
        })
    }

    /// The durations of the first app, if a metric is a quantile of theirs.
    fn kept(&self, pool: Pool, by_app: &[(String, LatencyHistogram)]) -> Option<LatencyHistogram> {
        let quantiles = self.metrics.iter().filter_map(|metric| metric.quantile());
        let wanted = quantiles.into_iter().any(|(other, _)| other == pool);
        by_app.first().filter(|_| wanted).map(|(_, durations)| durations.clone())
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
        assert_eq!(Length::of(2.0, 1.0, 40_000_000).jobs, 5e4);
        // slower: so many relaxation times
        assert_eq!(Length::of(1.0, 400.0, 40_000_000).measured, 120_000.0);
        // a budget too small for that, and one too small for anything
        assert_eq!(Length::of(1.0, 400.0, 2_000_000).jobs, 5e4);
        assert_eq!(Length::of(1.0, 400.0, 10).measured, 20_000.0);
        // no longer than a scenario may be
        let slow = Length::of(1e-6, 1e3, 40_000_000);
        assert_eq!(slow.warm_up + slow.measured, LONGEST);
    }

    /// The controls of one round, and how many the system says it has.
    fn controls(model: &str, inputs: &str, metric: &str) -> (Vec<Vec<f64>>, usize) {
        let system = System::recognise(model, inputs).expect(inputs);
        let Course::Steady { rate, relaxation } = system.course else { panic!("{model}") };
        let metrics = [system.metric(metric).expect(metric)];
        let effort = Effort { seed: 5, jobs: 400_000 };
        let plan = Plan { system: &system, metrics: &metrics, effort };
        let length = Length::of(rate, relaxation, effort.jobs);
        let scenario = plan.scenario(length.warm_up, length.warm_up + length.measured);
        let round = plan.round(&scenario.expect("a scenario"), 0).expect("a round");
        (Sections::new(round).controls(), system.controls.len())
    }

    #[test]
    fn the_amounts_that_are_known_beforehand_are_what_comes_out_on_average() {
        let systems = [
            ("M/M/c", "lambda=3;mu=1;c=4", "mean_wait"),
            ("M/G/1-PS", "lambda=0.5;mean_service=1", "mean_response"),
            ("M/G/1-PS", "lambda=0.5;mean_service=1;job_size=2", "mean_response_given_size"),
            (
                "Kaufman-Roberts",
                "host_vcpus=8;classes(offered_erlangs,vcpus)=2,1|1,2",
                "P_reject_1vcpu",
            ),
            ("Tandem M/M/1", "lambda=0.5;mu=1,2", "mean_response"),
        ];
        for (model, inputs, metric) in systems {
            let (trusted, all) = controls(model, inputs, metric);
            assert_eq!(trusted.len(), all, "{model} {inputs}");
            // and they vary: there is something to take off
            for control in trusted {
                assert!(control.iter().any(|&excess| excess.abs() > 1e-6), "{model} {inputs}");
            }
        }
    }

    #[test]
    fn a_rare_event_that_never_came_is_not_known_well() {
        // Erlang B of 3e-9: nothing is turned away in so short a time
        let system = System::recognise("Erlang B", "offered_load=2;c=15").expect("a system");
        let metrics = [system.metric("P_block").expect("a metric")];
        let effort = Effort { seed: 5, jobs: 100_000 };
        let found = Plan { system: &system, metrics: &metrics, effort }.run().expect("it runs");
        assert_eq!(found[0].mean, 0.0);
        assert!(found[0].half_width > 1e-5, "{:?}", found[0]);
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
