//! Starts on the page of a run.

use super::words;
use crate::metrics::starts::Phase;
use crate::metrics::summary::{ClusterSummary, StartBreakdown};
use crate::report::chart::Chart;
use crate::report::page::{Block, Cell, Column, Row, Section, Table};
use crate::report::quantity::{NOTHING, bytes, count, duration, percent};

/// Whether a chart is about starts.
pub fn is_about_starts(chart: &Chart) -> bool {
    chart.name.starts_with("start-")
}

/// Starts that became ready, with the charts about them; `None` where there are none.
pub fn section(all: &[&ClusterSummary], charts: &[Chart]) -> Option<Section> {
    let charts = charts.iter().filter(|it| is_about_starts(it)).cloned().map(Block::Chart);
    let mut blocks: Vec<_> = charts.collect();
    let kinds = kinds(all);
    if !kinds.is_empty() {
        let text = "From the moment a replica is wanted until it is ready, on average. Cold starts \
                    pull their image, warm ones find it on their node; `plimsoll explain` tells \
                    any of them from begin to end, and `starts.csv` has them one by one.";
        blocks.push(Block::Paragraph(text.into()));
        blocks.push(Block::Table(table(&kinds)));
        blocks.push(Block::Details {
            summary: "Every phase".into(),
            blocks: vec![Block::Table(phases(&kinds))],
        });
    }
    Section::of("Start-up", blocks)
}

/// Starts of one kind of an app in a cluster.
struct Kind<'a> {
    cluster: &'a str,
    app: &'a str,
    of: &'a StartBreakdown,
}

fn kinds<'a>(all: &[&'a ClusterSummary]) -> Vec<Kind<'a>> {
    let apps = all.iter().flat_map(|it| it.apps.iter().map(|app| (&it.cluster, app)));
    let kinds = apps.flat_map(|(cluster, app)| {
        app.starts.kinds.iter().map(move |of| Kind { cluster, app: &app.name, of })
    });
    kinds.collect()
}

impl Kind<'_> {
    fn row(&self, cells: impl IntoIterator<Item = Cell>) -> Row {
        let kind = Cell::words(words::kind(self.of.kind));
        let cells = [Cell::words(self.app), kind].into_iter().chain(cells);
        Row::of(Cell::words(self.cluster), cells.collect())
    }
}

fn columns<'a>(figures: impl IntoIterator<Item = &'a str>) -> Vec<Column> {
    let words = ["cluster", "app", "start"].map(Column::words);
    words.into_iter().chain(figures.into_iter().map(Column::figures)).collect()
}

/// A figure, or a dash where there is nothing.
fn figure(value: f64, show: fn(f64) -> String) -> Cell {
    Cell::figure(if value > 0.0 { show(value) } else { NOTHING.into() }, value)
}

fn table(kinds: &[Kind]) -> Table {
    let row = |it: &Kind| {
        it.row([
            Cell::figure(count(it.of.count), it.of.count as f64),
            Cell::figure(duration(it.of.mean), it.of.mean),
            Cell::figure(duration(it.of.max), it.of.max),
            figure(it.of.pull_share, percent),
            figure(it.of.bytes_pulled.unwrap_or(0.0), bytes),
        ])
    };
    let columns = columns(["starts", "mean", "slowest", "image pull", "pulled each"]);
    Table::sortable(columns, kinds.iter().map(row).collect())
}

/// What starts go through, as far as it takes time.
fn phases(kinds: &[Kind]) -> Table {
    let mean = |it: &Kind, phase| it.of.mean_of(phase).unwrap_or(0.0);
    let taken = |phase: &Phase| kinds.iter().any(|it| mean(it, *phase) > 0.0);
    let phases: Vec<Phase> = Phase::ALL.into_iter().filter(taken).collect();
    let row = |it: &Kind| it.row(phases.iter().map(|&phase| figure(mean(it, phase), duration)));
    let columns = columns(phases.iter().map(|&phase| words::phase(phase)));
    Table::sortable(columns, kinds.iter().map(row).collect())
}
