//! A document read whole: all that is wrong with it, and all in it that has no effect here.
//!
//! The API refuses a request at its first mistake. Whoever edits a file wants all of them, so
//! every part is read as far as it can be, and its problems are kept.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use crate::aws::json::{Object, Part, Read};
use crate::scenario::Problem;
use crate::scenario::diagnostic::{Diagnostics, nearest};
use crate::scenario::load::Sources;

/// A key that is right, but changes nothing that is simulated. One with nothing in it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The key with those around it: `containerDefinitions[0].user`.
    pub path: String,
    /// Where the key stands, in bytes of the document.
    pub at: Range<usize>,
}

/// Words and what they stand for.
pub(crate) type Choices<T> = &'static [(&'static str, T)];

/// The keys of an object.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    /// What the object is, with an article: `a container`.
    pub kind: &'static str,
    /// Keys that are read.
    pub read: &'static [&'static str],
    /// Keys that are valid and have no effect here.
    pub ignored: &'static [&'static str],
}

/// Collects problems and ignored keys.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub problems: Vec<Problem>,
    pub ignored: Vec<Ignored>,
    /// Where the reader is, for the paths of ignored keys.
    path: Vec<String>,
    /// Keys of the outermost object that only a call prints which describes it.
    printed: &'static [&'static str],
}

/// What a call that describes things prints: a list of them, or the one that was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Described {
    /// The key of the list: `services`.
    pub list: &'static str,
    /// The key of one alone: `service`.
    pub one: &'static str,
    /// Keys that only such a call prints. That they have no effect here is no omission.
    pub keys: &'static [&'static str],
}

/// Reads a document called `name` by `read`, which returns something unless there are problems.
pub(crate) fn document<T>(
    text: &str,
    name: &str,
    what: &'static str,
    read: impl FnOnce(&mut Reader, Part<'_>) -> Option<T>,
) -> Result<(T, Vec<Ignored>), Diagnostics> {
    let mut reader = Reader::default();
    let found = match Part::document(text, what) {
        Ok(part) => read(&mut reader, part),
        Err(problem) => {
            reader.problems.push(*problem);
            None
        }
    };
    match found {
        Some(found) if reader.problems.is_empty() => Ok((found, reader.ignored)),
        _ => Err(Diagnostics::new(Sources::new(name, text, &[]), reader.problems)),
    }
}

/// What says no more than a key that is left out, and is printed all the same.
const EMPTY: [&str; 6] = ["[]", "{}", "\"\"", "0", "false", "\"NONE\""];

/// Reads each of the things in a document: one as the call takes it which makes it, or all that a
/// call prints which describes them.
pub(crate) fn each_described<T>(
    text: &str,
    name: &str,
    what: &'static str,
    described: Described,
    mut read: impl FnMut(&mut Reader, Part<'_>) -> Option<T>,
) -> Result<Vec<(T, Vec<Ignored>)>, Diagnostics> {
    let (all, _) = document(text, name, what, |reader, part| {
        Some(reader.described(part, described, &mut read))
    })?;
    Ok(all)
}

/// What stands under a key of an object, where it says more than a key that is left out.
pub(crate) fn said<'t>(object: &Object<'t>, key: &str) -> Option<Part<'t>> {
    object.get(key).filter(|part| !EMPTY.contains(&part.written()))
}

impl Reader {
    /// The value, or else its problem is kept.
    pub fn noted<T>(&mut self, read: Read<T>) -> Option<T> {
        read.map_err(|problem| self.problems.push(*problem)).ok()
    }

    /// Keeps a problem.
    pub fn wrong(&mut self, at: Range<usize>, title: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::new(title).at(at).help(help));
    }

    /// An object of which all keys are known, or those that are not are problems.
    pub fn object<'t>(&mut self, part: Part<'t>, keys: Keys) -> Option<Object<'t>> {
        let object = self.noted(part.object())?;
        let printed = if self.path.is_empty() { self.printed } else { &[] };
        let known = keys.read.iter().chain(keys.ignored).chain(printed);
        let known: Vec<&str> = known.copied().collect();
        self.problems.extend(object.strange_keys(&known, keys.kind));
        for field in &object.fields {
            let empty = EMPTY.contains(&field.value.written());
            if !empty && keys.ignored.contains(&field.name.as_str()) {
                let path = self.path.iter().chain([&field.name]);
                let path = path.map(String::as_str).collect::<Vec<_>>().join(".");
                self.ignored.push(Ignored { path, at: field.key.clone() });
            }
        }
        Some(object)
    }

    /// Reads each of the things that a call printed which describes them, or the one thing that a
    /// call takes which makes it; with the keys in it that have no effect.
    pub fn described<'t, T>(
        &mut self,
        part: Part<'t>,
        described: Described,
        mut read: impl FnMut(&mut Self, Part<'t>) -> Option<T>,
    ) -> Vec<(T, Vec<Ignored>)> {
        self.printed = described.keys;
        let whole = part.object().ok();
        let under = |key| whole.as_ref().and_then(|whole| whole.get(key));
        let parts = match (under(described.list), under(described.one)) {
            (Some(list), _) => {
                let listed = self.noted(list.list()).unwrap_or_default();
                if listed.is_empty() && list.is_list() {
                    let title = format!("there is nothing in `{}`", described.list);
                    self.wrong(list.span(), title, "was the call asked for what there is not?");
                }
                listed
            }
            (_, Some(one)) => vec![one],
            _ => vec![part],
        };
        let read = |part| read(self, part).map(|one| (one, std::mem::take(&mut self.ignored)));
        parts.into_iter().filter_map(read).collect()
    }

    /// Reads what stands under a key, if anything does.
    pub fn optional<'t, T>(
        &mut self,
        object: &Object<'t>,
        key: &str,
        read: impl FnOnce(&mut Self, Part<'t>) -> Option<T>,
    ) -> Option<T> {
        let part = object.get(key)?;
        self.inside(key.to_owned(), |reader| read(reader, part))
    }

    /// Reads what must stand under a key.
    pub fn required<'t, T>(
        &mut self,
        object: &Object<'t>,
        key: &str,
        read: impl FnOnce(&mut Self, Part<'t>) -> Option<T>,
    ) -> Option<T> {
        let part = self.noted(object.required(key))?;
        self.inside(key.to_owned(), |reader| read(reader, part))
    }

    /// Reads the elements of a list under a key; those that are wrong are left out.
    pub fn each<'t, T>(
        &mut self,
        object: &Object<'t>,
        key: &str,
        mut read: impl FnMut(&mut Self, Part<'t>) -> Option<T>,
    ) -> Vec<T> {
        let Some(part) = object.get(key) else { return Vec::new() };
        let parts = self.noted(part.list()).unwrap_or_default();
        let mut found = Vec::with_capacity(parts.len());
        for (place, part) in parts.into_iter().enumerate() {
            found.extend(self.inside(format!("{key}[{place}]"), |reader| read(reader, part)));
        }
        found
    }

    fn inside<T>(&mut self, step: String, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let found = read(self);
        self.path.pop();
        found
    }

    /// A string that is not empty.
    pub fn text(&mut self, part: Part<'_>) -> Option<String> {
        let text = self.noted(part.text())?;
        if text.is_empty() {
            let name = self.here();
            self.wrong(
                part.span(),
                format!("`{name}` is empty"),
                "write something between the quotes",
            );
            return None;
        }
        Some(text)
    }

    /// The name of what is being read, for messages: its key without those around it.
    fn here(&self) -> String {
        self.path.last().cloned().unwrap_or_default()
    }

    /// Whether something is so.
    pub fn flag(&mut self, part: Part<'_>) -> Option<bool> {
        match part.written() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.problems.push(part.mismatch("`true` or `false`"));
                None
            }
        }
    }

    /// A whole number within bounds.
    pub fn whole(&mut self, part: Part<'_>, bounds: RangeInclusive<u32>) -> Option<u32> {
        let number = self.noted(part.whole_number())?;
        let fits = u32::try_from(number).ok().filter(|number| bounds.contains(number));
        if fits.is_none() {
            let name = self.here();
            let title = format!("`{name}` is {number}");
            self.wrong(part.span(), title, between(&bounds));
        }
        fits
    }

    /// A finite number.
    pub fn number(&mut self, part: Part<'_>) -> Option<f64> {
        let digits = part.written().starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let number = part.written().parse::<f64>().ok().filter(|n| digits && n.is_finite());
        if number.is_none() {
            self.problems.push(part.mismatch("a number"));
        }
        number
    }

    /// One of several words.
    pub fn choice<T: Clone>(&mut self, part: Part<'_>, choices: Choices<T>) -> Option<T> {
        let text = self.noted(part.text())?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(value.clone());
        }
        let words = choices.iter().map(|(word, _)| *word);
        let help = match nearest(&text, words.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write {}", listed(words)),
        };
        let title = format!("`{text}` is no `{}`", self.key());
        self.wrong(part.span(), title, help);
        None
    }

    fn key(&self) -> String {
        let here = self.here();
        here.split_once('[').map_or(here.clone(), |(key, _)| key.to_owned())
    }

    /// Strings by name: a list of objects that have a `name` and a `value`.
    pub fn named_values(&mut self, object: &Object<'_>, key: &str) -> BTreeMap<String, String> {
        const KEYS: Keys = Keys { kind: "this", read: &["name", "value"], ignored: &[] };
        let pairs = self.each(object, key, |reader, part| {
            let object = reader.object(part, KEYS)?;
            let name = reader.required(&object, "name", Self::text)?;
            let value = reader.required(&object, "value", |reader, part| reader.noted(part.text()));
            Some((name, value?))
        });
        pairs.into_iter().collect()
    }

    /// A list of strings under a key.
    pub fn texts(&mut self, object: &Object<'_>, key: &str) -> Vec<String> {
        self.each(object, key, Self::text)
    }
}

/// Bounds in words.
fn between(bounds: &RangeInclusive<u32>) -> String {
    match (bounds.start(), bounds.end()) {
        (least, &u32::MAX) => format!("it must be {least} or more"),
        (least, most) => format!("it must be from {least} to {most}"),
    }
}

/// Words in backticks: `` `a`, `b` or `c` ``.
pub(crate) fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
