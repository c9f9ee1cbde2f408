//! What is known of an instance type.

use serde::Deserialize;

use crate::aws::ec2::slots::AttachLimit;
use crate::units::{Bandwidth, Bytes, HourlyPrice, Rate};

/// Instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// `x86_64`, `amd64`.
    X86,
    /// `arm64`: Graviton, and Macs with Apple silicon.
    Arm,
}

/// Who made the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Maker {
    /// Intel.
    Intel,
    /// AMD.
    Amd,
    /// Graviton.
    Aws,
    /// Macs.
    Apple,
}

/// What is between a guest and the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// The Nitro hypervisor.
    Nitro,
    /// Xen, up to the fourth generation and T2.
    Xen,
    /// Nothing: the machine itself.
    Metal,
}

/// What is always there, and what there is while credits last. The two are equal where nothing
/// bursts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range<T> {
    /// Sustained.
    pub baseline: T,
    /// At most, for a time.
    pub peak: T,
}

/// Graphics processors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gpus {
    /// How many; a part of one counts as one.
    pub count: u32,
    /// Such as `T4`, `A10G`, `H100`.
    pub name: String,
    /// Of all of them together.
    pub memory: Bytes,
}

/// Neuron chips, FPGAs, transcoders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accelerators {
    /// How many.
    pub count: u32,
    /// Such as `Inferentia2`.
    pub name: String,
}

/// Kind of instance store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disk {
    /// Solid state, by NVMe: each takes a slot where those are shared.
    Nvme,
    /// Solid state, otherwise.
    Ssd,
    /// Magnetic.
    Hdd,
}

/// Instance store, which is lost with the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disks {
    /// What they are.
    pub kind: Disk,
    /// How many.
    pub count: u32,
    /// Of all of them together.
    pub size: Bytes,
}

/// Network interfaces and what goes through them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Network {
    /// Of the instance: sustained, and the most.
    pub bandwidth: Range<Bandwidth>,
    /// Network cards.
    pub cards: u32,
    /// Network interfaces, on all cards, the first one included.
    pub enis: u32,
    /// Interfaces of the first card; pods have addresses of these only.
    pub first_card_enis: u32,
    /// IPv4 addresses of an interface, its primary one included.
    pub addresses: u32,
    /// Branch interfaces below a trunk, as Kubernetes counts them (`vpc.amazonaws.com/pod-eni`).
    /// 0 where trunks are not supported; none where that is not known.
    pub branch_enis: Option<u32>,
    /// Elastic Fabric Adapters.
    pub efas: u32,
}

/// How many tasks in `awsvpc` mode an ECS agent takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tasks {
    /// Without trunking: an interface each.
    pub plain: u32,
    /// With `awsvpcTrunking`; none where that is not known.
    pub trunked: Option<u32>,
}

/// The way to EBS, which all volumes of an instance share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EbsLink {
    /// Bytes: sustained, and the most.
    pub bandwidth: Range<Bandwidth>,
    /// Operations of 16 KiB: sustained, and the most.
    pub iops: Range<Rate>,
}

/// An instance type.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceType {
    /// Such as `m5.large`.
    pub name: String,
    /// Instruction set.
    pub architecture: Architecture,
    /// Of the processor.
    pub maker: Maker,
    /// Sustained clock of the processor, where it is told.
    pub clock_mhz: Option<u32>,
    /// Virtual CPUs: hardware threads.
    pub vcpus: u32,
    /// Physical cores. As many as vCPUs on Graviton, on AMD from the seventh generation, on T2.
    pub cores: u32,
    /// Memory, before any operating system has taken its part.
    pub memory: Bytes,
    /// What is between guest and machine.
    pub platform: Platform,
    /// Whether AWS calls it of a current generation.
    pub is_current: bool,
    /// Whether it is a `-flex` type: 40 % of its vCPUs always, all of them 95 % of the time.
    pub is_flex: bool,
    /// Whether it is a Mac, which runs macOS only.
    pub is_mac: bool,
    /// Zones of us-east-1 in which it is offered: 1 for the zone id `use1-az1`. Ascending; empty
    /// where none is known.
    pub zone_ids: Vec<u8>,
    /// CPU credits that it earns in an hour (T2, T3, T3a, T4g).
    pub credits_per_hour: Option<f64>,
    /// Graphics processors.
    pub gpus: Option<Gpus>,
    /// Other accelerators.
    pub accelerators: Option<Accelerators>,
    /// Instance store.
    pub disks: Option<Disks>,
    /// Network.
    pub network: Network,
    /// Tasks of ECS with a network interface of their own.
    pub tasks: Tasks,
    /// Pods, as the kubelet of EKS images has it (`eks-ami`), with an address each.
    pub max_pods: u32,
    /// How many volumes can be attached.
    pub attach: AttachLimit,
    /// The way to EBS; none where it goes over the network (T2, and small types before 2014).
    pub ebs: Option<EbsLink>,
    /// On-demand price with Linux, where it is known.
    pub linux: Option<HourlyPrice>,
    /// On-demand price with Windows Server, licence included. None where Windows is not sold (ARM,
    /// Macs, Neuron, FPGAs) or its price is not known (before the fourth generation).
    pub windows: Option<HourlyPrice>,
}

impl InstanceType {
    /// Hardware threads of a core.
    pub fn threads_per_core(&self) -> u32 {
        self.vcpus / self.cores
    }

    /// The part before the dot: `m5`.
    pub fn family(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }
}
