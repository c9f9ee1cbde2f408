//! Paths that were written without quotes, where a table has paths for keys: to TOML they are
//! tables in tables.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::scenario::diagnostic::Problem;

/// Puts paths in the tables of a sweep, a search and variants into quotes, and tells of those that
/// were not.
pub fn quote(document: &mut DeTable<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (section, key) in [("sweep", "parameters"), ("size", "choices")] {
        if let Some(paths) = table(document, section).and_then(|table| self::table(table, key)) {
            problems.extend(quoted(paths));
        }
    }
    if let Some(DeValue::Array(variants)) = document.get_mut("variant").map(Spanned::get_mut) {
        for variant in variants.iter_mut() {
            if let DeValue::Table(variant) = variant.get_mut()
                && let Some(paths) = table(variant, "set")
            {
                problems.extend(quoted(paths));
            }
        }
    }
    problems
}

fn table<'t, 'i>(of: &'t mut DeTable<'i>, key: &str) -> Option<&'t mut DeTable<'i>> {
    match of.get_mut(key)?.get_mut() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// A path that is tables in tables, where its last step stands, and its value.
struct Unquoted<'i> {
    path: String,
    span: Range<usize>,
    value: Spanned<DeValue<'i>>,
}

fn quoted(paths: &mut DeTable<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut outer = Vec::new();
    for (key, value) in paths.iter() {
        let name = key.get_ref().as_ref();
        // no path has a single step
        if let DeValue::Table(below) = value.get_ref()
            && !name.contains('.')
        {
            leaves(name, below, &mut found);
            outer.push(name.to_owned());
        }
    }
    for name in outer {
        paths.remove(name.as_str());
    }
    let mut problems = Vec::new();
    for Unquoted { path, span, value } in found {
        let problem = Problem::new(format!("the path `{path}` must be in quotes"));
        problems.push(problem.at(span.clone()).help(format!("write `\"{path}\" = …`")));
        paths.insert(Spanned::new(span, Cow::Owned(path)), value);
    }
    problems
}

/// The paths that end in a value or in a range.
fn leaves<'i>(path: &str, table: &DeTable<'i>, found: &mut Vec<Unquoted<'i>>) {
    for (key, value) in table.iter() {
        let path = format!("{path}.{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(below) if !below.contains_key("from") => leaves(&path, below, found),
            _ => found.push(Unquoted { path, span: key.span(), value: value.clone() }),
        }
    }
}
