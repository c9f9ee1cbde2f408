//! Why pods have no node, found out once for all that are alike.
//!
//! Said of the end, when all that could be placed has been.

use std::collections::BTreeMap;

use super::session::Session;
use crate::kubernetes::scheduler::message;

/// Pods without a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Number of their workload.
    pub workload: u32,
    /// The pods, in the order in which they appeared.
    pub pods: Vec<usize>,
    /// Why, in the words of `kubectl describe pod`.
    pub message: String,
}

/// Finds out about all pods that wait.
pub(super) fn pending(session: &mut Session) -> Vec<Pending> {
    let waiting: Vec<usize> = session.unplaced().collect();
    let mut known = BTreeMap::new();
    let mut groups: Vec<Pending> = Vec::new();
    let mut places: BTreeMap<(u32, String), usize> = BTreeMap::new();
    for place in waiting {
        if let Some(scheduler) = session.scheduler_of(place) {
            session.tell(place, scheduler, None);
        }
        let entry = &session.pods[place];
        let (workload, alike) = (entry.workload, (entry.scheduler.clone(), entry.shape));
        let message: &String = known.entry(alike).or_insert_with(|| why(session, place));
        let message = message.clone();
        let next = groups.len();
        let group = *places.entry((workload, message.clone())).or_insert(next);
        if group == next {
            groups.push(Pending { workload, pods: Vec::new(), message });
        }
        groups[group].pods.push(place);
    }
    groups
}

/// Why a pod waits.
pub(super) fn why(session: &mut Session, place: usize) -> String {
    let entry = session.pods[place].clone();
    let Some(named) = session.schedulers.named(&entry.scheduler) else {
        return format!("no profile of the configuration is called `{}`", entry.scheduler);
    };
    let Some(scheduler) = session.scheduler_of(place) else {
        let gates = session.cluster.shape(entry.shape).gates.join(" ");
        return format!("waiting for scheduling gates: [{gates}]");
    };
    debug_assert_eq!(named, scheduler);
    let pod = entry.pod.expect("who waits is there");
    let found = session.look(scheduler, pod);
    let preemption = session.evictable(scheduler, pod, &found);
    message::failed(session.cluster.node_count(), &found, preemption.as_ref())
}
