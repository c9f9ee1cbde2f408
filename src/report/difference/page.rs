//! `report.html` of a comparison: the answer, the conditions, the changes as charts, and a table of
//! differences for each arm.

use super::{
    Arm, Comparison, Difference, Gate, GateOutcome, Verdict, changed, range, sentence, shown,
    terminal,
};
use crate::report::VERSION;
use crate::report::chart::Chart;
use crate::report::page::{Block, Cell, Column, Item, Mark, Page, Row, Rows, Section, Table};
use crate::report::quantity::percent;

/// The page of a comparison with its charts, as HTML.
pub fn page(comparison: &Comparison, charts: &[Chart]) -> String {
    let mut sentences = sentence::sentences(comparison).into_iter();
    let page = Page {
        subject: format!("{} · plimsoll {VERSION}", terminal::heading(comparison)),
        name: comparison.name.clone(),
        headline: sentences.next().unwrap_or_default(),
        support: sentences.collect(),
        notes: comparison.notes.clone(),
        sections: [conditions(comparison), changes(charts)]
            .into_iter()
            .chain(comparison.arms.iter().map(|arm| differences(comparison, arm)))
            .chain([method(comparison), assumptions(comparison)])
            .flatten()
            .collect(),
    };
    page.html()
}

fn conditions(comparison: &Comparison) -> Option<Section> {
    let item = |gate: &Gate| Item {
        text: terminal::gate_line(gate, comparison),
        mark: match gate.outcome {
            GateOutcome::Passed => Some(Mark::Met),
            GateOutcome::Failed => Some(Mark::Missed),
            GateOutcome::Undecided => None,
        },
    };
    let items: Vec<Item> = comparison.gates.iter().map(item).collect();
    if items.is_empty() {
        return None;
    }
    Section::of("What was not to happen", vec![Block::List(items)])
}

fn changes(charts: &[Chart]) -> Option<Section> {
    let key = "Squares are mean changes, lines their intervals. Green: better; orange: worse; \
               black: different; grey: no difference shown. What is the same in every pair is left \
               out.";
    let key = (!charts.is_empty()).then(|| Block::Remark(key.into()));
    Section::of("Changes", charts.iter().cloned().map(Block::Chart).chain(key).collect())
}

fn assumptions(comparison: &Comparison) -> Option<Section> {
    let scenario = comparison.scenario.clone()?;
    let text = "All that the scenario says, with the defaults filled in, before any variant \
                changes it.";
    let details = Block::Details {
        summary: "The whole scenario".into(),
        blocks: vec![Block::Code(scenario)],
    };
    Section::of("Assumptions", vec![Block::Paragraph(text.into()), details])
}

fn differences(comparison: &Comparison, arm: &Arm) -> Option<Section> {
    let clusters = comparison.names_clusters();
    let mut groups: Vec<Rows> = Vec::new();
    for difference in &arm.differences {
        let title = terminal::title(&difference.heading, clusters);
        if groups.last().is_none_or(|group| group.title != title) {
            groups.push(Rows { title, rows: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.rows.push(row(difference));
        }
    }
    let confidence = percent(comparison.confidence).replace(".0 %", " %");
    let columns = vec![
        Column::words(""),
        Column::figures(&comparison.baseline),
        Column::figures(&arm.name),
        Column::figures("change"),
        Column::figures(format!("{confidence} interval")),
        Column::figures("p"),
        Column::words("verdict"),
    ];
    let title = format!("{} against {}", arm.name, comparison.baseline);
    Section::of(title, vec![Block::Table(Table { columns, groups, sortable: true })])
}

fn row(difference: &Difference) -> Row {
    let (unit, paired) = (difference.heading.unit, &difference.paired);
    let (kind, change) = difference.change();
    let mark = match difference.verdict {
        Verdict::Better => Some(Mark::Met),
        Verdict::Worse => Some(Mark::Missed),
        Verdict::Differs => Some(Mark::Best),
        Verdict::NotShown | Verdict::Identical => None,
    };
    let mean = |value: f64| Cell::figure(shown(value, unit), value);
    let width = (change.high - change.low).abs();
    Row::of(
        Cell::words(difference.heading.metric.replace('_', " ")),
        vec![
            mean(paired.baseline.estimate),
            mean(paired.variant.estimate),
            Cell::figure(changed(change.estimate, kind, unit), change.estimate),
            Cell::figure(range(&change, kind, unit), width),
            Cell::figure(
                terminal::probability(difference.adjusted_p),
                difference.adjusted_p.unwrap_or(f64::NAN),
            ),
            Cell::words(difference.verdict.words()).marked(mark),
        ],
    )
}

fn method(comparison: &Comparison) -> Option<Section> {
    let files = "All of it is in `comparison.json` and `comparison.csv` beside this page; \
                 `runs.csv` has every run with all its figures.";
    let blocks =
        vec![Block::Paragraph(terminal::explanation(comparison)), Block::Paragraph(files.into())];
    Section::of("How it was found", blocks)
}
