//! What happens while pods are being tried.
//!
//! Follows `inFlightEvents` (Kubernetes v1.36, pkg/scheduler/backend/queue/active_queue.go): a pod
//! that comes back rejected might have been helped meanwhile by an event that its trial did not
//! see.

use std::collections::{BTreeSet, VecDeque};

use super::event::Event;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::shape::ShapeId;

/// Something that happened while a pod was being tried.
#[derive(Clone, Debug)]
pub(super) enum Happened {
    /// In the cluster.
    Event(Event),
    /// Pods were tried again that had been rejected long ago, and so are all.
    Flushed,
    /// To one pod: it changed.
    Updated { pod: PodId, old: ShapeId, new: ShapeId },
    /// To one pod: it is to be tried again in any case.
    Activated(PodId),
}

#[derive(Clone, Debug, Default)]
pub(super) struct InFlight {
    /// Pods being tried, and how many events there had been when that began.
    pods: BTreeSet<(u64, PodId)>,
    events: VecDeque<Happened>,
    /// How many events are not kept any more.
    forgotten: u64,
}

impl InFlight {
    /// A trial begins; returns the mark by which to find what happens from now on.
    pub fn begin(&mut self, pod: PodId) -> u64 {
        let mark = self.forgotten + self.events.len() as u64;
        self.pods.insert((mark, pod));
        mark
    }

    pub fn is_empty(&self) -> bool {
        self.pods.is_empty()
    }

    /// Keeps an event, as long as anyone may ask for it.
    pub fn record(&mut self, happened: impl FnOnce() -> Happened) {
        if !self.pods.is_empty() {
            self.events.push_back(happened());
        }
    }

    /// What happened since.
    pub fn since(&self, mark: u64) -> impl Iterator<Item = &Happened> {
        let from = usize::try_from(mark - self.forgotten).expect("it is in memory");
        self.events.range(from..)
    }

    /// A trial ends.
    pub fn end(&mut self, pod: PodId, mark: u64) {
        self.pods.remove(&(mark, pod));
        let next = self.forgotten + self.events.len() as u64;
        let oldest = self.pods.first().map_or(next, |&(oldest, _)| oldest);
        let gone = usize::try_from(oldest - self.forgotten).expect("it is in memory");
        self.events.drain(..gone);
        self.forgotten = oldest;
    }
}
