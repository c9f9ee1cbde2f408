//! What the queue knows of one pod.

use std::cmp::Reverse;

use crate::engine::SimTime;
use crate::kubernetes::scheduler::cycle::Attempt;
use crate::kubernetes::scheduler::plugins::{FILTERS, Plugin};
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::shape::ShapeId;

/// Where a pod of the queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Among those to be tried next.
    Active,
    /// Among those that wait before they are tried again.
    Backoff,
    /// Among those that no event has helped since they were rejected.
    Unschedulable,
    /// Held by its scheduling gates.
    Gated,
    /// Being tried.
    InFlight,
}

/// The order of trials (PrioritySort): the higher priority, then the earlier (re-)entry into the
/// queue. Of pods that entered in one instant the one that was told of first comes first.
pub(super) type Order = (Reverse<i32>, SimTime, u64, PodId);

/// Plugins that rejected a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rejectors(u32);

impl Rejectors {
    /// Nobody: the trial failed for another reason.
    pub const NOBODY: Self = Self(0);

    /// The plugins that rejected a pod on some node, or at all, in an attempt that found none
    /// (`Diagnosis.UnschedulablePlugins`).
    #[must_use]
    pub fn of(attempt: &Attempt) -> Self {
        let refusals = attempt.infeasible.iter().map(|(_, refusal)| refusal);
        // nodes are ruled out before any plugin is asked only by NodeAffinity
        let by = refusals.chain(&attempt.refused).map(|one| one.plugin);
        by.map(|plugin| plugin.unwrap_or(Plugin::NodeAffinity)).collect()
    }

    /// Whether nobody rejected it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a plugin did.
    #[must_use]
    pub fn contains(self, plugin: Plugin) -> bool {
        self.0 & (1 << plugin as u32) != 0
    }

    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = Plugin> {
        FILTERS.into_iter().filter(move |&plugin| self.contains(plugin))
    }
}

impl FromIterator<Plugin> for Rejectors {
    fn from_iter<T: IntoIterator<Item = Plugin>>(plugins: T) -> Self {
        Self(plugins.into_iter().fold(0, |all, plugin| all | 1 << plugin as u32))
    }
}

/// A pod in the queue (`framework.QueuedPodInfo`).
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub shape: ShapeId,
    pub priority: i32,
    /// When it entered the queue, or came back after a trial.
    pub since: SimTime,
    /// The place of that among all entries.
    pub sequence: u64,
    /// How often plugins rejected it.
    pub rejections: u32,
    /// How often in a row it failed for another reason.
    pub errors: u32,
    /// Who rejected it last.
    pub rejectors: Rejectors,
    pub place: Place,
    /// While it is tried: how many events there had been before.
    pub mark: u64,
}

impl Entry {
    pub fn order(&self, pod: PodId) -> Order {
        (Reverse(self.priority), self.since, self.sequence, pod)
    }
}
