//! How fast a volume is: operations and bytes a second, with what it saves for bursts.
//!
//! Amazon EBS User Guide, "Amazon EBS volume types" and "I/O characteristics". *gp2*: 3 IOPS for
//! each GiB, 100 to 16,000; below 1,000 GiB up to 3,000 while its 5.4 million I/O credits last.
//! *st1*, *sc1*: 40 and 12 MiB/s for each TiB, up to 250 and 80 of them while a bucket of as many
//! bytes as the volume has lasts. *gp3*, *io1*, *io2*: what was provisioned.
//!
//! An operation on SSD is up to 256 KiB, on st1 and sc1 1 MiB, whatever it moves: small operations
//! at random cost there as much as large ones. Sequential ones are merged before they are counted.

use super::kind::VolumeKind;
use super::spec::Provisioned;
use crate::aws::ec2::burst::Burst;
use crate::engine::SimTime;
use crate::units::{Bandwidth, Bytes, Rate};

const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * 1024.0;
const TIB: f64 = 1024.0 * 1024.0 * MIB;
const GIB_PER_TIB: f64 = 1024.0;
/// I/O credits of gp2: what 3,000 IOPS take in half an hour.
pub const GP2_CREDITS: f64 = 5.4e6;
const GP2_BURST: f64 = 3000.0;
/// gp2 volumes up to this size have half the throughput of the others.
const GP2_SMALL_GIB: u32 = 170;

/// How a volume is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pattern {
    /// Bytes of an operation.
    pub size: Bytes,
    /// Whether operations follow each other, so that they are merged to as much as one may move.
    pub is_sequential: bool,
}

/// A limit and how it bursts, in units a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// Sustained.
    pub baseline: f64,
    /// At most.
    pub peak: f64,
    /// Tokens of a full bucket.
    pub tokens: f64,
}

impl Speed {
    fn steady(limit: f64) -> Self {
        Self { baseline: limit, peak: limit, tokens: 0.0 }
    }

    /// At work, with a full bucket.
    pub fn burst(self, now: SimTime) -> Burst {
        Burst::new(now, self.baseline, self.peak, self.tokens)
    }
}

impl Provisioned {
    /// Operations a second, as they are counted.
    pub fn operations(&self) -> Speed {
        let provisioned = f64::from(self.iops);
        match self.kind {
            VolumeKind::Gp3 | VolumeKind::Io2 | VolumeKind::Io1 => Speed::steady(provisioned),
            VolumeKind::Gp2 => {
                let baseline = (3.0 * f64::from(self.size)).clamp(100.0, 16_000.0);
                Speed { baseline, peak: baseline.max(GP2_BURST), tokens: GP2_CREDITS }
            }
            VolumeKind::St1 => Speed::steady(500.0),
            VolumeKind::Sc1 => Speed::steady(250.0),
            VolumeKind::Standard => Speed::steady(100.0),
        }
    }

    /// Bytes a second.
    pub fn bytes(&self) -> Speed {
        let iops = f64::from(self.iops);
        let steady = |mebibytes: f64| Speed::steady(mebibytes * MIB);
        match self.kind {
            VolumeKind::Gp3 => steady(f64::from(self.throughput)),
            VolumeKind::Gp2 if self.size <= GP2_SMALL_GIB => steady(128.0),
            VolumeKind::Gp2 => steady(250.0),
            VolumeKind::Io2 => steady((iops * 0.256).min(4000.0)),
            // 256 KiB each up to 2,000 IOPS, and 16 KiB each from 32,000 on
            VolumeKind::Io1 => steady((iops * 0.25).min(500.0).max(iops / 64.0).min(1000.0)),
            VolumeKind::St1 => self.by_size(40.0, 250.0, 500.0),
            VolumeKind::Sc1 => self.by_size(12.0, 80.0, 250.0),
            VolumeKind::Standard => steady(90.0),
        }
    }

    /// A throughput by size: MiB/s for each TiB always and at most, and MiB/s of any volume.
    fn by_size(&self, baseline: f64, peak: f64, most: f64) -> Speed {
        let tebibytes = f64::from(self.size) / GIB_PER_TIB;
        let rate = |per_tib: f64| (per_tib * tebibytes).min(most) * MIB;
        Speed { baseline: rate(baseline), peak: rate(peak), tokens: tebibytes * TIB }
    }

    /// Bytes that one counted operation may move.
    fn unit(&self) -> f64 {
        if self.kind.is_throughput() { MIB } else { 256.0 * KIB }
    }

    /// What an operation of this pattern counts for: operations, and bytes of throughput.
    pub fn counts(&self, pattern: Pattern) -> (f64, f64) {
        let (size, unit) = (pattern.size.0 as f64, self.unit());
        let operations = if pattern.is_sequential { size / unit } else { (size / unit).ceil() };
        let bytes = if self.kind.is_throughput() { operations * unit } else { size };
        (operations, bytes)
    }

    /// Operations a second of this pattern that the volume does at these limits, which are those of
    /// the volume or what its instance leaves it, whichever is less.
    pub fn rate(&self, pattern: Pattern, operations: Rate, bytes: Bandwidth) -> Rate {
        let (each, moved) = self.counts(pattern);
        Rate((operations.0 / each).min(bytes.0 / moved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ebs::spec::VolumeSpec;
    use crate::aws::ec2::bandwidth::shares;
    use crate::aws::ec2::catalogue::instance_type;
    use crate::engine::SimDuration;

    fn volume(kind: VolumeKind, size: u32, iops: Option<u32>) -> Provisioned {
        VolumeSpec { kind, size, iops, throughput: None }.check().unwrap()
    }

    fn lasts(speed: Speed) -> f64 {
        let mut burst = speed.burst(SimTime::ZERO);
        burst.set_wanted(SimTime::ZERO, f64::INFINITY);
        burst.falls_at(SimTime::ZERO).map_or(f64::INFINITY, SimTime::as_secs_f64)
    }

    #[test]
    fn gp2_bursts_for_as_long_as_its_credits_last() {
        // the table of the guide: 5.4 million / (3000 - 3 * GiB) seconds
        for (size, baseline, seconds) in [
            (1, 100.0, 5.4e6 / 2900.0),
            (100, 300.0, 2000.0),
            (250, 750.0, 2400.0),
            (334, 1002.0, 5.4e6 / 1998.0),
            (500, 1500.0, 3600.0),
            (999, 2997.0, 1.8e6),
            (1000, 3000.0, f64::INFINITY),
            (6000, 16_000.0, f64::INFINITY),
        ] {
            let speed = volume(VolumeKind::Gp2, size, None).operations();
            assert_eq!(speed.baseline, baseline, "{size} GiB");
            let found = lasts(speed);
            assert!(found == seconds || (found - seconds).abs() < 1e-8, "{size} GiB: {found}");
        }
    }

    #[test]
    fn an_exhausted_gp2_fills_again_at_its_baseline() {
        let mut burst = volume(VolumeKind::Gp2, 100, None).operations().burst(SimTime::ZERO);
        burst.set_wanted(SimTime::ZERO, 3000.0);
        let empty = SimTime::ZERO + SimDuration::from_secs(2000);
        assert_eq!((burst.granted(empty), burst.tokens(empty)), (300.0, 0.0));
        burst.set_wanted(empty, 0.0);
        // 300 a second: five hours until it is full
        let full = empty + SimDuration::from_secs(18_000);
        assert_eq!(burst.tokens(full), GP2_CREDITS);
    }

    #[test]
    fn magnetic_volumes_burst_by_their_size() {
        // st1 of 1 TiB: 1 TiB at 250 - 40 MiB/s; from 12.5 TiB on there is nothing to burst to
        let st1 = volume(VolumeKind::St1, 1024, None).bytes();
        assert_eq!((st1.baseline, st1.peak), (40.0 * MIB, 250.0 * MIB));
        assert!((lasts(st1) - 1024.0 * 1024.0 / 210.0).abs() < 1e-8);
        let large = volume(VolumeKind::St1, 12_800, None).bytes();
        assert_eq!((large.baseline, large.peak), (500.0 * MIB, 500.0 * MIB));
        let sc1 = volume(VolumeKind::Sc1, 16_384, None).bytes();
        assert_eq!((sc1.baseline, sc1.peak), (192.0 * MIB, 250.0 * MIB));
    }

    #[test]
    fn throughput_follows_from_iops_where_it_is_not_provisioned() {
        let of = |kind, size, iops| volume(kind, size, iops).bytes().peak / MIB;
        assert_eq!(of(VolumeKind::Gp3, 100, None), 125.0);
        assert_eq!(of(VolumeKind::Gp2, 170, None), 128.0);
        assert_eq!(of(VolumeKind::Gp2, 171, None), 250.0);
        assert_eq!(of(VolumeKind::Io2, 100, Some(10_000)), 2560.0);
        assert_eq!(of(VolumeKind::Io2, 300, Some(256_000)), 4000.0);
        for (iops, expected) in [(1000, 250.0), (2000, 500.0), (32_000, 500.0), (64_000, 1000.0)] {
            assert_eq!(of(VolumeKind::Io1, 16_000, Some(iops)), expected);
        }
    }

    #[test]
    fn an_operation_counts_by_what_it_moves() {
        let gp3 = volume(VolumeKind::Gp3, 100, None);
        let st1 = volume(VolumeKind::St1, 1024, None);
        let pattern = |kib: u64, is_sequential| Pattern { size: Bytes(kib << 10), is_sequential };
        assert_eq!(gp3.counts(pattern(16, false)), (1.0, 16.0 * KIB));
        assert_eq!(gp3.counts(pattern(16, true)), (0.0625, 16.0 * KIB));
        assert_eq!(gp3.counts(pattern(300, false)), (2.0, 300.0 * KIB));
        assert_eq!(st1.counts(pattern(128, true)), (0.125, 128.0 * KIB));
        assert_eq!(st1.counts(pattern(128, false)), (1.0, MIB));
    }

    #[test]
    fn a_volume_is_as_fast_as_the_least_of_its_limits() {
        let gp3 = volume(VolumeKind::Gp3, 100, None);
        let limits = (Rate(gp3.operations().peak), Bandwidth(gp3.bytes().peak));
        let rate = |kib: u64, bytes: Bandwidth| {
            let pattern = Pattern { size: Bytes(kib << 10), is_sequential: false };
            gp3.rate(pattern, limits.0, bytes).0
        };
        // 3000 operations of 16 KiB are 47 MiB/s; of 64 KiB they would be more than 125
        assert_eq!(rate(16, limits.1), 3000.0);
        assert_eq!(rate(64, limits.1), 2000.0);
        // the instance leaves 16 MiB/s
        assert_eq!(rate(16, Bandwidth(16.0 * MIB)), 1024.0);
    }

    /// Two volumes of 125 MiB/s behind the 81.25 MB/s of an m5.large that has used up its burst.
    #[test]
    fn volumes_have_the_less_of_their_own_limit_and_their_share_of_the_instance() {
        let link = instance_type("m5.large").unwrap().ebs.unwrap();
        let pattern = Pattern { size: Bytes(64 << 10), is_sequential: false };
        let gp3 = volume(VolumeKind::Gp3, 100, None);
        let sc1 = volume(VolumeKind::Sc1, 512, None);
        let wanted = [gp3.bytes().peak, gp3.bytes().peak, sc1.bytes().baseline];
        let shares = shares(link.bandwidth.baseline.0, &wanted);
        // sc1 has its 6 MiB/s, the others halve what is left
        let half = (81.25e6 - 6.0 * MIB) / 2.0;
        assert_eq!(shares, [half, half, 6.0 * MIB]);
        let rate = gp3.rate(pattern, Rate(gp3.operations().peak), Bandwidth(shares[0]));
        assert_eq!(rate, Rate(half / 65_536.0));
    }
}
