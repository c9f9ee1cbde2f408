//! A step of a rolling update, once every node has what it should.

use super::{Change, DaemonSetSpec, NodeView};
use crate::engine::SimTime;
use crate::kubernetes::controllers::pod::PodView;

/// The pods of a node that are not being deleted, if there is at most one of each template.
struct Pair<'a> {
    new: Option<&'a PodView>,
    old: Option<&'a PodView>,
}

impl<'a> Pair<'a> {
    fn of(spec: &DaemonSetSpec, node: &'a NodeView<'_>) -> Option<Self> {
        let mut pair = Self { new: None, old: None };
        for pod in node.counted().filter(|pod| !pod.terminating) {
            let place = match pod.template == spec.template {
                true => &mut pair.new,
                false => &mut pair.old,
            };
            if place.replace(pod).is_some() {
                return None;
            }
        }
        Some(pair)
    }
}

/// Deletes old pods, or creates new ones beside them.
pub(super) fn update(spec: &DaemonSetSpec, nodes: &[NodeView<'_>], now: SimTime) -> Change {
    let desired = nodes.iter().filter(|node| node.should_run()).count() as i32;
    let (max_unavailable, max_surge) = spec.limits(desired);
    let step = Step { spec, nodes, now };
    match max_surge {
        0 => Change { delete: step.replace(max_unavailable), ..Change::default() },
        _ => step.surge(max_surge, desired),
    }
}

struct Step<'a, 'n> {
    spec: &'a DaemonSetSpec,
    nodes: &'a [NodeView<'n>],
    now: SimTime,
}

impl Step<'_, '_> {
    fn is_available(&self, pod: &PodView) -> bool {
        pod.is_available(self.spec.min_ready, self.now)
    }

    /// The old pods that may go: all that are not available, and others as long as fewer nodes
    /// than allowed are without.
    fn replace(&self, max_unavailable: i32) -> Vec<u32> {
        let mut unavailable = 0;
        let (mut ailing, mut candidates) = (Vec::new(), Vec::new());
        for node in self.nodes.iter().filter(|node| self.concerns(node)) {
            match Pair::of(self.spec, node) {
                Some(Pair { new: None, old: Some(old) }) => {
                    if !self.is_available(old) {
                        ailing.push(old.id);
                        unavailable += 1;
                    } else if unavailable < max_unavailable {
                        candidates.push(old.id);
                    }
                }
                Some(Pair { new: Some(new), old: None }) if self.is_available(new) => {}
                _ => unavailable += 1,
            }
        }
        let more = usize::try_from(max_unavailable - unavailable).unwrap_or(0);
        ailing.extend(candidates.into_iter().take(more));
        ailing
    }

    /// Nodes that should run one, and those that have any.
    fn concerns(&self, node: &NodeView<'_>) -> bool {
        node.should_run() || node.counted().next().is_some()
    }

    /// New pods beside old ones: at once where the old one is not available, and otherwise as far
    /// as the surge goes. An old one goes when the new one is available. On nodes that should not
    /// run one any more they go as far as enough are available elsewhere.
    fn surge(&self, max_surge: i32, desired: i32) -> Change {
        let mut change = Change::default();
        let (mut surging, mut available) = (0, 0);
        let (mut leaving, mut candidates) = (Vec::new(), Vec::new());
        for node in self.nodes.iter().filter(|node| self.concerns(node)) {
            let Some(Pair { new, old }) = Pair::of(self.spec, node) else {
                surging += 1;
                continue;
            };
            available += i32::from(old.or(new).is_some_and(|pod| self.is_available(pod)));
            let Some(old) = old else { continue };
            match new {
                Some(new) if self.is_available(new) => change.delete.push(old.id),
                Some(_) => surging += 1,
                None if !self.is_available(old) && !node.should_run() => change.delete.push(old.id),
                None if !self.is_available(old) => change.create.push(node.id),
                None if !node.should_run() => leaving.push(old.id),
                None if surging < max_surge => candidates.push(node.id),
                None => {}
            }
        }
        let spare = usize::try_from(available - desired).unwrap_or(0);
        change.delete.extend(leaving.into_iter().take(spare));
        let more = usize::try_from(max_surge - surging).unwrap_or(0);
        change.create.extend(candidates.into_iter().take(more));
        change
    }
}
