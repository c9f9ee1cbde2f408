//! Which nodes changed since one last looked.

use super::super::node::{Delta, NodeId};
use super::super::shape::ShapeId;

/// Pods of a shape came to a node, or left it, or are being deleted there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The node.
    pub node: NodeId,
    /// The shape.
    pub shape: ShapeId,
    /// How their numbers changed.
    pub delta: Delta,
}

/// Changes are kept for this long. Who lags further behind looks at all nodes anew, which costs
/// about as much.
const KEPT: usize = 1 << 16;

/// A point in the history of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    structure: u64,
    changes: u64,
}

/// What changed since a moment.
#[derive(Debug, PartialEq, Eq)]
pub enum Changes<'a> {
    /// These numbers of pods, in order.
    Pods(&'a [Change]),
    /// Nodes or other objects changed, or too much did: look at everything.
    Everything,
}

/// The history of a cluster, as far as it is kept.
#[derive(Clone, Debug, Default)]
pub struct ChangeLog {
    structure: u64,
    forgotten: u64,
    kept: Vec<Change>,
    /// Whether each of them is the latest on its node.
    latest: Vec<bool>,
    /// By node: the number of the latest, counted from the first there ever was.
    last: Vec<u64>,
}

impl ChangeLog {
    pub(super) fn push(&mut self, change: Change) {
        if self.kept.len() >= 2 * KEPT {
            self.kept.drain(..KEPT);
            self.latest.drain(..KEPT);
            self.forgotten += KEPT as u64;
        }
        let node = change.node.index();
        if self.last.len() <= node {
            self.last.resize(node + 1, u64::MAX);
        }
        let number = self.forgotten + self.kept.len() as u64;
        let before = std::mem::replace(&mut self.last[node], number);
        let before = before.checked_sub(self.forgotten).and_then(|it| usize::try_from(it).ok());
        if let Some(latest) = before.and_then(|before| self.latest.get_mut(before)) {
            *latest = false;
        }
        self.kept.push(change);
        self.latest.push(true);
    }

    /// Something changed that is not a number of pods.
    pub fn restructured(&mut self) {
        self.structure += 1;
        self.forgotten += self.kept.len() as u64;
        self.kept.clear();
        self.latest.clear();
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment { structure: self.structure, changes: self.forgotten + self.kept.len() as u64 }
    }

    /// Appends the nodes of the last so many changes to a list, each once. Which changes are the
    /// latest on their nodes follows no pattern, so this is done without asking.
    pub fn append_nodes_of_last(&self, changes: usize, list: &mut Vec<NodeId>) {
        let from = self.kept.len() - changes;
        let mut end = list.len();
        list.resize(end + changes, NodeId(0));
        for (change, &latest) in self.kept[from..].iter().zip(&self.latest[from..]) {
            // one that is not the latest is written over by the next
            list[end] = change.node;
            end += usize::from(latest);
        }
        list.truncate(end);
    }

    /// What changed since a moment.
    #[must_use]
    pub fn since(&self, moment: Moment) -> Changes<'_> {
        if moment.structure != self.structure || moment.changes < self.forgotten {
            return Changes::Everything;
        }
        let from = usize::try_from(moment.changes - self.forgotten).expect("it is in memory");
        Changes::Pods(&self.kept[from..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(node: u32) -> Change {
        Change { node: NodeId(node), shape: ShapeId(0), delta: Delta::ADDED }
    }

    #[test]
    fn one_sees_what_came_after_one_looked() {
        let mut log = ChangeLog::default();
        log.push(change(1));
        let seen = log.now();
        assert_eq!(log.since(seen), Changes::Pods(&[]));
        log.push(change(2));
        assert_eq!(log.since(seen), Changes::Pods(&[change(2)]));
        log.restructured();
        assert_eq!(log.since(seen), Changes::Everything);
        assert_eq!(log.since(log.now()), Changes::Pods(&[]));
    }

    #[test]
    fn each_node_that_changed_is_named_once() {
        let mut log = ChangeLog::default();
        for node in [1, 2, 1, 3, 2] {
            log.push(change(node));
        }
        let nodes = |log: &ChangeLog, last| {
            let mut list = vec![NodeId(9)];
            log.append_nodes_of_last(last, &mut list);
            list.iter().map(|it| it.0).collect::<Vec<_>>()
        };
        assert_eq!(nodes(&log, 5), [9, 1, 3, 2]);
        assert_eq!(nodes(&log, 2), [9, 3, 2]);
        log.restructured();
        log.push(change(1));
        assert_eq!(nodes(&log, 1), [9, 1]);
        // also when the beginning is forgotten
        for _ in 0..2 * KEPT {
            log.push(change(4));
        }
        log.push(change(1));
        assert_eq!(nodes(&log, KEPT), [9, 4, 1]);
    }

    #[test]
    fn who_lags_far_behind_is_told_so() {
        let mut log = ChangeLog::default();
        let start = log.now();
        for node in 0..2 * KEPT as u32 {
            log.push(change(node));
        }
        let Changes::Pods(all) = log.since(start) else { panic!("all of it is kept") };
        assert_eq!(all.len(), 2 * KEPT);
        let later = log.now();
        log.push(change(7));
        assert_eq!(log.since(start), Changes::Everything);
        assert_eq!(log.since(later), Changes::Pods(&[change(7)]));
    }
}
