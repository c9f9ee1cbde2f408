//! `[[host]]`: physical machines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Law;
use crate::engine::SimDuration;
use crate::units::{Bandwidth, Bytes, Fraction, HourlyPrice, Rate, Watts};

/// `[[host]]`: a shape of physical machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostShape {
    /// Name that clusters refer to.
    pub name: String,
    /// Physical cores.
    pub cores: u32,
    /// Hardware threads per core, 1 or 2. Default 1.
    #[serde(default = "default_threads_per_core")]
    pub threads_per_core: u32,
    /// What the second thread of a busy core adds to its throughput. Default 25%
    /// (20-30% are usual for server loads).
    #[serde(default = "default_smt_yield")]
    pub smt_yield: Fraction,
    /// Speed of a core relative to the one that demands are stated for. Default 1.0.
    #[serde(default = "default_speed")]
    pub speed: f64,
    /// Physical memory.
    pub memory: Bytes,
    /// Memory the host's own operating system and agents keep. Default 1GiB.
    #[serde(default = "default_system_memory")]
    pub system_memory: Bytes,
    /// Local disk.
    #[serde(default)]
    pub disk: Disk,
    /// Bandwidth of the network interface. Default 10Gbit/s.
    #[serde(default = "default_network")]
    pub network: Bandwidth,
    /// Electrical power by CPU utilisation. Default: linear from 100W to 400W.
    #[serde(default = "default_power")]
    pub power: Power,
    /// Price of one host. Default 0. Where instances of EC2 are on it, 0 says that whoever runs the
    /// cluster pays for instances, and any other price that they pay for hosts instead.
    #[serde(default)]
    pub price: HourlyPrice,
    /// What runs on the bare metal.
    #[serde(default)]
    pub os: OperatingSystem,
    /// Time from power-on to a usable host, after a repair. Default constant 3min.
    #[serde(default = "default_boot")]
    pub boot: Law,
}

impl HostShape {
    /// A machine of which nothing else is said.
    pub fn new(name: impl Into<String>, cores: u32, memory: Bytes) -> Self {
        Self {
            name: name.into(),
            cores,
            threads_per_core: default_threads_per_core(),
            smt_yield: default_smt_yield(),
            speed: default_speed(),
            memory,
            system_memory: default_system_memory(),
            disk: Disk::default(),
            network: default_network(),
            power: default_power(),
            price: HourlyPrice::default(),
            os: OperatingSystem::default(),
            boot: default_boot(),
        }
    }
}

fn default_threads_per_core() -> u32 {
    1
}

fn default_smt_yield() -> Fraction {
    Fraction(0.25)
}

fn default_speed() -> f64 {
    1.0
}

fn default_system_memory() -> Bytes {
    Bytes(1 << 30)
}

fn default_network() -> Bandwidth {
    Bandwidth(1.25e9)
}

fn default_power() -> Power {
    Power::Linear { idle: Watts(100.0), max: Watts(400.0) }
}

fn default_boot() -> Law {
    Law::Constant(SimDuration::from_secs(180))
}

/// A host's local disk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Disk {
    /// Capacity. Default 1TB.
    pub size: Bytes,
    /// Sequential throughput. Default 1GB/s.
    pub throughput: Bandwidth,
    /// Operations that it reads, for the `io` of apps. Default 100000/s, as of a solid-state disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iops: Option<Rate>,
    /// Operations that it writes. Default: as many as it reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_iops: Option<Rate>,
    /// Time of an operation that nothing hinders. Default 100us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<SimDuration>,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            size: Bytes(1_000_000_000_000),
            throughput: Bandwidth(1e9),
            iops: None,
            write_iops: None,
            latency: None,
        }
    }
}

/// Electrical power as a function of CPU utilisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OperatingSystem {
    /// Kernel, which containers share. Default linux.
    pub family: OsFamily,
    /// Instruction set. Default amd64.
    pub architecture: Architecture,
    /// Its version, such as `10.0.20348` for Windows Server 2022; images for Windows must match it.
    /// Default: any will do.
    pub version: Option<String>,
    /// Whether a container engine (Docker daemon) is installed. Default true.
    pub container_engine: bool,
    /// What the kernel offers. Default: all features.
    pub kernel_features: Vec<KernelFeature>,
}

impl Default for OperatingSystem {
    fn default() -> Self {
        Self {
            family: OsFamily::default(),
            architecture: Architecture::default(),
            version: None,
            container_engine: true,
            kernel_features: vec![
                KernelFeature::Namespaces,
                KernelFeature::Cgroups,
                KernelFeature::Overlayfs,
            ],
        }
    }
}

/// Kernel family of an operating system or image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OsFamily {
    /// Any Linux distribution.
    #[default]
    Linux,
    /// Windows Server.
    Windows,
}

/// Instruction set of a machine or image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// 64-bit x86, as container registries call it.
    #[default]
    Amd64,
    /// 64-bit ARM, such as AWS Graviton.
    Arm64,
}

/// Kernel features that a Linux container engine needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KernelFeature {
    /// Isolation of processes, mounts and networks.
    Namespaces,
    /// CPU weights, CPU quotas and memory limits.
    Cgroups,
    /// Layered file systems of images.
    Overlayfs,
}
