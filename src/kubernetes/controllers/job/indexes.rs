//! The completions of an Indexed Job: which are done, which failed, and which comes next.
//!
//! Source: Kubernetes v1.36, `pkg/controller/job/indexed_job_utils.go`
//! (`firstPendingIndexes`, `appendDuplicatedIndexPodsForRemoval`, `calculateFailedIndexes`).

use std::collections::{BTreeMap, BTreeSet};

use super::backoff::Backoff;
use super::{JobPod, JobSpec, PodReplacement};
use crate::engine::SimTime;
use crate::kubernetes::controllers::pod::PodView;
use crate::kubernetes::controllers::replica_set::sort_for_removal;

/// What became of each index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Indexes {
    completed: BTreeSet<i32>,
    failed: BTreeSet<i32>,
    /// How often pods of an index failed, and when the last did.
    failures: BTreeMap<i32, (u32, SimTime)>,
}

impl Indexes {
    pub fn completed(&self) -> i32 {
        self.completed.len() as i32
    }

    pub fn failed(&self) -> i32 {
        self.failed.len() as i32
    }

    /// Whether a pod has an index that the Job has.
    pub fn is_valid(pod: &JobPod, spec: &JobSpec) -> bool {
        let all = spec.completions.unwrap_or(0);
        pod.index.is_some_and(|index| (0..all).contains(&index))
    }

    pub fn complete(&mut self, pod: &JobPod) {
        self.completed.extend(pod.index);
    }

    /// A pod failed: with a limit for each index, one too many makes the index fail for good.
    pub fn fail(&mut self, pod: &JobPod, at: SimTime, spec: &JobSpec) {
        let (Some(index), Some(limit)) = (pod.index, spec.backoff_limit_per_index) else {
            return;
        };
        let (failures, last) = self.failures.entry(index).or_insert((0, at));
        *failures += 1;
        *last = at.max(*last);
        if i64::from(*failures) > i64::from(limit) && !self.completed.contains(&index) {
            self.failed.insert(index);
        }
    }

    /// When a pod of this index may come.
    pub fn over(&self, index: i32) -> SimTime {
        self.failures
            .get(&index)
            .map_or(SimTime::ZERO, |&(failures, last)| Backoff::after(failures, last).over())
    }

    /// The lowest indexes that are neither done nor failed and have no pod, up to `count`.
    pub fn free(&self, spec: &JobSpec, pods: &[JobPod], count: usize) -> Vec<i32> {
        let holds = |pod: &&JobPod| {
            let waits = spec.replacement == PodReplacement::Failed;
            pod.pod.is_active() || waits && pod.pod.terminating && !pod.pod.is_terminal()
        };
        let taken: BTreeSet<i32> = pods.iter().filter(holds).filter_map(|pod| pod.index).collect();
        let free = |index: &i32| {
            ![&self.completed, &self.failed, &taken].iter().any(|set| set.contains(index))
        };
        (0..spec.completions.unwrap_or(0)).filter(free).take(count).collect()
    }
}

/// The pods without a valid index and, of those that share one, all but the most advanced; and
/// the others.
pub(super) fn duplicates<'a>(
    active: &[&'a JobPod],
    completions: i32,
) -> (Vec<u32>, Vec<&'a JobPod>) {
    let mut go = Vec::new();
    let mut of_index: BTreeMap<i32, Vec<&'a JobPod>> = BTreeMap::new();
    for pod in active {
        match pod.index.filter(|index| (0..completions).contains(index)) {
            Some(index) => of_index.entry(index).or_default().push(pod),
            None => go.push(pod.pod.id),
        }
    }
    let mut stay = Vec::new();
    for pods in of_index.into_values() {
        let mut order: Vec<&PodView> = pods.iter().map(|pod| &pod.pod).collect();
        sort_for_removal(&mut order);
        let last = order.pop().map(|pod| pod.id);
        go.extend(order.iter().map(|pod| pod.id));
        stay.extend(pods.into_iter().filter(|pod| Some(pod.pod.id) == last));
    }
    (go, stay)
}
