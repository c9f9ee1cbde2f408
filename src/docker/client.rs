//! Clients: what who pulls images does when a pull fails.
//!
//! * dockerd 27 (`distribution/xfer`): a layer is tried five times, with waits of 5, 10, 15 and
//!   20 s between; what has come stays, and the next try asks for the rest. Not tried again is what
//!   trying does not mend: denied, unauthorized, unknown, too many requests. A manifest is tried
//!   once.
//! * The kubelet 1.36 on containerd 2: containerd keeps what has come and fails the pull; the
//!   kubelet tries again after 10 s, then after twice as long, up to 5 min, for as long as the pod
//!   is there (`ErrImagePull`, `ImagePullBackOff`). That is the only back-off of such pulls: a
//!   pod's worker backs off from images that an engine refuses without one, and hears of these.
//! * The ECS agent (`dockerapi`): five pulls, with waits of 1.1 s, then twice as long, up to 5 s;
//!   then the task stops with `CannotPullContainerError`. Simplification: the waits have no jitter
//!   (the agent's is 20 %).

use super::registry::RegistryError;
use crate::engine::SimDuration;
use crate::scenario::PullClient;

/// Tries of a layer (dockerd's `max-download-attempts`).
const LAYER_ATTEMPTS: u32 = 5;
/// The kubelet's first wait before it pulls an image again (`pkg/kubelet/kubelet.go`,
/// `backOffPeriod`).
pub const FIRST_PULL_RETRY: SimDuration = SimDuration::from_secs(10);
/// Its longest (`MaxImageBackOff`).
pub const LONGEST_PULL_RETRY: SimDuration = SimDuration::from_secs(300);
/// Pulls of an image by the ECS agent.
const AGENT_ATTEMPTS: u32 = 5;

/// How long a client waits before it asks again for a layer of which it got an error in this
/// attempt, counted from 1; `None` when the pull has failed by that.
pub(super) fn layer_retry(
    client: PullClient,
    attempt: u32,
    error: RegistryError,
) -> Option<SimDuration> {
    match client {
        PullClient::Docker | PullClient::EcsAgent => {
            let again = attempt < LAYER_ATTEMPTS && passes(error);
            again.then(|| SimDuration::from_secs(5 * u64::from(attempt)))
        }
        PullClient::Kubelet => None,
    }
}

/// How long a client waits before it pulls an image anew after so many failed attempts; `None` when
/// it gives up.
pub(super) fn pull_retry(
    client: PullClient,
    attempts: u32,
    error: Option<RegistryError>,
) -> Option<SimDuration> {
    let doubled = |first: SimDuration, longest: SimDuration| {
        let factor = 1_u64 << (attempts.clamp(1, 32) - 1);
        SimDuration::from_nanos(first.as_nanos().saturating_mul(factor)).min(longest)
    };
    match client {
        PullClient::Docker => None,
        PullClient::EcsAgent => {
            let again = attempts < AGENT_ATTEMPTS && error.is_some_and(mends);
            again.then(|| doubled(SimDuration::from_millis(1100), SimDuration::from_secs(5)))
        }
        PullClient::Kubelet => Some(doubled(FIRST_PULL_RETRY, LONGEST_PULL_RETRY)),
    }
}

/// Whether dockerd asks again for a layer after this.
fn passes(error: RegistryError) -> bool {
    matches!(error, RegistryError::Unreachable | RegistryError::UpstreamFailed)
}

/// Whether this may be otherwise a little later.
fn mends(error: RegistryError) -> bool {
    passes(error) || error == RegistryError::Throttled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_waits_as_it_really_does() {
        use PullClient::{Docker, EcsAgent, Kubelet};
        use RegistryError::{Denied, Throttled, Unreachable};
        let seconds = |wait: Option<SimDuration>| wait.map(|wait| wait.as_nanos() / 1_000_000);
        let layers = |client, error| {
            (1..=5).map(|attempt| seconds(layer_retry(client, attempt, error))).collect::<Vec<_>>()
        };
        let waits = [Some(5000), Some(10_000), Some(15_000), Some(20_000), None];
        assert_eq!(layers(Docker, Unreachable), waits);
        assert_eq!(layers(Docker, Throttled), [None; 5]);
        assert_eq!(layers(Kubelet, Unreachable), [None; 5]);
        let pulls = |client, error| {
            let wait = |attempts| seconds(pull_retry(client, attempts, Some(error)));
            (1..=7).map(wait).collect::<Vec<_>>()
        };
        assert_eq!(pulls(Docker, Unreachable), [None; 7]);
        let waits = [Some(1100), Some(2200), Some(4400), Some(5000), None, None, None];
        assert_eq!(pulls(EcsAgent, Throttled), waits);
        assert_eq!(pulls(EcsAgent, Denied), [None; 7]);
        let waits = [10, 20, 40, 80, 160, 300, 300].map(|wait| Some(wait * 1000));
        assert_eq!(pulls(Kubelet, Denied), waits);
    }
}
