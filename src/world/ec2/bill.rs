//! What instances cost.

use super::Ec2;
use crate::aws::auto_scaling::instance::Source;
use crate::aws::ec2::billing::InstancePrice;
use crate::aws::ec2::catalogue::InstanceType;
use crate::aws::pricing::Bill;
use crate::aws::pricing::split::Amount;
use crate::engine::SimTime;
use crate::world::World;

const GB: f64 = (1_u64 << 30) as f64;

/// What a machine was charged for as an instance, once and again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charged {
    /// What an instance there is.
    pub size: Amount,
    /// What those have cost that are no more.
    pub ended: Bill,
}

impl Charged {
    fn nothing(one: &InstanceType) -> Self {
        let size = Amount { cpu: f64::from(one.vcpus), memory: one.memory.0 as f64 / GB };
        Self { size, ended: Bill::default() }
    }
}

impl Ec2 {
    /// The type of an instance of a group.
    pub(super) fn type_of(&self, group: u16, source: Source) -> &'static InstanceType {
        self.groups[usize::from(group)].types[usize::from(source.pool.0)].0
    }

    /// What an hour of an instance of a group costs.
    pub(super) fn price_of(&self, group: u16, source: Source) -> InstancePrice {
        let (_, prices) = self.groups[usize::from(group)].types[usize::from(source.pool.0)];
        prices[source.purchase as usize]
    }

    /// An instance is terminated: what it has cost is known.
    pub(super) fn charge(&mut self, instance: u32, machine: usize, now: SimTime) {
        let it = &self.instances[instance];
        let bill = it.price.bill(it.life.runs(now));
        let nothing = Charged::nothing(self.type_of(it.group, it.source));
        self.charged.entry(machine as u32).or_insert(nothing).ended.merge(&bill);
        self.meter_end(instance, now);
    }

    /// What each machine has cost that is or was an instance, since the run began.
    fn bills(&self, now: SimTime) -> Vec<(u32, Amount, Bill)> {
        let mut all = self.charged.clone();
        for it in self.instances.values() {
            let Some(machine) = it.machine else { continue };
            let nothing = Charged::nothing(self.type_of(it.group, it.source));
            let charged = all.entry(machine as u32).or_insert(nothing);
            charged.ended.merge(&it.price.bill(it.life.runs(now)));
        }
        all.into_iter().map(|(machine, it)| (machine, it.size, it.ended)).collect()
    }

    /// What all have cost since the run began.
    fn bill(&self, now: SimTime) -> Bill {
        let mut sum = Bill::default();
        self.bills(now).iter().for_each(|(.., bill)| sum.merge(bill));
        sum
    }
}

impl World<'_> {
    /// What the instances of the cluster cost in the measured time, by what it is for. A run is
    /// charged for a minute as soon as it begins.
    pub(in crate::world) fn ec2_bill(&self, now: SimTime) -> Bill {
        let ec2 = self.ec2.as_deref();
        ec2.map_or(Bill::default(), |ec2| ec2.bill(now).since(&ec2.before))
    }

    /// What each machine has cost that is or was an instance, since the run began: its number, its
    /// vCPUs and memory, and the bill.
    pub(in crate::world) fn ec2_machine_bills(&self, now: SimTime) -> Vec<(u32, Amount, Bill)> {
        self.ec2.as_deref().map_or(Vec::new(), |ec2| ec2.bills(now))
    }

    /// The measurement begins, of costs and of instances.
    pub(in crate::world) fn restart_ec2(&mut self, now: SimTime) {
        if let Some(ec2) = self.ec2.as_deref_mut() {
            ec2.before = ec2.bill(now);
            ec2.restart_meters(now);
        }
    }
}
