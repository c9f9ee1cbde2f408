//! The comparison on a terminal: a table no wider than the window, readable without colour.
//!
//! Where the window is too narrow for all clusters side by side, the table is cut into several, as
//! wrapped numbers cannot be read.

use std::io::IsTerminal;

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, ContentLineStyle,
    LineStyle, Row, Table, TableStyle, Width,
};
use unicode_width::UnicodeWidthStr;

use super::accounting::balances;
use super::comparison::{Comparison, Section};
use super::quantity::{count, duration};
use super::sweep::Overview;
use super::verdict::Verdict;
use crate::metrics::{RunResult, Speed};

/// A rule below the header, nothing else; spaces keep the columns apart.
pub(super) const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::none().fill('─'))
    .content_lines(ContentLineStyle::none());

/// Columns of clusters are at least and at most this wide, spaces between columns included.
const COLUMN: std::ops::RangeInclusive<usize> = 12..=26;
/// Names of measures stand this far in from the name of their section.
const INDENT: usize = 2;
/// Spaces between columns.
const SPACE: usize = 2;
/// A text no longer than this is a figure, which must not be broken.
const FIGURE: usize = 14;
/// Columns of names of measures are at most this wide.
const MEASURES: usize = 40;
/// Width where nothing else is known.
const USUAL_WIDTH: u16 = 100;

/// How the table may be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalOptions {
    /// Columns of the window.
    pub width: u16,
    /// Whether the best values and headings are bold. Nothing is lost without.
    pub bold: bool,
}

impl Default for TerminalOptions {
    /// Plain text of a hundred columns: what a file or a pipe gets.
    fn default() -> Self {
        Self { width: USUAL_WIDTH, bold: false }
    }
}

impl TerminalOptions {
    /// What standard output can show: its width; bold on a terminal unless `NO_COLOR` is set.
    pub fn of_stdout() -> Self {
        let plain = Self::default();
        if !std::io::stdout().is_terminal() {
            return plain;
        }
        let silenced = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            width: terminal_size::terminal_size().map_or(plain.width, |(width, _)| width.0),
            bold: !silenced,
        }
    }
}

/// The comparison of a run: what was run, the verdict, the table, the accounts, the warnings.
pub fn table(result: &RunResult, options: &TerminalOptions) -> String {
    let comparison = clean(Comparison::of(result));
    let mut text = wrapped(&heading(result), options.width, "") + "\n";
    let verdict = Verdict::of(result);
    for sentence in std::iter::once(&verdict.headline).chain(&verdict.support) {
        text += &wrapped(&printable(sentence), options.width, "");
    }
    for columns in groups(&comparison, options.width) {
        text.push('\n');
        text += &part(&comparison, columns, options);
    }
    text.push('\n');
    text += &notes(result, options);
    text
}

/// The first rows of an overview, and how many there are beyond.
pub fn overview(overview: &Overview, rows: usize) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(overview.columns.iter().map(|column| printable(&column.title)));
    for (index, column) in overview.columns.iter().enumerate() {
        if column.numeric
            && let Some(column) = table.column_mut(index)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for row in overview.rows.iter().take(rows) {
        table.add_row(row.cells.iter().map(|cell| printable(&cell.text)));
    }
    let mut text = format!("{}\n", table.trim_fmt());
    if let Some(more) = overview.rows.len().checked_sub(rows).filter(|&more| more > 0) {
        text += &format!("… and {} more rows\n", count(more as u64));
    }
    text
}

/// `1,234,567 events, 400,000 requests in 2.10 s: 587,889 events/s, 190,476 requests/s`.
pub fn speed(speed: &Speed) -> String {
    let per_second = |number: u64| {
        let rate = number as f64 / speed.wall_seconds;
        count(if rate.is_finite() { rate as u64 } else { 0 })
    };
    format!(
        "{} events, {} requests in {}: {} events/s, {} requests/s",
        count(speed.events),
        count(speed.requests),
        duration(speed.wall_seconds),
        per_second(speed.events),
        per_second(speed.requests)
    )
}

/// `density: 10 min simulated, 9 min measured, seed 42`
fn heading(result: &RunResult) -> String {
    let mut text = printable(&result.scenario);
    if let Some(first) = result.recordings.first() {
        let simulated = duration(first.summary.simulated_seconds);
        let measured = duration(first.summary.measured_seconds);
        // where all comes at once, and stays, no time passes
        if first.summary.simulated_seconds > 0.0 {
            text += &format!(": {simulated} simulated");
        }
        if measured != simulated {
            text += &format!(", {measured} measured");
        }
    }
    text + &format!(", seed {}", result.seed)
}

/// Ranges of clusters that fit side by side, at least one each.
fn groups(comparison: &Comparison, width: u16) -> Vec<std::ops::Range<usize>> {
    let widths: Vec<_> = (0..comparison.clusters.len())
        .map(|cluster| *column_widths(comparison, cluster).start())
        .collect();
    let room = usize::from(width).saturating_sub(measures_width(comparison));
    let mut groups = Vec::new();
    let mut start = 0;
    while start < widths.len() {
        let mut end = start + 1;
        while end < widths.len() && widths[start..=end].iter().sum::<usize>() <= room {
            end += 1;
        }
        groups.push(start..end);
        start = end;
    }
    groups
}

/// The width at which a cluster's column is still readable (figures whole, words whole), and the
/// one at which nothing wraps; both within [`COLUMN`].
fn column_widths(comparison: &Comparison, cluster: usize) -> std::ops::RangeInclusive<usize> {
    let heading = &comparison.clusters[cluster];
    let measures = comparison.sections.iter().flat_map(|section| &section.measures);
    let cells = measures.map(|measure| measure.cells[cluster].text.as_str());
    let texts: Vec<&str> = cells.chain([heading.name.as_str(), &heading.platform]).collect();
    let unbroken = |text: &&str| match text.width() {
        figure if figure <= FIGURE => figure,
        _ => text.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0),
    };
    let fit =
        |width: Option<usize>| (width.unwrap_or(0) + SPACE).clamp(*COLUMN.start(), *COLUMN.end());
    let least = fit(texts.iter().map(unbroken).max());
    let most = fit(texts.iter().map(|text| text.width()).max());
    least..=most
}

fn measures_width(comparison: &Comparison) -> usize {
    let names = comparison.sections.iter().flat_map(|section| &section.measures);
    let widest = names.map(|measure| measure.name.width() + INDENT).max();
    widest.unwrap_or(0).min(MEASURES)
}

/// The table of some of the clusters.
fn part(
    comparison: &Comparison,
    clusters: std::ops::Range<usize>,
    options: &TerminalOptions,
) -> String {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .force_no_tty()
        .set_width(options.width)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if options.bold {
        table.enforce_styling().style_text_only();
    }
    let headings = comparison.clusters[clusters.clone()].iter().map(|heading| {
        cell(format!("{}\n{}", heading.name, heading.platform), false)
            .set_alignment(CellAlignment::Right)
    });
    table.set_header(std::iter::once(Cell::new("")).chain(headings));
    for section in &comparison.sections {
        rows(&mut table, section, &clusters);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding(if index == 0 { (0, 0) } else { (SPACE as u16, 0) });
        if let Some(cluster) = index.checked_sub(1) {
            let widths = column_widths(comparison, clusters.start + cluster);
            column.set_constraint(ColumnConstraint::Boundaries {
                lower: Width::Fixed(*widths.start() as u16),
                upper: Width::Fixed(*widths.end() as u16),
            });
        } else {
            let width = measures_width(comparison) as u16;
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
    }
    table.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

fn rows(table: &mut Table, section: &Section, clusters: &std::ops::Range<usize>) {
    if table.row_count() > 0 {
        table.add_row(Row::from([""]));
    }
    table.add_row([cell(section.title.clone(), true)]);
    for measure in &section.measures {
        let mut row = vec![Cell::new(format!("  {}", measure.name))];
        row.extend(
            measure.cells[clusters.clone()].iter().map(|value| {
                cell(value.text.clone(), value.best).set_alignment(CellAlignment::Right)
            }),
        );
        table.add_row(row);
    }
}

fn cell(text: String, bold: bool) -> Cell {
    let cell = Cell::new_owned(text);
    if bold { cell.add_attribute(Attribute::Bold) } else { cell }
}

/// Accounts and warnings of each cluster.
fn notes(result: &RunResult, options: &TerminalOptions) -> String {
    let mut text = String::new();
    for recording in &result.recordings {
        let summary = &recording.summary;
        text += &format!("{}\n", printable(&summary.cluster));
        for balance in balances(summary) {
            let mark = if balance.balances { "✓" } else { "✗" };
            text += &wrapped(&format!("{mark} {}", balance.text), options.width, "  ");
        }
        let complaints = summary.registries.iter().flat_map(|registry| registry.complaints());
        for warning in summary.warnings.iter().cloned().chain(complaints) {
            let warning = format!("! warning: {}", printable(&warning));
            text += &wrapped(&warning, options.width, "  ");
        }
    }
    text
}

/// Text broken between words at `width` columns, continued lines two columns further in.
pub(super) fn wrapped(text: &str, width: u16, indent: &str) -> String {
    let mut lines = String::from(indent);
    let mut column = indent.len();
    let mut first = true;
    for word in text.split(' ') {
        if !first && column + 1 + word.width() > usize::from(width) {
            lines += &format!("\n{indent}  ");
            column = indent.len() + 2;
        } else if !first {
            lines.push(' ');
            column += 1;
        }
        lines += word;
        column += word.width();
        first = false;
    }
    lines + "\n"
}

/// Text without control characters: a name from a file must not command the terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn clean(mut comparison: Comparison) -> Comparison {
    for heading in &mut comparison.clusters {
        heading.name = printable(&heading.name);
        heading.platform = printable(&heading.platform);
    }
    for section in &mut comparison.sections {
        section.title = printable(&section.title);
        for cell in section.measures.iter_mut().flat_map(|m| &mut m.cells) {
            cell.text = printable(&cell.text);
        }
    }
    comparison
}
