//! Which charts a sweep gets, by how much was varied: bands over one parameter, maps over two, and
//! else a scatter for each parameter. Each answers one question; figures that came out the same
//! everywhere get none.

mod placement;

use super::Account;
use super::metrics::{Metric, SHOWN};
use crate::metrics::figures::Heading;
use crate::report::VERSION;
use crate::report::chart::bands::{self, Line};
use crate::report::chart::heat::{self, MOST_COLUMNS, MOST_ROWS};
use crate::report::chart::levels::Levels;
use crate::report::chart::scatter::{self, Cloud, Dot};
use crate::report::chart::{self, Chart, Drawing};
use crate::report::directory::FileNames;
use crate::report::quantity::{count, round_duration};
use crate::scenario::{Design, Goal};
use crate::units::Fraction;

/// Most charts of a sweep.
pub const MOST_CHARTS: usize = 12;
/// Most lines for values of a second parameter.
const LINES: usize = 7;
/// Most dots of a scatter: more are not told apart, and make a page slow.
const DOTS: usize = 2000;

/// All charts, and whether there would have been more.
pub fn charts(account: &Account) -> (Vec<Chart>, bool) {
    let mut album = Album::of(account);
    album.ways();
    match &album.parameters.clone()[..] {
        [] => {}
        [one] => album.over_one(one),
        [one, other] if album.is_map(one, other) => album.over_two(one, other),
        many => album.over_many(many),
    }
    (album.charts, album.left_out)
}

struct Album<'a> {
    account: &'a Account<'a>,
    /// Those that have several values.
    parameters: Vec<Levels>,
    charts: Vec<Chart>,
    left_out: bool,
    names: FileNames,
}

impl<'a> Album<'a> {
    fn of(account: &'a Account) -> Self {
        let parameters = account.layout.parameters.iter().enumerate();
        let levels = parameters.map(|(index, parameter)| {
            let values = account.aggregates.points.iter().map(|point| &point.values[index]);
            Levels::of(&parameter.name, values)
        });
        Self {
            account,
            parameters: levels.filter(|levels| levels.len() > 1).collect(),
            charts: Vec::new(),
            left_out: false,
            names: FileNames::default(),
        }
    }

    /// Whether two parameters span a map that can be read.
    fn is_map(&self, one: &Levels, other: &Levels) -> bool {
        let (rows, columns) = sides(one, other);
        self.account.design == Design::Grid
            && rows.len() <= MOST_ROWS
            && columns.len() <= MOST_COLUMNS
    }

    fn over_one(&mut self, parameter: &Levels) {
        for (metric, places) in self.varying() {
            let several = places.len() > 1;
            let line = |place: &usize| Line {
                name: if several { self.subject(*place) } else { String::new() },
                findings: self.along(parameter, *place, |_| true),
            };
            let lines = places.iter().map(line).collect();
            let whose = self.common(&places);
            self.bands(metric, &whose, parameter, lines, &places, metric.question(&whose));
        }
    }

    fn over_two(&mut self, one: &Levels, other: &Levels) {
        let (rows, columns) = sides(one, other);
        for (metric, places) in self.varying() {
            for &place in &places {
                let whose = self.whose(place, places.len() > 1);
                self.map(metric, &whose, (rows, columns), place);
                if metric.name == "latency_p99" {
                    let lines = self.by(rows, columns, place);
                    let title = metric.change(&whose, &short_name(&columns.name));
                    self.bands(metric, &whose, columns, lines, &[place], title);
                }
            }
        }
    }

    fn over_many(&mut self, parameters: &[Levels]) {
        let mut headlines = self.varying();
        headlines.retain(|(metric, _)| self.is_headline(metric));
        for (metric, places) in headlines {
            for parameter in parameters {
                self.scatter(metric, parameter, &places);
            }
        }
    }

    /// What decides which point is the best, and the latency.
    fn is_headline(&self, metric: &Metric) -> bool {
        let goal = match self.account.goal {
            Some(Goal::Least(name) | Goal::Most(name)) => name.as_str(),
            None => "",
        };
        let is_goal = |heading: &Heading| heading.metric == metric.name && heading.is_called(goal);
        ["latency_p99", "turnaround_mean"].contains(&metric.name)
            || self.account.headings().any(|(_, heading)| is_goal(heading))
    }

    /// Metrics worth a chart, with the places of their figures: those that differ between points.
    fn varying(&self) -> Vec<(&'static Metric, Vec<usize>)> {
        let of = |metric: &'static Metric| {
            let headings = self.account.headings();
            let places = headings.filter(|(_, heading)| heading.metric == metric.name);
            let places: Vec<usize> = places.map(|(place, _)| place).collect();
            let varies = places.iter().any(|place| self.varies(*place));
            varies.then_some((metric, places))
        };
        SHOWN.iter().filter_map(of).collect()
    }

    fn varies(&self, place: usize) -> bool {
        let points = &self.account.aggregates.points;
        let mean = |index: usize| points[index].means[place].map(|mean| mean.estimate.mean);
        (1..points.len()).any(|index| mean(index) != mean(0))
    }

    fn heading(&self, place: usize) -> &'a Heading {
        &self.account.layout.figures[self.account.aggregates.figures[place]]
    }

    /// `web in containers`, or as much of it as tells figures apart.
    fn subject(&self, place: usize) -> String {
        let Heading { cluster, app, .. } = self.heading(place);
        let (clusters, apps) = (self.account.clusters().len(), self.apps());
        match (app.as_str(), clusters > 1, apps > 1) {
            ("", ..) | (_, true, false) => cluster.clone(),
            (app, true, true) => format!("{app} in {cluster}"),
            (app, false, _) => app.to_owned(),
        }
    }

    fn apps(&self) -> usize {
        let mut apps: Vec<&str> = self.account.headings().map(|(_, h)| h.app.as_str()).collect();
        apps.sort_unstable();
        apps.dedup();
        apps.iter().filter(|app| !app.is_empty()).count()
    }

    /// Whose figure it is, for a title: the app, and the cluster where there are several.
    fn whose(&self, place: usize, several: bool) -> Whose {
        let Heading { cluster, app, .. } = self.heading(place);
        let cluster = (several && self.account.clusters().len() > 1).then(|| cluster.clone());
        Whose { app: app.clone(), cluster }
    }

    /// Whose figures these are in common.
    fn common(&self, places: &[usize]) -> Whose {
        let app = &self.heading(places[0]).app;
        let same = places.iter().all(|place| self.heading(*place).app == *app);
        Whose { app: if same { app.clone() } else { String::new() }, cluster: None }
    }

    /// A figure at each value of a parameter, at those points that `is_wanted` says.
    fn along(
        &self,
        parameter: &Levels,
        place: usize,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Vec<Option<chart::finding::Finding>> {
        let mut findings = vec![None; parameter.len()];
        for (point, &level) in parameter.of_point.iter().enumerate().filter(|(p, _)| is_wanted(*p))
        {
            findings[level] = self.account.finding(point, place);
        }
        findings
    }

    /// A line for each value of a second parameter, or for some that are evenly apart.
    fn by(&self, second: &Levels, parameter: &Levels, place: usize) -> Vec<Line> {
        let number = second.len().min(LINES);
        let level = |index: usize| index * (second.len() - 1) / (number - 1).max(1);
        let line = |level: usize| Line {
            name: format!("{} {}", short_name(&second.name), second.texts[level]),
            findings: self.along(parameter, place, |point| second.of_point[point] == level),
        };
        (0..number).map(level).map(line).collect()
    }

    fn bands(
        &mut self,
        metric: &Metric,
        whose: &Whose,
        parameter: &Levels,
        lines: Vec<Line>,
        places: &[usize],
        title: String,
    ) {
        let limit = self.limit(places);
        let name = format!("{}-by-{}", metric.name, short_name(&parameter.name));
        let (unit, caption) = (self.heading(places[0]).unit, metric.axis());
        self.add(name, title, whose, |heading| {
            bands::draw(bands::Question {
                heading,
                caption: &caption,
                unit,
                parameter,
                lines,
                limit,
            })
        });
    }

    fn map(
        &mut self,
        metric: &Metric,
        whose: &Whose,
        (rows, columns): (&Levels, &Levels),
        place: usize,
    ) {
        let title = metric.question(whose);
        let mut findings = vec![vec![None; columns.len()]; rows.len()];
        for (point, (row, column)) in rows.of_point.iter().zip(&columns.of_point).enumerate() {
            findings[*row][*column] = self.account.finding(point, place);
        }
        let (unit, caption) = (self.heading(place).unit, metric.axis());
        self.add(metric.name.to_owned(), title, whose, |heading| {
            heat::draw(&heat::Question {
                heading,
                caption: &caption,
                unit,
                columns,
                rows,
                findings,
            })
        });
    }

    fn scatter(&mut self, metric: &Metric, parameter: &Levels, places: &[usize]) {
        let points = self.account.aggregates.points.len();
        let every = (points * places.len()).div_ceil(DOTS).max(1);
        let whose = self.common(places);
        let title = metric.change(&whose, &short_name(&parameter.name));
        let cloud = |place: &usize| {
            let dot = |point: usize| {
                let others = self.parameters.iter().filter(|other| other.name != parameter.name);
                let value = |other: &Levels| other.texts[other.of_point[point]].clone();
                Some(Dot {
                    level: parameter.of_point[point],
                    finding: self.account.finding(point, *place)?,
                    values: others.map(|other| (other.name.clone(), value(other))).collect(),
                })
            };
            let name = if places.len() > 1 { self.subject(*place) } else { String::new() };
            Cloud { name, dots: (0..points).step_by(every).filter_map(dot).collect() }
        };
        let clouds = places.iter().map(cloud).collect();
        let name = format!("{}-over-{}", metric.name, short_name(&parameter.name));
        let (unit, caption) = (self.heading(places[0]).unit, metric.axis());
        self.add(name, title, &whose, |heading| {
            scatter::draw(&scatter::Question {
                heading,
                caption: &caption,
                unit,
                parameter,
                clouds,
            })
        });
    }

    /// What an app promises, where all these figures are of it and promised the same.
    fn limit(&self, places: &[usize]) -> Option<(f64, String)> {
        let target = |place: &usize| {
            let Heading { app, metric, .. } = self.heading(*place);
            let mut targets = self.account.targets.iter();
            targets.find(|target| target.app == *app && target.metric == *metric)
        };
        let first = target(places.first()?)?;
        let same = |place| target(place).is_some_and(|other| other.seconds == first.seconds);
        let metric = first.metric.strip_prefix("latency_").unwrap_or(&first.metric);
        let name = format!("SLO {metric} ≤ {}", round_duration(first.seconds));
        places.iter().all(same).then_some((first.seconds, name))
    }

    /// Adds a chart, unless it has nothing to show or there are enough.
    fn add(
        &mut self,
        name: String,
        title: String,
        whose: &Whose,
        draw: impl FnOnce(chart::Heading) -> Option<Drawing>,
    ) {
        if self.charts.len() == MOST_CHARTS {
            self.left_out = true;
            return;
        }
        let subtitle = self.subtitle();
        let Some(Drawing { svg, data }) = draw(chart::Heading { title: title.clone(), subtitle })
        else {
            return;
        };
        let parts = [Some(name), Some(whose.app.clone()), whose.cluster.clone()];
        let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let name = self.names.name(&parts.join("-"));
        self.charts.push(Chart { name, title, svg, data: Some(data) });
    }

    fn subtitle(&self) -> String {
        let Account { scenario, confidence, aggregates, .. } = self.account;
        let runs = aggregates.points.iter().map(|point| point.runs);
        let (least, most) = (runs.clone().min().unwrap_or(0), runs.max().unwrap_or(0));
        let runs = match (least, most) {
            (1, 1) => "one run of each point".to_owned(),
            (least, most) if least == most => format!("means of {} runs", count(most as u64)),
            (least, most) => {
                format!("means of {} to {} runs", count(least as u64), count(most as u64))
            }
        };
        let interval = match most {
            ..=1 => String::new(),
            _ => format!(", {} intervals", Fraction(*confidence)),
        };
        format!("{scenario}  ·  {runs}{interval}  ·  plimsoll {VERSION}")
    }
}

/// Rows and columns of a map: the parameter with more values has the width, of equals the last.
fn sides<'l>(one: &'l Levels, other: &'l Levels) -> (&'l Levels, &'l Levels) {
    if one.len() > other.len() { (other, one) } else { (one, other) }
}

/// What a path is about, without whose it is: `replicas` of `app.web.replicas`.
pub fn short_name(path: &str) -> String {
    const NAMED: [&str; 6] = ["app", "cluster", "host", "image", "job", "vm"];
    let parts: Vec<&str> = path.split('.').collect();
    let whose = if NAMED.contains(&parts[0]) { 2 } else { 1 };
    match parts.get(whose..) {
        None | Some([]) => path.to_owned(),
        // which law of arrivals it is says less than that it is traffic
        Some(["traffic", ..]) => "traffic".to_owned(),
        Some(rest) => rest.join(" "),
    }
}

/// Whose figure a chart shows.
pub struct Whose {
    /// Empty for the cluster as a whole, or for several.
    pub app: String,
    /// Where there are several.
    pub cluster: Option<String>,
}

#[cfg(test)]
mod tests;
