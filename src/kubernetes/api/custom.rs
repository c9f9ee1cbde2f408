//! Objects of kinds that Kubernetes itself does not have, which whoever knows them reads.
//!
//! [`manifest`](super::manifest) passes over them, so that they may be in the same files as others.

use std::path::Path as FilePath;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::decode::{Decoded, Path, decode};
use super::locate::Located;
use super::manifest::read_utf8;
use super::syntax::{self, SyntaxFlaw};
use super::validate::Violation;
use super::{Excerpt, ManifestErrors, Origin, Problem, yaml};

/// Reads the objects of this kind in a file, also those in a `kind: List`; `read` makes something
/// of each, or says all that is wrong with it.
///
/// # Errors
/// Everything that is wrong with them; also where the file cannot be read.
pub fn read_custom<T>(
    path: &FilePath,
    kind: &str,
    read: impl Fn(&Value) -> Result<T, Vec<Violation>>,
) -> Result<Vec<T>, ManifestErrors> {
    let (name, text) = (path.display().to_string(), read_utf8(path)?);
    if !text.contains(kind) {
        return Ok(Vec::new());
    }
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    for (number, (range, first_line)) in yaml::documents(&text).into_iter().enumerate() {
        let document = &text[range];
        if yaml::is_empty(document) || !document.contains(kind) {
            continue;
        }
        let line = Some(first_line);
        let origin = Origin { document: number + 1, line, ..Origin::file(&name) };
        let excerpt = |at: &std::ops::Range<usize>| Excerpt::new(document, at, first_line);
        let value = match syntax::read_value(document) {
            Ok(value) => value,
            Err(SyntaxFlaw { message, help, at }) => {
                let excerpt = at.as_ref().map(excerpt);
                problems.push(Problem { help, excerpt, ..Problem::new(&origin, message) });
                continue;
            }
        };
        for (place, object) in objects(&value, kind) {
            let found = read(object).map(|one| all.push(one));
            let violations = found.err().into_iter().flatten();
            problems.extend(violations.map(|one| {
                let Violation { path, message, help } = one.under(&place);
                let excerpt = Located::new(document).find(&path).as_ref().map(excerpt);
                Problem { help, excerpt, ..Problem::new(&origin, message) }.at(path)
            }));
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(ManifestErrors::new(&name, problems)) }
}

/// Makes an object of a JSON value; fields that its type does not have are wrong, too.
///
/// # Errors
/// Everything that is wrong with it.
pub fn decode_strictly<T: DeserializeOwned>(value: &Value) -> Result<T, Vec<Violation>> {
    let Decoded { object, mistakes, unknown } = decode::<T>(value);
    let unknown = unknown.into_iter().map(|(path, fields)| Violation::unknown_field(path, fields));
    let mistakes = mistakes.into_iter().map(|one| Violation::new(one.path, one.message));
    let violations: Vec<Violation> = unknown.chain(mistakes).collect();
    object.filter(|_| violations.is_empty()).ok_or(violations)
}

/// The objects of a kind in a document, and where they are in it.
fn objects<'v>(document: &'v Value, kind: &str) -> Vec<(Path, &'v Value)> {
    let is_kind = |value: &Value| value.get("kind").and_then(Value::as_str) == Some(kind);
    let items = document.get("items").and_then(Value::as_array).into_iter().flatten();
    let items =
        items.enumerate().map(|(place, item)| (Path::default().key("items").index(place), item));
    let all = std::iter::once((Path::default(), document)).chain(items);
    all.filter(|(_, value)| is_kind(value)).collect()
}
