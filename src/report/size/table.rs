//! `fleets.csv` and `--format csv`: one row for each fleet that was tried.
//!
//! Seconds, shares and US dollars an hour, as in the JSON; a value that does not exist is empty.

use super::{Choice, Fleet, Measured, Sizing};
use crate::report::csv_text::{csv_text, plain};

/// All fleets, by choice and number.
pub fn csv(sizing: &Sizing) -> String {
    let rows = sizing.choices.iter().enumerate().flat_map(|(index, choice)| {
        let fleets = choice.fleets.iter().enumerate();
        fleets.map(move |(place, fleet)| {
            let answer = sizing.answer;
            let is_answer = answer.is_some_and(|it| (it.choice, it.fleet) == (index, place));
            row(choice, fleet, is_answer)
        })
    });
    csv_text(std::iter::once(header(sizing)).chain(rows))
}

fn header(sizing: &Sizing) -> Vec<String> {
    let mut header = sizing.choice_paths.clone();
    header.push(sizing.vary.clone());
    header.extend(["verdict", "replications", "cost_per_hour"].map(str::to_owned));
    let mut measured = |name: String| {
        header.push(name.clone());
        header.push(format!("{name}_half_width"));
    };
    measured(format!("latency_{}", sizing.latency_metric));
    for objective in &sizing.objectives {
        measured(format!("{}.{}.{}", objective.cluster, objective.app, objective.metric));
    }
    header.extend(["on_front", "answer"].map(str::to_owned));
    header
}

fn row(choice: &Choice, fleet: &Fleet, is_answer: bool) -> Vec<String> {
    let mut row = choice.values.clone();
    row.extend([
        fleet.number.to_string(),
        fleet.verdict.word().to_owned(),
        fleet.replications.to_string(),
        plain(fleet.cost_per_hour),
    ]);
    row.extend(cells(fleet.latency));
    row.extend(fleet.measured.iter().flat_map(|measured| cells(*measured)));
    row.extend([fleet.on_front.to_string(), is_answer.to_string()]);
    row
}

fn cells(measured: Option<Measured>) -> [String; 2] {
    measured.map_or_else(Default::default, |it| [plain(it.mean), plain(it.half_width)])
}
