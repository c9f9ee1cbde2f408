//! What a search for the smallest or cheapest fleet found, and how it is shown.
//!
//! * [`sentence`]: the answer in plain words, which comes first everywhere.
//! * [`terminal`]: the answer, what there was to choose, and the front of cost and latency.
//! * [`file`](mod@file), [`table`]: the same for programs, as JSON and CSV.
//! * [`front`]: which fleets are on the front.
//! * [`page`] is `report.html`.
//! * [`directory`]: all of it in one folder, with the chart.
//!
//! The experiments fill [`Sizing`]; everything here is a function of it.

pub mod directory;
pub mod file;
pub mod front;
pub mod page;
pub mod sentence;
pub mod table;
pub mod terminal;

use serde::Serialize;

pub use directory::write;
pub use file::json;
pub use table::csv;

/// Everything a search leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Sizing {
    /// `simulation.name`.
    pub scenario: String,
    /// Seed of the first run of each fleet.
    pub seed: u64,
    /// Path of the number that was searched for.
    pub vary: String,
    /// Smallest and largest number that were allowed.
    pub from: u32,
    pub to: u32,
    /// How likely everything stated is true at once.
    pub confidence: f64,
    /// Most runs of one fleet.
    pub most_replications: u32,
    /// Whether the cheapest fleet is the answer, and not the smallest number.
    pub by_cost: bool,
    /// What must be met.
    pub objectives: Vec<Objective>,
    /// The latency that is shown beside the cost, such as `p99`.
    pub latency_metric: String,
    /// Paths of what could be chosen beside the number.
    pub choice_paths: Vec<String>,
    /// What was found for each choice; a search without choices has one.
    pub choices: Vec<Choice>,
    /// The best fleet.
    pub answer: Option<Answer>,
    /// Runs of all fleets, of which some guided the search only.
    pub runs: u64,
    /// Events in all runs.
    pub events: u64,
}

/// One part of a service level objective, of an app in a cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Objective {
    pub cluster: String,
    pub app: String,
    /// `p50`, `p95`, `p99`, `mean`: seconds; `availability`: share of requests answered;
    /// `replicas`: share of replicas that became ready.
    pub metric: String,
    pub sense: Sense,
    pub target: f64,
}

/// Which side of its target an objective wants a value on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sense {
    AtMost,
    AtLeast,
}

/// One combination of what could be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// A value for each path, as text.
    pub values: Vec<String>,
    /// The smallest number that meets the objectives; `None` where none up to the largest does.
    pub smallest: Option<u32>,
    /// All fleets that were tried, by number.
    pub fleets: Vec<Fleet>,
}

/// One fleet that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    pub number: u32,
    pub verdict: Verdict,
    /// Runs that decided.
    pub replications: u32,
    /// Cost of one hour, US dollars, mean over runs.
    pub cost_per_hour: f64,
    /// The highest latency of any app with an objective, seconds; none where a run has none.
    pub latency: Option<Measured>,
    /// What was measured for each objective; none where a run has nothing.
    pub measured: Vec<Option<Measured>>,
    /// Whether it is on the front of cost and latency.
    pub on_front: bool,
}

/// Whether a fleet meets the objectives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It was shown to.
    Met,
    /// It was shown not to.
    Missed,
    /// Neither was shown in as many runs as were allowed: it does not count as one that does.
    Undecided,
}

impl Verdict {
    /// As tables have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Undecided => "undecided",
        }
    }
}

/// A mean over runs, and half of the width of its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    pub mean: f64,
    /// Of the interval at the confidence of the search, for this mean alone.
    pub half_width: f64,
}

/// The best fleet: which of the choices, and which of its fleets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub choice: usize,
    pub fleet: usize,
}

impl Choice {
    /// Its values in words: `large, m5`; nothing where there was nothing to choose.
    pub fn name(&self) -> String {
        self.values.join(", ")
    }

    /// The smallest fleet that meets the objectives.
    pub fn smallest_fleet(&self) -> Option<&Fleet> {
        let number = self.smallest?;
        self.fleets.iter().find(|fleet| fleet.number == number)
    }

    /// The fleet one smaller than the smallest that meets the objectives, or the largest of all
    /// where none does.
    pub fn in_the_way(&self) -> Option<&Fleet> {
        match self.smallest {
            Some(number) => self.fleets.iter().find(|fleet| fleet.number + 1 == number),
            None => self.fleets.last(),
        }
    }
}

impl Sizing {
    /// The choice and the fleet that are the answer.
    pub fn best(&self) -> Option<(&Choice, &Fleet)> {
        let answer = self.answer?;
        let choice = &self.choices[answer.choice];
        Some((choice, &choice.fleets[answer.fleet]))
    }

    /// Whether fleets differ in what they cost.
    pub fn has_costs(&self) -> bool {
        let mut fleets = self.choices.iter().flat_map(|choice| &choice.fleets);
        fleets.any(|fleet| fleet.cost_per_hour > 0.0)
    }

    /// What is varied, in words: `cluster.web.hosts.count = 7`, after what is chosen.
    pub fn settings(&self, choice: &Choice, number: u32) -> String {
        let chosen = self.choice_paths.iter().zip(&choice.values);
        let parts = chosen.map(|(path, value)| format!("{path} = {value}"));
        let number = format!("{} = {number}", self.vary);
        parts.chain([number]).collect::<Vec<_>>().join(", ")
    }
}
