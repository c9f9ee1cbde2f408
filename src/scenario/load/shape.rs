//! Reads the parsed document into the scenario's types, and goes on after an error.
//!
//! serde stops at the first error. Here the value that it stopped at is taken out of the document
//! and the element is read again, until nothing is left to object to: every value is judged on its
//! own, and what is then still missing only because it was taken out is not reported again.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, ValueDeserializer};

use super::draft::{Draft, Section};
use super::overrides::element_name;
use super::wording::Complaint;
use crate::scenario::diagnostic::{Problem, nearest, suggestion};
use crate::scenario::path::{Path, Step};

/// What was read, and what was wrong.
#[derive(Debug, Default)]
pub struct Shape {
    /// All that could be read.
    pub draft: Draft,
    /// What could not.
    pub problems: Vec<Problem>,
    /// Values that were wrong and therefore are not in the draft: checks must not speak of them.
    pub removed: Vec<Path>,
}

const TABLES: [&str; 4] = ["simulation", "prices", "registry", "density"];
const ARRAYS: [&str; 7] = ["host", "image", "app", "job", "vm", "cluster", "fault"];

/// Reads a document; `text` is what its positions are in.
pub fn read(document: &DeTable<'_>, text: &str) -> Shape {
    let mut shape = Shape::default();
    let mut reader = Reader { text, problems: Vec::new(), removed: Vec::new() };
    reader.unknown_sections(document);
    let draft = &mut shape.draft;
    draft.simulation = reader.table(document, "simulation", None);
    draft.prices = reader.table(document, "prices", Some(Default::default()));
    draft.registry = reader.table(document, "registry", Some(Default::default()));
    draft.density = reader.table(document, "density", None);
    draft.hosts = reader.array(document, "host");
    draft.images = reader.array(document, "image");
    draft.apps = reader.array(document, "app");
    draft.jobs = reader.array(document, "job");
    draft.vms = reader.array(document, "vm");
    draft.clusters = reader.array(document, "cluster");
    draft.faults = reader.array(document, "fault");
    shape.problems = reader.problems;
    shape.removed = reader.removed;
    shape
}

struct Reader<'t> {
    text: &'t str,
    problems: Vec<Problem>,
    removed: Vec<Path>,
}

impl Reader<'_> {
    fn unknown_sections(&mut self, document: &DeTable<'_>) {
        let known = TABLES.into_iter().chain(ARRAYS);
        for key in document.keys() {
            let name = key.get_ref().as_ref();
            if !known.clone().any(|section| section == name) {
                let problem = Problem::new(format!("a scenario has no table `{name}`"))
                    .at(key.span())
                    .help(section_advice(name, known.clone()));
                self.problems.push(problem);
            }
        }
    }

    /// A table at the top of the file, or `absent` where it is not there.
    fn table<T>(
        &mut self,
        document: &DeTable<'_>,
        key: &'static str,
        absent: Option<T>,
    ) -> Option<T>
    where
        T: for<'de> Deserialize<'de> + JsonSchema,
    {
        let Some((name, value)) = document.get_key_value(key) else {
            return absent;
        };
        if let DeValue::Array(_) = value.get_ref() {
            let problem = Problem::new(format!("`{key}` is one table, not an array of tables"))
                .at(name.span())
                .help(format!("write `[{key}]` with single brackets"));
            self.problems.push(problem);
            return None;
        }
        self.value(value.clone(), &Path::section(key))
    }

    /// An array of tables at the top of the file.
    fn array<T>(&mut self, document: &DeTable<'_>, key: &'static str) -> Section<T>
    where
        T: for<'de> Deserialize<'de> + JsonSchema,
    {
        let mut section = Section::default();
        let Some((name, value)) = document.get_key_value(key) else {
            return section;
        };
        let DeValue::Array(elements) = value.get_ref() else {
            let problem = Problem::new(format!("`{key}` is an array of tables"))
                .at(name.span())
                .help(format!("write `[[{key}]]` with double brackets"));
            self.problems.push(problem);
            // there is one, whatever it is: nothing that refers to it should be reported
            let name = element_name(value).map(str::to_owned);
            section.push(name, None);
            return section;
        };
        for (index, element) in elements.iter().enumerate() {
            let name = element_name(element).map(str::to_owned);
            section.push(name, self.value(element.clone(), &Path::element(key, index)));
        }
        section
    }

    /// Reads one value, taking out what is wrong until the rest can be read.
    fn value<T>(&mut self, mut value: Spanned<DeValue<'_>>, at: &Path) -> Option<T>
    where
        T: for<'de> Deserialize<'de> + JsonSchema,
    {
        loop {
            let error = match T::deserialize(ValueDeserializer::from(value.clone())) {
                Ok(read) => return Some(read),
                Err(error) => error,
            };
            let span = error.span().unwrap_or_else(|| value.span());
            let marked = self.text.get(span.clone()).unwrap_or("");
            let complaint = Complaint::read(error.message(), marked);
            if span == value.span() {
                self.root_complaint::<T>(complaint, &value, at);
                return None;
            }
            let Some(taken) = take_out(&mut value, &span, at) else {
                self.problems.push(Problem::new(error.message()).at(span));
                return None;
            };
            match complaint {
                Complaint::UnknownKey { key, known } => self.unknown_key(&key, &known, &taken),
                Complaint::MissingKey(key) => self.missing_key(&key, &taken.path, &span),
                Complaint::Value(problem) => self.problems.push(problem.at(span)),
            }
            self.removed.push(taken.path);
        }
    }

    fn unknown_key(&mut self, key: &str, known: &[String], taken: &Taken) {
        let names = known.iter().map(String::as_str);
        let problem = Problem::new(format!("unknown key `{key}`"))
            .at(taken.key.clone())
            .help(suggestion(key, names.clone(), "key"));
        self.problems.push(problem);
        // what was meant is neither missing nor left at its default
        if let Some(meant) = nearest(key, names) {
            self.removed.push(taken.parent.key(meant.to_owned()));
        }
    }

    fn missing_key(&mut self, key: &str, table: &Path, span: &Range<usize>) {
        if !self.removed.contains(&table.key(key.to_owned())) {
            let problem = Problem::new(format!("the key `{key}` is missing"))
                .at(span.clone())
                .label(format!("this needs `{key}`"));
            self.problems.push(problem);
        }
    }

    /// The element as a whole cannot be read: there is nothing to take out any more.
    fn root_complaint<T: JsonSchema>(
        &mut self,
        complaint: Complaint,
        value: &Spanned<DeValue<'_>>,
        at: &Path,
    ) {
        match complaint {
            Complaint::MissingKey(first) => {
                let table = value.get_ref().as_table();
                let absent = |key: &String| !table.is_some_and(|t| t.contains_key(key.as_str()));
                let mut required = required_keys::<T>();
                if !required.contains(&first) {
                    required.push(first);
                }
                for key in required.iter().filter(|key| absent(key)) {
                    self.missing_key(key, at, &value.span());
                }
            }
            Complaint::UnknownKey { key, .. } => {
                let title = format!("unknown key `{key}`");
                self.problems.push(Problem::new(title).at(value.span()));
            }
            Complaint::Value(problem) => self.problems.push(problem.at(value.span())),
        }
    }
}

/// Plurals and names of other tools.
fn section_advice<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let plural_of = known.clone().find(|section| name.strip_suffix('s') == Some(*section));
    match plural_of {
        Some(section) if ARRAYS.contains(&section) => {
            format!("write `[[{section}]]` for each, without the plural")
        }
        _ => suggestion(name, known, "table"),
    }
}

/// Keys that a table of type `T` must have.
fn required_keys<T: JsonSchema>() -> Vec<String> {
    let schema = schemars::SchemaGenerator::default().into_root_schema_for::<T>();
    let required = schema.get("required").and_then(|keys| keys.as_array().cloned());
    let names = required.unwrap_or_default().into_iter();
    names.filter_map(|key| key.as_str().map(str::to_owned)).collect()
}

/// What was taken out of a document.
struct Taken {
    path: Path,
    /// The table or array it was in.
    parent: Path,
    /// Where its key stands (an array's element itself).
    key: Range<usize>,
}

/// Takes out the value that `span` marks by its key or itself; none where there is no such value,
/// which only an error without a position of its own could lead to.
fn take_out(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>, at: &Path) -> Option<Taken> {
    let (step, key, inner) = match value.get_ref() {
        DeValue::Table(table) => table.iter().find_map(|(key, value)| {
            let step = Step::Key(key.get_ref().to_string().into());
            choose(span, &key.span(), value).map(|inner| (step, key.span(), inner))
        }),
        DeValue::Array(array) => array.iter().enumerate().find_map(|(index, value)| {
            let step = Step::Index(index);
            choose(span, &value.span(), value).map(|inner| (step, value.span(), inner))
        }),
        _ => None,
    }?;
    let path = at.step(step.clone());
    if inner {
        return take_out(child_mut(value, &step)?, span, &path);
    }
    match (value.get_mut(), step) {
        (DeValue::Table(table), Step::Key(name)) => drop(table.remove(name.as_ref())),
        (DeValue::Array(array), Step::Index(index)) => {
            let kept = std::mem::replace(array, DeArray::new()).into_iter().enumerate();
            *array = kept.filter(|(i, _)| *i != index).map(|(_, value)| value).collect();
        }
        _ => return None,
    }
    Some(Taken { path, parent: at.clone(), key })
}

/// Whether `span` marks this entry (`Some(false)`), something inside it (`Some(true)`) or neither.
fn choose(span: &Range<usize>, key: &Range<usize>, value: &Spanned<DeValue<'_>>) -> Option<bool> {
    if span == key || *span == value.span() {
        return Some(false);
    }
    holds(value, span).then_some(true)
}

/// Whether something inside `value` is marked by `span`. The text of a table does not enclose that
/// of its values where it has a header of its own, hence the search.
fn holds(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
    match value.get_ref() {
        DeValue::Table(table) => table
            .iter()
            .any(|(key, value)| *span == key.span() || *span == value.span() || holds(value, span)),
        DeValue::Array(array) => {
            array.iter().any(|value| *span == value.span() || holds(value, span))
        }
        _ => false,
    }
}

fn child_mut<'a, 'i>(
    value: &'a mut Spanned<DeValue<'i>>,
    step: &Step,
) -> Option<&'a mut Spanned<DeValue<'i>>> {
    match (value.get_mut(), step) {
        (DeValue::Table(table), Step::Key(key)) => table.get_mut(key.as_ref()),
        (DeValue::Array(array), Step::Index(index)) => array.get_mut(*index),
        _ => None,
    }
}
