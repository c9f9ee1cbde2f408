//! Files that appear whole or not at all: each is written beside its place and then renamed.
//!
//! What must outlive a loss of power is handed to the disk after that.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Why results could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("cannot create the folder `{}`: {source}; check that its parent may be written to, \
             or choose another place with `--out`", .path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("cannot write `{}`: {source}; check the free space and the permissions of its folder, \
             or choose another place with `--out`", .path.display())]
    File { path: PathBuf, source: io::Error },
    #[error(
        "cannot draw the chart `{name}`: {reason}; this is a defect of the simulator, \
             please report it with the scenario"
    )]
    Chart { name: String, reason: String },
}

/// What the name of a file ends with while it is not whole.
const PART: &str = ".part";

/// A folder that exists.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`, which is made where there is none.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn create(path: PathBuf) -> Result<Self, ReportError> {
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(Self { path }),
            Err(source) => Err(ReportError::Folder { path, source }),
        }
    }

    /// A folder within, which is made where there is none.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn folder(&self, name: &str) -> Result<Self, ReportError> {
        Self::create(self.path.join(name))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file.
    ///
    /// # Errors
    /// Where it cannot be written; nothing is left of it then.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<(), ReportError> {
        let mut part = self.begin(name)?;
        part.put(content.as_ref())?;
        part.finish()
    }

    /// Begins a file that is too large to be held in memory.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn begin(&self, name: &str) -> Result<PartFile, ReportError> {
        let path = self.path.join(name);
        let beside = self.path.join(format!(".{name}.{}{PART}", std::process::id()));
        match File::create(&beside) {
            Ok(file) => Ok(PartFile { path, beside, file: BufWriter::new(file) }),
            Err(source) => Err(ReportError::File { path, source }),
        }
    }

    /// Takes away what a process that was killed left half written.
    pub fn sweep_parts(&self) {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().ends_with(PART) {
                // it is of no use to anyone, and of no harm if it stays
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// A file that is being written.
#[derive(Debug)]
pub struct PartFile {
    path: PathBuf,
    beside: PathBuf,
    file: BufWriter<File>,
}

impl PartFile {
    /// Writes more of it.
    ///
    /// # Errors
    /// Where that fails.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), ReportError> {
        self.file.write_all(bytes).map_err(|source| self.failed(source))
    }

    /// Has `write` write more of it.
    ///
    /// # Errors
    /// Where that fails.
    pub fn fill(
        &mut self,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), ReportError> {
        write(&mut self.file).map_err(|source| self.failed(source))
    }

    /// Puts the file into its place.
    ///
    /// # Errors
    /// Where that fails; nothing is left of it then.
    pub fn finish(mut self) -> Result<(), ReportError> {
        let placed = self.file.flush().and_then(|()| fs::rename(&self.beside, &self.path));
        placed.map_err(|source| self.failed(source))
    }

    /// [`Self::finish`] for a file that is to outlive a loss of power.
    ///
    /// # Errors
    /// Those of that.
    pub fn place(self) -> Result<Placed, ReportError> {
        let file = self.file.get_ref().try_clone().map_err(|source| self.failed(source))?;
        let path = self.path.clone();
        self.finish().map(|()| Placed { path, file })
    }

    fn failed(&self, source: io::Error) -> ReportError {
        ReportError::File { path: self.path.clone(), source }
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file in its place, which a process that ends cannot lose, but a loss of power can.
#[derive(Debug)]
pub struct Placed {
    path: PathBuf,
    file: File,
}

impl Placed {
    /// Waits until the disk has it, content and name.
    ///
    /// # Errors
    /// Where that fails.
    pub fn sync(self) -> Result<(), ReportError> {
        self.file.sync_all().map_err(|source| ReportError::File { path: self.path, source })
    }
}

/// A file that was not finished goes away.
impl Drop for PartFile {
    fn drop(&mut self) {
        // after a rename there is none
        let _ = fs::remove_file(&self.beside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_path_and_leaves_nothing_half_written() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("summary.json")).unwrap();
        let folder = Folder::create(place.path().to_owned()).unwrap();
        let error = folder.file("summary.json", "{}").unwrap_err().to_string();
        assert!(error.contains("summary.json") && error.contains("--out"), "{error}");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_finished_is_not_there() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::create(place.path().to_owned()).unwrap();
        let mut part = folder.begin("a.csv").unwrap();
        part.put(b"half").unwrap();
        drop(part);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
        fs::write(place.path().join(".b.csv.17.part"), "left by another").unwrap();
        folder.sweep_parts();
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }
}
