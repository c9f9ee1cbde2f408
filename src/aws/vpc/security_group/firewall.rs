//! All security groups of a network together.
//!
//! Whether a connection is allowed depends on the groups of both ends and on which ranges their
//! addresses are in, and ranges divide all addresses into few classes that no rule tells apart. So
//! whoever has the same groups and an address of the same class is one party; decisions are kept by
//! pair of parties, protocol and port, and asking again takes constant time.

use std::collections::BTreeMap;
use std::net::IpAddr;

use hashbrown::HashTable;

use super::group::{Direction, Group, Limits, Rule};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::security_group::{Cidr, Peer, PrefixList, Protocol};

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(super) party: u32,
    /// Its address.
    pub address: IpAddr,
}

/// A rule: which one of a group's, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleId {
    /// The group, in the order they were given.
    pub group: u32,
    /// The rule among those of its direction.
    pub rule: u32,
}

/// What the groups say of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is opened. By which rules; none where an end is not an interface with groups.
    Allowed {
        /// Lets it out of the interface it comes from.
        outbound: Option<RuleId>,
        /// Lets it into the interface it goes to.
        inbound: Option<RuleId>,
    },
    /// It is dropped, because there is no such rule.
    Denied {
        /// Whether one is missing where it comes from.
        outbound: bool,
        /// Whether one is missing where it goes to.
        inbound: bool,
    },
}

impl Decision {
    /// Whether the connection is opened.
    pub fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// From, to, protocol and port.
type Key = (u32, u32, Protocol, u16);

/// All security groups of a network.
#[derive(Clone, Debug)]
pub struct Firewall {
    groups: Vec<Group>,
    /// By ID, and by name where only one group has it.
    named: BTreeMap<String, u32>,
    lists: BTreeMap<String, Vec<Cidr>>,
    limits: Limits,
    /// Where classes of addresses begin, apart from the first.
    borders: Vec<IpAddr>,
    parties: Vec<Party>,
    known: BTreeMap<(Vec<u32>, bool, u32), u32>,
    decided: HashTable<(Key, Decision)>,
}

/// All interfaces with the same groups, whose addresses no rule tells apart.
#[derive(Clone, Debug)]
struct Party {
    groups: Vec<u32>,
    /// That of one of them.
    address: IpAddr,
}

impl Firewall {
    /// The groups of a network, and the prefix lists that their rules name.
    ///
    /// # Errors
    /// What is wrong with them, each in a sentence: names that mean nothing or more than one thing,
    /// and too many rules.
    pub fn new(
        groups: Vec<Group>,
        lists: &[PrefixList],
        limits: Limits,
    ) -> Result<Self, Vec<String>> {
        let named = names(&groups);
        let mut flaws: Vec<String> = limits.flaw().into_iter().collect();
        let mut weights: BTreeMap<&str, u64> = BTreeMap::new();
        for list in lists {
            let entries = list.entries.len() as u64;
            let most = list.max_entries.map_or(entries, u64::from);
            if entries > most {
                flaws.push(format!("prefix list `{}` has {entries} entries of {most}", list.name));
            }
            if named.contains_key(&list.name) || weights.insert(&list.name, most).is_some() {
                flaws.push(format!("there are two things with the name `{}`", list.name));
            }
        }
        for (place, group) in groups.iter().enumerate() {
            if groups[..place].iter().any(|other| other.id == group.id) {
                flaws.push(format!("there are two security groups `{}`", group.id));
            }
            flaws.extend(flaws_of(group, &named, &weights, limits));
        }
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let entries = lists.iter().map(|list| (list.name.clone(), list.entries.clone()));
        let lists: BTreeMap<String, Vec<Cidr>> = entries.collect();
        let borders = borders(&groups, &lists);
        let (parties, known, decided) = (Vec::new(), BTreeMap::new(), HashTable::new());
        Ok(Self { groups, named, lists, limits, borders, parties, known, decided })
    }

    /// An interface with these groups, by ID or name.
    ///
    /// # Errors
    /// A group that there is not, and more groups than an interface may have, or none.
    pub fn interface(&mut self, groups: &[&str], address: IpAddr) -> Result<Endpoint, String> {
        let most = self.limits.groups_per_interface;
        if groups.is_empty() || groups.len() > most as usize {
            let count = groups.len();
            return Err(format!("an interface has 1 to {most} security groups, not {count}"));
        }
        let mut ids = Vec::with_capacity(groups.len());
        for name in groups {
            let id = self.named.get(*name).copied().ok_or_else(|| {
                let known = self.groups.iter().map(|group| group.name.as_str());
                let hint = suggestion(name, known, "security group");
                format!("there is no security group `{name}`: {hint}")
            })?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(self.endpoint(ids, address))
    }

    /// An address that is not that of an interface of this network: a client in the internet.
    pub fn outside(&mut self, address: IpAddr) -> Endpoint {
        self.endpoint(Vec::new(), address)
    }

    /// Whether a connection to a port is allowed, and by which rules. Protocols without ports take
    /// any.
    pub fn check(
        &mut self,
        from: Endpoint,
        to: Endpoint,
        protocol: Protocol,
        port: u16,
    ) -> Decision {
        let key = (from.party, to.party, protocol, port);
        let hash = hash(&key);
        if let Some(&(_, decision)) = self.decided.find(hash, |(other, _)| *other == key) {
            return decision;
        }
        let decision = self.decide(from, to, protocol, port);
        self.decided.insert_unique(hash, (key, decision), |(key, _)| self::hash(key));
        decision
    }

    /// The same, decided anew.
    fn decide(&self, from: Endpoint, to: Endpoint, protocol: Protocol, port: u16) -> Decision {
        let outbound = self.first_rule(Direction::Outbound, from, to, protocol, port);
        let inbound = self.first_rule(Direction::Inbound, to, from, protocol, port);
        match (outbound, inbound) {
            (Ok(outbound), Ok(inbound)) => Decision::Allowed { outbound, inbound },
            (outbound, inbound) => {
                Decision::Denied { outbound: outbound.is_err(), inbound: inbound.is_err() }
            }
        }
    }

    /// The first rule of an interface that allows a connection with a peer; none where it has no
    /// groups, and an error where it has no such rule.
    fn first_rule(
        &self,
        direction: Direction,
        own: Endpoint,
        peer: Endpoint,
        protocol: Protocol,
        port: u16,
    ) -> Result<Option<RuleId>, ()> {
        let groups = self.groups_of(own);
        if groups.is_empty() {
            return Ok(None);
        }
        for &group in groups {
            let rules = self.groups[group as usize].rules(direction);
            let allows = |rule: &Rule| rule.serves(protocol, port) && self.means(&rule.peer, peer);
            if let Some(rule) = rules.iter().position(allows) {
                return Ok(Some(RuleId { group, rule: rule as u32 }));
            }
        }
        Err(())
    }

    /// Whether a rule's peer is this one.
    fn means(&self, named: &Peer, peer: Endpoint) -> bool {
        let address = self.parties[peer.party as usize].address;
        match named {
            Peer::Addresses(range) => range.contains(address),
            Peer::Named(name) => match self.lists.get(name) {
                Some(entries) => entries.iter().any(|range| range.contains(address)),
                None => {
                    let group = self.named.get(name);
                    group.is_some_and(|group| self.groups_of(peer).contains(group))
                }
            },
        }
    }

    /// The groups, in the order they were given.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// A rule that [`check`](Self::check) named.
    pub fn rule(&self, direction: Direction, id: RuleId) -> &Rule {
        &self.groups[id.group as usize].rules(direction)[id.rule as usize]
    }

    pub(super) fn groups_of(&self, endpoint: Endpoint) -> &[u32] {
        &self.parties[endpoint.party as usize].groups
    }

    fn endpoint(&mut self, groups: Vec<u32>, address: IpAddr) -> Endpoint {
        let class = self.borders.partition_point(|border| *border <= address) as u32;
        let key = (groups, address.is_ipv4(), class);
        let new = self.parties.len() as u32;
        let party = self.known.get(&key).copied().unwrap_or(new);
        if party == new {
            self.parties.push(Party { groups: key.0.clone(), address });
            self.known.insert(key, party);
        }
        Endpoint { party, address }
    }
}

/// IDs, and names that only one group has and no other has as its ID.
fn names(groups: &[Group]) -> BTreeMap<String, u32> {
    let mut named: BTreeMap<String, u32> =
        (0..).zip(groups).map(|(place, group)| (group.id.clone(), place)).collect();
    for (place, group) in (0..).zip(groups) {
        let same = groups.iter().filter(|other| other.name == group.name).count();
        if same == 1 {
            named.entry(group.name.clone()).or_insert(place);
        }
    }
    named
}

/// What is wrong with a group.
fn flaws_of(
    group: &Group,
    named: &BTreeMap<String, u32>,
    weights: &BTreeMap<&str, u64>,
    limits: Limits,
) -> Vec<String> {
    let mut flaws = Vec::new();
    for direction in [Direction::Inbound, Direction::Outbound] {
        let mut count = 0;
        for rule in group.rules(direction) {
            let weight = match &rule.peer {
                Peer::Named(name) => weights.get(name.as_str()).copied(),
                Peer::Addresses(_) => None,
            };
            count += weight.unwrap_or(1);
            match &rule.peer {
                Peer::Named(name) if weight.is_none() && !named.contains_key(name) => {
                    let names = named.keys().map(String::as_str).chain(weights.keys().copied());
                    let hint = suggestion(name, names, "group or list");
                    flaws.push(format!(
                        "an {direction} rule of {} names `{name}`, which is no security group and \
                         no prefix list: {hint}",
                        group.id
                    ));
                }
                _ => {}
            }
        }
        let most = limits.rules_per_group;
        if count > u64::from(most) {
            flaws.push(format!("{} has {count} {direction} rules of at most {most}", group.id));
        }
    }
    flaws
}

/// Where the ranges of all rules begin, and where what is behind them does.
fn borders(groups: &[Group], lists: &BTreeMap<String, Vec<Cidr>>) -> Vec<IpAddr> {
    let rules = groups.iter().flat_map(|group| group.inbound.iter().chain(&group.outbound));
    let ranges = rules.filter_map(|rule| match rule.peer {
        Peer::Addresses(range) => Some(range),
        Peer::Named(_) => None,
    });
    let ranges = ranges.chain(lists.values().flatten().copied());
    let ends = |range: Cidr| [Some(range.first()), next(range.last())];
    let mut borders: Vec<IpAddr> = ranges.flat_map(ends).flatten().collect();
    borders.sort_unstable();
    borders.dedup();
    borders
}

/// The address after this one.
fn next(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => {
            let next = address.to_bits().checked_add(1)?;
            Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(next)))
        }
        IpAddr::V6(address) => {
            let next = address.to_bits().checked_add(1)?;
            Some(IpAddr::V6(std::net::Ipv6Addr::from_bits(next)))
        }
    }
}

/// Spreads keys over a table; nothing depends on how.
fn hash(&(from, to, protocol, port): &Key) -> u64 {
    let number = match protocol {
        Protocol::All => 256,
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Icmp => 1,
        Protocol::IcmpV6 => 58,
        Protocol::Number(number) => 512 + u64::from(number),
    };
    let ends = (u64::from(from) << 32) | u64::from(to);
    let service = (number << 16) | u64::from(port);
    let mixed =
        (ends ^ service.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests;
