//! The garbage collector of pods: those that ended beyond a number, those whose node is gone, and
//! those that are being deleted but never had a node.
//!
//! Source: Kubernetes v1.36, `pkg/controller/podgc/gc_controller.go`. It deletes without grace. Not
//! modelled: nodes with the taint `out-of-service`, which somebody sets by hand.

use std::collections::{BTreeMap, BTreeSet};

use super::pod::PodView;
use crate::engine::{SimDuration, SimTime};

/// How the collector is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodGcConfig {
    /// How many pods that ended are kept (`--terminated-pod-gc-threshold`); none are collected
    /// with zero.
    pub threshold: usize,
    /// How often it looks.
    pub period: SimDuration,
    /// For how long a node must have been missing.
    pub quarantine: SimDuration,
}

impl Default for PodGcConfig {
    fn default() -> Self {
        Self {
            threshold: 12_500,
            period: SimDuration::from_secs(20),
            quarantine: SimDuration::from_secs(40),
        }
    }
}

/// The collector, and the nodes it misses.
#[derive(Clone, Debug, Default)]
pub struct PodGc {
    config: PodGcConfig,
    /// Nodes that pods name and that are not there, and when each was first missed.
    missing: BTreeMap<u32, SimTime>,
}

impl PodGc {
    /// A collector that has not looked yet.
    pub fn new(config: PodGcConfig) -> Self {
        Self { config, missing: BTreeMap::new() }
    }

    /// How it is configured.
    pub fn config(&self) -> PodGcConfig {
        self.config
    }

    /// One look, to be taken every [`PodGcConfig::period`]: the pods to delete, by `id`, each once.
    /// `is_node` tells which nodes are there, `was_evicted` which pods a kubelet put out.
    pub fn look(
        &mut self,
        pods: &[PodView],
        is_node: impl Fn(u32) -> bool,
        was_evicted: impl Fn(u32) -> bool,
        now: SimTime,
    ) -> Vec<u32> {
        let mut gone = self.terminated(pods, was_evicted);
        gone.extend(self.orphans(pods, is_node, now));
        gone.extend(pods.iter().filter(|pod| pod.terminating && pod.node.is_none()).map(id));
        let mut seen = BTreeSet::new();
        gone.retain(|&id| seen.insert(id));
        gone
    }

    /// Those that ended beyond the threshold: the evicted ones first, then the oldest.
    fn terminated(&self, pods: &[PodView], was_evicted: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut ended: Vec<&PodView> = pods.iter().filter(|pod| pod.is_terminal()).collect();
        let beyond = ended.len().saturating_sub(self.config.threshold);
        if self.config.threshold == 0 || beyond == 0 {
            return Vec::new();
        }
        ended.sort_by_key(|pod| (!was_evicted(pod.id), pod.created, pod.id));
        ended[..beyond].iter().map(|pod| pod.id).collect()
    }

    /// Those on nodes that were missing at the beginning of the time of quarantine and are at its
    /// end; what was between is not looked at.
    fn orphans(
        &mut self,
        pods: &[PodView],
        is_node: impl Fn(u32) -> bool,
        now: SimTime,
    ) -> Vec<u32> {
        let over = |since: SimTime| since.saturating_add(self.config.quarantine) <= now;
        let mut gone = BTreeSet::new();
        self.missing.retain(|&node, &mut since| {
            if over(since) && !is_node(node) {
                gone.insert(node);
            }
            !over(since)
        });
        for node in pods.iter().filter_map(|pod| pod.node).filter(|&node| !is_node(node)) {
            self.missing.entry(node).or_insert(now);
        }
        let orphan = |pod: &&PodView| pod.node.is_some_and(|node| gone.contains(&node));
        pods.iter().filter(orphan).map(id).collect()
    }
}

fn id(pod: &PodView) -> u32 {
    pod.id
}

#[cfg(test)]
mod tests {
    use super::super::pod::Phase;
    use super::super::pod::fixture::{at, pending, ready};
    use super::*;

    const NONE: fn(u32) -> bool = |_| false;
    const ALL: fn(u32) -> bool = |_| true;

    #[test]
    fn the_oldest_of_those_that_ended_go_beyond_the_threshold() {
        let config = PodGcConfig { threshold: 2, ..PodGcConfig::default() };
        let ended =
            |id, created| PodView { phase: Phase::Succeeded, created: at(created), ..ready(id) };
        let pods = [ended(1, 30), ended(2, 10), ready(3), ended(4, 20), ended(5, 5)];
        let mut gc = PodGc::new(config);
        assert_eq!(gc.look(&pods, ALL, NONE, at(100)), [5, 2]);
        assert_eq!(gc.look(&pods, ALL, |id| id == 1, at(100)), [1, 5], "evicted ones first");
        assert!(gc.look(&pods[1..4], ALL, NONE, at(100)).is_empty());
        let mut never = PodGc::new(PodGcConfig { threshold: 0, ..config });
        assert!(never.look(&pods, ALL, NONE, at(100)).is_empty());
    }

    #[test]
    fn pods_of_a_missing_node_go_after_forty_seconds() {
        let pods = [ready(1), ready(2)];
        let mut gc = PodGc::default();
        let mut look = |seconds| gc.look(&pods, |node| node != 1, NONE, at(seconds));
        assert!(look(0).is_empty());
        assert!(look(20).is_empty());
        assert_eq!(look(40), [1]);
        assert!(look(60).is_empty(), "what comes meanwhile waits as long");
        assert_eq!(look(80), [1]);
    }

    #[test]
    fn a_node_that_is_there_when_the_time_is_over_keeps_its_pods() {
        let pods = [ready(1)];
        let mut gc = PodGc::default();
        gc.look(&pods, NONE, NONE, at(0));
        assert!(gc.look(&pods, ALL, NONE, at(40)).is_empty());
        gc.look(&pods, NONE, NONE, at(60));
        assert!(gc.look(&pods, ALL, NONE, at(80)).is_empty());
        assert_eq!(gc.look(&pods, NONE, NONE, at(100)), [1], "that it was back is not seen");
    }

    #[test]
    fn what_is_deleted_before_it_had_a_node_goes_at_once() {
        let pods = [PodView { terminating: true, ..pending(1) }, pending(2)];
        assert_eq!(PodGc::default().look(&pods, ALL, NONE, at(0)), [1]);
    }
}
