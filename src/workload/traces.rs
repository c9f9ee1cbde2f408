//! Recorded workloads: tables in files, CSV (plain or gzip-compressed) or workbooks.
//!
//! Traces come from other people's systems and are rarely clean, so nothing is assumed about one:
//! columns are found by name whatever their order, every number is checked, and what is wrong is
//! told with file, line, column and what was expected there ([`TraceError`]). A [`Table`] of CSV is
//! streamed: its memory does not grow with the file.
//!
//! * [`table`]: the reader of rows, and of a column of durations.
//! * [`joined`]: rows of types, in which those of a table go on.
//! * [`moment`]: instants, as numbers and as dates.
//! * [`bitbrains`]: recorded virtual machines.

pub mod bitbrains;
pub mod error;
pub mod joined;
pub mod moment;
pub mod table;

pub use bitbrains::{Fragment, RecordedVm};
pub use error::TraceError;
pub use joined::Joined;
pub use moment::Moment;
pub use table::{Column, Table};

#[cfg(test)]
pub(crate) mod fixture {
    //! Trace files for tests.

    use std::io::Write;
    use std::path::PathBuf;

    /// A file named `name` with this text in a folder that lives as long as the guard does.
    pub(crate) fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a writable temporary folder");
        (folder, path)
    }

    /// Like [`file`], gzip-compressed.
    pub(crate) fn gzip(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        let file = std::fs::File::create(&path).expect("a writable temporary folder");
        let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).expect("room for the file");
        encoder.finish().expect("room for the file");
        (folder, path)
    }

    /// A message without the folders of the files in it, which have names that change.
    pub(crate) fn without_folders(text: &str) -> String {
        let parts = text.split('`').map(|part| part.rsplit('/').next().unwrap_or_default());
        parts.collect::<Vec<_>>().join("`")
    }

    /// A data file that is not part of the repository, or a printed note that the test was skipped.
    pub(crate) fn shared(path: &str) -> Option<PathBuf> {
        let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
        let folder = std::env::var_os("PLIMSOLL_TEST_DATA").map_or(beside, PathBuf::from);
        let file = folder.join(path);
        if file.exists() {
            return Some(file);
        }
        println!(
            "skipped: {} does not exist (PLIMSOLL_TEST_DATA names its folder)",
            file.display()
        );
        None
    }
}
