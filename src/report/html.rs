//! `report.html` of a run.
//!
//! The verdict comes first, then the comparison, what was paid for, the charts, where start-up time
//! went, why it came out so, how the density was found, and what it all rests on.

use super::VERSION;
use super::accounting::balances;
use super::chart::{CHARTED_APPS, Chart};
use super::comparison::{self, Comparison, Measure};
use super::cost;
use super::page::{Block, Cell, Column, Item, Mark, Page, Row, Rows, Section, Table};
use super::quantity::{NOTHING, count, duration, percent};
use super::starts::section as starts;
use super::verdict::Verdict;
use super::why::{Reason, reasons};
use crate::metrics::RunResult;
use crate::metrics::summary::{ClusterSummary, DensityProbe};

/// The page of a run with its charts, as HTML.
pub fn page(result: &RunResult, charts: &[Chart]) -> String {
    let Verdict { headline, support } = Verdict::of(result);
    let summaries: Vec<_> = result.recordings.iter().map(|r| &r.summary).collect();
    let page = Page {
        subject: subject(result),
        name: result.scenario.clone(),
        headline,
        support,
        notes: notes(&summaries),
        sections: [
            side_by_side(&Comparison::of(result)),
            cost::section(&summaries),
            charted(&summaries, charts),
            starts::section(&summaries, charts),
            why(&summaries),
            density(&summaries),
            accounts(&summaries),
            assumptions(&result.resolved),
            again(result.seed),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    page.html()
}

fn subject(result: &RunResult) -> String {
    let length = match result.recordings.first() {
        Some(first) => format!(" · {} simulated", duration(first.summary.simulated_seconds)),
        None => String::new(),
    };
    format!("{}{length} · seed {} · plimsoll {VERSION}", result.scenario, result.seed)
}

fn notes(all: &[&ClusterSummary]) -> Vec<String> {
    let of = |summary: &&ClusterSummary| {
        let cluster = summary.cluster.clone();
        let warnings = summary.warnings.clone();
        warnings.into_iter().map(move |warning| format!("{cluster}: {warning}"))
    };
    all.iter().flat_map(of).collect()
}

fn side_by_side(comparison: &Comparison) -> Option<Section> {
    let heads = comparison.clusters.iter();
    let heads = heads.map(|head| Column::figures(&head.name).noted(&head.platform));
    let cells = comparison.sections.iter().flat_map(|section| &section.measures);
    let marks_best = cells.flat_map(|measure| &measure.cells).any(|cell| cell.best);
    let table = Table {
        columns: [Column::words("")].into_iter().chain(heads).collect(),
        groups: comparison.sections.iter().map(measures).collect(),
        // rows are of different kinds
        sortable: false,
    };
    let key = "Bold: best of the row, where clusters differ.";
    let key = marks_best.then(|| Block::Remark(key.into()));
    Section::of("Side by side", [Block::Table(table)].into_iter().chain(key).collect())
}

fn measures(section: &comparison::Section) -> Rows {
    let row = |measure: &Measure| {
        let cells = measure.cells.iter().map(|cell| Cell::words(&cell.text).marked(mark(cell)));
        Row::of(Cell::words(&measure.name), cells.collect())
    };
    Rows { title: section.title.clone(), rows: section.measures.iter().map(row).collect() }
}

fn mark(cell: &comparison::Cell) -> Option<Mark> {
    match (cell.met, cell.best) {
        (Some(met), _) => Some(judged(met)),
        (None, true) => Some(Mark::Best),
        (None, false) => None,
    }
}

fn judged(met: bool) -> Mark {
    if met { Mark::Met } else { Mark::Missed }
}

fn charted(all: &[&ClusterSummary], charts: &[Chart]) -> Option<Section> {
    let apps = all.first().map_or(0, |summary| summary.apps.len());
    let rest = (apps > CHARTED_APPS).then(|| {
        Block::Remark(format!(
            "Charts show the first {CHARTED_APPS} apps; the figures of the other {} are in the \
             table above and in the files beside this page.",
            apps - CHARTED_APPS
        ))
    });
    let others = charts.iter().filter(|chart| !starts::is_about_starts(chart)).cloned();
    Section::of("Charts", others.map(Block::Chart).chain(rest).collect())
}

/// What happened that explains the figures.
fn why(all: &[&ClusterSummary]) -> Option<Section> {
    let of = |summary: &&ClusterSummary| {
        let cluster = summary.cluster.clone();
        reasons(summary).into_iter().map(move |reason| (cluster.clone(), reason))
    };
    let reasons: Vec<_> = all.iter().flat_map(of).collect();
    if reasons.is_empty() {
        return None;
    }
    let columns = vec![
        Column::words("cluster"),
        Column::words("what happened"),
        Column::words("what it means"),
        Column::figures("how often"),
    ];
    let rows = reasons.into_iter().map(|(cluster, reason)| reason_row(cluster, reason)).collect();
    let text = "Events of the measured time that move the figures above, and the state things were \
                left in at its end.";
    let blocks = vec![Block::Paragraph(text.into()), Block::Table(Table::sortable(columns, rows))];
    Section::of("Why it came out so", blocks)
}

fn reason_row(cluster: String, reason: Reason) -> Row {
    let often = match reason.times {
        Some(times) => Cell::figure(count(times), times as f64),
        None => Cell::figure(NOTHING, f64::NAN),
    };
    let cells = vec![Cell::words(reason.what), Cell::words(reason.meaning), often];
    Row::of(Cell::words(cluster), cells)
}

fn density(all: &[&ClusterSummary]) -> Option<Section> {
    let searched = all.iter().filter_map(|summary| {
        let probes = &summary.density.as_ref()?.probes;
        (!probes.is_empty()).then(|| Block::Details {
            summary: format!("{}: {} probes", summary.cluster, probes.len()),
            blocks: vec![Block::Table(probe_table(probes))],
        })
    });
    let details: Vec<_> = searched.collect();
    if details.is_empty() {
        return None;
    }
    let text = "The simulator looked for the most replicas on one host that still meet the \
                objective, each with its share of the traffic. Every probe is a simulation of its \
                own.";
    let blocks = [Block::Paragraph(text.into())].into_iter().chain(details);
    Section::of("How the density was found", blocks.collect())
}

fn probe_table(probes: &[DensityProbe]) -> Table {
    let columns = vec![
        Column::figures("replicas"),
        Column::words("placed"),
        Column::figures("p99"),
        Column::figures("CPU utilisation"),
        Column::words("objective"),
    ];
    let row = |probe: &DensityProbe| {
        let p99 = probe.p99.map_or(NOTHING.into(), duration);
        let objective = if probe.met { "✓ met" } else { "✗ missed" };
        Row::of(
            Cell::figure(count(probe.replicas.into()), probe.replicas.into()),
            vec![
                Cell::words(if probe.placed { "all" } else { "not all" }),
                Cell::figure(p99, probe.p99.unwrap_or(f64::NAN)),
                Cell::figure(percent(probe.cpu_utilisation), probe.cpu_utilisation),
                Cell::words(objective).marked(judged(probe.met)),
            ],
        )
    };
    Table::sortable(columns, probes.iter().map(row).collect())
}

fn accounts(all: &[&ClusterSummary]) -> Option<Section> {
    let text = "Every request, container, virtual machine, pull of an image and layer of it ends \
                in exactly one state, and the states add up.";
    let mut blocks = vec![Block::Paragraph(text.into())];
    for summary in all {
        let items = balances(summary).into_iter().map(|balance| {
            let sign = if balance.balances { "✓" } else { "✗" };
            let mark = (!balance.balances).then_some(Mark::Missed);
            Item { text: format!("{sign} {}", balance.text), mark }
        });
        blocks.push(Block::Heading(summary.cluster.clone()));
        blocks.push(Block::List(items.collect()));
    }
    Section::of("Nothing is lost", blocks)
}

fn assumptions(resolved: &str) -> Option<Section> {
    let text = "All that the scenario says, with the defaults filled in. It lies beside this page \
                as `scenario.toml`.";
    Section::of(
        "Assumptions",
        vec![
            Block::Paragraph(text.into()),
            Block::Details {
                summary: "The whole scenario".into(),
                blocks: vec![Block::Code(resolved.into())],
            },
        ],
    )
}

fn again(seed: u64) -> Option<Section> {
    let text =
        "The same version, scenario, seed and input files give this page again, byte for byte.";
    let command = format!("plimsoll run scenario.toml --seed {seed}");
    Section::of("Run it again", vec![Block::Paragraph(text.into()), Block::Code(command)])
}
