//! Volumes of Amazon EBS, as a scenario asks for them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::units::{Bandwidth, Bytes};

/// Type of a volume.
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
#[serde(rename_all = "lowercase")]
pub enum VolumeKind {
    /// General purpose: 3,000 IOPS and 125 MiB/s whatever the size, more for money.
    #[default]
    Gp3,
    /// General purpose: IOPS by size, with bursts.
    Gp2,
    /// Provisioned IOPS, Block Express.
    Io2,
    /// Provisioned IOPS.
    Io1,
    /// Magnetic, throughput by size, with bursts.
    St1,
    /// Magnetic, for what is seldom read.
    Sc1,
    /// Magnetic, of the first generation.
    Standard,
}

/// A volume.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Type. Default gp3.
    #[serde(default)]
    pub kind: VolumeKind,
    /// Size, in whole GiB.
    pub size: Bytes,
    /// IOPS, of types that let one ask: gp3 (default 3000), io1 and io2 (which have to be told).
    pub iops: Option<u32>,
    /// Throughput in whole MiB/s, of gp3. Default 125MiB/s.
    pub throughput: Option<Bandwidth>,
    /// Time of an operation that nothing hinders. Default: by type, 1ms for gp2, gp3 and io1, 500us
    /// for io2, 10ms for magnetic ones.
    pub latency: Option<SimDuration>,
}

impl Volume {
    /// The root volume of an instance whose group says nothing: that of the ECS-optimized Amazon
    /// Linux 2023 image.
    pub fn root() -> Self {
        let (kind, size) = (VolumeKind::Gp3, Bytes(30 << 30));
        Self { kind, size, iops: None, throughput: None, latency: None }
    }

    /// Time of an operation that nothing hinders. Orders of magnitude: Amazon EBS says
    /// "single-digit millisecond" of general purpose and io1 volumes, "sub-millisecond" (500 us on
    /// average for 16 KiB) of io2 Block Express.
    pub fn latency(&self) -> SimDuration {
        let usual = match self.kind {
            VolumeKind::Gp3 | VolumeKind::Gp2 | VolumeKind::Io1 => 1000,
            VolumeKind::Io2 => 500,
            VolumeKind::St1 | VolumeKind::Sc1 | VolumeKind::Standard => 10_000,
        };
        self.latency.unwrap_or(SimDuration::from_nanos(usual * 1000))
    }
}
