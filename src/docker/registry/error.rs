//! Why a registry does not answer as asked, in the words that its clients show.

use thiserror::Error;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum RegistryError {
    /// No answer at all.
    #[error("dial tcp: i/o timeout")]
    Unreachable,
    /// HTTP 429: too many calls, or too many pulls.
    #[error("toomanyrequests: Rate exceeded")]
    Throttled,
    /// HTTP 403: a policy forbids it.
    #[error("denied: requested access to the resource is denied")]
    Denied,
    /// HTTP 401: no valid token.
    #[error("no basic auth credentials")]
    Unauthorized,
    /// HTTP 404: there is no such image.
    #[error("manifest unknown")]
    NotFound,
    /// The registry could not get it from its upstream.
    #[error("the upstream registry failed")]
    UpstreamFailed,
}
