//! From a file to a scenario, or to all that is wrong with the file.
//!
//! Four steps, each of which reports everything it finds:
//! 1. [`source`]: the text, which must be readable UTF-8;
//! 2. TOML syntax, then the settings made beside the file ([`overrides`]);
//! 3. [`shape`]: keys, types and units, each value for itself ([`wording`] says it in plain words,
//!    [`required`] knows all that is missing);
//! 4. [`super::check`]: meaning, on all that could be read (`draft`).
//!
//! The values of a sweep, of a search for a size and of each variant are then put in their places,
//! and held to steps 3 and 4 ([`mod@sweep`], [`size`], [`variant`]).

pub mod absent;
mod draft;
pub mod overrides;
pub mod required;
pub mod shape;
pub mod size;
pub mod source;
pub mod sweep;
pub mod unquoted;
pub mod variant;
pub mod wording;

use std::path::{Path, PathBuf};

use toml::de::DeTable;

pub use draft::{Draft, Referent, Section};
pub use overrides::{InvalidOverride, Override};
pub use source::Sources;

use super::diagnostic::{Diagnostics, Problem};
use super::{Scenario, check, files};

/// A scenario that was read and found to be in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// What it says. Paths of files lead there from the working directory.
    pub scenario: Scenario,
    /// Name of the file as the user gave it.
    pub name: String,
    /// Folder that the paths in the file are relative to.
    pub folder: PathBuf,
}

impl Loaded {
    /// One line that says that the scenario is in order, and how much of what it has.
    pub fn verdict(&self) -> String {
        let scenario = &self.scenario;
        let count = |number: usize, one: &str| match number {
            1 => format!("1 {one}"),
            number => format!("{number} {one}s"),
        };
        let mut parts = vec![count(scenario.clusters.len(), "cluster")];
        for (number, one) in [
            (scenario.apps.len(), "app"),
            (scenario.jobs.len(), "job stream"),
            (scenario.vms.len(), "VM stream"),
            (scenario.rollouts.len(), "rollout"),
            (scenario.faults.len(), "fault"),
        ] {
            if number > 0 {
                parts.push(count(number, one));
            }
        }
        let duration = scenario.simulation.duration;
        format!("{} is in order: {}, {duration} simulated", self.name, parts.join(", "))
    }
}

/// Reads a scenario file.
///
/// # Errors
/// All problems of the file at once.
pub fn load(path: &Path) -> Result<Loaded, Diagnostics> {
    load_with(path, &[])
}

/// Reads a scenario file and changes it by settings, which are checked like the file itself.
///
/// # Errors
/// All problems of the file and the settings at once.
pub fn load_with(path: &Path, overrides: &[Override]) -> Result<Loaded, Diagnostics> {
    let text = source::read_text(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    parse_with(&text, &path.display().to_string(), folder, overrides)
}

/// Reads the text of a scenario that is called `name` in messages and whose paths are relative to
/// `folder`.
///
/// # Errors
/// All problems of the text at once.
pub fn parse(text: &str, name: &str, folder: &Path) -> Result<Loaded, Diagnostics> {
    parse_with(text, name, folder, &[])
}

/// Reads the text of a scenario and changes it by settings.
///
/// # Errors
/// All problems of the text and the settings at once.
pub fn parse_with(
    text: &str,
    name: &str,
    folder: &Path,
    overrides: &[Override],
) -> Result<Loaded, Diagnostics> {
    parse_text(text, name, folder, overrides, true)
}

/// Reads one point of a sweep or a search, or a variant: the scenario with the values in
/// `settings`, and without its sweep, its search and its variants.
///
/// # Errors
/// All problems of the text and the settings at once.
pub fn parse_point(
    text: &str,
    name: &str,
    folder: &Path,
    settings: &[Override],
) -> Result<Loaded, Diagnostics> {
    parse_text(text, name, folder, settings, false)
}

/// Problems of values of a scenario that only other files have shown, where the values stand.
pub fn point_out(
    path: &Path,
    overrides: &[Override],
    found: impl IntoIterator<Item = (super::path::Path, Problem)>,
) -> Diagnostics {
    let text = match source::read_text(path) {
        Ok(text) => text,
        Err(unreadable) => return unreadable,
    };
    let sources = Sources::new(&path.display().to_string(), &text, overrides);
    let (mut document, _) = DeTable::parse_recoverable(sources.scenario_text());
    let document = document.get_mut();
    let mut problems = overrides::apply_all(document, &sources);
    let spot = |(path, problem): (super::path::Path, Problem)| {
        let span = path.value_span(document);
        problem.at(span)
    };
    problems.extend(found.into_iter().map(spot));
    Diagnostics::new(sources, problems)
}

/// Files that a scenario names and that are not there, where they are named; none if all are.
pub fn absent_files(path: &Path, overrides: &[Override], loaded: &Loaded) -> Option<Diagnostics> {
    let text = source::read_text(path).ok()?;
    let sources = Sources::new(&loaded.name, &text, overrides);
    let (mut document, _) = DeTable::parse_recoverable(sources.scenario_text());
    let document = document.get_mut();
    overrides::apply_all(document, &sources);
    let problems = absent::problems(document, &loaded.scenario, &loaded.folder);
    (!problems.is_empty()).then(|| Diagnostics::new(sources, problems))
}

fn parse_text(
    text: &str,
    name: &str,
    folder: &Path,
    overrides: &[Override],
    with_searches: bool,
) -> Result<Loaded, Diagnostics> {
    let sources = Sources::new(name, text, overrides);
    match read(&sources, folder, with_searches) {
        Ok(scenario) => Ok(Loaded { scenario, name: name.to_owned(), folder: folder.to_owned() }),
        Err(problems) => Err(Diagnostics::new(sources, problems)),
    }
}

fn read(sources: &Sources, folder: &Path, with_searches: bool) -> Result<Scenario, Vec<Problem>> {
    let text = sources.scenario_text();
    if text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() {
        let problem = Problem::new("the file is empty");
        return Err(vec![problem.help("`plimsoll init` writes a starter scenario with comments")]);
    }
    let (mut document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(syntax_problems(&errors, text));
    }
    let document = document.get_mut();
    let mut problems = overrides::apply_all(document, sources);
    if !with_searches {
        overrides::leave_experiments_out(document);
    }
    problems.append(&mut unquoted::quote(document));
    let (draft, mut found) = judge(document, sources.all(), folder);
    problems.append(&mut found);
    if let Some(sweep) = draft.sweep.as_ref().filter(|_| problems.is_empty()) {
        problems = sweep::problems(document, sweep, sources.all(), folder);
    }
    if let Some(size) = draft.size.as_ref().filter(|_| problems.is_empty()) {
        problems = size::problems(document, size, sources.all(), folder);
    }
    if problems.is_empty() {
        problems = variant::problems(document, sources.all(), folder);
    }
    match draft.complete() {
        Some(scenario) if problems.is_empty() => Ok(scenario),
        _ if problems.is_empty() => Err(vec![Problem::new("the scenario is incomplete")]),
        _ => Err(problems),
    }
}

/// What a document says, as far as it can be read, and what is wrong with its shape and meaning.
fn judge(document: &DeTable<'_>, text: &str, folder: &Path) -> (Draft, Vec<Problem>) {
    let mut shape = shape::read(document, text);
    let mut problems = shape.problems;
    files::resolve(&mut shape.draft, folder);
    for finding in check::run(&shape.draft) {
        if !finding.concerns(&shape.removed) {
            problems.push(finding.into_problem(document));
        }
    }
    (shape.draft, problems)
}

/// Errors of syntax up to the first after which the parser only guesses, one for each line.
fn syntax_problems(errors: &[toml::de::Error], text: &str) -> Vec<Problem> {
    const LOCAL: [&str; 3] = ["string values must be quoted", "duplicate key", "invalid "];
    let mut sorted: Vec<_> =
        errors.iter().map(|error| (error.span().unwrap_or(0..0), error.message())).collect();
    sorted.sort_by_key(|(span, _)| span.start);
    let mut problems = Vec::new();
    let mut last_line = None;
    for (span, message) in sorted {
        let line = text[..span.start.min(text.len())].matches('\n').count();
        if last_line == Some(line) {
            continue;
        }
        last_line = Some(line);
        let marked = text.get(span.clone()).unwrap_or("");
        problems.push(wording::syntax_problem(message, marked).at(span));
        if !LOCAL.iter().any(|local| message.starts_with(local)) {
            break;
        }
    }
    problems
}
