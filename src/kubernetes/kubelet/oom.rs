//! Whom the kernel kills when the node has run out of memory.
//!
//! `GetContainerOOMScoreAdjust` in `pkg/kubelet/qos/policy.go`, Kubernetes v1.36, and
//! `oom_badness` in Linux 6.1, `mm/oom_kill.c`. That a container went over its own limit is
//! another matter: then it is itself who is killed.
//!
//! The kernel weighs processes. A container counts here as one process with all of its memory, as
//! most are nearly; by cgroup v2 all its processes die with it (`memory.oom.group`).

use crate::kubernetes::objects::{Container, PodTemplate, ServiceQuality};
use crate::units::Bytes;

/// Of containers that are promised all they may use.
const GUARANTEED: i64 = -997;

/// Of containers that are promised nothing.
const BEST_EFFORT: i64 = 1000;

/// Priority of pods without which there is no node (`system-node-critical`).
const NODE_CRITICAL: i32 = 2_000_001_000;

/// The `oom_score_adj` of a container of the template, on a node of `capacity` memory: from -997 to
/// 1000, the higher the sooner it is killed.
///
/// What was promised something lies between, at 1000 less a thousandth for each thousandth of
/// the node's memory that it asked for, from 3 to 999. (The handbook says from 2; the source is
/// right.) A sidecar is not killed before the containers that it serves.
pub fn oom_score_adj(template: &PodTemplate, container: &Container, capacity: Bytes) -> i64 {
    if template.priority >= NODE_CRITICAL {
        return GUARANTEED;
    }
    match template.quality {
        ServiceQuality::Guaranteed => GUARANTEED,
        ServiceQuality::BestEffort => BEST_EFFORT,
        ServiceQuality::Burstable => {
            let mut request = container.memory_request;
            if container.sidecar {
                let others = template.containers.iter().map(|other| other.memory_request);
                request = request.max(others.min().unwrap_or_default());
            }
            let share = u128::from(request.0) * 1000 / u128::from(capacity.0.max(1));
            let score = 1000 - i64::try_from(share).unwrap_or(i64::MAX);
            score.clamp(1000 + GUARANTEED, BEST_EFFORT - 1)
        }
    }
}

/// A container the kernel may kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Memory that killing it would free.
    pub memory: Bytes,
    /// Its `oom_score_adj`, -1000 to 1000; at -1000 it is spared.
    pub score_adj: i64,
}

/// The place of the container that is killed on a node of `total` memory and swap: the one whose
/// memory, and as many thousandths of all memory as its `oom_score_adj`, is the most; among
/// equals the last, who began last. None if all are spared.
pub fn victim(candidates: &[Candidate], total: Bytes) -> Option<usize> {
    let points = |candidate: &Candidate| {
        let thousandth = i128::from(total.0 / 1000);
        i128::from(candidate.memory.0) + i128::from(candidate.score_adj) * thousandth
    };
    let killable = candidates.iter().enumerate().filter(|(_, it)| it.score_adj > -1000);
    killable.max_by_key(|(_, it)| points(it)).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn asking(memory: u64) -> Container {
        Container { memory_request: Bytes(memory), ..Container::default() }
    }

    fn score(quality: ServiceQuality, memory: u64) -> i64 {
        let template = PodTemplate { quality, ..PodTemplate::default() };
        oom_score_adj(&template, &asking(memory), Bytes(16 * GIB))
    }

    #[test]
    fn scores_are_by_quality_and_by_what_was_asked_for() {
        assert_eq!(score(ServiceQuality::Guaranteed, GIB), -997);
        assert_eq!(score(ServiceQuality::BestEffort, 0), 1000);
        // 1/16 is 62 thousandths, rounded down
        assert_eq!(score(ServiceQuality::Burstable, GIB), 938);
        assert_eq!(score(ServiceQuality::Burstable, 8 * GIB), 500);
        assert_eq!(score(ServiceQuality::Burstable, 0), 999);
        assert_eq!(score(ServiceQuality::Burstable, 16 * GIB), 3);
    }

    #[test]
    fn what_the_node_cannot_do_without_is_killed_last() {
        let template = PodTemplate { priority: NODE_CRITICAL, ..PodTemplate::default() };
        assert_eq!(oom_score_adj(&template, &asking(0), Bytes(GIB)), -997);
    }

    #[test]
    fn a_sidecar_is_not_killed_before_those_it_serves() {
        let sidecar = Container { sidecar: true, ..asking(GIB) };
        let template = PodTemplate {
            init: vec![sidecar.clone()],
            containers: vec![asking(8 * GIB), asking(4 * GIB)],
            quality: ServiceQuality::Burstable,
            ..PodTemplate::default()
        };
        assert_eq!(oom_score_adj(&template, &sidecar, Bytes(16 * GIB)), 750);
    }

    #[test]
    fn memory_and_score_add_up() {
        let candidate = |memory, score_adj| Candidate { memory: Bytes(memory), score_adj };
        // of 1000: 300 + 999, 600 + 500, 100 + 1000, and one that is spared
        let all =
            [candidate(300, 999), candidate(600, 500), candidate(100, 1000), candidate(900, -1000)];
        assert_eq!(victim(&all, Bytes(1000)), Some(0));
        assert_eq!(victim(&all[1..], Bytes(1000)), Some(1));
        assert_eq!(victim(&all[3..], Bytes(1000)), None);
    }
}
