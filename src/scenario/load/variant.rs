//! Whether every variant is a scenario in order.
//!
//! Its values are put into a copy of the document, which is read and checked like any scenario. A
//! value keeps its place in the file, so that what is wrong is shown where the variant says it.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{judge, overrides};
use crate::scenario::diagnostic::Problem;

/// What is wrong with the variants in `document`, which is in order without them.
pub fn problems(document: &DeTable<'_>, text: &str, folder: &Path) -> Vec<Problem> {
    let variants = document.get("variant").and_then(|variants| variants.get_ref().as_array());
    let mut problems = Vec::new();
    for variant in variants.into_iter().flatten() {
        let name = overrides::element_name(variant).unwrap_or_default();
        let settings = settings(variant);
        for problem in problems_of(document, &settings, text, folder) {
            problems.push(attributed(problem, name, &settings));
        }
    }
    problems
}

/// A value, and the path that it is to be put at.
struct Setting<'a, 'i> {
    path: &'a str,
    /// Where the path stands, without quotes.
    start: usize,
    value: &'a Spanned<DeValue<'i>>,
}

impl Setting<'_, '_> {
    /// Whether this is where the path or the value stands.
    fn holds(&self, span: &Range<usize>) -> bool {
        let path = self.start..self.start + self.path.len();
        [path, self.value.span()]
            .iter()
            .any(|place| place.start <= span.start && span.end <= place.end)
    }
}

fn settings<'a, 'i>(variant: &'a Spanned<DeValue<'i>>) -> Vec<Setting<'a, 'i>> {
    let set = variant.get_ref().get("set").and_then(|set| set.get_ref().as_table());
    let setting = |(key, value): (&'a Spanned<_>, &'a Spanned<DeValue<'i>>)| {
        let (path, start) = overrides::quoted_path(key);
        Setting { path, start, value }
    };
    set.into_iter().flatten().map(setting).collect()
}

/// What is wrong with the scenario that has all values of a variant.
fn problems_of<'i>(
    document: &'i DeTable<'i>,
    settings: &[Setting<'i, 'i>],
    text: &str,
    folder: &Path,
) -> Vec<Problem> {
    let mut varied: DeTable<'i> = document.clone();
    overrides::leave_experiments_out(&mut varied);
    let mut problems = Vec::new();
    for Setting { path, start, value } in settings {
        let outcome = overrides::set(&mut varied, path, *start, (*value).clone());
        problems.extend(outcome.err().map(|problem| *problem));
    }
    // where a value has no place, the rest may be wrong for that alone
    if problems.is_empty() { judge(&varied, text, folder).1 } else { problems }
}

/// A problem that is shown elsewhere says which variant it comes with.
fn attributed(problem: Problem, name: &str, settings: &[Setting<'_, '_>]) -> Problem {
    match &problem.span {
        Some(span) if settings.iter().any(|setting| setting.holds(span)) => problem,
        _ => Problem { title: format!("in variant `{name}`: {}", problem.title), ..problem },
    }
}
