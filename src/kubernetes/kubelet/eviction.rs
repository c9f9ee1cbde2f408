//! Node-pressure eviction: what the kubelet does when its node runs short of memory or disk.
//!
//! `pkg/kubelet/eviction`, Kubernetes v1.36. Every [`INTERVAL`] it compares what is available
//! with its thresholds; if one is crossed for as long as its grace says, it takes back what the
//! node itself can spare (for a disk: images and ended containers), and if that does not help, it
//! evicts one pod. When it has evicted one, it looks again as soon as that is gone, [`CLEANUP`]
//! later at the latest.
//!
//! One look is [`observe`](EvictionManager::observe); for a disk, then garbage collection and
//! [`is_relieved`](EvictionManager::is_relieved); then [`choose`]. While a node
//! [is quiet](EvictionManager::is_quiet) there is no need to look.
//!
//! Not modelled: inodes and process numbers; local storage limits of containers and volumes; the
//! kernel's notification of memory thresholds, which is off by default.

mod rank;
#[cfg(test)]
mod tests;
mod threshold;

pub use rank::{PodUsage, choose, is_critical, rank};
pub use threshold::{Amount, Observation, Resource, Signal, Threshold, hard_thresholds};

use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::objects::ServiceQuality;

/// Between looks (`evictionMonitoringPeriod`).
pub const INTERVAL: SimDuration = SimDuration::from_secs(10);

/// An evicted pod is waited for so long (`podCleanupTimeout`), and looked for every second.
pub const CLEANUP: SimDuration = SimDuration::from_secs(30);

/// Grace of pods evicted by a hard threshold (`immediateEvictionGracePeriodSeconds`).
pub const IMMEDIATE: SimDuration = SimDuration::from_secs(1);

/// How a node's eviction is configured.
#[derive(Clone, Debug, PartialEq)]
pub struct EvictionSettings {
    /// What is compared with what is available.
    pub thresholds: Vec<Threshold>,
    /// A condition stays so long after it was last seen (`evictionPressureTransitionPeriod`).
    pub transition: SimDuration,
    /// Longest grace of pods evicted by a soft threshold (`evictionMaxPodGracePeriod`).
    pub longest_grace: SimDuration,
}

impl Default for EvictionSettings {
    fn default() -> Self {
        Self {
            thresholds: hard_thresholds(),
            transition: SimDuration::from_secs(300),
            longest_grace: SimDuration::ZERO,
        }
    }
}

impl EvictionSettings {
    /// The same of a kubelet on Windows, with this hard threshold of memory: nothing holds all pods
    /// together below what is allocatable there, and nothing is known of a disk of images
    /// (kubernetes/kubernetes#141844: the threshold is there and never crossed).
    pub fn on_windows(&self, memory: Amount) -> Self {
        let known = |it: &&Threshold| {
            !matches!(it.signal, Signal::AllocatableMemoryAvailable | Signal::ImageFsAvailable)
        };
        let of = |it: &Threshold| match (it.signal, it.grace) {
            (Signal::MemoryAvailable, None) => Threshold { value: memory, ..*it },
            _ => *it,
        };
        let thresholds = self.thresholds.iter().filter(known).map(of).collect();
        Self { thresholds, ..self.clone() }
    }
}

/// The pressure conditions of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Condition `MemoryPressure`.
    pub memory: bool,
    /// Condition `DiskPressure`.
    pub disk: bool,
}

impl Pressure {
    /// Whether a node in this condition takes a pod of that quality on (`Admit`). Critical pods
    /// always; under pressure of memory alone those that were promised something, and those that
    /// tolerate its taint, as pods of a DaemonSet do; others not.
    pub fn admits(self, quality: ServiceQuality, critical: bool, tolerates_memory: bool) -> bool {
        let promised = quality != ServiceQuality::BestEffort;
        critical || !self.disk && (!self.memory || promised || tolerates_memory)
    }
}

/// What one node's kubelet remembers between looks.
#[derive(Clone, Debug, Default)]
pub struct EvictionManager {
    /// For each threshold since when it has been crossed.
    crossed: Vec<Option<SimTime>>,
    /// For each threshold whether its grace had passed at the last look.
    met: Vec<bool>,
    /// When pressure of memory, and of disk, was last seen.
    seen: [Option<SimTime>; 2],
    pressure: Pressure,
}

impl EvictionManager {
    /// One look (`synchronize`): the threshold that something is to be done about, if any.
    pub fn observe(
        &mut self,
        settings: &EvictionSettings,
        observations: &[Observation],
        now: SimTime,
    ) -> Option<Threshold> {
        let thresholds = &settings.thresholds;
        self.crossed.resize(thresholds.len(), None);
        self.met.resize(thresholds.len(), false);
        for (index, threshold) in thresholds.iter().enumerate() {
            // once met, it is so until what is to be reclaimed at least has been
            let is = threshold.is_crossed(observations, self.met[index]);
            self.crossed[index] = is.then(|| self.crossed[index].unwrap_or(now));
            self.met[index] = self.crossed[index]
                .is_some_and(|since| threshold.grace.is_none_or(|grace| now.since(since) >= grace));
        }
        self.look_at_conditions(settings, now);
        let met = thresholds.iter().zip(&self.met).filter(|(_, met)| **met);
        met.map(|(threshold, _)| *threshold).min_by_key(|threshold| !threshold.signal.is_memory())
    }

    /// Whether no threshold is crossed any more after the node took back what it could spare, by as
    /// much as is to be reclaimed at least (`reclaimNodeLevelResources`): then no pod goes.
    pub fn is_relieved(&self, settings: &EvictionSettings, observations: &[Observation]) -> bool {
        !settings.thresholds.iter().any(|threshold| threshold.is_crossed(observations, true))
    }

    /// The conditions of the node, as of the last look.
    pub fn pressure(&self) -> Pressure {
        self.pressure
    }

    /// Whether further looks change nothing as long as the node is as in `observations`.
    pub fn is_quiet(&self, settings: &EvictionSettings, observations: &[Observation]) -> bool {
        let idle = self.crossed.iter().all(Option::is_none);
        let crossed = |threshold: &Threshold| threshold.is_crossed(observations, false);
        idle && self.pressure == Pressure::default() && !settings.thresholds.iter().any(crossed)
    }

    fn look_at_conditions(&mut self, settings: &EvictionSettings, now: SimTime) {
        let crossed = settings.thresholds.iter().zip(&self.crossed);
        for (threshold, _) in crossed.filter(|(_, since)| since.is_some()) {
            self.seen[usize::from(!threshold.signal.is_memory())] = Some(now);
        }
        let [memory, disk] =
            self.seen.map(|seen| seen.is_some_and(|at| now.since(at) < settings.transition));
        self.pressure = Pressure { memory, disk };
    }
}

/// The grace of a pod that is evicted because of `threshold`; `of_pod` is the pod's own.
pub fn grace(
    settings: &EvictionSettings,
    threshold: &Threshold,
    of_pod: SimDuration,
) -> SimDuration {
    match threshold.grace {
        None => IMMEDIATE,
        Some(_) => settings.longest_grace.min(of_pod),
    }
}
