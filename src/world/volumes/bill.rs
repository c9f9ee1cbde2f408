//! What volumes cost.

use std::collections::BTreeMap;

use super::Held;
use crate::aws::pricing::Bill;
use crate::engine::SimTime;
use crate::workload::AppId;
use crate::world::World;

impl Held {
    /// From when it was asked for, attached or not. Operations, which magnetic volumes are paid for
    /// by, are those of before and so many more since it is in use.
    pub fn bill(&self, now: SimTime, more: f64) -> Bill {
        let made = &self.volume.provisioned;
        // what is under way is a fluid: whole operations are paid for
        let operations = (self.operations + more).round() as u64;
        made.kind.prices().bill(made, now.since(self.asked), operations)
    }
}

impl World<'_> {
    /// What the volumes of the cluster have cost since the run began: those of each app, and the
    /// roots of instances. A volume is charged for a minute as soon as it is asked for.
    pub(in crate::world) fn volume_bills(&self, now: SimTime) -> BTreeMap<Option<AppId>, Bill> {
        let mut bills = self.volumes.ended.clone();
        for held in self.volumes.held.values() {
            let storage = self.services.storage();
            let more = held.device.map_or(0.0, |device| storage.operations(device, now));
            bills.entry(held.app).or_default().merge(&held.bill(now, more));
        }
        bills
    }
}
