//! Paths that were written without quotes, where a table has paths for keys: to TOML they are
//! tables in tables.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::scenario::diagnostic::Problem;

/// Takes paths without quotes out of the tables of a sweep, a search and variants, and tells of
/// them.
pub fn take_out(document: &mut DeTable<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (section, key) in [("sweep", "parameters"), ("size", "choices")] {
        if let Some(paths) = table(document, section).and_then(|table| self::table(table, key)) {
            problems.extend(unquoted(paths));
        }
    }
    let variants = document.get_mut("variant").map(|value| value.get_mut());
    if let Some(DeValue::Array(variants)) = variants {
        for variant in variants.iter_mut() {
            if let DeValue::Table(variant) = variant.get_mut()
                && let Some(paths) = table(variant, "set")
            {
                problems.extend(unquoted(paths));
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

fn unquoted(paths: &mut DeTable<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    for (key, value) in paths.iter() {
        let name = key.get_ref().as_ref();
        // no path has a single step
        if let DeValue::Table(below) = value.get_ref()
            && !name.contains('.')
        {
            let before = found.len();
            leaves(name, below, &mut found);
            // a table of nothing but nothing
            if found.len() == before {
                found.push((name.to_owned(), key.span()));
            }
        }
    }
    let first: Vec<String> = found.iter().map(|(path, _)| first_step(path).to_owned()).collect();
    for name in &first {
        paths.remove(name.as_str());
    }
    let problem = |(path, span): (String, Range<usize>)| {
        let problem = Problem::new(format!("the path `{path}` must be in quotes"));
        problem.at(span).help(format!("write `\"{path}\" = …`"))
    };
    found.into_iter().map(problem).collect()
}

fn first_step(path: &str) -> &str {
    path.split_once('.').map_or(path, |(first, _)| first)
}

/// The paths that end in a value or in a range, each with the place of its last step.
fn leaves(path: &str, table: &DeTable<'_>, found: &mut Vec<(String, Range<usize>)>) {
    for (key, value) in table.iter() {
        let path = format!("{path}.{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(below) if !below.contains_key("from") => leaves(&path, below, found),
            _ => found.push((path, key.span())),
        }
    }
}
