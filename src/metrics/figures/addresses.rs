//! Figures of the addresses of subnets.

use super::{Better, Collected, Unit};
use crate::metrics::summary::AddressesSummary;

impl Collected {
    /// Addresses of subnets, and pods that waited for one.
    pub(super) fn addresses(&mut self, of: &AddressesSummary) {
        for subnet in &of.subnets {
            let name = &subnet.name;
            let most = f64::from(subnet.taken_max);
            self.add(&format!("addresses_{name}"), Unit::Count, Better::Less, subnet.taken);
            self.add(&format!("addresses_{name}_max"), Unit::Count, Better::Less, most);
        }
        let bad = [
            ("pods_waited", of.pods_waited),
            ("sandboxes_failed", of.sandboxes_failed),
            ("pods_waiting", of.pods_waiting),
        ];
        self.counts("address_", &[], &bad);
        self.durations("address_wait", &of.waits);
    }
}
