//! YAML as `kubectl` reads it: the documents of a file, and what its reader may spend on each.
//!
//! Source: Kubernetes v1.36, `apimachinery/pkg/util/yaml/decoder.go`: a line that begins with
//! `---` separates documents before anything is parsed, so that a mistake in one of them leaves the
//! others readable.

use std::ops::Range;

use serde_saphyr::{DuplicateKeyPolicy, Options};

/// Deepest nesting that is followed. Kubernetes objects have about 20 levels.
const MOST_DEPTH: usize = 100;
/// Events that aliases may add, times the length of the text; more is an alias bomb.
const ALIAS_GROWTH: usize = 10;

/// Splits a file at its `---` lines; each part is a range of bytes with its first line, from 1.
pub fn documents(text: &str) -> Vec<(Range<usize>, usize)> {
    let mut parts = Vec::new();
    let (mut start, mut first_line) = (0, 1);
    let (mut at, mut line) = (0, 1);
    for whole in text.split_inclusive('\n') {
        if is_separator(whole) && at > start {
            parts.push((start..at, first_line));
            (start, first_line) = (at, line);
        }
        at += whole.len();
        line += 1;
    }
    parts.push((start..at, first_line));
    parts
}

fn is_separator(line: &str) -> bool {
    line.strip_prefix("---")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Whether a part has nothing but comments, markers and directives.
pub fn is_empty(document: &str) -> bool {
    document.lines().all(|line| {
        let line = line.strip_prefix("---").unwrap_or(line).trim_start();
        let line = line.strip_prefix("...").unwrap_or(line);
        line.trim().is_empty() || line.starts_with(['#', '%'])
    })
}

/// How a document is read: as large as it is, but an alias must not multiply it.
pub fn options(document: &str) -> Options {
    let size = document.len() + 1_000;
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 2 * size,
            max_nodes: 2 * size,
            max_depth: MOST_DEPTH,
            max_total_scalar_bytes: ALIAS_GROWTH * size,
            max_documents: 2,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: ALIAS_GROWTH * size,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        legacy_octal_numbers: true,
        with_snippet: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_three_dashes_separate_documents() {
        let text = "a: 1\n---\nb: |\n  ---x\n--- # next\nc: 3\n";
        let parts: Vec<_> =
            documents(text).into_iter().map(|(range, line)| (&text[range], line)).collect();
        assert_eq!(parts, [("a: 1\n", 1), ("---\nb: |\n  ---x\n", 2), ("--- # next\nc: 3\n", 5)]);
    }

    #[test]
    fn comments_and_markers_are_no_document() {
        assert!(is_empty("# nothing\n---\n%YAML 1.2\n...\n\n"));
        assert!(!is_empty("--- {}\n"));
    }
}
