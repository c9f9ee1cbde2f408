//! The taint eviction controller: when a pod goes from a node with taints `NoExecute`.
//!
//! Source: Kubernetes v1.36, `pkg/controller/tainteviction/taint_eviction.go` (`processPodOnNode`,
//! `getMinTolerationTime`). Budgets do not hold these evictions back. What is not modelled is the
//! time that the controller's queues take.

use crate::engine::{SimDuration, SimTime};

/// For how long the API server has pods tolerate a node that is not ready or unreachable, if they
/// do not say themselves (admission plug-in `DefaultTolerationSeconds`).
pub const DEFAULT_TOLERATION: Tolerated = Tolerated::For(SimDuration::from_secs(300));

/// What a pod says to one taint `NoExecute`: by the first of its tolerations that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerated {
    /// None matches.
    Not,
    /// One does, for so long (`tolerationSeconds`; what is negative in the API is zero here).
    For(SimDuration),
    /// One does, without end.
    Forever,
}

/// An eviction that is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// When it was arranged.
    pub arranged: SimTime,
    /// When the pod is deleted.
    pub at: SimTime,
}

/// For how long a pod stays with all these taints: the shortest of its tolerations. None for ever.
pub fn toleration(taints: &[Tolerated]) -> Option<SimDuration> {
    let bounded = taints.iter().filter_map(|tolerated| match *tolerated {
        Tolerated::Not => Some(SimDuration::ZERO),
        Tolerated::For(span) => Some(span),
        Tolerated::Forever => None,
    });
    bounded.min()
}

/// What becomes of a pod's eviction when the taints `NoExecute` of its node, or the pod's
/// tolerations, are not what they were. `taints` is what it says to each of those there are now.
///
/// An eviction that was arranged earlier stays as it is, however short the new tolerations are,
/// unless the pod does not tolerate a taint at all; this is what the source does.
pub fn arrange(before: Option<Eviction>, taints: &[Tolerated], now: SimTime) -> Option<Eviction> {
    if taints.contains(&Tolerated::Not) {
        return Some(Eviction { arranged: now, at: now });
    }
    if taints.is_empty() {
        return None;
    }
    let Some(span) = toleration(taints) else {
        return before;
    };
    match before {
        Some(before) if before.arranged < now => Some(before),
        _ => Some(Eviction { arranged: now, at: now.saturating_add(span) }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::pod::fixture::{at, secs};
    use super::*;

    fn eviction(arranged: u64, due: u64) -> Option<Eviction> {
        Some(Eviction { arranged: at(arranged), at: at(due) })
    }

    #[test]
    fn the_shortest_toleration_counts() {
        let two = [Tolerated::For(secs(300)), Tolerated::For(secs(20)), Tolerated::Forever];
        assert_eq!(toleration(&two), Some(secs(20)));
        assert_eq!(toleration(&[Tolerated::Forever]), None);
        assert_eq!(toleration(&[Tolerated::Not, Tolerated::Forever]), Some(SimDuration::ZERO));
    }

    #[test]
    fn a_pod_goes_when_its_toleration_is_over() {
        assert_eq!(arrange(None, &[DEFAULT_TOLERATION], at(55)), eviction(55, 355));
        assert_eq!(arrange(None, &[Tolerated::Not], at(55)), eviction(55, 55));
        assert_eq!(arrange(None, &[Tolerated::Forever], at(55)), None);
    }

    #[test]
    fn it_stays_when_the_taints_are_gone() {
        assert_eq!(arrange(eviction(55, 355), &[], at(354)), None);
    }

    #[test]
    fn not_ready_that_becomes_unreachable_does_not_start_over() {
        assert_eq!(arrange(eviction(55, 355), &[DEFAULT_TOLERATION], at(100)), eviction(55, 355));
        let shorter = [DEFAULT_TOLERATION, Tolerated::For(secs(10))];
        assert_eq!(arrange(eviction(55, 355), &shorter, at(100)), eviction(55, 355));
        assert_eq!(arrange(eviction(55, 355), &[Tolerated::Not], at(100)), eviction(100, 100));
    }
}
