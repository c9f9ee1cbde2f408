//! The words with which Docker, the ECS agent, Fargate and the kubelet report a refused pull.
//!
//! Followed in reports of real clients: Docker (everything2 issue 2562, bottlerocket update
//! operator issue 157, amplify-category-api issue 1255); the ECS agent, with
//! `CannotPullECRContainerError` where it gets no token and `CannotPullContainerError` else
//! (aws/amazon-ecs-agent pull request 3008, aws-toolkit-jetbrains issue 2318); Fargate (aws/aws-cdk
//! issue 29876); containerd under the kubelet (aws/eks-charts issue 1044, kubernetes/kops issue
//! 16762). Request ids are left out.

use super::{Refusal, Step};
use crate::aws::ecr::image::Digest;
use crate::aws::ecr::repository::RegistryName;

/// Who pulls, and hence who words the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Puller {
    /// `docker pull`.
    Docker,
    /// The agent of ECS on an instance, which has Docker pull.
    EcsAgent,
    /// A task on Fargate, which has containerd pull.
    Fargate,
    /// The kubelet, which has containerd pull.
    Kubelet,
}

/// An image by its place.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// The registry.
    pub registry: &'a RegistryName,
    /// Name of the repository.
    pub repository: &'a str,
    /// The tag, or the digest with its algorithm.
    pub tag: &'a str,
    /// The layer, or configuration, that is asked for first.
    pub layer: &'a Digest,
}

impl Reference<'_> {
    fn separator(&self) -> char {
        if self.tag.contains(':') { '@' } else { ':' }
    }

    fn repository_uri(&self) -> String {
        format!("{}/{}", self.registry.host(), self.repository)
    }

    /// As it stands in a manifest or a task definition.
    pub fn uri(&self) -> String {
        format!("{}{}{}", self.repository_uri(), self.separator(), self.tag)
    }

    fn manifest_url(&self) -> String {
        let Self { registry, repository, tag, .. } = self;
        format!("https://{}/v2/{repository}/manifests/{tag}", registry.host())
    }
}

impl Refusal {
    /// What the client reports.
    pub fn worded(&self, puller: Puller, image: &Reference<'_>) -> String {
        match puller {
            Puller::Docker => self.docker(image),
            Puller::EcsAgent => self.ecs_agent(image),
            Puller::Fargate => self.fargate(image),
            Puller::Kubelet => self.kubelet(image),
        }
    }

    fn docker(&self, image: &Reference<'_>) -> String {
        let Self { sentence, .. } = self;
        let why = match self.step {
            Step::Token => format!("Head \"{}\": no basic auth credentials", image.manifest_url()),
            Step::Import => return format!("Error response from daemon: {}", not_found(image)),
            Step::Manifest => format!(
                "pull access denied for {}, repository does not exist or may require 'docker \
                 login': denied: {sentence}",
                image.repository_uri()
            ),
            Step::Layers => {
                return format!(
                    "error pulling image configuration: download failed after attempts=1: \
                     denied: {sentence}"
                );
            }
        };
        format!("Error response from daemon: {why}")
    }

    fn ecs_agent(&self, image: &Reference<'_>) -> String {
        match self.step {
            Step::Token => {
                format!("CannotPullECRContainerError: AccessDeniedException: {}", self.sentence)
            }
            _ => format!("CannotPullContainerError: {}", self.docker(image)),
        }
    }

    fn fargate(&self, image: &Reference<'_>) -> String {
        let (host, uri, tag) = (image.registry.host(), image.uri(), image.tag);
        match self.step {
            Step::Token => format!(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution \
                 resource retrieval failed: unable to retrieve ecr registry auth: service call \
                 has been retried 1 time(s): AccessDeniedException: {}",
                self.sentence
            ),
            Step::Import => format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed \
                 to resolve ref {uri}: {uri}: not found"
            ),
            Step::Manifest => format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed \
                 to resolve ref {uri}: pulling from host {host} failed with status code \
                 [manifests {tag}]: 403 Forbidden"
            ),
            Step::Layers => format!(
                "CannotPullContainerError: ref pull has been retried 1 time(s): {}",
                no_layer(image)
            ),
        }
    }

    /// The message of the event with reason `Failed`, upon which the container waits with
    /// `ErrImagePull`, then `ImagePullBackOff`.
    fn kubelet(&self, image: &Reference<'_>) -> String {
        let uri = image.uri();
        let why = match self.step {
            // without a token the kubelet has containerd try without
            Step::Token => format!(
                "failed to resolve reference \"{uri}\": pull access denied, repository does not \
                 exist or may require authorization: authorization failed: no basic auth \
                 credentials"
            ),
            Step::Import => format!("failed to resolve reference \"{uri}\": {uri}: not found"),
            Step::Manifest => format!(
                "failed to resolve reference \"{uri}\": unexpected status from HEAD request to \
                 {}: 403 Forbidden",
                image.manifest_url()
            ),
            Step::Layers => no_layer(image),
        };
        format!(
            "Failed to pull image \"{uri}\": rpc error: code = Unknown desc = failed to pull and \
             unpack image \"{uri}\": {why}"
        )
    }
}

fn not_found(image: &Reference<'_>) -> String {
    let Reference { registry, repository, .. } = image;
    format!(
        "repository {} not found: name unknown: The repository with name '{repository}' does not \
         exist in the registry with id '{}'",
        image.repository_uri(),
        registry.account
    )
}

/// What containerd says of a layer it may not have.
fn no_layer(image: &Reference<'_>) -> String {
    let Reference { registry, repository, layer, .. } = image;
    let host = registry.host();
    format!(
        "failed to copy: httpReadSeeker: failed open: unexpected status from GET request to \
         https://{host}/v2/{repository}/blobs/{layer}: 403 Forbidden"
    )
}
