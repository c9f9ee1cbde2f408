//! How the templates treat texts.

use std::fmt::Display;

use askama::filters::{Escaper, Html, Safe};

/// Text as the page shows it: no control characters, and no line break between a number and its
/// unit.
#[askama::filter_fn]
pub fn shown(text: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(tied(&text.to_string()))
}

/// Like [`shown`], with what stands between backticks as code.
#[askama::filter_fn]
pub fn prose(text: impl Display, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
    let text = tied(&text.to_string());
    let pieces: Vec<&str> = text.split('`').collect();
    let mut html = String::new();
    // without its fellow a backtick is one
    if pieces.len().is_multiple_of(2) {
        Html.write_escaped_str(&mut html, &text)?;
        return Ok(Safe(html));
    }
    for (index, piece) in pieces.into_iter().enumerate() {
        let is_code = index % 2 == 1;
        html += if is_code { "<code>" } else { "" };
        Html.write_escaped_str(&mut html, piece)?;
        html += if is_code { "</code>" } else { "" };
    }
    Ok(Safe(html))
}

/// Like [`shown`], with places to break a dotted name: `app.web.` over `replicas`.
#[askama::filter_fn]
pub fn head(text: impl Display, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
    let mut html = String::new();
    for (index, part) in tied(&text.to_string()).split('.').enumerate() {
        html += if index > 0 { ".<wbr>" } else { "" };
        Html.write_escaped_str(&mut html, part)?;
    }
    Ok(Safe(html))
}

fn tied(text: &str) -> String {
    let mut before = ' ';
    let characters = text.chars().filter(|c| !c.is_control()).map(|character| {
        let follows_number = before.is_ascii_digit() || before == '$';
        before = character;
        match character {
            ' ' if follows_number => '\u{a0}',
            other => other,
        }
    });
    characters.collect()
}
