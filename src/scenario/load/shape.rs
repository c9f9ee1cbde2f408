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
use super::required::required_keys;
use super::wording::Complaint;
use crate::scenario::Registry;
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

const TABLES: [&str; 6] = ["simulation", "prices", "registry", "density", "sweep", "size"];
const ARRAYS: [&str; 9] =
    ["host", "image", "app", "job", "vm", "cluster", "rollout", "fault", "variant"];
/// The name of a registry that is given none.
const ONLY_REGISTRY: &str = "registry";

/// Reads a document; `text` is what its positions are in.
pub fn read(document: &DeTable<'_>, text: &str) -> Shape {
    let mut shape = Shape::default();
    let mut reader = Reader { text, problems: Vec::new(), removed: Vec::new() };
    reader.unknown_sections(document);
    let draft = &mut shape.draft;
    draft.simulation = reader.table(document, "simulation", None);
    draft.prices = reader.table(document, "prices", Some(Default::default()));
    (draft.registries, draft.one_registry) = reader.registries(document);
    draft.density = reader.table(document, "density", None);
    draft.sweep = reader.table(document, "sweep", None);
    draft.size = reader.table(document, "size", None);
    draft.hosts = reader.array(document, "host");
    draft.images = reader.array(document, "image");
    draft.apps = reader.array(document, "app");
    reader.missing_of_container(document, "app");
    draft.jobs = reader.array(document, "job");
    reader.missing_of_container(document, "job");
    draft.vms = reader.array(document, "vm");
    draft.clusters = reader.array(document, "cluster");
    draft.rollouts = reader.array(document, "rollout");
    draft.faults = reader.array(document, "fault");
    draft.variants = reader.array(document, "variant");
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
                // what was meant is not missing
                self.removed.extend(meant_section(name).map(Path::section));
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
            self.removed.push(Path::section(key));
            return None;
        }
        self.value(value, &Path::section(key))
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
            self.removed.push(Path::section(key));
            // there is one, whatever it is: nothing that refers to it should be reported
            let name = element_name(value).map(str::to_owned);
            section.push(name, None);
            return section;
        };
        for (index, element) in elements.iter().enumerate() {
            let name = element_name(element).map(str::to_owned);
            section.push(name, self.value(element, &Path::element(key, index)));
        }
        section
    }

    /// What only an app can do without whose pods are those of a manifest.
    fn missing_of_container(&mut self, document: &DeTable<'_>, section: &'static str) {
        let elements = document.get(section).and_then(|all| all.get_ref().as_array());
        for (index, element) in elements.into_iter().flatten().enumerate() {
            let Some(table) = element.get_ref().as_table() else { continue };
            let at = Path::element(section, index);
            let from = if section == "app" { "workload" } else { "arrivals" };
            let is_bound = match table.get(from) {
                Some(arrivals) if section == "job" => arrivals.get_ref().get("trace").is_some(),
                other => section == "app" && other.is_some(),
            };
            let is_understood = !self.removed.contains(&at.key(from));
            if is_bound && is_understood || self.removed.contains(&at) {
                continue;
            }
            let absent = |key: &&'static str| !table.contains_key(*key);
            let demand = (section == "job").then_some("demand");
            let mut missing: Vec<_> = demand
                .into_iter()
                .chain(["image", "cpu", "memory"])
                .filter(absent)
                .map(|key| (key, at.clone(), element.span()))
                .collect();
            if let Some(memory) = table.get("memory").filter(|memory| memory.get_ref().is_table())
                && memory.get_ref().get("request").is_none()
            {
                missing.push(("request", at.key("memory"), memory.span()));
            }
            if is_bound {
                self.removed.push(at.key("container"));
            }
            for (key, table, span) in missing {
                if !is_bound {
                    self.missing_key(key, &table, &span);
                }
                self.removed.push(table.key(key));
            }
        }
    }

    /// The registries, and whether there is one that is written as one table or not at all.
    fn registries(&mut self, document: &DeTable<'_>) -> (Section<Registry>, bool) {
        let key = "registry";
        let written = document.get(key);
        match written.map(Spanned::get_ref) {
            Some(DeValue::Array(all)) if !all.is_empty() => (self.array(document, key), false),
            _ => {
                let absent = written.is_none_or(|value| value.get_ref().is_array());
                let one = match absent {
                    true => Some(Registry::default()),
                    false => self.table(document, key, None),
                };
                let name = written.and_then(element_name).unwrap_or(ONLY_REGISTRY);
                let mut section = Section::default();
                section.push(Some(name.to_owned()), one);
                (section, true)
            }
        }
    }

    /// Reads one value, taking out what is wrong until the rest can be read.
    fn value<T>(&mut self, original: &Spanned<DeValue<'_>>, at: &Path) -> Option<T>
    where
        T: for<'de> Deserialize<'de> + JsonSchema,
    {
        let mut value = original.clone();
        loop {
            let error = match T::deserialize(ValueDeserializer::from(value.clone())) {
                Ok(read) => return Some(read),
                Err(error) => error,
            };
            let span = error.span().unwrap_or_else(|| value.span());
            let marked = self.text.get(span.clone()).unwrap_or("");
            let complaint = Complaint::read(error.message(), marked);
            if span == value.span() {
                self.root_complaint::<T>(complaint, original, at);
                self.removed.push(at.clone());
                return None;
            }
            // places are those of the original: an element's index is not to change
            let place = locate(original, &span, at).filter(|_| take_out(&mut value, &span));
            let Some((path, key)) = place else {
                self.problems.push(Problem::new(error.message()).at(span));
                self.removed.push(at.clone());
                return None;
            };
            match complaint {
                Complaint::UnknownKey { key: name, known } => {
                    self.unknown_key(&name, &known, key, &path);
                }
                Complaint::MissingKey(key) => {
                    let table = find(original, path.below(at));
                    self.missing_keys::<T>(key, table, at, &path);
                }
                Complaint::Value(problem) => self.wrong_value(problem.at(span), &path),
            }
            if path.is_element() {
                // the elements behind it are now elsewhere: checks would point at wrong ones
                self.removed.push(path.parent());
            }
            self.removed.push(path);
        }
    }

    fn unknown_key(&mut self, name: &str, known: &[String], key: Range<usize>, at: &Path) {
        let names = known.iter().map(String::as_str);
        let problem = Problem::new(format!("unknown key `{name}`")).at(key).help(suggestion(
            name,
            names.clone(),
            "key",
        ));
        self.problems.push(problem);
        // what was meant is neither missing nor left at its default
        if let Some(meant) = nearest(name, names) {
            self.removed.push(at.parent().key(meant.to_owned()));
        }
    }

    /// A table from which something was taken out may be wrong for that alone.
    fn wrong_value(&mut self, problem: Problem, at: &Path) {
        if !self.removed.iter().any(|path| path.is_within(at)) {
            self.problems.push(problem);
        }
    }

    /// Reports all keys that are missing from `table` at `path`, inside a `T` at `at`.
    fn missing_keys<T: JsonSchema>(
        &mut self,
        first: String,
        table: Option<&Spanned<DeValue<'_>>>,
        at: &Path,
        path: &Path,
    ) {
        let Some(table) = table else { return };
        let absent = |key: &String| {
            !table.get_ref().as_table().is_some_and(|table| table.contains_key(key.as_str()))
        };
        let mut required = required_keys::<T>(path.below(at));
        if !required.contains(&first) {
            required.push(first);
        }
        for key in required.iter().filter(|key| absent(key)) {
            self.missing_key(key, path, &table.span());
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
                self.missing_keys::<T>(first, Some(value), at, at);
            }
            Complaint::UnknownKey { key, .. } => {
                let title = format!("unknown key `{key}`");
                self.problems.push(Problem::new(title).at(value.span()));
            }
            Complaint::Value(problem) => self.problems.push(problem.at(value.span())),
        }
    }
}

/// The table that was meant, by its plural or a slip.
fn meant_section(name: &str) -> Option<&'static str> {
    let plural_of = ARRAYS.into_iter().find(|section| name.strip_suffix('s') == Some(*section));
    let plural_of = plural_of.or_else(|| (name == "registries").then_some("registry"));
    plural_of.or_else(|| nearest(name, TABLES.into_iter().chain(ARRAYS)))
}

fn section_advice<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match meant_section(name) {
        Some(section) if name.strip_suffix('s') == Some(section) || name == "registries" => {
            format!("write `[[{section}]]` for each, without the plural")
        }
        _ => suggestion(name, known, "table"),
    }
}

/// The path of the value that `span` marks by its key or itself, and the text of its key (of the
/// value itself in an array); none where there is no such value.
fn locate(
    value: &Spanned<DeValue<'_>>,
    span: &Range<usize>,
    at: &Path,
) -> Option<(Path, Range<usize>)> {
    let visit = |step: Step, key: Range<usize>, value: &Spanned<DeValue<'_>>| {
        let path = at.step(step);
        if *span == key || *span == value.span() {
            return Some((path, key));
        }
        locate(value, span, &path)
    };
    match value.get_ref() {
        DeValue::Table(table) => table.iter().find_map(|(key, value)| {
            visit(Step::Key(key.get_ref().to_string().into()), key.span(), value)
        }),
        DeValue::Array(array) => array
            .iter()
            .enumerate()
            .find_map(|(index, value)| visit(Step::Index(index), value.span(), value)),
        _ => None,
    }
}

/// The value to which `steps` lead.
fn find<'a, 'i>(
    value: &'a Spanned<DeValue<'i>>,
    steps: &[Step],
) -> Option<&'a Spanned<DeValue<'i>>> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_ref().get(key.as_ref()),
        Step::Index(index) => value.get_ref().get(*index),
    })
}

/// Takes out the value that `span` marks. Returns whether there was one.
///
/// The search goes everywhere, since the text of a table with a header of its own does not enclose
/// the text of its values.
fn take_out(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
    let marks =
        |key: &Range<usize>, value: &Spanned<DeValue<'_>>| span == key || *span == value.span();
    match value.get_mut() {
        DeValue::Table(table) => {
            let before = table.len();
            let kept = std::mem::replace(table, DeTable::new()).into_iter();
            *table = kept.filter(|(key, value)| !marks(&key.span(), value)).collect();
            table.len() < before || table.iter_mut().any(|(_, value)| take_out(value, span))
        }
        DeValue::Array(array) => {
            let before = array.len();
            let kept = std::mem::replace(array, DeArray::new()).into_iter();
            *array = kept.filter(|value| !marks(&value.span(), value)).collect();
            array.len() < before || array.iter_mut().any(|value| take_out(value, span))
        }
        _ => false,
    }
}
