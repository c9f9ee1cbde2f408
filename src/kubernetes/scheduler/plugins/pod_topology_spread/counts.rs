//! Pods that match a constraint, by constraint and domain.

use super::eligibility;
use crate::kubernetes::scheduler::cluster::{Change, Cluster};
use crate::kubernetes::scheduler::node::{Node, NodeId};
use crate::kubernetes::scheduler::plugins::by_domain::ByDomain;
use crate::kubernetes::scheduler::shape::{PodShape, ShapeId, SpreadConstraint};
use crate::kubernetes::scheduler::topology::DomainId;

/// How the pods of one constraint in one domain changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved {
    /// Which constraint, by its place.
    pub(super) constraint: usize,
    /// How many there were.
    pub(super) from: i64,
    /// How many there are now.
    pub(super) to: i64,
}

/// The constraints of a shape, and how many pods match them in every domain.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    shape: ShapeId,
    constraints: Vec<SpreadConstraint>,
    /// Whether nodes that lack the label of any constraint are left out.
    all_keys: bool,
    pods: Vec<ByDomain>,
    /// By shape: the places of the constraints whose selector it matches, once that was asked.
    matching: Vec<Option<Box<[usize]>>>,
}

impl Counts {
    /// Counts all pods, and reports every domain that counts for a constraint.
    pub(super) fn prepare(
        cluster: &Cluster,
        shape: ShapeId,
        constraints: Vec<SpreadConstraint>,
        all_keys: bool,
        mut report: impl FnMut(usize, DomainId),
    ) -> Self {
        let pods = constraints.iter().map(|one| ByDomain::new(cluster, one.topology)).collect();
        let matching = vec![None; cluster.shape_count()];
        let mut counts = Self { shape, constraints, all_keys, pods, matching };
        let mut domains = Vec::new();
        for node in cluster.nodes() {
            if counts.takes(cluster, node.id) {
                counts.find_domains(cluster, node, &mut domains);
                for (constraint, domain) in domains.iter().enumerate() {
                    domain.iter().for_each(|&domain| report(constraint, domain));
                }
                counts.add_node(cluster, node, &domains);
            }
        }
        counts
    }

    fn find_domains(&self, cluster: &Cluster, node: &Node, into: &mut Vec<Option<DomainId>>) {
        let shape = cluster.shape(self.shape);
        into.clear();
        into.extend((0..self.constraints.len()).map(|one| self.domain(cluster, shape, one, node)));
    }

    /// By constraint: the domain of a node, where it counts.
    pub(super) fn domains(&self, cluster: &Cluster, node: &Node) -> Vec<Option<DomainId>> {
        let mut domains = Vec::new();
        if self.takes(cluster, node.id) {
            self.find_domains(cluster, node, &mut domains);
        }
        domains
    }

    fn add_node(&mut self, cluster: &Cluster, node: &Node, domains: &[Option<DomainId>]) {
        for tally in &node.tallies {
            self.find_matching(cluster, tally.shape);
            let matching = self.matching[tally.shape.0 as usize].as_deref().unwrap_or_default();
            for &constraint in matching {
                if let Some(domain) = domains[constraint]
                    && self.is_counted(constraint)
                {
                    self.pods[constraint].add(domain, i64::from(tally.alive));
                }
            }
        }
    }

    /// The domain of a node, where it counts for a constraint.
    fn domain(
        &self,
        cluster: &Cluster,
        shape: &PodShape,
        constraint: usize,
        node: &Node,
    ) -> Option<DomainId> {
        let constraint = &self.constraints[constraint];
        let domain = cluster.domain(constraint.topology, node.id)?;
        eligibility::counts(constraint, shape, &node.spec).then_some(domain)
    }

    /// Which constraints' selectors a shape matches; found once for each shape.
    fn find_matching(&mut self, cluster: &Cluster, other: ShapeId) {
        let place = other.0 as usize;
        if self.matching.len() <= place {
            self.matching.resize(place + 1, None);
        }
        let (constraints, namespace) = (&self.constraints, &cluster.shape(self.shape).namespace);
        self.matching[place].get_or_insert_with(|| {
            let other = cluster.shape(other);
            let all = constraints.iter().enumerate();
            let near = all.filter(|_| other.namespace == *namespace);
            let matching = near.filter(|(_, one)| one.selector.matches(&other.labels));
            matching.map(|(place, _)| place).collect()
        });
    }

    /// Whether pods of a shape match any constraint.
    pub(super) fn mind(&mut self, cluster: &Cluster, other: ShapeId) -> bool {
        self.find_matching(cluster, other);
        self.matching[other.0 as usize].as_ref().is_some_and(|matching| !matching.is_empty())
    }

    /// A selector without requirements counts no pods (`countPodsMatchSelectors`), though it
    /// matches all.
    fn is_counted(&self, constraint: usize) -> bool {
        !self.constraints[constraint].selector.is_everything()
    }

    /// Follows a change on a node and reports the numbers that changed. Pods that are being deleted
    /// are not counted.
    pub(super) fn changed(&mut self, cluster: &Cluster, change: Change, report: impl FnMut(Moved)) {
        self.follow(cluster, change, i64::from(change.delta.alive), false, report);
    }

    /// The same, where a pod is only tried on a node, or off it (`updateWithPod`): that looks
    /// neither at whether it is being deleted nor at whether the selector has requirements.
    pub(super) fn tried(&mut self, cluster: &Cluster, change: Change, report: impl FnMut(Moved)) {
        self.follow(cluster, change, i64::from(change.delta.present), true, report);
    }

    fn follow(
        &mut self,
        cluster: &Cluster,
        change: Change,
        delta: i64,
        uncounted_too: bool,
        mut report: impl FnMut(Moved),
    ) {
        self.find_matching(cluster, change.shape);
        let matching = self.matching[change.shape.0 as usize].as_deref().unwrap_or_default();
        if delta == 0 || matching.is_empty() || !self.takes(cluster, change.node) {
            return;
        }
        let (shape, node) = (cluster.shape(self.shape), cluster.node(change.node));
        for &constraint in matching {
            if !(uncounted_too || self.is_counted(constraint)) {
                continue;
            }
            let Some(domain) = self.domain(cluster, shape, constraint, node) else { continue };
            let to = self.pods[constraint].add(domain, delta);
            report(Moved { constraint, from: to - delta, to });
        }
    }

    /// How many pods on one node match a constraint, whoever shares its domain.
    pub(super) fn on(&self, node: &Node, constraint: usize) -> i64 {
        if !self.is_counted(constraint) {
            return 0;
        }
        let matches = |shape: ShapeId| {
            let matching = self.matching.get(shape.0 as usize).and_then(Option::as_deref);
            matching.is_some_and(|matching| matching.contains(&constraint))
        };
        let alike = node.tallies.iter().filter(|tally| matches(tally.shape));
        alike.map(|tally| i64::from(tally.alive)).sum()
    }

    /// Whether a node has the labels it needs to be taken into account.
    pub(super) fn takes(&self, cluster: &Cluster, node: NodeId) -> bool {
        !self.all_keys || self.has_all_keys(cluster, node)
    }

    fn has_all_keys(&self, cluster: &Cluster, node: NodeId) -> bool {
        self.constraints.iter().all(|one| cluster.domain(one.topology, node).is_some())
    }

    /// Every constraint with the pods that match it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&SpreadConstraint, &ByDomain)> {
        self.constraints.iter().zip(&self.pods)
    }
}
