//! What the policies of a registry and its repositories say.

use super::roles::{deciding, resource_policy};
use crate::aws::ecr::access::wording::{Puller, Reference};
use crate::aws::ecr::access::{self, Client, Step};
use crate::aws::ecr::image::Digest;
use crate::aws::ecr::registry::Registry;
use crate::aws::ecr::repository::{RegistryName, Settings};
use crate::aws::iam::pattern::Pattern;
use crate::aws::iam::{Attached, Context};
use crate::scenario::{self, RegistryKind, Repository};
use crate::world::InputError;

/// Region of a registry that names none.
pub const REGION: &str = "us-east-1";

/// What a registry's policies say.
pub struct Rules<'a> {
    written: &'a scenario::Registry,
    policy: Option<Attached>,
    repositories: Vec<(&'a Repository, Option<Attached>)>,
}

impl<'a> Rules<'a> {
    /// Reads what a scenario says of a registry.
    ///
    /// # Errors
    /// A file with a policy cannot be used.
    pub fn read(written: &'a scenario::Registry) -> Result<Self, InputError> {
        let policy = written.policy.as_deref().map(resource_policy).transpose()?;
        let repositories = written.repositories.iter().map(|repository| {
            Ok((repository, repository.policy.as_deref().map(resource_policy).transpose()?))
        });
        let repositories = repositories.collect::<Result<_, InputError>>()?;
        Ok(Self { written, policy, repositories })
    }

    /// The registry as ECR has it, with the repository of one image.
    fn registry(&self, client: &Client, repository: &str) -> Registry {
        let own = client.principal.account().unwrap_or_default();
        let account = self.written.account.as_deref().unwrap_or(own).to_owned();
        let region = self.written.region.as_deref().unwrap_or(REGION).to_owned();
        let mut registry = Registry::new(RegistryName { account, region });
        registry.policy.clone_from(&self.policy);
        let fits = |listed: &Repository| {
            Pattern::plain(&listed.name).matches(repository, &Context::default())
        };
        let listed = self.repositories.iter().find(|(listed, _)| fits(listed));
        let policy = listed.and_then(|(_, policy)| policy.clone());
        if listed.is_some() || self.written.upstream.is_none() {
            // a name that ECR would not take has no policy of its own
            let _ = registry.create(repository, Settings { policy, ..Settings::default() });
        }
        registry
    }

    /// Why an image cannot be pulled, if it cannot.
    pub fn refusal(&self, client: &Client, image: &scenario::Image) -> Option<access::Refusal> {
        // who needs no token is nobody in particular to the registry
        if self.written.kind != RegistryKind::Ecr || self.written.tokens().is_none() {
            return None;
        }
        let (repository, _) = repository_and_tag(&image.name);
        let registry = self.registry(client, repository);
        let pull = client.may_pull(&registry, repository).err();
        let pushed = self.written.pushes.iter().any(|push| push.tag() == image.name);
        let imports = self.written.upstream.is_some() && !pushed;
        match pull {
            Some(refusal) if refusal.step < Step::Layers => Some(refusal),
            // the import comes between the manifest and the layers
            later if imports => client.may_import(&registry, repository).err().or(later),
            later => later,
        }
    }

    /// What a refusal is about: the repository of an image, or all there is.
    pub fn resource(
        &self,
        client: &Client,
        refusal: &access::Refusal,
        image: &scenario::Image,
    ) -> String {
        let (repository, _) = repository_and_tag(&image.name);
        match refusal.step {
            Step::Token => "*".to_owned(),
            _ => self.registry(client, repository).name().arn(repository),
        }
    }

    /// What the client says, the sentence of AWS, and the statement that decided.
    pub fn told(
        &self,
        client: &Client,
        refusal: &access::Refusal,
        puller: Puller,
        image: &scenario::Image,
    ) -> String {
        let (repository, tag) = repository_and_tag(&image.name);
        let registry = self.registry(client, repository);
        let layer = image.layers().first().and_then(|layer| layer.digest.clone());
        let layer = Digest(layer.unwrap_or_else(|| "sha256:…".to_owned()));
        let reference = Reference { registry: registry.name(), repository, tag, layer: &layer };
        let told = refusal.worded(puller, &reference);
        let sentence = &refusal.sentence;
        let deciding = deciding(&refusal.decision);
        match told.contains(sentence) {
            true => told + &deciding,
            false => format!("{told} ({sentence}{deciding})"),
        }
    }
}

/// `shop/web` and `1.4` of `111122223333.dkr.ecr.us-east-1.amazonaws.com/shop/web:1.4`: a first
/// part with a dot or a colon, or `localhost`, is the host of a registry; without a tag it is
/// `latest` (distribution `reference`).
pub fn repository_and_tag(image: &str) -> (&str, &str) {
    let path = match image.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => image,
    };
    if let Some((name, digest)) = path.split_once('@') {
        return (name.split_once(':').map_or(name, |(name, _)| name), digest);
    }
    path.split_once(':').unwrap_or((path, "latest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_are_taken_apart_as_docker_does() {
        let host = "111122223333.dkr.ecr.us-east-1.amazonaws.com";
        for (name, expected) in [
            ("web".to_owned(), ("web", "latest")),
            ("shop/web:1.4".to_owned(), ("shop/web", "1.4")),
            (format!("{host}/shop/web:1.4"), ("shop/web", "1.4")),
            ("localhost:5000/web".to_owned(), ("web", "latest")),
            ("shop/web:1@sha256:ab".to_owned(), ("shop/web", "sha256:ab")),
        ] {
            assert_eq!(repository_and_tag(&name), expected, "{name}");
        }
    }
}
