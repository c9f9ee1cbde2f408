//! Figures of what requests carry from zone to zone.

use super::{Better, Collected, Unit};
use crate::metrics::summary::NetworkSummary;

impl Collected {
    /// Requests within and between zones.
    pub(super) fn network(&mut self, of: &NetworkSummary) {
        let (less, per_hour) = (Better::Less, Unit::DollarsPerHour);
        self.add("traffic_cross_zone_share", Unit::Fraction, less, of.share_across());
        self.add("cross_zone_bytes", Unit::Bytes, less, of.bytes_across.map(|it| it as f64));
        let paid = of.bytes_across.map(|_| of.cost_per_hour);
        self.add("cross_zone_cost_per_hour", per_hour, less, paid);
    }
}
