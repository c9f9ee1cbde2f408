//! Whether the numbers and choices of a search for a size fit where they are to be put.
//!
//! As those of a sweep are ([`super::sweep`]): the smallest and the largest number and every choice
//! are put in their place and checked, and shown where they stand.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::sweep::{Candidates, candidates, range_ends, tried};
use crate::scenario::Size;
use crate::scenario::diagnostic::Problem;

/// What is wrong with the values of the search in `document`, which is in order without it.
pub fn problems(document: &DeTable<'_>, size: &Size, text: &str, folder: &Path) -> Vec<Problem> {
    let ends = range_ends(&size.choices);
    let limits = [("from", size.from.to_string()), ("to", size.to.to_string())];
    let mut parameters: Vec<_> = varied(document, &limits).into_iter().collect();
    parameters.extend(candidates(document, ["size", "choices"], &ends));
    tried(document, &parameters, "`[size]`", text, folder)
}

/// The number that is searched for, with its limits.
fn varied<'i>(
    document: &'i DeTable<'_>,
    limits: &'i [(&str, String); 2],
) -> Option<Candidates<'i>> {
    let section = document.get("size")?.get_ref().as_table()?;
    let written = section.get("vary")?;
    let path = written.get_ref().as_str()?;
    let quotes = written.span().len().saturating_sub(path.len()) / 2;
    let value = |(key, text): &'i (&str, String)| {
        // a limit that was left out is shown at the path
        let place = section.get(*key).map_or(written.span(), Spanned::span);
        Some(Spanned::new(place, DeValue::parse(text).ok()?.into_inner()))
    };
    let start = written.span().start + quotes;
    Some(Candidates { path, start, values: limits.iter().filter_map(value).collect() })
}
