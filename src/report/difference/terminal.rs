//! A comparison on a terminal: the answer in words, a table for each arm, the conditions, and what
//! a reader must know.

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Row, Table, Width,
};

use unicode_width::UnicodeWidthStr;

use super::{
    Arm, Comparison, Difference, Gate, GateKind, GateOutcome, Verdict, changed, described, range,
    sentence, shown,
};
use crate::metrics::figures::Heading;
use crate::report::quantity::{NOTHING, percent};
use crate::report::terminal::{STYLE, TerminalOptions, printable, wrapped};

/// The column that is read first, and therefore not broken.
const VERDICT: usize = 6;
/// Names above columns are broken to be no wider than this, where they can be.
const HEADING: usize = 12;

/// The whole comparison as text.
pub fn table(comparison: &Comparison, options: &TerminalOptions) -> String {
    let mut text = wrapped(&heading(comparison), options.width, "") + "\n";
    for sentence in sentence::sentences(comparison) {
        text += &wrapped(&printable(&sentence), options.width, "");
    }
    for arm in &comparison.arms {
        text += "\n";
        text += &part(comparison, arm, options);
    }
    text += "\n";
    text += &wrapped(&explanation(comparison), options.width, "");
    for note in &comparison.notes {
        text += &wrapped(&format!("! {}", printable(note)), options.width, "");
    }
    if !comparison.gates.is_empty() {
        text += "\n";
    }
    for gate in &comparison.gates {
        let line = gate_line(gate, comparison);
        text += &wrapped(&printable(&line), options.width, "");
    }
    text
}

/// `density: vms and containers-in-vms against containers, 10 pairs of runs`
pub(super) fn heading(comparison: &Comparison) -> String {
    let names: Vec<&str> = comparison.arms.iter().map(|arm| arm.name.as_str()).collect();
    let names = match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    };
    let pairs = comparison.arms.iter().map(|arm| arm.pairs).max().unwrap_or(0);
    let pairs = match pairs {
        1 => "1 pair of runs".to_owned(),
        pairs => format!("{pairs} pairs of runs"),
    };
    let Comparison { name, baseline, .. } = comparison;
    printable(&format!("{name}: {names} against {baseline}, {pairs} with the same seeds"))
}

fn part(comparison: &Comparison, arm: &Arm, options: &TerminalOptions) -> String {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .force_no_tty()
        .set_width(options.width)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if options.bold {
        table.enforce_styling().style_text_only();
    }
    let confidence = share(comparison.confidence);
    let names = [&comparison.baseline, &arm.name].map(|name| heading_lines(&printable(name)));
    let [baseline, name] = names;
    let header = ["".into(), baseline, name, "change".into(), format!("{confidence} interval")];
    let header = header.map(right);
    table.set_header(header.into_iter().chain([right("p".into()), Cell::new("verdict")]));
    let clusters = comparison.names_clusters();
    let mut section = String::new();
    let (same, others): (Vec<_>, Vec<_>) =
        arm.differences.iter().partition(|one| one.verdict == Verdict::Identical);
    for difference in &others {
        let title = title(&difference.heading, clusters);
        if title != section {
            let bold = Cell::new_owned(title.clone()).add_attribute(Attribute::Bold);
            table.add_row([bold]);
            section = title;
        }
        table.add_row(row(difference));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding(if index == 0 { (0, 0) } else { (2, 0) });
        if index == VERDICT {
            let width = Verdict::NotShown.words().len() as u16 + 2;
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
    }
    let mut text = if others.is_empty() {
        String::new()
    } else {
        table.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
    };
    if !same.is_empty() {
        let names: Vec<String> = same.iter().map(|one| with_value(one, clusters)).collect();
        let line = format!("{}, identical in every pair: {}", arm.name, names.join(", "));
        text += &wrapped(&printable(&line), options.width, "");
    }
    text
}

/// A name on as many lines as its parts need, so that it does not widen its column.
fn heading_lines(name: &str) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for part in name.split_inclusive(['-', '_', '.', ' ', '/']) {
        if column > 0 && column + part.width() > HEADING {
            lines.push('\n');
            column = 0;
        }
        lines += part;
        column += part.width();
    }
    lines
}

fn with_value(difference: &Difference, clusters: bool) -> String {
    let value = shown(difference.paired.baseline.estimate, difference.heading.unit);
    format!("{} {value}", described(&difference.heading, clusters))
}

/// What figures of one section are of: `web on vms`.
pub(super) fn title(heading: &Heading, with_cluster: bool) -> String {
    let title = match (heading.app.as_str(), heading.cluster.as_str()) {
        ("", "") => "cluster".to_owned(),
        ("", cluster) if with_cluster => cluster.to_owned(),
        ("", _) => "cluster".to_owned(),
        (app, cluster) if with_cluster && !cluster.is_empty() => format!("{app} on {cluster}"),
        (app, _) => app.to_owned(),
    };
    printable(&title)
}

fn row(difference: &Difference) -> Row {
    let (unit, paired) = (difference.heading.unit, &difference.paired);
    let (kind, change) = difference.change();
    let verdict = Cell::new(difference.verdict.words());
    let is_shown = difference.verdict.is_shown();
    let verdict = if is_shown { verdict.add_attribute(Attribute::Bold) } else { verdict };
    let name = format!("  {}", printable(&difference.heading.metric.replace('_', " ")));
    Row::from(vec![
        Cell::new_owned(name),
        right(shown(paired.baseline.estimate, unit)),
        right(shown(paired.variant.estimate, unit)),
        right(changed(change.estimate, kind, unit)),
        right(range(&change, kind, unit)),
        right(probability(difference.adjusted_p)),
        verdict,
    ])
}

fn right(text: String) -> Cell {
    Cell::new_owned(text).set_alignment(CellAlignment::Right)
}

/// To two digits, as more of it says nothing.
pub(super) fn probability(p_value: Option<f64>) -> String {
    match p_value {
        None => NOTHING.into(),
        Some(p) if p < 0.0001 => "<0.0001".into(),
        Some(p) if p < 0.00995 => format!("{p:.4}"),
        Some(p) => format!("{p:.2}"),
    }
}

/// `95 %`
fn share(confidence: f64) -> String {
    percent(confidence).replace(".0 %", " %")
}

pub(super) fn explanation(comparison: &Comparison) -> String {
    let open = comparison.differences().filter(|one| {
        let interval = one.paired.absolute;
        one.verdict == Verdict::NotShown && !interval.contains(0.0)
    });
    let advice = match open.count() {
        0 => "",
        _ => {
            " Where an interval has no zero in it and no difference is shown, more replications \
             would tell."
        }
    };
    method(comparison) + advice
}

pub(super) fn method(comparison: &Comparison) -> String {
    let tests = comparison.differences().filter(|one| one.adjusted_p.is_some()).count();
    let chance = share(1.0 - comparison.confidence);
    match tests {
        0 => "One pair of runs has no interval: `--replications` makes more.".into(),
        1 => format!("The verdict is a paired t-test at a level of {chance}."),
        tests => format!(
            "Intervals (paired t; of relative changes Fieller's) are of each figure by itself. p \
             and verdicts are corrected for all {tests} figures (Holm): the chance of even one \
             false difference among them is at most {chance}."
        ),
    }
}

/// `✗ p99 > +5% is shown for more: latency p99 of web +25.1 % (+22.0 to +28.3 %)`.
pub(super) fn gate_line(gate: &Gate, comparison: &Comparison) -> String {
    let (mark, word) = match gate.outcome {
        GateOutcome::Passed => ("✓", "is ruled out for"),
        GateOutcome::Failed => ("✗", "is shown for"),
        GateOutcome::Undecided => ("?", "is undecided for"),
    };
    let figure = described(&gate.heading, comparison.names_clusters());
    let mut line = format!("{mark} {} {word} {}: {figure} ", gate.condition, gate.arm);
    line += &match &gate.measured {
        None => "not measured".to_owned(),
        Some(found) => {
            let value = changed(found.estimate, gate.kind, gate.heading.unit);
            let ends = range(found, gate.kind, gate.heading.unit);
            match gate.kind {
                GateKind::Level => format!("{value} ({ends})"),
                _ if found.low == found.high => format!("{value} in every pair"),
                _ => format!("{value} ({ends})"),
            }
        }
    };
    if let Some(advice) = &gate.advice {
        line += &format!("; {advice}");
    }
    line
}
