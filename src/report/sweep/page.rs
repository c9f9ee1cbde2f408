//! `report.html` of a sweep: the best point and how many would do come first, then the charts, the
//! table of all points, and how the results were come by.

mod ways;

use super::charts::{MOST_CHARTS, short_name};
use super::overview::{self, Line, Overview};
use super::{Account, Best};
use crate::report::VERSION;
use crate::report::chart::Chart;
use crate::report::page::{Block, Cell, Column, Mark, Page, Row, Section, Table};
use crate::report::quantity::{Quantity, count};
use crate::scenario::{Design, Goal};
use crate::units::Fraction;

/// Most rows of the table of points.
const ROWS: usize = 1000;
/// Most values of a parameter that are listed.
const VALUES: usize = 12;

/// The page. `more` says that there would have been more charts.
pub fn page(account: &Account, charts: Vec<Chart>, more: bool) -> Page {
    Page {
        subject: subject(account),
        name: account.scenario.to_owned(),
        headline: headline(account),
        support: support(account),
        notes: notes(account),
        sections: [
            charted(charts, more),
            ways::section(account),
            points(account),
            method(account),
            assumptions(account),
            again(),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

fn subject(account: &Account) -> String {
    let (points, runs) = (account.aggregates.points.len() as u64, account.runs as u64);
    format!(
        "{} · sweep of {} in {} · plimsoll {VERSION}",
        account.scenario,
        plural(points, "point"),
        plural(runs, "run")
    )
}

fn plural(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

fn headline(account: &Account) -> String {
    let points = account.aggregates.points.len() as u64;
    match (account.best, account.goal) {
        (Some(best), Some(goal)) => {
            let which = match goal {
                Goal::Least(_) => "The least",
                Goal::Most(_) => "The most",
            };
            let condition = if judged(account) { " that meets all objectives" } else { "" };
            let value = Quantity::from(best.heading.unit).show(best.mean);
            format!(
                "{which} {}{condition}: {value}{}",
                words(&best.heading.metric),
                at(account, best)
            )
        }
        (None, Some(_)) if judged(account) => {
            format!("None of {} meets all objectives in all its runs", plural(points, "point"))
        }
        _ => format!("{} in {}", plural(points, "point"), plural(account.runs as u64, "run")),
    }
}

/// A metric in words: `cost per hour`, `GPUs allocated`.
fn words(metric: &str) -> String {
    let word = |word| match word {
        "cpu" => "CPU",
        "gpu" => "GPU",
        "gpus" => "GPUs",
        "vm" => "VM",
        "vms" => "VMs",
        other => other,
    };
    metric.split('_').map(word).collect::<Vec<_>>().join(" ")
}

/// Whether there are objectives at all.
fn judged(account: &Account) -> bool {
    account.headings().any(|(_, heading)| heading.metric == "slo_met")
}

/// ` with containers at replicas = 4, …`
fn at(account: &Account, best: &Best) -> String {
    let place = account.aggregates.points.iter().position(|point| point.point == best.point);
    let values: Vec<String> = place.map_or(Vec::new(), |place| {
        let named = account.layout.parameters.iter().zip(account.names());
        named.map(|(parameter, names)| format!("{} = {}", parameter.name, names[place])).collect()
    });
    let cluster = match account.clusters().len() {
        ..=1 => String::new(),
        _ => format!(" with {}", best.heading.cluster),
    };
    let at = if values.is_empty() { String::new() } else { format!(" at {}", values.join(", ")) };
    format!("{cluster}{at}")
}

fn support(account: &Account) -> Vec<String> {
    let met = account.clusters().into_iter().filter_map(|cluster| met(account, cluster));
    met.chain(account.best.and_then(|best| rivals(account, best))).collect()
}

/// How many points met their objectives in a cluster.
fn met(account: &Account, cluster: &str) -> Option<String> {
    let points = 0..account.aggregates.points.len();
    let shares: Vec<f64> = points.filter_map(|point| account.met(point, cluster)).collect();
    let (all, some) = (shares.len(), shares.iter().filter(|share| **share > 0.0).count());
    let always = shares.iter().filter(|share| **share >= 1.0).count();
    let sometimes = match some - always {
        0 => String::new(),
        rest => format!(", {} more in some of them", count(rest as u64)),
    };
    let whose = if account.clusters().len() > 1 { format!("{cluster}: ") } else { String::new() };
    (all > 0).then(|| {
        let (always, all) = (count(always as u64), plural(all as u64, "point"));
        format!("{whose}{always} of {all} meet all objectives in all their runs{sometimes}.")
    })
}

/// Points that chance does not tell from the best.
fn rivals(account: &Account, best: &Best) -> Option<String> {
    let place = account.place(&best.heading)?;
    let of = |point: usize| account.finding(point, place);
    let points = 0..account.aggregates.points.len();
    let is_best = |point: &usize| account.aggregates.points[*point].point == best.point;
    let (low, high) = of(points.clone().find(is_best)?)?.interval()?;
    let overlaps = |point: &usize| {
        of(*point).is_some_and(|finding| {
            let ends = finding.interval().is_some_and(|(from, to)| from <= high && to >= low);
            let good = finding.met.is_none_or(|share| share >= 1.0);
            ends && good
        })
    };
    let rivals = points.filter(|point| !is_best(point)).filter(overlaps).count() as u64;
    let metric = words(&best.heading.metric);
    let which = if judged(account) { " that meet all objectives" } else { "" };
    let text = match rivals {
        0 => return None,
        1 => format!(
            "One other of the points{which} is not told apart from it: the intervals of {metric} \
             overlap."
        ),
        many => format!(
            "{} other points{which} are not told apart from it: the intervals of {metric} overlap.",
            count(many)
        ),
    };
    Some(text)
}

fn notes(account: &Account) -> Vec<String> {
    let mut notes = Vec::new();
    if account.missing > 0 {
        notes.push(format!(
            "Missing: {} of this sweep. The results are of those there are.",
            plural(account.missing as u64, "run")
        ));
    }
    if account.aggregates.points.iter().all(|point| point.runs == 1) {
        let text = "Each point was simulated once, so that it is not known how much is chance: set \
                    `sweep.replications` to get intervals.";
        notes.push(text.into());
    }
    notes
}

fn charted(charts: Vec<Chart>, more: bool) -> Option<Section> {
    let rest = more.then(|| {
        Block::Remark(format!(
            "These are the first {MOST_CHARTS} charts; the figures of the others are in the tables \
             beside this page."
        ))
    });
    Section::of("Charts", charts.into_iter().map(Block::Chart).chain(rest).collect())
}

fn points(account: &Account) -> Option<Section> {
    let overview = Overview::of(account.layout, account.aggregates);
    let title = |column: &overview::Column| match column.numeric {
        true => Column::figures(&column.title),
        false => Column::words(short_name(&column.title)).noted(path(account, &column.title)),
    };
    let columns = [Column::figures("point")].into_iter().chain(overview.columns.iter().map(title));
    let rows = overview.rows.iter().take(ROWS).map(|line| row(account, &overview, line));
    let table = Table::sortable(columns.collect(), rows.collect());
    let rest = overview.rows.len().saturating_sub(ROWS);
    let rest = (rest > 0).then(|| {
        Block::Remark(format!(
            "The first {} rows; the other {} are in `aggregate.csv`.",
            count(ROWS as u64),
            count(rest as u64)
        ))
    });
    let key = account.best.map(|_| Block::Remark("Bold: the best point.".into()));
    let table = (!overview.rows.is_empty()).then_some(Block::Table(table));
    Section::of("All points", table.into_iter().chain(rest).chain(key).collect())
}

/// The path of a parameter, which may be broken after its dots; nothing of other columns.
fn path(account: &Account, title: &str) -> String {
    let is_parameter = account.layout.parameters.iter().any(|parameter| parameter.name == title);
    if is_parameter { title.replace('.', ".\u{200b}") } else { String::new() }
}

fn row(account: &Account, overview: &Overview, line: &Line) -> Row {
    let is_best = account.best.is_some_and(|best| {
        best.point == line.point
            && (line.cluster.is_empty() || best.heading.cluster == line.cluster)
    });
    let cells = line.cells.iter().zip(&overview.columns).map(|(cell, column)| {
        // a mean stays beside its interval
        let text = cell.text.replace(" ± ", "\u{a0}±\u{a0}");
        let shown = match (cell.value, column.numeric) {
            (Some(value), _) => Cell::figure(text, value),
            (None, true) => Cell::figure(text, f64::NAN),
            (None, false) => Cell::words(text),
        };
        let judged = cell.value.filter(|_| column.title == "SLO met");
        shown.marked(match judged {
            Some(share) if share >= 1.0 => Some(Mark::Met),
            Some(_) => Some(Mark::Missed),
            None => is_best.then_some(Mark::Best),
        })
    });
    let point = Cell::figure(count(line.point as u64), line.point as f64);
    Row::of(point.marked(is_best.then_some(Mark::Best)), cells.collect())
}

fn method(account: &Account) -> Option<Section> {
    let design = match account.design {
        Design::Grid if account.layout.parameters.len() < 2 => {
            "Every value was simulated.".to_owned()
        }
        Design::Grid => "Every value of each parameter was simulated with every value of the \
                         others (a grid)."
            .to_owned(),
        Design::LatinHypercube { samples } => format!(
            "{} were drawn as a Latin hypercube: the range of each parameter is cut into as many \
             equally likely parts, each of which is drawn from once.",
            plural(samples.into(), "point")
        ),
        Design::Random { samples } => {
            format!("{} were drawn independently.", plural(samples.into(), "point"))
        }
    };
    let replications = u64::from(account.replications);
    let runs = match account.precision {
        None if replications == 1 => {
            "Each point was simulated once, all with the same seed.".into()
        }
        None => {
            format!("Each point was simulated {} times with different seeds.", count(replications))
        }
        Some(rule) => format!(
            "Each point was simulated {} times with different seeds, and then again until half of \
             the interval of {} was no more than {} of its mean, at most {} times.",
            count(replications),
            rule.metric,
            rule.half_width,
            count(rule.most.into())
        ),
    };
    let seeds = "All points were simulated with the same seeds, so that what differs between two \
                 of them is less by chance.";
    let intervals = format!(
        "Intervals are {} Student-t intervals of the mean over the runs of a point. The best point \
         was picked for its mean: of many points that are alike, it looks a little better than it \
         is.",
        Fraction(account.confidence)
    );
    let texts = [design, runs, seeds.into(), intervals].map(Block::Paragraph);
    let table = (!account.layout.parameters.is_empty()).then(|| Block::Table(varied(account)));
    Section::of("How it was done", texts.into_iter().chain(table).collect())
}

/// What was varied, and to which values.
fn varied(account: &Account) -> Table {
    let columns =
        vec![Column::words("parameter"), Column::figures("values"), Column::words("which")];
    let row = |(index, parameter): (usize, &super::Parameter)| {
        let values = account.aggregates.points.iter().map(|point| &point.values[index]);
        let levels = crate::report::chart::levels::Levels::of(&parameter.name, values);
        let number = levels.len();
        let which = match number {
            ..=VALUES => levels.texts.join(", "),
            _ if levels.numbers.is_some() => {
                format!("{} to {}", levels.texts[0], levels.texts[number - 1])
            }
            _ => format!("{}, …", levels.texts[..VALUES].join(", ")),
        };
        let cells = vec![Cell::figure(count(number as u64), number as f64), Cell::words(which)];
        Row::of(Cell::words(&parameter.name), cells)
    };
    let rows = account.layout.parameters.iter().enumerate().map(row);
    Table::sortable(columns, rows.collect())
}

fn assumptions(account: &Account) -> Option<Section> {
    let text = "All that the scenario says, with the defaults filled in; each point changes the \
                values that are varied. Paths are relative to the folder of the scenario.";
    let blocks = vec![
        Block::Paragraph(text.into()),
        Block::Details {
            summary: "The whole scenario".into(),
            blocks: vec![Block::Code(account.resolved.into())],
        },
    ];
    Section::of("Assumptions", blocks)
}

fn again() -> Option<Section> {
    let text = "The same version, scenario and input files give these results again, byte for \
                byte, on however many machines and threads. Runs that are kept are not made again.";
    let command = "plimsoll sweep run scenario.toml".to_owned();
    Section::of("Run it again", vec![Block::Paragraph(text.into()), Block::Code(command)])
}

#[cfg(test)]
mod tests;
