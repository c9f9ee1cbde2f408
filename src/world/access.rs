//! Whether a cluster's identity may pull the images of its registries, by IAM and ECR policies.
//!
//! Policies and identities do not change during a run, so that each image is decided about once,
//! before anything happens: the registry then refuses the call at which a pull comes to its end,
//! the token, the manifest or the layers ([`Client::may_pull`]). What the client says then, with
//! the sentence of AWS, is kept beside it.
//!
//! A pull-through cache has to import what it was not pushed, which takes
//! ecr:BatchImportUpstreamImage, and ecr:CreateRepository where the repository is not listed
//! ([`Client::may_import`]); whoever may not is told that there is no such image.

use std::path::Path;

use super::{World, pushes};
use crate::aws::ecr::access::wording::{Puller, Reference};
use crate::aws::ecr::access::{self, Client, Step};
use crate::aws::ecr::image::Digest;
use crate::aws::ecr::registry::Registry;
use crate::aws::ecr::repository::{RegistryName, Settings};
use crate::aws::iam::pattern::Pattern;
use crate::aws::iam::{Attached, Context, Decision, Document, Managed, Policies, Principal, Usage};
use crate::docker::registry::ClientKind;
use crate::docker::{Call, Engines, ImageId, PullAccount, Refusal, RegistryError};
use crate::scenario::{
    self, Cluster, ClusterKind, Identity, PolicyName, PullClient, RegistryKind, Repository,
    Scenario,
};
use crate::world::InputError;

/// By image: what a client says that may not pull it.
pub(super) type Denials = Vec<Option<String>>;

/// Region of a registry that names none.
const REGION: &str = "us-east-1";

/// Whether the policies that a scenario names can be read, without deciding anything.
///
/// # Errors
/// The first file that cannot be used.
pub fn check_policies(scenario: &Scenario) -> Result<(), InputError> {
    scenario.registries.iter().try_for_each(|registry| {
        Rules::read(registry)?;
        pushes::Rules::read(registry).map(|_| ())
    })?;
    scenario
        .clusters
        .iter()
        .filter_map(|cluster| cluster.identity.as_ref())
        .try_for_each(|identity| policies(identity).map(|_| ()))
}

/// Has the registries refuse what a cluster's identity may not pull.
///
/// # Errors
/// A file with a policy cannot be used.
pub(super) fn decide(
    scenario: &Scenario,
    cluster: &Cluster,
    engines: &mut Engines,
) -> Result<Denials, InputError> {
    let rules: Vec<Rules<'_>> =
        scenario.registries.iter().map(Rules::read).collect::<Result<_, _>>()?;
    let Some(client) = client(cluster)? else {
        return Ok(Denials::new());
    };
    let mut denials = Denials::new();
    for (place, image) in (0..).zip(&scenario.images) {
        let home = &rules[usize::from(engines.registries().home(ImageId(place)).0)];
        let refusal = home.refusal(&client, image);
        denials.push(refusal.map(|refusal| {
            let (call, error) = failing(refusal.step);
            engines.refuse_calls(ImageId(place), call, error);
            home.told(&client, &refusal, puller(cluster.client()), image)
        }));
    }
    Ok(denials)
}

/// The call that fails, and how the registry answers it.
fn failing(step: Step) -> (Call, RegistryError) {
    match step {
        Step::Token => (Call::Token, RegistryError::Unauthorized),
        Step::Import => (Call::Manifest, RegistryError::NotFound),
        Step::Manifest => (Call::Manifest, RegistryError::Denied),
        Step::Layers => (Call::Layer, RegistryError::Denied),
    }
}

fn puller(client: PullClient) -> Puller {
    match client {
        PullClient::Docker => Puller::Docker,
        PullClient::EcsAgent => Puller::EcsAgent,
        PullClient::Kubelet => Puller::Kubelet,
    }
}

/// What a registry's policies say.
struct Rules<'a> {
    written: &'a scenario::Registry,
    policy: Option<Attached>,
    repositories: Vec<(&'a Repository, Option<Attached>)>,
}

impl<'a> Rules<'a> {
    fn read(written: &'a scenario::Registry) -> Result<Self, InputError> {
        let read = |path: &Path| read(path, Usage::Resource);
        let policy = written.policy.as_deref().map(read).transpose()?;
        let repositories = written.repositories.iter().map(|repository| {
            Ok((repository, repository.policy.as_deref().map(read).transpose()?))
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
    fn refusal(&self, client: &Client, image: &scenario::Image) -> Option<access::Refusal> {
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

    /// What the client says, the sentence of AWS, and the statement that decided.
    fn told(
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

/// The statement that denies, to be put behind the sentence that says so.
fn deciding(decision: &Decision) -> String {
    let Decision::DeniedExplicitly { by } = decision else { return String::new() };
    let number = format!("statement {}", by.statement + 1);
    let statement = by.sid.as_ref().map_or(number, |sid| format!("`{sid}`"));
    format!(": {statement} of `{}`", by.policy)
}

/// As whom a cluster's engines pull; none where everyone may.
fn client(cluster: &Cluster) -> Result<Option<Client>, InputError> {
    let Some(identity) = &cluster.identity else { return Ok(None) };
    let principal = Principal::session_of(&identity.role, &cluster.name);
    let principal = principal.expect("a loaded scenario names roles by their ARN");
    Ok(Some(Client::new(principal, policies(identity)?)))
}

fn policies(identity: &Identity) -> Result<Policies, InputError> {
    let level = |path| Ok(vec![read(path, Usage::Identity)?]);
    Ok(Policies {
        identity: identity.policies.iter().map(attached).collect::<Result<_, _>>()?,
        boundary: identity.boundary.as_ref().map(attached).transpose()?,
        service_control: identity
            .service_control
            .iter()
            .map(|path| level(path))
            .collect::<Result<_, InputError>>()?,
        ..Policies::default()
    })
}

fn attached(policy: &PolicyName) -> Result<Attached, InputError> {
    match policy {
        PolicyName::File(path) => read(path, Usage::Identity),
        PolicyName::Managed(name) => {
            let managed = Managed::named(name).expect("scenarios know the managed policies");
            Ok(managed.attached())
        }
    }
}

/// A policy, called by the name of its file: results tell nothing of where a machine has it.
fn read(path: &Path, usage: Usage) -> Result<Attached, InputError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|source| InputError::Read { file: path.to_owned(), source })?;
    let shown = path.display().to_string();
    let document = Document::from_json_for(usage, &text, &shown);
    let document = document.map_err(|problems| InputError::Policy(Box::new(problems)))?;
    let name = path.file_name().map_or(shown, |name| name.to_string_lossy().into_owned());
    Ok(Attached::new(name, document))
}

/// `shop/web` and `1.4` of `111122223333.dkr.ecr.us-east-1.amazonaws.com/shop/web:1.4`: a first
/// part with a dot or a colon, or `localhost`, is the host of a registry; without a tag it is
/// `latest` (distribution `reference`).
pub(super) fn repository_and_tag(image: &str) -> (&str, &str) {
    let path = match image.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => image,
    };
    if let Some((name, digest)) = path.split_once('@') {
        return (name.split_once(':').map_or(name, |(name, _)| name), digest);
    }
    path.split_once(':').unwrap_or((path, "latest"))
}

/// Regions that change nothing in a run of this cluster, each as a warning: what is sent to another
/// region is paid for where both are known, and policies name that of the registry.
pub(super) fn idle_regions(scenario: &Scenario, cluster: &Cluster) -> Vec<String> {
    if cluster.kind == ClusterKind::Hypervisor {
        return Vec::new();
    }
    let ecr = || scenario.registries.iter().filter(|it| it.kind == RegistryKind::Ecr);
    let placed = || ecr().filter(|it| it.region.is_some());
    if let Some(region) = &cluster.region {
        let why = "no registry has one, so that all transfers are free";
        let idle = (ecr().count() > 0 && placed().count() == 0)
            .then(|| format!("the region `{region}` of the cluster has no effect: {why}"));
        return idle.into_iter().collect();
    }
    let paired = |one: &scenario::Registry, other: &scenario::Registry| {
        let replicates = other.replicates.iter().any(|copied| copied.from == one.name);
        other.upstream.as_ref() == Some(&one.name) || replicates
    };
    let idle = placed().filter(|it| {
        let others = placed().any(|other| paired(it, other) || paired(other, it));
        cluster.identity.is_none() && !others
    });
    idle.map(|it| {
        format!(
            "the region of registry `{}` has no effect: the cluster `{}` has neither a `region`, \
             by which transfers cost, nor an `identity`, about which policies decide",
            it.name, cluster.name
        )
    })
    .collect()
}

impl World<'_> {
    /// What the client says of a pull that failed for this reason, where policies are against it.
    pub(super) fn denied(&self, image: ImageId, reason: Refusal) -> Option<&str> {
        use RegistryError::{Denied, NotFound, Unauthorized};
        match reason {
            Refusal::PullFailed(Denied | NotFound | Unauthorized) => {
                self.denials.get(image.0 as usize)?.as_deref()
            }
            _ => None,
        }
    }

    /// Why an engine does not run an image.
    pub(super) fn refused_because(&self, image: ImageId, reason: Refusal) -> String {
        let name = self.image_name(image);
        match self.denied(image, reason) {
            Some(told) => format!("image `{name}` cannot be pulled: {told}"),
            None => reason.sentence(name),
        }
    }

    /// Why a pull that is being tried again has failed so far.
    pub(super) fn failing(&self, image: ImageId, pull: &PullAccount) -> Option<String> {
        let reason = pull.last_error?;
        let name = self.image_name(image);
        let (kind, status) = match self.cluster.client() {
            PullClient::Kubelet => (ClientKind::Containerd, " (ImagePullBackOff)"),
            PullClient::Docker | PullClient::EcsAgent => (ClientKind::Dockerd, ""),
        };
        let told = match (self.denied(image, reason), reason) {
            (Some(told), _) => told.to_owned(),
            (None, Refusal::PullFailed(error)) => {
                let registries = self.engines.registries();
                registries.told(registries.home(image), error, kind, name)
            }
            (None, other) => other.sentence(name),
        };
        let attempts = match pull.attempts {
            1 => "1 attempt".to_owned(),
            attempts => format!("{attempts} attempts"),
        };
        Some(format!("image `{name}` is not there after {attempts}{status}: {told}"))
    }

    /// Warns of images whose pull is still being tried again when the run ends.
    pub(super) fn warn_of_failing_pulls(&mut self) {
        for (image, pull) in self.engines.failing_pulls() {
            if let Some(told) = self.failing(image, &pull) {
                self.recorder.warn(told);
            }
        }
    }

    fn image_name(&self, image: ImageId) -> &str {
        &self.engines.catalog().image(image).name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::MANAGED_POLICIES;

    #[test]
    fn every_managed_policy_of_scenarios_is_there() {
        for name in MANAGED_POLICIES {
            assert_eq!(Managed::named(name).map(|managed| managed.name), Some(name));
        }
    }

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
