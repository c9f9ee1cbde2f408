//! How far a point of a sweep has come: a function of the results that are there, and of nothing
//! else.

use super::precision;
use super::{Outline, Record, Run};

/// How far a point has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has all runs it needs, so many.
    Enough(u32),
    /// It needs so many, some of which are not there.
    Wants(u32),
}

/// Figures of a run that are to be known precisely, by name.
pub type Watched = Vec<(String, f64)>;

/// Those of a record.
pub fn watched(outline: &Outline, record: &Record) -> Watched {
    let Some(rule) = &outline.precision else { return Watched::new() };
    let figures = record.figures.iter().filter(|figure| figure.heading.is_called(&rule.metric));
    figures.map(|figure| (figure.heading.name(), figure.value)).collect()
}

/// How far a point has come, by what `known` says of its runs.
pub fn standing(
    outline: &Outline,
    point: usize,
    mut known: impl FnMut(&Run) -> Option<Watched>,
) -> Standing {
    let runs = outline.of_point(point);
    let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
    let mut from = 0;
    let mut wanted = outline.replications;
    loop {
        for run in &runs[from..wanted as usize] {
            let Some(figures) = known(run) else { return Standing::Wants(wanted) };
            for (name, value) in figures {
                match columns.iter_mut().find(|(column, _)| *column == name) {
                    Some((_, values)) => values.push(value),
                    None => columns.push((name, vec![value])),
                }
            }
        }
        let Some(rule) = &outline.precision else { return Standing::Enough(wanted) };
        let values: Vec<_> = columns.iter().map(|(_, values)| values.clone()).collect();
        match precision::more(rule, outline.confidence, wanted, &values) {
            None => return Standing::Enough(wanted),
            Some(more) => (from, wanted) = (wanted as usize, more),
        }
    }
}
