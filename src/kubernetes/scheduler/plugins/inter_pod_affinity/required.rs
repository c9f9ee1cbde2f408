//! Affinity and anti-affinity that must hold: filtering.go.

use super::terms;
use crate::kubernetes::scheduler::cluster::{Change, Cluster};
use crate::kubernetes::scheduler::framework::{Filter, GroupKey, Rejection, Scope, Verdict};
use crate::kubernetes::scheduler::node::{Node, NodeId};
use crate::kubernetes::scheduler::plugins::by_domain::{ByDomain, Place};
use crate::kubernetes::scheduler::shape::{AffinityTerm, PodShape, ShapeId};
use crate::kubernetes::scheduler::topology::TopologyId;

/// Why a node that is not near the pods to be near to is out.
pub const AFFINITY: &str = "node(s) didn't match pod affinity rules";
/// Why a node near a pod to be away from is out.
pub const ANTI_AFFINITY: &str = "node(s) didn't match pod anti-affinity rules";
/// Why a node near a pod that wants to be away from this one is out.
pub const EXISTING_ANTI_AFFINITY: &str = "node(s) didn't satisfy existing pods anti-affinity rules";

/// Pods that count, by topology key and domain.
#[derive(Clone, Debug, Default)]
struct Counts {
    tables: Vec<ByDomain>,
    /// The sum of all numbers.
    total: i64,
}

impl Counts {
    fn of(cluster: &Cluster, terms: &[AffinityTerm]) -> Self {
        let mut counts = Self::default();
        for term in terms {
            counts.table(cluster, term.topology);
        }
        counts
    }

    /// The place of the table of a topology key, which is made if there is none.
    fn table(&mut self, cluster: &Cluster, topology: TopologyId) -> usize {
        let known = self.tables.iter().position(|table| table.topology() == topology);
        known.unwrap_or_else(|| {
            self.tables.push(ByDomain::new(cluster, topology));
            self.tables.len() - 1
        })
    }

    fn add(&mut self, cluster: &Cluster, table: usize, node: NodeId, pods: i64) {
        let table = &mut self.tables[table];
        if let Some(domain) = cluster.domain(table.topology(), node) {
            table.add(domain, pods);
            self.total += pods;
        }
    }

    /// Whether any pod that counts is near a node.
    fn near(&self, cluster: &Cluster, node: NodeId) -> bool {
        self.tables.iter().any(|table| table.of(cluster, node).is_some_and(|pods| pods > 0))
    }

    /// Pushes what tells nodes apart that have such pods near from those that have not.
    fn key(&self, cluster: &Cluster, node: NodeId, key: &mut GroupKey) {
        if self.tables.is_empty() {
            return;
        }
        let mut near = 0;
        for table in &self.tables {
            match table.place(cluster, node) {
                Place::Nowhere => key.push(0),
                Place::Alone(domain) => {
                    near |= u32::from(table.get(domain) > 0);
                    key.push(0);
                }
                Place::Shared(domain) => key.push(1 + domain.0),
            }
        }
        key.push(near);
    }
}

/// What pods of a shape mean to pods of the prepared one.
#[derive(Clone, Debug)]
struct Meaning {
    /// Whether they meet all of its affinity terms.
    attracts: bool,
    /// Tables of its anti-affinity terms that they meet.
    repelled: Box<[usize]>,
    /// Tables of their anti-affinity terms that it meets.
    repels: Box<[usize]>,
}

/// The required terms of a shape, and those of placed pods about it.
#[derive(Debug)]
pub(super) struct Required {
    shape: ShapeId,
    affinity: Counts,
    anti_affinity: Counts,
    existing: Counts,
    /// By shape, once that was asked.
    meanings: Vec<Option<Meaning>>,
    /// Whether the pod meets its own affinity: then the first of its kind need not be near any.
    own_kind: bool,
    /// Whether there is anything to ask about: if not, the plugin is skipped, and that holds for
    /// pods that are only tried too.
    asked: bool,
}

impl Required {
    pub(super) fn prepare(cluster: &Cluster, id: ShapeId) -> Self {
        let shape = cluster.shape(id);
        let mut required = Self {
            shape: id,
            affinity: Counts::of(cluster, &shape.affinity.required),
            anti_affinity: Counts::of(cluster, &shape.anti_affinity.required),
            existing: Counts::default(),
            meanings: Vec::new(),
            own_kind: terms::all_of_new_pod(&shape.affinity.required, cluster, shape),
            asked: false,
        };
        for other in (0..cluster.shape_count()).filter_map(|place| u32::try_from(place).ok()) {
            required.meaning(cluster, ShapeId(other));
        }
        for node in cluster.nodes() {
            for tally in &node.tallies {
                required.count(cluster, node.id, tally.shape, tally.present);
            }
        }
        required.ask(cluster);
        required
    }

    fn ask(&mut self, cluster: &Cluster) {
        let shape = cluster.shape(self.shape);
        self.asked = self.existing.total > 0
            || !shape.affinity.required.is_empty()
            || !shape.anti_affinity.required.is_empty();
    }

    /// What pods of a shape mean; found once for each.
    fn meaning(&mut self, cluster: &Cluster, other: ShapeId) {
        let place = other.0 as usize;
        if self.meanings.len() <= place {
            self.meanings.resize(place + 1, None);
        }
        if self.meanings[place].is_none() {
            let (shape, other) = (cluster.shape(self.shape), cluster.shape(other));
            self.meanings[place] = Some(self.find(cluster, shape, other));
        }
    }

    fn find(&mut self, cluster: &Cluster, shape: &PodShape, other: &PodShape) -> Meaning {
        let attracts = terms::all_of_new_pod(&shape.affinity.required, cluster, other);
        let own = shape.anti_affinity.required.iter();
        let repelled = own.filter(|term| terms::of_new_pod(term, cluster, other));
        let repelled =
            repelled.map(|term| self.anti_affinity.table(cluster, term.topology)).collect();
        let theirs = other.anti_affinity.required.iter();
        let repels = theirs.filter(|term| terms::of_placed_pod(term, cluster, shape));
        let repels = repels.map(|term| self.existing.table(cluster, term.topology)).collect();
        Meaning { attracts, repelled, repels }
    }

    fn count(&mut self, cluster: &Cluster, node: NodeId, other: ShapeId, pods: i32) {
        if pods == 0 {
            return;
        }
        self.meaning(cluster, other);
        let Some(meaning) = &self.meanings[other.0 as usize] else { return };
        let pods = i64::from(pods);
        if meaning.attracts {
            for table in 0..self.affinity.tables.len() {
                self.affinity.add(cluster, table, node, pods);
            }
        }
        for &table in &meaning.repelled {
            self.anti_affinity.add(cluster, table, node, pods);
        }
        for &table in &meaning.repels {
            self.existing.add(cluster, table, node, pods);
        }
    }

    /// Whether a node is near the pods to be near to.
    fn attracted(&self, cluster: &Cluster, node: NodeId) -> bool {
        let mut all = true;
        for table in &self.affinity.tables {
            let Some(pods) = table.of(cluster, node) else { return false };
            all &= pods > 0;
        }
        all || (self.affinity.total == 0 && self.own_kind)
    }
}

impl Filter for Required {
    fn scope(&self) -> Scope {
        Scope::Domain
    }

    fn filter(&self, cluster: &Cluster, node: &Node) -> Verdict {
        if !self.asked {
            return Ok(());
        }
        if !self.attracted(cluster, node.id) {
            return Err(Rejection::unresolvable(AFFINITY));
        }
        if self.anti_affinity.near(cluster, node.id) {
            return Err(Rejection::unschedulable(ANTI_AFFINITY));
        }
        if self.existing.near(cluster, node.id) {
            return Err(Rejection::unschedulable(EXISTING_ANTI_AFFINITY));
        }
        Ok(())
    }

    fn minds(&mut self, cluster: &Cluster, other: ShapeId) -> bool {
        self.meaning(cluster, other);
        let meaning = self.meanings[other.0 as usize].as_ref().expect("it was just found");
        let attracts = meaning.attracts && !self.affinity.tables.is_empty();
        attracts || !meaning.repelled.is_empty() || !meaning.repels.is_empty()
    }

    fn changed(&mut self, cluster: &Cluster, change: Change) {
        self.count(cluster, change.node, change.shape, change.delta.present);
        self.ask(cluster);
    }

    fn tried(&mut self, cluster: &Cluster, change: Change) {
        self.count(cluster, change.node, change.shape, change.delta.present);
    }

    fn key(&self, cluster: &Cluster, node: &Node, key: &mut GroupKey) {
        for table in &self.affinity.tables {
            match table.place(cluster, node.id) {
                Place::Nowhere => key.push(0),
                Place::Alone(domain) => key.push(1 + u32::from(table.get(domain) > 0)),
                Place::Shared(domain) => key.push(3 + domain.0),
            }
        }
        self.anti_affinity.key(cluster, node.id, key);
        self.existing.key(cluster, node.id, key);
    }
}
