//! `report.html` of a search for a fleet: the answer, latency against cost, what there was to
//! choose, and all fleets that were tried.

use super::sentence::{sentences, wanted, whole_percent};
use super::terminal::{cost, in_the_way, latency, measured, short, shown_objectives};
use super::{Choice, Fleet, Sizing, Verdict};
use crate::report::VERSION;
use crate::report::chart::Chart;
use crate::report::page::{Block, Cell, Column, Mark, Page, Row, Section, Table};
use crate::report::quantity::{NOTHING, count};

/// The page of a search with its charts; `scenario` is that of the best fleet, as TOML.
pub fn page(sizing: &Sizing, charts: &[Chart], scenario: &str) -> Page {
    let mut said = sentences(sizing).into_iter();
    Page {
        subject: format!(
            "{} · search for a fleet · {} runs · seed {} · plimsoll {VERSION}",
            sizing.scenario,
            count(sizing.runs),
            sizing.seed
        ),
        name: sizing.scenario.clone(),
        headline: said.next().unwrap_or_default(),
        support: said.collect(),
        notes: Vec::new(),
        sections: [charted(charts), choices(sizing), fleets(sizing), method(sizing)]
            .into_iter()
            .flatten()
            .chain(assumptions(sizing, scenario))
            .collect(),
    }
}

fn charted(charts: &[Chart]) -> Option<Section> {
    Section::of("Charts", charts.iter().cloned().map(Block::Chart).collect())
}

fn choices(sizing: &Sizing) -> Option<Section> {
    let several = sizing.choices.len() > 1;
    let paths = sizing.choice_paths.iter().map(|path| Column::words(short(path)));
    let rest = [
        Column::figures("smallest"),
        Column::figures("cost"),
        Column::figures(&sizing.latency_metric),
        Column::words("one less has"),
    ];
    let rows = sizing.choices.iter().enumerate().map(|(index, choice)| {
        let is_best = sizing.answer.is_some_and(|answer| answer.choice == index);
        choice_row(sizing, choice, is_best)
    });
    let table = Table::sortable(paths.chain(rest).collect(), rows.collect());
    Section::of("Choices", several.then_some(Block::Table(table)).into_iter().collect())
}

fn choice_row(sizing: &Sizing, choice: &Choice, is_best: bool) -> Row {
    let best = is_best.then_some(Mark::Best);
    let fleet = choice.smallest_fleet();
    let mut cells = choice.values.iter().map(|value| Cell::words(value).marked(best));
    let head = cells.next().unwrap_or_default();
    let figure = |text: String, value: Option<f64>| {
        Cell::figure(text, value.unwrap_or(f64::NAN)).marked(best)
    };
    let smallest = match fleet {
        Some(fleet) => count(fleet.number.into()),
        None => format!("none up to {}", sizing.to),
    };
    let rest = vec![
        figure(smallest, fleet.map(|fleet| fleet.number.into())),
        figure(fleet.map_or(NOTHING.into(), cost), fleet.map(|fleet| fleet.cost_per_hour)),
        figure(
            fleet.map_or(NOTHING.into(), |fleet| latency(fleet.latency)),
            fleet.and_then(|fleet| fleet.latency).map(|latency| latency.mean),
        ),
        Cell::words(in_the_way(sizing, choice)),
    ];
    Row::of(head, cells.chain(rest).collect())
}

fn fleets(sizing: &Sizing) -> Option<Section> {
    let paths = sizing.choice_paths.iter().map(|path| Column::words(short(path)));
    let first = [Column::figures(short(&sizing.vary)), Column::figures("cost")];
    let objectives = shown_objectives(sizing).into_iter().map(|index| {
        let objective = &sizing.objectives[index];
        Column::figures(wanted(objective)).noted(format!("{} {}", objective.cluster, objective.app))
    });
    let last = [Column::figures("runs"), Column::words("objectives"), Column::words("front")];
    let columns = paths.chain(first).chain(objectives).chain(last).collect();
    let each = sizing.choices.iter();
    let all = each.flat_map(|choice| choice.fleets.iter().map(move |fleet| (choice, fleet)));
    let best = sizing.best().map(|(_, fleet)| std::ptr::from_ref(fleet));
    let rows = all.map(|(choice, fleet)| {
        fleet_row(sizing, choice, fleet, best == Some(std::ptr::from_ref(fleet)))
    });
    let table = Block::Table(Table::sortable(columns, rows.collect()));
    let key = Block::Remark(
        "Bold: the answer. On the front: no other fleet that meets the objectives is cheaper and \
         faster."
            .into(),
    );
    Section::of("All fleets that were tried", vec![table, key])
}

fn fleet_row(sizing: &Sizing, choice: &Choice, fleet: &Fleet, is_best: bool) -> Row {
    let best = is_best.then_some(Mark::Best);
    let words = choice.values.iter().map(|value| Cell::words(value).marked(best));
    let number = Cell::figure(count(fleet.number.into()), fleet.number.into()).marked(best);
    let price = Cell::figure(cost(fleet), fleet.cost_per_hour).marked(best);
    let objectives = shown_objectives(sizing).into_iter().map(|index| {
        let (metric, value) = (&sizing.objectives[index].metric, fleet.measured[index]);
        Cell::figure(measured(metric, value), value.map_or(f64::NAN, |value| value.mean))
    });
    let runs = Cell::figure(count(fleet.replications.into()), fleet.replications.into());
    let verdict = Cell::words(fleet.verdict.word()).marked(match fleet.verdict {
        Verdict::Met => Some(Mark::Met),
        Verdict::Missed => Some(Mark::Missed),
        Verdict::Undecided => None,
    });
    let front = Cell::words(if fleet.on_front { "on it" } else { "" });
    let mut cells = words.chain([number, price]).chain(objectives).chain([runs, verdict, front]);
    let head = cells.next().unwrap_or_default();
    Row::of(head, cells.collect())
}

fn method(sizing: &Sizing) -> Option<Section> {
    let text = format!(
        "The smallest number from {} to {} was searched for by galloping from a guess and halving \
         what is left. Each fleet was simulated under the same seeds until every objective was \
         shown to be met or missed, at most {} times; what was shown neither way does not count as \
         met. All verdicts together hold with {} confidence; the interval beside a mean (±) is of \
         that mean alone.",
        sizing.from,
        count(sizing.to.into()),
        count(sizing.most_replications.into()),
        whole_percent(sizing.confidence)
    );
    Section::of("How it was done", vec![Block::Paragraph(text)])
}

fn assumptions(sizing: &Sizing, scenario: &str) -> Option<Section> {
    let text = match sizing.answer {
        Some(_) => "All that the scenario says, with the defaults filled in, for the best fleet.",
        None => "All that the scenario says, with the defaults filled in.",
    };
    let details = Block::Details {
        summary: "The whole scenario".into(),
        blocks: vec![Block::Code(scenario.into())],
    };
    Section::of("Assumptions", vec![Block::Paragraph(text.into()), details])
}
