//! What a cluster cost, by what was paid for.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What money is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostItem {
    /// Hosts, and instances of EC2 without licences, while they are on.
    Machines,
    /// Windows Server, on instances and on Fargate.
    WindowsLicences,
    /// CPU credits beyond those earned.
    SurplusCredits,
    /// Volumes, by their size.
    VolumeStorage,
    /// I/O operations that volumes are provisioned for.
    VolumeIops,
    /// Throughput that volumes are provisioned for.
    VolumeThroughput,
    /// I/O operations that were made on magnetic volumes.
    VolumeRequests,
    /// vCPUs of tasks on Fargate.
    FargateCpu,
    /// Memory of tasks on Fargate.
    FargateMemory,
    /// Ephemeral storage of tasks on Fargate.
    FargateStorage,
    /// Hours of load balancers.
    LoadBalancers,
    /// Capacity units that load balancers used.
    LoadBalancerUnits,
    /// What went from zone to zone.
    CrossZone,
    /// What registries stored.
    RegistryStorage,
    /// What left registries for another region, and what came through NAT gateways from them.
    RegistryTransfer,
    /// Scans of images.
    RegistryScans,
    /// Control planes of Amazon EKS.
    ControlPlane,
    /// Electricity of the hosts used.
    Electricity,
}

impl CostItem {
    /// All of them, in order.
    pub const ALL: [Self; 18] = [
        Self::Machines,
        Self::WindowsLicences,
        Self::SurplusCredits,
        Self::VolumeStorage,
        Self::VolumeIops,
        Self::VolumeThroughput,
        Self::VolumeRequests,
        Self::FargateCpu,
        Self::FargateMemory,
        Self::FargateStorage,
        Self::LoadBalancers,
        Self::LoadBalancerUnits,
        Self::CrossZone,
        Self::RegistryStorage,
        Self::RegistryTransfer,
        Self::RegistryScans,
        Self::ControlPlane,
        Self::Electricity,
    ];

    /// Whether it is of registries or of traffic between zones, which is known, and has figures of
    /// its own, where nothing else has a price.
    pub const fn is_beside_machines(self) -> bool {
        matches!(
            self,
            Self::CrossZone | Self::RegistryStorage | Self::RegistryTransfer | Self::RegistryScans
        )
    }

    /// As tables for machines have it, and the keys of `summary.json`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Machines => "machines",
            Self::WindowsLicences => "windows_licences",
            Self::SurplusCredits => "surplus_credits",
            Self::VolumeStorage => "volume_storage",
            Self::VolumeIops => "volume_iops",
            Self::VolumeThroughput => "volume_throughput",
            Self::VolumeRequests => "volume_requests",
            Self::FargateCpu => "fargate_cpu",
            Self::FargateMemory => "fargate_memory",
            Self::FargateStorage => "fargate_storage",
            Self::LoadBalancers => "load_balancers",
            Self::LoadBalancerUnits => "load_balancer_units",
            Self::CrossZone => "cross_zone",
            Self::RegistryStorage => "registry_storage",
            Self::RegistryTransfer => "registry_transfer",
            Self::RegistryScans => "registry_scans",
            Self::ControlPlane => "control_plane",
            Self::Electricity => "electricity",
        }
    }
}

/// Amounts in US dollars by what they were paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost([f64; CostItem::ALL.len()]);

impl Cost {
    /// Adds an amount.
    pub fn add(&mut self, item: CostItem, dollars: f64) {
        self.0[item as usize] += dollars;
    }

    /// The same with an amount more.
    #[must_use]
    pub fn with(mut self, item: CostItem, dollars: f64) -> Self {
        self.add(item, dollars);
        self
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        for (item, dollars) in other.items() {
            self.add(item, dollars);
        }
    }

    /// What one item comes to.
    pub fn of(&self, item: CostItem) -> f64 {
        self.0[item as usize]
    }

    /// What all come to.
    pub fn total(&self) -> f64 {
        self.0.iter().sum()
    }

    /// The items that come to something, in order.
    pub fn items(&self) -> impl Iterator<Item = (CostItem, f64)> {
        let all = CostItem::ALL.into_iter().map(|item| (item, self.of(item)));
        all.filter(|(_, dollars)| *dollars != 0.0)
    }

    /// Whether nothing was paid for.
    pub fn is_zero(&self) -> bool {
        self.items().next().is_none()
    }

    /// What is left when parts are taken away. What the rounding of their sums leaves is nothing.
    pub fn rest<'a>(&self, parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut rest = *self;
        for (item, dollars) in parts.into_iter().flat_map(|part| part.items()) {
            rest.add(item, -dollars);
        }
        for (left, whole) in rest.0.iter_mut().zip(self.0) {
            if left.abs() <= whole.abs() * 1e-9 {
                *left = 0.0;
            }
        }
        rest
    }
}

impl Serialize for Cost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.items())
    }
}

impl<'de> Deserialize<'de> for Cost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = BTreeMap::<CostItem, f64>::deserialize(deserializer)?;
        let add = |cost: Self, (item, dollars)| cost.with(item, dollars);
        Ok(items.into_iter().fold(Self::default(), add))
    }
}

/// What a cluster cost in the measured time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CostSummary {
    /// All of it, in US dollars.
    pub total: f64,
    /// What it was paid for.
    pub by_item: Cost,
    /// Of this, what is no app's: the costs of the apps and this are all of it.
    pub not_allocated: Cost,
}

impl CostSummary {
    /// Of a bill, of which apps have these parts.
    pub fn new<'a>(bill: Cost, apps: impl IntoIterator<Item = &'a Cost>) -> Self {
        Self { total: bill.total(), by_item: bill, not_allocated: bill.rest(apps) }
    }

    /// Whether nothing was paid for.
    pub fn is_zero(&self) -> bool {
        self.by_item.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_their_names_and_their_order() {
        for (place, item) in CostItem::ALL.into_iter().enumerate() {
            assert_eq!(item as usize, place);
            assert_eq!(serde_json::to_value(item).unwrap(), item.name());
        }
        let cost = Cost::default().with(CostItem::CrossZone, 0.5).with(CostItem::Machines, 2.0);
        let text = serde_json::to_string(&cost).unwrap();
        assert_eq!(text, r#"{"machines":2.0,"cross_zone":0.5}"#);
        assert_eq!(serde_json::from_str::<Cost>(&text).unwrap(), cost);
    }

    #[test]
    fn parts_and_rest_are_the_whole() {
        let bill = Cost::default().with(CostItem::Machines, 0.3).with(CostItem::FargateCpu, 1.0);
        // 0.1 + 0.2 is not quite 0.3
        let parts = [0.1, 0.2].map(|part| Cost::default().with(CostItem::Machines, part));
        let summary = CostSummary::new(bill, &parts);
        assert_eq!(summary.total, 1.3);
        assert_eq!(summary.not_allocated, Cost::default().with(CostItem::FargateCpu, 1.0));
        assert_eq!(bill.rest(&[bill]), Cost::default());
    }
}
