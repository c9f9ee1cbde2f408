//! A number for every domain of a topology key: how many pods of some kind are there, or what they
//! are worth.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::topology::{DomainId, TopologyId};

/// Where a node is, as far as it can be told from other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It lacks the label.
    Nowhere,
    /// It is alone in its domain, as under `kubernetes.io/hostname`: what is known of the domain is
    /// known of the node alone.
    Alone(DomainId),
    /// It shares its domain with other nodes.
    Shared(DomainId),
}

/// A number for every domain of a topology key; 0 where nothing was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ByDomain {
    topology: TopologyId,
    numbers: Vec<i64>,
}

impl ByDomain {
    /// All numbers 0.
    pub(super) fn new(cluster: &Cluster, topology: TopologyId) -> Self {
        Self { topology, numbers: vec![0; cluster.topologies().count(topology)] }
    }

    /// The topology key.
    pub(super) fn topology(&self) -> TopologyId {
        self.topology
    }

    /// The number of a domain.
    pub(super) fn get(&self, domain: DomainId) -> i64 {
        self.numbers.get(domain.0 as usize).copied().unwrap_or(0)
    }

    /// The number of a node's domain; none where the node lacks the label.
    pub(super) fn of(&self, cluster: &Cluster, node: NodeId) -> Option<i64> {
        cluster.domain(self.topology, node).map(|domain| self.get(domain))
    }

    /// Adds to the number of a domain and returns it.
    pub(super) fn add(&mut self, domain: DomainId, delta: i64) -> i64 {
        let place = domain.0 as usize;
        if self.numbers.len() <= place {
            self.numbers.resize(place + 1, 0);
        }
        self.numbers[place] += delta;
        self.numbers[place]
    }

    /// Where a node is.
    pub(super) fn place(&self, cluster: &Cluster, node: NodeId) -> Place {
        match cluster.domain(self.topology, node) {
            None => Place::Nowhere,
            Some(domain) if cluster.topologies().size(self.topology, domain) == 1 => {
                Place::Alone(domain)
            }
            Some(domain) => Place::Shared(domain),
        }
    }
}
