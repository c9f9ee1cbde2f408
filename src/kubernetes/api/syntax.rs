//! Text that is neither JSON nor YAML, and where it stops being so.

use std::ops::Range;

use serde_json::Value;
use serde_saphyr::UserMessageFormatter;

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
    pub fn yaml(error: &serde_saphyr::Error) -> Self {
        let plain = error.without_snippet();
        let text = plain.render_with_formatter(&UserMessageFormatter);
        let message = text.lines().next().unwrap_or_default();
        let at = plain.location().and_then(|location| {
            let start = usize::try_from(location.span().byte_offset()?).ok()?;
            let length = usize::try_from(location.span().byte_len()?).ok()?;
            Some(start..start + length.max(1))
        });
        Self { message: format!("this cannot be read as YAML: {message}"), help: None, at }
    }
}

/// Reads a single document, JSON or YAML by its content.
pub fn read_value(document: &str) -> Result<Value, SyntaxFlaw> {
    if document.trim_start().starts_with('{') {
        let read = serde_json::from_str(document);
        return read.map_err(|error| SyntaxFlaw::json(&error, document));
    }
    let read = serde_saphyr::from_str_with_options(document, yaml::options(document));
    read.map_err(|error| SyntaxFlaw::yaml(&error))
}

/// Advice for flow-style YAML, which begins like JSON.
fn yaml_in_braces(document: &str) -> Option<String> {
    let inside = document.trim_start().strip_prefix('{')?.trim_start();
    inside.starts_with(|c: char| c.is_alphabetic()).then(|| {
        "text that begins with `{` is read as JSON: write names in double quotes".to_owned()
    })
}
