//! From JSON to a document, collecting everything that is wrong on the way.
//!
//! What IAM refuses when a policy is saved is refused here: unknown elements, an element together
//! with its opposite, actions without a service, names of principals with wildcards, values that an
//! operator cannot compare (IAM User Guide, "Grammar of the IAM JSON policy language").

mod statement;

use std::ops::Range;

use super::document::{Statement, Usage, Version};
use super::json::{self, Json, Member, Value};
use super::problem::Problem;
use crate::scenario::diagnostic::suggestion;

const ELEMENTS: [&str; 3] = ["Version", "Id", "Statement"];
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

type Read = (Version, Option<String>, Vec<Statement>);

/// Reads a document.
pub(super) fn document(text: &str, usage: Usage) -> Result<Read, Vec<Problem>> {
    let json = json::read(text).map_err(|problem| vec![problem])?;
    let mut reader = Reader { usage, variables: false, problems: Vec::new() };
    let read = reader.document(&json);
    if reader.problems.is_empty() { Ok(read) } else { Err(reader.problems) }
}

/// What is known while a document is read.
struct Reader {
    usage: Usage,
    /// Whether `${…}` is a variable.
    variables: bool,
    problems: Vec<Problem>,
}

/// The elements of an object by name.
struct Elements<'j> {
    members: &'j [Member],
    /// The object, for what is missing.
    at: Range<usize>,
}

impl<'j> Elements<'j> {
    fn get(&self, name: &str) -> Option<&'j Member> {
        self.members.iter().find(|member| member.key == name)
    }
}

impl Reader {
    fn wrong(&mut self, at: Range<usize>, title: impl Into<String>) {
        self.problems.push(Problem::new(title, at));
    }

    fn wrong_with_help(
        &mut self,
        at: Range<usize>,
        title: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.push(Problem::new(title, at).help(help));
    }

    fn wrong_kind(&mut self, json: &Json, what: &str, wanted: &str) {
        self.wrong(json.at.clone(), format!("{what} must be {wanted}, not {}", json.kind()));
    }

    fn document(&mut self, json: &Json) -> Read {
        let nothing = (Version::V2008, None, Vec::new());
        let Some(elements) = self.elements(json, "a policy", &ELEMENTS) else { return nothing };
        let version = self.version(&elements);
        self.variables = version == Version::V2012;
        let id = self.optional_text(&elements, "Id");
        let statements = match elements.get("Statement") {
            Some(member) => self.statements(&member.value),
            None => {
                let help =
                    "it is an object, or a list of objects, with Effect, Action and Resource";
                self.wrong_with_help(start(&elements.at), "`Statement` is missing", help);
                Vec::new()
            }
        };
        (version, id, statements)
    }

    /// The members of an object, of which each has one of these names.
    fn elements<'j>(
        &mut self,
        json: &'j Json,
        what: &str,
        known: &[&'static str],
    ) -> Option<Elements<'j>> {
        let Value::Object(members) = &json.value else {
            self.wrong_kind(json, what, "an object");
            return None;
        };
        for member in members {
            if !known.contains(&member.key.as_str()) {
                let title = format!("{what} has no element `{}`", member.key);
                let help = suggestion(&member.key, known.iter().copied(), "element");
                self.wrong_with_help(member.key_at.clone(), title, help);
            }
        }
        Some(Elements { members, at: json.at.clone() })
    }

    fn version(&mut self, elements: &Elements<'_>) -> Version {
        let Some(member) = elements.get("Version") else { return Version::V2008 };
        let text = self.text(&member.value, "`Version`");
        match text {
            Some("2012-10-17") => Version::V2012,
            Some("2008-10-17") | None => Version::V2008,
            Some(other) => {
                let title = format!("there is no version `{other}` of the policy language");
                let help = suggestion(other, VERSIONS, "version");
                self.wrong_with_help(member.value.at.clone(), title, help);
                Version::V2012
            }
        }
    }

    fn text<'j>(&mut self, json: &'j Json, what: &str) -> Option<&'j str> {
        match &json.value {
            Value::Text(text) => Some(text),
            _ => {
                self.wrong_kind(json, what, "a string");
                None
            }
        }
    }

    fn optional_text(&mut self, elements: &Elements<'_>, name: &str) -> Option<String> {
        let member = elements.get(name)?;
        self.text(&member.value, &format!("`{name}`")).map(str::to_owned)
    }

    /// A string, or a list of strings, with the place of each.
    fn texts<'j>(&mut self, json: &'j Json, what: &str) -> Vec<(&'j str, Range<usize>)> {
        let items = match &json.value {
            Value::List(items) if items.is_empty() => {
                self.wrong(json.at.clone(), format!("{what} is an empty list"));
                return Vec::new();
            }
            Value::List(items) => items.as_slice(),
            Value::Text(_) => std::slice::from_ref(json),
            _ => {
                self.wrong_kind(json, what, "a string or a list of strings");
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match &item.value {
                Value::Text(text) => texts.push((text.as_str(), item.at.clone())),
                _ => self.wrong_kind(item, what, "a string or a list of strings"),
            }
        }
        texts
    }

    fn statements(&mut self, json: &Json) -> Vec<Statement> {
        let items = match &json.value {
            Value::List(items) if items.is_empty() => {
                self.wrong(json.at.clone(), "`Statement` is an empty list");
                return Vec::new();
            }
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(json),
        };
        let mut statements: Vec<Statement> = Vec::with_capacity(items.len());
        for item in items {
            let Some(statement) = self.statement(item) else { continue };
            let twice = statement.sid.is_some()
                && statements.iter().any(|earlier| earlier.sid == statement.sid);
            if let (true, Some(sid)) = (twice, &statement.sid) {
                let place = sid_place(item);
                self.wrong(place, format!("there are two statements `{sid}`"));
            }
            statements.push(statement);
        }
        statements
    }
}

/// Where a statement has its Sid.
fn sid_place(statement: &Json) -> Range<usize> {
    let Value::Object(members) = &statement.value else { return start(&statement.at) };
    let sid = members.iter().find(|member| member.key == "Sid");
    sid.map_or(start(&statement.at), |member| member.value.at.clone())
}

/// The first character: where something is missing, the whole would be too much to mark.
fn start(at: &Range<usize>) -> Range<usize> {
    at.start..at.start + 1
}

#[cfg(test)]
mod tests;
