//! Text that is neither JSON nor YAML, and where it stops being so.

use std::ops::Range;

use serde_json::Value;
use serde_saphyr::{Location, UserMessageFormatter};

use super::yaml;

/// What is wrong with the text of a document.
pub struct SyntaxFlaw {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// Where, in bytes of the document.
    pub at: Option<Range<usize>>,
}

impl SyntaxFlaw {
    /// From an error of the JSON reader.
    pub fn json(error: &serde_json::Error, document: &str) -> Self {
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let what = text.strip_suffix(&place).unwrap_or(&text);
        let before = document.split_inclusive('\n').take(error.line().saturating_sub(1));
        let start: usize = before.map(str::len).sum();
        // columns count bytes here, from 1; 0 is the end of the line before
        let at = (start + error.column()).saturating_sub(1).min(document.len());
        let message = match error.classify() {
            serde_json::error::Category::Data => what.to_owned(),
            _ => format!("this is not JSON: {what}"),
        };
        let help = yaml_in_braces(document);
        Self { message, help, at: Some(at..at + 1) }
    }

    /// From an error of the YAML reader.
    pub fn yaml(error: &serde_saphyr::Error, document: &str) -> Self {
        let plain = error.without_snippet();
        let text = plain.render_with_formatter(&UserMessageFormatter);
        let text = text.lines().next().unwrap_or_default();
        // lines are counted from the start of the document, not of the file
        let what = text.split(" at line ").next().unwrap_or_default();
        let at = plain.location().map(|location| place(document, &location));
        if what.contains("limits breached") || what.contains("alias") {
            let message = "this document is made too large by its aliases".to_owned();
            let help = "write out what the aliases (`*name`) stand for";
            return Self { message, help: Some(help.to_owned()), at };
        }
        let wrong_type = what.strip_prefix("invalid type: ");
        let message = match wrong_type.and_then(|types| types.split_once(", expected ")) {
            Some((found, expected)) => format!("expected {expected}, found {}", plainly(found)),
            None => format!("this cannot be read as YAML: {what}"),
        };
        Self { message, help: None, at }
    }
}

/// Where the reader stopped, in bytes: it counts characters, from 1.
fn place(document: &str, location: &Location) -> Range<usize> {
    let span = location.span();
    let bytes = span.byte_offset().zip(span.byte_len());
    let known = bytes.and_then(|(start, length)| {
        Some((usize::try_from(start).ok()?, usize::try_from(length).ok()?))
    });
    if let Some((start, length)) = known {
        return start..start + length.max(1);
    }
    let number = |count: u64| usize::try_from(count.saturating_sub(1)).unwrap_or(usize::MAX);
    let lines = document.split_inclusive('\n');
    let before: usize = lines.clone().take(number(location.line())).map(str::len).sum();
    let line = lines.clone().nth(number(location.line())).unwrap_or_default();
    let columns: usize = line.chars().take(number(location.column())).map(char::len_utf8).sum();
    let start = before + columns;
    start..start + 1
}

/// What serde calls kinds of values, in the words of JSON.
pub fn plainly(text: &str) -> &str {
    match text {
        "sequence" | "a sequence" => "a list",
        "map" | "a map" => "an object",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" => "a whole number",
        other => other,
    }
}

/// Reads a single document, JSON or YAML by its content.
pub fn read_value(document: &str) -> Result<Value, SyntaxFlaw> {
    if document.trim_start().starts_with('{') {
        let read = serde_json::from_str(document);
        return read.map_err(|error| SyntaxFlaw::json(&error, document));
    }
    let read = serde_saphyr::from_str_with_options(document, yaml::options(document));
    read.map_err(|error| SyntaxFlaw::yaml(&error, document))
}

/// Advice for flow-style YAML, which begins like JSON.
fn yaml_in_braces(document: &str) -> Option<String> {
    let inside = document.trim_start().strip_prefix('{')?.trim_start();
    inside.starts_with(|c: char| c.is_alphabetic()).then(|| {
        "text that begins with `{` is read as JSON: write names in double quotes".to_owned()
    })
}
