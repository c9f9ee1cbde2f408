//! What a volume costs, attached or not, from its creation to its deletion.
//!
//! Amazon EBS Pricing, US East (N. Virginia): GB-months of its size, and of what is provisioned
//! beyond what is included (gp3: 3,000 IOPS and 125 MiB/s); by the second, and at least a minute.
//! A GB is 2^30 bytes, as volumes are sized, and a month 730 hours, as in the calculators of AWS.

use serde::{Deserialize, Serialize};

use super::kind::VolumeKind;
use super::spec::Provisioned;
use crate::aws::pricing::metered::{MINIMUM, billed};
use crate::aws::pricing::{Bill, Charge};
use crate::engine::SimDuration;
use crate::units::{StoragePrice, Usd};

const NANOS_PER_MONTH: f64 = 730.0 * 3600.0 * 1e9;
/// IOPS of io2 from which on the next ones are cheaper.
const IO2_TIERS: [f64; 2] = [32_000.0, 64_000.0];
const MILLION: f64 = 1e6;

/// Prices by the month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumePrices {
    /// Of its size.
    pub storage: StoragePrice,
    /// Of an IOPS that is not included; for io2 of the first 32,000, of those up to 64,000, and of
    /// those above.
    pub iops: [Usd; 3],
    /// IOPS that are included.
    pub free_iops: u32,
    /// Of a MiB/s that is not included.
    pub throughput: Usd,
    /// MiB/s that are included.
    pub free_throughput: u32,
    /// Of a million operations.
    pub requests: Usd,
}

impl VolumeKind {
    /// List prices.
    pub fn prices(self) -> VolumePrices {
        let plain = |storage| VolumePrices {
            storage: StoragePrice(storage),
            iops: [Usd(0.0); 3],
            free_iops: 0,
            throughput: Usd(0.0),
            free_throughput: 0,
            requests: Usd(0.0),
        };
        match self {
            Self::Gp3 => VolumePrices {
                iops: [Usd(0.005); 3],
                free_iops: 3000,
                throughput: Usd(0.04),
                free_throughput: 125,
                ..plain(0.08)
            },
            Self::Gp2 => plain(0.10),
            Self::Io2 => {
                VolumePrices { iops: [Usd(0.065), Usd(0.0455), Usd(0.031_85)], ..plain(0.125) }
            }
            Self::Io1 => VolumePrices { iops: [Usd(0.065); 3], ..plain(0.125) },
            Self::St1 => plain(0.045),
            Self::Sc1 => plain(0.015),
            Self::Standard => VolumePrices { requests: Usd(0.05), ..plain(0.05) },
        }
    }
}

impl VolumePrices {
    /// What a volume comes to that was there so long, with so many operations.
    pub fn bill(&self, volume: &Provisioned, span: SimDuration, operations: u64) -> Bill {
        let months = billed(span, MINIMUM).as_nanos() as f64 / NANOS_PER_MONTH;
        let iops = f64::from(volume.iops.saturating_sub(self.free_iops));
        let [first, second] = IO2_TIERS;
        let tiers = [iops.min(first), iops.clamp(first, second) - first, (iops - second).max(0.0)];
        let iops: f64 = self.iops.iter().zip(tiers).map(|(price, count)| price.0 * count).sum();
        let throughput = f64::from(volume.throughput.saturating_sub(self.free_throughput));
        let gigabytes = f64::from(volume.size);
        Bill::default()
            .with(Charge::VolumeStorage, Usd(self.storage.0 * gigabytes * months))
            .with(Charge::VolumeIops, Usd(iops * months))
            .with(Charge::VolumeThroughput, Usd(self.throughput.0 * throughput * months))
            .with(Charge::VolumeRequests, Usd(self.requests.0 * operations as f64 / MILLION))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONTH: SimDuration = SimDuration::from_secs(730 * 3600);

    fn bill(volume: Provisioned, span: SimDuration) -> Bill {
        volume.kind.prices().bill(&volume, span, 0)
    }

    fn volume(kind: VolumeKind, size: u32, iops: u32, throughput: u32) -> Provisioned {
        Provisioned { kind, size, iops, throughput }
    }

    fn close(found: Usd, expected: f64) {
        assert!((found.0 - expected).abs() < 1e-9, "{found:?} is not {expected}");
    }

    #[test]
    fn a_month_of_gp3_pays_for_what_is_not_included() {
        close(bill(volume(VolumeKind::Gp3, 100, 3000, 125), MONTH).total(), 8.0);
        let fast = bill(volume(VolumeKind::Gp3, 100, 6000, 250), MONTH);
        close(fast.of(Charge::VolumeIops), 15.0);
        close(fast.of(Charge::VolumeThroughput), 5.0);
        close(fast.total(), 28.0);
    }

    #[test]
    fn many_iops_of_io2_are_cheaper() {
        // 32,000 at 0.065, 32,000 at 0.0455, 36,000 at 0.03185
        let io2 = bill(volume(VolumeKind::Io2, 500, 100_000, 0), MONTH);
        close(io2.of(Charge::VolumeIops), 2080.0 + 1456.0 + 1146.6);
        close(io2.of(Charge::VolumeStorage), 62.5);
        let io1 = bill(volume(VolumeKind::Io1, 500, 10_000, 0), MONTH);
        close(io1.of(Charge::VolumeIops), 650.0);
    }

    #[test]
    fn a_short_life_pays_a_minute_and_half_a_month_a_half() {
        let gp2 = volume(VolumeKind::Gp2, 100, 0, 0);
        close(bill(gp2, SimDuration::from_secs(365 * 3600)).total(), 5.0);
        close(bill(gp2, SimDuration::from_secs(5)).total(), 10.0 / 730.0 / 60.0);
    }

    #[test]
    fn the_first_generation_pays_for_its_operations() {
        let standard = volume(VolumeKind::Standard, 100, 0, 0);
        let bill = VolumeKind::Standard.prices().bill(&standard, MONTH, 20_000_000);
        close(bill.of(Charge::VolumeRequests), 1.0);
        close(bill.total(), 6.0);
    }
}
