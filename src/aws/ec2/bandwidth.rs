//! Bandwidth of an instance: its network, and its way to EBS.
//!
//! *Network* (Amazon EC2 User Guide, "Amazon EC2 instance network bandwidth"): types "up to" some
//! bandwidth have a baseline and credits to burst; from about 16 vCPUs on there is nothing to burst
//! to. A flow has at most 5 Gbit/s, 10 within a cluster placement group, 25 with ENA Express. What
//! leaves the region has half of the bandwidth from 32 vCPUs on, else 5 Gbit/s. How long a burst
//! lasts is not published ("typically from 5 to 60 minutes, depending on the instance size"): it is
//! a parameter.
//!
//! *EBS* (Amazon EBS User Guide, "Amazon EBS-optimized instances"): separate from the network; the
//! baseline always, the maximum "at least 30 minutes at least once every 24 hours". All volumes
//! share it, by bytes and by operations.

use super::burst::Burst;
use super::catalogue::{EbsLink, InstanceType, Network};
use crate::engine::{SimDuration, SimTime};
use crate::sharing::water_fill::{Claim, level};
use crate::units::{Bandwidth, Rate};

const GBIT: f64 = 1.25e8;
/// DNS queries that the resolver of a VPC takes from a network interface.
pub const DNS_LIMIT: Rate = Rate(1024.0);

/// How long full credits last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurstTimes {
    /// At the peak of the network.
    pub network: SimDuration,
    /// At the peak of EBS.
    pub ebs: SimDuration,
}

impl Default for BurstTimes {
    /// 30 minutes of EBS, as published. For the network 15 minutes, within the 5 to 60 of the
    /// guide.
    fn default() -> Self {
        Self { network: SimDuration::from_secs(15 * 60), ebs: SimDuration::from_secs(30 * 60) }
    }
}

/// What a flow goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Within a region.
    Region,
    /// Within a cluster placement group.
    PlacementGroup,
    /// Within a zone, by ENA Express.
    EnaExpress,
}

impl Path {
    /// What one flow has at most.
    pub fn flow_limit(self) -> Bandwidth {
        Bandwidth(match self {
            Self::Region => 5.0 * GBIT,
            Self::PlacementGroup => 10.0 * GBIT,
            Self::EnaExpress => 25.0 * GBIT,
        })
    }
}

/// The network of an instance, in bytes a second.
pub fn network(now: SimTime, network: &Network, times: BurstTimes) -> Burst {
    let range = network.bandwidth;
    Burst::lasting(now, range.baseline.0, range.peak.0, times.network)
}

/// What an instance may send out of its region, of the bandwidth that it has at the time.
pub fn out_of_region(instance: &InstanceType, bandwidth: Bandwidth) -> Bandwidth {
    const MANY_VCPUS: u32 = 32;
    let part = if instance.vcpus >= MANY_VCPUS {
        instance.network.bandwidth.peak.0 / 2.0
    } else {
        5.0 * GBIT
    };
    Bandwidth(bandwidth.0.min(part))
}

/// The way of an instance to EBS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EbsBurst {
    /// Bytes a second.
    pub bytes: Burst,
    /// Operations a second.
    pub operations: Burst,
}

impl EbsBurst {
    /// With full credits.
    pub fn new(now: SimTime, link: &EbsLink, times: BurstTimes) -> Self {
        let (bytes, operations) = (link.bandwidth, link.iops);
        Self {
            bytes: Burst::lasting(now, bytes.baseline.0, bytes.peak.0, times.ebs),
            operations: Burst::lasting(now, operations.baseline.0, operations.peak.0, times.ebs),
        }
    }

    /// From now on its volumes would have so much, all together, if the instance had no limit.
    pub fn set_wanted(&mut self, now: SimTime, bytes: Bandwidth, operations: Rate) {
        self.bytes.set_wanted(now, bytes.0);
        self.operations.set_wanted(now, operations.0);
    }

    /// When one of its limits falls.
    pub fn falls_at(&self, now: SimTime) -> Option<SimTime> {
        [self.bytes.falls_at(now), self.operations.falls_at(now)].into_iter().flatten().min()
    }
}

/// What each volume has of the limit of its instance: what it wants, where all do, else the same as
/// the others that want more. Of bytes or operations a second.
pub fn shares(limit: f64, wanted: &[f64]) -> Vec<f64> {
    let claims = wanted.iter().map(|&cap| Claim { weight: 1.0, floor: 0.0, cap, count: 1.0 });
    let claims: Vec<_> = claims.collect();
    let level = level(limit, &claims, 0.0, &mut Vec::new());
    claims.iter().map(|claim| claim.share(level)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    fn minutes(minutes: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(minutes * 60)
    }

    #[test]
    fn a_small_instance_bursts_and_comes_down_to_its_baseline() {
        // c5.large: 10 Gbit/s for a quarter of an hour, then 0.75
        let c5 = instance_type("c5.large").unwrap();
        let mut burst = network(SimTime::ZERO, &c5.network, BurstTimes::default());
        burst.set_wanted(SimTime::ZERO, f64::INFINITY);
        assert_eq!(burst.granted(minutes(14)), 10.0 * GBIT);
        assert_eq!(burst.falls_at(SimTime::ZERO), Some(minutes(15)));
        assert_eq!(burst.granted(minutes(15)), 0.75 * GBIT);
        // m5.24xlarge: 25 Gbit/s, for ever
        let large = instance_type("m5.24xlarge").unwrap();
        let mut burst = network(SimTime::ZERO, &large.network, BurstTimes::default());
        burst.set_wanted(SimTime::ZERO, f64::INFINITY);
        assert_eq!(burst.falls_at(SimTime::ZERO), None);
        assert_eq!(burst.granted(minutes(6000)), 25.0 * GBIT);
    }

    #[test]
    fn ebs_lasts_half_an_hour_by_what_runs_out_first() {
        // m5.large: 4750 Mbit/s and 18,750 operations, then 650 and 3600
        let m5 = instance_type("m5.large").unwrap();
        let mut ebs = EbsBurst::new(SimTime::ZERO, &m5.ebs.unwrap(), BurstTimes::default());
        ebs.set_wanted(SimTime::ZERO, Bandwidth(593.75e6), Rate(3000.0));
        assert_eq!(ebs.falls_at(SimTime::ZERO), Some(minutes(30)));
        assert_eq!(ebs.bytes.granted(minutes(31)), 81.25e6);
        assert_eq!(ebs.operations.granted(minutes(31)), 3000.0);
    }

    #[test]
    fn out_of_the_region_there_is_half_of_a_large_instance() {
        let of = |name| {
            let one = instance_type(name).unwrap();
            out_of_region(one, one.network.bandwidth.peak).0 / GBIT
        };
        assert_eq!([of("m5.large"), of("m5.24xlarge"), of("m5.8xlarge")], [5.0, 12.5, 5.0]);
        assert!(Path::Region.flow_limit() < Path::PlacementGroup.flow_limit());
    }

    #[test]
    fn volumes_share_the_limit_evenly_but_for_those_that_want_less() {
        assert_eq!(shares(1000.0, &[100.0, 200.0]), [100.0, 200.0]);
        assert_eq!(shares(900.0, &[100.0, 1000.0, 500.0]), [100.0, 400.0, 400.0]);
        assert_eq!(shares(900.0, &[]), [0.0; 0]);
    }
}
