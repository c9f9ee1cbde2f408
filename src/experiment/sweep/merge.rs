//! One sweep out of the parts that several machines made.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Outline, RESULTS_VERSION, Record, Run, Store, outline};
use crate::report::ReportError;
use crate::report::folder::Folder;

/// Name of the file that the outline is kept in.
pub const PLAN_FILE: &str = "plan.json";

/// Why parts are not of one sweep.
#[derive(Debug, Error)]
pub enum MergeError {
    /// A folder is not that of a sweep.
    #[error(
        "{} cannot be read: {error}; a folder to merge is one that `plimsoll sweep run` wrote into",
        path.display()
    )]
    Unreadable {
        /// The file that was looked for.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What is in the file is not a plan.
    #[error("{} is not the plan of a sweep: {error}", path.display())]
    NotAPlan {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: serde_json::Error,
    },
    /// It was made by another version.
    #[error(
        "{} was written by another version of plimsoll, whose results may differ; \
         make the runs again with one version",
        path.display()
    )]
    OtherVersion {
        /// Which file.
        path: PathBuf,
    },
    /// Two folders hold parts of different sweeps.
    #[error("{} and {} hold parts of different sweeps", one.display(), other.display())]
    Different {
        /// The first folder.
        one: PathBuf,
        /// That which differs from it.
        other: PathBuf,
    },
    /// A result cannot be kept.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// The outline in the folder of a sweep.
///
/// # Errors
/// Where there is none, or one of another version.
pub fn read_outline(folder: &Path) -> Result<Outline, MergeError> {
    let path = folder.join(PLAN_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return Err(MergeError::Unreadable { path, error }),
    };
    match serde_json::from_str::<Outline>(&text) {
        Err(error) => Err(MergeError::NotAPlan { path, error }),
        Ok(outline)
            if (outline.schema_version, outline.results_version)
                != (outline::SCHEMA_VERSION, RESULTS_VERSION) =>
        {
            Err(MergeError::OtherVersion { path })
        }
        Ok(outline) => Ok(outline),
    }
}

/// The one outline of all these folders.
///
/// # Errors
/// Where a folder has none, or theirs differ.
///
/// # Panics
/// Without any folder.
pub fn common_outline(folders: &[PathBuf]) -> Result<Outline, MergeError> {
    let (first, others) = folders.split_first().expect("there is a folder to merge");
    let outline = read_outline(first)?;
    for other in others {
        if read_outline(other)? != outline {
            return Err(MergeError::Different { one: first.clone(), other: other.clone() });
        }
    }
    Ok(outline)
}

/// Keeps in `store` what is kept in `parts` of the runs of an outline.
///
/// # Errors
/// Where a result cannot be kept.
pub fn collect(outline: &Outline, parts: &[PathBuf], store: &Store) -> Result<(), ReportError> {
    let from = |run: &Run| -> Option<Record> {
        let mut folders = parts.iter().map(|part| part.join("runs"));
        folders.find_map(|runs| Store::read_from(&runs, run.id))
    };
    for run in &outline.runs {
        if store.read(run.id).is_none()
            && let Some(record) = from(run)
        {
            store.write(&record)?.sync()?;
        }
    }
    Ok(())
}

/// Writes the outline beside the records.
///
/// # Errors
/// Where that fails.
pub fn write_outline(outline: &Outline, folder: &Folder) -> Result<(), ReportError> {
    folder.file(PLAN_FILE, outline.to_json())
}
