//! `report.html`: the whole run on one page that needs nothing else, neither network nor script.
//!
//! The verdict comes first, then the comparison, the charts, how the density was found, and what it
//! all rests on. The template escapes every text; only charts and styles, which are made here, go
//! in as they are. A content security policy forbids the page to load or run anything, whatever its
//! names say.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::accounting::{Balance, balances};
use super::chart::palette::{SHADES, hex};
use super::chart::{CHARTED_APPS, Chart};
use super::comparison::{Cell, Comparison};
use super::quantity::{NOTHING, count, duration, percent};
use super::verdict::Verdict;
use super::{VERSION, font};
use crate::metrics::RunResult;
use crate::metrics::summary::{ClusterSummary, DensityProbe};

const STYLE: &str = include_str!("templates/report.css");

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    version: &'static str,
    style: String,
    scenario: &'a str,
    seed: u64,
    /// How much was simulated, with its separator.
    length: String,
    verdict: Verdict,
    comparison: Comparison,
    /// Columns of the comparison, that of names included.
    columns: usize,
    marks_best: bool,
    charts: &'a [Chart],
    charted: usize,
    /// Apps without charts.
    uncharted: usize,
    clusters: Vec<Cluster>,
    has_warnings: bool,
    has_probes: bool,
    resolved: &'a str,
}

struct Cluster {
    name: String,
    warnings: Vec<String>,
    balances: Vec<Balance>,
    probes: Vec<Probe>,
}

struct Probe {
    replicas: String,
    placed: &'static str,
    p99: String,
    cpu: String,
    met: bool,
}

/// The page of a run with its charts.
pub fn page(result: &RunResult, charts: &[Chart]) -> String {
    let comparison = Comparison::of(result);
    let clusters: Vec<_> = result.recordings.iter().map(|r| Cluster::of(&r.summary)).collect();
    let cells = comparison.sections.iter().flat_map(|section| &section.measures);
    let apps = result.recordings.first().map_or(0, |r| r.summary.apps.len());
    let page = Page {
        version: VERSION,
        style: style(),
        scenario: &result.scenario,
        seed: result.seed,
        length: length(result),
        verdict: Verdict::of(result),
        columns: comparison.clusters.len() + 1,
        marks_best: cells.flat_map(|measure| &measure.cells).any(|cell| cell.best),
        charts,
        charted: CHARTED_APPS,
        uncharted: apps.saturating_sub(CHARTED_APPS),
        has_warnings: clusters.iter().any(|cluster| !cluster.warnings.is_empty()),
        has_probes: clusters.iter().any(|cluster| !cluster.probes.is_empty()),
        clusters,
        comparison,
        resolved: &result.resolved,
    };
    page.render().expect("the template only writes into memory")
}

impl Page<'_> {
    /// Text as the page shows it: no control characters, and no line break between a number and
    /// its unit.
    fn shown(&self, text: &str) -> String {
        let mut before = ' ';
        let tied = text.chars().filter(|c| !c.is_control()).map(|character| {
            let follows_number = before.is_ascii_digit() || before == '$';
            before = character;
            match character {
                ' ' if follows_number => '\u{a0}',
                other => other,
            }
        });
        tied.collect()
    }

    fn class(&self, cell: &Cell) -> &'static str {
        match (cell.best, cell.met) {
            (_, Some(true)) => " class=\"met\"",
            (_, Some(false)) => " class=\"missed\"",
            (true, None) => " class=\"best\"",
            (false, None) => "",
        }
    }
}

impl Cluster {
    fn of(summary: &ClusterSummary) -> Self {
        let probes = summary.density.iter().flat_map(|density| &density.probes);
        Self {
            name: summary.cluster.clone(),
            warnings: summary.warnings.clone(),
            balances: balances(summary),
            probes: probes.map(Probe::of).collect(),
        }
    }
}

impl Probe {
    fn of(probe: &DensityProbe) -> Self {
        Self {
            replicas: count(probe.replicas.into()),
            placed: if probe.placed { "all" } else { "not all" },
            p99: probe.p99.map_or(NOTHING.into(), duration),
            cpu: percent(probe.cpu_utilisation),
            met: probe.met,
        }
    }
}

fn length(result: &RunResult) -> String {
    match result.recordings.first() {
        Some(first) => format!(" · {} simulated", duration(first.summary.simulated_seconds)),
        None => String::new(),
    }
}

/// The style sheet: the font, the layout, and the colours of charts on a dark ground.
fn style() -> String {
    let mut style = String::new();
    for (weight, bytes) in [(400, font::REGULAR_WOFF2), (600, font::SEMIBOLD_WOFF2)] {
        style += &format!(
            "@font-face {{ font-family: {}; font-weight: {weight}; src: \
             url(data:font/woff2;base64,{}) format(\"woff2\"); }}\n",
            font::FAMILY,
            STANDARD.encode(bytes)
        );
    }
    style += STYLE;
    style += "@media screen and (prefers-color-scheme: dark) {\n";
    for shade in &SHADES {
        let (class, dark) = (shade.class, hex((shade.dark.0, shade.dark.1, shade.dark.2)));
        style += &format!("  .f-{class} {{ fill: {dark}; }} .s-{class} {{ stroke: {dark}; }}\n");
    }
    style + "}\n"
}
