//! The update of a managed node group of Amazon EKS, node by node.
//!
//! Source: Amazon EKS User Guide, "Understand each phase of node updates". The group is raised by
//! twice its number of zones or by what may be unavailable, whichever is more. When new nodes are
//! ready in every zone, old ones are drained, as many at a time as may be unavailable. A node whose
//! pods have not left after 15 minutes fails the update, unless it is forced; an empty one is
//! terminated after another 60 seconds. At last the group is lowered to what it was, one by one.
//! The strategy is the default one. Assumptions: a node counts as unavailable until it is gone, the
//! next step down waits until the last one is done, new nodes may take 15 minutes to be ready, and
//! an update that failed lowers the group as one that went well.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{SimDuration, SimTime, Stream};

/// How long the pods of a node may take to leave.
pub const DRAIN_TIMEOUT: SimDuration = SimDuration::from_secs(15 * 60);
/// Between the last pod and the end of a node.
pub const SETTLE: SimDuration = SimDuration::from_secs(60);
/// How long new nodes may take to be ready (an assumption: EKS says of no limit).
pub const CREATION_TIMEOUT: SimDuration = SimDuration::from_secs(15 * 60);
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

/// Why an update failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// New nodes were not ready in time (`NodeCreationFailure`).
    NodeCreation,
    /// The pods of this node did not leave in time (`PodEvictionFailure`).
    PodEviction(Node),
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
    /// Its pods are deleted, whatever their disruption budgets say: the update is forced.
    Delete(Node),
    /// The Auto Scaling group is to terminate it, and replaces it; answer with [`Update::gone`].
    Terminate(Node),
    /// The update has failed: no more old nodes go.
    Fail(Failure),
    /// Maximum and desired capacity of the group fall by one; answer with [`Update::gone`] when a
    /// node is gone, or with [`Update::lowered`] if none had to go.
    Lower,
    /// The update is over, whether it failed or not.
    End,
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

/// How far an update has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// New nodes are to be ready by then.
    ScalingUp(SimTime),
    /// Old nodes go.
    Upgrading,
    /// The group is still to be lowered by so much.
    ScalingDown(u32),
    /// It is over.
    Over,
}

/// An update.
#[derive(Clone, Debug)]
pub struct Update {
    config: UpdateConfig,
    raised: u32,
    phase: Phase,
    waiting: Vec<Node>,
    busy: BTreeMap<Node, Progress>,
    lots: Stream,
}

impl Update {
    /// Begins the update of these nodes. `lots` decides in which order they come.
    pub fn start(
        config: UpdateConfig,
        nodes: &BTreeSet<Node>,
        now: SimTime,
        lots: Stream,
        out: &mut Vec<Step>,
    ) -> Self {
        let max_unavailable = config.max_unavailable.clamp(1, MOST_UNAVAILABLE);
        let config = UpdateConfig { max_unavailable, ..config };
        let raised = (2 * config.zones).max(max_unavailable);
        out.push(Step::Raise(raised));
        let (waiting, busy) = (nodes.iter().copied().collect(), BTreeMap::new());
        let phase = Phase::ScalingUp(now.saturating_add(CREATION_TIMEOUT));
        Self { config, raised, phase, waiting, busy, lots }
    }

    /// How many new nodes the group was raised by.
    pub fn raised(&self) -> u32 {
        self.raised
    }

    /// Whether new nodes are still waited for.
    pub fn is_scaling_up(&self) -> bool {
        matches!(self.phase, Phase::ScalingUp(_))
    }

    /// New nodes are ready in every zone: old ones may go.
    pub fn ready(&mut self, now: SimTime, out: &mut Vec<Step>) {
        if self.is_scaling_up() {
            self.phase = Phase::Upgrading;
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

    /// A node of the group is no more, an old one or a new one.
    pub fn gone(&mut self, node: Node, now: SimTime, out: &mut Vec<Step>) {
        let was_busy = self.busy.remove(&node).is_some();
        self.waiting.retain(|&waiting| waiting != node);
        match self.phase {
            Phase::Upgrading => self.advance(now, out),
            // one that still went its way when the update failed is no step down
            Phase::ScalingDown(_) if !was_busy => self.lowered(out),
            _ => {}
        }
    }

    /// The group is lower by one.
    pub fn lowered(&mut self, out: &mut Vec<Step>) {
        let Phase::ScalingDown(left) = self.phase else { return };
        if left == 0 {
            self.phase = Phase::Over;
            out.push(Step::End);
        } else {
            self.phase = Phase::ScalingDown(left - 1);
            out.push(Step::Lower);
        }
    }

    /// When time alone would change something.
    pub fn next(&self) -> Option<SimTime> {
        let times = self.busy.values().filter_map(|progress| match progress {
            Progress::Draining(at) | Progress::Settling(at) => Some(*at),
            Progress::Ending => None,
        });
        match self.phase {
            Phase::ScalingUp(until) => Some(until),
            Phase::Upgrading => times.min(),
            Phase::ScalingDown(_) | Phase::Over => None,
        }
    }

    /// The time has come that [`Update::next`] told.
    pub fn wake(&mut self, now: SimTime, out: &mut Vec<Step>) {
        match self.phase {
            Phase::ScalingUp(until) if until <= now => self.fail(Failure::NodeCreation, out),
            Phase::Upgrading => self.go_on(now, out),
            _ => {}
        }
    }

    /// Old nodes have been drained, or waited, for long enough.
    fn go_on(&mut self, now: SimTime, out: &mut Vec<Step>) {
        for (&node, progress) in &mut self.busy {
            match *progress {
                Progress::Draining(until) if until <= now => {
                    if !self.config.force {
                        return self.fail(Failure::PodEviction(node), out);
                    }
                    out.push(Step::Delete(node));
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

    fn fail(&mut self, failure: Failure, out: &mut Vec<Step>) {
        self.waiting.clear();
        self.busy.retain(|_, progress| *progress == Progress::Ending);
        out.push(Step::Fail(failure));
        self.scale_down(out);
    }

    fn scale_down(&mut self, out: &mut Vec<Step>) {
        self.phase = Phase::ScalingDown(self.raised);
        self.lowered(out);
    }

    fn advance(&mut self, now: SimTime, out: &mut Vec<Step>) {
        let most = self.config.max_unavailable as usize;
        while self.busy.len() < most && !self.waiting.is_empty() {
            let node = self.waiting.swap_remove(self.lots.below(self.waiting.len()));
            self.busy.insert(node, Progress::Draining(now.saturating_add(DRAIN_TIMEOUT)));
            out.push(Step::Drain(node));
        }
        if self.busy.is_empty() {
            self.scale_down(out);
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
        let update = Update::start(config, &(0..nodes).collect(), at(0), lots, &mut out);
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
        assert_eq!(update.next(), Some(at(900)));
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
        // one of the six that came new goes after the other
        for new in 2..8 {
            assert_eq!(out.split_off(0), [Step::Lower]);
            update.gone(new, at(300), &mut out);
        }
        assert_eq!((out, update.next()), (vec![Step::End], None));
    }

    #[test]
    fn new_nodes_that_do_not_come_fail_the_update() {
        let (mut update, mut out) = start(1, 1, true);
        out.clear();
        update.wake(at(899), &mut out);
        assert_eq!(out, []);
        update.wake(at(900), &mut out);
        assert_eq!(out.split_off(0), [Step::Fail(Failure::NodeCreation), Step::Lower]);
        for _ in 0..6 {
            update.lowered(&mut out);
        }
        assert_eq!(out[..5], [Step::Lower; 5]);
        assert_eq!((out[5], out.len()), (Step::End, 6));
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
        assert_eq!(out.split_off(0), [Step::Fail(Failure::PodEviction(both[0])), Step::Lower]);
        assert_eq!(update.next(), None);
        // the one that was terminated before is no step down
        update.gone(both[1], at(905), &mut out);
        assert_eq!(out, []);
        update.gone(7, at(906), &mut out);
        assert_eq!(out, [Step::Lower]);
        let (mut update, mut out) = start(1, 1, true);
        update.ready(at(0), &mut out);
        out.clear();
        update.wake(at(900), &mut out);
        assert_eq!((out, update.next()), (vec![Step::Delete(0)], Some(at(960))));
    }
}
