//! The zones of a cluster's hosts, and what it takes to go from one to another.

use crate::engine::SimDuration;
use crate::machine::HostId;
use crate::scenario::Cluster;

/// Which zone each host is in.
#[derive(Clone, Debug)]
pub(super) struct Zones {
    of_host: Vec<u32>,
    /// How many there are.
    pub count: u32,
    /// What an answer from another zone takes longer.
    latency: SimDuration,
}

impl Zones {
    /// The zones of a cluster; a cluster without any is one.
    pub fn of(cluster: &Cluster) -> Self {
        Self {
            of_host: (0..cluster.host_count()).map(|host| cluster.zone_of(host)).collect(),
            count: cluster.zones.map_or(1, |zones| zones.count),
            latency: cluster.zones.map_or(SimDuration::ZERO, |zones| zones.latency),
        }
    }

    /// There is another host from now on, in this zone.
    pub fn add_host(&mut self, zone: u32) {
        self.of_host.push(zone);
    }

    /// The zone that a host is in.
    #[inline]
    pub fn zone(&self, host: HostId) -> u32 {
        self.of_host[host.index()]
    }

    /// What the way adds to an answer from a host to someone in a zone, or outside of all.
    #[inline]
    pub fn latency(&self, from: Option<u32>, host: HostId) -> SimDuration {
        self.between(from, self.zone(host))
    }

    /// What the way adds to an answer from a zone to someone in a zone, or outside of all.
    #[inline]
    pub fn between(&self, from: Option<u32>, zone: u32) -> SimDuration {
        match from {
            Some(from) if from != zone => self.latency,
            _ => SimDuration::ZERO,
        }
    }
}
