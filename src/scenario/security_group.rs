//! Security groups as a scenario gives them: who may connect to whom, on which ports.
//!
//! Plain data, with values that are written as text: ranges of addresses (`10.0.0.0/16`), ports
//! (`443`, `8000-8080`, `all`), protocols (`tcp`), and whom a rule means.

pub mod cidr;
pub mod ports;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use cidr::{Cidr, InvalidCidr};
pub use ports::{InvalidPorts, InvalidProtocol, Ports, Protocol};

/// A security group: what may reach the interfaces it is attached to, and what they may reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroup {
    /// Name.
    pub name: String,
    /// Connections that are let in. Default: none.
    #[serde(default)]
    pub inbound: Vec<InboundRule>,
    /// Connections that are let out. Default: all, as in a group that was just created.
    pub outbound: Option<Vec<OutboundRule>>,
}

/// Connections that are let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InboundRule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `all` or the number of a protocol. Default `tcp`.
    #[serde(default)]
    pub protocol: Protocol,
    /// `443`, `8000-8080` or `all`. Default `all`.
    #[serde(default)]
    pub ports: Ports,
    /// Where they come from: addresses (`10.0.0.0/16`), a security group or a prefix list.
    pub from: Peer,
}

/// Connections that are let out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutboundRule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `all` or the number of a protocol. Default `tcp`.
    #[serde(default)]
    pub protocol: Protocol,
    /// `443`, `8000-8080` or `all`. Default `all`.
    #[serde(default)]
    pub ports: Ports,
    /// Where they go: addresses (`10.0.0.0/16`), a security group or a prefix list.
    pub to: Peer,
}

/// A list of ranges of addresses that rules name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrefixList {
    /// Name. No security group has the same.
    pub name: String,
    /// The ranges.
    pub entries: Vec<Cidr>,
    /// So many entries it may come to have, each of which counts as a rule wherever the list is
    /// named. Default: those it has.
    pub max_entries: Option<u32>,
}

/// Whom a rule means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Peer {
    /// Addresses of this range.
    Addresses(Cidr),
    /// The interfaces of a security group, or the addresses of a prefix list.
    Named(String),
}

impl TryFrom<String> for Peer {
    type Error = InvalidCidr;

    fn try_from(text: String) -> Result<Self, InvalidCidr> {
        let begins_like_address = text.contains([':', '/'])
            || (text.contains('.') && text.starts_with(|first: char| first.is_ascii_digit()));
        match begins_like_address || text.is_empty() {
            true => Cidr::read(&text).map(Self::Addresses),
            false => Ok(Self::Named(text)),
        }
    }
}

impl From<Peer> for String {
    fn from(peer: Peer) -> Self {
        peer.to_string()
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addresses(range) => range.fmt(f),
            Self::Named(name) => f.pad(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_from_toml() {
        let text = r#"
            name = "web"
            inbound = [
                { ports = "8080", from = "alb" },
                { protocol = "udp", ports = "8000-8080", from = "10.0.0.0/16" },
                { protocol = "all", from = "::/0" },
            ]
        "#;
        let group: SecurityGroup = toml::from_str(text).expect("it is in order");
        assert_eq!(group.outbound, None);
        let [first, second, third] = group.inbound.as_slice() else { panic!("three rules") };
        assert_eq!(first.protocol, Protocol::Tcp);
        assert_eq!(first.ports, Ports::single(8080));
        assert_eq!(first.from, Peer::Named("alb".to_owned()));
        assert_eq!(second.from.to_string(), "10.0.0.0/16");
        assert_eq!((third.protocol, third.ports), (Protocol::All, Ports::ALL));
        let written = toml::to_string(&group).expect("it can be written");
        assert_eq!(toml::from_str::<SecurityGroup>(&written).expect("and read"), group);
    }

    #[test]
    fn what_is_wrong_with_a_value_is_said_where_it_stands() {
        let cases = [
            (r#"inbound = [{ ports = "80-", from = "alb" }]"#, "`80-` is not ports"),
            (r#"inbound = [{ from = "10.0.0.0/33" }]"#, "`10.0.0.0/33` is no range of addresses"),
            (r#"inbound = [{ from = "10.0.0.1" }]"#, "`10.0.0.1` is no range of addresses"),
            (r#"inbound = [{ protocol = "tpc", from = "alb" }]"#, "there is no protocol `tpc`"),
            (r#"inbound = [{ to = "alb" }]"#, "unknown field `to`"),
        ];
        for (line, expected) in cases {
            let error = toml::from_str::<SecurityGroup>(&format!("name = \"web\"\n{line}"));
            let error = error.expect_err("it is wrong").to_string();
            assert!(error.contains(expected), "{error}");
            assert!(error.contains("line 2"), "{error}");
        }
    }
}
