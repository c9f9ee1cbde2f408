//! `report.html` of a comparison: the verdict in a sentence for each arm, the conditions, the changes
//! as a forest, and all figures as tables that sort.

use super::sentence::sentences;
use super::terminal::{gate_line, method, probability};
use super::{Arm, Comparison, Difference, GateKind, GateOutcome, Verdict};
use super::{changed, described, range, shown};
use crate::metrics::figures::Better;
use crate::report::VERSION;
use crate::report::chart::forest::{self, Branch, Tone};
use crate::report::chart::{Chart, Heading};
use crate::report::directory::FileNames;
use crate::report::page::{Block, Cell, Column, Item, Mark, Page, Row, Section, Table};

/// Most figures of one chart.
const BRANCHES: usize = 30;

/// The page of a comparison with its charts.
pub fn page(comparison: &Comparison, charts: &[Chart]) -> Page {
    let mut said = sentences(comparison).into_iter();
    let pairs = comparison.arms.iter().map(|arm| arm.pairs).max().unwrap_or(0);
    Page {
        subject: format!(
            "{} · compared with {} · {pairs} pairs of runs · plimsoll {VERSION}",
            comparison.name, comparison.baseline
        ),
        name: comparison.name.clone(),
        headline: said.next().unwrap_or_default(),
        support: said.collect(),
        notes: comparison.notes.clone(),
        sections: [conditions(comparison), changes(charts)]
            .into_iter()
            .flatten()
            .chain(comparison.arms.iter().filter_map(|arm| figures(comparison, arm)))
            .chain(Section::of("How it was done", vec![Block::Paragraph(method(comparison))]))
            .chain(comparison.scenario.as_deref().and_then(assumptions))
            .collect(),
    }
}

/// One chart for each arm.
pub fn charts(comparison: &Comparison) -> Vec<Chart> {
    let mut names = FileNames::default();
    comparison.arms.iter().filter_map(|arm| chart(comparison, arm, &mut names)).collect()
}

fn chart(comparison: &Comparison, arm: &Arm, names: &mut FileNames) -> Option<Chart> {
    let title = format!("What does {} change?", arm.name);
    let heading = Heading {
        title: title.clone(),
        subtitle: format!(
            "{}  ·  against {}  ·  {} pairs of runs  ·  plimsoll {VERSION}",
            comparison.name, comparison.baseline, arm.pairs
        ),
    };
    let clusters = comparison.names_clusters();
    let branches = arm.differences.iter().filter_map(|one| branch(one, clusters));
    let drawing = forest::draw(&heading, &branches.take(BRANCHES).collect::<Vec<_>>())?;
    let name = format!("changes-{}", names.name(&arm.name));
    Some(Chart { name, title, svg: drawing.svg, data: Some(drawing.data) })
}

/// A change that is a share of the baseline; what is the same in all pairs is not worth a line.
fn branch(difference: &Difference, clusters: bool) -> Option<Branch> {
    let relative = difference.paired.relative?;
    let unit = difference.heading.unit;
    let kind = GateKind::RelativeChange;
    let change = changed(relative.estimate, kind, unit);
    let interval = range(&relative, kind, unit);
    (difference.verdict != Verdict::Identical).then(|| Branch {
        name: described(&difference.heading, clusters),
        change: relative.estimate,
        low: relative.low,
        high: relative.high,
        text: format!("{change} ({interval})"),
        tone: tone(difference),
        rows: vec![
            ("baseline".into(), shown(difference.paired.baseline.estimate, unit)),
            ("here".into(), shown(difference.paired.variant.estimate, unit)),
            ("change".into(), change),
            ("interval".into(), interval),
            ("verdict".into(), difference.verdict.words().into()),
        ],
    })
}

const fn tone(difference: &Difference) -> Tone {
    match difference.verdict {
        Verdict::Better => Tone::Good,
        Verdict::Worse => Tone::Bad,
        Verdict::Differs => Tone::Plain,
        Verdict::NotShown | Verdict::Identical => Tone::Quiet,
    }
}

fn conditions(comparison: &Comparison) -> Option<Section> {
    let items = comparison.gates.iter().map(|gate| Item {
        text: gate_line(gate, comparison),
        mark: match gate.outcome {
            GateOutcome::Passed => Some(Mark::Met),
            GateOutcome::Failed => Some(Mark::Missed),
            GateOutcome::Undecided => None,
        },
    });
    let items: Vec<_> = items.collect();
    Section::of(
        "Conditions",
        (!items.is_empty()).then_some(Block::List(items)).into_iter().collect(),
    )
}

fn changes(charts: &[Chart]) -> Option<Section> {
    let key = "Squares are mean changes, lines their intervals. Green: better; orange: worse; black: \
               different; grey: no difference shown. Figures that are the same in every pair are left \
               out.";
    let blocks = charts.iter().cloned().map(Block::Chart);
    let key = (!charts.is_empty()).then(|| Block::Remark(key.into()));
    Section::of("Changes", blocks.chain(key).collect())
}

fn figures(comparison: &Comparison, arm: &Arm) -> Option<Section> {
    let clusters = comparison.names_clusters();
    let columns = vec![
        Column::words("figure"),
        Column::figures(&comparison.baseline).noted("mean"),
        Column::figures(&arm.name).noted("mean"),
        Column::figures("change"),
        Column::figures("interval"),
        Column::figures("p").noted("corrected"),
        Column::words("verdict"),
    ];
    let rows: Vec<Row> = arm.differences.iter().map(|one| row(one, clusters)).collect();
    let table = (!rows.is_empty()).then(|| Block::Table(Table::sortable(columns, rows)));
    Section::of(
        format!("{} against {}", arm.name, comparison.baseline),
        table.into_iter().collect(),
    )
}

fn row(difference: &Difference, clusters: bool) -> Row {
    let (paired, unit) = (&difference.paired, difference.heading.unit);
    let (kind, change) = difference.change();
    let mean = |value: f64| Cell::figure(shown(value, unit), value);
    let verdict = Cell::words(difference.verdict.words()).marked(match difference.verdict {
        Verdict::Better => Some(Mark::Met),
        Verdict::Worse => Some(Mark::Missed),
        _ => None,
    });
    let cells = vec![
        mean(paired.baseline.estimate),
        mean(paired.variant.estimate),
        Cell::figure(changed(change.estimate, kind, unit), change.estimate),
        Cell::figure(range(&change, kind, unit), change.high - change.low),
        Cell::figure(probability(difference.adjusted_p), difference.adjusted_p.unwrap_or(f64::NAN)),
        verdict,
    ];
    let name = described(&difference.heading, clusters);
    let hint = match difference.heading.better {
        Better::More => format!("{name} ↑"),
        Better::Less => format!("{name} ↓"),
        Better::Neither => name,
    };
    Row::of(Cell::words(hint), cells)
}

fn assumptions(scenario: &str) -> Option<Section> {
    let text = "All that the scenario says, with the defaults filled in, before any variant changes \
                it.";
    let details = Block::Details {
        summary: "The whole scenario".into(),
        blocks: vec![Block::Code(scenario.into())],
    };
    Section::of("Assumptions", vec![Block::Paragraph(text.into()), details])
}
