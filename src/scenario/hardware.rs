//! `[[host]]` and `[registry]`: physical machines and where images come from.

use crate::engine::SimDuration;
use crate::units::{Bandwidth, Bytes, Fraction, HourlyPrice, Watts};

/// `[[host]]`: a shape of physical machine.
#[derive(Clone, Debug, PartialEq)]
pub struct HostShape {
    /// Name that clusters refer to.
    pub name: String,
    /// Physical cores.
    pub cores: u32,
    /// Hardware threads per core, 1 or 2. Default 1.
    pub threads_per_core: u32,
    /// What the second thread of a busy core adds to its throughput. Default 25%
    /// (20-30% are usual for server loads).
    pub smt_yield: Fraction,
    /// Speed of a core relative to the one that demands are stated for. Default 1.0.
    pub speed: f64,
    /// Physical memory.
    pub memory: Bytes,
    /// Memory the host's own operating system and agents keep. Default 1GiB.
    pub system_memory: Bytes,
    /// Local disk.
    pub disk: Disk,
    /// Bandwidth of the network interface. Default 10Gbit/s.
    pub network: Bandwidth,
    /// Electrical power by CPU utilisation. Default: linear from 100W to 400W.
    pub power: Power,
    /// Price of one host. Default 0.
    pub price: HourlyPrice,
    /// What runs on the bare metal.
    pub os: OperatingSystem,
    /// Time from power-on to a usable host, after a repair. Default constant 3min.
    pub boot: super::Law,
}

/// A host's local disk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disk {
    /// Capacity. Default 1TB.
    pub size: Bytes,
    /// Sequential throughput. Default 1GB/s.
    pub throughput: Bandwidth,
}

/// Electrical power as a function of CPU utilisation.
#[derive(Clone, Debug, PartialEq)]
pub enum Power {
    /// `linear = { idle, max }`
    Linear {
        /// Power at 0 % utilisation.
        idle: Watts,
        /// Power at 100 % utilisation.
        max: Watts,
    },
    /// `curve = ["86W", …]`: power at equidistant utilisations from 0 to 100 %, at least two
    /// points (SPECpower results have eleven); linear between them.
    Curve(Vec<Watts>),
}

/// An operating system instance that containers may run on.
#[derive(Clone, Debug, PartialEq)]
pub struct OperatingSystem {
    /// Default linux.
    pub family: OsFamily,
    /// Default amd64.
    pub architecture: Architecture,
    /// Whether a container engine (Docker daemon) is installed. Default true.
    pub container_engine: bool,
    /// What the kernel offers. Default: all features.
    pub kernel_features: Vec<KernelFeature>,
}

/// Kernel family of an operating system or image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OsFamily {
    Linux,
    Windows,
}

/// Instruction set of a machine or image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Architecture {
    Amd64,
    Arm64,
}

/// Kernel features that a Linux container engine needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KernelFeature {
    Namespaces,
    Cgroups,
    Overlayfs,
}

/// `[registry]`: the image registry all clusters pull from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Registry {
    /// Total bandwidth the registry serves. Default 10Gbit/s.
    pub bandwidth: Bandwidth,
    /// Bandwidth of one layer download. Default 100MB/s.
    pub stream: Bandwidth,
    /// Round trip to the registry before each manifest and each layer. Default 50ms.
    pub latency: SimDuration,
}
