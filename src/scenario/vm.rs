//! Virtual machines: the shape of VMs a cluster makes for its apps, and `[[vm]]` streams.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Arrivals, Law, OperatingSystem};
use crate::engine::SimDuration;
use crate::units::{Bytes, Fraction, Millicores};

/// The VMs of a cluster: one per replica (`kind = "hypervisor"`) or a fixed number on each host
/// with a container engine inside (`kind = "docker"`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VmShape {
    /// Virtual CPUs.
    pub vcpus: u32,
    /// Configured memory.
    pub memory: Bytes,
    /// VMs on each host, for `kind = "docker"`. Default 1.
    #[serde(default = "default_per_host")]
    pub per_host: u32,
    /// Weight among VMs under contention. Default: 1000 per vCPU.
    pub shares: Option<f64>,
    /// CPU that is guaranteed. Default 0.
    #[serde(default)]
    pub cpu_reservation: Millicores,
    /// CPU that is never exceeded. Default: `vcpus` cores.
    pub cpu_limit: Option<Millicores>,
    /// The guest.
    #[serde(default)]
    pub guest: Guest,
}

fn default_per_host() -> u32 {
    1
}

/// A guest operating system and what virtualisation costs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Guest {
    /// What runs in the VM.
    pub os: OperatingSystem,
    /// Memory the idle guest uses. Default 256MiB (Linux servers 100-300 MB).
    pub memory: Bytes,
    /// CPU the idle guest uses. Default 5m.
    pub cpu: Millicores,
    /// Time from power-on to a usable guest. Default lognormal, mean 20s, cv 0.3 (cloud images
    /// 15-40 s).
    pub boot: Law,
    /// Time to clone the disk and define the VM, before power-on. Default constant 2s.
    pub provision: Law,
    /// CPU time lost to virtualisation. Default 2%
    /// (Felter et al., ISPASS 2015: about 2 % pinned, 17 % untuned).
    pub cpu_overhead: Fraction,
    /// Delay virtualised networking adds to each request. Default 30us
    /// (Felter et al., ISPASS 2015).
    pub network_latency: SimDuration,
    /// Memory the hypervisor itself needs per VM. Default 130MiB (QEMU; Agache et al., NSDI 2020).
    pub hypervisor_memory: Bytes,
}

impl Default for Guest {
    fn default() -> Self {
        Self {
            os: OperatingSystem::default(),
            memory: Bytes(256 << 20),
            cpu: Millicores(5),
            boot: Law::Lognormal { mean: SimDuration::from_secs(20), cv: 0.3 },
            provision: Law::Constant(SimDuration::from_secs(2)),
            cpu_overhead: Fraction(0.02),
            network_latency: SimDuration::from_nanos(30_000),
            hypervisor_memory: Bytes(130 << 20),
        }
    }
}

impl Guest {
    /// Memory of the host that the idle guest and the hypervisor hold.
    pub fn own_memory(&self) -> Bytes {
        Bytes(self.memory.0.saturating_add(self.hypervisor_memory.0))
    }
}

/// Memory overcommitment on a hypervisor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VmMemory {
    /// Share of a guest's own footprint that identical guests share. Default 0 (page sharing
    /// between VMs is off by default since 2014).
    pub page_sharing: Fraction,
    /// Most of a guest's memory the balloon may take. Default 65% (ESXi).
    pub balloon_limit: Fraction,
}

impl Default for VmMemory {
    fn default() -> Self {
        Self { page_sharing: Fraction(0.0), balloon_limit: Fraction(0.65) }
    }
}

/// `[[vm]]`: virtual machines as the workload itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VmStream {
    /// Name, unique among VM streams.
    pub name: String,
    /// When VMs are asked for. Not with `usage.trace`.
    pub arrivals: Option<Arrivals>,
    /// How long each lives. Not with `usage.trace`.
    pub lifetime: Option<Law>,
    /// Virtual CPUs. Not with `usage.trace`, where it is 0.
    #[serde(default)]
    pub vcpus: u32,
    /// Memory. Not with `usage.trace`, where it is 0.
    #[serde(default)]
    pub memory: Bytes,
    /// What the VMs do.
    pub usage: VmUsage,
    /// Whether a VM that fits nowhere waits (first come, first served) or is rejected. Default
    /// false.
    #[serde(default)]
    pub queue: bool,
    /// Time from placement to running. Default constant 0s.
    #[serde(default)]
    pub boot: Law,
}

/// CPU use of a stream's VMs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum VmUsage {
    /// `constant = "50%"`: a share of the vCPUs, all the time.
    Constant(Fraction),
    /// `trace = { tasks = FILE, fragments = FILE, core_mhz }`: recorded VMs, in the layout in
    /// which OpenDC keeps GWA-T-12 Bitbrains. Tasks have the columns `id`, `submission_time`,
    /// `duration`, `cpu_count`, `cpu_capacity`, `mem_capacity`; fragments `id`, `duration`,
    /// `cpu_usage`; in ms, MHz, KiB.
    Trace {
        /// CSV file with one row per VM, relative to the scenario file. `.gz` is read too.
        tasks: PathBuf,
        /// CSV file with the CPU use over time, relative to the scenario file.
        fragments: PathBuf,
        /// Clock rate of a host core that the megahertz of the trace are converted with.
        core_mhz: f64,
    },
}
