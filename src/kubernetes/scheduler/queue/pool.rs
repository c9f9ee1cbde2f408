//! Pods that were rejected and that no event has helped since.
//!
//! They are found by who rejected them and by their shape, since all pods of a shape are helped by
//! the same events: an event that helps nobody costs as much as there are shapes, not pods.

use std::collections::BTreeSet;

use super::entry::{Entry, Rejectors};
use super::event::Event;
use super::hints::{self, Context};
use crate::engine::SimTime;
use crate::kubernetes::scheduler::plugins::{FILTERS, Plugin};
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::shape::ShapeId;

#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    rejected: BTreeSet<(Plugin, ShapeId, PodId)>,
    since: BTreeSet<(SimTime, PodId)>,
}

impl Pool {
    pub fn add(&mut self, pod: PodId, entry: &Entry) {
        self.since.insert((entry.since, pod));
        self.rejected.extend(entry.rejectors.iter().map(|plugin| (plugin, entry.shape, pod)));
    }

    pub fn remove(&mut self, pod: PodId, entry: &Entry) {
        self.since.remove(&(entry.since, pod));
        for plugin in entry.rejectors.iter() {
            self.rejected.remove(&(plugin, entry.shape, pod));
        }
    }

    pub fn len(&self) -> usize {
        self.since.len()
    }

    /// When the pod entered that is here for the longest time.
    pub fn oldest(&self) -> Option<(SimTime, PodId)> {
        self.since.first().copied()
    }

    /// Pods that an event may help.
    pub fn helped(&self, context: &Context<'_>, event: &Event) -> BTreeSet<PodId> {
        let kinds = event.kinds(context.cluster);
        let limit = event.limit(context.cluster);
        let mut helped = BTreeSet::new();
        for plugin in FILTERS.into_iter().filter(|&one| hints::registered(one).meets(kinds)) {
            let mut from = (plugin, ShapeId(0), PodId(0));
            while let Some(&(rejector, shape, _)) = self.rejected.range(from..).next()
                && rejector == plugin
            {
                let next = (plugin, ShapeId(shape.0 + 1), PodId(0));
                let profits =
                    limit.is_none_or(|limit| context.cluster.shape(shape).priority <= limit);
                if profits && hints::helps(context, plugin, event, shape) {
                    helped.extend(self.rejected.range(from..next).map(|&(_, _, pod)| pod));
                }
                from = next;
            }
        }
        helped
    }
}

/// Whether an event may help a pod of a shape that these plugins rejected.
pub(super) fn is_helped(
    context: &Context<'_>,
    event: &Event,
    shape: ShapeId,
    rejectors: Rejectors,
) -> bool {
    let kinds = event.kinds(context.cluster);
    let profits = event
        .limit(context.cluster)
        .is_none_or(|limit| context.cluster.shape(shape).priority <= limit);
    profits
        && rejectors.iter().any(|plugin| {
            hints::registered(plugin).meets(kinds) && hints::helps(context, plugin, event, shape)
        })
}
