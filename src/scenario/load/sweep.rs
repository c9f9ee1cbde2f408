//! Whether every value of a sweep fits where it is to be put.
//!
//! Each value is put into a copy of the document, with the first value of all other parameters,
//! and the copy is read and checked like any scenario: for a grid, that is one of its points. The
//! value keeps its place in the file, so that what is wrong is shown in the list it comes from. Of
//! a range only the ends are tried; its other points are checked when they are planned.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{judge, overrides};
use crate::scenario::diagnostic::Problem;
use crate::scenario::{Parameter, Sweep};

/// A parameter with the values that are tried.
pub(super) struct Candidates<'i> {
    pub path: &'i str,
    /// Where the path stands, without quotes.
    pub start: usize,
    pub values: Vec<Spanned<DeValue<'i>>>,
}

/// What is wrong with the values of the sweep in `document`, which is in order without it.
pub fn problems(document: &DeTable<'_>, sweep: &Sweep, text: &str, folder: &Path) -> Vec<Problem> {
    let ends = range_ends(&sweep.parameters);
    let parameters = candidates(document, ["sweep", "parameters"], &ends);
    tried(document, &parameters, "the sweep", text, folder)
}

/// What is wrong with the values of `parameters`, which belong to `whose`.
pub(super) fn tried(
    document: &DeTable<'_>,
    parameters: &[Candidates<'_>],
    whose: &str,
    text: &str,
    folder: &Path,
) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for (chosen, parameter) in parameters.iter().enumerate() {
        for value in &parameter.values {
            let found = with(document, parameters, chosen, value, text, folder);
            for problem in found {
                // a wrong path is so for all values, a wrong first value for all other parameters
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
    }
    let places: Vec<_> = parameters.iter().flat_map(Candidates::places).collect();
    problems.into_iter().map(|problem| attributed(problem, whose, &places)).collect()
}

/// What is wrong with the scenario that has one value of the chosen parameter and the first of all
/// others.
fn with<'i>(
    document: &DeTable<'i>,
    parameters: &[Candidates<'i>],
    chosen: usize,
    value: &Spanned<DeValue<'i>>,
    text: &str,
    folder: &Path,
) -> Vec<Problem> {
    let mut varied: DeTable<'i> = document.clone();
    overrides::leave_experiments_out(&mut varied);
    for (index, parameter) in parameters.iter().enumerate() {
        let value = if index == chosen { value } else { &parameter.values[0] };
        let outcome = overrides::set(&mut varied, parameter.path, parameter.start, value.clone());
        match outcome {
            Err(problem) if index == chosen => return vec![*problem],
            // it is reported when that parameter is chosen
            Err(_) | Ok(()) => {}
        }
    }
    judge(&varied, text, folder).1
}

/// A problem that is shown elsewhere says that it comes with the values of the sweep.
fn attributed(problem: Problem, whose: &str, places: &[Range<usize>]) -> Problem {
    let shown = |span: &Range<usize>| {
        places.iter().any(|place| place.start <= span.start && span.end <= place.end)
    };
    match &problem.span {
        Some(span) if shown(span) => problem,
        _ => Problem { title: format!("with values of {whose}: {}", problem.title), ..problem },
    }
}

/// The paths and values in a table of the document; `ends` has the values of ranges.
pub(super) fn candidates<'i>(
    document: &'i DeTable<'_>,
    [section, key]: [&str; 2],
    ends: &'i BTreeMap<&str, Vec<String>>,
) -> Vec<Candidates<'i>> {
    let table = document.get(section).and_then(|section| section.get_ref().get(key));
    let table = table.and_then(|parameters| parameters.get_ref().as_table());
    let entries = table.into_iter().flatten();
    entries
        .filter_map(|(key, written)| {
            let (path, start) = overrides::quoted_path(key);
            let values = match written.get_ref() {
                DeValue::Array(values) => values.iter().cloned().collect(),
                _ => {
                    let values = ends.get(path)?.iter().filter_map(|end| DeValue::parse(end).ok());
                    values.map(|end| Spanned::new(written.span(), end.into_inner())).collect()
                }
            };
            Some(Candidates { path, start, values })
        })
        .collect()
}

/// The ends of each range, as TOML.
pub(super) fn range_ends(parameters: &BTreeMap<String, Parameter>) -> BTreeMap<&str, Vec<String>> {
    let ends = |parameter: &Parameter| match parameter {
        Parameter::List(_) => None,
        Parameter::Range(range) => range.axis().ok().map(|axis| axis.ends()),
    };
    parameters
        .iter()
        .filter_map(|(path, parameter)| {
            let texts = ends(parameter)?.iter().map(ToString::to_string).collect();
            Some((path.as_str(), texts))
        })
        .collect()
}

impl Candidates<'_> {
    /// Where its path and its values stand.
    fn places(&self) -> impl Iterator<Item = Range<usize>> {
        let path = self.start..self.start + self.path.len();
        std::iter::once(path).chain(self.values.iter().map(Spanned::span))
    }
}
