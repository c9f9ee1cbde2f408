//! What a run is known by: a digest of all that decides its result.
//!
//! The resolved scenario has all defaults in it and its keys in the order of the types, so neither
//! the order of a file, nor its comments, nor a default that is written out make another run; a
//! default that changes does. Files that a scenario names count by their path, not by what is in
//! them.

use std::fmt;

use sha2::{Digest, Sha256};

/// Version of the results: to be raised whenever the same scenario and seed give another result, so
/// that runs of before are not taken for runs of now.
pub const RESULTS_VERSION: u32 = 1;

/// Identity of a run: the first 16 bytes of a SHA-256 (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId([u8; 16]);

impl RunId {
    /// That of the run of a resolved scenario under a seed.
    pub fn of(resolved: &str, seed: u64) -> Self {
        Self::versioned(RESULTS_VERSION, resolved, seed)
    }

    fn versioned(version: u32, resolved: &str, seed: u64) -> Self {
        // numbers have a fixed length, so that no two runs have the same bytes
        let digest = Sha256::new()
            .chain_update(b"plimsoll run\0")
            .chain_update(version.to_le_bytes())
            .chain_update(seed.to_le_bytes())
            .chain_update(resolved.as_bytes())
            .finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

/// In 32 hexadecimal digits, which name a file.
impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected digest was made of the same bytes by Python's hashlib.
    #[test]
    fn the_id_is_the_digest_of_version_seed_and_scenario() {
        let id = RunId::versioned(1, "x = 1\n", 42).to_string();
        insta::assert_snapshot!(id, @"2cd75ff45a1efe534e77d75e917af354");
    }

    #[test]
    fn each_of_version_seed_and_scenario_makes_another_run() {
        let ids = [
            RunId::versioned(1, "x = 1", 42),
            RunId::versioned(2, "x = 1", 42),
            RunId::versioned(1, "x = 1", 43),
            RunId::versioned(1, "x = 2", 42),
        ];
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[..index].contains(id), "{index}");
        }
    }
}
