//! Domains: which nodes share a value of a label.
//!
//! Spread constraints and pod affinity speak of domains (zones, racks, single nodes) by the key of
//! a label. The keys that any pod names are known here by number, and for each key every node's
//! domain, so that counting pods by domain compares no text.

/// A key of node labels that divides nodes into domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopologyId(pub u16);

impl TopologyId {
    /// `kubernetes.io/hostname`, under which a node is its own domain.
    pub const HOSTNAME: Self = Self(0);
    /// `topology.kubernetes.io/zone`.
    pub const ZONE: Self = Self(1);
}

/// One value of a topology key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainId(pub u32);

/// One key, and what it divides the nodes into.
#[derive(Clone, Debug, Default)]
struct Topology {
    key: Box<str>,
    /// By node.
    domains: Vec<Option<DomainId>>,
    /// By domain: its value and how many nodes have it.
    values: Vec<(Box<str>, u32)>,
    /// Domains by their value, for new nodes.
    known: std::collections::BTreeMap<Box<str>, DomainId>,
}

/// All keys that pods name, and the domains of all nodes under each.
#[derive(Clone, Debug)]
pub struct Topologies(Vec<Topology>);

impl Default for Topologies {
    fn default() -> Self {
        let keys = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"];
        Self(keys.iter().map(|&key| Topology { key: key.into(), ..Topology::default() }).collect())
    }
}

impl Topologies {
    /// The number of a key, and whether it is new: then nodes have to be told of by
    /// [`place`](Self::place) once more.
    pub(super) fn intern(&mut self, key: &str) -> (TopologyId, bool) {
        let known = self.0.iter().position(|topology| *topology.key == *key);
        let new = known.is_none();
        if new {
            self.0.push(Topology { key: key.into(), ..Topology::default() });
        }
        let place = known.unwrap_or(self.0.len() - 1);
        (TopologyId(u16::try_from(place).expect("pods name few topology keys")), new)
    }

    /// The label key of a topology.
    #[must_use]
    pub fn key(&self, topology: TopologyId) -> &str {
        &self.0[usize::from(topology.0)].key
    }

    /// All keys.
    pub fn ids(&self) -> impl Iterator<Item = TopologyId> + use<> {
        (0..self.0.len()).map(|place| TopologyId(u16::try_from(place).expect("checked as made")))
    }

    /// The domain of a node; none where it lacks the label.
    #[must_use]
    pub fn domain(&self, topology: TopologyId, node: usize) -> Option<DomainId> {
        self.0[usize::from(topology.0)].domains.get(node).copied().flatten()
    }

    /// How many domains there ever were under a key: an upper bound of their numbers.
    #[must_use]
    pub fn count(&self, topology: TopologyId) -> usize {
        self.0[usize::from(topology.0)].values.len()
    }

    /// How many nodes are in a domain.
    #[must_use]
    pub fn size(&self, topology: TopologyId, domain: DomainId) -> u32 {
        self.0[usize::from(topology.0)].values[domain.0 as usize].1
    }

    /// Puts a node where the value of its label says; `None` where it has none, or is gone.
    pub(super) fn place(&mut self, topology: TopologyId, node: usize, value: Option<&str>) {
        let topology = &mut self.0[usize::from(topology.0)];
        if topology.domains.len() <= node {
            topology.domains.resize(node + 1, None);
        }
        if let Some(old) = topology.domains[node] {
            topology.values[old.0 as usize].1 -= 1;
        }
        topology.domains[node] = value.map(|value| {
            let domain = topology.known.get(value).copied().unwrap_or_else(|| {
                let new = u32::try_from(topology.values.len()).expect("nodes are numbered in u32");
                topology.values.push((value.into(), 0));
                topology.known.insert(value.into(), DomainId(new));
                DomainId(new)
            });
            topology.values[domain.0 as usize].1 += 1;
            domain
        });
    }
}
