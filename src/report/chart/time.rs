//! Charts of a series over simulated time, one line for each cluster.

use super::axis::{Axis, Scale};
use super::data::Reading;
use super::figure::{Figure, ends_fit};
use super::key::{KeyEntry, Swatch};
use super::palette::Look;
use super::plot::EndLabel;
use super::{Drawing, Heading};
use crate::metrics::{Recording, Series, Unit};

/// Above this ratio of largest to smallest value a linear axis hides most of a latency.
const WIDE: f64 = 40.0;
/// An objective this many times above all values is not worth flattening them for.
const FAR: f64 = 4.0;

/// What to draw.
pub struct Question<'a> {
    pub heading: Heading,
    /// What the vertical axis measures.
    pub caption: &'a str,
    pub app: Option<&'a str>,
    pub series: &'a str,
    /// What there is to see where one cluster alone has the series.
    pub detail: Detail<'a>,
    /// Whether the values are shares that are mostly nothing and otherwise span decades.
    pub rare: bool,
    /// A value not to be exceeded, and its name.
    pub limit: Option<(f64, String)>,
}

/// What is drawn of a cluster that is alone: series, and what to call them.
#[derive(Clone, Copy)]
pub enum Detail<'a> {
    /// The series.
    None,
    /// What the series is the sum of: those parts that there are, and their sum where that is
    /// something else.
    Parts(&'a [(&'a str, &'a str)]),
    /// These instead, those of them that ever are anything.
    Instead(&'a [(&'a str, &'a str)]),
}

struct Line<'a> {
    name: &'a str,
    look: Look,
    points: Vec<(f64, f64)>,
}

/// The chart, or `None` where no cluster has any value.
pub fn draw(recordings: &[Recording], question: Question) -> Option<Drawing> {
    let unit = recordings
        .iter()
        .find_map(|recording| recording.series.find(question.app, question.series))
        .map_or(Unit::Count, |series| series.unit);
    let has = |it: &&Recording| it.series.find(question.app, question.series).is_some();
    let having: Vec<&Recording> = recordings.iter().filter(has).collect();
    let lines = match (&having[..], question.detail) {
        ([only], Detail::Parts(parts)) => lines_of_parts(only, &question, parts),
        ([only], Detail::Instead(these)) => {
            let mut lines = lines_of(only, question.app, these);
            lines.iter_mut().for_each(|line| line.points = without_rests(&line.points));
            lines
        }
        _ => lines_of_clusters(recordings, &question),
    };
    if lines.is_empty() {
        return None;
    }
    let end = lines.iter().flat_map(|line| &line.points).map(|point| point.0).fold(0.0, f64::max);
    let limit = question.limit;
    let most = limit.as_ref().map(|(value, _)| *value);
    let y = if question.rare { rare_axis(&lines, most) } else { value_axis(unit, &lines, most) };
    let caption = match y.scale {
        Scale::Log => format!("{}, logarithmic", question.caption),
        _ => question.caption.into(),
    };
    let rests = question.rare || matches!(question.detail, Detail::Instead(_));
    let (key, ends) = names(&lines, rests);
    let figure = Figure {
        heading: question.heading,
        key,
        x: Axis::time(end),
        y,
        x_caption: "simulated time".into(),
        y_caption: caption,
        ends,
        reading: Reading::Nearest,
    };
    let limit = limit.filter(|(value, _)| figure.y.holds(*value));
    Some(figure.draw(|plot| {
        for line in &lines {
            plot.series(line.name, line.look, &line.points);
        }
        if let Some((value, name)) = limit {
            plot.limit(value, &name);
        }
    }))
}

/// A line for each cluster.
fn lines_of_clusters<'a>(recordings: &'a [Recording], question: &Question) -> Vec<Line<'a>> {
    let line = |(index, recording): (usize, &'a Recording)| {
        let series = recording.series.find(question.app, question.series)?;
        let points = points(recording, series);
        let line = Line { name: &recording.summary.cluster, look: Look::of(index), points };
        line.points.iter().any(|(_, value)| value.is_finite()).then_some(line)
    };
    recordings.iter().enumerate().filter_map(line).collect()
}

/// A line for each of these series that a cluster has and that is ever anything.
fn lines_of<'a>(
    recording: &Recording,
    app: Option<&str>,
    these: &[(&str, &'a str)],
) -> Vec<Line<'a>> {
    let line = |(index, &(series, name)): (usize, &(&str, &'a str))| {
        let points = points(recording, recording.series.find(app, series)?);
        let line = Line { name, look: Look::of(index), points };
        line.points.iter().any(|(_, value)| *value > 0.0).then_some(line)
    };
    these.iter().enumerate().filter_map(line).collect()
}

/// A line for each part that a cluster has, and one for the sum where there are several.
fn lines_of_parts<'a>(
    recording: &Recording,
    question: &Question<'a>,
    parts: &[(&'a str, &'a str)],
) -> Vec<Line<'a>> {
    let all: Vec<_> = [(question.series, "all")].iter().chain(parts).copied().collect();
    let mut all = lines_of(recording, question.app, &all);
    if all.len() == 2 {
        return all.into_iter().skip(1).collect();
    }
    // several lines along the foot would hide each other: the sum is there for all
    all.iter_mut().skip(1).for_each(|part| part.points = without_rests(&part.points));
    all
}

/// A line with gaps where it and its neighbours are nothing.
fn without_rests(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let is_some = |index: Option<usize>| {
        index.and_then(|index| points.get(index)).is_some_and(|(_, value)| *value > 0.0)
    };
    let kept = |(index, &(time, value)): (usize, &(f64, f64))| {
        let near = [index.checked_sub(1), Some(index), Some(index + 1)].map(is_some);
        (time, if near.contains(&true) { value } else { f64::NAN })
    };
    points.iter().enumerate().map(kept).collect()
}

fn points(recording: &Recording, series: &Series) -> Vec<(f64, f64)> {
    let times = recording.series.times.iter().map(|time| time.as_secs_f64());
    times.zip(series.values.iter().copied()).collect()
}

/// Names at line ends, or in a key where those would touch, or lines may end at rest.
fn names(lines: &[Line], rests: bool) -> (Vec<KeyEntry>, Vec<EndLabel>) {
    let last = |line: &Line| line.points.iter().rev().find(|(_, value)| value.is_finite()).copied();
    let ends: Vec<_> = lines
        .iter()
        .filter_map(|line| {
            Some(EndLabel { text: line.name.into(), value: last(line)?.1, look: line.look })
        })
        .collect();
    // what is mostly nothing ends there
    if ends_fit(&ends) && (!rests || lines.len() == 1) {
        return (Vec::new(), ends);
    }
    let key = lines
        .iter()
        .map(|line| KeyEntry { text: line.name.into(), swatch: Swatch::Line(line.look) });
    (key.collect(), Vec::new())
}

/// From the least share above nothing, or the limit, to the most.
fn rare_axis(lines: &[Line], limit: Option<f64>) -> Axis {
    let all = lines.iter().flat_map(|line| &line.points).map(|(_, value)| *value).chain(limit);
    let some = || all.clone().filter(|value| *value > 0.0);
    Axis::log_shares(some().fold(1.0, f64::min), some().fold(0.0, f64::max))
}

fn value_axis(unit: Unit, lines: &[Line], limit: Option<f64>) -> Axis {
    let values = || {
        let all = lines.iter().flat_map(|line| &line.points);
        all.map(|(_, value)| *value).filter(|value| value.is_finite())
    };
    let top = values().fold(0.0, f64::max);
    let least = values().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let near = limit.filter(|limit| *limit <= FAR * top);
    if unit == Unit::Seconds && top > WIDE * least {
        let near = limit.filter(|limit| *limit <= 2.0 * FAR * top && *limit * FAR >= least);
        let low = near.map_or(least, |limit| limit.min(least));
        return Axis::log_durations(low, near.map_or(top, |limit| limit.max(top)));
    }
    // a rule at the very top would have no room for its name
    Axis::values(unit, near.map_or(top, |limit| (limit * 1.08).max(top)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_of_a_line_are_gaps_but_for_the_feet_of_what_rises() {
        let values = [0.0, 0.0, 0.2, 0.0, 0.0, 0.0, 0.1];
        let points: Vec<(f64, f64)> = (0..).map(f64::from).zip(values).collect();
        let shown = without_rests(&points);
        let gaps: Vec<usize> = (0..7).filter(|&index| shown[index].1.is_nan()).collect();
        assert_eq!(gaps, [0, 4]);
        assert!(shown.iter().zip(&points).all(|(a, b)| a.0 == b.0 && (a.1 == b.1 || a.1.is_nan())));
    }
}
