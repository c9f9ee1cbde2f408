//! What was asked of the cloud, and what came of it.
//!
//! Follows clusterstate/clusterstate.go and utils/backoff/exponential_backoff.go: nodes that are on
//! their way, scale-ups that took too long, groups that are left alone after a failure, groups and
//! clusters that are not in order.

use std::collections::BTreeMap;

use super::group::{GroupId, NodeGroup};
use super::settings::Settings;
use super::view::NodeFacts;
use crate::engine::{SimDuration, SimTime};

/// A group that was asked to grow.
#[derive(Clone, Copy, Debug)]
struct Request {
    increase: u32,
    /// When its nodes should be there.
    due: SimTime,
}

/// A group whose scale-up failed.
#[derive(Clone, Copy, Debug)]
struct Backoff {
    duration: SimDuration,
    until: SimTime,
    failed: SimTime,
}

/// The nodes of a group by their state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Readiness {
    pub ready: u32,
    /// Not ready, though they have had time to become so.
    pub unready: u32,
    /// Not ready yet.
    pub starting: u32,
    /// Machines that never became nodes.
    pub lost: u32,
    /// Machines that are not nodes yet.
    pub unregistered: u32,
}

impl Readiness {
    /// Counts a node.
    pub fn count(&mut self, settings: &Settings, facts: &NodeFacts, now: SimTime) {
        if facts.ready {
            self.ready += 1;
        } else if is_starting(settings, facts, now) {
            self.starting += 1;
        } else {
            self.unready += 1;
        }
    }

    fn has_any(&self) -> bool {
        self.ready + self.unready + self.starting + self.lost + self.unregistered > 0
    }
}

/// Whether a node is not ready yet and still may become so.
pub(super) fn is_starting(settings: &Settings, facts: &NodeFacts, now: SimTime) -> bool {
    !facts.ready && facts.created.saturating_add(settings.max_startup_time) > now
}

/// What is remembered of the groups of a cluster.
#[derive(Debug, Default)]
pub(super) struct Registry {
    requests: BTreeMap<GroupId, Request>,
    backoffs: BTreeMap<GroupId, Backoff>,
    /// By group.
    readiness: Vec<Readiness>,
}

impl Registry {
    /// Takes note of how nodes are, by group. Scale-ups whose nodes are all there are done; those
    /// that took too long have failed.
    pub fn update(
        &mut self,
        settings: &Settings,
        groups: &[NodeGroup],
        mut readiness: Vec<Readiness>,
        now: SimTime,
    ) {
        for (group, readiness) in groups.iter().zip(&mut readiness) {
            for &since in &group.unregistered {
                let lost = since.saturating_add(settings.max_provision_time) < now;
                *(if lost { &mut readiness.lost } else { &mut readiness.unregistered }) += 1;
            }
        }
        self.readiness = readiness;
        self.backoffs.retain(|_, known| known.failed.saturating_add(settings.backoff_reset) >= now);
        let requests = std::mem::take(&mut self.requests);
        for (id, request) in requests {
            let Readiness { ready, unready, .. } = self.readiness[id.index()];
            if groups[id.index()].target <= ready + unready {
                self.backoffs.remove(&id);
            } else if request.due < now {
                self.back_off(settings, id, now);
            } else {
                self.requests.insert(id, request);
            }
        }
    }

    /// A group was asked for so many more nodes.
    pub fn requested(&mut self, settings: &Settings, id: GroupId, more: u32, now: SimTime) {
        let due = now.saturating_add(settings.max_provision_time);
        let request = self.requests.entry(id).or_insert(Request { increase: 0, due });
        *request = Request { increase: request.increase + more, due };
    }

    /// The cloud could not give a group so many nodes.
    pub fn failed(&mut self, settings: &Settings, id: GroupId, nodes: u32, now: SimTime) {
        if let Some(request) = self.requests.get_mut(&id) {
            request.increase = request.increase.saturating_sub(nodes);
            if request.increase == 0 {
                self.requests.remove(&id);
            }
        }
        self.back_off(settings, id, now);
    }

    /// Leaves a group alone: for twice as long as the last time, or as long again if that is not
    /// over yet.
    fn back_off(&mut self, settings: &Settings, id: GroupId, now: SimTime) {
        let duration = match self.backoffs.get(&id) {
            None => settings.backoff_initial,
            Some(known) if known.until < now => {
                let nanos = known.duration.as_nanos().saturating_mul(2);
                SimDuration::from_nanos(nanos).min(settings.backoff_max)
            }
            Some(known) => known.duration,
        };
        let until = now.saturating_add(duration);
        self.backoffs.insert(id, Backoff { duration, until, failed: now });
    }

    /// Until when a group is left alone, if it is.
    pub fn backed_off(&self, id: GroupId, now: SimTime) -> Option<SimTime> {
        self.backoffs.get(&id).map(|known| known.until).filter(|&until| until > now)
    }

    /// Nodes of a group that are on their way.
    pub fn upcoming(&self, groups: &[NodeGroup], id: GroupId) -> u32 {
        let Readiness { ready, unready, lost, .. } = self.readiness[id.index()];
        groups[id.index()].target.saturating_sub(ready + unready + lost)
    }

    /// Machines of a group that never became nodes, as many of them as it may lose.
    pub fn lost(&self, groups: &[NodeGroup], id: GroupId) -> u32 {
        let NodeGroup { target, min, .. } = groups[id.index()];
        self.readiness[id.index()].lost.min(target.saturating_sub(min))
    }

    /// Whether a group may grow: it is in order and not left alone.
    pub fn is_safe(
        &self,
        settings: &Settings,
        groups: &[NodeGroup],
        id: GroupId,
        now: SimTime,
    ) -> bool {
        self.is_healthy(settings, groups, id) && self.backed_off(id, now).is_none()
    }

    /// Whether a group has about the nodes it should have.
    fn is_healthy(&self, settings: &Settings, groups: &[NodeGroup], id: GroupId) -> bool {
        let readiness = self.readiness[id.index()];
        let target = groups[id.index()].target;
        let increase = self.requests.get(&id).map_or(0, |request| request.increase);
        let expected = i64::from(target) - i64::from(readiness.lost) - i64::from(increase);
        if !readiness.has_any() {
            return target == 0 || expected == 0;
        }
        let missing = (expected - i64::from(readiness.ready)).max(0);
        let there = readiness.ready + readiness.unready + readiness.starting;
        let bearable = settings.max_unready_percent / 100.0 * f64::from(there);
        missing <= i64::from(settings.ok_unready) || missing as f64 <= bearable
    }
}

/// Whether so few nodes of a cluster are unready that anything may be done.
pub(super) fn is_healthy(settings: &Settings, unready: u32, nodes: usize) -> bool {
    let bearable = settings.max_unready_percent / 100.0 * nodes as f64;
    unready <= settings.ok_unready || f64::from(unready) <= bearable
}
