//! Files of manifests into objects, or everything that is wrong with them.
//!
//! What is read is what `kubectl apply -f` takes and `kubectl get -o json` or `-o yaml` prints:
//! JSON or YAML by content, many documents in a file, `kind: List` and typed lists. What is
//! reported is what the API server would refuse; see [`super::validate`].

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path as FilePath;

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::Value;

use super::decode::Decoded;
use super::document::{Document, Sink};
use super::header::{Header, header};
use super::locate::Located as Places;
use super::object::Object;
use super::origin::Origin;
use super::problem::{Excerpt, MOST_SHOWN, ManifestErrors, Problem};
use super::syntax::SyntaxFlaw;
use super::validate::{self, Violation};
use super::{convert, yaml};

/// An object and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// The object as it was written, without defaults.
    pub object: Object,
    /// Where it was written.
    pub origin: Origin,
}

/// An object of a kind that has no bearing on placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its kind, such as `ConfigMap`.
    pub kind: String,
    /// Its API version, such as `v1`.
    pub api_version: String,
    /// Its name, empty if it has none.
    pub name: String,
    /// Where it was written.
    pub origin: Origin,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, api_version, name, origin } = self;
        write!(f, "{origin}: {kind} ({api_version}) `{name}` is skipped")
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    /// Its objects, in order.
    pub objects: Vec<Located>,
    /// Objects of other kinds, in order.
    pub skipped: Vec<Skipped>,
    /// What is not wrong but surely not meant, such as fields that do not exist.
    pub warnings: Vec<Problem>,
}

/// Reads a file of manifests.
///
/// # Errors
/// Everything that is wrong with it; also where it cannot be read, has no object or is not UTF-8.
pub fn read_file(path: &FilePath) -> Result<Manifest, ManifestErrors> {
    read_text(&path.display().to_string(), &read_utf8(path)?)
}

/// The text of a file.
pub fn read_utf8(path: &FilePath) -> Result<String, ManifestErrors> {
    let name = path.display().to_string();
    let fail = |problem: Problem| ManifestErrors::new(&name, vec![problem]);
    let origin = Origin::whole(&name);
    let bytes = fs::read(path).map_err(|error| fail(unreadable(&origin, &error)))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        let problem = Problem::new(&origin, format!("line {line} is not UTF-8 text"));
        fail(problem.help("save it as UTF-8; archives and UTF-16 exports are not read"))
    })
}

fn unreadable(origin: &Origin, error: &std::io::Error) -> Problem {
    match error.kind() {
        ErrorKind::NotFound => Problem::new(origin, "there is no such file"),
        ErrorKind::IsADirectory => Problem::new(origin, "this is a directory, not a file")
            .help("name the files in it, for instance `cluster/*.yaml`"),
        ErrorKind::PermissionDenied => {
            Problem::new(origin, "the file must not be read: permission denied")
        }
        _ => Problem::new(origin, format!("the file cannot be read: {error}")),
    }
}

/// Reads the text of a file of manifests; `name` is for messages.
///
/// # Errors
/// Everything that is wrong with it; also where it has no object.
pub fn read_text(name: &str, text: &str) -> Result<Manifest, ManifestErrors> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::new(Origin::file(name), text);
    for (range, line) in yaml::documents(text) {
        reader.part(range, line);
    }
    if !reader.has_documents {
        let problem = Problem::new(&Origin::whole(name), "the file has no Kubernetes object");
        reader.problems.push(problem.help(
            "`kubectl get nodes,pods -A -o json` prints the objects of a cluster in a form that \
             can be read",
        ));
    }
    reader.finish()
}

/// Reads one object that is already a JSON value.
///
/// # Errors
/// Everything that is wrong with it; also if its kind is none of [`KINDS`](super::KINDS).
pub fn from_value(value: &Value, origin: &Origin) -> Result<Object, ManifestErrors> {
    let mut reader = Reader::new(origin.clone(), "");
    reader.object(value, origin.clone());
    let manifest = reader.finish()?;
    let skipped = manifest.skipped.first();
    let what = skipped.map_or("there is no object".to_owned(), |skipped| {
        format!("objects of kind {} ({}) are not read", skipped.kind, skipped.api_version)
    });
    let missing = || ManifestErrors::new(&origin.file, vec![Problem::new(origin, what)]);
    manifest.objects.into_iter().next().map(|located| located.object).ok_or_else(missing)
}

/// How much was read.
#[derive(Clone, Copy, Default)]
struct State {
    objects: usize,
    skipped: usize,
    warnings: usize,
    problems: usize,
}

/// Reads the documents of one file.
struct Reader<'t> {
    text: &'t str,
    /// The document being read.
    origin: Origin,
    documents: usize,
    /// Whether one of them was not empty; a list without items is an answer too.
    has_documents: bool,
    /// How much there was before this document.
    before: State,
    manifest: Manifest,
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    fn new(origin: Origin, text: &'t str) -> Self {
        let (before, manifest) = (State::default(), Manifest::default());
        let problems = Vec::new();
        Self { text, origin, documents: 0, has_documents: false, before, manifest, problems }
    }

    /// Reads what is between two `---` lines.
    fn part(&mut self, range: Range<usize>, line: usize) {
        let part = &self.text[range.clone()];
        let after_marker = part.strip_prefix("---").unwrap_or(part);
        if yaml::is_empty(part) {
            // what comes before the first marker is no document
            self.documents += usize::from(range.start > 0 || part.starts_with("---"));
        } else if after_marker.trim_start().starts_with('{') {
            self.json(range.end - after_marker.len()..range.end, line);
        } else {
            self.document(range, line, |document, sink| {
                let read = |deserializer: serde_saphyr::Deserializer<'_, '_>| {
                    Document(sink).deserialize(deserializer)
                };
                let options = yaml::options(document);
                serde_saphyr::with_deserializer_from_str_with_options(document, options, read)
                    .map_err(|error| SyntaxFlaw::yaml(&error, document))
            });
        }
    }

    /// Reads JSON documents, one after the other.
    fn json(&mut self, range: Range<usize>, line: usize) {
        let text = &self.text[range.clone()];
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        let (mut start, mut line) = (0, line);
        while let Some(document) = stream.next() {
            let end = if document.is_ok() { stream.byte_offset() } else { text.len() };
            let document = range.start + start..range.start + end;
            self.document(document, line, |document, sink| {
                let mut deserializer = serde_json::Deserializer::from_str(document);
                let read = Document(sink).deserialize(&mut deserializer);
                read.and_then(|()| deserializer.end())
                    .map_err(|error| SyntaxFlaw::json(&error, document))
            });
            line += text[start..end].matches('\n').count();
            start = end;
        }
    }

    /// Reads one document in whatever form it has, then finds the places of its problems.
    fn document(
        &mut self,
        range: Range<usize>,
        line: usize,
        read: impl FnOnce(&str, &mut Self) -> Result<(), SyntaxFlaw>,
    ) {
        self.documents += 1;
        self.has_documents = true;
        self.origin = Origin { document: self.documents, line: Some(line), ..self.origin.clone() };
        self.before = self.state();
        let document = &self.text[range];
        if let Err(SyntaxFlaw { message, help, at }) = read(document, self) {
            // what was read before the mistake may be no item at all
            self.forget();
            let excerpt = at.map(|at| Excerpt::new(document, &at, line));
            let problem = Problem::new(&self.origin, message);
            self.problems.push(Problem { help, excerpt, ..problem });
        }
        self.place(document, line);
    }

    /// Finds the places of the problems and warnings of a document, of as many as will be shown.
    fn place(&mut self, document: &str, line: usize) {
        let problems = self.problems[self.before.problems..].iter_mut().take(MOST_SHOWN);
        let warnings = &mut self.manifest.warnings[self.before.warnings..];
        let mut unplaced: Vec<_> = problems
            .chain(warnings.iter_mut().take(MOST_SHOWN))
            .filter(|problem| problem.excerpt.is_none() && problem.path.is_some())
            .collect();
        if unplaced.is_empty() {
            return;
        }
        let places = Places::new(document);
        for problem in &mut unplaced {
            let found = places.find(&problem.path_in_document());
            problem.excerpt = found.map(|at| Excerpt::new(document, &at, line));
        }
    }

    fn state(&self) -> State {
        State {
            objects: self.manifest.objects.len(),
            skipped: self.manifest.skipped.len(),
            warnings: self.manifest.warnings.len(),
            problems: self.problems.len(),
        }
    }

    /// Forgets what this document held so far.
    fn forget(&mut self) {
        self.manifest.objects.truncate(self.before.objects);
        self.manifest.skipped.truncate(self.before.skipped);
        self.manifest.warnings.truncate(self.before.warnings);
        self.problems.truncate(self.before.problems);
    }

    /// Reads an object.
    fn object(&mut self, value: &Value, origin: Origin) {
        match header(value) {
            Header::Known(kind) => self.known((kind.decode)(value), value, origin),
            Header::OldAutoscaler => self.known(convert::autoscaler(value), value, origin),
            // a list in a list, which kubectl opens as well
            Header::Other { kind, .. } if kind == "List" => {
                let items = value.get("items").and_then(Value::as_array);
                for item in items.into_iter().flatten() {
                    self.object(item, origin.clone());
                }
            }
            Header::Other { kind, api_version } => {
                let name = name_of(value).unwrap_or_default();
                self.manifest.skipped.push(Skipped { kind, api_version, name, origin });
            }
            Header::Flawed { path, message, help } => {
                let problem = Problem::new(&origin, message).at(path);
                self.problems.push(Problem { help, ..problem });
            }
        }
    }

    /// Keeps an object of a known kind, or what is wrong with it.
    fn known(&mut self, decoded: Decoded<Object>, value: &Value, origin: Origin) {
        let Decoded { object, mistakes, unknown } = decoded;
        let named = object.as_ref().filter(|object| !object.name().is_empty());
        let title = named.map_or_else(|| title_of(value), Object::title);
        let about = |problem: Problem| Problem { object: Some(title.clone()), ..problem };
        for (path, fields) in unknown {
            let Violation { path, message, help } = Violation::unknown_field(path, fields);
            let problem = Problem::new(&origin, message + "; it has no effect").at(path);
            self.manifest.warnings.push(about(Problem { help, ..problem }));
        }
        for mistake in mistakes {
            self.problems.push(about(Problem::new(&origin, mistake.message).at(mistake.path)));
        }
        let Some(mut object) = object else {
            return;
        };
        // written by the server for itself, and often half of a dump
        object.metadata_mut().managed_fields = None;
        self.generate_name(&mut object);
        let before = self.problems.len();
        for Violation { path, message, help } in validate::violations(&object) {
            let problem = Problem::new(&origin, message).at(path);
            self.problems.push(about(Problem { help, ..problem }));
        }
        if self.problems.len() == before {
            self.manifest.objects.push(Located { object, origin });
        }
    }

    /// The server makes a random name of `generateName`; here it is a number.
    fn generate_name(&self, object: &mut Object) {
        let number = self.manifest.objects.len() + 1;
        let metadata = object.metadata_mut();
        if metadata.name.as_deref().is_none_or(str::is_empty) {
            let prefix = metadata.generate_name.as_ref();
            metadata.name = prefix.map(|prefix| format!("{prefix}{number}"));
        }
    }

    /// Finds objects that are written twice, of which a cluster has only one.
    fn find_duplicates(&mut self) {
        let mut by_name: Vec<_> = self.manifest.objects.iter().collect();
        by_name.sort_by(|left, right| identity(&left.object).cmp(&identity(&right.object)));
        for pair in by_name.windows(2) {
            let Located { object, origin } = pair[1];
            if identity(&pair[0].object) == identity(object) {
                let message = format!("{} is already in {}", object.title(), pair[0].origin);
                self.problems.push(Problem::new(origin, message));
            }
        }
        self.problems.sort_by(|left, right| left.origin.cmp(&right.origin));
    }

    fn finish(mut self) -> Result<Manifest, ManifestErrors> {
        self.find_duplicates();
        if self.problems.is_empty() {
            Ok(self.manifest)
        } else {
            Err(ManifestErrors::new(&self.origin.file, self.problems))
        }
    }
}

impl Sink for Reader<'_> {
    fn item(&mut self, number: usize, value: Value) {
        let origin = self.origin.item(number);
        self.object(&value, origin);
    }

    fn whole(&mut self, value: Value) {
        self.forget();
        let origin = self.origin.clone();
        self.object(&value, origin);
    }
}

/// What no two objects of a cluster share.
fn identity(object: &Object) -> (&str, Option<&str>, &str) {
    (object.kind().name, object.namespace(), object.name())
}

fn name_of(value: &Value) -> Option<String> {
    value.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned)
}

fn title_of(value: &Value) -> String {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or("object");
    match (value.pointer("/metadata/namespace").and_then(Value::as_str), name_of(value)) {
        (Some(namespace), Some(name)) => format!("{kind} {namespace}/{name}"),
        (None, Some(name)) => format!("{kind} {name}"),
        (_, None) => format!("{kind} without a name"),
    }
}

#[cfg(test)]
mod tests;
