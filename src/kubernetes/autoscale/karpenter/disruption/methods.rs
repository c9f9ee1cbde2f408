//! The ways to find nodes that may go, in the order in which they are tried.
//!
//! Follows `NewMethods` in pkg/controllers/disruption/controller.go of Karpenter 1.x, and
//! {emptiness,drift,multinodeconsolidation,singlenodeconsolidation,validation}.go there, without
//! their limits of computing time.

use std::collections::BTreeMap;

use super::super::api::{ConsolidationPolicy, Reason};
use super::super::provision::{Catalogue, PendingPod, Shown};
use super::candidate::{Candidate, View, budgets, candidate, candidates};
use super::{Command, Settings};
use crate::engine::SimTime;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;

/// So many nodes are looked at together; with more there may be one more, since the search counts
/// the steps behind the first.
const MOST_TOGETHER: usize = 100;

/// A way to find nodes that may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Method {
    Emptiness,
    Drift,
    Multi,
    Single,
}

impl Method {
    pub const ALL: [Self; 4] = [Self::Emptiness, Self::Drift, Self::Multi, Self::Single];
}

/// What is looked at in a pass.
pub(super) struct Pass<'a, V> {
    pub cluster: &'a mut Cluster,
    pub shown: &'a Shown<'a>,
    pub view: &'a V,
    pub pending: &'a [PendingPod],
    pub settings: Settings,
    pub now: SimTime,
    /// Seconds since 1970.
    pub calendar: i64,
    /// The pools, once a plan was asked for.
    pub catalogue: Option<Catalogue<'a>>,
}

impl<V: View> Pass<'_, V> {
    /// The first command that a method finds, of those that come behind one.
    pub fn find(&mut self, behind: Option<Method>) -> Option<(Method, Command)> {
        let all = candidates(self.cluster, self.shown, self.view, self.now);
        let rest = Method::ALL.into_iter().filter(|&method| Some(method) > behind);
        for method in rest {
            let found = match method {
                Method::Emptiness => self.emptiness(&all),
                Method::Drift => self.drift(),
                Method::Multi => self.multi(&all),
                Method::Single => self.single(&all),
            };
            if let Some(command) = found {
                return Some((method, command));
            }
        }
        None
    }

    fn budgets(&self, reason: Reason) -> BTreeMap<usize, u32> {
        budgets(self.cluster, self.shown, self.view, reason, self.calendar)
    }

    /// All nodes that it disturbs nobody to take away, as far as budgets let them go.
    fn emptiness(&self, all: &[Candidate]) -> Option<Command> {
        let mut budgets = self.budgets(Reason::Empty);
        let empty = all.iter().filter(|one| one.is_empty());
        let nodes = empty.filter(|one| take(&mut budgets, one)).map(|one| one.node).collect();
        Command::of(nodes, Reason::Empty)
    }

    /// The node that is not what its pool asks for any more for the longest time, those without
    /// pods before others; as many others come for it as its pods need, whatever they cost.
    fn drift(&mut self) -> Option<Command> {
        let budgets = self.budgets(Reason::Drifted);
        let nodes = self.cluster.nodes().map(|node| node.id);
        let drifted = nodes.filter_map(|node| {
            let since = self.view.drifted(node)?;
            let found = candidate(self.cluster, self.shown, self.view, node, true)?;
            Some((!found.pods.is_empty(), since, found))
        });
        let mut all: Vec<_> = drifted.collect();
        all.sort_by_key(|(has_pods, since, found)| (*has_pods, *since, found.node));
        let may_go = |found: &Candidate| has_any(&budgets, found);
        all.retain(|(_, _, found)| may_go(found));
        all.into_iter().find_map(|(_, _, found)| {
            let replacements = self.simulate(&[&found])?;
            Some(Command { nodes: vec![found.node], replacements, reason: Reason::Drifted })
        })
    }

    /// Nodes with pods that could do with less, if their pool wants that.
    fn underutilized<'c>(&self, all: &'c [Candidate]) -> Vec<&'c Candidate> {
        let may_shrink = |one: &&Candidate| {
            let policy = self.shown.pools[one.facts.pool].spec.disruption.policy;
            policy == ConsolidationPolicy::WhenEmptyOrUnderutilized
                && !one.price.is_zero()
                // one that is left over was kept by the budget for such as it
                && !one.is_empty()
        };
        all.iter().filter(may_shrink).collect()
    }

    /// The most nodes, of those that save most, that one or none could replace.
    fn multi(&mut self, all: &[Candidate]) -> Option<Command> {
        let mut budgets = self.budgets(Reason::Underutilized);
        let within = self.underutilized(all).into_iter();
        let within: Vec<_> = within.filter(|one| take(&mut budgets, one)).collect();
        let (mut least, mut most) = (2, within.len().min(MOST_TOGETHER + 1));
        let mut found = None;
        while least <= most {
            let number = least.midpoint(most);
            let together = &within[..number];
            match self.replace(together).and_then(|it| self.not_of_same(it, together)) {
                Some(command) => (found, least) = (Some(command), number + 1),
                None => most = number - 1,
            }
        }
        found
    }

    /// The first node that could go, or be replaced by a cheaper one; one of each pool in turn.
    fn single(&mut self, all: &[Candidate]) -> Option<Command> {
        let budgets = self.budgets(Reason::Underutilized);
        let mut turns = BTreeMap::<usize, usize>::new();
        let mut order: Vec<_> = self
            .underutilized(all)
            .into_iter()
            .map(|one| {
                let turn = turns.entry(one.facts.pool).or_default();
                *turn += 1;
                (*turn, one.facts.pool, one)
            })
            .collect();
        order.sort_by_key(|&(turn, pool, _)| (turn, pool));
        let may_go = |one: &Candidate| has_any(&budgets, one);
        order.retain(|(_, _, one)| may_go(one));
        order.into_iter().find_map(|(_, _, one)| self.replace(&[one]))
    }

    /// What is left of a command after a while. Of empty nodes those go that still are; others all
    /// have to be as they were, and the same types would have to do.
    pub fn validate(&mut self, command: Command) -> Option<Command> {
        let all = candidates(self.cluster, self.shown, self.view, self.now);
        let of_command = |one: &&Candidate| command.nodes.contains(&one.node);
        let mut budgets = self.budgets(command.reason);
        if command.reason == Reason::Empty {
            let still = all.iter().filter(of_command).filter(|one| one.is_empty());
            let nodes = still.filter(|one| take(&mut budgets, one)).map(|one| one.node).collect();
            return Command::of(nodes, Reason::Empty);
        }
        let again: Vec<_> = self.underutilized(&all).into_iter().filter(of_command).collect();
        if again.len() < command.nodes.len() || !again.iter().all(|one| take(&mut budgets, one)) {
            return None;
        }
        let claims = self.simulate(&again)?;
        let holds = match (command.replacements.as_slice(), claims.as_slice()) {
            ([], []) => true,
            ([was], [is]) => {
                was.pool == is.pool && was.types.iter().all(|one| is.types.contains(one))
            }
            _ => false,
        };
        holds.then_some(command)
    }
}

impl Command {
    /// Nodes that go, if there are any.
    fn of(nodes: Vec<NodeId>, reason: Reason) -> Option<Self> {
        (!nodes.is_empty()).then_some(Self { nodes, replacements: Vec::new(), reason })
    }
}

fn has_any(budgets: &BTreeMap<usize, u32>, candidate: &Candidate) -> bool {
    budgets.get(&candidate.facts.pool).is_some_and(|left| *left > 0)
}

/// Takes a node off the budget of its pool, if that lets it go.
fn take(budgets: &mut BTreeMap<usize, u32>, candidate: &Candidate) -> bool {
    let left = budgets.get_mut(&candidate.facts.pool).filter(|left| **left > 0);
    left.map(|left| *left -= 1).is_some()
}
