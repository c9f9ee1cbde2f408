//! Types of volumes, and what a volume of each may have.
//!
//! Amazon EBS User Guide, "Amazon EBS volume types". Since September 2025 gp3 goes up to 64 TiB,
//! 80,000 IOPS and 2,000 MiB/s; before, and where a driver does not know (EBS CSI driver,
//! `pkg/cloud/cloud.go`), up to 16 TiB, 16,000 and 1,000.

pub use crate::scenario::aws::VolumeKind;

/// All of them, in the order of [`VolumeKind`].
pub const KINDS: [VolumeKind; 7] = [
    VolumeKind::Gp3,
    VolumeKind::Gp2,
    VolumeKind::Io2,
    VolumeKind::Io1,
    VolumeKind::St1,
    VolumeKind::Sc1,
    VolumeKind::Standard,
];

/// From least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Least.
    pub least: u32,
    /// Most.
    pub most: u32,
}

/// What a volume may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size in GiB.
    pub size: Bounds,
    /// IOPS that can be asked for; none where they follow from the size.
    pub iops: Option<Bounds>,
    /// IOPS at most for each GiB, above the least.
    pub iops_per_gib: u32,
    /// MiB/s that can be asked for; none where they follow from size and IOPS.
    pub throughput: Option<Bounds>,
}

impl VolumeKind {
    /// Its name in the API: `gp3`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gp3 => "gp3",
            Self::Gp2 => "gp2",
            Self::Io2 => "io2",
            Self::Io1 => "io1",
            Self::St1 => "st1",
            Self::Sc1 => "sc1",
            Self::Standard => "standard",
        }
    }

    /// As in sentences: `a gp3 volume`.
    pub fn described(self) -> &'static str {
        match self {
            Self::Gp3 => "a gp3 volume",
            Self::Gp2 => "a gp2 volume",
            Self::Io2 => "an io2 volume",
            Self::Io1 => "an io1 volume",
            Self::St1 => "an st1 volume",
            Self::Sc1 => "an sc1 volume",
            Self::Standard => "a standard volume",
        }
    }

    /// What a volume may have, as of 2026.
    pub fn limits(self) -> Limits {
        let bounds = |least, most| Bounds { least, most };
        let plain =
            Limits { size: bounds(1, 16_384), iops: None, iops_per_gib: 0, throughput: None };
        match self {
            Self::Gp3 => Limits {
                size: bounds(1, 65_536),
                iops: Some(bounds(3000, 80_000)),
                iops_per_gib: 500,
                throughput: Some(bounds(125, 2000)),
            },
            Self::Gp2 => plain,
            Self::Io2 => Limits {
                size: bounds(4, 65_536),
                iops: Some(bounds(100, 256_000)),
                iops_per_gib: 1000,
                ..plain
            },
            Self::Io1 => Limits {
                size: bounds(4, 16_384),
                iops: Some(bounds(100, 64_000)),
                iops_per_gib: 50,
                ..plain
            },
            Self::St1 | Self::Sc1 => Limits { size: bounds(125, 16_384), ..plain },
            Self::Standard => Limits { size: bounds(1, 1024), ..plain },
        }
    }

    /// What gp3 could have until September 2025; the others as now.
    pub fn limits_before_2025_09(self) -> Limits {
        let now = self.limits();
        let bounds = |least, most| Bounds { least, most };
        match self {
            Self::Gp3 => Limits {
                size: bounds(1, 16_384),
                iops: Some(bounds(3000, 16_000)),
                throughput: Some(bounds(125, 1000)),
                ..now
            },
            _ => now,
        }
    }

    /// Whether an instance can boot from it.
    pub fn can_boot(self) -> bool {
        !matches!(self, Self::St1 | Self::Sc1)
    }

    /// Whether it is on magnetic disks that are counted by throughput.
    pub fn is_throughput(self) -> bool {
        matches!(self, Self::St1 | Self::Sc1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_the_names_of_the_api() {
        for (place, kind) in KINDS.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.name()));
        }
    }

    #[test]
    fn gp3_alone_has_grown() {
        for kind in KINDS {
            let has_grown = kind.limits() != kind.limits_before_2025_09();
            assert_eq!(has_grown, kind == VolumeKind::Gp3);
        }
        let before = VolumeKind::Gp3.limits_before_2025_09();
        assert_eq!((before.size.most, before.iops.unwrap().most), (16_384, 16_000));
    }
}
