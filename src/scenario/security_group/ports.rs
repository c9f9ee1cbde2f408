//! Protocols and ranges of ports of rules.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::scenario::diagnostic::suggestion;

/// An IP protocol.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Protocol {
    /// Any of them, and all ports: `-1` to EC2.
    All,
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// ICMP. Types and codes are not told apart.
    Icmp,
    /// ICMP for IPv6.
    IcmpV6,
    /// Another, by its number.
    Number(u8),
}

/// Text that names no protocol.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no protocol `{0}`: {1}")]
pub struct InvalidProtocol(String, String);

const NAMES: [(Protocol, &str, u8); 4] = [
    (Protocol::Tcp, "tcp", 6),
    (Protocol::Udp, "udp", 17),
    (Protocol::Icmp, "icmp", 1),
    (Protocol::IcmpV6, "icmpv6", 58),
];

impl Protocol {
    /// Reads `tcp`, `all` or the number of a protocol; `-1` means all.
    ///
    /// # Errors
    /// If it is none of them.
    pub fn read(text: &str) -> Result<Self, InvalidProtocol> {
        if matches!(text, "all" | "-1") {
            return Ok(Self::All);
        }
        let number = text.parse::<u8>().ok();
        let known = NAMES.iter().find(|(_, name, code)| *name == text || Some(*code) == number);
        match (known, number) {
            (Some((protocol, ..)), _) => Ok(*protocol),
            (None, Some(number)) => Ok(Self::Number(number)),
            (None, None) => {
                let names = NAMES.iter().map(|(_, name, _)| *name).chain(["all"]);
                Err(InvalidProtocol(text.to_owned(), suggestion(text, names, "name")))
            }
        }
    }

    /// Whether its connections have ports.
    pub fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.pad("all"),
            Self::Number(number) => f.pad(&number.to_string()),
            known => {
                let name = NAMES.iter().find(|(protocol, ..)| protocol == known);
                f.pad(name.map_or("", |(_, name, _)| name))
            }
        }
    }
}

impl TryFrom<String> for Protocol {
    type Error = InvalidProtocol;

    fn try_from(text: String) -> Result<Self, InvalidProtocol> {
        Self::read(&text)
    }
}

impl From<Protocol> for String {
    fn from(protocol: Protocol) -> Self {
        protocol.to_string()
    }
}

/// A range of ports.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Ports {
    first: u16,
    last: u16,
}

/// Text that is no range of ports.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not ports: write `443`, `8000-8080` or `all`")]
pub struct InvalidPorts(String);

impl Ports {
    /// All of them.
    pub const ALL: Self = Self { first: 0, last: u16::MAX };

    /// Just one.
    pub const fn single(port: u16) -> Self {
        Self { first: port, last: port }
    }

    /// From one to another, both included; none where the first is behind the last.
    pub fn between(first: u16, last: u16) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// Reads `443`, `8000-8080` or `all`.
    ///
    /// # Errors
    /// If it is none of them.
    pub fn read(text: &str) -> Result<Self, InvalidPorts> {
        if text == "all" {
            return Ok(Self::ALL);
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u16>().ok().filter(|_| digits)
        };
        let range = port(first).zip(port(last));
        let range = range.and_then(|(first, last)| Self::between(first, last));
        range.ok_or_else(|| InvalidPorts(text.to_owned()))
    }

    /// The first of them.
    pub fn first(self) -> u16 {
        self.first
    }

    /// The last of them.
    pub fn last(self) -> u16 {
        self.last
    }

    /// Whether a port is one of them.
    pub fn contains(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }
}

impl Default for Ports {
    fn default() -> Self {
        Self::ALL
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            _ if *self == Self::ALL => f.pad("all"),
            (first, last) if first == last => f.pad(&first.to_string()),
            (first, last) => f.pad(&format!("{first}-{last}")),
        }
    }
}

impl TryFrom<String> for Ports {
    type Error = InvalidPorts;

    fn try_from(text: String) -> Result<Self, InvalidPorts> {
        Self::read(&text)
    }
}

impl From<Ports> for String {
    fn from(ports: Ports) -> Self {
        ports.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_have_names_and_numbers() {
        let cases = [
            ("tcp", Protocol::Tcp, "tcp"),
            ("17", Protocol::Udp, "udp"),
            ("-1", Protocol::All, "all"),
            ("50", Protocol::Number(50), "50"),
            ("icmpv6", Protocol::IcmpV6, "icmpv6"),
        ];
        for (text, protocol, written) in cases {
            assert_eq!(Protocol::read(text), Ok(protocol));
            assert_eq!(protocol.to_string(), written);
        }
        let message = Protocol::read("TCP").unwrap_err().to_string();
        assert_eq!(message, "there is no protocol `TCP`: did you mean `tcp`?");
        assert!(Protocol::read("256").is_err());
    }

    #[test]
    fn ports_are_one_or_a_range_or_all() {
        for (text, inside, outside) in
            [("443", [443, 443], [442, 444]), ("8000-8080", [8000, 8080], [7999, 8081])]
        {
            let ports = Ports::read(text).unwrap();
            assert_eq!(ports.to_string(), text);
            assert!(inside.into_iter().all(|port| ports.contains(port)));
            assert!(!outside.into_iter().any(|port| ports.contains(port)));
        }
        assert_eq!((Ports::read("all"), Ports::ALL.to_string()), (Ok(Ports::ALL), "all".into()));
        for text in ["", "80-", "-80", "90-80", "65536", "http", "+80"] {
            assert!(Ports::read(text).is_err(), "{text}");
        }
    }
}
