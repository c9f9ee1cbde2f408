//! A pod as the controllers see it.
//!
//! Source: Kubernetes v1.36, `pkg/api/v1/pod/util.go` and `pkg/controller/controller_utils.go`.
//! The API keeps its timestamps in whole seconds; here they are exact.

pub use crate::kubernetes::autoscale::hpa::Phase;

use crate::engine::{SimDuration, SimTime};

/// What controllers look at in a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodView {
    /// Its number, which its caller chooses; no two pods at a time have the same.
    pub id: u32,
    /// The node it is bound to.
    pub node: Option<u32>,
    /// Its phase.
    pub phase: Phase,
    /// Since when its condition `Ready` is true; none while it is not.
    pub ready_since: Option<SimTime>,
    /// When it was created.
    pub created: SimTime,
    /// Whether it has a deletion timestamp.
    pub terminating: bool,
    /// The most restarts of any of its containers.
    pub restarts: u32,
    /// The annotation `controller.kubernetes.io/pod-deletion-cost`; 0 without one.
    pub deletion_cost: i32,
    /// The revision of the template it was made from.
    pub template: u32,
}

impl PodView {
    /// Whether it counts as one of its controller's: neither ended nor being deleted.
    pub fn is_active(&self) -> bool {
        !self.is_terminal() && !self.terminating
    }

    /// Whether it has ended, one way or the other.
    pub fn is_terminal(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }

    /// Whether it takes requests.
    pub fn is_ready(&self) -> bool {
        self.ready_since.is_some()
    }

    /// Whether it has been ready for `min_ready`, which its controller asks for.
    pub fn is_available(&self, min_ready: SimDuration, now: SimTime) -> bool {
        self.ready_since.is_some_and(|since| since.saturating_add(min_ready) <= now)
    }
}

/// When the next of the ready pods becomes available: when their controller is to look again.
pub fn next_availability(
    pods: &[PodView],
    min_ready: SimDuration,
    now: SimTime,
) -> Option<SimTime> {
    let ready = pods.iter().filter(|pod| pod.is_active()).filter_map(|pod| pod.ready_since);
    ready.map(|since| since.saturating_add(min_ready)).filter(|&at| at > now).min()
}

#[cfg(test)]
pub(super) mod fixture {
    //! Pods for the tests of the controllers.

    use super::{Phase, PodView};
    use crate::engine::{SimDuration, SimTime};

    pub const fn secs(seconds: u64) -> SimDuration {
        SimDuration::from_secs(seconds)
    }

    pub fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + secs(seconds)
    }

    /// A pod that has run and been ready since second 0 on the node of its own number.
    pub fn ready(id: u32) -> PodView {
        PodView {
            id,
            node: Some(id),
            phase: Phase::Running,
            ready_since: Some(SimTime::ZERO),
            created: SimTime::ZERO,
            terminating: false,
            restarts: 0,
            deletion_cost: 0,
            template: 1,
        }
    }

    /// A pod that waits for a node.
    pub fn pending(id: u32) -> PodView {
        PodView { node: None, phase: Phase::Pending, ready_since: None, ..ready(id) }
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::{at, pending, ready, secs};
    use super::*;

    #[test]
    fn a_pod_is_available_once_it_was_ready_for_as_long_as_asked() {
        let pod = PodView { ready_since: Some(at(5)), ..ready(1) };
        assert!(pod.is_available(SimDuration::ZERO, at(5)));
        assert!(!pod.is_available(secs(10), at(14)));
        assert!(pod.is_available(secs(10), at(15)));
        assert!(!pending(1).is_available(SimDuration::ZERO, at(100)));
    }

    #[test]
    fn the_next_look_is_at_the_first_pod_to_become_available() {
        let pods = [5, 3, 9].map(|second| PodView { ready_since: Some(at(second)), ..ready(1) });
        assert_eq!(next_availability(&pods, secs(10), at(9)), Some(at(13)));
        assert_eq!(next_availability(&pods, secs(10), at(13)), Some(at(15)));
        assert_eq!(next_availability(&pods, secs(10), at(19)), None);
    }

    #[test]
    fn ended_and_terminating_pods_are_not_active() {
        assert!(ready(1).is_active() && pending(1).is_active());
        assert!(!PodView { terminating: true, ..ready(1) }.is_active());
        assert!(!PodView { phase: Phase::Failed, ..ready(1) }.is_active());
    }
}
