//! What requests carried from zone to zone, and what that costs.

use crate::metrics::summary::{AppSummary, NetworkSummary, ZoneTraffic};
use crate::units::{Bytes, Usd};
use crate::workload::AppId;
use crate::world::World;

impl World<'_> {
    /// Where the requests of an app came from, where there are several zones.
    pub(super) fn zone_traffic(&self, id: AppId) -> Option<ZoneTraffic> {
        let counted = self.services.meters(id).zones;
        let payload = self.scenario.apps[id.0 as usize].payload;
        let bytes_across = payload.map(|payload| {
            let requests = counted.across.saturating_mul(payload.request.0);
            requests.saturating_add(counted.answers_across.saturating_mul(payload.response.0))
        });
        self.services.has_zones().then_some(ZoneTraffic { bytes_across, ..counted })
    }

    /// The price of what crosses from zone to zone: AWS bills each GB in both zones.
    pub(super) fn price_across_zones(&self, bytes: Bytes) -> Usd {
        Usd(2.0 * self.scenario.prices.cross_zone.of(bytes).0)
    }

    /// The sum over all apps, and its price.
    pub(super) fn network_summary(
        &self,
        apps: &[AppSummary],
        measured: f64,
    ) -> Option<NetworkSummary> {
        let sum = NetworkSummary::of(apps.iter().filter_map(|app| app.zones.as_ref()));
        let paid = self.price_across_zones(Bytes(sum.bytes_across.unwrap_or(0))).0;
        let cost_per_hour = if measured > 0.0 { paid * 3600.0 / measured } else { 0.0 };
        self.services.has_zones().then_some(NetworkSummary { cost_per_hour, ..sum })
    }
}
