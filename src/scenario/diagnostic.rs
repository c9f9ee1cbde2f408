//! Problems of a scenario file, shown with the line they are in and what would be right.
//!
//! All problems of a file are collected and shown together, in the order of the file. The look is
//! that of the Rust compiler, which most people who edit such files have seen.

pub mod nearest;

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

pub use nearest::{nearest, suggestion};

use super::load::Sources;

/// One thing that is wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one sentence without a period.
    pub title: String,
    /// Where, as bytes of [`Sources`]; none where something as a whole is missing.
    pub span: Option<Range<usize>>,
    /// What to say beside the marked text.
    pub label: Option<String>,
    /// Another place that has to do with it, and what to say there.
    pub related: Option<(Range<usize>, String)>,
    /// What would be right.
    pub help: Option<String>,
}

impl Problem {
    /// A problem of the file as a whole.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), span: None, label: None, related: None, help: None }
    }

    /// Marks where it is.
    pub fn at(mut self, span: impl Into<Option<Range<usize>>>) -> Self {
        self.span = span.into();
        self
    }

    /// Says something beside the marked text.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says what would be right.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All problems of a scenario file.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    sources: Sources,
    problems: Vec<Problem>,
}

/// Problems that are shown; a file with more is beyond reading them.
const MOST_SHOWN: usize = 50;

impl Diagnostics {
    /// Orders the problems by where they are in the file, those of the whole file last.
    pub fn new(sources: Sources, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| match &problem.span {
            Some(span) => (0, span.start),
            None => (1, 0),
        });
        Self { sources, problems }
    }

    /// The problems, in the order in which they are shown. Never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The text to show, with ANSI colours or without. It ends with a line feed.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let shown = self.problems.iter().take(MOST_SHOWN);
        let mut parts: Vec<_> =
            shown.map(|problem| renderer.render(&[self.group(problem)])).collect();
        parts.push(self.closing_line());
        parts.join("\n\n") + "\n"
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let mut group = Group::with_title(Level::ERROR.primary_title(&problem.title));
        match &problem.span {
            Some(span) => {
                let (file, inside) = self.sources.locate(span);
                let mut mark = AnnotationKind::Primary.span(inside);
                if let Some(label) = &problem.label {
                    mark = mark.label(label);
                }
                let mut snippet =
                    Snippet::source(self.sources.text(file)).path(&file.name).annotation(mark);
                if let Some((span, label)) = &problem.related {
                    let (other, inside) = self.sources.locate(span);
                    if other.start == file.start {
                        let mark = AnnotationKind::Context.span(inside).label(label);
                        snippet = snippet.annotation(mark);
                    }
                }
                group = group.element(snippet);
            }
            None => group = group.element(Origin::path(self.sources.name())),
        }
        match &problem.help {
            Some(help) => group.element(Level::HELP.message(help)),
            None => group,
        }
    }

    fn closing_line(&self) -> String {
        let name = self.sources.name();
        match self.problems.len() {
            1 => format!("{name}: 1 problem"),
            count if count > MOST_SHOWN => {
                format!("{name}: {count} problems, of which the first {MOST_SHOWN} are shown")
            }
            count => format!("{name}: {count} problems"),
        }
    }
}

/// The plain text, without colours.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for Diagnostics {}
