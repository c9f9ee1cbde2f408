//! Fewer nodes, or cheaper ones.
//!
//! Follows pkg/controllers/disruption/{emptiness,multinodeconsolidation,singlenodeconsolidation,
//! consolidation}.go of Karpenter 1.x, without their limits of computing time.

use std::collections::BTreeMap;

use super::super::api::{ConsolidationPolicy, Reason};
use super::super::claim::NodeClaim;
use super::super::instance::{CapacityType, Price};
use super::super::provision::{PendingPod, Plan, Shown, plan};
use super::super::requirement::Allowed;
use super::super::requirements::CAPACITY_TYPE;
use super::candidate::{Candidate, View, budgets};
use super::{Command, Settings};
use crate::kubernetes::scheduler::cluster::Cluster;

/// So many nodes are looked at together.
const MOST_TOGETHER: usize = 100;
/// A spot node is replaced by another only where so many types cost less, and then by one of these.
const SPOT_TYPES: usize = 15;

/// What is looked at in a pass.
pub(super) struct Pass<'a, V> {
    pub cluster: &'a mut Cluster,
    pub shown: &'a Shown<'a>,
    pub view: &'a V,
    pub pending: &'a [PendingPod],
    pub settings: Settings,
    /// Seconds since 1970.
    pub calendar: i64,
}

impl<V: View> Pass<'_, V> {
    /// The first command that a method finds, in their order.
    pub fn command(&mut self, candidates: &[Candidate]) -> Option<Command> {
        let empty = self.emptiness(candidates);
        let underutilized: Vec<_> = candidates.iter().filter(|one| self.may_shrink(one)).collect();
        empty.or_else(|| self.multi(&underutilized)).or_else(|| self.single(&underutilized))
    }

    fn may_shrink(&self, candidate: &Candidate) -> bool {
        let policy = self.shown.pools[candidate.facts.pool].spec.disruption.policy;
        policy == ConsolidationPolicy::WhenEmptyOrUnderutilized
    }

    fn budgets(&self, reason: Reason) -> BTreeMap<usize, u32> {
        budgets(self.cluster, self.shown, self.view, reason, self.calendar)
    }

    /// All nodes without pods to move, as far as budgets let them go.
    fn emptiness(&self, candidates: &[Candidate]) -> Option<Command> {
        let mut budgets = self.budgets(Reason::Empty);
        let empty = candidates.iter().filter(|one| one.pods.is_empty());
        let nodes: Vec<_> =
            empty.filter(|one| take(&mut budgets, one)).map(|one| one.node).collect();
        let reason = Reason::Empty;
        (!nodes.is_empty()).then_some(Command { nodes, replacement: None, reason })
    }

    /// The most nodes, of those that disturb least, that one or none could replace.
    fn multi(&mut self, candidates: &[&Candidate]) -> Option<Command> {
        let mut budgets = self.budgets(Reason::Underutilized);
        let within = candidates.iter().copied().filter(|one| take(&mut budgets, one));
        let within: Vec<_> = within.take(MOST_TOGETHER).collect();
        let (mut least, mut most) = (2, within.len());
        let mut found = None;
        while least <= most {
            let number = least.midpoint(most);
            match self
                .replace(&within[..number])
                .and_then(|it| self.not_of_same(it, &within[..number]))
            {
                Some(command) => (found, least) = (Some(command), number + 1),
                None => most = number - 1,
            }
        }
        found
    }

    /// The first node that could go, or be replaced by a cheaper one.
    fn single(&mut self, candidates: &[&Candidate]) -> Option<Command> {
        let mut budgets = self.budgets(Reason::Underutilized);
        candidates.iter().find_map(|one| {
            let within = budgets.get_mut(&one.facts.pool).is_some_and(|left| *left > 0);
            if within { self.replace(&[*one]) } else { None }
        })
    }

    /// Does without nodes, if their pods find places and at most one cheaper node.
    fn replace(&mut self, candidates: &[&Candidate]) -> Option<Command> {
        let replacement = match self.simulate(candidates)? {
            None => None,
            Some(claim) => Some(self.cheaper(claim, candidates)?),
        };
        let nodes = candidates.iter().map(|one| one.node).collect();
        Some(Command { nodes, replacement, reason: Reason::Underutilized })
    }

    /// The one node, or none, that would be needed without these; nothing where more were, or pods
    /// found no places.
    fn simulate(&mut self, candidates: &[&Candidate]) -> Option<Option<NodeClaim>> {
        let nodes: Vec<_> = candidates.iter().map(|one| one.node).collect();
        let mut pods = self.pending.to_vec();
        for &pod in candidates.iter().flat_map(|one| &one.pods) {
            pods.push(PendingPod { pod, created: self.view.pod(pod).created });
        }
        let plan = plan(self.cluster, self.shown, &pods, &nodes);
        if !self.is_acceptable(&plan) {
            return None;
        }
        let mut claims = plan.claims.into_iter();
        let claim = claims.next();
        claims.next().is_none().then_some(claim)
    }

    /// A command that still holds: its nodes may go, as many others are needed as were, and those
    /// types would still do.
    pub fn validate(&mut self, command: Command, again: &[Candidate]) -> Option<Command> {
        let mut budgets = self.budgets(command.reason);
        if !again.iter().all(|one| take(&mut budgets, one)) {
            return None;
        }
        if command.reason == Reason::Empty {
            return again.iter().all(|one| one.pods.is_empty()).then_some(command);
        }
        let again: Vec<_> = again.iter().collect();
        let holds = match (&command.replacement, self.simulate(&again)?) {
            (None, None) => true,
            (Some(was), Some(is)) => {
                was.pool == is.pool && was.types.iter().all(|one| is.types.contains(one))
            }
            _ => false,
        };
        holds.then_some(command)
    }

    /// Whether all pods of nodes found places. Those that waited before may go on, and nodes that
    /// are not initialized are no places.
    fn is_acceptable(&self, plan: &Plan) -> bool {
        let waited = |pod| self.pending.iter().any(|one| one.pod == pod);
        let is_there = |node| self.view.node(node).is_none_or(|facts| facts.initialized);
        plan.unplanned.iter().all(|&(pod, _)| waited(pod))
            && plan.placed.iter().all(|&(pod, node)| waited(pod) || is_there(node))
    }

    /// A replacement of types only that cost less than all that go.
    fn cheaper(&self, mut claim: NodeClaim, candidates: &[&Candidate]) -> Option<NodeClaim> {
        let types = &self.shown.pools[claim.pool].types;
        let price = candidates.iter().fold(Price::default(), |sum, one| sum.plus(one.price));
        let all_spot = candidates.iter().all(|one| one.facts.capacity_type == CapacityType::Spot);
        let (spot, on_demand) = (CapacityType::Spot.label(), CapacityType::OnDemand.label());
        let allows_spot = claim.requirements.allow(CAPACITY_TYPE, spot);
        let from_spot_to_spot = all_spot && allows_spot;
        if from_spot_to_spot {
            if !self.settings.spot_to_spot {
                return None;
            }
            claim.requirements.add(CAPACITY_TYPE, &Allowed::only([spot]));
        }
        if !claim.keep_cheaper(price, types) {
            return None;
        }
        if from_spot_to_spot && candidates.len() == 1 {
            let varied = claim.requirements.iter().any(|(_, one)| one.min_values().is_some());
            let most = if varied { MOST_TOGETHER } else { SPOT_TYPES };
            return (claim.types.len() >= SPOT_TYPES && claim.truncate(most, types))
                .then_some(claim);
        }
        if allows_spot && claim.requirements.allow(CAPACITY_TYPE, on_demand) {
            // it was taken to be spot when it was found to be cheaper
            claim.requirements.add(CAPACITY_TYPE, &Allowed::only([spot]));
        }
        Some(claim)
    }

    /// Of several nodes one could be kept instead of being replaced by its like: only types are
    /// left that cost less than the cheapest node of a type that could be the replacement.
    fn not_of_same(&self, mut command: Command, candidates: &[&Candidate]) -> Option<Command> {
        let Some(claim) = &mut command.replacement else { return Some(command) };
        let types = &self.shown.pools[claim.pool].types;
        let name = |one: &Candidate| {
            let pool = &self.shown.pools[one.facts.pool];
            one.facts.instance.map(|place| pool.types[place].name.clone())
        };
        let same = candidates.iter().filter(|one| {
            claim.types.iter().any(|&place| Some(&types[place].name) == name(one).as_ref())
        });
        let least = same.map(|one| one.price).min();
        let left = least.is_none_or(|price| claim.keep_cheaper(price, types));
        left.then_some(command)
    }
}

/// Takes a node off the budget of its pool, if that lets it go.
fn take(budgets: &mut BTreeMap<usize, u32>, candidate: &Candidate) -> bool {
    let left = budgets.get_mut(&candidate.facts.pool).filter(|left| **left > 0);
    left.map(|left| *left -= 1).is_some()
}
