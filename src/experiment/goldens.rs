//! Goldens: recorded decisions of the real Kubernetes, decided again here.
//!
//! A folder holds pairs of files: `NAME.case.json`, what a component of Kubernetes was given, and
//! `NAME.result.json`, what the real code then did. Each family of cases has a module below that
//! reads its format and says, attempt by attempt, whether the product does the same; this one finds
//! the pairs, shares them out over the cores and adds up. No recorded answer takes part in a
//! decision.

mod cluster_autoscaler;
mod hpa;
mod scheduler;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What came of a folder of cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The families found, by name.
    pub families: Vec<Family>,
}

/// What came of the cases of one family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Its name, such as `hpa-bounds`.
    pub name: String,
    /// Cases found.
    pub cases: usize,
    /// Decisions compared: attempts of the scheduler, steps and scans of the autoscalers.
    pub attempts: usize,
    /// Those that agree in everything.
    pub agree: usize,
    /// The first that does not: case, attempt, what was expected and what was decided.
    pub first: Option<String>,
}

/// What came of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Decisions compared.
    pub attempts: usize,
    /// Those that agree in everything.
    pub agree: usize,
    /// The first that does not.
    pub first: Option<String>,
}

/// Why a folder of cases cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// A file or folder cannot be read.
    #[error("cannot read `{}`: {cause}", file.display())]
    Unreadable {
        /// The file or folder.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// There is nothing to run.
    #[error("`{}` holds no cases: a case is `NAME.case.json` with `NAME.result.json` beside it",
        folder.display())]
    NoCases {
        /// The folder.
        folder: PathBuf,
    },
    /// One file of a pair is not there.
    #[error("`{}` is missing: its other half is there", file.display())]
    Alone {
        /// The file that is not there.
        file: PathBuf,
    },
    /// A file is not as it should be.
    #[error("`{}`, {place}: {problem}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Where in it, such as `steps[3].pods[0].start`.
        place: String,
        /// What is wrong.
        problem: String,
    },
}

/// One half of a case, read.
struct Half {
    file: PathBuf,
    text: String,
}

impl Half {
    fn read(file: PathBuf) -> Result<Self, GoldenError> {
        match fs::read_to_string(&file) {
            Ok(text) => Ok(Self { file, text }),
            Err(cause) => Err(GoldenError::Unreadable { file, cause }),
        }
    }

    /// What the file says, or where it does not say what it should.
    fn parse<T: DeserializeOwned>(&self) -> Result<T, GoldenError> {
        let mut json = serde_json::Deserializer::from_str(&self.text);
        let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            self.malformed(&error.path().to_string(), error.inner().to_string())
        })?;
        let rest = json.end();
        rest.map_err(|error| self.malformed("after its end", error.to_string()))?;
        Ok(parsed)
    }

    fn malformed(&self, place: &str, problem: impl Into<String>) -> GoldenError {
        let (place, problem) = (place.to_owned(), problem.into());
        GoldenError::Malformed { file: self.file.clone(), place, problem }
    }
}

/// What every case says of itself.
#[derive(Deserialize)]
struct Header {
    family: String,
}

/// Runs all cases of a folder, on all cores. `progress` is told, from any thread, of the cases
/// done and of all.
///
/// # Errors
/// When a file is missing or is not what it should be; the first by name.
pub fn run(folder: &Path, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Report, GoldenError> {
    let names = names(folder)?;
    let done = std::sync::atomic::AtomicUsize::new(0);
    let outcomes: Vec<Result<(String, Outcome), GoldenError>> = names
        .par_iter()
        .with_max_len(1)
        .map(|name| {
            let outcome = run_case(folder, name);
            let count = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            progress(count, names.len());
            outcome
        })
        .collect();
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    for outcome in outcomes {
        let (name, outcome) = outcome?;
        let family = families.entry(name.clone()).or_default();
        family.name = name;
        family.add(outcome);
    }
    Ok(Report { families: families.into_values().collect() })
}

/// The names of the cases, in their order. Each must have both halves.
fn names(folder: &Path) -> Result<Vec<String>, GoldenError> {
    let unreadable = |cause| GoldenError::Unreadable { file: folder.to_owned(), cause };
    let (mut cases, mut results) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if let Some(case) = name.strip_suffix(".case.json") {
            cases.push(case.to_owned());
        } else if let Some(result) = name.strip_suffix(".result.json") {
            results.push(result.to_owned());
        }
    }
    cases.sort();
    results.sort();
    let alone = |name: &str, half| Err(GoldenError::Alone { file: half_of(folder, name, half) });
    if let Some(name) = cases.iter().find(|name| results.binary_search(name).is_err()) {
        return alone(name, "result");
    }
    if let Some(name) = results.iter().find(|name| cases.binary_search(name).is_err()) {
        return alone(name, "case");
    }
    if cases.is_empty() {
        return Err(GoldenError::NoCases { folder: folder.to_owned() });
    }
    Ok(cases)
}

fn half_of(folder: &Path, name: &str, half: &str) -> PathBuf {
    folder.join(format!("{name}.{half}.json"))
}

/// The case's family and what came of it.
fn run_case(folder: &Path, name: &str) -> Result<(String, Outcome), GoldenError> {
    let case = Half::read(half_of(folder, name, "case"))?;
    let Header { family } = case.parse()?;
    let result = Half::read(half_of(folder, name, "result"))?;
    let outcome = match family.split('-').next() {
        Some("hpa") => hpa::run(name, &case, &result)?,
        Some("ca") => cluster_autoscaler::run(name, &case, &result)?,
        _ => scheduler::run(name, &case, &result)?,
    };
    Ok((family, outcome))
}

impl Family {
    fn add(&mut self, outcome: Outcome) {
        self.cases += 1;
        self.attempts += outcome.attempts;
        self.agree += outcome.agree;
        self.first = self.first.take().or(outcome.first);
    }
}

impl Outcome {
    /// Counts one decision. `difference` says how it differs, if it does.
    fn count(&mut self, difference: Option<String>) {
        self.attempts += 1;
        match difference {
            None => self.agree += 1,
            Some(text) => self.first = self.first.take().or(Some(text)),
        }
    }
}

impl Outcome {
    /// Takes the agreement of the last decision back.
    fn spoil(&mut self, difference: String) {
        self.agree = self.agree.min(self.attempts.saturating_sub(1));
        self.first = self.first.take().or(Some(difference));
    }
}

impl Report {
    /// Decisions compared.
    pub fn attempts(&self) -> usize {
        self.families.iter().map(|family| family.attempts).sum()
    }

    /// Those that agree in everything.
    pub fn agree(&self) -> usize {
        self.families.iter().map(|family| family.agree).sum()
    }

    /// The last line: how many agree. The share is cut off, not rounded, so that it is 100 % only
    /// if all do.
    pub fn verdict(&self) -> String {
        let (agree, attempts) = (self.agree(), self.attempts());
        format!("conformance: {agree} of {attempts} attempts agree ({}%)", share(agree, attempts))
    }
}

/// A share in percent with at most four decimals, cut off; 0 of nothing.
fn share(part: usize, whole: usize) -> String {
    let parts = (part as u128 * 1_000_000).checked_div(whole as u128).unwrap_or(0);
    let text = format!("{}.{:04}", parts / 10_000, parts % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_cut_off_so_that_only_all_is_everything() {
        assert_eq!(share(3_060, 3_060), "100");
        assert_eq!(share(9_999_999, 10_000_000), "99.9999");
        assert_eq!(share(1, 3), "33.3333");
        assert_eq!(share(1, 2), "50");
        assert_eq!(share(1, 8), "12.5");
        assert_eq!([share(0, 5), share(0, 0)], ["0", "0"]);
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file");
        }
        folder
    }

    fn error(files: &[(&str, &str)]) -> String {
        let folder = folder(files);
        let error = run(folder.path(), &|_, _| ()).expect_err("it cannot be run");
        error.to_string().replace(&folder.path().display().to_string(), "FOLDER")
    }

    #[test]
    fn files_that_are_not_there_are_named() {
        let pairs = "a case is `NAME.case.json` with `NAME.result.json` beside it";
        assert_eq!(error(&[("notes.txt", "")]), format!("`FOLDER` holds no cases: {pairs}"));
        let half = "is missing: its other half is there";
        assert_eq!(error(&[("a-1.case.json", "")]), format!("`FOLDER/a-1.result.json` {half}"));
        assert_eq!(error(&[("a-1.result.json", "")]), format!("`FOLDER/a-1.case.json` {half}"));
    }

    #[test]
    fn what_is_not_a_case_is_shown_with_its_place() {
        let told = |case, what: &str| {
            let told = error(&[("hpa-a-1.case.json", case), ("hpa-a-1.result.json", "{}")]);
            assert!(told.starts_with("`FOLDER/hpa-a-1.case.json`, "), "{told}");
            assert!(told.contains(what), "{told}");
        };
        told("{", "EOF");
        told("{}", "missing field `family`");
        told(r#"{"family": 3}"#, ", family: invalid type");
        told(r#"{"family": "hpa-a"} x"#, ", after its end: trailing characters");
        told(r#"{"family": "hpa-a"}"#, "missing field `controller`");
    }
}
