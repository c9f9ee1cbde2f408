//! One rule about neighbours, and how many of them there are in each domain.
//!
//! Follows pkg/controllers/provisioning/scheduling/topologygroup.go of Karpenter 1.x. Where it
//! takes any of several domains that are equally good, here it is the first by name.

use std::collections::BTreeMap;

use super::filter::{Counted, NodeFilter};
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::HOSTNAME;

/// What a rule demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// To be no more than so many above the emptiest domain.
    Spread { max_skew: i64 },
    /// To be where one of them is.
    Near,
    /// To be where none of them is.
    Away,
}

/// What tells rules apart: equal ones of several shapes are counted once.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// The label whose values are the domains.
    pub key: Box<str>,
    pub rule: Rule,
    pub counted: Counted,
    pub filter: NodeFilter,
}

/// A rule with its counts.
#[derive(Clone, Debug)]
pub struct Group {
    pub identity: Identity,
    /// With fewer domains than this the emptiest counts as empty. As in Karpenter, it does not tell
    /// rules apart.
    min_domains: i64,
    domains: BTreeMap<Box<str>, i64>,
    /// How many domains have any.
    occupied: usize,
}

impl Group {
    /// A rule of which no domain is known.
    pub fn new(identity: Identity, min_domains: i64) -> Self {
        Self { identity, min_domains, domains: BTreeMap::new(), occupied: 0 }
    }

    /// Makes a domain known.
    pub fn know(&mut self, domain: &str) {
        if !self.domains.contains_key(domain) {
            self.domains.insert(domain.into(), 0);
        }
    }

    /// Counts pods in a domain.
    pub fn count(&mut self, domain: &str, pods: i64) {
        if pods <= 0 {
            return;
        }
        match self.domains.get_mut(domain) {
            Some(known) => {
                self.occupied += usize::from(*known == 0);
                *known += pods;
            }
            None => {
                self.domains.insert(domain.into(), pods);
                self.occupied += 1;
            }
        }
    }

    /// Whether each node is a domain of its own.
    pub fn is_by_host(&self) -> bool {
        *self.identity.key == *HOSTNAME
    }

    /// Whether a place that it refuses once is refused for good, since pods only come.
    pub fn is_steady(&self) -> bool {
        match self.identity.rule {
            Rule::Away => true,
            Rule::Spread { .. } => self.is_by_host(),
            Rule::Near => false,
        }
    }

    /// The domains in which a pod may be, of those that it and the node allow; none where there is
    /// none. `own` says whether the pod itself is counted.
    pub fn choose(
        &self,
        own: bool,
        pod: Option<&Allowed>,
        node: Option<&Allowed>,
    ) -> Option<Allowed> {
        if self.is_by_host()
            && let Some(host) = node.and_then(Allowed::single)
        {
            return self.takes(host, own, pod).then(|| Allowed::only([host]));
        }
        let chosen = match self.identity.rule {
            Rule::Spread { max_skew } => {
                let emptiest = self.emptiest(own, max_skew, pod, node);
                Vec::from_iter(emptiest)
            }
            Rule::Near => self.nearest(own, pod, node),
            Rule::Away => {
                let both = self.of_both(pod, node);
                both.filter(|(_, pods)| *pods == 0).map(|(domain, _)| domain).collect()
            }
        };
        (!chosen.is_empty()).then(|| Allowed::only(chosen))
    }

    /// The same for a host, which need not be known: that of a new node is not.
    fn takes(&self, host: &str, own: bool, pod: Option<&Allowed>) -> bool {
        let pods = self.domains.get(host).copied().unwrap_or(0);
        match self.identity.rule {
            // there could always be another, empty one
            Rule::Spread { max_skew } => pods + i64::from(own) <= max_skew,
            Rule::Near => may_be(pod, host) && (pods > 0 || (own && self.is_open(pod))),
            Rule::Away => pods == 0,
        }
    }

    fn emptiest(
        &self,
        own: bool,
        max_skew: i64,
        pod: Option<&Allowed>,
        node: Option<&Allowed>,
    ) -> Option<&str> {
        let least = self.least(pod);
        let there = self.domains.iter().filter(|(domain, _)| may_be(node, domain));
        let with_pod = there.map(|(domain, pods)| (pods + i64::from(own), domain));
        let even = with_pod.filter(|(pods, _)| pods - least <= max_skew);
        even.min().map(|(_, domain)| &**domain)
    }

    /// How many the emptiest domain has that the pod allows.
    fn least(&self, pod: Option<&Allowed>) -> i64 {
        if self.is_by_host() {
            return 0;
        }
        let allowed = self.domains.iter().filter(|(domain, _)| may_be(pod, domain));
        let (mut domains, mut least) = (0, i64::MAX);
        for (_, &pods) in allowed {
            (domains, least) = (domains + 1, least.min(pods));
        }
        if domains == 0 || domains < self.min_domains { 0 } else { least }
    }

    /// Where some are; for the first of pods that are near each other, any one place.
    fn nearest(&self, own: bool, pod: Option<&Allowed>, node: Option<&Allowed>) -> Vec<&str> {
        let there = self.of_both(pod, node).filter(|(_, pods)| *pods > 0);
        let there: Vec<_> = there.map(|(domain, _)| domain).collect();
        if there.is_empty() && own && self.is_open(pod) {
            return self.of_both(pod, node).take(1).map(|(domain, _)| domain).collect();
        }
        there
    }

    /// Whether there are none yet, or none where the pod may be: then it may be the first.
    fn is_open(&self, pod: Option<&Allowed>) -> bool {
        self.occupied == 0 || !self.of_both(pod, None).any(|(_, pods)| pods > 0)
    }

    fn of_both<'a>(
        &'a self,
        pod: Option<&Allowed>,
        node: Option<&Allowed>,
    ) -> impl Iterator<Item = (&'a str, i64)> {
        let all = self.domains.iter().map(|(domain, &pods)| (&**domain, pods));
        all.filter(move |(domain, _)| may_be(pod, domain) && may_be(node, domain))
    }
}

fn may_be(allowed: Option<&Allowed>, domain: &str) -> bool {
    allowed.is_none_or(|allowed| allowed.has(domain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::scheduler::labels::Selector;

    const ZONE: &str = "topology.kubernetes.io/zone";

    fn group(key: &str, rule: Rule, domains: &[(&str, i64)]) -> Group {
        let counted = Counted::Like { namespace: "default".into(), selector: Selector::Nothing };
        let filter = NodeFilter::everywhere();
        let mut group = Group::new(Identity { key: key.into(), rule, counted, filter }, 1);
        for &(domain, pods) in domains {
            group.know(domain);
            group.count(domain, pods);
        }
        group
    }

    fn chosen(group: &Group, own: bool, pod: &[&str], node: &[&str]) -> Vec<String> {
        let set =
            |names: &[&str]| (!names.is_empty()).then(|| Allowed::only(names.iter().copied()));
        let (pod, node) = (set(pod), set(node));
        let allowed = group.choose(own, pod.as_ref(), node.as_ref());
        let named = allowed.as_ref().and_then(Allowed::named).into_iter().flatten();
        named.map(ToString::to_string).collect()
    }

    /// Counts 2, 1, 1 with a skew of 1: one more may be in `b` or `c` (2 - 1 <= 1), not in `a`.
    #[test]
    fn spread_goes_to_the_emptiest_domain_that_the_node_may_be_in() {
        let spread = Rule::Spread { max_skew: 1 };
        let group = group(ZONE, spread, &[("a", 2), ("b", 1), ("c", 1)]);
        assert_eq!(chosen(&group, true, &[], &[]), ["b"]);
        assert_eq!(chosen(&group, true, &[], &["a", "c"]), ["c"]);
        assert!(chosen(&group, true, &[], &["a"]).is_empty());
        // one that is not counted itself makes nothing worse: 2 - 1 <= 1
        assert_eq!(chosen(&group, false, &[], &["a"]), ["a"]);
        // a pod that may be in `a` alone is compared with `a` alone
        assert_eq!(chosen(&group, true, &["a"], &["a"]), ["a"]);
    }

    #[test]
    fn with_too_few_domains_the_emptiest_counts_as_empty() {
        let mut group = group(ZONE, Rule::Spread { max_skew: 1 }, &[("a", 1), ("b", 1)]);
        assert_eq!(chosen(&group, true, &[], &[]), ["a"]);
        group.min_domains = 3;
        assert!(chosen(&group, true, &[], &[]).is_empty());
    }

    #[test]
    fn hosts_need_not_be_known() {
        let spread = Rule::Spread { max_skew: 2 };
        let hosts = [("n0", 2), ("n1", 1)];
        let by_host = group(HOSTNAME, spread, &hosts);
        let takes = |group: &Group| {
            ["n0", "n1", "new"].map(|host| !chosen(group, true, &[], &[host]).is_empty())
        };
        assert_eq!(takes(&by_host), [false, true, true]);
        assert_eq!(takes(&group(HOSTNAME, Rule::Away, &hosts)), [false, false, true]);
        assert_eq!(takes(&group(HOSTNAME, Rule::Near, &hosts)), [true, true, false]);
        assert_eq!(takes(&group(HOSTNAME, Rule::Near, &[])), [true, true, true]);
    }

    #[test]
    fn the_first_of_pods_that_are_near_each_other_may_be_anywhere() {
        let empty = group(ZONE, Rule::Near, &[("a", 0), ("b", 0)]);
        assert_eq!(chosen(&empty, true, &[], &[]), ["a"]);
        assert_eq!(chosen(&empty, true, &[], &["b"]), ["b"]);
        assert!(chosen(&empty, false, &[], &[]).is_empty());
        let there = group(ZONE, Rule::Near, &[("a", 0), ("b", 3)]);
        assert_eq!(chosen(&there, true, &[], &[]), ["b"]);
        assert!(chosen(&there, true, &[], &["a"]).is_empty());
        // where they are, this one may not be: it is a first one again
        assert_eq!(chosen(&there, true, &["a"], &[]), ["a"]);
    }

    #[test]
    fn away_is_every_domain_without_any() {
        let group = group(ZONE, Rule::Away, &[("a", 0), ("b", 1), ("c", 0)]);
        assert_eq!(chosen(&group, true, &[], &[]), ["a", "c"]);
        assert_eq!(chosen(&group, true, &["b", "c"], &[]), ["c"]);
        assert!(chosen(&group, true, &[], &["b"]).is_empty());
    }
}
