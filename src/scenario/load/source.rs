//! The texts a scenario is read from: the file, and what was set beside it.
//!
//! All texts lie one behind the other in one address space, so that a position says by itself
//! which of them it is in and a value that was set on the command line is shown as such.

use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

use super::Override;
use crate::scenario::diagnostic::{Diagnostics, Problem};

/// Largest scenario file, in bytes. One with a thousand hosts has about a tenth of it.
const MAX_FILE: u64 = 16 << 20;

/// The scenario file and the settings that change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    all: String,
    files: Vec<SourceFile>,
}

/// One of the texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path of the file as the user gave it, or the name of the option.
    pub name: String,
    /// Where the text begins among all texts, in bytes.
    pub start: usize,
    end: usize,
}

impl Sources {
    /// The text of a scenario with the settings that are to be applied to it.
    pub fn new(name: &str, text: &str, overrides: &[Override]) -> Self {
        let mut sources = Self { all: String::new(), files: Vec::new() };
        sources.add(name, text);
        for setting in overrides {
            sources.add("--set", &setting.to_string());
        }
        sources
    }

    fn add(&mut self, name: &str, text: &str) {
        let start = self.all.len();
        self.all.push_str(text);
        let end = self.all.len();
        self.files.push(SourceFile { name: name.to_owned(), start, end });
        // keeps a position at the end of one text apart from the start of the next
        self.all.push('\n');
    }

    /// Name of the scenario file.
    pub fn name(&self) -> &str {
        &self.files[0].name
    }

    /// Text of the scenario file.
    pub fn scenario_text(&self) -> &str {
        self.text(&self.files[0])
    }

    /// All texts, which every position is in.
    pub fn all(&self) -> &str {
        &self.all
    }

    /// Text and start of each setting, in order.
    pub fn settings(&self) -> impl Iterator<Item = (&str, usize)> {
        self.files[1..].iter().map(|file| (self.text(file), file.start))
    }

    /// Text of one of the files.
    pub fn text(&self, file: &SourceFile) -> &str {
        &self.all[file.start..file.end]
    }

    /// The file a position is in, and the position within it.
    pub fn locate(&self, span: &Range<usize>) -> (&SourceFile, Range<usize>) {
        let holds = |file: &&SourceFile| file.start <= span.start;
        let file = self.files.iter().rev().find(holds).unwrap_or(&self.files[0]);
        let length = file.end - file.start;
        let inside = |position: usize| position.saturating_sub(file.start).min(length);
        (file, inside(span.start)..inside(span.end))
    }
}

/// Reads the text of a scenario file.
///
/// # Errors
/// Where it cannot be read, is a directory, too large, or not UTF-8.
pub fn read_text(path: &Path) -> Result<String, Diagnostics> {
    let fail = |problem: Problem| {
        let sources = Sources::new(&path.display().to_string(), "", &[]);
        Diagnostics::new(sources, vec![problem])
    };
    let size = fs::metadata(path).map_err(|error| fail(unreadable(&error)))?;
    if size.is_dir() {
        return Err(fail(
            Problem::new("this is a directory, not a scenario file")
                .help("name a file in it, such as `plimsoll run scenarios/density.toml`"),
        ));
    }
    if size.len() > MAX_FILE {
        let title = format!("the file has more than {} MiB", MAX_FILE >> 20);
        return Err(fail(Problem::new(title).help("is it a scenario? one has some kilobytes")));
    }
    let bytes = fs::read(path).map_err(|error| fail(unreadable(&error)))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        fail(
            Problem::new(format!("line {line} is not UTF-8 text")).help(
                "save the file as UTF-8; a results archive or a spreadsheet is not a scenario",
            ),
        )
    })
}

fn unreadable(error: &std::io::Error) -> Problem {
    match error.kind() {
        ErrorKind::NotFound => Problem::new("there is no such file")
            .help("`plimsoll init` writes a starter scenario with comments"),
        ErrorKind::PermissionDenied => Problem::new("the file must not be read: permission denied"),
        _ => Problem::new(format!("the file cannot be read: {error}")),
    }
}
