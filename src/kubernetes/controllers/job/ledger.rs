//! Which pods of a Job were counted, and as what: each once, for good.
//!
//! The source marks pods that are not counted yet by a finalizer. Source: Kubernetes v1.36,
//! `pkg/controller/job/job_controller.go` (`getNewFinishedPods`, `isPodFailed`,
//! `trackJobStatusAndRemoveFinalizers`, `deleteJobPods`).

use std::collections::BTreeSet;

use super::backoff::Backoff;
use super::indexes::Indexes;
use super::{JobPod, JobSpec, PodReplacement};
use crate::kubernetes::controllers::pod::Phase;

/// What became of a Job's pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ledger {
    succeeded: i32,
    pub failed: i32,
    pub indexes: Indexes,
    pub backoff: Backoff,
    /// Pods that are there and were counted, or are not to be.
    counted: BTreeSet<u32>,
}

impl Ledger {
    pub fn succeeded(&self, spec: &JobSpec) -> i32 {
        if spec.indexed { self.indexes.completed() } else { self.succeeded }
    }

    /// Counts the pods that ended since the last time.
    pub fn count(&mut self, spec: &JobSpec, pods: &[JobPod]) {
        let there: BTreeSet<u32> = pods.iter().map(|pod| pod.pod.id).collect();
        self.counted.retain(|id| there.contains(id));
        let (mut successes, mut failures) = (Vec::new(), Vec::new());
        for pod in pods {
            let known = self.counted.contains(&pod.pod.id);
            if known || spec.indexed && !Indexes::is_valid(pod, spec) {
                continue;
            }
            let at = pod.ended.unwrap_or(pod.pod.created);
            if pod.pod.phase == Phase::Succeeded {
                self.counted.insert(pod.pod.id);
                self.succeeded += 1;
                successes.push(at);
                self.indexes.complete(pod);
            } else if is_failed(spec, pod) {
                self.fail(pod);
                failures.push(at);
                self.indexes.fail(pod, at, spec);
            }
        }
        self.backoff.count(&successes, &failures);
    }

    /// Counts a pod as failed.
    pub fn fail(&mut self, pod: &JobPod) {
        if self.counted.insert(pod.pod.id) {
            self.failed += 1;
        }
    }

    /// Pods that the Job deletes for its own reasons count as nothing.
    pub fn dismiss(&mut self, pods: &[u32]) {
        self.counted.extend(pods);
    }
}

fn is_failed(spec: &JobSpec, pod: &JobPod) -> bool {
    let deleted = pod.pod.terminating && spec.replacement == PodReplacement::TerminatingOrFailed;
    pod.pod.phase == Phase::Failed || deleted
}
