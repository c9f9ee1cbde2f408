//! The subnets of a cluster on AWS, and which addresses of them are taken.

use std::net::Ipv4Addr;

use super::input::Unfit;
use super::{InputError, World};
use crate::aws::ec2::subnet::{Subnet, SubnetError};
use crate::metrics::{Finding, FindingKind};
use crate::scenario::aws::LoadBalancerKind;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind};

/// Free addresses that a subnet has to have for an Application Load Balancer.
const FREE_FOR_BALANCER: u32 = 8;

/// Subnets, in the order of the scenario.
#[derive(Debug, Default)]
pub(super) struct Subnets {
    /// What is taken of each.
    pub ranges: Vec<Subnet>,
    /// Name and zone of each.
    pub places: Vec<(String, u32)>,
}

/// The name of a zone of a cluster: `us-east-1a`, `us-east-1b`, …; more zones than letters have
/// numbers. A cluster that names no region is in `us-east-1`, whose prices these are.
pub(super) fn zone_name(cluster: &Cluster, zone: u32) -> String {
    let region = cluster.region.as_deref().unwrap_or("us-east-1");
    match u8::try_from(zone).ok().filter(|zone| *zone < 26) {
        Some(letter) => format!("{region}{}", char::from(b'a' + letter)),
        None => format!("{region}-{zone}"),
    }
}

/// The id of a zone of a cluster, `use1-az1` for the first of `us-east-1`. Which name has which id
/// is another matter in each account; here they are in one order.
pub(super) fn zone_id(cluster: &Cluster, zone: u32) -> String {
    id_in(cluster.region.as_deref().unwrap_or("us-east-1"), zone)
}

fn id_in(region: &str, zone: u32) -> String {
    let mut parts = region.split('-');
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let initials = match part {
            "northeast" => "ne",
            "northwest" => "nw",
            "southeast" => "se",
            "southwest" => "sw",
            // a direction, `gov`, or the number
            other => &other[..1],
        };
        short.push_str(initials);
    }
    format!("{short}-az{}", zone + 1)
}

/// An address that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    /// The subnet it is of, by its place.
    pub subnet: usize,
    /// Itself.
    pub address: Ipv4Addr,
}

impl World<'_> {
    /// A subnet had no address left for what was to start.
    pub(super) fn find_address(&mut self, subnet: &str, title: String) {
        let fewer = match self.cluster.kind {
            ClusterKind::Eks => {
                "with `warm_ip_target` nodes keep fewer for pods to come, and with \
                 `prefix_delegation` interfaces have fewer of their own"
            }
            _ => "`network = \"bridge\"` takes none for tasks on instances",
        };
        self.find(Finding {
            kind: FindingKind::Address,
            about: format!("subnet `{subnet}`"),
            title,
            advice: format!(
                "make its range larger (`cidr`), add another `[[cluster.subnet]]` in its zone, or \
                 use fewer addresses: {fewer}"
            ),
        });
    }

    /// Other addresses of a subnet of EKS are taken than were.
    pub(super) fn meter_subnet(&mut self, subnet: usize) {
        let (now, range) = (self.now(), &self.subnets.ranges[subnet]);
        self.recorder.addresses.set(now, subnet, range.usable() - range.free());
        self.starved_nodes_look(subnet);
    }

    /// The subnets of a cluster of EKS are as they were before it.
    pub(super) fn meter_subnets(&mut self) {
        for subnet in 0..self.subnets.ranges.len() {
            self.meter_subnet(subnet);
        }
    }
}

impl Subnets {
    /// The names of the subnets of a cluster on AWS.
    pub fn names(cluster: &Cluster) -> Vec<String> {
        if cluster.subnets.is_empty() {
            let zones = cluster.zones.map_or(1, |zones| zones.count);
            return (0..zones).map(|zone| format!("subnet-{zone}")).collect();
        }
        cluster.subnets.iter().map(|subnet| subnet.name.clone()).collect()
    }

    /// The subnets of a cluster that has any, at this place of the scenario: where none are
    /// written, a /20 in each zone.
    ///
    /// # Errors
    /// The first range that no subnet of AWS can have.
    pub fn new(cluster: &Cluster, at: &Path) -> Result<Self, InputError> {
        let mut all = Self::default();
        if !cluster.kind.is_on_ec2() {
            return Ok(all);
        }
        if cluster.subnets.is_empty() {
            for zone in 0..cluster.zones.map_or(1, |zones| zones.count) {
                let (second, third) = (zone / 16 % 256, zone % 16 * 16);
                let range = Subnet::new(&format!("10.{second}.{third}.0/20"));
                all.ranges.push(range.expect("it begins where a /20 does"));
                all.places.push((format!("subnet-{zone}"), zone));
            }
            return Ok(all);
        }
        for (place, subnet) in cluster.subnets.iter().enumerate() {
            let at = at.key("subnet").index(place);
            let mut range = Subnet::new(&subnet.cidr).map_err(|error| {
                Unfit::new(at.key("cidr"), error.to_string(), "such as `10.0.1.0/24`")
            })?;
            if let Some(other) = all.ranges.iter().position(|other| other.overlaps(&range)) {
                let (name, other) = (&all.places[other].0, &all.ranges[other]);
                let title = format!("{range} overlaps {other} of subnet `{name}`");
                let help = "subnets of a VPC have addresses of their own";
                return Err(Unfit::new(at.key("cidr"), title, help).into());
            }
            if subnet.used > range.free() {
                let title = format!(
                    "{} of the {} addresses of {range} cannot be in use",
                    subnet.used,
                    range.free()
                );
                let help = "AWS keeps five addresses of every subnet";
                return Err(Unfit::new(at.key("used"), title, help).into());
            }
            for _ in 0..subnet.used {
                range.take().expect("there are so many");
            }
            all.ranges.push(range);
            all.places.push((subnet.name.clone(), subnet.zone));
        }
        all.hold_balancers(cluster, at)?;
        Ok(all)
    }

    /// Application Load Balancers are made only where there are addresses for their nodes
    /// (Application Load Balancers, "Subnets for your load balancer").
    fn hold_balancers(&self, cluster: &Cluster, at: &Path) -> Result<(), InputError> {
        for (place, balancer) in cluster.load_balancers.iter().enumerate() {
            let at = at.key("load_balancer").index(place).key("subnets");
            for (place, name) in balancer.subnets.iter().enumerate() {
                let subnet = self.places.iter().position(|(other, _)| other == name);
                let Some(range) = subnet.map(|subnet| &self.ranges[subnet]) else { continue };
                let free = range.free();
                if balancer.kind == LoadBalancerKind::Application && free < FREE_FOR_BALANCER {
                    let title = format!("subnet `{name}` has {free} free addresses, too few");
                    let help = format!(
                        "an Application Load Balancer is made in subnets with \
                         {FREE_FOR_BALANCER} free addresses: make its `cidr` larger"
                    );
                    return Err(Unfit::new(at.index(place), title, help).into());
                }
            }
        }
        Ok(())
    }

    /// Takes an address.
    ///
    /// # Errors
    /// None is free.
    pub fn take(&mut self, subnet: usize) -> Result<Address, SubnetError> {
        self.ranges[subnet].take().map(|address| Address { subnet, address })
    }

    /// Gives an address back.
    pub fn give_back(&mut self, address: Address) {
        self.ranges[address.subnet].give_back(address.address);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_of_zones_are_short_for_their_regions() {
        let id = |region: &str, zone| super::id_in(region, zone);
        assert_eq!(id("us-east-1", 0), "use1-az1");
        assert_eq!(id("eu-central-1", 2), "euc1-az3");
        assert_eq!(id("ap-southeast-2", 1), "apse2-az2");
        assert_eq!(id("us-gov-west-1", 0), "usgw1-az1");
    }
}
