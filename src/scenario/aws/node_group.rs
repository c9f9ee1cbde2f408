//! `[[cluster.node_group]]`: nodes of an Amazon EKS cluster that are instances of EC2.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AutoScalingGroup, InstanceMarket, NodeGroupUpdate, Shortage, SpotStrategy, Volume, ZoneStrategy,
};
use crate::engine::SimDuration;
use crate::scenario::{Law, OperatingSystem, WINDOWS_2022};
use crate::units::{Bandwidth, Bytes, Fraction};

/// `[[cluster.node_group]]`: nodes that are instances of EC2 of an Auto Scaling group of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeGroup {
    /// Name, unique among the node groups of the cluster.
    pub name: String,
    /// Types of its instances, such as `m6i.large`; of several On-Demand ones the first that EC2
    /// has. `plimsoll catalog` lists them.
    pub instance_types: Vec<String>,
    /// How its instances are bought (`capacityType`). Default on-demand.
    #[serde(default)]
    pub capacity: CapacityType,
    /// Whether EKS manages it: its nodes are drained before they end, and take 110 pods at most, or
    /// 250 with 30 vCPUs or more. Default true.
    #[serde(default = "yes")]
    pub managed: bool,
    /// Fewest nodes. Default 0.
    #[serde(default)]
    pub min: u32,
    /// Most nodes.
    pub max: u32,
    /// Nodes at the start. Default: `min`.
    pub desired: Option<u32>,
    /// What runs on its nodes: `"linux"`, `"windows-2019"` or `"windows-2022"`; the architecture is
    /// that of their type. Windows has a licence, boots in minutes, and has pods for the addresses
    /// of one interface only.
    #[serde(default)]
    pub os: OperatingSystem,
    /// Names of the subnets it launches into. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
    /// Labels of its nodes, beside those that EKS gives them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Taints of its nodes, as `key=value:NoSchedule` or `key:NoExecute`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<String>,
    /// Pods that a node takes (`maxPods`). Default: as many as its network interfaces have
    /// addresses for, and two; prefixes count in managed groups only. On Windows 110, where
    /// addresses are counted besides: those of one interface.
    pub max_pods: Option<u32>,
    /// Root volume of its nodes. Default: gp3, of 20GiB, with Windows of 50GiB.
    pub volume: Option<Volume>,
    /// For the expander `priority` of the Cluster Autoscaler.
    pub priority: Option<i32>,
    /// What Spot takes off the price. Default 65%.
    #[serde(default = "discount")]
    pub spot_discount: Fraction,
    /// Part of Spot instances that are interrupted within a month of 730 hours; below 100%. Default
    /// 5%.
    #[serde(default = "interruptions")]
    pub spot_interruptions: Fraction,
    /// From the group's wish for a node to an instance in the state `running`. Default uniform from
    /// 21s to 36s: 6 s of EC2, and 15 s to 30 s until the Auto Scaling group has launched it.
    pub launch: Option<Law>,
    /// From `running` to an operating system that is up. Default: what was measured of EC2.
    pub boot: Option<Law>,
    /// From an operating system that is up to a node that is `Ready`. Default lognormal with cv 0.3
    /// and mean 27s, so that a node is there 40 s to 70 s after the launch; with Windows mean 15s.
    pub join: Option<Law>,
    /// From the call that ends an instance to its end, when its addresses are free again. Default:
    /// what is usual.
    pub shutdown: Option<Law>,
    /// Memory of each node that its system uses, beside what its kernel does not have and what its
    /// container engine uses. Default 200MiB, of Windows 1GiB.
    pub system_memory: Option<Bytes>,
    /// Memory of each node that no pod can request, beside what is kept for eviction
    /// (`kubeReserved` and `systemReserved`). Default: what EKS's images reserve, which is 255MiB
    /// and 11MiB for each pod on Linux and nothing on Windows, where the Best Practices Guide
    /// advises 2GiB.
    pub reserved_memory: Option<Bytes>,
    /// Of Windows: how large the page file of a node becomes at most. Default: as Windows manages
    /// it, three times the memory, at least 4GiB and at most an eighth of the root volume.
    pub page_file: Option<Bytes>,
    /// Rate at which one layer of an image is decompressed on its nodes, in bytes of output.
    /// Default: that of the cluster's `engine`; with Windows 17MB/s (8.24GB in a little more than 8
    /// minutes).
    pub extraction: Option<Bandwidth>,
    /// Times without capacity: launches fail with `InsufficientInstanceCapacity`.
    #[serde(default, rename = "shortage", skip_serializing_if = "Vec::is_empty")]
    pub shortages: Vec<Shortage>,
    /// When EKS replaces all its nodes, of a managed group.
    #[serde(default, rename = "update", skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<NodeGroupUpdate>,
}

/// How instances are bought (`capacityType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CapacityType {
    /// At the price of the list.
    #[default]
    OnDemand,
    /// Cheaper, until EC2 takes them back.
    Spot,
}

fn yes() -> bool {
    true
}

pub(super) fn discount() -> Fraction {
    InstanceMarket::default().spot_discount
}

pub(super) fn interruptions() -> Fraction {
    InstanceMarket::default().spot_interruptions
}

/// How long nodes with Linux take from an operating system that is up to being `Ready`.
pub(super) fn joining() -> Law {
    Law::Lognormal { mean: SimDuration::from_secs(27), cv: 0.3 }
}

pub(super) fn system_memory() -> Bytes {
    Bytes(200 << 20)
}

impl NodeGroup {
    /// A managed group of so many nodes at most, whose types are still to be said.
    pub fn new(name: impl Into<String>, max: u32) -> Self {
        Self {
            name: name.into(),
            instance_types: Vec::new(),
            capacity: CapacityType::default(),
            managed: true,
            min: 0,
            max,
            desired: None,
            os: OperatingSystem::default(),
            subnets: Vec::new(),
            labels: BTreeMap::new(),
            taints: Vec::new(),
            max_pods: None,
            volume: None,
            priority: None,
            spot_discount: discount(),
            spot_interruptions: interruptions(),
            launch: None,
            boot: None,
            join: None,
            shutdown: None,
            system_memory: None,
            reserved_memory: None,
            page_file: None,
            extraction: None,
            shortages: Vec::new(),
            updates: Vec::new(),
        }
    }

    /// From an operating system that is up to a node that is `Ready`.
    pub fn joins(&self) -> Law {
        let usual = || match self.is_windows() {
            true => Law::Lognormal { mean: SimDuration::from_secs(15), cv: 0.3 },
            false => joining(),
        };
        self.join.clone().unwrap_or_else(usual)
    }

    /// Whether its nodes run Windows.
    pub fn is_windows(&self) -> bool {
        self.os.is_windows()
    }

    /// What runs on its nodes, with a version if that is Windows.
    fn system(&self) -> OperatingSystem {
        let mut os = self.os.clone();
        if self.is_windows() {
            os.version.get_or_insert_with(|| WINDOWS_2022.to_owned());
        }
        os
    }

    /// The rate at which one layer is decompressed on its nodes, where it is not that of the
    /// cluster's engines. Amazon EKS Best Practices, "Windows AMIs": 8.24 GB in more than 8
    /// minutes.
    pub fn extraction(&self) -> Option<Bandwidth> {
        self.extraction.or(self.is_windows().then_some(Bandwidth(17e6)))
    }

    /// The root volume of its nodes.
    pub fn root(&self) -> Volume {
        let size = if self.is_windows() { 50 } else { 20 };
        let usual = || Volume { size: Bytes(size << 30), ..Volume::root() };
        self.volume.unwrap_or_else(usual)
    }

    /// As the Auto Scaling group that it is made of, which takes its time to launch.
    pub fn scaling_group(&self) -> AutoScalingGroup {
        let (min, max) = (SimDuration::from_secs(21), SimDuration::from_secs(36));
        let launch = self.launch.clone().unwrap_or(Law::Uniform { min, max });
        AutoScalingGroup { launch: Some(launch), ..self.group() }
    }

    /// The Auto Scaling group that its nodes are of. Managed groups buy Spot instances by
    /// price-capacity-optimized (EKS User Guide, "Managed node group capacity types").
    pub fn group(&self) -> AutoScalingGroup {
        let on_demand = if self.capacity == CapacityType::Spot { 0.0 } else { 1.0 };
        let market = InstanceMarket {
            on_demand: Fraction(on_demand),
            spot_strategy: SpotStrategy::PriceCapacityOptimized,
            spot_discount: self.spot_discount,
            spot_interruptions: self.spot_interruptions,
            ..InstanceMarket::default()
        };
        let system = if self.is_windows() { 1024 } else { 200 };
        AutoScalingGroup {
            instance_types: self.instance_types.clone(),
            os: self.system(),
            system_memory: self.system_memory.unwrap_or(Bytes(system << 20)),
            min: self.min,
            desired: self.desired,
            market,
            subnets: self.subnets.clone(),
            volume: self.root(),
            launch: self.launch.clone(),
            boot: self.boot.clone(),
            shutdown: self.shutdown.clone(),
            shortages: self.shortages.clone(),
            zone_strategy: ZoneStrategy::default(),
            ..AutoScalingGroup::new(&self.name, self.max)
        }
    }
}
