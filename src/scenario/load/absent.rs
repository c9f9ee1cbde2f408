//! Files that a scenario names and that are not there.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::scenario::diagnostic::{Problem, nearest};
use crate::scenario::{Scenario, files};

/// One for each of them, at the first place that names it.
pub fn problems(document: &DeTable<'_>, scenario: &Scenario, folder: &Path) -> Vec<Problem> {
    let mut absent = files::named(scenario);
    absent.retain(|file| file.try_exists().is_ok_and(|exists| !exists));
    absent.sort();
    absent.dedup();
    absent.iter().map(|file| problem(document, file, folder)).collect()
}

fn problem(document: &DeTable<'_>, file: &Path, folder: &Path) -> Problem {
    let named = document.iter().find_map(|(_, value)| {
        place(value.get_ref(), value.span(), &|text| folder.join(text) == file)
    });
    let title = format!("there is no file `{}`", file.display());
    Problem::new(title).at(named).help(hint(file))
}

/// Where in a value a text stands that is meant.
fn place(
    value: &DeValue<'_>,
    span: Range<usize>,
    is_meant: &dyn Fn(&str) -> bool,
) -> Option<Range<usize>> {
    match value {
        DeValue::String(text) => is_meant(text).then_some(span),
        DeValue::Array(all) => {
            all.iter().find_map(|one| place(one.get_ref(), one.span(), is_meant))
        }
        DeValue::Table(table) => {
            table.iter().find_map(|(_, one)| place(one.get_ref(), one.span(), is_meant))
        }
        _ => None,
    }
}

/// A file beside it that may be meant.
fn hint(file: &Path) -> String {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten();
    let entries = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    let wanted = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match nearest(wanted, names.iter().map(String::as_str)) {
        Some(near) => format!("beside it there is `{near}`"),
        None => "paths are relative to the folder of the scenario file".to_owned(),
    }
}
