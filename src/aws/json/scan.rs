//! Where values begin and end, in text that is known to be JSON.

use crate::scenario::Problem;

/// The first position from `at` on that is no white space.
pub(super) fn space(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    at + rest.iter().take_while(blank).count()
}

/// Where the value ends that begins at `start`.
pub(super) fn end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    match bytes[start] {
        b'"' => string(bytes, start),
        b'{' | b'[' => nested(bytes, start),
        _ => {
            let word =
                |byte: &&u8| !matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
            start + bytes[start..].iter().take_while(word).count()
        }
    }
}

/// Where the next element begins after the one that ended at `end`, or what closes them all.
pub(super) fn next(text: &str, end: usize) -> usize {
    let at = space(text, end);
    if text.as_bytes()[at] == b',' { space(text, at + 1) } else { at }
}

fn string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn nested(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match bytes[at] {
            b'"' => {
                at = string(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
}

/// What serde found wrong with a text, and where.
pub(super) fn flaw(text: &str, error: &serde_json::Error) -> Problem {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = said.strip_suffix(&place).unwrap_or(&said);
    let before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start: usize = before.map(str::len).sum();
    // columns count bytes, from 1; 0 is the end of the line before
    let at = (start + error.column()).saturating_sub(1).min(text.len());
    let at = text.floor_char_boundary(at);
    let end = text.ceil_char_boundary((at + 1).min(text.len()));
    let closes = text[at..].starts_with(['}', ']']);
    let what = match text[..at].trim_end().ends_with(',') && closes {
        true => "there is a comma after the last entry",
        false => what,
    };
    Problem::new(format!("this is not JSON: {what}")).at(at..end)
}
