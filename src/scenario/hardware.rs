//! `[[host]]`: physical machines.

use schemars::{JsonSchema, Schema, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Law;
use super::shorthand::{self, TextOrTable};
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
    /// NUMA nodes of equal size that its CPU and memory are divided into, 8 at most. Only for
    /// clusters of kind `placement`. Default 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numa_nodes: Option<u8>,
    /// GPUs, 16 at most. Only for clusters of kind `placement`. Default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpus: Option<u8>,
    /// Model of its GPUs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu_model: Option<String>,
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
            numa_nodes: None,
            gpus: None,
            gpu_model: None,
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

impl Disk {
    /// Operations a second that it reads.
    pub fn reads(&self) -> Rate {
        self.iops.unwrap_or(Rate(100_000.0))
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

/// Build of Windows Server 2019.
pub const WINDOWS_2019: &str = "10.0.17763";
/// Build of Windows Server 2022.
pub const WINDOWS_2022: &str = "10.0.20348";

/// An operating system instance that containers may run on: a table, or `"linux"`,
/// `"windows-2019"` or `"windows-2022"` for one of which nothing else is said.
// `remote = "Self"` derives the table form as inherent functions; the text form is added below
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_name)]
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

impl OperatingSystem {
    /// A Windows Server of this build, of which nothing else is said.
    fn windows(build: &str) -> Self {
        Self { family: OsFamily::Windows, version: Some(build.to_owned()), ..Self::default() }
    }

    /// Whether it is Windows.
    pub fn is_windows(&self) -> bool {
        self.family == OsFamily::Windows
    }
}

impl<'de> Deserialize<'de> for OperatingSystem {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        shorthand::deserialize(from)
    }
}

impl Serialize for OperatingSystem {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl TextOrTable for OperatingSystem {
    const EXPECTED: &'static str =
        "an operating system, such as `\"windows-2022\"` or `{ family = \"windows\" }`";

    fn from_text<E: Error>(text: &str) -> Result<Self, E> {
        match text {
            "linux" => Ok(Self::default()),
            "windows-2019" => Ok(Self::windows(WINDOWS_2019)),
            "windows-2022" => Ok(Self::windows(WINDOWS_2022)),
            _ => Err(E::custom(format!(
                "unknown operating system `{text}`, expected `linux`, `windows-2019`, \
                 `windows-2022` or a table"
            ))),
        }
    }

    fn from_table<'de, A: MapAccess<'de>>(table: A) -> Result<Self, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(table))
    }
}

fn or_name(schema: &mut Schema) {
    let table = schema.clone();
    let description = table.get("description").cloned().unwrap_or_default();
    let names = ["linux", "windows-2019", "windows-2022"];
    *schema = json_schema!({
        "description": description,
        "anyOf": [{ "description": "Its name.", "type": "string", "enum": names }, table],
    });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operating_system_is_a_name_or_a_table() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Host {
            os: OperatingSystem,
        }
        let read = |text: &str| toml::from_str::<Host>(text).map(|host| host.os);
        assert_eq!(read("os = 'linux'"), Ok(OperatingSystem::default()));
        let windows = read("os = 'windows-2019'").unwrap();
        assert_eq!(
            read("os = { family = 'windows', version = '10.0.17763' }"),
            Ok(windows.clone())
        );
        let written = toml::to_string(&Host { os: windows.clone() }).unwrap();
        assert_eq!(read(&written), Ok(windows));
        let wrong = "os = 'windows-2016'";
        let error = read(wrong).unwrap_err();
        assert_eq!(&wrong[error.span().unwrap()], "'windows-2016'");
        assert!(error.message().contains("expected `linux`"), "{error}");
    }
}
