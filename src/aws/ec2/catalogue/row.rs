//! A line of the table, before its figures have their units.

use serde::Deserialize;

use super::shape::{
    Accelerators, Architecture, Disk, Disks, EbsLink, Gpus, InstanceType, Maker, Network, Platform,
    Range, Tasks,
};
use crate::aws::ec2::slots::{AttachLimit, Slots};
use crate::units::{Bandwidth, Bytes, HourlyPrice, Rate};

const MIB: u64 = 1 << 20;
const GB: u64 = 1_000_000_000;

/// Columns of `instance_types.csv`; what they mean is said at the fields of [`InstanceType`].
#[derive(Deserialize)]
pub(super) struct Row {
    name: String,
    arch: Architecture,
    maker: Maker,
    mhz: Option<u32>,
    vcpus: u32,
    cores: u32,
    memory_mib: u64,
    platform: Platform,
    current: u8,
    flex: u8,
    macos: u8,
    zones: String,
    credits_per_hour: Option<f64>,
    gpus: u32,
    gpu: String,
    gpu_mib: u64,
    accelerators: u32,
    accelerator: String,
    disks: u32,
    disk_gb: u64,
    disk: Option<Disk>,
    cards: u32,
    enis: u32,
    card0_enis: u32,
    addresses: u32,
    branch_enis: Option<u32>,
    tasks: u32,
    trunked_tasks: Option<u32>,
    max_pods: u32,
    net_mbps: f64,
    net_peak_mbps: f64,
    efa: u32,
    slots: Slots,
    volumes: u32,
    ebs_mbps: Option<f64>,
    ebs_peak_mbps: Option<f64>,
    ebs_iops: Option<f64>,
    ebs_peak_iops: Option<f64>,
    linux_usd_h: Option<f64>,
    windows_usd_h: Option<f64>,
}

fn bandwidth(megabits: f64) -> Bandwidth {
    Bandwidth(megabits * 125_000.0)
}

impl Row {
    fn network(&self) -> Network {
        Network {
            bandwidth: Range {
                baseline: bandwidth(self.net_mbps),
                peak: bandwidth(self.net_peak_mbps),
            },
            cards: self.cards,
            enis: self.enis,
            first_card_enis: self.card0_enis,
            addresses: self.addresses,
            branch_enis: self.branch_enis,
            efas: self.efa,
        }
    }

    fn ebs(&self) -> Option<EbsLink> {
        let iops = Range { baseline: Rate(self.ebs_iops?), peak: Rate(self.ebs_peak_iops?) };
        let (baseline, peak) = (bandwidth(self.ebs_mbps?), bandwidth(self.ebs_peak_mbps?));
        Some(EbsLink { bandwidth: Range { baseline, peak }, iops })
    }
}

impl From<Row> for InstanceType {
    fn from(row: Row) -> Self {
        Self {
            architecture: row.arch,
            maker: row.maker,
            clock_mhz: row.mhz,
            vcpus: row.vcpus,
            cores: row.cores,
            memory: Bytes(row.memory_mib * MIB),
            platform: row.platform,
            is_current: row.current == 1,
            is_flex: row.flex == 1,
            is_mac: row.macos == 1,
            zone_ids: row.zones.bytes().map(|digit| digit - b'0').collect(),
            credits_per_hour: row.credits_per_hour,
            gpus: (row.gpus > 0).then(|| Gpus {
                count: row.gpus,
                name: row.gpu.clone(),
                memory: Bytes(row.gpu_mib * MIB),
            }),
            accelerators: (row.accelerators > 0)
                .then(|| Accelerators { count: row.accelerators, name: row.accelerator.clone() }),
            disks: row.disk.map(|kind| Disks {
                kind,
                count: row.disks,
                size: Bytes(row.disk_gb * GB),
            }),
            network: row.network(),
            tasks: Tasks { plain: row.tasks, trunked: row.trunked_tasks },
            max_pods: row.max_pods,
            attach: AttachLimit { slots: row.slots, volumes: row.volumes },
            ebs: row.ebs(),
            linux: row.linux_usd_h.map(HourlyPrice),
            windows: row.windows_usd_h.map(HourlyPrice),
            name: row.name,
        }
    }
}
