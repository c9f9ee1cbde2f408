//! Which nodes are not needed, and since when.
//!
//! Follows core/scaledown/planner, eligibility, unneeded and unremovable. A node is unneeded if
//! little of it is requested and all its pods would find places elsewhere, on nodes that are not
//! themselves unneeded. What is remembered is since when that has been so at every scan.

use std::collections::BTreeMap;

use super::deletions::Deletions;
use super::drain::{Budgets, is_empty, pods_to_move};
use super::group::{GroupId, NodeGroup};
use super::pending::{Hints, place};
use super::settings::ScaleDownSettings;
use super::simulation::Simulation;
use super::utilization::Utilization;
use super::view::{NodeFacts, View};
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;

/// Why a node cannot be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unremovable {
    /// It is annotated so that it is kept.
    ScaleDownDisabledAnnotation,
    /// It is not ready, and such nodes are kept.
    ScaleDownUnreadyDisabled,
    /// It belongs to no group.
    NotAutoscaled,
    /// It is being deleted already.
    CurrentlyBeingDeleted,
    /// Too much of it is requested.
    NotUnderutilized,
    /// It could not be removed some time ago, and was not looked at again.
    RecentlyUnremovable,
    /// A pod holds it.
    BlockedByPod(PodId),
    /// Its pods would not find places elsewhere.
    NoPlaceToMovePods,
    /// It does not say what it has.
    UnexpectedError,
}

impl Unremovable {
    /// Its name in the Cluster Autoscaler (simulator/cluster.go).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ScaleDownDisabledAnnotation => "ScaleDownDisabledAnnotation",
            Self::ScaleDownUnreadyDisabled => "ScaleDownUnreadyDisabled",
            Self::NotAutoscaled => "NotAutoscaled",
            Self::CurrentlyBeingDeleted => "CurrentlyBeingDeleted",
            Self::NotUnderutilized => "NotUnderutilized",
            Self::RecentlyUnremovable => "RecentlyUnremovable",
            Self::BlockedByPod(_) => "BlockedByPod",
            Self::NoPlaceToMovePods => "NoPlaceToMovePods",
            Self::UnexpectedError => "UnexpectedError",
        }
    }
}

/// A node that is not needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unneeded {
    /// Since when.
    pub since: SimTime,
    /// Its pods that would have to find other places; none of an empty node.
    pub pods: Vec<PodId>,
    /// Whether disruption budgets do not allow for all of them to be evicted at once.
    pub risky: bool,
}

/// What was found out about nodes in the last scan, and is remembered of those before.
#[derive(Debug, Default)]
pub struct Planner {
    unneeded: BTreeMap<NodeId, Unneeded>,
    unremovable: BTreeMap<NodeId, Unremovable>,
    utilization: BTreeMap<NodeId, Utilization>,
    /// Until when nodes are not looked at again.
    not_before: BTreeMap<NodeId, SimTime>,
    hints: Hints,
    /// When the last scan was, and the shortest time between two.
    last: Option<SimTime>,
    interval: Option<SimDuration>,
}

/// What a scan is about.
pub(super) struct Scan<'s, V> {
    pub settings: &'s ScaleDownSettings,
    /// Nodes that are on their way out: they take no pods and still count for their groups.
    pub deletions: &'s Deletions,
    pub groups: &'s [NodeGroup],
    pub view: &'s V,
    pub now: SimTime,
}

impl Planner {
    /// Nodes that are not needed.
    #[must_use]
    pub fn unneeded(&self) -> &BTreeMap<NodeId, Unneeded> {
        &self.unneeded
    }

    /// Nodes that cannot be removed, and why.
    #[must_use]
    pub fn unremovable(&self) -> &BTreeMap<NodeId, Unremovable> {
        &self.unremovable
    }

    /// How much is requested of the nodes that were looked at.
    #[must_use]
    pub fn utilization(&self) -> &BTreeMap<NodeId, Utilization> {
        &self.utilization
    }

    /// Forgets which nodes were not needed.
    pub(super) fn clear(&mut self) {
        self.unneeded.clear();
    }

    /// Looks at these nodes. Pods may move to nodes that were there from the start.
    pub(super) fn update<V: View>(
        &mut self,
        simulation: &mut Simulation,
        scan: &Scan<V>,
        candidates: &[NodeId],
    ) {
        if let Some(last) = self.last.replace(scan.now) {
            let interval = scan.now.since(last);
            self.interval = Some(self.interval.map_or(interval, |least| least.min(interval)));
        }
        self.unremovable.clear();
        self.utilization.clear();
        self.not_before.retain(|&node, until| {
            *until > scan.now && simulation.cluster().get_node(node).is_some()
        });
        let mut eligible = self.eligible(simulation, scan, candidates);
        if scan.settings.empty_first {
            self.sort(simulation, scan, &mut eligible);
        }
        let mark = simulation.mark();
        let unneeded = self.try_removing(simulation, scan, &eligible);
        simulation.revert(mark);
        self.unneeded = unneeded;
        self.hints.drop_old();
    }

    /// The nodes that come into question.
    fn eligible<V: View>(
        &mut self,
        simulation: &Simulation,
        scan: &Scan<V>,
        candidates: &[NodeId],
    ) -> Vec<NodeId> {
        let mut eligible = Vec::new();
        for &node in candidates {
            let reason = if self.not_before.contains_key(&node) {
                Some(Unremovable::RecentlyUnremovable)
            } else {
                self.reason(simulation, scan, node)
            };
            match reason {
                Some(reason) => {
                    self.unremovable.insert(node, reason);
                }
                None => eligible.push(node),
            }
        }
        eligible
    }

    /// Empty nodes first, then those that were not needed at the last scan.
    fn sort<V: View>(&self, simulation: &Simulation, scan: &Scan<V>, nodes: &mut [NodeId]) {
        let cluster = simulation.cluster();
        let (drain, view) = (&scan.settings.drain, scan.view);
        nodes.sort_by_cached_key(|&node| {
            let empty = is_empty(drain, cluster, view, cluster.node(node), scan.now);
            (!empty, !self.unneeded.contains_key(&node))
        });
    }

    /// Why a node does not come into question.
    fn reason<V: View>(
        &mut self,
        simulation: &Simulation,
        scan: &Scan<V>,
        node: NodeId,
    ) -> Option<Unremovable> {
        let NodeFacts { group, ready, keep, deleting, .. } = scan.view.node(node);
        if deleting {
            return Some(Unremovable::CurrentlyBeingDeleted);
        }
        if keep {
            return Some(Unremovable::ScaleDownDisabledAnnotation);
        }
        let Some(group) = group else { return Some(Unremovable::NotAutoscaled) };
        if !ready && !scan.settings.unready_enabled {
            return Some(Unremovable::ScaleDownUnreadyDisabled);
        }
        let cluster = simulation.cluster();
        let gpu = scan.groups[group.index()].gpu;
        let place = cluster.node(node);
        let found = Utilization::of(scan.settings, cluster, scan.view, place, gpu, scan.now);
        let Some(utilization) = found else { return Some(Unremovable::UnexpectedError) };
        self.utilization.insert(node, utilization);
        let threshold =
            if gpu.is_some() { scan.settings.gpu_threshold } else { scan.settings.threshold };
        (utilization.share > threshold).then_some(Unremovable::NotUnderutilized)
    }

    /// Tries to do without one node after the other, each without those before.
    fn try_removing<V: View>(
        &mut self,
        simulation: &mut Simulation,
        scan: &Scan<V>,
        eligible: &[NodeId],
    ) -> BTreeMap<NodeId, Unneeded> {
        let mut budgets = Budgets::new(simulation.cluster());
        let mut unneeded = BTreeMap::new();
        let limit = self.limit(scan.settings);
        for &node in eligible {
            if unneeded.len() >= limit {
                break;
            }
            match self.try_without(simulation, scan, &mut budgets, node) {
                Ok(pods) => {
                    let risky = !budgets.take(simulation.cluster(), &pods);
                    let known = self.unneeded.get(&node);
                    let since = known.map_or(scan.now, |known| known.since);
                    unneeded.insert(node, Unneeded { since, pods, risky });
                }
                Err(reason) => {
                    let until = scan.now.saturating_add(scan.settings.recheck_timeout);
                    self.not_before.insert(node, until);
                    self.unremovable.insert(node, reason);
                }
            }
        }
        unneeded
    }

    /// So many unneeded nodes are enough: no more could be deleted before they are looked for
    /// again.
    fn limit(&self, settings: &ScaleDownSettings) -> usize {
        let parallel = settings.parallelism as usize;
        let least = SimDuration::from_nanos(1);
        let interval = self.interval.unwrap_or(settings.unneeded_time);
        let interval = interval.min(settings.unneeded_time).max(least);
        let scans = settings.unneeded_time.max(interval).as_nanos() / interval.as_nanos();
        let scans = usize::try_from(scans).unwrap_or(usize::MAX);
        let ever = parallel.saturating_mul(scans).saturating_add(parallel);
        ever.min(self.unneeded.len() + 2 * parallel)
    }

    /// Tries to do without a node; returns its pods that found other places. The node stays as a
    /// ghost without pods as long as these are looked for: its domains still count for pods that
    /// are to be spread.
    fn try_without<V: View>(
        &mut self,
        simulation: &mut Simulation,
        scan: &Scan<V>,
        budgets: &mut Budgets,
        node: NodeId,
    ) -> Result<Vec<PodId>, Unremovable> {
        let cluster = simulation.cluster();
        let place_there = cluster.node(node);
        let drain = &scan.settings.drain;
        let pods = pods_to_move(drain, cluster, scan.view, budgets, place_there, scan.now);
        let pods = pods.map_err(Unremovable::BlockedByPod)?;
        let mark = simulation.mark();
        simulation.clear_node(node);
        let there = simulation.there();
        let view = scan.view;
        let acceptable = |other: NodeId| {
            other != node && !scan.deletions.contains(other) && !view.node(other).deleting
        };
        let placed = place(simulation, &mut self.hints, &pods, &there, true, acceptable);
        if placed.len() < pods.len() {
            simulation.revert(mark);
            return Err(Unremovable::NoPlaceToMovePods);
        }
        simulation.remove_node(node);
        Ok(pods)
    }

    /// Nodes that have been unneeded for long enough, as far as their groups may shrink: empty
    /// ones, then those to drain, risky ones last.
    pub(super) fn removable<V: View>(&self, scan: &Scan<V>) -> Vec<NodeId> {
        let mut room: Vec<u32> = Vec::new();
        for (place, group) in scan.groups.iter().enumerate() {
            let id = GroupId(u32::try_from(place).expect("groups are few"));
            let staying = group.target.saturating_sub(scan.deletions.of(id));
            room.push(staying.saturating_sub(group.min));
        }
        let mut order: Vec<(&NodeId, &Unneeded)> = self.unneeded.iter().collect();
        order.sort_by_key(|(_, node)| !node.pods.is_empty());
        let mut removable: Vec<(&NodeId, &Unneeded)> = Vec::new();
        for (node, unneeded) in order {
            let facts = scan.view.node(*node);
            let Some(group) = facts.group.filter(|_| !facts.keep) else { continue };
            let wait =
                if facts.ready { scan.settings.unneeded_time } else { scan.settings.unready_time };
            let room = &mut room[group.index()];
            if unneeded.since.saturating_add(wait) < scan.now && *room > 0 {
                *room -= 1;
                removable.push((node, unneeded));
            }
        }
        removable.sort_by_key(|(_, node)| (!node.pods.is_empty(), node.risky));
        removable.into_iter().map(|(&node, _)| node).collect()
    }
}
