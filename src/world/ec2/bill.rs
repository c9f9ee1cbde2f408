//! What instances cost.

use crate::aws::pricing::Bill;
use crate::engine::SimTime;
use crate::units::Usd;
use crate::world::World;

impl World<'_> {
    /// What the instances of the cluster cost in the measured time, by what it is for. A run is
    /// charged for a minute as soon as it begins.
    pub(in crate::world) fn ec2_bill(&self, now: SimTime) -> Bill {
        let Some(ec2) = self.ec2.as_deref() else { return Bill::default() };
        let mut bill = self.ec2_bill_of_all(now);
        for (charge, amount) in ec2.before.items() {
            bill.add(charge, Usd(-amount.0));
        }
        bill
    }

    /// The same from the beginning of the run on.
    fn ec2_bill_of_all(&self, now: SimTime) -> Bill {
        let ec2 = self.ec2();
        let mut bill = ec2.ended;
        for it in ec2.instances.values() {
            bill.merge(&it.price.bill(it.life.runs(now)));
        }
        bill
    }

    /// The measurement begins.
    pub(in crate::world) fn restart_ec2_bill(&mut self, now: SimTime) {
        if self.ec2.is_some() {
            self.ec2_mut().before = self.ec2_bill_of_all(now);
        }
    }
}
