//! Problems of a manifest, shown with the line they are in and what would be right.
//!
//! Unlike the problems of a scenario, each carries its own line of the text: a dump of a cluster
//! has hundreds of megabytes, which must not be kept for the sake of a message.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin as Place, Renderer, Snippet};

use super::decode::Path;
use super::origin::Origin;

/// Problems that are shown; a file with more is beyond reading them.
pub(super) const MOST_SHOWN: usize = 50;
/// Longer lines, such as JSON without line breaks, are not shown.
const LONGEST_LINE: usize = 160;

/// One thing that is wrong with a manifest, or that a reader should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The document and item.
    pub origin: Origin,
    /// The object, such as `Pod default/web`, where that much is known.
    pub object: Option<String>,
    /// Where in the object.
    pub path: Option<Path>,
    /// What is wrong, in one sentence without a period.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// The line it is in.
    pub excerpt: Option<Excerpt>,
}

/// A line of the file with the marked part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Number of the line, from 1.
    pub line: usize,
    /// The line, without its end.
    pub text: String,
    /// What is marked, in bytes of the line.
    pub mark: Range<usize>,
}

impl Excerpt {
    /// The line of a document in which `range` begins, where its first line has this number.
    pub fn new(document: &str, range: &Range<usize>, first_line: usize) -> Self {
        let at = document.floor_char_boundary(range.start.min(document.len()));
        let start = document[..at].rfind('\n').map_or(0, |end| end + 1);
        let end = document[at..].find(['\r', '\n']).map_or(document.len(), |length| at + length);
        let before = document.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
        let until = document.floor_char_boundary(range.end.clamp(at, end));
        let text = document[start..end].to_owned();
        Self { line: first_line + before, text, mark: at - start..until - start }
    }
}

impl Problem {
    /// A problem of a document as a whole.
    pub fn new(origin: &Origin, message: impl Into<String>) -> Self {
        let (message, origin) = (message.into(), origin.clone());
        Self { origin, object: None, path: None, message, help: None, excerpt: None }
    }

    /// Says what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says where in the object it is.
    #[must_use]
    pub fn at(mut self, path: Path) -> Self {
        self.path = Some(path);
        self
    }

    /// Where in the document it is: the item of a list, then the path in the object.
    pub(super) fn path_in_document(&self) -> Path {
        let item = self.origin.item.map(|number| Path::default().key("items").index(number - 1));
        let mut path = item.unwrap_or_default();
        path.0.extend(self.path.iter().flat_map(|path| path.0.iter().cloned()));
        path
    }

    /// The sentence to show: what is wrong where in the object.
    fn title(&self) -> String {
        match &self.path {
            Some(path) if !path.0.is_empty() => format!("{path}: {}", self.message),
            _ => self.message.clone(),
        }
    }

    /// Which object it is: `document 2, item 7: Pod default/web`.
    fn whereabouts(&self) -> String {
        let document = self.origin.document;
        let item = self.origin.item.map(|item| format!(", item {item}")).unwrap_or_default();
        let object = self.object.as_ref().map(|object| format!(": {object}")).unwrap_or_default();
        format!("in document {document}{item}{object}")
    }

    /// The text to show, with ANSI colours or without.
    pub fn render(&self, level: &Level<'_>, renderer: &Renderer) -> String {
        let title = self.title();
        let mut group = Group::with_title(level.clone().primary_title(title.as_str()));
        group = match &self.excerpt {
            Some(excerpt) if excerpt.text.len() <= LONGEST_LINE => {
                let mark = AnnotationKind::Primary.span(excerpt.mark.clone());
                let snippet = Snippet::source(excerpt.text.as_str()).line_start(excerpt.line);
                group.element(snippet.path(&*self.origin.file).annotation(mark))
            }
            Some(excerpt) => {
                let column = excerpt.text[..excerpt.mark.start].chars().count() + 1;
                let place = Place::path(&*self.origin.file).line(excerpt.line);
                group.element(place.char_column(column))
            }
            None => group.element(Place::path(&*self.origin.file)),
        };
        if self.origin.document > 0 {
            group = group.element(Level::NOTE.message(self.whereabouts()));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// One line: the origin, the path and what is wrong.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.title())
    }
}

/// All problems of a file of manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestErrors {
    file: String,
    problems: Vec<Problem>,
}

impl ManifestErrors {
    /// These problems of this file, which are at least one.
    pub fn new(file: &str, problems: Vec<Problem>) -> Self {
        Self { file: file.to_owned(), problems }
    }

    /// The problems in the order of the file. Never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The text to show, with ANSI colours or without. It ends with a line feed.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let shown = self.problems.iter().take(MOST_SHOWN);
        let mut parts: Vec<_> =
            shown.map(|problem| problem.render(&Level::ERROR, &renderer)).collect();
        parts.push(self.closing_line());
        parts.join("\n\n") + "\n"
    }

    fn closing_line(&self) -> String {
        let file = &self.file;
        match self.problems.len() {
            1 => format!("{file}: 1 problem"),
            count if count > MOST_SHOWN => {
                format!("{file}: {count} problems, of which the first {MOST_SHOWN} are shown")
            }
            count => format!("{file}: {count} problems"),
        }
    }
}

/// The plain text, without colours.
impl fmt::Display for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for ManifestErrors {}

/// The warnings of a file, as text with ANSI colours or without; empty if there are none.
pub fn render_warnings(warnings: &[Problem], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let shown = warnings.iter().take(MOST_SHOWN);
    let mut text: String =
        shown.map(|warning| warning.render(&Level::WARNING, &renderer) + "\n\n").collect();
    if warnings.len() > MOST_SHOWN {
        text += &format!("and {} more warnings\n", warnings.len() - MOST_SHOWN);
    }
    text
}
