//! Security groups with their rules, and how many of them there may be.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::scenario::security_group::{
    Cidr, InboundRule, OutboundRule, Peer, Ports, Protocol, SecurityGroup,
};

/// The way a connection takes through an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into it.
    Inbound,
    /// Out of it.
    Outbound,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        })
    }
}

/// Connections that are allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// The protocol.
    pub protocol: Protocol,
    /// The ports they go to, for protocols that have some.
    pub ports: Ports,
    /// Where they come from, or go to.
    pub peer: Peer,
}

impl Rule {
    /// Whether it is about connections like that, whoever the peer is.
    pub fn serves(&self, protocol: Protocol, port: u16) -> bool {
        match self.protocol {
            Protocol::All => true,
            own => own == protocol && (!own.has_ports() || self.ports.contains(port)),
        }
    }

    /// The rule in words: `tcp 8080 from sg-alb`.
    pub fn worded(&self, direction: Direction) -> String {
        let way = match direction {
            Direction::Inbound => "from",
            Direction::Outbound => "to",
        };
        match self.protocol {
            Protocol::All => format!("everything {way} {}", self.peer),
            protocol if !protocol.has_ports() => format!("{protocol} {way} {}", self.peer),
            protocol => match self.ports {
                Ports::ALL => format!("all {protocol} {way} {}", self.peer),
                ports => format!("{protocol} {ports} {way} {}", self.peer),
            },
        }
    }
}

impl From<&InboundRule> for Rule {
    fn from(rule: &InboundRule) -> Self {
        Self { protocol: rule.protocol, ports: rule.ports, peer: rule.from.clone() }
    }
}

impl From<&OutboundRule> for Rule {
    fn from(rule: &OutboundRule) -> Self {
        Self { protocol: rule.protocol, ports: rule.ports, peer: rule.to.clone() }
    }
}

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its ID, such as `sg-0a1b2c3d`; the name, where a scenario gives it.
    pub id: String,
    /// Its name. Names need not be unique.
    pub name: String,
    /// What is let in.
    pub inbound: Vec<Rule>,
    /// What is let out.
    pub outbound: Vec<Rule>,
}

impl Group {
    /// Its rules of a direction.
    pub fn rules(&self, direction: Direction) -> &[Rule] {
        match direction {
            Direction::Inbound => &self.inbound,
            Direction::Outbound => &self.outbound,
        }
    }
}

impl From<&SecurityGroup> for Group {
    fn from(group: &SecurityGroup) -> Self {
        let everything = |range| Rule {
            protocol: Protocol::All,
            ports: Ports::ALL,
            peer: Peer::Addresses(range),
        };
        let outbound = match &group.outbound {
            Some(rules) => rules.iter().map(Rule::from).collect(),
            None => [Cidr::ALL_V4, Cidr::ALL_V6].map(everything).to_vec(),
        };
        Self {
            id: group.name.clone(),
            name: group.name.clone(),
            inbound: group.inbound.iter().map(Rule::from).collect(),
            outbound,
        }
    }
}

/// How many there may be: the quotas of a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Groups of an interface.
    pub groups_per_interface: u32,
    /// Inbound rules of a group, and outbound rules; a prefix list counts as its most entries.
    pub rules_per_group: u32,
    /// Groups of an interface times rules of a group, whatever the quotas.
    pub product: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { groups_per_interface: 5, rules_per_group: 60, product: 1000 }
    }
}

impl Limits {
    /// What is wrong with these quotas; nothing if EC2 would grant them.
    pub fn flaw(&self) -> Option<String> {
        let product = u64::from(self.groups_per_interface) * u64::from(self.rules_per_group);
        (product > u64::from(self.product)).then(|| {
            format!(
                "{} groups of {} rules are {product} rules of an interface, of at most {}",
                self.groups_per_interface, self.rules_per_group, self.product
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_worded_as_people_say_them() {
        let rule = |protocol, ports, peer: &str| Rule {
            protocol,
            ports: Ports::read(ports).unwrap(),
            peer: Peer::try_from(peer.to_owned()).unwrap(),
        };
        let cases = [
            (rule(Protocol::Tcp, "8080", "sg-alb"), "tcp 8080 from sg-alb"),
            (rule(Protocol::Udp, "all", "10.0.0.0/8"), "all udp from 10.0.0.0/8"),
            (rule(Protocol::All, "all", "sg-alb"), "everything from sg-alb"),
            (rule(Protocol::Icmp, "all", "sg-alb"), "icmp from sg-alb"),
        ];
        for (rule, expected) in cases {
            assert_eq!(rule.worded(Direction::Inbound), expected);
        }
    }

    #[test]
    fn a_group_of_a_scenario_lets_everything_out_unless_it_says_otherwise() {
        let mut group: SecurityGroup = toml::from_str("name = \"web\"").unwrap();
        let worded = |group: &SecurityGroup| {
            let group = Group::from(group);
            let worded = group.outbound.iter().map(|rule| rule.worded(Direction::Outbound));
            worded.collect::<Vec<String>>()
        };
        assert_eq!(worded(&group), ["everything to 0.0.0.0/0", "everything to ::/0"]);
        group.outbound = Some(Vec::new());
        assert_eq!(worded(&group), [""; 0]);
    }

    #[test]
    fn quotas_that_multiply_to_too_much_are_not_granted() {
        assert_eq!(Limits::default().flaw(), None);
        let most = Limits { groups_per_interface: 16, rules_per_group: 62, product: 1000 };
        assert_eq!(most.flaw(), None);
        assert!(Limits { rules_per_group: 63, ..most }.flaw().is_some());
    }
}
