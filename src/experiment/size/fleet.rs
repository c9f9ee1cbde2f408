//! Fleets of one choice, run: each replication is all clusters that are sized, under one seed.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::request::Request;
use super::search::{Length, Observation, Oracle, PILOTS};
use super::{SizeError, Stage, Step};
use crate::experiment::sweep::replicated;
use crate::metrics::Recording;
use crate::metrics::summary::{AppSummary, Durations};
use crate::report::size::{Objective, Sense};
use crate::scenario::Scenario;
use crate::world::World;

/// The part of the measured time that a short run plays.
const SHORT: u64 = 8;

/// The fleets of one choice.
pub struct Fleets<'a> {
    pub request: &'a Request,
    pub choice: usize,
    pub objectives: &'a [Objective],
    /// Which latency is shown beside the cost.
    pub latency_metric: &'a str,
    pub tell: &'a (dyn Fn(Step) + Sync),
    pub work: &'a Work,
    /// The scenario that was read last.
    pub last: RefCell<Option<(u32, Scenario)>>,
}

/// How much was simulated.
#[derive(Debug, Default)]
pub struct Work {
    runs: AtomicU64,
    events: AtomicU64,
}

impl Work {
    fn add(&self, events: u64) {
        self.runs.fetch_add(1, Ordering::Relaxed);
        self.events.fetch_add(events, Ordering::Relaxed);
    }

    /// Runs, and events in all of them.
    pub fn done(&self) -> (u64, u64) {
        (self.runs.load(Ordering::Relaxed), self.events.load(Ordering::Relaxed))
    }
}

impl Oracle for Fleets<'_> {
    type Error = SizeError;

    fn run(
        &self,
        number: u32,
        replications: Range<u32>,
        length: Length,
    ) -> Result<Vec<Observation>, SizeError> {
        (self.tell)(self.step(number, &replications));
        let mut scenario = self.scenario(number)?;
        if length == Length::Short {
            let times = &mut scenario.simulation;
            let measured = times.duration.as_nanos() - times.warm_up.as_nanos();
            let short = times.warm_up.as_nanos() + measured.div_ceil(SHORT);
            times.duration = crate::engine::SimDuration::from_nanos(short);
        }
        let run = Run {
            scenario: &scenario,
            request: self.request,
            objectives: self.objectives,
            latency_metric: self.latency_metric,
            work: self.work,
        };
        let seed = self.request.scenario.simulation.seed;
        replications
            .into_par_iter()
            .map(|replication| run.observe(replicated(seed, replication)))
            .collect()
    }
}

impl Fleets<'_> {
    fn step(&self, number: u32, replications: &Range<u32>) -> Step {
        let guess = replications.start >= PILOTS;
        let stage = if guess { Stage::Guess } else { Stage::Decide };
        let (choice, replication) = (self.choice, replications.end);
        Step { choice, number, stage, replication, runs: self.work.done().0 }
    }

    fn scenario(&self, number: u32) -> Result<Scenario, SizeError> {
        let mut last = self.last.borrow_mut();
        if let Some((_, scenario)) = last.as_ref().filter(|(read, _)| *read == number) {
            return Ok(scenario.clone());
        }
        let scenario = self.request.fleet(self.choice, number)?;
        *last = Some((number, scenario.clone()));
        Ok(scenario)
    }
}

/// What is the same for all runs of a fleet.
struct Run<'a> {
    scenario: &'a Scenario,
    request: &'a Request,
    objectives: &'a [Objective],
    latency_metric: &'a str,
    work: &'a Work,
}

impl Run<'_> {
    /// One run of all clusters that are sized.
    fn observe(&self, seed: u64) -> Result<Observation, SizeError> {
        let clusters: Vec<_> = self
            .scenario
            .clusters
            .iter()
            .filter(|cluster| self.request.concerns(cluster))
            .collect();
        let recordings: Result<Vec<Recording>, SizeError> = clusters
            .into_par_iter()
            .map(|cluster| Ok(World::new(self.scenario, cluster, seed)?.run(&mut |_| {})?))
            .collect();
        let recordings = recordings?;
        self.work.add(recordings.iter().map(|recording| recording.events).sum());
        let costs = recordings.iter().map(|recording| recording.summary.hosts.cost_per_hour);
        Ok(Observation {
            values: self.objectives.iter().map(|objective| value(objective, &recordings)).collect(),
            latency: self.latency(&recordings),
            cost_per_hour: costs.sum(),
        })
    }

    /// The highest latency of any app that has an objective, in any cluster.
    fn latency(&self, recordings: &[Recording]) -> Option<f64> {
        let apps = recordings.iter().flat_map(|recording| &recording.summary.apps);
        let with_objective = apps.filter(|app| !app.objectives.is_empty());
        let latencies: Option<Vec<f64>> =
            with_objective.map(|app| quantile(&app.latency, self.latency_metric)).collect();
        latencies?.into_iter().reduce(f64::max)
    }
}

/// What a run came to for an objective.
fn value(objective: &Objective, recordings: &[Recording]) -> f64 {
    let cluster = recordings.iter().find(|r| r.summary.cluster == objective.cluster);
    let app = cluster.and_then(|r| r.summary.apps.iter().find(|app| app.name == objective.app));
    let value = app.and_then(|app| match objective.metric.as_str() {
        "replicas" => Some(ready_once(app)),
        "availability" => app.success_ratio,
        metric => quantile(&app.latency, metric),
    });
    value.unwrap_or(match objective.sense {
        Sense::AtMost => f64::INFINITY,
        Sense::AtLeast => f64::NEG_INFINITY,
    })
}

/// The share of replicas that became ready at some time.
fn ready_once(app: &AppSummary) -> f64 {
    (app.start_up.count as f64 / f64::from(app.replicas.max(1))).min(1.0)
}

fn quantile(latency: &Durations, metric: &str) -> Option<f64> {
    match metric {
        "p50" => latency.p50,
        "p95" => latency.p95,
        "p99" => latency.p99,
        _ => latency.mean,
    }
}
