//! A registry: the repositories of one account in one region, with what holds for all of them.

use std::collections::BTreeMap;

use thiserror::Error;

use super::image::Manifest;
use super::pull_through::PullThrough;
use super::push::{PushError, Receipt};
use super::quota::Quotas;
use super::replication::{Configuration, Copy, copies};
use super::repository::{RegistryName, Repository, Settings};
use super::scan::{ScanError, Scanner};
use crate::aws::iam::Attached;
use crate::engine::{SimDuration, SimTime};
use crate::units::Bytes;

/// A registry.
#[derive(Clone, Debug, PartialEq)]
pub struct Registry {
    name: RegistryName,
    repositories: BTreeMap<String, Repository>,
    /// What it may hold.
    pub quotas: Quotas,
    /// Who may do what with all of it, others' replication included.
    pub policy: Option<Attached>,
    /// Where its images are copied to.
    pub replication: Option<Configuration>,
    /// Repositories it fills from elsewhere.
    pub pull_through: PullThrough,
    /// Scans of its images.
    pub scanner: Scanner,
}

/// What went wrong with a registry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RegistryError {
    /// There is no such repository.
    #[error("The repository with name '{name}' does not exist in the registry with id '{account}'")]
    RepositoryNotFound {
        /// Of the repository.
        name: String,
        /// The registry.
        account: String,
    },
    /// There is one already.
    #[error("The repository with name '{name}' already exists in the registry with id '{account}'")]
    RepositoryAlreadyExists {
        /// Of the repository.
        name: String,
        /// The registry.
        account: String,
    },
    /// A name that no repository has.
    #[error(
        "`{0}` is no name of a repository: 2 to 256 small letters and digits, with `.`, `_`, `-` \
         or `/` between them"
    )]
    InvalidName(String),
    /// There would be too many repositories.
    #[error("the quota of {0} repositories would be exceeded")]
    LimitExceeded(u32),
    /// The push itself failed.
    #[error(transparent)]
    Push(#[from] PushError),
}

/// What comes of a push, besides its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Layers, calls and tags.
    pub receipt: Receipt,
    /// Copies that are to arrive in other registries.
    pub copies: Vec<Copy>,
    /// When the image has been scanned, where the repository scans on push; an error where too
    /// many have been.
    pub scan: Option<Result<SimTime, ScanError>>,
}

impl Registry {
    /// An empty registry.
    pub fn new(name: RegistryName) -> Self {
        Self {
            name,
            repositories: BTreeMap::new(),
            quotas: Quotas::default(),
            policy: None,
            replication: None,
            pull_through: PullThrough::default(),
            scanner: Scanner::default(),
        }
    }

    /// Its account and region.
    pub fn name(&self) -> &RegistryName {
        &self.name
    }

    /// Its repositories, by name.
    pub fn repositories(&self) -> impl Iterator<Item = &Repository> {
        self.repositories.values()
    }

    /// The repository of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn repository(&self, name: &str) -> Result<&Repository, RegistryError> {
        self.repositories.get(name).ok_or_else(|| self.not_found(name))
    }

    /// The repository of this name, to change it.
    ///
    /// # Errors
    /// There is none.
    pub fn repository_mut(&mut self, name: &str) -> Result<&mut Repository, RegistryError> {
        let not_found = self.not_found(name);
        self.repositories.get_mut(name).ok_or(not_found)
    }

    fn not_found(&self, name: &str) -> RegistryError {
        let (name, account) = (name.to_owned(), self.name.account.clone());
        RegistryError::RepositoryNotFound { name, account }
    }

    /// Creates a repository (`CreateRepository`).
    ///
    /// # Errors
    /// The name is taken or is none, or there are as many as there may be.
    pub fn create(
        &mut self,
        name: &str,
        settings: Settings,
    ) -> Result<&mut Repository, RegistryError> {
        if !is_repository_name(name) {
            return Err(RegistryError::InvalidName(name.to_owned()));
        }
        if self.repositories.contains_key(name) {
            let (name, account) = (name.to_owned(), self.name.account.clone());
            return Err(RegistryError::RepositoryAlreadyExists { name, account });
        }
        if self.repositories.len() >= self.quotas.repositories as usize {
            return Err(RegistryError::LimitExceeded(self.quotas.repositories));
        }
        let repository = Repository::new(self.name.clone(), name, settings);
        Ok(self.repositories.entry(name.to_owned()).or_insert(repository))
    }

    /// Pushes an image, scans it where the repository is set up so, and says which copies are to
    /// arrive elsewhere, each after `delay`.
    ///
    /// # Errors
    /// There is no such repository, or it refuses the push.
    pub fn push(
        &mut self,
        now: SimTime,
        repository: &str,
        manifest: &Manifest,
        tags: &[String],
        delay: SimDuration,
    ) -> Result<Pushed, RegistryError> {
        let quotas = self.quotas;
        let target = self.repository_mut(repository)?;
        let scans = target.settings.scan_on_push && !manifest.media_type.is_index();
        let receipt = target.push(now, manifest, tags, &quotas)?;
        let scan = scans.then(|| self.scanner.on_push(now, &quotas, repository, &manifest.digest));
        let copies = match &self.replication {
            Some(rules) => copies(rules, &self.name, repository, manifest, tags, now + delay, now),
            None => Vec::new(),
        };
        Ok(Pushed { receipt, copies, scan })
    }

    /// What all repositories store: what is billed.
    pub fn stored(&self) -> Bytes {
        Bytes(self.repositories.values().map(|repository| repository.stored().0).sum())
    }
}

/// The rule of `CreateRepository`: parts of letters and digits between single separators (`__` and
/// runs of `-` count as one), between slashes.
fn is_repository_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let part = |part: &str| {
        let edges =
            part.bytes().next().is_some_and(plain) && part.bytes().last().is_some_and(plain);
        let allowed = part.bytes().all(|byte| plain(byte) || matches!(byte, b'.' | b'_' | b'-'));
        let doubled = ["..", "___", "._", "_.", ".-", "-.", "_-", "-_"];
        edges && allowed && !doubled.iter().any(|doubled| part.contains(doubled))
    };
    (2..=256).contains(&name.len()) && name.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_have_names_of_small_letters() {
        for name in ["web", "team/web-1.0", "a_b/c--d", "ecr-public/docker/library/nginx"] {
            assert!(is_repository_name(name), "{name}");
        }
        for name in ["", "w", "Web", "web/", "/web", "a..b", "web-", "a b", "a._b"] {
            assert!(!is_repository_name(name), "{name}");
        }
    }

    #[test]
    fn a_repository_is_created_once_and_found_by_name() {
        let name = RegistryName { account: "111122223333".into(), region: "us-east-1".into() };
        let mut registry = Registry::new(name);
        registry.quotas.repositories = 1;
        let uri = registry.create("web", Settings::default()).unwrap().uri();
        assert_eq!(uri, "111122223333.dkr.ecr.us-east-1.amazonaws.com/web");
        let again = registry.create("web", Settings::default()).unwrap_err();
        assert_eq!(
            again.to_string(),
            "The repository with name 'web' already exists in the registry with id '111122223333'"
        );
        let more = registry.create("db", Settings::default()).unwrap_err();
        assert_eq!(more, RegistryError::LimitExceeded(1));
        assert!(registry.repository("db").is_err());
        assert!(matches!(
            registry.create("DB", Settings::default()),
            Err(RegistryError::InvalidName(_))
        ));
    }
}
