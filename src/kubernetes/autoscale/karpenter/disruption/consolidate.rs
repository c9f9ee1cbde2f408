//! What would come in place of nodes, and whether that is cheaper.
//!
//! Follows pkg/controllers/disruption/{consolidation,helpers}.go of Karpenter 1.x, and
//! `filterOutSameInstanceType` in multinodeconsolidation.go.

use super::super::api::Reason;
use super::super::claim::NodeClaim;
use super::super::instance::{CapacityType, Price};
use super::super::provision::{Catalogue, PendingPod, Plan};
use super::super::requirement::Allowed;
use super::super::requirements::CAPACITY_TYPE;
use super::Command;
use super::candidate::{Candidate, View};
use super::methods::Pass;

/// A spot node is replaced by another only where so many types cost less, and then by one of these
/// (`MinInstanceTypesForSpotToSpotConsolidation`): else the next would be replaced soon.
const SPOT_TYPES: usize = 15;

impl<V: View> Pass<'_, V> {
    /// Does without nodes, if their pods find places and at most one cheaper node.
    pub fn replace(&mut self, candidates: &[&Candidate]) -> Option<Command> {
        let mut replacements = self.simulate(candidates)?;
        if replacements.len() > 1 {
            return None;
        }
        if let Some(claim) = replacements.pop() {
            replacements.push(self.cheaper(claim, candidates)?);
        }
        let nodes = candidates.iter().map(|one| one.node).collect();
        Some(Command { nodes, replacements, reason: Reason::Underutilized })
    }

    /// The nodes that would be needed without these; nothing where pods found no places.
    pub fn simulate(&mut self, candidates: &[&Candidate]) -> Option<Vec<NodeClaim>> {
        let nodes: Vec<_> = candidates.iter().map(|one| one.node).collect();
        let mut pods = self.pending.to_vec();
        for &pod in candidates.iter().flat_map(|one| &one.pods) {
            pods.push(PendingPod { pod, created: self.view.pod(pod).created });
        }
        let catalogue =
            self.catalogue.get_or_insert_with(|| Catalogue::new(self.cluster, self.shown));
        let plan = catalogue.plan(self.cluster, &pods, &nodes);
        self.is_acceptable(&plan).then_some(plan.claims)
    }

    /// Whether all pods of nodes found places: those that wait without a node may go on, and nodes
    /// that are not initialized are no places but for pods that have to move anyway.
    fn is_acceptable(&self, plan: &Plan) -> bool {
        let is_shown = |pod| self.pending.iter().any(|one| one.pod == pod);
        let waits = |pod| is_shown(pod) && self.cluster.pod(pod).node.is_none();
        let is_there = |node| self.view.node(node).is_none_or(|facts| facts.initialized);
        plan.unplanned.iter().all(|&(pod, _)| waits(pod))
            && plan.placed.iter().all(|&(pod, node)| is_there(node) || is_shown(pod))
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
            if claim.types.len() < SPOT_TYPES {
                return None;
            }
            claim.order_by_price(types);
            let most = claim.sufficient(types).max(SPOT_TYPES);
            claim.types.truncate(most);
            return Some(claim);
        }
        if allows_spot && claim.requirements.allow(CAPACITY_TYPE, on_demand) {
            // it was taken to be spot when it was found to be cheaper
            claim.requirements.add(CAPACITY_TYPE, &Allowed::only([spot]));
        }
        Some(claim)
    }

    /// Of several nodes one could be kept instead of being replaced by its like: only types are
    /// left that cost less than the cheapest node of a type that could be the replacement.
    pub fn not_of_same(&self, mut command: Command, candidates: &[&Candidate]) -> Option<Command> {
        let Some(claim) = command.replacements.first_mut() else { return Some(command) };
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
