//! Figures of costs by item.

use super::{Better, Collected, Unit};
use crate::metrics::summary::{Cost, CostSummary};

impl Collected {
    /// What was paid for, an hour, beside the figures of registries and of traffic.
    pub(super) fn cost(&mut self, of: &CostSummary, measured: f64) {
        for (item, dollars) in of.by_item.items().filter(|(item, _)| !item.is_beside_machines()) {
            let name = format!("cost_{}_per_hour", item.name());
            self.per_hour(&name, dollars, measured);
        }
        if of.not_allocated != of.by_item {
            self.per_hour("cost_not_allocated_per_hour", of.not_allocated.total(), measured);
        }
    }

    /// An app's part of that.
    pub(super) fn cost_of_app(&mut self, of: &Cost, measured: f64) {
        if !of.is_zero() {
            self.per_hour("allocated_cost_per_hour", of.total(), measured);
        }
    }

    fn per_hour(&mut self, name: &str, dollars: f64, measured: f64) {
        self.add(name, Unit::DollarsPerHour, Better::Less, dollars * 3600.0 / measured);
    }
}
