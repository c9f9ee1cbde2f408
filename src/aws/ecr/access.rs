//! Whether a client may pull, and with which words it fails if it may not.
//!
//! A pull takes a token (ecr:GetAuthorizationToken, which is for no resource, in the client's own
//! account), the manifest (ecr:BatchGetImage) and the layers (ecr:GetDownloadUrlForLayer), the
//! latter two decided by the client's policies, that of the repository and that of the registry,
//! across accounts by both sides (Amazon ECR User Guide, "Private repository policies", "Private
//! registry permissions"; see [`iam`](crate::aws::iam)). ecr:BatchCheckLayerAvailability, which AWS
//! recommends too, serves pushes: the managed policy for nodes that only pull does without it.
//! A pull that has to be imported takes ecr:BatchImportUpstreamImage, and ecr:CreateRepository if
//! it is the first.
//!
//! How clients word a refusal is in [`wording`].

pub mod wording;

use super::registry::Registry;
use super::repository::RegistryName;
use crate::aws::iam::{Context, Decision, Policies, Principal, Request, decide};

/// Who pulls or pushes: an instance, a task, a node, a user.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// By which it is known: the session of a role, mostly.
    pub principal: Principal,
    /// Its own policies and those of its organisation; those of resources are added.
    pub policies: Policies,
    /// Circumstances, such as `aws:SourceVpce`.
    pub context: Context,
}

/// A step of a pull or a push that policies decide about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Credentials.
    Token,
    /// The repository is created and the image imported, where it is cached from upstream.
    Import,
    /// The manifest.
    Manifest,
    /// The layers.
    Layers,
}

/// A step that is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which one.
    pub step: Step,
    /// What was asked for, such as `ecr:BatchGetImage`.
    pub action: &'static str,
    /// What decided.
    pub decision: Decision,
    /// The sentence of AWS.
    pub sentence: String,
}

const TOKEN: &str = "ecr:GetAuthorizationToken";
const PUSH: [&str; 5] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
];

impl Client {
    /// A client with these policies of its own and no particular circumstances.
    pub fn new(principal: Principal, policies: Policies) -> Self {
        Self { principal, policies, context: Context::default() }
    }

    /// Whether it may have a token of a registry's region.
    ///
    /// # Errors
    /// It is denied.
    pub fn may_have_token(&self, region: &str) -> Result<(), Refusal> {
        self.ask(Step::Token, TOKEN, "*", region, &self.policies)
    }

    /// Whether it may pull from a repository that is there.
    ///
    /// # Errors
    /// The first step that is denied.
    pub fn may_pull(&self, registry: &Registry, repository: &str) -> Result<(), Refusal> {
        self.may_have_token(&registry.name().region)?;
        self.on_repository(Step::Manifest, "ecr:BatchGetImage", registry, repository)?;
        self.on_repository(Step::Layers, "ecr:GetDownloadUrlForLayer", registry, repository)
    }

    /// Whether it may have an image imported from upstream, the repository being created if it is
    /// not there. Whoever may not is told that there is no such image.
    ///
    /// # Errors
    /// The first step that is denied.
    pub fn may_import(&self, registry: &Registry, repository: &str) -> Result<(), Refusal> {
        if registry.repository(repository).is_err() {
            self.on_repository(Step::Import, "ecr:CreateRepository", registry, repository)?;
        }
        self.on_repository(Step::Import, "ecr:BatchImportUpstreamImage", registry, repository)
    }

    /// Whether it may push to a repository.
    ///
    /// # Errors
    /// The first call that is denied.
    pub fn may_push(&self, registry: &Registry, repository: &str) -> Result<(), Refusal> {
        self.may_have_token(&registry.name().region)?;
        for action in PUSH {
            let step = if action == "ecr:PutImage" { Step::Manifest } else { Step::Layers };
            self.on_repository(step, action, registry, repository)?;
        }
        Ok(())
    }

    fn on_repository(
        &self,
        step: Step,
        action: &'static str,
        registry: &Registry,
        repository: &str,
    ) -> Result<(), Refusal> {
        let RegistryName { region, .. } = registry.name();
        let own = registry
            .repository(repository)
            .ok()
            .and_then(|repository| repository.settings.policy.clone());
        let mut policies = self.policies.clone();
        policies.resource.extend(own.into_iter().chain(registry.policy.clone()));
        self.ask(step, action, &registry.name().arn(repository), region, &policies)
    }

    fn ask(
        &self,
        step: Step,
        action: &'static str,
        resource: &str,
        region: &str,
        policies: &Policies,
    ) -> Result<(), Refusal> {
        let context = self.context.clone().with("aws:RequestedRegion", region);
        let request = Request::new(self.principal.clone(), action, resource, context);
        let decision = decide(policies, &request);
        match decision.sentence(&request) {
            None => Ok(()),
            Some(sentence) => Err(Refusal { step, action, decision, sentence }),
        }
    }
}

#[cfg(test)]
mod tests;
