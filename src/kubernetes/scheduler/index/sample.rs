//! The choice among the nodes that a search found before it ended.

use super::Answer;
use super::class::Class;
use super::order::Order;
use super::seats::Standing;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Candidate, Scope};
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::sampling::Sampling;
use crate::kubernetes::scheduler::scores::totals;
use crate::kubernetes::scheduler::ties::{self, TieBreak, root};

/// What the search found of a group.
struct Found {
    /// The best node of it, and what that scores by itself.
    best: NodeId,
    own: i32,
    nodes: u32,
}

/// The nodes found, in the order of the search.
#[derive(Default)]
struct Sample {
    groups: Vec<Found>,
    /// Each with the place of its group, and what it scores by itself.
    nodes: Vec<(NodeId, usize, i32)>,
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
        let candidate = |found: &Found| Candidate { node: found.best, nodes: found.nodes };
        let candidates: Vec<Candidate> = sample.groups.iter().map(candidate).collect();
        let totals = totals(&self.scores.rank(cluster, &candidates), candidates.len());
        let highest = totals.iter().max().copied();
        self.candidates = candidates;
        let is_best = |&(_, group, own): &(NodeId, usize, i32)| {
            Some(totals[group]) == highest && own == sample.groups[group].own
        };
        let best = sample.nodes.iter().filter(|found| is_best(found));
        let chosen = match ties {
            // places are by name
            TieBreak::Name => best.map(|found| found.0).min_by_key(|&node| order.place(node)),
            TieBreak::Random(stream) => {
                let mut best: Vec<_> = best.map(|found| found.0).collect();
                best.sort_unstable_by_key(|&node| order.place(node));
                ties::random(&best, stream)
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
            let Standing { seat, own } = self.seats.standing(order.place(node));
            if let Some(group) = self.seats.group(seat) {
                let known = &mut asked[group.index()];
                let place = *known.get_or_insert_with(|| {
                    self.passes(cluster, node).then(|| {
                        sample.groups.push(Found { best: node, own, nodes: 0 });
                        sample.groups.len() - 1
                    })
                });
                if let Some(place) = place {
                    if sample.nodes.len() == wanted {
                        break;
                    }
                    let found = &mut sample.groups[place];
                    if own > found.own {
                        (found.best, found.own) = (node, own);
                    }
                    found.nodes += 1;
                    sample.nodes.push((node, place, own));
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
