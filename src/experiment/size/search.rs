//! The search for the smallest number that meets all objectives, from noisy runs.
//!
//! In three steps:
//! 1. A guess, from a few runs of each number on the way: a short one, which is enough to tell what
//!    is hopeless (overloaded, or without room for its replicas), then some in full. Nothing is
//!    stated on these; their seeds are used for nothing else.
//! 2. Statements: at the guess and around it, runs are added until they show that the objectives
//!    are met or that one is missed, with the risk that [`Budget`] allows; where the most runs do
//!    not tell, the number counts as one that misses. It ends when a number is shown to meet them
//!    and the one below it is not.
//! 3. A few larger numbers, for the front of cost and latency.

use std::ops::Range;

use super::bracket::Bracket;
use super::budget::{Budget, looks, share};
use super::standing::{Standing, of_all};
use crate::report::size::{Objective, Verdict};

/// First replication of the runs that make the guess; fewer than this are ever stated on.
pub const PILOTS: u32 = 1 << 31;
/// Runs in full of each number on the way to the guess.
const PILOT_RUNS: u32 = 2;
/// A short run that is off by this factor is hopeless.
const HOPELESS: f64 = 3.0;
/// How much larger than the answer the fleets beyond it are.
const BEYOND: [f64; 3] = [0.1, 0.25, 0.5];

/// What one run of a fleet came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The value of each objective; infinite, on its bad side, where nothing was measured.
    pub values: Vec<f64>,
    /// The highest latency of any app with an objective, seconds.
    pub latency: Option<f64>,
    /// US dollars an hour.
    pub cost_per_hour: f64,
}

/// Who runs fleets.
pub trait Oracle {
    /// Why it could not.
    type Error;

    /// Runs the fleet of so many once for each replication. Equal replications have equal seeds.
    ///
    /// # Errors
    /// Where there is no such fleet or it cannot be run.
    fn run(
        &self,
        number: u32,
        replications: Range<u32>,
        length: Length,
    ) -> Result<Vec<Observation>, Self::Error>;
}

/// How much of the simulated time a run plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// The warm-up, and a part of what is measured.
    Short,
    /// All of it.
    Full,
}

/// What is asked of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question<'a> {
    pub from: u32,
    pub to: u32,
    /// Runs of a fleet, at least and at most.
    pub replications: (u32, u32),
    /// Risk of any wrong statement.
    pub risk: f64,
    pub objectives: &'a [Objective],
    /// Whether fleets larger than the answer are of interest.
    pub beyond: bool,
}

/// A fleet and its runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    pub number: u32,
    pub verdict: Verdict,
    pub runs: Vec<Observation>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The smallest number shown to meet the objectives.
    pub smallest: Option<u32>,
    /// In the order of their numbers.
    pub tried: Vec<Tried>,
}

/// Searches.
///
/// # Errors
/// Where a fleet cannot be run.
pub fn search<O: Oracle>(oracle: &O, question: &Question) -> Result<Found, O::Error> {
    let guess = guess(oracle, question)?;
    let budget = Budget::new(question.risk, guess);
    let mut bracket = Bracket::new(question.from, question.to);
    let mut tried: Vec<Tried> = Vec::new();
    while let Some(number) = bracket.next(guess) {
        let fleet = decide(oracle, question, &budget, number)?;
        bracket.record(number, fleet.verdict == Verdict::Met);
        tried.push(fleet);
    }
    let smallest = bracket.met();
    if let Some(smallest) = smallest.filter(|_| question.beyond) {
        for number in beyond(smallest, question.to) {
            if tried.iter().all(|fleet| fleet.number != number) {
                tried.push(decide(oracle, question, &budget, number)?);
            }
        }
    }
    tried.sort_by_key(|fleet| fleet.number);
    Ok(Found { smallest, tried })
}

/// The number that is likely to be the answer.
fn guess<O: Oracle>(oracle: &O, question: &Question) -> Result<u32, O::Error> {
    let mut bracket = Bracket::new(question.from, question.to);
    while let Some(number) = bracket.next(question.from) {
        let promising = is_promising(oracle, question.objectives, number)?;
        bracket.record(number, promising);
    }
    Ok(bracket.met().unwrap_or(question.to))
}

fn is_promising<O: Oracle>(
    oracle: &O,
    objectives: &[Objective],
    number: u32,
) -> Result<bool, O::Error> {
    let short = oracle.run(number, PILOTS..PILOTS + 1, Length::Short)?;
    if !meets_on_average(objectives, &short, HOPELESS) {
        return Ok(false);
    }
    let full = oracle.run(number, PILOTS..PILOTS + PILOT_RUNS, Length::Full)?;
    Ok(meets_on_average(objectives, &full, 1.0))
}

/// Whether all means are on the good side of their targets, those of latencies widened.
fn meets_on_average(objectives: &[Objective], runs: &[Observation], widened: f64) -> bool {
    use crate::report::size::Sense;
    objectives.iter().enumerate().all(|(index, objective)| {
        let sum: f64 = runs.iter().map(|run| run.values[index]).sum();
        let mean = sum / runs.len() as f64;
        match objective.sense {
            Sense::AtMost => mean <= objective.target * widened,
            // what is measured at its end is not known after a part of the time
            Sense::AtLeast => mean >= objective.target || widened > 1.0,
        }
    })
}

/// Adds runs of a fleet until they decide.
fn decide<O: Oracle>(
    oracle: &O,
    question: &Question,
    budget: &Budget,
    number: u32,
) -> Result<Tried, O::Error> {
    let (min, max) = question.replications;
    let looks = looks(min, max);
    let mut runs: Vec<Observation> = Vec::new();
    for &count in &looks {
        let done = runs.len() as u32;
        runs.extend(oracle.run(number, done..count, Length::Full)?);
        let values: Vec<&[f64]> = runs.iter().map(|run| run.values.as_slice()).collect();
        let risk = budget.of(number) * share(&looks, count);
        let verdict = match of_all(question.objectives, &values, risk) {
            Standing::Met => Verdict::Met,
            Standing::Missed => Verdict::Missed,
            Standing::Open => continue,
        };
        return Ok(Tried { number, verdict, runs });
    }
    Ok(Tried { number, verdict: Verdict::Undecided, runs })
}

/// Numbers somewhat larger than the answer.
fn beyond(smallest: u32, to: u32) -> Vec<u32> {
    let mut numbers = Vec::new();
    let mut last = smallest;
    for part in BEYOND {
        let further = smallest + (f64::from(smallest) * part).ceil() as u32;
        last = further.max(last + 1);
        numbers.push(last);
    }
    numbers.retain(|number| *number <= to);
    numbers
}

#[cfg(test)]
mod tests;
