//! The fewest pods that any domain has, kept as pods come and go.
//!
//! kube-scheduler keeps the two emptiest domains only, which is enough while pods change on one
//! node at a time. Here it is known how many domains have how many pods, so that the minimum is
//! right whatever changes.

use std::collections::BTreeMap;

use crate::kubernetes::scheduler::topology::DomainId;

/// How many domains count, and the fewest pods that one of them has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Minimum {
    /// By domain: how many of its nodes count.
    nodes: Vec<u32>,
    domains: usize,
    /// By number of pods: how many domains have so many.
    levels: BTreeMap<i64, usize>,
    fewest: i64,
}

impl Minimum {
    /// Lets a node of a domain count. If it is the first, the domain has no pods yet; says so.
    pub(super) fn include(&mut self, domain: DomainId) -> bool {
        let place = domain.0 as usize;
        if self.nodes.len() <= place {
            self.nodes.resize(place + 1, 0);
        }
        self.nodes[place] += 1;
        let first = self.nodes[place] == 1;
        if first {
            self.domains += 1;
            *self.levels.entry(0).or_default() += 1;
            self.settle();
        }
        first
    }

    /// Lets a node without pods of a domain count no more, and with the last of them the domain.
    pub(super) fn exclude(&mut self, domain: DomainId) {
        let nodes = &mut self.nodes[domain.0 as usize];
        *nodes -= 1;
        if *nodes == 0 {
            self.domains -= 1;
            self.leave(0);
            self.settle();
        }
    }

    /// The number of pods of a domain that counts changed.
    pub(super) fn moved(&mut self, from: i64, to: i64) {
        self.leave(from);
        *self.levels.entry(to).or_default() += 1;
        self.settle();
    }

    fn leave(&mut self, pods: i64) {
        let left = self.levels.get_mut(&pods).expect("a domain has the pods it had");
        *left -= 1;
        if *left == 0 {
            self.levels.remove(&pods);
        }
    }

    fn settle(&mut self) {
        self.fewest = self.levels.first_key_value().map_or(0, |(&pods, _)| pods);
    }

    /// How many domains count.
    pub(super) fn domains(&self) -> usize {
        self.domains
    }

    /// The fewest pods; 0 where no domain counts.
    pub(super) fn fewest(&self) -> i64 {
        self.fewest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_follows_the_emptiest_domain_and_back() {
        let mut minimum = Minimum::default();
        assert_eq!((minimum.fewest(), minimum.domains()), (0, 0));
        assert!(minimum.include(DomainId(3)));
        assert!(minimum.include(DomainId(0)));
        assert!(!minimum.include(DomainId(3)));
        assert_eq!((minimum.fewest(), minimum.domains()), (0, 2));
        minimum.moved(0, 2);
        assert_eq!(minimum.fewest(), 0);
        minimum.moved(0, 5);
        assert_eq!(minimum.fewest(), 2);
        minimum.moved(5, 1);
        assert_eq!(minimum.fewest(), 1);
        minimum.moved(1, -1);
        assert_eq!(minimum.fewest(), -1);
        minimum.moved(-1, 1);
        minimum.moved(1, 5);
        assert_eq!((minimum.fewest(), minimum.domains()), (2, 2));
    }

    #[test]
    fn a_domain_counts_until_its_last_node_goes() {
        let mut minimum = Minimum::default();
        minimum.include(DomainId(0));
        minimum.moved(0, 2);
        minimum.include(DomainId(1));
        minimum.include(DomainId(1));
        assert_eq!((minimum.fewest(), minimum.domains()), (0, 2));
        minimum.exclude(DomainId(1));
        assert_eq!((minimum.fewest(), minimum.domains()), (0, 2));
        minimum.exclude(DomainId(1));
        assert_eq!((minimum.fewest(), minimum.domains()), (2, 1));
    }
}
