//! What volumes cost.

use super::Held;
use crate::aws::pricing::Bill;
use crate::engine::SimTime;
use crate::units::Usd;
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
    /// What the volumes of the cluster cost in the measured time, by what it is for. A volume is
    /// charged for a minute as soon as it is asked for.
    pub(in crate::world) fn ebs_bill(&self, now: SimTime) -> Bill {
        let mut bill = self.ebs_bill_of_all(now);
        for (charge, amount) in self.volumes.before.items() {
            bill.add(charge, Usd(-amount.0));
        }
        bill
    }

    /// The same from the beginning of the run on.
    fn ebs_bill_of_all(&self, now: SimTime) -> Bill {
        let mut bill = self.volumes.ended;
        self.volumes.held.values().for_each(|held| bill.merge(&held.bill(now)));
        bill
    }

    /// The measurement begins.
    pub(in crate::world) fn restart_ebs_bill(&mut self, now: SimTime) {
        self.volumes.before = self.ebs_bill_of_all(now);
    }
}
