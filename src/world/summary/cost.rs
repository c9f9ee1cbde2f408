//! What a cluster cost, by what was paid for, and what of it is whose.
//!
//! Registries add storage, transfers out of a region, scans, and the way through a NAT gateway. The
//! rules and prices are those of Amazon ECR ([`cost`](crate::aws::ecr::cost)): pulls within a
//! region are free. A NAT gateway is paid for each GB that comes through it, here that from
//! registries of kind `hub`.

use crate::aws::ecr::cost::{Prices, Route, Stored};
use crate::aws::pricing::{Bill, Charge};
use crate::docker::{RegistryId, RegistryTotals};
use crate::engine::{SimDuration, SimTime};
use crate::metrics::summary::{
    AppSummary, Cost, CostItem, CostSummary, HostSummary, NetworkSummary, RegistryAccount,
};
use crate::scenario::aws::EksSupport;
use crate::scenario::{ClusterKind, INTERNET, Registry, RegistryKind};
use crate::units::{Bytes, Usd};
use crate::workload::AppId;
use crate::world::World;

impl World<'_> {
    /// What the cluster cost in the measured time, and with that the cost of an hour, which has
    /// been that of the hosts alone. On ECS apps are told what of it is theirs: what their tasks,
    /// volumes, load balancers and images in registries cost, and what they carried from zone to
    /// zone; on EKS what their pods on Fargate cost.
    pub(super) fn cost_summary(
        &mut self,
        now: SimTime,
        measured: f64,
        hosts: &mut HostSummary,
        (registries, network): (&[RegistryAccount], Option<NetworkSummary>),
        apps: &mut [AppSummary],
    ) -> CostSummary {
        let hours = measured / 3600.0;
        let electricity = self.electricity_per_hour(hosts, measured);
        let sum = |of: fn(&RegistryAccount) -> f64| registries.iter().map(of).sum::<f64>();
        let mut bill = Cost::default()
            .with(CostItem::Machines, hosts.cost_per_hour * hours)
            .with(CostItem::Electricity, electricity * hours)
            .with(CostItem::RegistryStorage, sum(|it| it.storage_per_hour) * hours)
            .with(CostItem::RegistryTransfer, sum(|it| it.transfer_per_hour) * hours)
            .with(CostItem::RegistryScans, sum(|it| it.scans_per_hour) * hours);
        hosts.cost_per_hour += electricity;
        hosts.cost_per_hour +=
            sum(RegistryAccount::cost_per_hour) + network.map_or(0.0, |it| it.cost_per_hour);
        let across = |app: &AppSummary| {
            let bytes = app.zones.and_then(|zones| zones.bytes_across);
            self.price_across_zones(Bytes(bytes.unwrap_or(0))).0
        };
        let between_zones: Vec<f64> = apps.iter().map(across).collect();
        bill.add(CostItem::CrossZone, between_zones.iter().sum());
        if self.ecs.is_some() {
            let charged = self.ecs_bills(now);
            bill.merge(&cost_of(&charged.total()));
            let shares = (0..).map(AppId).zip(between_zones).zip(apps.iter_mut());
            for ((id, across), app) in shares {
                app.cost = cost_of(charged.of(Some(id))).with(CostItem::CrossZone, across);
            }
            for (app, stored) in apps.iter_mut().zip(self.storage_by_app(registries)) {
                app.cost.add(CostItem::RegistryStorage, stored * hours);
            }
            hosts.cost_per_hour = bill.total() / hours;
        } else {
            let fargate = self.fargate_bills(now);
            for (id, app) in (0..).map(AppId).zip(apps.iter_mut()) {
                app.cost = cost_of(fargate.of(Some(id)));
            }
            let mut charged = self.volumes_charged(now);
            charged.merge(&fargate.total());
            charged.merge(&self.ec2_bill(now));
            charged.merge(&self.credit_bill(now));
            let charged = cost_of(&charged).with(CostItem::ControlPlane, self.control_plane(hours));
            if hours > 0.0 {
                hosts.cost_per_hour += charged.total() / hours;
            }
            bill.merge(&charged);
        }
        CostSummary::new(bill, apps.iter().map(|app| &app.cost))
    }

    /// What the control plane of a cluster of EKS costs for so many hours.
    fn control_plane(&self, hours: f64) -> f64 {
        let per_hour = match (self.cluster.kind, self.cluster.eks.support) {
            (ClusterKind::Eks, EksSupport::Standard) => 0.10,
            (ClusterKind::Eks, EksSupport::Extended) => 0.60,
            _ => 0.0,
        };
        per_hour * hours
    }

    /// What the energy of hosts costs an hour. Who pays for instances pays for none of it.
    fn electricity_per_hour(&self, hosts: &HostSummary, measured: f64) -> f64 {
        if self.ec2.is_some() && !self.hosts_are_paid() {
            return 0.0;
        }
        let per_hour = if measured > 0.0 { 3600.0 / measured } else { 0.0 };
        hosts.energy_kwh * per_hour * self.scenario.prices.electricity.0
    }

    /// What all registries have done by `now`.
    pub(in crate::world) fn registry_totals(&mut self, now: SimTime) -> Vec<RegistryTotals> {
        let registries = self.engines.registries();
        let ids = (0..registries.len()).map(|place| RegistryId(place as u16));
        ids.map(|id| registries.totals(id, now, &mut self.network)).collect()
    }

    /// Price of what a registry stored in the measured time.
    pub(super) fn storage_cost(&self, place: usize, now: SimTime) -> Usd {
        if self.scenario.registries[place].kind != RegistryKind::Ecr {
            return Usd(0.0);
        }
        let (id, from) = (RegistryId(place as u16), self.recorder.measured_from);
        let prices = self.ecr_prices();
        let mut cost = 0.0;
        for held in self.engines.registries().cached(id, self.engines.catalog()) {
            if held.since < now {
                let mut stored = Stored::default();
                stored.set(held.since.max(from), held.bytes);
                cost += prices.storage(stored.at(now)).0;
            }
        }
        let mut own = Stored::default();
        for &(since, bytes) in &self.pushes.book(id).stored {
            own.set(since.max(from), bytes);
        }
        Usd(cost + prices.storage(own.at(now)).0)
    }

    /// Price of the scans that a registry began in the measured time.
    pub(super) fn scan_cost(&self, place: usize) -> Usd {
        let from = self.recorder.measured_from;
        let scans = self.pushes.book(RegistryId(place as u16)).scans.iter();
        Usd(scans.filter(|&&at| at >= from).count() as f64 * self.scenario.prices.ecr_scan.0)
    }

    /// Price of what left a registry in the measured time, by where it went.
    pub(super) fn transfer_cost(&self, place: usize, done: &[RegistryTotals]) -> Usd {
        let all = &self.scenario.registries;
        let before = |place: usize| self.recorder.registries_before.get(place).copied();
        let before = |place: usize| before(place).unwrap_or_default();
        let served = Bytes(done[place].served.0 - before(place).served.0);
        let to_caches = all.iter().enumerate().filter_map(|(cache, it)| {
            let imported = Bytes(done[cache].imported.0 - before(cache).imported.0);
            (it.upstream.as_ref() == Some(&all[place].name)).then_some((it, imported))
        });
        let (mut cost, mut to_engines) = (0.0, served);
        for (cache, bytes) in to_caches {
            to_engines.0 = to_engines.0.saturating_sub(bytes.0);
            cost += self.transferred(&all[place], cache.region.as_deref(), bytes).0;
        }
        cost += self.transferred(&all[place], self.cluster.region.as_deref(), to_engines).0;
        for (to, bytes) in self.copied_from(RegistryId(place as u16)) {
            let to = all[usize::from(to.0)].region.as_deref();
            cost += self.transferred(&all[place], to, bytes).0;
        }
        if all[place].kind == RegistryKind::Hub {
            cost += self.scenario.prices.nat.of(to_engines).0;
        }
        Usd(cost)
    }

    fn transferred(&self, from: &Registry, to: Option<&str>, bytes: Bytes) -> Usd {
        match from.kind {
            RegistryKind::Ecr => {
                self.ecr_prices().transfer(bytes, route(from.region.as_deref(), to))
            }
            RegistryKind::Plain | RegistryKind::Hub => Usd(0.0),
        }
    }

    fn ecr_prices(&self) -> Prices {
        let prices = &self.scenario.prices;
        Prices {
            storage: Usd(prices.ecr_storage.0),
            cross_region: Usd(prices.ecr_cross_region.0),
            internet: Usd(prices.ecr_internet.0),
        }
    }
}

/// A bill of AWS, by what the figures of all clusters are kept apart by.
fn cost_of(bill: &Bill) -> Cost {
    let item = |charge| match charge {
        Charge::Instance => CostItem::Machines,
        Charge::WindowsLicence => CostItem::WindowsLicences,
        Charge::SurplusCredits => CostItem::SurplusCredits,
        Charge::VolumeStorage => CostItem::VolumeStorage,
        Charge::VolumeIops => CostItem::VolumeIops,
        Charge::VolumeThroughput => CostItem::VolumeThroughput,
        Charge::VolumeRequests => CostItem::VolumeRequests,
        Charge::FargateCpu => CostItem::FargateCpu,
        Charge::FargateMemory => CostItem::FargateMemory,
        Charge::FargateStorage => CostItem::FargateStorage,
        Charge::LoadBalancer => CostItem::LoadBalancers,
        Charge::LoadBalancerUnits => CostItem::LoadBalancerUnits,
        Charge::CrossZone => CostItem::CrossZone,
    };
    let items = bill.items().map(|(charge, amount)| (item(charge), amount.0));
    items.fold(Cost::default(), |cost, (item, dollars)| cost.with(item, dollars))
}

/// Which way a transfer takes between two regions; those that are not known are one.
fn route(from: Option<&str>, to: Option<&str>) -> Route {
    match (from, to) {
        (Some(from), Some(to)) if from == to => Route::SameRegion,
        (Some(_), Some(INTERNET)) => Route::Internet,
        (Some(_), Some(_)) => Route::CrossRegion,
        (None, _) | (_, None) => Route::SameRegion,
    }
}

/// Dollars per hour of dollars in some time.
pub(super) fn per_hour(cost: Usd, time: SimDuration) -> f64 {
    let hours = time.as_secs_f64() / 3600.0;
    if hours > 0.0 { cost.0 / hours } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prices_of_a_scenario_that_says_nothing_are_those_of_ecr() {
        let (written, ecr) = (crate::scenario::Prices::default(), Prices::default());
        assert_eq!(
            [written.ecr_storage.0, written.ecr_cross_region.0, written.ecr_internet.0],
            [ecr.storage.0, ecr.cross_region.0, ecr.internet.0]
        );
        assert_eq!(written.nat.0, 0.0);
    }

    #[test]
    fn a_transfer_is_free_within_a_region_and_where_one_is_not_known() {
        let cases = [
            (Some("us-east-1"), Some("us-east-1"), Route::SameRegion),
            (Some("us-east-1"), Some("eu-west-1"), Route::CrossRegion),
            (Some("us-east-1"), Some("internet"), Route::Internet),
            (Some("us-east-1"), None, Route::SameRegion),
            (None, Some("us-east-1"), Route::SameRegion),
        ];
        for (from, to, expected) in cases {
            assert_eq!(route(from, to), expected, "{from:?} to {to:?}");
        }
    }
}
