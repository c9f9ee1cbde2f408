//! What the security groups of a cluster on AWS let through.
//!
//! Groups do not change during a run, so that connections are looked at once, between sets of
//! interfaces that have the same groups. An interface without groups lets everything through, as
//! far as it goes; so does one with a group that the scenario does not have. Rules that name
//! ranges are held against the first address of a subnet, the internet against one that no
//! narrower rule than 0.0.0.0/0 means.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path as FilePath;

use super::InputError;
use super::input::Unfit;
use super::subnets::Subnets;
use crate::aws::vpc::security_group::group::Group;
use crate::aws::vpc::security_group::{Endpoint, Firewall, Limits, Missing, Rule, read};
use crate::scenario::path::Path;
use crate::scenario::security_group::{Cidr, Peer, Ports, Protocol};
use crate::scenario::{Cluster, Scenario};

/// Whoever sends requests from outside (TEST-NET-2 of RFC 5737).
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
/// Registries and the endpoints of AWS (TEST-NET-1 of RFC 5737).
pub(super) const ENDPOINT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
/// The port of registries and of all endpoints of AWS.
pub(super) const HTTPS: Ports = Ports::single(443);

/// Whether the security groups of a scenario's clusters are such that AWS would have them.
///
/// # Errors
/// The first cluster of which they are not.
pub(super) fn check(scenario: &Scenario) -> Result<(), InputError> {
    for (place, cluster) in scenario.clusters.iter().enumerate() {
        let at = Path::element("cluster", place);
        Firewalls::new(cluster, &Subnets::new(cluster, &at)?, &at)?;
    }
    Ok(())
}

/// The security groups of a cluster.
#[derive(Debug)]
pub(super) struct Firewalls {
    /// None where there are no groups.
    firewall: Option<Firewall>,
    /// Name and range of each subnet.
    subnets: Vec<(String, Cidr)>,
    /// Groups that interfaces have and the scenario does not.
    pub unknown: Vec<String>,
}

/// Interfaces with the same groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    groups: Vec<String>,
    /// One in each of their subnets.
    addresses: Vec<IpAddr>,
}

/// A connection that is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    /// Which rules are missing.
    pub why: String,
    /// What is to be added.
    pub advice: String,
}

impl Interface {
    fn of_nobody(address: IpAddr) -> Self {
        Self { groups: Vec::new(), addresses: vec![address] }
    }

    /// Whoever sends requests from outside.
    pub fn outside() -> Self {
        Self::of_nobody(CLIENT)
    }

    /// Registries and the endpoints of AWS.
    pub fn endpoints() -> Self {
        Self::of_nobody(ENDPOINT)
    }
}

impl Firewalls {
    /// The groups of a cluster, at this place of the scenario.
    ///
    /// # Errors
    /// A file of groups cannot be used, or the groups are none that there can be.
    pub fn new(cluster: &Cluster, subnets: &Subnets, at: &Path) -> Result<Self, InputError> {
        let mut groups: Vec<Group> = cluster.security_groups.iter().map(Group::from).collect();
        if let Some(path) = &cluster.security_groups_file {
            groups.extend(from_file(path)?);
        }
        let new = |groups| Firewall::new(groups, &cluster.prefix_lists, Limits::default());
        let firewall = match groups.is_empty() {
            true => None,
            false => Some(new(groups).map_err(|flaws| {
                let help = "see the quotas of security groups in the Amazon VPC User Guide";
                Unfit::new(at.key("security_group"), flaws.join(", and "), help)
            })?),
        };
        let ranges = subnets.places.iter().zip(&subnets.ranges).filter_map(|((name, _), range)| {
            Some((name.clone(), Cidr::read(&range.to_string()).ok()?))
        });
        Ok(Self { firewall, subnets: ranges.collect(), unknown: Vec::new() })
    }

    /// Interfaces with these groups, by ID or name, in these subnets; in all where none is known.
    pub fn interface(&mut self, groups: &[String], subnets: &[String]) -> Interface {
        let known = |name: &&(String, Cidr)| subnets.contains(&name.0);
        let mut places: Vec<&(String, Cidr)> = self.subnets.iter().filter(known).collect();
        if places.is_empty() {
            places = self.subnets.iter().collect();
        }
        let addresses = places.iter().map(|(_, range)| first_of(*range)).collect();
        let unknown = groups.iter().find(|group| !self.has(group)).cloned();
        let groups = match &unknown {
            Some(_) => Vec::new(),
            None => groups.to_vec(),
        };
        if let Some(unknown) = unknown
            && self.firewall.is_some()
            && !self.unknown.contains(&unknown)
        {
            self.unknown.push(unknown);
        }
        Interface { groups, addresses }
    }

    fn has(&mut self, group: &str) -> bool {
        let firewall = self.firewall.as_mut();
        firewall.is_some_and(|firewall| firewall.interface(&[group], ENDPOINT).is_ok())
    }

    /// Whether connections are let through, from all addresses of the one to all of the other and
    /// to all of these ports: to the first and the last, which stand for those between.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&mut self, from: &Interface, to: &Interface, ports: Ports) -> Result<(), Dropped> {
        let Some(firewall) = &mut self.firewall else { return Ok(()) };
        let mut end = |interface: &Interface, address: IpAddr| -> Endpoint {
            let groups: Vec<&str> = interface.groups.iter().map(String::as_str).collect();
            let made = firewall.interface(&groups, address);
            made.unwrap_or_else(|_| firewall.outside(address))
        };
        let mut pairs = Vec::new();
        for source in &from.addresses {
            for target in &to.addresses {
                pairs.push((end(from, *source), end(to, *target)));
            }
        }
        for (source, target) in pairs {
            for port in [ports.first(), ports.last()] {
                let missing = firewall.missing(source, target, Protocol::Tcp, port);
                if !missing.is_empty() {
                    return Err(self.dropped(&missing, ports));
                }
            }
        }
        Ok(())
    }

    /// What is missing, in words that are about ranges and not about the addresses that stand for
    /// them.
    fn dropped(&self, missing: &[Missing], ports: Ports) -> Dropped {
        let mut whys = Vec::new();
        let mut lines = Vec::new();
        for Missing { groups, direction, rule, .. } in missing {
            let rule = Rule { ports, peer: self.widened(&rule.peer), ..rule.clone() };
            let worded = rule.worded(*direction);
            whys.push(format!("no {direction} rule of {} allows {worded}", groups.join(" or ")));
            let group = groups.first().map_or("", String::as_str);
            lines.push(format!("add to security group `{group}`: {direction} {worded}"));
        }
        Dropped { why: whys.join(", and "), advice: lines.join("\n") }
    }

    fn widened(&self, peer: &Peer) -> Peer {
        let Peer::Addresses(single) = peer else { return peer.clone() };
        let address = single.first();
        let subnet = self.subnets.iter().find(|(_, range)| range.contains(address));
        Peer::Addresses(subnet.map_or(Cidr::ALL_V4, |(_, range)| *range))
    }
}

fn from_file(path: &FilePath) -> Result<Vec<Group>, InputError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| InputError::Read { file: path.to_owned(), source })?;
    read::groups(&text, &path.display().to_string())
        .map_err(|problems| InputError::Document(Box::new(problems)))
}

/// The first address of a range that AWS gives to anyone: the fifth.
fn first_of(range: Cidr) -> IpAddr {
    match range.first() {
        IpAddr::V4(first) => IpAddr::V4(Ipv4Addr::from_bits(first.to_bits().saturating_add(4))),
        first @ IpAddr::V6(_) => first,
    }
}

#[cfg(test)]
mod tests;
