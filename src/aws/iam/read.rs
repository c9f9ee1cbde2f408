//! From JSON to a document, collecting everything that is wrong on the way.
//!
//! What IAM refuses when a policy is saved is refused here: unknown elements, an element together
//! with its opposite, actions without a service, names of principals with wildcards, values that an
//! operator cannot compare (IAM User Guide, "Grammar of the IAM JSON policy language").

mod statement;
mod wrapped;

use std::ops::Range;

use self::wrapped::Found;
use super::document::{Document, Statement, Usage, Version};
use crate::aws::json::{self, Object, Part};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::Sources;
use crate::scenario::{Diagnostics, Problem};

const ELEMENTS: [&str; 3] = ["Version", "Id", "Statement"];
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

type Read = (Version, Option<String>, Vec<Statement>);

/// Reads a document, or what the command line prints around one.
pub(super) fn document(text: &str, usage: Usage, name: &str) -> Result<Document, Diagnostics> {
    let fail = |text: &str, name: &str, problems| {
        Diagnostics::new(Sources::new(name, text, &[]), problems)
    };
    let found = Part::document(text, "the policy").and_then(wrapped::unwrapped);
    match found.map_err(|problem| fail(text, name, vec![*problem]))? {
        Found::Here(part) => {
            let read = policy(part, usage).map_err(|problems| fail(text, name, problems))?;
            Ok(kept(read, part.written()))
        }
        Found::Inside { text: inner, key } => {
            let name = format!("{name}, {key}");
            let part = Part::document(&inner, "the policy");
            let read = part.map_err(|problem| vec![*problem]).and_then(|part| policy(part, usage));
            Ok(kept(read.map_err(|problems| fail(&inner, &name, problems))?, &inner))
        }
    }
}

/// A document with the text it was read from, which has been found to be JSON.
fn kept((version, id, statements): Read, text: &str) -> Document {
    let source = serde_json::from_str(text).unwrap_or_default();
    Document { version, id, statements, source }
}

fn policy(part: Part<'_>, usage: Usage) -> Result<Read, Vec<Problem>> {
    let mut reader = Reader { usage, variables: false, problems: Vec::new() };
    match reader.document(part) {
        Some(read) if reader.problems.is_empty() => Ok(read),
        _ => Err(reader.problems),
    }
}

/// What is known while a document is read.
struct Reader {
    usage: Usage,
    /// Whether `${…}` is a variable.
    variables: bool,
    problems: Vec<Problem>,
}

impl Reader {
    fn wrong(&mut self, at: Range<usize>, title: impl Into<String>) {
        self.problems.push(Problem::new(title).at(at));
    }

    fn wrong_with_help(
        &mut self,
        at: Range<usize>,
        title: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.push(Problem::new(title).at(at).help(help));
    }

    /// What was read, or none where that went wrong, which is noted.
    fn noted<T>(&mut self, read: json::Read<T>) -> Option<T> {
        read.map_err(|problem| self.problems.push(*problem)).ok()
    }

    /// Something without which an object makes no sense.
    fn missing(&mut self, object: &Object<'_>, name: &str, help: &str) {
        if let Err(problem) = object.required(name) {
            self.problems.push(problem.help(help));
        }
    }

    fn document(&mut self, part: Part<'_>) -> Option<Read> {
        let object = self.object(part, "a policy", &ELEMENTS)?;
        let version = self.version(&object);
        self.variables = version == Version::V2012;
        let id = self.optional_text(&object, "Id").map(|(id, _)| id);
        let help = "it is an object, or a list of objects, with Effect, Action and Resource";
        self.missing(&object, "Statement", help);
        let statements = object.get("Statement").map(|part| self.statements(part));
        Some((version, id, statements.unwrap_or_default()))
    }

    /// The entries of an object, of which each has one of these names.
    fn object<'t>(&mut self, part: Part<'t>, what: &str, known: &[&str]) -> Option<Object<'t>> {
        let object = self.noted(part.object())?;
        self.problems.extend(object.strange_keys(known, what));
        Some(object)
    }

    fn version(&mut self, object: &Object<'_>) -> Version {
        let Some((text, at)) = self.optional_text(object, "Version") else {
            return Version::V2008;
        };
        match text.as_str() {
            "2012-10-17" => Version::V2012,
            "2008-10-17" => Version::V2008,
            other => {
                let title = format!("there is no version `{other}` of the policy language");
                let help = suggestion(other, VERSIONS, "version");
                self.wrong_with_help(at, title, help);
                Version::V2012
            }
        }
    }

    fn optional_text(&mut self, object: &Object<'_>, name: &str) -> Option<(String, Range<usize>)> {
        let part = object.get(name)?;
        let text = self.noted(part.text())?;
        Some((text, part.span()))
    }

    /// The elements of a list, or the one thing that stands there instead of a list of one.
    fn items<'t>(&mut self, part: Part<'t>, name: &str) -> Vec<Part<'t>> {
        if !part.is_list() {
            return vec![part];
        }
        let items = self.noted(part.list()).unwrap_or_default();
        if items.is_empty() {
            self.wrong(part.span(), format!("`{name}` is an empty list"));
        }
        items
    }

    /// A string, or a list of strings, with the place of each.
    fn texts(&mut self, part: Part<'_>, name: &str) -> Vec<(String, Range<usize>)> {
        let mut texts = Vec::new();
        for item in self.items(part, name) {
            let text = match item.is_text() {
                true => item.text(),
                false => Err(item.mismatch("a string or a list of strings").into()),
            };
            texts.extend(self.noted(text).map(|text| (text, item.span())));
        }
        texts
    }

    fn statements(&mut self, part: Part<'_>) -> Vec<Statement> {
        let mut statements: Vec<Statement> = Vec::new();
        for item in self.items(part, "Statement") {
            let Some(object) = self.statement_object(item) else { continue };
            let statement = self.statement(&object);
            if let (Some(sid), Some(place)) = (&statement.sid, object.get("Sid"))
                && statements.iter().any(|earlier| earlier.sid.as_ref() == Some(sid))
            {
                self.wrong(place.span(), format!("there are two statements `{sid}`"));
            }
            statements.push(statement);
        }
        statements
    }
}

#[cfg(test)]
mod tests;
