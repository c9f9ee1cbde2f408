//! What volumes cost.

use std::collections::BTreeMap;

use super::Held;
use crate::aws::pricing::Bill;
use crate::engine::SimTime;
use crate::workload::AppId;
use crate::world::World;

impl Held {
    /// From when it was asked for, attached or not. Operations of magnetic volumes, which are paid
    /// for by the million, are not counted here.
    pub fn bill(&self, now: SimTime) -> Bill {
        let made = &self.volume.provisioned;
        made.kind.prices().bill(made, now.since(self.asked), 0)
    }
}

impl World<'_> {
    /// What the volumes of the cluster have cost since the run began: those of each app, and the
    /// roots of instances. A volume is charged for a minute as soon as it is asked for.
    pub(in crate::world) fn volume_bills(&self, now: SimTime) -> BTreeMap<Option<AppId>, Bill> {
        let mut bills = self.volumes.ended.clone();
        for held in self.volumes.held.values() {
            bills.entry(held.app).or_default().merge(&held.bill(now));
        }
        bills
    }
}
