//! What is wrong with a policy document: everything at once, with line and column, as rustc shows
//! it.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Problems that are shown; a document with more is beyond reading them.
const MOST_SHOWN: usize = 50;
/// Longer documents in one line are not shown, only their columns.
const LONGEST_LINE: usize = 160;

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one sentence without a period.
    pub title: String,
    /// Where, in bytes of the text.
    pub at: Range<usize>,
    /// What would be right.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at this place of the text.
    pub fn new(title: impl Into<String>, at: Range<usize>) -> Self {
        Self { title: title.into(), at, help: None }
    }

    /// Says what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All problems of a document, with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    name: String,
    text: String,
    problems: Vec<Problem>,
}

impl Problems {
    /// These problems, at least one, of this text.
    pub fn new(text: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.at.start, problem.at.end));
        Self { name: "policy".to_owned(), text: text.to_owned(), problems }
    }

    /// Says what the document is called, such as its file, instead of `policy`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The problems in the order of the text. Never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Line and column of a problem, both from 1, the column in characters.
    pub fn line_and_column(&self, problem: &Problem) -> (usize, usize) {
        let at = self.text.floor_char_boundary(problem.at.start.min(self.text.len()));
        let before = &self.text[..at];
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }

    /// The text to show, with ANSI colours or without. It ends with a line feed.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let shown = self.problems.iter().take(MOST_SHOWN);
        let mut parts: Vec<_> =
            shown.map(|problem| renderer.render(&[self.group(problem)])).collect();
        parts.push(match self.problems.len() {
            1 => format!("{}: 1 problem", self.name),
            count => format!("{}: {count} problems", self.name),
        });
        parts.join("\n\n") + "\n"
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let group = Group::with_title(Level::ERROR.primary_title(&problem.title));
        let (line, column) = self.line_and_column(problem);
        let length = self.text.lines().nth(line - 1).map_or(0, str::len);
        let group = if length > LONGEST_LINE {
            group.element(Origin::path(self.name.as_str()).line(line).char_column(column))
        } else {
            let start = self.text.floor_char_boundary(problem.at.start.min(self.text.len()));
            let end = self.text.floor_char_boundary(problem.at.end.clamp(start, self.text.len()));
            let mark = AnnotationKind::Primary.span(start..end);
            group.element(
                Snippet::source(self.text.as_str()).path(self.name.as_str()).annotation(mark),
            )
        };
        match &problem.help {
            Some(help) => group.element(Level::HELP.message(help)),
            None => group,
        }
    }
}

/// The plain text, without colours.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for Problems {}
