//! What the groups say of a connection, in words, and what would have to be added.

use std::fmt;

use super::firewall::{Decision, Endpoint, Firewall};
use super::group::{Direction, Rule};
use crate::scenario::security_group::{Cidr, Peer, Ports, Protocol};

/// A rule that is missing: the smallest that would allow a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The groups of which one might have it.
    pub groups: Vec<String>,
    /// Whether it would let in or out.
    pub direction: Direction,
    /// The rule. It names the first group of the peer, or its address alone.
    pub rule: Rule,
    /// Whom it has to mean: all groups of the peer, or its address.
    peers: Vec<String>,
}

impl Missing {
    /// What to do: `add to sg-web: inbound tcp 8080 from sg-alb`.
    pub fn advice(&self) -> String {
        let group = self.groups.first().map_or("", String::as_str);
        format!("add to {group}: {} {}", self.direction, self.rule.worded(self.direction))
    }
}

/// What is wrong: `no inbound rule of sg-web allows tcp 8080 from sg-alb`.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.groups.join(" or ");
        let peer = Peer::Named(self.peers.join(" or "));
        let rule = Rule { peer, ..self.rule.clone() }.worded(self.direction);
        write!(f, "no {} rule of {groups} allows {rule}", self.direction)
    }
}

impl Firewall {
    /// The rules that are missing for a connection: none, one, or one at each end.
    pub fn missing(
        &mut self,
        from: Endpoint,
        to: Endpoint,
        protocol: Protocol,
        port: u16,
    ) -> Vec<Missing> {
        let Decision::Denied { outbound, inbound } = self.check(from, to, protocol, port) else {
            return Vec::new();
        };
        let ports = if protocol.has_ports() { Ports::single(port) } else { Ports::ALL };
        let ends =
            [(outbound, Direction::Outbound, from, to), (inbound, Direction::Inbound, to, from)];
        let missing = ends.into_iter().filter(|(missing, ..)| *missing);
        let rules = missing.map(|(_, direction, own, peer)| {
            let mut peers = self.names_of(peer);
            if peers.is_empty() {
                peers.push(peer.address.to_string());
            }
            let named = self.names_of(peer).into_iter().next().map(Peer::Named);
            let alone = Peer::Addresses(Cidr::single(peer.address));
            let rule = Rule { protocol, ports, peer: named.unwrap_or(alone) };
            Missing { groups: self.names_of(own), direction, rule, peers }
        });
        rules.collect()
    }

    /// What is allowed or missing, in a sentence.
    pub fn explain(
        &mut self,
        from: Endpoint,
        to: Endpoint,
        protocol: Protocol,
        port: u16,
    ) -> String {
        let (outbound, inbound) = match self.check(from, to, protocol, port) {
            Decision::Allowed { outbound, inbound } => (outbound, inbound),
            Decision::Denied { .. } => {
                let missing = self.missing(from, to, protocol, port);
                let sentences: Vec<String> = missing.iter().map(Missing::to_string).collect();
                return sentences.join(", and ");
            }
        };
        let ends = [(Direction::Outbound, outbound), (Direction::Inbound, inbound)];
        let rules = ends.into_iter().filter_map(|(direction, id)| id.map(|id| (direction, id)));
        let rules: Vec<String> = rules
            .map(|(direction, id)| {
                let group = &self.groups()[id.group as usize].id;
                let rule = self.rule(direction, id).worded(direction);
                format!("{group} allows {direction} {rule}")
            })
            .collect();
        match rules.is_empty() {
            true => "neither end has security groups".to_owned(),
            false => rules.join(", and "),
        }
    }

    fn names_of(&self, endpoint: Endpoint) -> Vec<String> {
        let groups = self.groups_of(endpoint).iter();
        groups.map(|group| self.groups()[*group as usize].id.clone()).collect()
    }
}
