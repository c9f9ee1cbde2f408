//! Figures of the addresses of subnets.

use crate::engine::SimTime;
use crate::metrics::Gauge;
use crate::metrics::summary::{AddressesSummary, Durations, SubnetSummary};
use crate::world::World;

impl World<'_> {
    /// Addresses over the measured time, in a cluster of Amazon EKS.
    pub(super) fn addresses_summary(&self, now: SimTime) -> Option<AddressesSummary> {
        let pods_waiting = self.pods_without_address()?;
        let record = &self.recorder.addresses;
        let subnets = self.subnets.places.iter().zip(&self.subnets.ranges).zip(&record.taken);
        let subnet = |((place, range), taken): ((&(String, u32), &_), &Gauge)| {
            let range: &crate::aws::ec2::subnet::Subnet = range;
            SubnetSummary {
                name: place.0.clone(),
                addresses: range.usable(),
                taken: taken.mean(now),
                taken_max: taken.maximum() as u32,
            }
        };
        Some(AddressesSummary {
            subnets: subnets.map(subnet).collect(),
            pods_waited: record.pods_waited,
            sandboxes_failed: record.sandboxes_failed,
            waits: Durations::from(&record.waits),
            pods_waiting,
        })
    }
}
