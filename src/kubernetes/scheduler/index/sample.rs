//! The choice among the nodes that a search found before it ended.

use super::Answer;
use super::class::Class;
use super::groups::Member;
use super::order::Order;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Candidate, Scope};
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::sampling::Sampling;
use crate::kubernetes::scheduler::scores::totals;
use crate::kubernetes::scheduler::ties::{self, TieBreak, root};

/// What the search found of a group.
struct Found {
    best: Member,
    nodes: u32,
}

/// The nodes found, in the order of the search.
#[derive(Default)]
struct Sample {
    groups: Vec<Found>,
    nodes: Vec<(NodeId, usize, Member)>,
}

impl Class {
    /// The best of the nodes that a search finds.
    pub(super) fn sampled(
        &mut self,
        cluster: &Cluster,
        order: &Order,
        sampling: &mut Sampling,
        ties: &mut TieBreak,
    ) -> Answer {
        let sample = self.search(cluster, order, sampling);
        match &sample.nodes[..] {
            [] => return Answer::Nowhere,
            [(node, ..)] => return Answer::Node(*node),
            _ => {}
        }
        let candidate =
            |found: &Found| Candidate { node: order.node(found.best.rank()), nodes: found.nodes };
        let candidates: Vec<Candidate> = sample.groups.iter().map(candidate).collect();
        let totals = totals(&self.scores.rank(cluster, &candidates), candidates.len());
        let highest = totals.iter().max().copied();
        self.candidates = candidates;
        let is_best = |&(_, group, member): &(NodeId, usize, Member)| {
            Some(totals[group]) == highest && member.equals(sample.groups[group].best)
        };
        let best = sample.nodes.iter().filter(|found| is_best(found));
        let chosen = match ties {
            TieBreak::Name => best.map(|found| (found.2.rank(), found.0)).min().map(|one| one.1),
            TieBreak::Random(stream) => {
                let mut best: Vec<_> = best.map(|found| (found.2.rank(), found.0)).collect();
                best.sort_unstable();
                ties::random(&best, stream).map(|one| one.1)
            }
            TieBreak::Heap => root(sample.nodes.iter().map(|found| (found.0, is_best(found)))),
        };
        Answer::Node(chosen.expect("one of them is the best"))
    }

    fn search(&self, cluster: &Cluster, order: &Order, sampling: &mut Sampling) -> Sample {
        let all = order.list().len();
        let wanted = sampling.wanted(all);
        let mut sample = Sample::default();
        // by group: whether it was asked about, and its place in the sample if it passed
        let mut asked: Vec<Option<Option<usize>>> = vec![None; self.groups.count()];
        let mut seen = 0;
        for node in sampling.turn(order.list()) {
            let standing = self.seats.standing(node);
            if let Some(group) = self.seats.group(standing) {
                let member = standing.member(node, order);
                let known = &mut asked[group.index()];
                let place = *known.get_or_insert_with(|| {
                    self.passes(cluster, node).then(|| {
                        sample.groups.push(Found { best: member, nodes: 0 });
                        sample.groups.len() - 1
                    })
                });
                if let Some(place) = place {
                    if sample.nodes.len() == wanted {
                        break;
                    }
                    let found = &mut sample.groups[place];
                    (found.best, found.nodes) = (found.best.min(member), found.nodes + 1);
                    sample.nodes.push((node, place, member));
                }
            }
            seen += 1;
        }
        // a group that was met only as the search ended has no node in it
        sample.groups.retain(|found| found.nodes > 0);
        sampling.advance(seen, all);
        sample
    }

    /// Whether the nodes of a node's group pass.
    fn passes(&self, cluster: &Cluster, node: NodeId) -> bool {
        let node = cluster.node(node);
        self.filters.within(cluster, node, |scope| scope == Scope::Domain).is_ok()
    }
}
