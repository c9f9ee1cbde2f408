//! Replication: what is pushed to one registry arrives in others.
//!
//! * A rule has destinations (regions, accounts) and prefixes of repository names; without prefixes
//!   it is about all repositories. A registry has 10 rules with 25 destinations at most.
//! * Only what is pushed after the rule was made is copied.
//! * A copy is not copied further: A to B and B to C does not bring A's images to C.
//! * Deletions are copied only by rules that say so (`deleteReplication`).
//! * A missing repository is created; the settings of the source are not copied. A tag that the
//!   destination has already and does not move is left out, so that the copy may be untagged.
//! * Another account's registry must permit it by its registry policy (`ecr:ReplicateImage`,
//!   `ecr:CreateRepository`).
//! * Most images arrive within 30 minutes; how long it takes is a parameter.
//!
//! (Amazon ECR User Guide, "Private image replication" with its considerations, "Replicating image
//! deletions".)

use serde::{Deserialize, Serialize};

use super::image::{Digest, Manifest, Origin};
use super::push::Receipt;
use super::quota::Quotas;
use super::registry::{Registry, RegistryError};
use super::repository::{RegistryName, Repository, Settings};
use crate::aws::iam::{Context, Decision, Policies, Principal, Request, decide};
use crate::engine::SimTime;

/// The replication rules of a registry, in the form of `PutReplicationConfiguration`, and since
/// when they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// The rules.
    pub rules: Vec<Rule>,
    /// Images pushed earlier are not copied.
    #[serde(skip)]
    pub since: SimTime,
}

/// Which repositories go where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Where to.
    pub destinations: Vec<Destination>,
    /// Which repositories: all of them where there is none.
    #[serde(default)]
    pub repository_filters: Vec<Filter>,
    /// Whether deletions are copied too.
    #[serde(default)]
    pub delete_replication: DeleteReplication,
}

/// A registry that gets copies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Destination {
    /// Its region.
    pub region: String,
    /// Its account.
    pub registry_id: String,
}

/// Repositories whose names begin so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Filter {
    /// The beginning of the name.
    pub filter: String,
    /// There is one kind.
    pub filter_type: FilterType,
}

/// How a [`Filter`] is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FilterType {
    /// As the beginning of the name.
    #[default]
    PrefixMatch,
}

/// Whether deletions are copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteReplication {
    /// They are.
    pub enabled: bool,
}

/// An image on its way to another registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Where from.
    pub from: RegistryName,
    /// Where to.
    pub to: RegistryName,
    /// Of the same name in both.
    pub repository: String,
    /// The image.
    pub manifest: Manifest,
    /// The tags it was pushed with.
    pub tags: Vec<String>,
    /// When it arrives.
    pub due: SimTime,
}

/// Why a copy did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplicationError {
    /// The registry policy of the destination does not permit it.
    #[error("{0}")]
    Denied(String),
    /// The destination has no place for it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Configuration {
    /// Whether it stays within the quotas of rules and destinations.
    ///
    /// # Errors
    /// What there is too much of.
    pub fn check(&self, quotas: &Quotas) -> Result<(), String> {
        let destinations: usize = self.rules.iter().map(|rule| rule.destinations.len()).sum();
        let counts = [
            ("replication rules", self.rules.len(), quotas.replication_rules),
            ("replication destinations", destinations, quotas.replication_destinations),
        ];
        for (what, count, most) in counts {
            if count > most as usize {
                return Err(format!("{count} {what} are more than the {most} a registry may have"));
            }
        }
        Ok(())
    }

    /// The registries that get copies of a repository of `from`, each once.
    pub fn destinations(&self, from: &RegistryName, repository: &str) -> Vec<RegistryName> {
        self.reached(from, repository, |_| true)
    }

    /// Those that get its deletions too.
    pub fn delete_destinations(&self, from: &RegistryName, repository: &str) -> Vec<RegistryName> {
        self.reached(from, repository, |rule| rule.delete_replication.enabled)
    }

    fn reached(
        &self,
        from: &RegistryName,
        repository: &str,
        wanted: impl Fn(&Rule) -> bool,
    ) -> Vec<RegistryName> {
        let rules = self.rules.iter().filter(|rule| wanted(rule) && rule.is_about(repository));
        let destinations = rules.flat_map(|rule| &rule.destinations).map(|destination| {
            let Destination { region, registry_id } = destination.clone();
            RegistryName { account: registry_id, region }
        });
        let mut registries: Vec<_> = destinations.filter(|to| to != from).collect();
        registries.sort();
        registries.dedup();
        registries
    }
}

impl Rule {
    fn is_about(&self, repository: &str) -> bool {
        let filters = &self.repository_filters;
        filters.is_empty() || filters.iter().any(|filter| repository.starts_with(&filter.filter))
    }
}

/// The copies that follow from a push.
pub(super) fn copies(
    configuration: &Configuration,
    from: &RegistryName,
    repository: &str,
    manifest: &Manifest,
    tags: &[String],
    due: SimTime,
    now: SimTime,
) -> Vec<Copy> {
    if now < configuration.since {
        return Vec::new();
    }
    let registries = configuration.destinations(from, repository).into_iter();
    registries
        .map(|to| Copy {
            from: from.clone(),
            to,
            repository: repository.to_owned(),
            manifest: manifest.clone(),
            tags: tags.to_owned(),
            due,
        })
        .collect()
}

impl Registry {
    /// Takes in a copy that arrives; what had to travel, each layer once.
    ///
    /// # Errors
    /// The registry policy does not permit it, or there is no place.
    pub fn receive(&mut self, now: SimTime, copy: &Copy) -> Result<Receipt, ReplicationError> {
        let exists = self.repository(&copy.repository).is_ok();
        self.permits(copy, "ecr:ReplicateImage")?;
        if !exists {
            self.permits(copy, "ecr:CreateRepository")?;
            self.create(&copy.repository, Settings::default())?;
        }
        Ok(self.repository_mut(&copy.repository)?.receive(now, &copy.manifest, &copy.tags))
    }

    /// Deletes a copy after its original, where a rule says so; that it is not there is no error.
    pub fn receive_deletion(&mut self, repository: &str, digest: &Digest) {
        if let Ok(repository) = self.repository_mut(repository) {
            // an index that names it here keeps it, as it would the original
            let _ = repository.delete(digest);
        }
    }

    /// Within an account nothing has to be permitted.
    fn permits(&self, copy: &Copy, action: &str) -> Result<(), ReplicationError> {
        if copy.from.account == self.name().account {
            return Ok(());
        }
        let arn = self.name().arn(&copy.repository);
        let principal = Principal::Root { account: copy.from.account.clone() };
        let request = Request::new(principal, action, arn, Context::default());
        let resource = self.policy.clone().into_iter().collect();
        let policies = Policies { resource, ..Policies::default() };
        match decide(&policies, &request) {
            Decision::Allowed { .. } => Ok(()),
            denied => {
                let sentence = denied.sentence(&request).expect("it is denied");
                Err(ReplicationError::Denied(sentence))
            }
        }
    }
}

impl Repository {
    /// Takes in a copy, without the tags that stand elsewhere and do not move.
    pub fn receive(&mut self, now: SimTime, manifest: &Manifest, tags: &[String]) -> Receipt {
        let free =
            |tag: &&String| self.tagged(tag).is_none() || !self.settings.mutability.fixes(tag);
        let tags: Vec<String> = tags.iter().filter(free).cloned().collect();
        self.accept(now, manifest, &tags, Origin::Replicated)
    }
}

#[cfg(test)]
mod tests;
