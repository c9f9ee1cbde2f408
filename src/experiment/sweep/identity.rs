//! What a run is known by: a digest of all that decides its result.
//!
//! The resolved scenario has all defaults in it and its keys in the order of the types, so neither
//! the order of a file, nor its comments, nor a default that is written out make another run; a
//! default that changes does. Of files that a scenario names, what is in them counts too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{fmt, fs, io};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Version of the results: to be raised whenever the same scenario and seed give another result, so
/// that runs of before are not taken for runs of now.
pub const RESULTS_VERSION: u32 = 12;

/// Identity of a run: the first 16 bytes of a SHA-256 (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId([u8; 16]);

impl RunId {
    /// That of the run of a resolved scenario, which names files of these digests, under a seed.
    pub fn of(resolved: &str, files: &[FileDigest], seed: u64) -> Self {
        Self::versioned(RESULTS_VERSION, resolved, files, seed)
    }

    fn versioned(version: u32, resolved: &str, files: &[FileDigest], seed: u64) -> Self {
        // all before the text has a known length, so that no two runs have the same bytes
        let digest = Sha256::new()
            .chain_update(b"plimsoll run\0")
            .chain_update(version.to_le_bytes())
            .chain_update(seed.to_le_bytes())
            .chain_update((files.len() as u64).to_le_bytes())
            .chain_update(files.concat())
            .chain_update(resolved.as_bytes())
            .finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

/// SHA-256 of what is in a file.
pub type FileDigest = [u8; 32];

/// Digests of files, each read once.
#[derive(Debug, Default)]
pub struct FileDigests(BTreeMap<PathBuf, FileDigest>);

impl FileDigests {
    /// That of the file at `path`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of(&mut self, path: &Path) -> io::Result<FileDigest> {
        if let Some(digest) = self.0.get(path) {
            return Ok(*digest);
        }
        let mut hasher = Sha256::new();
        io::copy(&mut fs::File::open(path)?, &mut Hashed(&mut hasher))?;
        let digest = hasher.finalize().into();
        self.0.insert(path.to_owned(), digest);
        Ok(digest)
    }
}

/// Takes what is written into a digest.
struct Hashed<'a>(&'a mut Sha256);

impl io::Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// In 32 hexadecimal digits, which name a file.
impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Not the digits of an id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not the id of a run, which has 32 hexadecimal digits")]
pub struct InvalidRunId(String);

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = u128::from_str_radix(text, 16).ok();
        let id = number.map(|number| Self(number.to_be_bytes()));
        // other spellings of the same number would name other files
        id.filter(|id| id.to_string() == text).ok_or_else(|| InvalidRunId(text.to_owned()))
    }
}

impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected digest was made of the same bytes by Python's hashlib.
    #[test]
    fn the_id_is_the_digest_of_version_seed_and_scenario() {
        let id = RunId::versioned(1, "x = 1\n", &[], 42).to_string();
        insta::assert_snapshot!(id, @"715595620368dd359c76aa1b50220251");
    }

    #[test]
    fn each_of_version_seed_scenario_and_files_makes_another_run() {
        let ids = [
            RunId::versioned(1, "x = 1", &[], 42),
            RunId::versioned(2, "x = 1", &[], 42),
            RunId::versioned(1, "x = 1", &[], 43),
            RunId::versioned(1, "x = 2", &[], 42),
            RunId::versioned(1, "x = 1", &[[0; 32]], 42),
            RunId::versioned(1, "x = 1", &[[1; 32]], 42),
        ];
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[..index].contains(id), "{index}");
        }
    }

    #[test]
    fn an_id_reads_back_as_it_is_written_and_in_no_other_way() {
        let id = RunId::versioned(1, "x", &[], 42);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "7", "+15595620368dd359c76aa1b50220251", &id.to_string().to_uppercase()] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }
}
