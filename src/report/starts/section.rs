//! Starts on the page of a run.

use super::words;
use crate::metrics::starts::Phase;
use crate::metrics::summary::{AppSummary, ClusterSummary, StartBreakdown};
use crate::report::chart::Chart;
use crate::report::page::{Block, Cell, Column, Row, Section, Table};
use crate::report::quantity::{NOTHING, count, duration, percent};

/// Whether a chart is about starts.
pub fn is_about_starts(chart: &Chart) -> bool {
    chart.name.starts_with("start-")
}

/// Starts that became ready, with the charts about them; `None` where there are none.
pub fn section(all: &[&ClusterSummary], charts: &[Chart]) -> Option<Section> {
    let charts = charts.iter().filter(|it| is_about_starts(it)).cloned().map(Block::Chart);
    let charts: Vec<_> = charts.collect();
    let table = table(all);
    if charts.is_empty() && table.is_none() {
        return None;
    }
    let text = "From the moment a replica is wanted until it is ready, on average. Cold starts \
                pull their image, warm ones find it on their node; `plimsoll explain` tells any \
                of them from begin to end, and `starts.csv` has them one by one.";
    let table = table.map(Block::Table);
    let blocks = charts.into_iter().chain([Block::Paragraph(text.into())]).chain(table);
    Section::of("Start-up", blocks.collect())
}

fn table(all: &[&ClusterSummary]) -> Option<Table> {
    let starts =
        || all.iter().flat_map(|cluster| cluster.apps.iter().map(move |app| (cluster, app)));
    let taken = |phase: Phase| {
        let mut kinds = starts().flat_map(|(_, app)| &app.starts.kinds);
        kinds.any(|it| it.mean_of(phase).is_some_and(|mean| mean > 0.0))
    };
    let phases: Vec<Phase> = Phase::ALL.into_iter().filter(|&phase| taken(phase)).collect();
    let mut columns: Vec<Column> = ["cluster", "app", "start"].map(Column::words).into();
    columns.extend(["starts", "mean", "slowest", "image pull"].map(Column::figures));
    columns.extend(phases.iter().map(|&phase| Column::figures(words::phase(phase))));
    let rows = starts().flat_map(|(cluster, app)| {
        let kinds = app.starts.kinds.iter();
        kinds.map(|it| row(cluster, app, it, &phases)).collect::<Vec<_>>()
    });
    let rows: Vec<Row> = rows.collect();
    (!rows.is_empty()).then(|| Table::sortable(columns, rows))
}

fn row(cluster: &ClusterSummary, app: &AppSummary, of: &StartBreakdown, phases: &[Phase]) -> Row {
    let span = |seconds: f64| Cell::figure(duration(seconds), seconds);
    let pull = match of.pull_share {
        0.0 => Cell::figure(NOTHING, 0.0),
        share => Cell::figure(percent(share), share),
    };
    let mut cells = vec![
        Cell::words(&app.name),
        Cell::words(words::kind(of.kind)),
        Cell::figure(count(of.count), of.count as f64),
        span(of.mean),
        span(of.max),
        pull,
    ];
    cells.extend(phases.iter().map(|&phase| match of.mean_of(phase) {
        Some(mean) if mean > 0.0 => span(mean),
        _ => Cell::figure(NOTHING, 0.0),
    }));
    Row::of(Cell::words(&cluster.cluster), cells)
}
