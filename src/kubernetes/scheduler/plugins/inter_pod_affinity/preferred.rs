//! Affinity and anti-affinity that should hold: scoring.go.

use super::terms;
use crate::kubernetes::scheduler::cluster::{Change, Cluster};
use crate::kubernetes::scheduler::framework::{Candidate, GroupKey, MAX_SCORE, Scope, Score};
use crate::kubernetes::scheduler::node::{Node, NodeId};
use crate::kubernetes::scheduler::plugins::by_domain::{ByDomain, Place};
use crate::kubernetes::scheduler::profile::InterPodAffinityArgs;
use crate::kubernetes::scheduler::shape::{AffinityTerm, PodAffinity, ShapeId, Weighted};

/// What a pod of some shape is worth to nodes near it.
#[derive(Clone, Debug)]
struct Worth {
    /// In which table.
    table: usize,
    /// The sum of the weights of all terms that match.
    weight: i64,
    /// How many terms match: even if their weights cancel out, the plugin takes part.
    terms: i64,
}

/// The preferred terms of a shape, and the terms of placed pods about it.
#[derive(Debug)]
pub(super) struct Preferred {
    args: InterPodAffinityArgs,
    shape: ShapeId,
    /// By topology key: what each domain is worth.
    tables: Vec<ByDomain>,
    /// How many terms match any pod.
    matching: i64,
    /// By shape, once that was asked.
    worths: Vec<Option<Box<[Worth]>>>,
}

impl Preferred {
    pub(super) fn prepare(args: InterPodAffinityArgs, cluster: &Cluster, shape: ShapeId) -> Self {
        let mut preferred =
            Self { args, shape, tables: Vec::new(), matching: 0, worths: Vec::new() };
        for other in (0..cluster.shape_count()).filter_map(|place| u32::try_from(place).ok()) {
            preferred.worth(cluster, ShapeId(other));
        }
        for node in cluster.nodes() {
            for tally in &node.tallies {
                preferred.count(cluster, node.id, tally.shape, tally.present);
            }
        }
        preferred
    }

    /// What pods of a shape are worth; found once for each.
    fn worth(&mut self, cluster: &Cluster, other: ShapeId) {
        let place = other.0 as usize;
        if self.worths.len() <= place {
            self.worths.resize(place + 1, None);
        }
        if self.worths[place].is_none() {
            self.worths[place] = Some(self.find(cluster, other));
        }
    }

    fn find(&mut self, cluster: &Cluster, other: ShapeId) -> Box<[Worth]> {
        let (shape, other) = (cluster.shape(self.shape), cluster.shape(other));
        let own = preferences(&shape.affinity, &shape.anti_affinity);
        let own = own.filter(|(_, term)| terms::of_new_pod(term, cluster, other));
        let theirs = preferences(&other.affinity, &other.anti_affinity);
        let hard = self.args.hard_pod_affinity_weight;
        let required = other.affinity.required.iter().map(|term| (hard, term));
        let theirs = theirs.chain(required.filter(|_| hard > 0));
        let theirs = theirs.filter(|(_, term)| terms::of_placed_pod(term, cluster, shape));
        let mut worths: Vec<Worth> = Vec::new();
        for (weight, term) in own.chain(theirs) {
            let table = self.table(cluster, term);
            match worths.iter_mut().find(|worth| worth.table == table) {
                Some(worth) => {
                    (worth.weight, worth.terms) = (worth.weight + weight, worth.terms + 1)
                }
                None => worths.push(Worth { table, weight, terms: 1 }),
            }
        }
        worths.into()
    }

    /// The place of the table for a term, which is made if there is none.
    fn table(&mut self, cluster: &Cluster, term: &AffinityTerm) -> usize {
        let known = self.tables.iter().position(|table| table.topology() == term.topology);
        known.unwrap_or_else(|| {
            self.tables.push(ByDomain::new(cluster, term.topology));
            self.tables.len() - 1
        })
    }

    fn count(&mut self, cluster: &Cluster, node: NodeId, other: ShapeId, pods: i32) {
        if pods == 0 {
            return;
        }
        self.worth(cluster, other);
        let worths = self.worths[other.0 as usize].as_deref().unwrap_or_default();
        for worth in worths {
            let table = &mut self.tables[worth.table];
            if let Some(domain) = cluster.domain(table.topology(), node) {
                table.add(domain, i64::from(pods) * worth.weight);
                self.matching += i64::from(pods) * worth.terms;
            }
        }
    }
}

/// All preferred terms with their weights; being away from others is worth the opposite.
fn preferences<'a>(
    affinity: &'a PodAffinity,
    anti_affinity: &'a PodAffinity,
) -> impl Iterator<Item = (i64, &'a AffinityTerm)> {
    let weighted = |sign: i64| {
        move |one: &'a Weighted<AffinityTerm>| (sign * i64::from(one.weight), &one.term)
    };
    let near = affinity.preferred.iter().map(weighted(1));
    near.chain(anti_affinity.preferred.iter().map(weighted(-1)))
}

impl Score for Preferred {
    fn scope(&self) -> Scope {
        Scope::Domain
    }

    fn observe(&mut self, _: &Cluster, _: &[Candidate]) -> bool {
        self.matching > 0
    }

    fn score(&self, cluster: &Cluster, node: &Node) -> i64 {
        self.tables.iter().filter_map(|table| table.of(cluster, node.id)).sum()
    }

    fn normalises(&self) -> bool {
        true
    }

    /// The lowest gets nothing and the highest all; computed as in Go, since the order of
    /// operations decides what is cut off.
    fn normalise(&self, _: &Cluster, _: &[Candidate], scores: &mut [i64]) {
        let lowest = scores.iter().copied().min().unwrap_or(0);
        let span = scores.iter().copied().max().unwrap_or(0) - lowest;
        for score in scores {
            *score = match span {
                0 => 0,
                _ => (MAX_SCORE as f64 * ((*score - lowest) as f64 / span as f64)) as i64,
            };
        }
    }

    fn minds(&mut self, cluster: &Cluster, other: ShapeId) -> bool {
        self.worth(cluster, other);
        self.worths[other.0 as usize].as_ref().is_some_and(|worths| !worths.is_empty())
    }

    fn changed(&mut self, cluster: &Cluster, change: Change) {
        self.count(cluster, change.node, change.shape, change.delta.present);
    }

    /// What only one node has is summed up, as its score is. (Sums beyond 32 bits would need 20
    /// million pods on a node.)
    fn key(&self, cluster: &Cluster, node: &Node, key: &mut GroupKey) {
        if self.tables.is_empty() {
            return;
        }
        let mut alone = 0;
        for table in &self.tables {
            match table.place(cluster, node.id) {
                Place::Nowhere => key.push(0),
                Place::Alone(domain) => {
                    alone += table.get(domain);
                    key.push(0);
                }
                Place::Shared(domain) => key.push(1 + domain.0),
            }
        }
        key.push(alone as u32);
    }
}
