//! The update of a managed node group of Amazon EKS, node by node.
//!
//! Source: Amazon EKS User Guide, "Understand each phase of node updates". The group is raised by
//! twice its number of zones or by what may be unavailable, whichever is more. When new nodes are
//! ready in every zone, old ones are drained, as many at a time as may be unavailable. A node whose
//! pods have not left after 15 minutes fails the update, unless it is forced; an empty one is
//! terminated after another 60 seconds. At last the group is lowered to what it was, one by one.
//! The strategy is the default one; that a node counts as unavailable until it is gone is an
//! assumption.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{SimDuration, SimTime, Stream};

/// How long the pods of a node may take to leave.
pub const DRAIN_TIMEOUT: SimDuration = SimDuration::from_secs(15 * 60);
/// Between the last pod and the end of a node.
pub const SETTLE: SimDuration = SimDuration::from_secs(60);
/// The most nodes that may be unavailable.
pub const MOST_UNAVAILABLE: u32 = 100;

/// A node, by a number of the caller's.
pub type Node = u32;

/// How a node group is updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateConfig {
    /// Zones of the group.
    pub zones: u32,
    /// Nodes that may be unavailable at a time (`maxUnavailable`). Default: 1; at most 100.
    pub max_unavailable: u32,
    /// Whether nodes are terminated whose pods do not leave.
    pub force: bool,
}

/// What an update has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Maximum and desired capacity of the group rise by so much.
    Raise(u32),
    /// No pod is to be placed on this old node any more.
    Cordon(Node),
    /// Its pods are to leave; answer with [`Update::drained`].
    Drain(Node),
    /// The Auto Scaling group is to terminate it, and replaces it; answer with [`Update::gone`].
    Terminate(Node),
    /// Maximum and desired capacity of the group fall by one.
    Lower,
    /// The update ended: it failed if a node could not be drained (`PodEvictionFailure`).
    End {
        /// The node whose pods did not leave.
        failed: Option<Node>,
    },
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Its pods are to have left by then.
    Draining(SimTime),
    /// It is empty, and ends then.
    Settling(SimTime),
    /// It is being terminated.
    Ending,
}

/// An update.
#[derive(Clone, Debug)]
pub struct Update {
    config: UpdateConfig,
    raised: u32,
    /// Whether the first new nodes are there.
    scaled_up: bool,
    waiting: Vec<Node>,
    busy: BTreeMap<Node, Progress>,
    ended: bool,
    lots: Stream,
}

impl Update {
    /// Begins the update of these nodes. `lots` decides in which order they come.
    pub fn start(
        config: UpdateConfig,
        nodes: &BTreeSet<Node>,
        lots: Stream,
        out: &mut Vec<Step>,
    ) -> Self {
        let max_unavailable = config.max_unavailable.clamp(1, MOST_UNAVAILABLE);
        let config = UpdateConfig { max_unavailable, ..config };
        let raised = (2 * config.zones).max(max_unavailable);
        out.push(Step::Raise(raised));
        let (waiting, busy) = (nodes.iter().copied().collect(), BTreeMap::new());
        Self { config, raised, scaled_up: false, waiting, busy, ended: false, lots }
    }

    /// How many new nodes the group was raised by.
    pub fn raised(&self) -> u32 {
        self.raised
    }

    /// New nodes are ready in every zone: old ones may go.
    pub fn ready(&mut self, now: SimTime, out: &mut Vec<Step>) {
        if !std::mem::replace(&mut self.scaled_up, true) {
            out.extend(self.waiting.iter().map(|&node| Step::Cordon(node)));
            self.advance(now, out);
        }
    }

    /// A node has no pods any more that have to leave.
    pub fn drained(&mut self, node: Node, now: SimTime) {
        if let Some(progress @ Progress::Draining(_)) = self.busy.get_mut(&node) {
            *progress = Progress::Settling(now.saturating_add(SETTLE));
        }
    }

    /// A node is no more.
    pub fn gone(&mut self, node: Node, now: SimTime, out: &mut Vec<Step>) {
        self.busy.remove(&node);
        self.waiting.retain(|&waiting| waiting != node);
        self.advance(now, out);
    }

    /// When time alone would change something.
    pub fn next(&self) -> Option<SimTime> {
        let times = self.busy.values().filter_map(|progress| match progress {
            Progress::Draining(at) | Progress::Settling(at) => Some(*at),
            Progress::Ending => None,
        });
        times.min().filter(|_| !self.ended)
    }

    /// The time has come that [`Update::next`] told.
    pub fn wake(&mut self, now: SimTime, out: &mut Vec<Step>) {
        if self.ended {
            return;
        }
        for (&node, progress) in &mut self.busy {
            match *progress {
                Progress::Draining(until) if until <= now => {
                    if !self.config.force {
                        self.ended = true;
                        out.push(Step::End { failed: Some(node) });
                        return;
                    }
                    *progress = Progress::Settling(now.saturating_add(SETTLE));
                }
                Progress::Settling(until) if until <= now => {
                    *progress = Progress::Ending;
                    out.push(Step::Terminate(node));
                }
                _ => {}
            }
        }
    }

    fn advance(&mut self, now: SimTime, out: &mut Vec<Step>) {
        if self.ended || !self.scaled_up {
            return;
        }
        let most = self.config.max_unavailable as usize;
        while self.busy.len() < most && !self.waiting.is_empty() {
            let node = self.waiting.swap_remove(self.lots.below(self.waiting.len()));
            self.busy.insert(node, Progress::Draining(now.saturating_add(DRAIN_TIMEOUT)));
            out.push(Step::Drain(node));
        }
        if self.busy.is_empty() {
            out.extend((0..self.raised).map(|_| Step::Lower));
            out.push(Step::End { failed: None });
            self.ended = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Streams;

    const fn at(secs: u64) -> SimTime {
        SimTime::from_nanos(secs * 1_000_000_000)
    }

    fn start(nodes: u32, max_unavailable: u32, force: bool) -> (Update, Vec<Step>) {
        let config = UpdateConfig { zones: 3, max_unavailable, force };
        let mut out = Vec::new();
        let lots = Streams::new(1).named("update");
        let update = Update::start(config, &(0..nodes).collect(), lots, &mut out);
        (update, out)
    }

    /// Nodes that are drained.
    fn draining(steps: &[Step]) -> Vec<Node> {
        let drained = steps.iter().filter_map(|step| match step {
            Step::Drain(node) => Some(*node),
            _ => None,
        });
        drained.collect()
    }

    #[test]
    fn the_group_is_raised_by_two_a_zone_or_by_what_may_be_unavailable() {
        assert_eq!(start(5, 1, false).1, [Step::Raise(6)]);
        assert_eq!(start(5, 20, false).1, [Step::Raise(20)]);
        assert_eq!(start(5, 500, false).1, [Step::Raise(100)]);
    }

    /// Two nodes, one at a time: ready at 100 s, each drained in 30 s and gone 5 s after its end.
    #[test]
    fn nodes_go_one_after_the_other() {
        let (mut update, mut out) = start(2, 1, false);
        out.clear();
        assert_eq!(update.next(), None);
        update.ready(at(100), &mut out);
        let first = draining(&out)[0];
        assert_eq!(out, [Step::Cordon(0), Step::Cordon(1), Step::Drain(first)]);
        assert_eq!(update.next(), Some(at(1000)));
        update.drained(first, at(130));
        assert_eq!(update.next(), Some(at(190)));
        out.clear();
        update.wake(at(190), &mut out);
        assert_eq!((out.split_off(0), update.next()), (vec![Step::Terminate(first)], None));
        update.gone(first, at(195), &mut out);
        let second = 1 - first;
        assert_eq!(out, [Step::Drain(second)]);
        update.drained(second, at(200));
        update.wake(at(260), &mut out);
        out.clear();
        update.gone(second, at(265), &mut out);
        assert_eq!(out[..6], [Step::Lower; 6]);
        assert_eq!((out[6], out.len()), (Step::End { failed: None }, 7));
    }

    #[test]
    fn pods_that_do_not_leave_fail_the_update_unless_it_is_forced() {
        let (mut update, mut out) = start(3, 2, false);
        update.ready(at(0), &mut out);
        let both = draining(&out);
        assert_eq!(both.len(), 2);
        update.drained(both[1], at(800));
        out.clear();
        update.wake(at(860), &mut out);
        assert_eq!(out.split_off(0), [Step::Terminate(both[1])]);
        update.wake(at(900), &mut out);
        assert_eq!(out, [Step::End { failed: Some(both[0]) }]);
        assert_eq!(update.next(), None);
        let (mut update, mut out) = start(1, 1, true);
        update.ready(at(0), &mut out);
        update.wake(at(900), &mut out);
        assert_eq!(update.next(), Some(at(960)));
    }
}
