//! Pods that are spread, near each other or apart: which domains are left for the next.
//!
//! Follows pkg/controllers/provisioning/scheduling/topology.go of Karpenter 1.x. Domains are those
//! that pools could make nodes in and those of nodes that are there; under the name of the host,
//! every node that is to be made is another. What a pod leaves open it may close for others: one
//! that is away from its like, on a node that may still be in any of three zones, takes all three.

mod filter;
mod group;

use std::collections::BTreeMap;

use filter::{Counted, NodeFilter};
use group::{Group, Identity, Rule};

use super::requirement::Allowed;
use super::requirements::{HOSTNAME, Requirements};
use super::wish::Wish;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::{NodeId, NodeSpec};
use crate::kubernetes::scheduler::shape::{AffinityTerm, PodShape, ShapeId, Taint};

/// What rules are counted in when they become known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    /// With all nodes and their pods.
    pub cluster: &'a Cluster,
    /// Nodes that may take pods.
    pub nodes: &'a [NodeId],
    /// Pods by node and shape that do not count where they are: they are planned for.
    pub moving: &'a BTreeMap<(NodeId, ShapeId), Moving>,
}

/// How many pods do not count where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moving {
    /// All.
    pub present: i64,
    /// Those that are not about to end.
    pub alive: i64,
}

impl Ground<'_> {
    fn moving(&self, node: NodeId, shape: ShapeId) -> Moving {
        self.moving.get(&(node, shape)).copied().unwrap_or_default()
    }
}

/// Domains that pools could make nodes in, each with the taints that pools have there.
pub(super) type Domains = BTreeMap<Box<str>, Vec<Vec<Taint>>>;

/// Where domains of a label are asked for.
pub(super) type Source<'a> = &'a mut dyn FnMut(&str) -> Domains;

/// A rule that a pod has to keep to, and whether the pod itself is counted by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owned {
    place: usize,
    own: bool,
}

/// What pods of a shape are to others.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// Rules of others by which it has to be away: they count it where it must not be.
    avoided: Vec<usize>,
    /// Rules by which others have to be away from it.
    avoiding: Vec<usize>,
    /// Rules by which it is counted, of so many that were looked at.
    counted: Vec<usize>,
    seen: Option<usize>,
}

/// All rules of pods that are planned for, and those of pods that run and keep others away.
#[derive(Debug, Default)]
pub(super) struct Topology {
    groups: Vec<Group>,
    /// Anti-affinity the other way round: the counts are of the pods that want to be away.
    inverse: Vec<Group>,
}

impl Topology {
    /// With what pods that run demand of others.
    pub fn new(ground: &Ground, domains: Source) -> Self {
        let mut all = Self::default();
        let cluster = ground.cluster;
        for node in cluster.nodes() {
            for tally in &node.tallies {
                let shape = cluster.shape(tally.shape);
                if shape.anti_affinity.required.is_empty() {
                    continue;
                }
                let moving = ground.moving(node.id, tally.shape);
                let pods = i64::from(tally.present) - moving.present;
                if pods <= 0 {
                    continue;
                }
                for term in &shape.anti_affinity.required {
                    let place = all.keep_away(ground, term, domains);
                    let group = &mut all.inverse[place];
                    if let Some(domain) = domain(&node.spec, &group.identity.key) {
                        group.count(domain, pods);
                    }
                }
            }
        }
        all
    }

    fn keep_away(&mut self, ground: &Ground, term: &AffinityTerm, domains: Source) -> usize {
        let identity = of_term(ground.cluster, Rule::Away, term);
        if let Some(known) = self.inverse.iter().position(|one| one.identity == identity) {
            return known;
        }
        let group = make(identity, 1, ground, domains);
        self.inverse.push(group);
        self.inverse.len() - 1
    }

    /// The rules that a pod has to keep to, with what it wants now. Those that were not known are
    /// counted.
    pub fn owned(
        &mut self,
        shape: &PodShape,
        wish: &Wish,
        ground: &Ground,
        domains: Source,
    ) -> Vec<Owned> {
        let cluster = ground.cluster;
        let spread = wish.spread().iter().map(|constraint| {
            let (namespace, selector) = (shape.namespace.clone(), constraint.selector.clone());
            let identity = Identity {
                key: cluster.topologies().key(constraint.topology).into(),
                rule: Rule::Spread { max_skew: i64::from(constraint.max_skew) },
                counted: Counted::Like { namespace, selector },
                filter: NodeFilter::of(constraint, wish),
            };
            (identity, i64::from(constraint.min_domains))
        });
        let near = wish.near().map(|term| (of_term(cluster, Rule::Near, term), 1));
        let away = wish.away().map(|term| (of_term(cluster, Rule::Away, term), 1));
        let all: Vec<_> = spread.chain(near).chain(away).collect();
        let mut owned = Vec::new();
        for (identity, min_domains) in all {
            let known = self.groups.iter().position(|one| one.identity == identity);
            let place = known.unwrap_or_else(|| {
                let mut group = make(identity, min_domains, ground, domains);
                count(&mut group, ground);
                self.groups.push(group);
                self.groups.len() - 1
            });
            let own = self.groups[place].identity.counted.has(cluster, shape);
            owned.push(Owned { place, own });
        }
        owned
    }

    /// What pods of a shape are to others, once the rules of all pods are known.
    pub fn standing(&mut self, shape: &PodShape, ground: &Ground, domains: Source) -> Standing {
        let required = shape.anti_affinity.required.iter();
        let avoiding = required.map(|term| self.keep_away(ground, term, domains)).collect();
        Standing { avoiding, ..Standing::default() }
    }

    /// Brings up to date by which rules a shape is counted.
    pub fn renew(&self, standing: &mut Standing, cluster: &Cluster, shape: &PodShape) {
        let has = |group: &Group| group.identity.counted.has(cluster, shape);
        if standing.seen.is_none() {
            let inverse = self.inverse.iter().enumerate();
            standing.avoided =
                inverse.filter(|(_, one)| has(one)).map(|(place, _)| place).collect();
        }
        let seen = standing.seen.replace(self.groups.len()).unwrap_or(0);
        standing.counted.extend((seen..self.groups.len()).filter(|&one| has(&self.groups[one])));
    }

    /// Whether no rule bears on a pod.
    pub fn is_free(owned: &[Owned], standing: &Standing) -> bool {
        owned.is_empty() && standing.avoided.is_empty()
    }

    /// Whether a place that its rules refuse once is refused for good.
    pub fn is_steady(&self, owned: &[Owned]) -> bool {
        owned.iter().all(|one| self.groups[one.place].is_steady())
    }

    /// What rules leave of the labels of a node that is, or is to be, like this; none where nothing
    /// is left. `strict` is what a pod has to have.
    pub fn narrow(
        &self,
        owned: &[Owned],
        standing: &Standing,
        strict: &Requirements,
        labels: &Requirements,
    ) -> Option<Requirements> {
        let owned = owned.iter().map(|one| (&self.groups[one.place], one.own));
        let avoided = standing.avoided.iter().map(|&place| (&self.inverse[place], true));
        let mut left = Requirements::default();
        for (group, own) in owned.chain(avoided) {
            let key = &*group.identity.key;
            left.add(key, &group.choose(own, strict.get(key), labels.get(key))?);
        }
        // each rule chose for itself: together they may leave nothing
        let possible = left.iter().all(|(_, allowed)| !allowed.is_empty());
        possible.then_some(left)
    }

    /// A pod goes to a node like this. One that could be in several domains is counted in all of
    /// them by rules that keep others away, and by no other rule.
    pub fn record(&mut self, standing: &Standing, taints: &[Taint], labels: &Requirements) {
        for &place in &standing.counted {
            let group = &mut self.groups[place];
            if !group.identity.filter.admits(taints, labels) {
                continue;
            }
            let allowed = labels.get(&group.identity.key);
            match group.identity.rule {
                Rule::Away => everywhere(group, allowed),
                Rule::Near | Rule::Spread { .. } => {
                    if let Some(domain) = allowed.and_then(Allowed::single) {
                        group.count(domain, 1);
                    }
                }
            }
        }
        for &place in &standing.avoiding {
            let group = &mut self.inverse[place];
            let allowed = labels.get(&group.identity.key);
            everywhere(group, allowed);
        }
    }
}

fn everywhere(group: &mut Group, allowed: Option<&Allowed>) {
    for domain in allowed.and_then(Allowed::named).into_iter().flatten() {
        group.count(domain, 1);
    }
}

fn of_term(cluster: &Cluster, rule: Rule, term: &AffinityTerm) -> Identity {
    let key = cluster.topologies().key(term.topology).into();
    let (counted, filter) = (Counted::Near(term.clone()), NodeFilter::everywhere());
    Identity { key, rule, counted, filter }
}

/// A rule, and the domains there could be pods in: where pools could make nodes, and where nodes
/// are.
fn make(identity: Identity, min_domains: i64, ground: &Ground, domains: Source) -> Group {
    let of_pools = domains(&identity.key);
    let mut group = Group::new(identity, min_domains);
    for (domain, taints) in of_pools {
        if taints.iter().any(|one| group.identity.filter.tolerates(one)) {
            group.know(&domain);
        }
    }
    for &node in ground.nodes {
        let spec = &ground.cluster.node(node).spec;
        if let Some(domain) = domain(spec, &group.identity.key)
            && group.identity.filter.admits_node(spec)
        {
            group.know(domain);
        }
    }
    group
}

/// Counts the pods that are there: bound, and not about to go.
fn count(group: &mut Group, ground: &Ground) {
    let cluster = ground.cluster;
    let mut counted = BTreeMap::<ShapeId, bool>::new();
    for node in cluster.nodes() {
        let Some(domain) = domain(&node.spec, &group.identity.key) else { continue };
        let mut pods = 0;
        for tally in &node.tallies {
            let is_counted = counted
                .entry(tally.shape)
                .or_insert_with(|| group.identity.counted.has(cluster, cluster.shape(tally.shape)));
            if *is_counted {
                pods += i64::from(tally.alive) - ground.moving(node.id, tally.shape).alive;
            }
        }
        if pods > 0 && group.identity.filter.admits_node(&node.spec) {
            group.count(domain, pods);
        }
    }
}

/// The domain of a node. One without a name among its labels is told by its name.
fn domain<'a>(spec: &'a NodeSpec, key: &str) -> Option<&'a str> {
    spec.labels.get(key).or_else(|| (key == HOSTNAME).then_some(&*spec.name))
}

/// What is known of the labels of a node that is there: all.
pub(super) fn labels_of(spec: &NodeSpec) -> Requirements {
    let mut known = Requirements::of_labels(&spec.labels);
    if known.get(HOSTNAME).is_none() {
        known.add(HOSTNAME, &Allowed::only([spec.name.clone()]));
    }
    known
}
