//! `size.json` and `--format json`: everything a search found, for programs.
//!
//! Times are in seconds, shares from 0 to 1, costs in US dollars an hour. `schema_version` grows
//! when a field changes its meaning or goes away; new fields alone do not change it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::sentence::sentences;
use super::{Choice, Fleet, Measured, Objective, Sizing, Verdict};

/// Version of the layout.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct SizeFile<'a> {
    schema_version: u32,
    plimsoll: &'static str,
    scenario: &'a str,
    seed: u64,
    /// The sentences that people read.
    answer_in_words: Vec<String>,
    answer: Option<AnswerFile<'a>>,
    vary: &'a str,
    from: u32,
    to: u32,
    confidence: f64,
    minimise: &'static str,
    most_replications: u32,
    latency_metric: &'a str,
    objectives: &'a [Objective],
    choices: Vec<ChoiceFile<'a>>,
    runs: u64,
    events: u64,
}

#[derive(Serialize)]
struct AnswerFile<'a> {
    /// Values of the choice by path.
    values: Map<String, Value>,
    #[serde(flatten)]
    fleet: FleetFile<'a>,
}

#[derive(Serialize)]
struct ChoiceFile<'a> {
    values: Map<String, Value>,
    smallest: Option<u32>,
    fleets: Vec<FleetFile<'a>>,
}

#[derive(Serialize)]
struct FleetFile<'a> {
    number: u32,
    verdict: Verdict,
    replications: u32,
    cost_per_hour: f64,
    latency: Option<Measured>,
    /// In the order of the objectives.
    measured: &'a [Option<Measured>],
    on_front: bool,
}

/// The search as indented JSON, with a newline at the end.
pub fn json(sizing: &Sizing) -> String {
    let file = SizeFile {
        schema_version: SCHEMA_VERSION,
        plimsoll: crate::report::VERSION,
        scenario: &sizing.scenario,
        seed: sizing.seed,
        answer_in_words: sentences(sizing),
        answer: sizing.best().map(|(choice, best)| AnswerFile {
            values: values(sizing, choice),
            fleet: fleet(best),
        }),
        vary: &sizing.vary,
        from: sizing.from,
        to: sizing.to,
        confidence: sizing.confidence,
        minimise: if sizing.by_cost { "cost" } else { "number" },
        most_replications: sizing.most_replications,
        latency_metric: &sizing.latency_metric,
        objectives: &sizing.objectives,
        choices: sizing.choices.iter().map(|choice| choice_file(sizing, choice)).collect(),
        runs: sizing.runs,
        events: sizing.events,
    };
    serde_json::to_string_pretty(&file).expect("plain structs with text keys serialise") + "\n"
}

fn choice_file<'a>(sizing: &Sizing, choice: &'a Choice) -> ChoiceFile<'a> {
    ChoiceFile {
        values: values(sizing, choice),
        smallest: choice.smallest,
        fleets: choice.fleets.iter().map(fleet).collect(),
    }
}

fn values(sizing: &Sizing, choice: &Choice) -> Map<String, Value> {
    let both = sizing.choice_paths.iter().zip(&choice.values);
    both.map(|(path, value)| (path.clone(), json!(value))).collect()
}

fn fleet(fleet: &Fleet) -> FleetFile<'_> {
    FleetFile {
        number: fleet.number,
        verdict: fleet.verdict,
        replications: fleet.replications,
        cost_per_hour: fleet.cost_per_hour,
        latency: fleet.latency,
        measured: &fleet.measured,
        on_front: fleet.on_front,
    }
}
