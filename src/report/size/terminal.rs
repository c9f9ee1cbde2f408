//! A search on the terminal: the answer in sentences, then the fleets.

use comfy_table::{CellAlignment, Table, presets};

use super::sentence::{nearest, sentences, spread, wanted, whole_percent};
use super::{Choice, Fleet, Measured, Sizing, Verdict};
use crate::report::quantity::{NOTHING, count, duration, money, percent};
use crate::report::terminal::{TerminalOptions, printable, wrapped};

/// The answer and what it rests on.
pub fn text(sizing: &Sizing, options: &TerminalOptions) -> String {
    let mut text = String::new();
    for sentence in sentences(sizing) {
        text += &wrapped(&printable(&sentence), options.width, "");
    }
    if sizing.choices.len() > 1 {
        text += &format!("\n{}", choices(sizing));
    }
    let heading = match (sizing.choices.len() > 1, sizing.has_costs()) {
        (true, true) => format!(
            "fleets of which no other that meets the objectives is cheaper and has a lower {}",
            sizing.latency_metric
        ),
        (true, false) => "fleets that meet the objectives".to_owned(),
        (false, _) => "fleets that were tried".to_owned(),
    };
    text += &format!("\n{}{}", wrapped(&heading, options.width, ""), fleets(sizing));
    let note = format!(
        "{} runs in all. ±: {} interval of that mean alone; the verdicts all hold at once with {} \
         confidence.",
        count(sizing.runs),
        whole_percent(sizing.confidence),
        whole_percent(sizing.confidence)
    );
    text + "\n" + &wrapped(&note, options.width, "")
}

/// The smallest fleet of each choice, and what stands in the way of one less.
fn choices(sizing: &Sizing) -> String {
    let mut table = plain_table();
    let paths = sizing.choice_paths.iter().map(|path| short(path));
    let head = ["smallest", "cost", &sizing.latency_metric, "one less has"].map(str::to_owned);
    table.set_header(paths.chain(head));
    for choice in &sizing.choices {
        let row = choice.values.iter().map(|value| printable(value));
        let fleet = choice.smallest_fleet();
        let rest = [
            fleet.map_or(format!("none up to {}", sizing.to), |it| count(it.number.into())),
            fleet.map_or(NOTHING.to_owned(), cost),
            fleet.map_or(NOTHING.to_owned(), |it| latency(it.latency)),
            in_the_way(sizing, choice),
        ];
        table.add_row(row.chain(rest));
    }
    let numbers = sizing.choice_paths.len();
    for index in numbers..numbers + 3 {
        align_right(&mut table, index);
    }
    format!("{}\n", table.trim_fmt())
}

pub(super) fn in_the_way(sizing: &Sizing, choice: &Choice) -> String {
    let Some(fleet) = choice.in_the_way() else {
        return "nothing in the way: it is the smallest allowed".to_owned();
    };
    let which =
        if choice.smallest.is_none() { format!("({}) ", fleet.number) } else { String::new() };
    let undecided = if fleet.verdict == Verdict::Undecided { " (undecided)" } else { "" };
    printable(&format!("{which}{}{undecided}", nearest(sizing, fleet)))
}

/// Those on the front where there are several choices, else all that were tried.
fn fleets(sizing: &Sizing) -> String {
    let several = sizing.choices.len() > 1;
    let mut table = plain_table();
    let paths = sizing.choice_paths.iter().filter(|_| several).map(|path| short(path));
    let mut head = vec![short(&sizing.vary), "cost".to_owned()];
    let objectives = shown_objectives(sizing);
    head.extend(objectives.iter().map(|&index| wanted(&sizing.objectives[index])));
    head.extend(["runs", "verdict"].map(str::to_owned));
    table.set_header(paths.chain(head));
    let mut rows: Vec<(&Choice, &Fleet)> = sizing
        .choices
        .iter()
        .flat_map(|choice| choice.fleets.iter().map(move |fleet| (choice, fleet)))
        .filter(|(_, fleet)| !several || fleet.on_front)
        .collect();
    if several {
        rows.sort_by(|(_, a), (_, b)| a.cost_per_hour.total_cmp(&b.cost_per_hour));
    }
    for (choice, fleet) in rows {
        let mut row: Vec<String> =
            choice.values.iter().filter(|_| several).map(|value| printable(value)).collect();
        row.extend([count(fleet.number.into()), cost(fleet)]);
        row.extend(
            objectives
                .iter()
                .map(|&index| measured(&sizing.objectives[index].metric, fleet.measured[index])),
        );
        row.extend([count(fleet.replications.into()), fleet.verdict.word().to_owned()]);
        table.add_row(row);
    }
    let first = if several { sizing.choice_paths.len() } else { 0 };
    for index in first..first + 3 + objectives.len() {
        align_right(&mut table, index);
    }
    format!("{}\n", table.trim_fmt())
}

/// Places of the objectives that are worth a column: that of the replicas only where they found no
/// room somewhere.
pub(super) fn shown_objectives(sizing: &Sizing) -> Vec<usize> {
    let all = sizing.choices.iter().flat_map(|choice| &choice.fleets);
    let without_room = |index: usize| {
        all.clone().any(|fleet| fleet.measured[index].is_none_or(|share| share.mean < 1.0))
    };
    (0..sizing.objectives.len())
        .filter(|&index| sizing.objectives[index].metric != "replicas" || without_room(index))
        .collect()
}

pub(super) fn measured(metric: &str, value: Option<Measured>) -> String {
    match (metric, value) {
        (_, None) => NOTHING.to_owned(),
        ("replicas", Some(share)) => percent(share.mean),
        ("availability", Some(share)) => spread(&share, percent),
        (_, value) => latency(value),
    }
}

pub(super) fn latency(value: Option<Measured>) -> String {
    value.map_or(NOTHING.to_owned(), |value| spread(&value, duration))
}

pub(super) fn cost(fleet: &Fleet) -> String {
    match fleet.cost_per_hour {
        0.0 => NOTHING.to_owned(),
        cost => format!("{}/h", money(cost)),
    }
}

/// The end of a path, which says what it is: `hosts.count`.
pub(super) fn short(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    printable(&parts[parts.len().saturating_sub(2)..].join("."))
}

fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn align_right(table: &mut Table, index: usize) {
    if let Some(column) = table.column_mut(index) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
