//! Sizing: the smallest or cheapest fleet that meets the service level objectives, with a stated
//! confidence.
//!
//! * [`request`]: what is searched for, and the scenario of each fleet.
//! * [`search`]: the search at one choice, from a guess to statements.
//! * [`bracket`]: which number is next.
//! * [`budget`]: how the risk of a wrong statement is divided.
//! * [`standing`]: what runs show.
//! * [`fleet`]: how fleets are run.
//!
//! The premise is that more never makes an objective harder to meet. What a search states is then
//! true with the confidence that was asked for: every fleet it calls one that meets the objectives
//! does, and every fleet it says misses them does, all at once. The truth is what the mean over
//! infinitely many runs would be, of the time simulated, start-up and warm-up as they are.

pub mod bracket;
pub mod budget;
pub mod fleet;
pub mod request;
pub mod search;
pub mod standing;

use std::cell::RefCell;

use rayon::prelude::*;
use thiserror::Error;

pub use request::Request;

use self::fleet::{Fleets, Work};
use self::search::{Found, Observation, Question, Tried};
use crate::report::size::front::front;
use crate::report::size::{Answer, Choice, Fleet, Measured, Objective, Sizing, Verdict};
use crate::scenario::{Diagnostics, SweepValue};
use crate::statistics::estimate;
use crate::world::InputError;

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum SizeError {
    /// The scenario is not in order.
    #[error(transparent)]
    Scenario(Box<Diagnostics>),
    /// It is not said what to search for.
    #[error(
        "{0} does not say what is to be sized; name the number to search for, such as `--vary \
         app.web.replicas`, or write it into a table `[size]`"
    )]
    NothingToSize(String),
    /// A fleet that the search came to is not a scenario in order.
    #[error("the fleet of {number} cannot be simulated:\n{problems}")]
    Fleet {
        /// How many.
        number: u32,
        /// What is wrong with it.
        problems: Box<Diagnostics>,
    },
    /// A file that the scenario names cannot be used.
    #[error(transparent)]
    Input(#[from] InputError),
}

/// What runs are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// To guide the search.
    Guess,
    /// To state whether the objectives are met.
    Decide,
}

/// Where a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which choice, counted from 0.
    pub choice: usize,
    /// The number that is tried.
    pub number: u32,
    /// What is done with its runs.
    pub stage: Stage,
    /// Runs there will be of it.
    pub replication: u32,
    /// Runs done, of all choices.
    pub runs: u64,
}

/// Finds the best fleet. `tell` hears where the search is.
///
/// # Errors
/// Where a fleet cannot be simulated.
pub fn size(request: &Request, tell: &(dyn Fn(Step) + Sync)) -> Result<Sizing, SizeError> {
    let size = &request.size;
    let first = request.fleet(0, size.from)?;
    let latency_metric = latency_metric(&request.objectives(&first));
    let work = Work::default();
    let search = |choice: usize| search_choice(request, choice, &latency_metric, tell, &work);
    let found: Result<Vec<_>, SizeError> =
        (0..request.choices.len()).into_par_iter().map(search).collect();
    let found = found?;
    let (runs, events) = work.done();
    let mut sizing = Sizing {
        scenario: request.scenario.simulation.name.clone(),
        seed: request.scenario.simulation.seed,
        vary: size.vary.clone(),
        from: size.from,
        to: size.to,
        confidence: size.confidence.0,
        most_replications: size.replications.max,
        by_cost: request.by_cost(),
        objectives: request.objectives(&first),
        latency_metric,
        choice_paths: request.choice_paths.clone(),
        choices: request
            .choices
            .iter()
            .zip(found)
            .map(|(values, found)| choice(values, found, size.confidence.0))
            .collect(),
        answer: None,
        runs,
        events,
    };
    mark_front(&mut sizing.choices);
    sizing.answer = best(&sizing.choices, sizing.by_cost);
    Ok(sizing)
}

/// The latency that an objective is about, the furthest out in the tail first.
fn latency_metric(objectives: &[Objective]) -> String {
    let has = |metric: &&str| objectives.iter().any(|objective| objective.metric == *metric);
    ["p99", "p95", "mean", "p50"].into_iter().find(has).unwrap_or("p99").to_owned()
}

fn search_choice(
    request: &Request,
    choice: usize,
    latency_metric: &str,
    tell: &(dyn Fn(Step) + Sync),
    work: &Work,
) -> Result<Found, SizeError> {
    let size = &request.size;
    let scenario = request.fleet(choice, size.from)?;
    let objectives = request.objectives(&scenario);
    let last = RefCell::new(Some((size.from, scenario)));
    let objectives = objectives.as_slice();
    let fleets = Fleets { request, choice, objectives, latency_metric, tell, work, last };
    let question = Question {
        from: size.from,
        to: size.to,
        replications: (size.replications.min, size.replications.max),
        risk: (1.0 - size.confidence.0) / request.choices.len() as f64,
        objectives,
        beyond: request.by_cost(),
    };
    search::search(&fleets, &question)
}

fn choice(values: &[SweepValue], found: Found, confidence: f64) -> Choice {
    let text = |value: &SweepValue| match value.0.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    Choice {
        values: values.iter().map(text).collect(),
        smallest: found.smallest,
        fleets: found.tried.iter().map(|tried| fleet(tried, confidence)).collect(),
    }
}

fn fleet(tried: &Tried, confidence: f64) -> Fleet {
    let measured = |of: &dyn Fn(&Observation) -> Option<f64>| -> Option<Measured> {
        let values: Option<Vec<f64>> = tried.runs.iter().map(of).collect();
        let estimate = estimate(&values?, confidence);
        Some(Measured { mean: estimate.mean, half_width: estimate.half_width })
    };
    let objectives = 0..tried.runs[0].values.len();
    let value =
        |index: usize| measured(&|run| Some(run.values[index]).filter(|value| value.is_finite()));
    let costs = tried.runs.iter().map(|run| run.cost_per_hour);
    Fleet {
        number: tried.number,
        verdict: tried.verdict,
        replications: tried.runs.len() as u32,
        cost_per_hour: costs.sum::<f64>() / tried.runs.len() as f64,
        latency: measured(&|run| run.latency),
        measured: objectives.map(value).collect(),
        on_front: false,
    }
}

/// Marks the fleets of which no other that meets the objectives is cheaper and as fast.
fn mark_front(choices: &mut [Choice]) {
    let mut fleets: Vec<(&mut Fleet, f64)> = choices
        .iter_mut()
        .flat_map(|choice| &mut choice.fleets)
        .filter(|fleet| fleet.verdict == Verdict::Met)
        .filter_map(|fleet| fleet.latency.map(|latency| (fleet, latency.mean)))
        .collect();
    let points: Vec<_> =
        fleets.iter().map(|(fleet, latency)| (fleet.cost_per_hour, *latency)).collect();
    for ((fleet, _), on) in fleets.iter_mut().zip(front(&points)) {
        fleet.on_front = on;
    }
}

/// The cheapest of the fleets that meet the objectives, or the smallest; of equals the one that is
/// also better in the other, then the first.
fn best(choices: &[Choice], by_cost: bool) -> Option<Answer> {
    let mut best: Option<((f64, f64), Answer)> = None;
    for (choice, of) in choices.iter().enumerate() {
        for (fleet, it) in of.fleets.iter().enumerate() {
            let key = match by_cost {
                true => (it.cost_per_hour, f64::from(it.number)),
                false => (f64::from(it.number), it.cost_per_hour),
            };
            if it.verdict == Verdict::Met && best.is_none_or(|(least, _)| key < least) {
                best = Some((key, Answer { choice, fleet }));
            }
        }
    }
    best.map(|(_, answer)| answer)
}
