//! Settings that change a scenario from outside: `app.web.replicas = 12`.
//!
//! They are made to the parsed document, before its shape and meaning are checked, so that a
//! setting is held to the same rules as the file, and shown as what it is where it breaks them.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use thiserror::Error;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::Sources;
use crate::scenario::diagnostic::{Problem, suggestion};

/// A value to set in a scenario, written `path=value`.
///
/// The path has the keys of the file, and elements of arrays by their name: `app.web.replicas`,
/// `cluster.vms.hosts.count`; a number counts from 0 where elements have no name:
/// `fault.0.kind.scheduled.at`. The value is TOML (`12`, `"2h"`, `{ poisson = "300/s" }`); what is
/// not is taken as text, so that `2h` needs no quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Where, in keys and names separated by dots.
    pub path: String,
    /// What, in TOML or plain text.
    pub value: String,
}

/// A setting that is not of the form `path=value`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a setting; write it like `app.web.replicas=12`")]
pub struct InvalidOverride(String);

impl Override {
    /// Sets `path` to `value`.
    pub fn new(path: impl Into<String>, value: impl Into<String>) -> Self {
        Self { path: path.into(), value: value.into() }
    }
}

impl FromStr for Override {
    type Err = InvalidOverride;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((path, value)) if !path.trim().is_empty() => {
                Ok(Self::new(path.trim(), value.trim()))
            }
            _ => Err(InvalidOverride(text.to_owned())),
        }
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.value)
    }
}

/// Makes all settings of `sources` to the document. What is wrong with one is a problem; the
/// others are made.
pub fn apply_all<'i>(document: &mut DeTable<'i>, sources: &'i Sources) -> Vec<Problem> {
    let settings = sources.settings();
    settings
        .filter_map(|(text, start)| apply(document, text, start).err().map(|problem| *problem))
        .collect()
}

/// Makes the setting `text`, which stands at `start` among all sources.
fn apply<'i>(document: &mut DeTable<'i>, text: &'i str, start: usize) -> Result<(), Box<Problem>> {
    // a value may contain `=` but a path does not
    let (path, value) = text.split_once('=').unwrap_or((text, ""));
    let value_start = start + path.len() + 1;
    let value = parse_value(value, value_start)?;
    set(document, path, start, value)
}

/// Sets the value at `path`, whose text stands at `start` among all sources.
///
/// # Errors
/// Where the path leads nowhere.
pub fn set<'i>(
    document: &mut DeTable<'i>,
    path: &'i str,
    start: usize,
    value: Spanned<DeValue<'i>>,
) -> Result<(), Box<Problem>> {
    let mut steps = Steps { path, at: 0, start };
    let mut table = document;
    loop {
        let key = steps.next();
        if steps.is_done() {
            table.remove(key);
            table.insert(Spanned::new(steps.span(key), Cow::Borrowed(key)), value);
            return Ok(());
        }
        let entry = table.entry(Spanned::new(steps.span(key), Cow::Borrowed(key)));
        let span = steps.span(key);
        let below = entry.or_insert_with(|| Spanned::new(span, DeValue::Table(DeTable::new())));
        table = match below.get_mut() {
            DeValue::Table(table) => table,
            DeValue::Array(array) => element(array, &mut steps, key)?,
            other => {
                let kind = other.type_str();
                let title = format!("`{key}` is a plain {kind}, which has nothing in it to set");
                return Err(Problem::new(title).at(steps.span(key)).into());
            }
        };
        if steps.is_done() {
            return Err(Problem::new("the setting names an element as a whole")
                .at(start..start + path.len())
                .help("add the key to set, such as `app.web.replicas=12`")
                .into());
        }
    }
}

/// The path that a key in quotes is, and where it stands without its quotes.
pub fn quoted_path<'a>(key: &'a Spanned<Cow<'_, str>>) -> (&'a str, usize) {
    let path = key.get_ref().as_ref();
    let quotes = key.span().len().saturating_sub(path.len()) / 2;
    (path, key.span().start + quotes)
}

/// Takes out what says how a scenario is to be varied: it is not of what is simulated.
pub fn leave_experiments_out(document: &mut DeTable<'_>) {
    for section in ["sweep", "size", "variant"] {
        document.remove(section);
    }
}

/// The value, with positions among all sources.
fn parse_value(text: &str, start: usize) -> Result<Spanned<DeValue<'_>>, Box<Problem>> {
    let span = start..start + text.len();
    match DeValue::parse(text) {
        Ok(value) => Ok(shifted(value, start)),
        Err(error) if text.starts_with(['[', '{', '"', '\'']) => {
            let title = format!("the value is not TOML: {}", error.message());
            let inside = error.span().map_or(span, |at| start + at.start..start + at.end);
            Err(Problem::new(title).at(inside).into())
        }
        Err(_) => Ok(Spanned::new(span, DeValue::String(Cow::Borrowed(text)))),
    }
}

fn shifted<'i>(value: Spanned<DeValue<'i>>, by: usize) -> Spanned<DeValue<'i>> {
    let further = |span: Range<usize>| span.start + by..span.end + by;
    let span = further(value.span());
    let moved = match value.into_inner() {
        DeValue::Array(array) => {
            DeValue::Array(array.into_iter().map(|value| shifted(value, by)).collect())
        }
        DeValue::Table(table) => {
            let entries = table.into_iter().map(|(key, value)| {
                (Spanned::new(further(key.span()), key.into_inner()), shifted(value, by))
            });
            DeValue::Table(entries.collect())
        }
        plain => plain,
    };
    Spanned::new(span, moved)
}

/// The table in `array` that the next steps name.
fn element<'a, 'i>(
    array: &'a mut DeArray<'i>,
    steps: &mut Steps<'i>,
    section: &str,
) -> Result<&'a mut DeTable<'i>, Box<Problem>> {
    let names: Vec<Option<String>> =
        array.iter().map(|value| element_name(value).map(str::to_owned)).collect();
    let longest = steps.longest_of(names.iter().flatten());
    let name = match longest {
        Some(length) => steps.take(length),
        None => steps.next(),
    };
    let by_name = names.iter().position(|candidate| candidate.as_deref() == Some(name));
    let index = by_name.or_else(|| name.parse().ok());
    let element = index.and_then(|index| array.get_mut(index)).map(Spanned::get_mut);
    let table = match element {
        Some(DeValue::Table(table)) => Some(table),
        _ => None,
    };
    table.ok_or_else(|| {
        let known = names.iter().flatten().map(String::as_str);
        Problem::new(format!("there is no {section} `{name}`"))
            .at(steps.span(name))
            .help(suggestion(name, known, section))
            .into()
    })
}

/// The name of an element of an array.
pub fn element_name<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<&'a str> {
    value.get_ref().as_table()?.get("name")?.get_ref().as_str()
}

/// The steps of a setting's path, one after another.
struct Steps<'i> {
    path: &'i str,
    /// Bytes of the path that were taken, with the dot behind.
    at: usize,
    /// Where the path begins among all sources.
    start: usize,
}

impl<'i> Steps<'i> {
    /// Takes the text up to the next dot.
    fn next(&mut self) -> &'i str {
        let rest = &self.path[self.at..];
        self.take(rest.find('.').unwrap_or(rest.len()))
    }

    fn take(&mut self, length: usize) -> &'i str {
        let taken = &self.path[self.at..self.at + length];
        self.at = (self.at + length + 1).min(self.path.len() + 1);
        taken
    }

    fn is_done(&self) -> bool {
        self.at > self.path.len()
    }

    /// Length of the longest name that the rest of the path begins with; names may have dots.
    fn longest_of<'n>(&self, names: impl Iterator<Item = &'n String>) -> Option<usize> {
        let rest = self.path.get(self.at..).unwrap_or("");
        let fits = |name: &&String| {
            rest.strip_prefix(name.as_str())
                .is_some_and(|after| after.is_empty() || after.starts_with('.'))
        };
        names.filter(fits).map(String::len).max()
    }

    /// Where the step that was just taken stands.
    fn span(&self, taken: &str) -> Range<usize> {
        let end = self.start + self.at - 1;
        end - taken.len()..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
        [simulation]
        name = 'x'
        [[image]]
        name = 'shop/web:1.4'
        layers = []
        [[app]]
        name = 'web'
        replicas = 3
        start = '2s'
        [[fault]]
        kind = {}
    ";

    /// The document after `settings`, and what was wrong with them.
    fn set(settings: &[&str]) -> (toml::Table, Vec<String>) {
        let settings: Vec<Override> = settings.iter().map(|s| s.parse().unwrap()).collect();
        let sources = Sources::new("x.toml", TEXT, &settings);
        let mut document = DeTable::parse(sources.scenario_text()).unwrap();
        let problems = apply_all(document.get_mut(), &sources);
        let table = serde::Deserialize::deserialize(toml::de::Deserializer::from(document));
        (table.unwrap(), problems.into_iter().map(|problem| problem.title).collect())
    }

    #[test]
    fn a_value_is_set_by_key_name_and_index() {
        let (table, problems) = set(&[
            "simulation.seed=7",
            "app.web.replicas=12",
            "app.web.slo.p99=250ms",
            "image.shop/web:1.4.layers=['1Mi']",
            "fault.0.kind.scheduled.at=1h",
        ]);
        assert_eq!(problems, Vec::<String>::new());
        let expected: toml::Table = toml::from_str(
            "simulation = { name = 'x', seed = 7 }
             image = [{ name = 'shop/web:1.4', layers = ['1Mi'] }]
             app = [{ name = 'web', replicas = 12, start = '2s', slo = { p99 = '250ms' } }]
             fault = [{ kind = { scheduled = { at = '1h' } } }]",
        )
        .unwrap();
        assert_eq!(table, expected);
    }

    #[test]
    fn a_setting_that_leads_nowhere_says_so() {
        let (_, problems) = set(&[
            "app.wep.replicas=1",
            "app.web=1",
            "app.web.start.constant=1s",
            "app.web.calls=[['db'",
        ]);
        assert_eq!(problems[0], "there is no app `wep`");
        assert_eq!(problems[1], "the setting names an element as a whole");
        assert_eq!(problems[2], "`start` is a plain string, which has nothing in it to set");
        assert!(problems[3].starts_with("the value is not TOML"), "{}", problems[3]);
    }

    #[test]
    fn a_setting_is_a_path_and_a_value() {
        assert_eq!("a.b = x=y".parse(), Ok(Override::new("a.b", "x=y")));
        assert!("a.b".parse::<Override>().is_err());
        assert!("=3".parse::<Override>().is_err());
    }

    #[test]
    fn positions_of_a_setting_lie_in_its_own_text() {
        let sources = Sources::new("x.toml", TEXT, &[Override::new("app.wep.replicas", "1")]);
        let mut document = DeTable::parse(sources.scenario_text()).unwrap();
        let problems = apply_all(document.get_mut(), &sources);
        let (file, inside) = sources.locate(problems[0].span.as_ref().unwrap());
        assert_eq!((file.name.as_str(), &sources.text(file)[inside]), ("--set", "wep"));
    }
}
