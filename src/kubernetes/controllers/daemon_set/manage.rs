//! What each node should have, whatever its template: a pod that has not ended, and only one.

use std::collections::BTreeMap;

use super::{Change, DaemonSetSpec, NodeView};
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::controllers::pod::{Phase, PodView};

/// Pods that fail again and again, by node: each is deleted, and so replaced, 1 s after the last,
/// then 2 s, up to 15 min (client-go's `flowcontrol.Backoff`). Start anew with every change of the
/// DaemonSet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedPods(BTreeMap<u32, Backoff>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Backoff {
    wait: SimDuration,
    since: SimTime,
}

impl FailedPods {
    const FIRST: SimDuration = SimDuration::from_secs(1);
    const LONGEST: SimDuration = SimDuration::from_secs(15 * 60);

    /// Whether a pod that failed on a node is deleted now; if not, when.
    fn delete(&mut self, node: u32, now: SimTime) -> Result<(), SimTime> {
        let expired = |last: &Backoff| now.since(last.since) > Self::LONGEST * 2;
        let last = self.0.get(&node).copied().filter(|last| !expired(last));
        if let Some(last) = last.filter(|last| now.since(last.since) < last.wait) {
            // the whole wait from now on, as in the source, and not what is left of it
            return Err(now + last.wait);
        }
        let wait = last.map_or(Self::FIRST, |last| (last.wait * 2).min(Self::LONGEST));
        self.0.insert(node, Backoff { wait, since: now });
        Ok(())
    }
}

/// Creates and deletes what the nodes ask for.
pub(super) fn manage(
    spec: &DaemonSetSpec,
    nodes: &[NodeView<'_>],
    failed: &mut FailedPods,
    now: SimTime,
) -> Change {
    let mut change = Change::default();
    for node in nodes {
        let present = node.counted().next().is_some();
        if node.should_run() && !present {
            change.create.push(node.id);
        } else if node.should_continue() {
            tend(spec, node, failed, now, &mut change);
        } else {
            let leaving = node.counted().filter(|pod| !pod.terminating);
            change.delete.extend(leaving.map(|pod| pod.id));
        }
    }
    change
}

/// A node whose pods may stay: those that ended go, and those that are too many.
fn tend(
    spec: &DaemonSetSpec,
    node: &NodeView<'_>,
    failed: &mut FailedPods,
    now: SimTime,
    change: &mut Change,
) {
    let mut running: Vec<&PodView> = Vec::new();
    for pod in node.counted().filter(|pod| !pod.terminating) {
        match pod.phase {
            Phase::Failed => match failed.delete(node.id, now) {
                Ok(()) => change.delete.push(pod.id),
                Err(later) => {
                    change.retry = Some(change.retry.map_or(later, |retry| retry.min(later)));
                }
            },
            Phase::Succeeded => change.delete.push(pod.id),
            _ => running.push(pod),
        }
    }
    running.sort_by_key(|pod| (pod.node.is_none(), pod.created, pod.id));
    if !spec.surges() {
        change.delete.extend(running.iter().skip(1).map(|pod| pod.id));
    } else if running.is_empty() && node.should_run() {
        change.create.push(node.id);
    } else if running.len() > 1 {
        change.delete.extend(beyond_a_pair(spec, &running, now));
    }
}

/// Of several pods where one may surge: the oldest new one stays, and beside it the oldest old one
/// while that is ready and the new one not yet available.
fn beyond_a_pair(spec: &DaemonSetSpec, running: &[&PodView], now: SimTime) -> Vec<u32> {
    let (new, old): (Vec<&PodView>, Vec<&PodView>) =
        running.iter().copied().partition(|pod| pod.template == spec.template);
    let firsts = [new.first(), old.first()].map(|pod| pod.map(|pod| pod.id));
    let first = |pod: &&&PodView| firsts.contains(&Some(pod.id));
    let mut delete: Vec<u32> = running.iter().filter(|pod| !first(pod)).map(|pod| pod.id).collect();
    if let (Some(new), Some(old)) = (new.first(), old.first())
        && (!old.is_ready() || new.is_available(spec.min_ready, now))
    {
        delete.push(old.id);
    }
    delete
}
