//! How long a claim may take, and how long its node may take to go.
//!
//! Follows pkg/controllers/nodeclaim/lifecycle/liveness.go of Karpenter 1.x, and
//! pkg/controllers/node/termination with its terminator.

use crate::engine::{SimDuration, SimTime};

/// A claim without an instance after so long is deleted; its pods are planned for again.
pub const LAUNCH_TIMEOUT: SimDuration = SimDuration::from_secs(5 * 60);
/// So is one whose instance did not become a node.
pub const REGISTRATION_TIMEOUT: SimDuration = SimDuration::from_secs(15 * 60);

/// How far a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// It has no instance yet.
    Created,
    /// Its instance is starting.
    Launched,
    /// Its node is there.
    Registered,
}

/// When a claim is given up, as things stand; never once its node is there.
#[must_use]
pub fn given_up_at(created: SimTime, progress: Progress) -> Option<SimTime> {
    let span = match progress {
        Progress::Created => LAUNCH_TIMEOUT,
        Progress::Launched => REGISTRATION_TIMEOUT,
        Progress::Registered => return None,
    };
    Some(created.saturating_add(span))
}

/// When a node is gone whatever runs on it, if it has a `terminationGracePeriod`.
#[must_use]
pub fn gone_by(deleted: SimTime, grace: Option<SimDuration>) -> Option<SimTime> {
    grace.map(|grace| deleted.saturating_add(grace))
}

/// When a pod that is protected is deleted all the same, so that it has its own grace period before
/// its node is gone; at once where that is not long enough.
#[must_use]
pub fn pod_deleted_at(deleted: SimTime, gone_by: SimTime, grace_of_pod: SimDuration) -> SimTime {
    let left = gone_by.since(deleted.min(gone_by));
    deleted.saturating_add(left.saturating_sub(grace_of_pod))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_claim_is_given_up_after_five_minutes_or_fifteen() {
        assert_eq!(given_up_at(at(100), Progress::Created), Some(at(400)));
        assert_eq!(given_up_at(at(100), Progress::Launched), Some(at(1_000)));
        assert_eq!(given_up_at(at(100), Progress::Registered), None);
    }

    /// Deleted at 100 s, gone by 700 s: a pod with 30 s of grace is deleted at 670 s, one with an
    /// hour at once.
    #[test]
    fn pods_get_their_grace_before_their_node_is_gone() {
        assert_eq!(gone_by(at(100), None), None);
        let gone = gone_by(at(100), Some(SimDuration::from_secs(600))).expect("it is limited");
        assert_eq!(gone, at(700));
        let pod = |seconds| pod_deleted_at(at(100), gone, SimDuration::from_secs(seconds));
        assert_eq!((pod(30), pod(3_600)), (at(670), at(100)));
    }
}
