//! Why a registry does not answer as asked, in the words that its clients show.
//!
//! The words are those of dockerd 28 (what `docker pull` and an ECS task that cannot pull show
//! after `Error response from daemon: `) and of containerd 2 (what the kubelet shows after `Failed
//! to pull image "…": `, with the reason ErrImagePull), as they stand in their sources
//! (moby `distribution/errors.go`, `registry/auth.go`; containerd `core/remotes/docker/`) and in
//! what people reported: `toomanyrequests: Rate exceeded` and the denial that names
//! ecr:BatchGetImage are Amazon ECR's, the sentence about the pull rate limit is Docker Hub's,
//! `no basic auth credentials` comes from a client that has none to give.

use thiserror::Error;

use crate::scenario::RegistryKind;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum RegistryError {
    /// No answer at all.
    #[error("the registry cannot be reached")]
    Unreachable,
    /// HTTP 429: too many calls, or too many pulls.
    #[error("the registry refuses: too many requests")]
    Throttled,
    /// HTTP 403: a policy forbids it.
    #[error("the registry denies the pull")]
    Denied,
    /// HTTP 401: no valid token.
    #[error("the registry wants a valid token")]
    Unauthorized,
    /// HTTP 404: there is no such image.
    #[error("the registry has no such image")]
    NotFound,
    /// The registry could not get it from its upstream.
    #[error("the registry did not get it from its upstream")]
    UpstreamFailed,
}

/// Whose words an error is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientKind {
    Dockerd,
    Containerd,
}

impl RegistryError {
    /// What a client says when the pull of `image` from `registry` fails for it.
    pub fn told(
        self,
        client: ClientKind,
        kind: RegistryKind,
        registry: &str,
        image: &str,
    ) -> String {
        match client {
            ClientKind::Dockerd => self.told_by_dockerd(kind, registry, image),
            ClientKind::Containerd => {
                let why = self.told_by_containerd(kind, registry, image);
                format!(
                    "failed to pull and unpack image \"{image}\": failed to resolve reference \
                     \"{image}\": {why}"
                )
            }
        }
    }

    fn told_by_dockerd(self, kind: RegistryKind, registry: &str, image: &str) -> String {
        match self {
            Self::Unreachable => format!(
                "Get \"https://{registry}/v2/\": net/http: request canceled while waiting for \
                 connection (Client.Timeout exceeded while awaiting headers)"
            ),
            Self::Throttled => server_says_too_many(kind).to_owned(),
            Self::Denied => format!(
                "pull access denied for {image}, repository does not exist or may require 'docker \
                 login': denied: {}",
                server_denies(kind)
            ),
            Self::Unauthorized => {
                format!("Get \"https://{registry}/v2/{image}\": no basic auth credentials")
            }
            Self::NotFound => {
                format!("manifest for {image} not found: manifest unknown: {}", unknown(kind))
            }
            Self::UpstreamFailed => format!("manifest unknown: {registry} got no answer upstream"),
        }
    }

    fn told_by_containerd(self, kind: RegistryKind, registry: &str, image: &str) -> String {
        match self {
            Self::Unreachable => {
                format!(
                    "failed to do request: Head \"https://{registry}/v2/\": dial tcp: i/o timeout"
                )
            }
            Self::Throttled => {
                format!("429 Too Many Requests - Server message: {}", server_says_too_many(kind))
            }
            Self::Denied => "403 Forbidden".to_owned(),
            Self::Unauthorized => "pull access denied, repository does not exist or may require \
                                   authorization: authorization failed: no basic auth credentials"
                .to_owned(),
            Self::NotFound => format!("{image}: not found"),
            Self::UpstreamFailed => "502 Bad Gateway".to_owned(),
        }
    }
}

fn server_says_too_many(kind: RegistryKind) -> &'static str {
    match kind {
        RegistryKind::Hub => {
            "toomanyrequests: You have reached your unauthenticated pull rate limit. \
             https://www.docker.com/increase-rate-limit"
        }
        RegistryKind::Ecr | RegistryKind::Plain => "toomanyrequests: Rate exceeded",
    }
}

fn server_denies(kind: RegistryKind) -> &'static str {
    match kind {
        RegistryKind::Ecr => {
            "not authorized to perform: ecr:BatchGetImage because no policy allows the \
             ecr:BatchGetImage action"
        }
        RegistryKind::Hub | RegistryKind::Plain => "requested access to the resource is denied",
    }
}

fn unknown(kind: RegistryKind) -> &'static str {
    match kind {
        RegistryKind::Ecr => "Requested image not found",
        RegistryKind::Hub | RegistryKind::Plain => "manifest unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_in_the_words_of_the_client_and_of_the_service() {
        let told = |error: RegistryError, client, kind| error.told(client, kind, "hub", "web:1");
        let dockerd = ClientKind::Dockerd;
        assert_eq!(
            told(RegistryError::Throttled, dockerd, RegistryKind::Ecr),
            "toomanyrequests: Rate exceeded"
        );
        assert_eq!(
            told(RegistryError::NotFound, dockerd, RegistryKind::Hub),
            "manifest for web:1 not found: manifest unknown: manifest unknown"
        );
        assert_eq!(
            told(RegistryError::NotFound, ClientKind::Containerd, RegistryKind::Ecr),
            "failed to pull and unpack image \"web:1\": failed to resolve reference \"web:1\": \
             web:1: not found"
        );
        let limited = told(RegistryError::Throttled, ClientKind::Containerd, RegistryKind::Hub);
        assert!(limited.contains("429 Too Many Requests - Server message: toomanyrequests: You"));
    }
}
