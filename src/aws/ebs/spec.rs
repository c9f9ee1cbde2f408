//! A volume that is asked for: what it will have, or all that is wrong with it.
//!
//! Amazon EBS User Guide, "Amazon EBS volume types": ranges by type; IOPS by GiB; gp3 has at most
//! 0.25 MiB/s for each of its IOPS; io1 and io2 have to be told their IOPS.

use std::fmt;

use thiserror::Error;

use super::kind::{Bounds, Limits, VolumeKind};

/// gp3: MiB/s at most are a quarter of its IOPS.
const IOPS_PER_THROUGHPUT: u32 = 4;

/// A volume as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeSpec {
    /// Type.
    pub kind: VolumeKind,
    /// Size in GiB.
    pub size: u32,
    /// IOPS, where the type lets one ask.
    pub iops: Option<u32>,
    /// MiB/s, likewise.
    pub throughput: Option<u32>,
}

/// A volume that can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provisioned {
    /// Type.
    pub kind: VolumeKind,
    /// Size in GiB.
    pub size: u32,
    /// IOPS that it was provisioned with; 0 where they follow from its size.
    pub iops: u32,
    /// MiB/s, likewise.
    pub throughput: u32,
}

/// What of a volume something is wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its size.
    Size,
    /// Its IOPS.
    Iops,
    /// Its throughput.
    Throughput,
}

/// As in sentences, with its unit.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Size => "GiB",
            Self::Iops => "IOPS",
            Self::Throughput => "MiB/s",
        })
    }
}

/// What is wrong with a volume that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SpecError {
    /// Not within the bounds of the type.
    #[error("{} has {} to {} {part}, not {found}", .kind.described(), .bounds.least, .bounds.most)]
    Bounds {
        /// Of what.
        part: Part,
        /// Type.
        kind: VolumeKind,
        /// Bounds of the type.
        bounds: Bounds,
        /// What was asked for.
        found: u32,
    },
    /// More than the type has for this size.
    #[error(
        "{} has up to {per_gib} IOPS for each GiB: one of {size} GiB up to {most}, not \
         {found}; {enough} GiB would be enough", .kind.described()
    )]
    TooManyIops {
        /// Type.
        kind: VolumeKind,
        /// Size in GiB.
        size: u32,
        /// IOPS for each GiB.
        per_gib: u32,
        /// IOPS for this size.
        most: u32,
        /// What was asked for.
        found: u32,
        /// GiB that have as many.
        enough: u32,
    },
    /// More throughput than its IOPS allow.
    #[error(
        "a gp3 volume has up to 0.25 MiB/s for each of its IOPS: with {iops} up to {most}, not \
         {found}; {enough} IOPS would be enough"
    )]
    TooMuchThroughput {
        /// Its IOPS.
        iops: u32,
        /// MiB/s that it may have with these.
        most: u32,
        /// What was asked for.
        found: u32,
        /// IOPS that allow as much.
        enough: u32,
    },
    /// The type does not let one ask for it.
    #[error("the {part} of {} follow from its size and cannot be set", .kind.described())]
    NotSettable {
        /// What.
        part: Part,
        /// Type.
        kind: VolumeKind,
    },
    /// The type has to be told.
    #[error(
        "{} needs to be told its IOPS, from {} to {}", .kind.described(), .bounds.least,
        .bounds.most
    )]
    NoIops {
        /// Type.
        kind: VolumeKind,
        /// What it may have.
        bounds: Bounds,
    },
}

impl SpecError {
    /// What of the volume it is about.
    pub fn part(&self) -> Part {
        match self {
            Self::Bounds { part, .. } | Self::NotSettable { part, .. } => *part,
            Self::TooManyIops { .. } | Self::NoIops { .. } => Part::Iops,
            Self::TooMuchThroughput { .. } => Part::Throughput,
        }
    }
}

impl Part {
    /// Whether `found` is within the bounds, if there are any to be within.
    fn check(self, kind: VolumeKind, bounds: Option<Bounds>, found: u32) -> Result<(), SpecError> {
        match bounds {
            None => Err(SpecError::NotSettable { part: self, kind }),
            Some(bounds) if found < bounds.least || found > bounds.most => {
                Err(SpecError::Bounds { part: self, kind, bounds, found })
            }
            Some(_) => Ok(()),
        }
    }
}

impl VolumeSpec {
    /// What the volume will have, by today's limits of its type.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn check(&self) -> Result<Provisioned, Vec<SpecError>> {
        self.check_by(&self.kind.limits())
    }

    /// What the volume will have, by these limits.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn check_by(&self, limits: &Limits) -> Result<Provisioned, Vec<SpecError>> {
        let kind = self.kind;
        let mut errors = Vec::new();
        let mut note = |checked: Result<(), SpecError>| match checked {
            Ok(()) => true,
            Err(error) => {
                errors.push(error);
                false
            }
        };
        let has_size = note(Part::Size.check(kind, Some(limits.size), self.size));
        let iops = match (self.iops, limits.iops) {
            (Some(found), bounds) => {
                let is_right = note(Part::Iops.check(kind, bounds, found));
                if has_size && is_right {
                    note(self.iops_by_size(limits, found));
                }
                found
            }
            (None, Some(bounds)) if kind == VolumeKind::Gp3 => bounds.least,
            (None, Some(bounds)) => {
                note(Err(SpecError::NoIops { kind, bounds }));
                0
            }
            (None, None) => 0,
        };
        let throughput = match (self.throughput, limits.throughput) {
            (Some(found), bounds) => {
                let is_right = note(Part::Throughput.check(kind, bounds, found));
                let most = iops / IOPS_PER_THROUGHPUT;
                if is_right && found > most {
                    let enough = found * IOPS_PER_THROUGHPUT;
                    note(Err(SpecError::TooMuchThroughput { iops, most, found, enough }));
                }
                found
            }
            (None, Some(bounds)) => bounds.least,
            (None, None) => 0,
        };
        if errors.is_empty() {
            Ok(Provisioned { kind, size: self.size, iops, throughput })
        } else {
            Err(errors)
        }
    }

    /// The least IOPS of a type are had at any size.
    fn iops_by_size(&self, limits: &Limits, found: u32) -> Result<(), SpecError> {
        let (kind, size, per_gib) = (self.kind, self.size, limits.iops_per_gib);
        let bounds = limits.iops.expect("they were within their bounds");
        let most = size.saturating_mul(per_gib).clamp(bounds.least, bounds.most);
        if found > most {
            let enough = found.div_ceil(per_gib);
            return Err(SpecError::TooManyIops { kind, size, per_gib, most, found, enough });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(
        kind: VolumeKind,
        size: u32,
        iops: impl Into<Option<u32>>,
        throughput: impl Into<Option<u32>>,
    ) -> VolumeSpec {
        VolumeSpec { kind, size, iops: iops.into(), throughput: throughput.into() }
    }

    fn wrong(spec: VolumeSpec) -> String {
        let errors = spec.check().unwrap_err();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_volume_gets_what_its_type_has_by_default() {
        let cases = [
            (spec(VolumeKind::Gp3, 1, None, None), (3000, 125)),
            (spec(VolumeKind::Gp3, 100, 16_000, 1000), (16_000, 1000)),
            (spec(VolumeKind::Gp3, 160, 80_000, 2000), (80_000, 2000)),
            (spec(VolumeKind::Gp2, 100, None, None), (0, 0)),
            (spec(VolumeKind::Io2, 4, 4000, None), (4000, 0)),
            (spec(VolumeKind::Io1, 100, 5000, None), (5000, 0)),
            (spec(VolumeKind::St1, 125, None, None), (0, 0)),
        ];
        for (spec, expected) in cases {
            let found = spec.check().unwrap();
            assert_eq!((found.iops, found.throughput), expected, "{spec:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        let cases = [
            spec(VolumeKind::Gp3, 70_000, None, None),
            spec(VolumeKind::Gp3, 20, 12_000, None),
            spec(VolumeKind::Gp3, 100, 3000, 1000),
            spec(VolumeKind::Gp2, 100, 500, 250),
            spec(VolumeKind::Io2, 3, None, None),
            spec(VolumeKind::Io1, 100, 6000, None),
            spec(VolumeKind::Sc1, 100, None, None),
            spec(VolumeKind::Gp3, 0, 2000, 5000),
        ];
        let told: Vec<_> = cases.map(wrong).into();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn what_is_right_today_was_not_before() {
        let large = spec(VolumeKind::Gp3, 100, 20_000, None);
        assert!(large.check().is_ok());
        let before = large.check_by(&VolumeKind::Gp3.limits_before_2025_09()).unwrap_err();
        assert_eq!(before[0].to_string(), "a gp3 volume has 3000 to 16000 IOPS, not 20000");
    }
}
