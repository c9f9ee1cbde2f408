//! What instances cost.

use crate::aws::pricing::Bill;
use crate::engine::SimTime;
use crate::world::World;

impl World<'_> {
    /// What the instances of the cluster cost in the measured time, by what it is for. A run is
    /// charged for a minute as soon as it begins.
    pub(in crate::world) fn ec2_bill(&self, now: SimTime) -> Bill {
        let Some(ec2) = self.ec2.as_deref() else { return Bill::default() };
        self.ec2_bill_of_all(now).since(&ec2.before)
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

    /// The same of each machine that is or was an instance, by its number.
    pub(in crate::world) fn ec2_bills_of_machines(&self, now: SimTime) -> Vec<(usize, Bill)> {
        let Some(ec2) = self.ec2.as_deref() else { return Vec::new() };
        let bill = |(machine, instance): (usize, &Option<u32>)| {
            let mut bill = ec2.ended_on.get(machine).copied().unwrap_or_default();
            if let Some(instance) = *instance {
                let it = &ec2.instances[instance];
                bill.merge(&it.price.bill(it.life.runs(now)));
            }
            (machine, bill)
        };
        let all = ec2.of_machine.iter().enumerate().map(bill);
        all.filter(|(_, bill)| bill.total().0 > 0.0).collect()
    }

    /// The measurement begins.
    pub(in crate::world) fn restart_ec2_bill(&mut self, now: SimTime) {
        if self.ec2.is_some() {
            self.ec2_mut().before = self.ec2_bill_of_all(now);
        }
    }
}
