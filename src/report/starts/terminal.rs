//! Starts on a terminal: what they are made of on average, or one of them from begin to end.

use comfy_table::{Attribute, Cell, CellAlignment, Table};

use super::story::{Story, Told};
use super::{AppStarts, Starts, words};
use crate::metrics::starts::{Fate, Phase, StartPlace};
use crate::metrics::summary::{StartBreakdown, StartsSummary};
use crate::report::findings;
use crate::report::quantity::{NOTHING, bytes, count, duration, number, percent};
use crate::report::terminal::{STYLE, TerminalOptions, printable, wrapped};

/// Length of the bar of a whole start.
const BAR: f64 = 24.0;
/// So many reasons are told for starts that are unfinished.
const REASONS: usize = 5;

/// What stood in the way, what the starts of all apps are made of on average, and the slowest of
/// each.
pub fn overview(starts: &Starts, options: &TerminalOptions) -> String {
    let mut text =
        format!("{}: where start-up time comes from, seed {}\n", starts.scenario, starts.seed);
    text = printable_lines(&text);
    for cluster in starts.clusters.iter().filter(|cluster| !cluster.findings.is_empty()) {
        text += &format!("\n{}", findings::text(&cluster.name, &cluster.findings, options));
    }
    for cluster in &starts.clusters {
        for app in &cluster.apps {
            text += &format!("\n{}", heading(&cluster.name, app, options));
            text += &of_app(&cluster.name, app, options);
        }
        let apps = || cluster.apps.iter();
        let known: usize = apps().map(|app| app.records.len()).sum();
        if apps().map(|app| app.summary.account.ended()).sum::<u64>() > known as u64 {
            let line = format!(
                "Of this cluster {} starts are known one by one: the first, and the slowest.",
                count(known as u64)
            );
            text += &wrapped(&line, options.width, "  ");
        }
    }
    if starts.clusters.iter().all(|it| it.apps.is_empty() && it.findings.is_empty()) {
        text += "\nNo app was to start, and nothing stood in the way.\n";
    }
    text
}

fn printable_lines(text: &str) -> String {
    text.lines().map(|line| printable(line) + "\n").collect()
}

fn bold(text: &str, options: &TerminalOptions) -> String {
    if options.bold { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// `cold / web · 3 starts · image nginx:1`
fn heading(cluster: &str, app: &AppStarts, options: &TerminalOptions) -> String {
    let name = bold(&printable(&format!("{cluster} / {}", app.name)), options);
    let begun = app.summary.account.begun;
    let starts = if begun == 1 { "start" } else { "starts" };
    let image = app.summary.image.as_deref();
    let image = image.map_or(String::new(), |image| format!(" · image {}", printable(image)));
    format!("{name} · {} {starts}{image}\n", count(begun))
}

fn of_app(cluster: &str, app: &AppStarts, options: &TerminalOptions) -> String {
    let mut text = String::new();
    let summary = &app.summary;
    if summary.kinds.is_empty() {
        text += "  none became ready\n";
    } else {
        text += &indented(&breakdown(summary, options));
    }
    for failure in &summary.failures {
        let line = format!("✗ failed, {}: {}", times(failure.count), printable(&failure.reason));
        text += &wrapped(&line, options.width, "  ");
    }
    for (number, state) in
        [(summary.account.unfinished, "unfinished"), (summary.account.withdrawn, "withdrawn")]
    {
        if number > 0 {
            text += &format!("  {} {state}\n", count(number));
        }
    }
    for reason in waited_for(app) {
        text += &wrapped(&format!("✗ unfinished: {}", printable(reason)), options.width, "  ");
    }
    if let Some(start) = app.slowest() {
        let story = Story::of(cluster, &app.name, summary.image.as_deref(), start);
        text += &wrapped(&format!("slowest: {}", in_a_line(&story)), options.width, "  ");
    }
    text
}

/// What unfinished starts wait for, each once, as far as they were kept.
fn waited_for(app: &AppStarts) -> Vec<&str> {
    let mut reasons: Vec<&str> = Vec::new();
    for start in app.records.iter().filter(|start| start.fate == Fate::Unfinished) {
        if let Some(reason) = start.reason.as_deref()
            && !reasons.contains(&reason)
            && reasons.len() < REASONS
        {
            reasons.push(reason);
        }
    }
    reasons
}

fn times(number: u64) -> String {
    if number == 1 { "once".into() } else { format!("{} times", count(number)) }
}

/// `replica 0 on node 0, cold, ready after 3.01 s, 63.1 % of it image extraction`
fn in_a_line(story: &Story) -> String {
    let mut text = format!("replica {}{}, {}", story.replica, on(story), words::kind(story.kind));
    text += &format!(", {} after {}", outcome(story.fate), duration(story.total));
    if let Some(most) = story.phases.iter().max_by(|one, other| one.took.total_cmp(&other.took))
        && most.took > 0.0
    {
        text += &format!(", {} of it {}", percent(most.share), words::phase(most.phase));
    }
    text
}

fn on(story: &Story) -> String {
    let place = story.host.map(|host| StartPlace { host, node: story.node });
    place.map_or(String::new(), |place| format!(" on {}", words::place(place)))
}

fn outcome(fate: Fate) -> &'static str {
    match fate {
        Fate::Ready => "ready",
        Fate::Failed => "failed",
        Fate::Withdrawn => "withdrawn",
        Fate::Unfinished => "not ready",
    }
}

/// A column for each kind of starts, a row for each phase that took any time.
fn breakdown(summary: &StartsSummary, options: &TerminalOptions) -> String {
    let mut table = plain_table(options);
    let kinds = &summary.kinds;
    let heads = kinds.iter().flat_map(|it| [words::kind(it.kind).to_owned(), String::new()]);
    table.set_header(std::iter::once("on average".to_owned()).chain(heads));
    let mut row = |name: &str, of: &dyn Fn(&StartBreakdown) -> [String; 2], strong: bool| {
        let cells = kinds.iter().flat_map(of).collect::<Vec<_>>();
        let cells = std::iter::once(name.to_owned()).chain(cells);
        table.add_row(cells.map(|text| cell(text, strong)));
    };
    row("starts", &|it| [count(it.count), String::new()], false);
    for phase in Phase::ALL {
        let mean = |it: &StartBreakdown| it.mean_of(phase).unwrap_or(0.0);
        if kinds.iter().any(|it| mean(it) > 0.0) {
            let of = |it: &StartBreakdown| part(it.mean_of(phase), it.mean);
            row(words::phase(phase), &of, false);
        }
    }
    row("wanted until ready", &|it| [duration(it.mean), "100 %".into()], true);
    if kinds.iter().any(|it| it.pull_share > 0.0) {
        let pull = |it: &StartBreakdown| {
            part((it.pull_share > 0.0).then_some(it.pull_share * it.mean), it.mean)
        };
        row("of it image pull", &pull, false);
    }
    pulled_rows(kinds, &mut row);
    align(&mut table, 2 * kinds.len());
    lines(&table)
}

/// What was pulled, where engines counted it.
fn pulled_rows(
    kinds: &[StartBreakdown],
    row: &mut impl FnMut(&str, &dyn Fn(&StartBreakdown) -> [String; 2], bool),
) {
    type Count = fn(&StartBreakdown) -> Option<f64>;
    let counts: [(&str, Count); 4] = [
        ("bytes pulled", |it| it.bytes_pulled),
        ("layers pulled", |it| it.layers_pulled),
        ("layers found present", |it| it.layers_present),
        ("layers joined", |it| it.layers_joined),
    ];
    for (index, (name, of)) in counts.into_iter().enumerate() {
        if kinds.iter().any(|it| of(it).is_some_and(|mean| mean > 0.0)) {
            let show = |mean: f64| if index == 0 { bytes(mean) } else { number(mean) };
            row(name, &|it| [of(it).map_or(NOTHING.into(), show), String::new()], false);
        }
    }
}

fn part(mean: Option<f64>, whole: f64) -> [String; 2] {
    match mean {
        Some(mean) if mean > 0.0 && whole > 0.0 => [duration(mean), percent(mean / whole)],
        _ => [NOTHING.into(), String::new()],
    }
}

/// Starts that were chosen, each from begin to end.
pub fn stories(starts: &Starts, stories: &[Story], options: &TerminalOptions) -> String {
    let mut text = printable_lines(&format!("{}, seed {}", starts.scenario, starts.seed));
    for story in stories {
        text += &format!("\n{}", self::story(story, options));
    }
    text
}

/// Starts that were chosen, a line each.
pub fn list(stories: &[Story], options: &TerminalOptions) -> String {
    let mut text = String::new();
    for story in stories {
        let at = duration(story.requested);
        let line =
            format!("{} / {}: wanted at {at}, {}", story.cluster, story.app, in_a_line(story));
        text += &wrapped(&printable(&line), options.width, "");
    }
    text
}

fn story(story: &Story, options: &TerminalOptions) -> String {
    let name = format!("{} / {}, replica {}", story.cluster, story.app, story.replica);
    let mut text = bold(&printable(&name), options) + "\n";
    text += &wrapped(&printable(&opening(story)), options.width, "");
    if let Some(reason) = &story.reason {
        text += &wrapped(&printable(&format!("✗ {reason}")), options.width, "");
    }
    if story.total > 0.0 {
        text += &format!("\n{}", indented(&course(story, options)));
    }
    let pull = story.pull_time();
    if pull > 0.0 {
        let share = percent(story.pull_share);
        let line = format!("image pull (download + extraction) {share}: {}", duration(pull));
        text += &format!("\n{}", wrapped(&line, options.width, ""));
    }
    if let Some(line) = pulled(story) {
        text += &wrapped(&line, options.width, "");
    }
    if !story.remedies.is_empty() {
        text += "\nwhat would shorten it most, by at most\n";
        text += &indented(&remedies(story, options));
    }
    text
}

/// What kind of start it was, where, and how it ended.
fn opening(story: &Story) -> String {
    let mut text = format!("{}{}", words::one(story.kind), on(story));
    if let Some(image) = &story.image {
        text += &format!(" of image {image}");
    }
    text += &format!(", wanted at {}", duration(story.requested));
    if let Some(cause) = words::cause(story.cause) {
        text += &format!(" because {cause}");
    }
    text + &format!(": {} after {}.", outcome(story.fate), duration(story.total))
}

/// Its phases in their order.
fn course(story: &Story, options: &TerminalOptions) -> String {
    let mut table = plain_table(options);
    table.set_header(["phase", "from", "takes", "share", ""]);
    for it in &story.phases {
        let Told { phase, from, took, share, over } = *it;
        if took == 0.0 && over {
            continue;
        }
        let name = words::phase(phase);
        let name = if over { name.to_owned() } else { format!("{name} (cut off)") };
        let bar = "█".repeat((share * BAR).round() as usize);
        let cells = [name, duration(from), duration(took), percent(share), bar];
        table.add_row(cells.map(Cell::new_owned));
    }
    let whole = [outcome(story.fate), "", &duration(story.total), "", ""].map(str::to_owned);
    table.add_row(whole.map(|text| cell(text, true)));
    align(&mut table, 3);
    lines(&table)
}

fn pulled(story: &Story) -> Option<String> {
    let pull = story.pull?;
    let layers = |number: u32| if number == 1 { "layer" } else { "layers" };
    let mut text = format!(
        "pulled {} in {} {}; {} found present, {} on the way for another",
        bytes(pull.bytes as f64),
        pull.layers_pulled,
        layers(pull.layers_pulled),
        pull.layers_present,
        pull.layers_joined
    );
    if pull.attempts > 1 {
        let waited = duration(pull.back_off);
        text += &format!("; {} attempts, {waited} between them", pull.attempts);
    }
    Some(text)
}

fn remedies(story: &Story, options: &TerminalOptions) -> String {
    let mut table = plain_table(options);
    for it in &story.remedies {
        let left = format!("ready after {}", duration(story.total - it.saves));
        table.add_row([it.what.to_owned(), duration(-it.saves), left]);
    }
    align(&mut table, 1);
    lines(&table)
}

fn plain_table(options: &TerminalOptions) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).force_no_tty();
    if options.bold {
        table.enforce_styling().style_text_only();
    }
    table
}

/// The columns after the first stand right, so many of them, and all a little apart.
fn align(table: &mut Table, columns: usize) {
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding(if index == 0 { (0, 0) } else { (2, 0) });
        if (1..=columns).contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn cell(text: String, strong: bool) -> Cell {
    let cell = Cell::new_owned(text);
    if strong { cell.add_attribute(Attribute::Bold) } else { cell }
}

fn lines(table: &Table) -> String {
    table.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
