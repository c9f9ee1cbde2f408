//! What the roles of a cluster may do, by IAM policies and those of ECR.
//!
//! Policies and identities do not change during a run, so that each thing is decided about once,
//! before it happens. A pull by a cluster's identity has the registry refuse the call at which it
//! comes to its end, the token, the manifest or the layers
//! ([`Client::may_pull`](crate::aws::ecr::access::Client)). What the client says then, with the
//! sentence of AWS, is kept beside it. On ECS each task definition has a role of its own for that,
//! so that whole tasks are decided about (`ecs/access.rs`).
//!
//! A pull-through cache has to import what it was not pushed, which takes
//! ecr:BatchImportUpstreamImage, and ecr:CreateRepository where the repository is not listed;
//! whoever may not is told that there is no such image.
//!
//! * [`roles`]: roles and whether they may; [`advice`]: what would have to be added.
//! * [`rules`]: what a registry's policies say; [`idle`]: regions that change nothing.
//!
//! Service-linked roles (`AWSServiceRoleForECS`, `…ForAutoScaling`, `…ForElasticLoadBalancing`,
//! `…ForApplicationAutoScaling_ECSService`) are there in every account that uses the services, and
//! are not asked about.

mod advice;
mod idle;
mod roles;
mod rules;

use super::{World, pushes};
use crate::aws::ecr::access::Step;
use crate::aws::ecr::access::wording::Puller;
use crate::docker::registry::ClientKind;
use crate::docker::{Call, Engines, ImageId, PullAccount, Refusal, RegistryError};
use crate::scenario::{Cluster, ClusterKind, PullClient, Scenario};
use crate::world::InputError;
pub(super) use advice::advice;
pub(super) use idle::idle_regions;
pub(super) use roles::{Denial, Roles, is_in_aws, region_of, resource_policy};
pub(super) use rules::{Rules, repository_and_tag};

/// By image: what a client says that may not pull it.
type Denials = Vec<Option<String>>;

/// Who may do what in a cluster.
pub(super) struct Access<'a> {
    /// What the policies of each registry say.
    pub registries: Vec<Rules<'a>>,
    /// The roles of the cluster.
    pub roles: Roles,
    denials: Denials,
}

/// Whether the policies that a scenario names can be read, without deciding anything.
///
/// # Errors
/// The first file that cannot be used.
pub fn check_policies(scenario: &Scenario) -> Result<(), InputError> {
    scenario.registries.iter().try_for_each(|registry| {
        Rules::read(registry)?;
        pushes::Rules::read(registry).map(|_| ())
    })?;
    let calls = scenario.apps.iter().flat_map(|app| &app.aws_calls);
    calls
        .filter_map(|call| call.policy.as_deref())
        .try_for_each(|policy| resource_policy(policy).map(|_| ()))?;
    scenario.clusters.iter().try_for_each(|cluster| Roles::read(cluster).map(|_| ()))
}

impl<'a> Access<'a> {
    /// Reads all policies, and has the registries refuse what a cluster's identity may not pull.
    ///
    /// # Errors
    /// A file with a policy cannot be used.
    pub fn decide(
        scenario: &'a Scenario,
        cluster: &Cluster,
        engines: &mut Engines,
    ) -> Result<Self, InputError> {
        let registries: Vec<Rules<'_>> =
            scenario.registries.iter().map(Rules::read).collect::<Result<_, _>>()?;
        let roles = Roles::read(cluster)?;
        let mut denials = Denials::new();
        // on ECS tasks have roles of their own, and are decided about as a whole
        let client = roles.identity().filter(|_| cluster.kind != ClusterKind::Ecs);
        if let Some(client) = client {
            for (place, image) in (0..).zip(&scenario.images) {
                let home = &registries[usize::from(engines.registries().home(ImageId(place)).0)];
                let refusal = home.refusal(&client, image);
                denials.push(refusal.map(|refusal| {
                    let (call, error) = failing(refusal.step);
                    engines.refuse_calls(ImageId(place), call, error);
                    home.told(&client, &refusal, puller(cluster.client()), image)
                }));
            }
        }
        Ok(Self { registries, roles, denials })
    }
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

impl World<'_> {
    /// What the client says of a pull that failed for this reason, where policies are against it.
    pub(super) fn denied(&self, image: ImageId, reason: Refusal) -> Option<&str> {
        use RegistryError::{Denied, NotFound, Unauthorized};
        match reason {
            Refusal::PullFailed(Denied | NotFound | Unauthorized) => {
                self.access.denials.get(image.0 as usize)?.as_deref()
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
    use crate::aws::iam::Managed;
    use crate::scenario::MANAGED_POLICIES;

    #[test]
    fn every_managed_policy_of_scenarios_is_there() {
        for name in MANAGED_POLICIES {
            assert_eq!(Managed::named(name).map(|managed| managed.name), Some(name));
        }
    }
}
