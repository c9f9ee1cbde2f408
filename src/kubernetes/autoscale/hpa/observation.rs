//! What the controller sees in one sync: the scale of its target, the pods, and the metrics.
//!
//! Metrics are given per metric of the spec rather than by name, so that the caller looks them up
//! once: a reading of a pod metric has an entry for every pod of the observation, in their order.

use super::spec::Milli;
use crate::engine::{SimDuration, SimTime};

/// Everything one sync looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Replicas wanted (`scale.spec.replicas`).
    pub spec_replicas: i32,
    /// Replicas there are (`scale.status.replicas`).
    pub status_replicas: i32,
    /// Whether the target says which pods are its own.
    pub selector: Selector,
    /// The pods that the target's selector matches, in any phase.
    pub pods: Vec<Pod>,
    /// One reading for each metric of the spec, in its order.
    pub readings: Vec<Reading>,
}

/// The selector of the target's scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selector {
    /// It selects pods that no other autoscaler controls.
    #[default]
    Valid,
    /// It is empty or cannot be read.
    Invalid,
    /// Another autoscaler controls some of the pods too.
    Ambiguous,
}

/// A pod as far as the autoscaler looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pod {
    /// `status.phase`.
    pub phase: Phase,
    /// `status.startTime`: when the kubelet took it.
    pub start: Option<SimTime>,
    /// The condition `Ready`, once there is one.
    pub ready: Option<Ready>,
    /// Whether it has a deletion timestamp.
    pub deleting: bool,
}

/// Phase of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not all its containers have started.
    Pending,
    /// At work.
    Running,
    /// All containers ended well.
    Succeeded,
    /// A container ended badly, and none runs.
    Failed,
    /// Its node does not answer.
    Unknown,
}

/// A pod's condition `Ready`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// What it says.
    pub status: ReadyStatus,
    /// Since when.
    pub since: SimTime,
}

/// What a condition `Ready` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyStatus {
    /// It takes requests.
    True,
    /// It does not.
    False,
    /// Its node does not answer.
    Unknown,
}

/// What an API of metrics answered about one metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The API failed.
    Failed,
    /// A resource or pods metric: an entry for each pod.
    Pods(Vec<PodReading>),
    /// An external metric: the value of each series. An object metric: one value.
    Values(Vec<Milli>),
}

/// One metric of one pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodReading {
    /// What was measured; none if the API knows nothing of the pod.
    pub sample: Option<Sample>,
    /// What the pod requests of the resource, see [`super::requests`]; none if a container lacks
    /// the request. Only looked at for a target in percent.
    pub request: Option<Milli>,
}

/// A measured value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What was measured.
    pub value: Milli,
    /// The end of the time over which it was measured.
    pub at: SimTime,
    /// The length of that time.
    pub window: SimDuration,
}
