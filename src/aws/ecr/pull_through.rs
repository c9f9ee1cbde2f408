//! Pull-through caches: repositories that fill themselves from another registry.
//!
//! A rule maps names that begin with a prefix to an upstream: with `ecr-public` for
//! `public.ecr.aws`, `ecr-public/nginx/nginx` is `public.ecr.aws/nginx/nginx`. The first pull
//! creates the repository and imports the image. Later pulls of a tag look upstream at most once in
//! 24 hours and import what has changed; if the upstream does not answer, what is cached is served.
//! A pull by digest is served from the cache without looking. (Amazon ECR User Guide, "Sync an
//! upstream registry with an Amazon ECR private registry" with its considerations.)

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::image::{Digest, Manifest, Origin};
use super::push::Receipt;
use super::registry::{Registry, RegistryError};
use super::repository::Settings;
use crate::engine::{SimDuration, SimTime};

/// A tag is looked up upstream no more often than this.
pub const CHECK_INTERVAL: SimDuration = SimDuration::from_secs(86_400);
/// The prefix that stands for every name.
const ROOT: &str = "ROOT";

/// A rule, in the form of `CreatePullThroughCacheRule`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// What names begin with, without the slash that follows; `ROOT` for all that no other rule is
    /// about.
    pub ecr_repository_prefix: String,
    /// Host of the upstream, such as `registry-1.docker.io`.
    pub upstream_registry_url: String,
    /// What names begin with there; `ROOT` or nothing for no such beginning.
    #[serde(default)]
    pub upstream_repository_prefix: Option<String>,
}

/// An image's place in an upstream registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Host.
    pub registry: String,
    /// Name there.
    pub repository: String,
}

/// The rules of a registry, and when each tag was looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullThrough {
    /// The rules.
    pub rules: Vec<Rule>,
    /// By repository and tag.
    checked: BTreeMap<(String, String), SimTime>,
}

impl PullThrough {
    /// A registry's rules.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { rules, checked: BTreeMap::new() }
    }

    /// Where a repository of this name comes from: by the longest prefix.
    pub fn upstream(&self, repository: &str) -> Option<Upstream> {
        let rest = |rule: &Rule| {
            if rule.ecr_repository_prefix == ROOT {
                return Some((0, repository.to_owned()));
            }
            let prefix = rule.ecr_repository_prefix.trim_end_matches('/');
            let rest = repository.strip_prefix(prefix)?.strip_prefix('/')?;
            Some((prefix.len(), rest.to_owned()))
        };
        let rules = self.rules.iter().filter_map(|rule| rest(rule).map(|rest| (rule, rest)));
        let (rule, (_, rest)) = rules.max_by_key(|(_, (length, _))| *length)?;
        let prefix = rule.upstream_repository_prefix.as_deref().filter(|prefix| *prefix != ROOT);
        let repository = match prefix {
            Some(prefix) => format!("{}/{rest}", prefix.trim_end_matches('/')),
            None => rest,
        };
        Some(Upstream { registry: rule.upstream_registry_url.clone(), repository })
    }

    /// Whether a pull of a tag has to look upstream.
    pub fn is_due(&self, now: SimTime, repository: &str, tag: &str) -> bool {
        let checked = self.checked.get(&(repository.to_owned(), tag.to_owned()));
        checked.is_none_or(|checked| *checked + CHECK_INTERVAL <= now)
    }
}

/// Where a pull was served from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Served {
    /// From the repository, without looking upstream.
    Cached,
    /// From the repository: nothing has changed upstream.
    Checked,
    /// From the repository: the upstream did not answer.
    Stale,
    /// It was imported: these layers came from upstream.
    Imported(Receipt),
}

/// Why a pull was not served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    /// Nothing is cached and the upstream has nothing.
    #[error("manifest unknown: Requested image not found")]
    ImageNotFound,
    /// Of the registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// What the upstream says of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The image it stands at, and for an index those it names, all of which are imported.
    Found { manifest: Manifest, images: Vec<Manifest> },
    /// There is no such tag.
    NotFound,
    /// It could not be asked.
    Unreachable,
}

impl Registry {
    /// Serves a pull of a tag. `ask` is called where the upstream has to be asked.
    ///
    /// # Errors
    /// There is nothing to serve.
    pub fn pull_tag(
        &mut self,
        now: SimTime,
        repository: &str,
        tag: &str,
        ask: impl FnOnce(&Upstream) -> Answer,
    ) -> Result<(Digest, Served), PullError> {
        let cached = self.cached(repository, tag);
        let upstream = self.pull_through.upstream(repository);
        let Some(upstream) = upstream.filter(|_| self.pull_through.is_due(now, repository, tag))
        else {
            // without a rule, a repository that is missing is what is wrong
            self.repository(repository)?;
            return cached.map(|digest| (digest, Served::Cached)).ok_or(PullError::ImageNotFound);
        };
        let (manifest, images) = match (ask(&upstream), cached) {
            (Answer::Found { manifest, images }, _) => (manifest, images),
            (Answer::NotFound | Answer::Unreachable, Some(cached)) => {
                return Ok((cached, Served::Stale));
            }
            (Answer::NotFound | Answer::Unreachable, None) => return Err(PullError::ImageNotFound),
        };
        self.pull_through.checked.insert((repository.to_owned(), tag.to_owned()), now);
        if self.cached(repository, tag).as_ref() == Some(&manifest.digest) {
            return Ok((manifest.digest, Served::Checked));
        }
        let receipt = self.import(now, repository, tag, &manifest, &images)?;
        Ok((manifest.digest, Served::Imported(receipt)))
    }

    fn cached(&self, repository: &str, tag: &str) -> Option<Digest> {
        let image = self.repository(repository).ok()?.tagged(tag)?;
        Some(image.manifest.digest.clone())
    }

    fn import(
        &mut self,
        now: SimTime,
        repository: &str,
        tag: &str,
        manifest: &Manifest,
        images: &[Manifest],
    ) -> Result<Receipt, RegistryError> {
        if self.repository(repository).is_err() {
            self.create(repository, Settings::default())?;
        }
        let target = self.repository_mut(repository)?;
        let mut uploaded = Vec::new();
        for image in images {
            uploaded.extend(target.accept(now, image, &[], Origin::Imported).uploaded);
        }
        let mut receipt = target.accept(now, manifest, &[tag.to_owned()], Origin::Imported);
        uploaded.append(&mut receipt.uploaded);
        receipt.uploaded = uploaded;
        Ok(receipt)
    }
}

#[cfg(test)]
mod tests;
